/*
 * resolver.c
 *		Decide which source of credentials serves, and what roles are assumed on
 *		top of it.
 *
 * This takes no waiting: environment and files alone decide.
 */
#include "aws/credentials/resolver.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* Profiles on the way from one to its source, and so on. */
typedef struct SsmTrail
{
	const char *profiles[SSM_MAX_ROLES + 1];
	int			n;
} SsmTrail;

/*
 * Does a profile assume a role with credentials from elsewhere?
 */
static bool
takes_role(const SsmLookup *lookup, const char *profile)
{
	return ssm_lookup_property(lookup, profile, "role_arn") &&
		!ssm_lookup_property(lookup, profile, "web_identity_token_file");
}

/*
 * Does a profile have keys in a file, or part of them?
 */
static bool
has_keys(const SsmLookup *lookup, const char *profile)
{
	return ssm_lookup_property(lookup, profile, "aws_access_key_id") ||
		ssm_lookup_property(lookup, profile, "aws_secret_access_key");
}

/*
 * Note the role that a profile takes.
 */
static SsmFound
add_role(SsmLookup *lookup, const char *profile, SsmError *error)
{
	const char *duration = ssm_lookup_property(lookup, profile, "duration_seconds");
	char	   *end = "";
	SsmRole    *role;
	long		seconds = duration ? strtol(duration, &end, 10) : 0;

	if (ssm_lookup_property(lookup, profile, "mfa_serial"))
		return ssm_lookup_bad_profile(profile, error, "has mfa_serial, and a server cannot ask for the code");
	if (lookup->nroles == SSM_MAX_ROLES)
		return ssm_lookup_bad_profile(profile, error, "is at the end of too long a chain of roles");
	role = &lookup->roles[lookup->nroles++];
	role->arn = ssm_lookup_property(lookup, profile, "role_arn");
	role->external_id = ssm_lookup_property(lookup, profile, "external_id");
	role->session_name = ssm_lookup_property(lookup, profile, "role_session_name");
	/* what is not a number is ignored, as by AWS's tools */
	if (*end == '\0' && seconds > 0 && seconds <= INT_MAX)
		role->duration = (int) seconds;
	return SSM_FOUND_NOTHING;
}

/*
 * Find the source that a profile's credential_source names.
 */
static SsmFound
find_named(SsmLookup *lookup, const char *profile, const char *name, SsmError *error)
{
	const SsmCredentialSource *source = ssm_source_named(name);
	SsmFound	found;

	if (source == NULL)
		return ssm_lookup_bad_profile(profile, error, "has a credential_source other than "
									  "Environment, Ec2InstanceMetadata and EcsContainer");
	found = ssm_source_try(lookup, source, profile, error);
	if (found == SSM_FOUND_NOTHING)
		return ssm_lookup_bad_profile(profile, error, "has a credential_source without credentials");
	return found;
}

/*
 * Check the source profile of the last profile on the trail, and put it there.
 */
static bool
follow(SsmTrail *trail, const SsmLookup *lookup, const char *source, SsmError *error)
{
	const char *profile = trail->profiles[trail->n - 1];
	int			i;

	if (!ssm_profiles_have(lookup->inputs->config->profiles, source))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"profile \"%.100s\" has the source_profile \"%.100s\", which does not exist",
						profile, source);
	/* a profile may take its role with its own keys: the last may come again */
	for (i = 0; i < trail->n - 1; i++)
		if (strcmp(trail->profiles[i], source) == 0)
			return ssm_fail(error, SSM_ERROR_CREDENTIALS,
							"profile \"%.100s\" has the source_profile \"%.100s\", which leads back to it",
							profile, source);
	trail->profiles[trail->n++] = source;
	return true;
}

/*
 * Follow a profile that assumes a role to the source of its credentials.
 */
static SsmFound
find_role(SsmLookup *lookup, const char *profile, SsmError *error)
{
	SsmTrail	trail = {{profile}, 1};
	SsmFound	found;

	for (;;)
	{
		const char *source = ssm_lookup_property(lookup, profile, "source_profile");
		const char *name = ssm_lookup_property(lookup, profile, "credential_source");

		if (add_role(lookup, profile, error) == SSM_FOUND_ERROR)
			return SSM_FOUND_ERROR;
		if ((source != NULL) == (name != NULL))
			return ssm_lookup_bad_profile(profile, error, source ?
										  "has both source_profile and credential_source" :
										  "has role_arn, but neither source_profile nor credential_source");
		if (name)
			return find_named(lookup, profile, name, error);
		if (!follow(&trail, lookup, source, error))
			return SSM_FOUND_ERROR;
		profile = source;
		if (has_keys(lookup, profile) || !takes_role(lookup, profile))
			break;
	}
	lookup->by_environment = false;
	found = ssm_sources_find(lookup, SSM_SCOPE_PROFILE, profile, error);
	if (found == SSM_FOUND_NOTHING)
		return ssm_lookup_bad_profile(profile, error, "is a source_profile, but has no credentials");
	return found;
}

/*
 * Find what the profile in use leads to: a source of its own, or one of another
 * profile's with the roles on the way from there.
 */
static SsmFound
find_profile(SsmLookup *lookup, SsmError *error)
{
	const char *profile = lookup->inputs->config->profile;
	const SsmProfiles *profiles = lookup->inputs->config->profiles;
	SsmFound	found;
	int			file;

	/* without them nothing is known of the profile: no other source may serve */
	if (!ssm_profiles_check(profiles, error))
		return SSM_FOUND_ERROR;
	lookup->by_environment = lookup->inputs->profile == NULL;
	found = takes_role(lookup, profile) ? find_role(lookup, profile, error) :
		ssm_sources_find(lookup, SSM_SCOPE_PROFILE, profile, error);
	if (found != SSM_FOUND_NOTHING)
		return found;
	if (lookup->inputs->profile == NULL)
		ssm_lookup_note(lookup, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
	ssm_lookup_note(lookup, "profile \"%.64s\": %s", profile,
					ssm_profiles_have(profiles, profile) ? "it has no credentials" : "there is no such profile");
	for (file = 0; file < SSM_FILE_COUNT; file++)
		if (profiles->files[file].problem[0])
			ssm_lookup_note(lookup, "\"%.100s\": %.60s", profiles->files[file].path, profiles->files[file].problem);
	return found;
}

/*
 * A profile that is named must be there, in files that can be read.
 */
static bool
check_profile(const SsmLookup *lookup, SsmError *error)
{
	const SsmConfig *config = lookup->inputs->config;
	const char *profile = config->profile;

	if (lookup->inputs->profile == NULL && !ssm_environment_get(config->environment, "AWS_PROFILE"))
		return true;
	if (!ssm_profiles_check(config->profiles, error))
		return false;
	if (ssm_profiles_have(config->profiles, profile))
		return true;
	return ssm_fail(error, SSM_ERROR_CREDENTIALS,
					"profile \"%.100s\" is neither in \"%.200s\" nor in \"%.200s\"", profile,
					config->profiles->files[SSM_FILE_CREDENTIALS].path,
					config->profiles->files[SSM_FILE_CONFIG].path);
}

/*
 * Find the source that serves, from what is given to what nothing announces.
 */
static SsmFound
find_source(SsmLookup *lookup, SsmError *error)
{
	const SsmCredentialsInputs *inputs = lookup->inputs;
	SsmFound	found = ssm_sources_find(lookup, SSM_SCOPE_GIVEN, NULL, error);

	if (found == SSM_FOUND_NOTHING && (inputs->profile || inputs->ambient))
	{
		if (!check_profile(lookup, error))
			return SSM_FOUND_ERROR;
		if (inputs->profile == NULL)
			found = ssm_sources_find(lookup, SSM_SCOPE_ENVIRONMENT, NULL, error);
		if (found == SSM_FOUND_NOTHING)
			found = find_profile(lookup, error);
	}
	if (found == SSM_FOUND_NOTHING && inputs->ambient)
		found = ssm_sources_find(lookup, SSM_SCOPE_AMBIENT, NULL, error);
	if (found == SSM_FOUND_NOTHING)
		ssm_lookup_note(lookup, "environment, container and instance: ambient_credentials is off");
	return found;
}

/*
 * Choose a source.  *lookup is zeroed but for its loop.  False, with the reason, if
 * no source is configured, or the first one wrongly; lookup->notes then tell why those
 * before it do not serve.
 */
bool
ssm_resolve_source(SsmLookup *lookup, const SsmCredentialsInputs *inputs, SsmError *error)
{
	lookup->inputs = inputs;
	if (inputs->role_arn)
		lookup->roles[lookup->nroles++] = (SsmRole) {inputs->role_arn, inputs->external_id,
													 inputs->role_session_name, inputs->duration_seconds};
	ssm_fail(error, SSM_ERROR_CREDENTIALS, "%s", "");
	return find_source(lookup, error) == SSM_FOUND;
}
