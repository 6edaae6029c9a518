/*
 * plan.c
 *		Decide which source of credentials serves, and what roles are taken on
 *		top of it.
 *
 * This takes no waiting: environment and files alone decide.  A source that is
 * configured is the one; if it fails later, no other is tried, as the user then
 * would be somebody else than he meant to be.  AWS: SDKs and Tools reference,
 * standardized credential providers.
 */
#include "aws/credentials/plan.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials/container.h"
#include "aws/credentials/sso.h"

/* Profiles on the way from one to its source, and so on. */
typedef struct SsmTrail
{
	const char *profiles[SSM_MAX_ROLES + 1];
	int			n;
} SsmTrail;

/* What a planning step came to. */
typedef enum SsmFound
{
	FOUND_NOTHING,				/* not configured: go on */
	FOUND,						/* the plan is complete */
	FOUND_ERROR
} SsmFound;

static void note(SsmPlan *plan, const char *fmt,...) SSM_PRINTF(2, 3);

static const char *const source_names[] = {
	[SSM_SOURCE_NONE] = "nothing",
	[SSM_SOURCE_MAPPING] = "user mapping",
	[SSM_SOURCE_ENVIRONMENT] = "environment",
	[SSM_SOURCE_CREDENTIALS_FILE] = "credentials file",
	[SSM_SOURCE_CONFIG_FILE] = "config file",
	[SSM_SOURCE_PROCESS] = "credential_process",
	[SSM_SOURCE_WEB_IDENTITY] = "web identity",
	[SSM_SOURCE_SSO] = "SSO",
	[SSM_SOURCE_CONTAINER] = "container",
	[SSM_SOURCE_METADATA] = "instance metadata",
	[SSM_SOURCE_ROLE] = "assumed role",
};

/*
 * What users call a source.
 */
const char *
ssm_source_name(SsmSource source)
{
	return source_names[source];
}

/*
 * Note why a source does not serve.
 */
static void
note(SsmPlan *plan, const char *fmt,...)
{
	size_t		len = strlen(plan->notes);
	va_list		args;

	va_start(args, fmt);
	if (len > 0 && len + 2 < sizeof(plan->notes))
		len += snprintf(plan->notes + len, sizeof(plan->notes) - len, "; ");
	vsnprintf(plan->notes + len, sizeof(plan->notes) - len, fmt, args);
	va_end(args);
}

/*
 * Fail for what is wrong with a profile.
 */
static SsmFound
bad_profile(const char *profile, SsmError *error, const char *what)
{
	ssm_fail(error, SSM_ERROR_CREDENTIALS, "profile \"%.100s\" %s", profile, what);
	return FOUND_ERROR;
}

/*
 * A profile's property, or NULL.
 */
static const char *
property(const SsmSearchInputs *inputs, const char *profile, const char *key)
{
	return ssm_profiles_get(inputs->config->profiles, profile, key);
}

/*
 * Settle on a source.
 */
static SsmFound
settle(SsmPlan *plan, SsmSource source, const char *profile)
{
	plan->source = source;
	plan->profile = profile;
	return FOUND;
}

/*
 * Look for keys in the environment.
 */
static SsmFound
find_environment(SsmPlan *plan, const SsmSearchInputs *inputs, SsmError *error)
{
	const SsmEnvironment *environment = inputs->config->environment;

	if (!ssm_environment_get(environment, "AWS_ACCESS_KEY_ID"))
	{
		note(plan, "environment: AWS_ACCESS_KEY_ID is not set");
		return FOUND_NOTHING;
	}
	if (!ssm_environment_get(environment, "AWS_SECRET_ACCESS_KEY"))
	{
		ssm_fail(error, SSM_ERROR_CREDENTIALS,
				 "environment: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
		return FOUND_ERROR;
	}
	return settle(plan, SSM_SOURCE_ENVIRONMENT, NULL);
}

/*
 * Look for the agent of a container.
 */
static SsmFound
find_container(SsmPlan *plan, const SsmSearchInputs *inputs)
{
	if (ssm_container_configured(inputs->config->environment))
		return settle(plan, SSM_SOURCE_CONTAINER, NULL);
	note(plan, "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
		 "AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
	return FOUND_NOTHING;
}

/*
 * Look for a web identity: each value is the environment's, if that may be
 * used, else the profile's.
 */
static SsmFound
find_web_identity(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, bool by_environment,
				  SsmError *error)
{
	static const char *const names[][2] = {
		{"AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"},
		{"AWS_ROLE_ARN", "role_arn"},
		{"AWS_ROLE_SESSION_NAME", "role_session_name"},
	};
	const char *values[3];
	int			i;

	for (i = 0; i < 3; i++)
	{
		values[i] = by_environment ? ssm_environment_get(inputs->config->environment, names[i][0]) : NULL;
		if (values[i] == NULL)
			values[i] = property(inputs, profile, names[i][1]);
	}
	if (values[0] == NULL)
		return FOUND_NOTHING;
	if (values[1] == NULL)
	{
		ssm_fail(error, SSM_ERROR_CREDENTIALS,
				 "web identity: a token file is set, but neither AWS_ROLE_ARN nor role_arn in profile \"%.100s\"",
				 profile);
		return FOUND_ERROR;
	}
	plan->web_identity_token_file = values[0];
	plan->web_identity.arn = values[1];
	plan->web_identity.session_name = values[2];
	return settle(plan, SSM_SOURCE_WEB_IDENTITY, profile);
}

/*
 * Look for a profile's keys in one of the files.
 */
static SsmFound
find_keys(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, SsmProfileFile file,
		  SsmError *error)
{
	const SsmProfiles *profiles = inputs->config->profiles;

	if (!ssm_profiles_get_from(profiles, file, profile, "aws_access_key_id"))
		return FOUND_NOTHING;
	if (!ssm_profiles_get_from(profiles, file, profile, "aws_secret_access_key"))
		return bad_profile(profile, error, "has aws_access_key_id, but no aws_secret_access_key in the same file");
	return settle(plan, file == SSM_FILE_CREDENTIALS ? SSM_SOURCE_CREDENTIALS_FILE : SSM_SOURCE_CONFIG_FILE,
				  profile);
}

/*
 * Look for what a profile has of its own, besides a role.
 */
static SsmFound
find_own(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, bool by_environment, SsmError *error)
{
	SsmFound	found = find_web_identity(plan, inputs, profile, by_environment, error);

	if (found == FOUND_NOTHING && ssm_sso_configured(inputs->config, profile))
		found = settle(plan, SSM_SOURCE_SSO, profile);
	if (found == FOUND_NOTHING)
		found = find_keys(plan, inputs, profile, SSM_FILE_CREDENTIALS, error);
	if (found == FOUND_NOTHING && property(inputs, profile, "credential_process"))
		found = settle(plan, SSM_SOURCE_PROCESS, profile);
	if (found == FOUND_NOTHING)
		found = find_keys(plan, inputs, profile, SSM_FILE_CONFIG, error);
	return found;
}

/*
 * Does a profile take a role with others' keys?
 */
static bool
takes_role(const SsmSearchInputs *inputs, const char *profile)
{
	return property(inputs, profile, "role_arn") && !property(inputs, profile, "web_identity_token_file");
}

/*
 * Does a profile have keys in a file, or part of them?
 */
static bool
has_keys(const SsmSearchInputs *inputs, const char *profile)
{
	return property(inputs, profile, "aws_access_key_id") || property(inputs, profile, "aws_secret_access_key");
}

/*
 * Note the role that a profile takes.
 */
static SsmFound
add_role(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, SsmError *error)
{
	const char *duration = property(inputs, profile, "duration_seconds");
	char	   *end = "";
	SsmRolePlan *role;
	long		seconds = duration ? strtol(duration, &end, 10) : 0;

	if (property(inputs, profile, "mfa_serial"))
		return bad_profile(profile, error, "has mfa_serial, and a server has nobody to ask for the code");
	if (plan->nroles == SSM_MAX_ROLES)
		return bad_profile(profile, error, "stands at the end of too many roles");
	role = &plan->roles[plan->nroles++];
	role->arn = property(inputs, profile, "role_arn");
	role->external_id = property(inputs, profile, "external_id");
	role->session_name = property(inputs, profile, "role_session_name");
	/* what is not a number is ignored, as by AWS's tools */
	if (*end == '\0' && seconds > 0 && seconds <= INT_MAX)
		role->duration = (int) seconds;
	return FOUND_NOTHING;
}

/*
 * Find the source that a profile's credential_source names.
 */
static SsmFound
find_named(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, const char *name, SsmError *error)
{
	SsmFound	found;

	if (strcmp(name, "Ec2InstanceMetadata") == 0)
		return settle(plan, SSM_SOURCE_METADATA, profile);
	if (strcmp(name, "Environment") == 0)
		found = find_environment(plan, inputs, error);
	else if (strcmp(name, "EcsContainer") == 0)
		found = find_container(plan, inputs);
	else
		return bad_profile(profile, error, "has a credential_source that is none of "
						   "Environment, Ec2InstanceMetadata and EcsContainer");
	if (found == FOUND_NOTHING)
		return bad_profile(profile, error, "has a credential_source without credentials");
	return found;
}

/*
 * Check the source profile of the last profile on the trail, and put it there.
 */
static bool
follow(SsmTrail *trail, const SsmSearchInputs *inputs, const char *source, SsmError *error)
{
	const char *profile = trail->profiles[trail->n - 1];
	int			i;

	if (!ssm_profiles_have(inputs->config->profiles, source))
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
 * Plan for a profile that takes a role, and for those that lead to it.
 */
static SsmFound
find_role(SsmPlan *plan, const SsmSearchInputs *inputs, const char *profile, SsmError *error)
{
	SsmTrail	trail = {{profile}, 1};
	SsmFound	found;

	for (;;)
	{
		const char *source = property(inputs, profile, "source_profile");
		const char *name = property(inputs, profile, "credential_source");

		if (add_role(plan, inputs, profile, error) == FOUND_ERROR)
			return FOUND_ERROR;
		if ((source != NULL) == (name != NULL))
			return bad_profile(profile, error, source ? "has both source_profile and credential_source" :
							   "has role_arn, but neither source_profile nor credential_source");
		if (name)
			return find_named(plan, inputs, profile, name, error);
		if (!follow(&trail, inputs, source, error))
			return FOUND_ERROR;
		profile = source;
		if (has_keys(inputs, profile) || !takes_role(inputs, profile))
			break;
	}
	found = find_own(plan, inputs, profile, false, error);
	return found == FOUND_NOTHING ? bad_profile(profile, error, "is a source_profile, but has no credentials") : found;
}

/*
 * Plan for the profile in use.
 */
static SsmFound
find_profile(SsmPlan *plan, const SsmSearchInputs *inputs, SsmError *error)
{
	const char *profile = inputs->config->profile;
	bool		by_environment = inputs->profile == NULL;
	const SsmProfiles *profiles = inputs->config->profiles;
	SsmFound	found;
	int			file;

	/* without them nothing is known of the profile: no other source may serve */
	if (!ssm_profiles_check(profiles, error))
		return FOUND_ERROR;
	found = takes_role(inputs, profile) ? find_role(plan, inputs, profile, error) :
		find_own(plan, inputs, profile, by_environment, error);
	if (found != FOUND_NOTHING)
		return found;
	if (by_environment)
		note(plan, "web identity: AWS_WEB_IDENTITY_TOKEN_FILE is not set");
	note(plan, "profile \"%.64s\": %s", profile,
		 ssm_profiles_have(profiles, profile) ? "it has no credentials" : "there is no such profile");
	for (file = 0; file < SSM_FILE_COUNT; file++)
		if (profiles->files[file].problem[0])
			note(plan, "\"%.100s\": %.60s", profiles->files[file].path, profiles->files[file].problem);
	return found;
}

/*
 * A profile that is named must be there, in files that can be read.
 */
static bool
check_named(const SsmSearchInputs *inputs, SsmError *error)
{
	const SsmConfig *config = inputs->config;
	const char *profile = config->profile;

	if (inputs->profile == NULL && !ssm_environment_get(config->environment, "AWS_PROFILE"))
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
 * Find the source that serves.
 */
static SsmFound
find_source(SsmPlan *plan, const SsmSearchInputs *inputs, SsmError *error)
{
	SsmFound	found = FOUND_NOTHING;

	if (inputs->access_key_id && inputs->secret_access_key)
		return settle(plan, SSM_SOURCE_MAPPING, NULL);
	note(plan, "user mapping: %s is not set", inputs->access_key_id ? "secret_access_key" : "access_key_id");
	if (inputs->profile || inputs->ambient)
	{
		if (!check_named(inputs, error))
			return FOUND_ERROR;
		if (inputs->profile == NULL)
			found = find_environment(plan, inputs, error);
		if (found == FOUND_NOTHING)
			found = find_profile(plan, inputs, error);
	}
	if (found == FOUND_NOTHING && inputs->ambient)
		found = find_container(plan, inputs);
	if (found == FOUND_NOTHING && inputs->ambient)
		found = settle(plan, SSM_SOURCE_METADATA, NULL);
	if (found == FOUND_NOTHING)
		note(plan, "environment, container and instance: ambient_credentials is off");
	return found;
}

/*
 * Make a plan.  False, with the reason, if no source is configured or one is,
 * but wrongly; plan->notes then tell of those before it.
 */
bool
ssm_plan_make(SsmPlan *plan, const SsmSearchInputs *inputs, SsmError *error)
{
	SsmFound	found;

	memset(plan, 0, sizeof(*plan));
	if (inputs->role_arn)
	{
		plan->roles[0].arn = inputs->role_arn;
		plan->roles[0].external_id = inputs->external_id;
		plan->roles[0].session_name = inputs->role_session_name;
		plan->roles[0].duration = inputs->duration_seconds;
		plan->nroles = 1;
	}
	ssm_fail(error, SSM_ERROR_CREDENTIALS, "%s", "");
	found = find_source(plan, inputs, error);
	return found == FOUND;
}
