/*
 * sources.c
 *		The sources of credentials, in the order of AWS's chain.
 *
 * Whether one is configured takes no waiting: environment and files alone decide.
 * AWS: SDKs and Tools reference, standardized credential providers.
 */
#include "aws/credentials/sources.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "aws/credentials/container.h"
#include "aws/credentials/instance.h"
#include "aws/credentials/process.h"
#include "aws/credentials/sso.h"
#include "aws/expiration.h"
#include "base/array.h"
#include "base/file.h"

#define MAX_WEB_TOKEN	((size_t) 20000)

/*
 * Note why a source does not serve.
 */
void
ssm_lookup_note(SsmLookup *lookup, const char *fmt,...)
{
	size_t		len = strlen(lookup->notes);
	va_list		args;

	va_start(args, fmt);
	if (len > 0 && len + 2 < sizeof(lookup->notes))
		len += snprintf(lookup->notes + len, sizeof(lookup->notes) - len, "; ");
	vsnprintf(lookup->notes + len, sizeof(lookup->notes) - len, fmt, args);
	va_end(args);
}

/*
 * Fail for what is wrong with a profile.
 */
SsmFound
ssm_lookup_bad_profile(const char *profile, SsmError *error, const char *what)
{
	ssm_fail(error, SSM_ERROR_CREDENTIALS, "profile \"%.100s\" %s", profile, what);
	return SSM_FOUND_ERROR;
}

/*
 * A profile's property, or NULL where it is not set.
 */
const char *
ssm_lookup_property(const SsmLookup *lookup, const char *profile, const char *name)
{
	return ssm_profiles_get(lookup->inputs->config->profiles, profile, name);
}

/*
 * Keep keys found without asking anyone.
 */
static bool
keep_keys(SsmLookup *lookup, const char *id, const char *secret, const char *token, SsmError *error)
{
	SsmCredentials given = {
		.access_key_id = (char *) id, .secret_access_key = (char *) secret, .session_token = (char *) token,
		.source = lookup->source->name, .obtained_at = ssm_clock_now(lookup->inputs->clock) / 1000
	};

	return ssm_credentials_check(&given, error) && ssm_credentials_copy(&lookup->credentials, &given, error);
}

/*
 * SsmCredentialSource.configured: the user mapping has both keys.
 */
static SsmFound
find_given(SsmLookup *lookup, SsmError *error)
{
	(void) error;
	if (lookup->inputs->access_key_id && lookup->inputs->secret_access_key)
		return SSM_FOUND;
	ssm_lookup_note(lookup, "user mapping: %s is not set",
					lookup->inputs->access_key_id ? "secret_access_key" : "access_key_id");
	return SSM_FOUND_NOTHING;
}

/*
 * SsmCredentialSource.start: keep the mapping's keys, which never expire.
 */
static bool
start_given(SsmLookup *lookup, SsmError *error)
{
	const SsmCredentialsInputs *inputs = lookup->inputs;

	return keep_keys(lookup, inputs->access_key_id, inputs->secret_access_key, inputs->session_token, error);
}

/*
 * SsmCredentialSource.configured: the environment has keys.
 */
static SsmFound
find_environment(SsmLookup *lookup, SsmError *error)
{
	const SsmEnvironment *environment = lookup->inputs->config->environment;

	if (!ssm_environment_get(environment, "AWS_ACCESS_KEY_ID"))
	{
		ssm_lookup_note(lookup, "environment: AWS_ACCESS_KEY_ID is not set");
		return SSM_FOUND_NOTHING;
	}
	if (!ssm_environment_get(environment, "AWS_SECRET_ACCESS_KEY"))
	{
		ssm_fail(error, SSM_ERROR_CREDENTIALS,
				 "environment: AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not");
		return SSM_FOUND_ERROR;
	}
	return SSM_FOUND;
}

/*
 * SsmCredentialSource.start: keep the environment's keys.
 */
static bool
start_environment(SsmLookup *lookup, SsmError *error)
{
	const SsmEnvironment *environment = lookup->inputs->config->environment;
	const char *expiration = ssm_environment_get(environment, "AWS_CREDENTIAL_EXPIRATION");

	if (!keep_keys(lookup, ssm_environment_get(environment, "AWS_ACCESS_KEY_ID"),
				   ssm_environment_get(environment, "AWS_SECRET_ACCESS_KEY"),
				   ssm_environment_get(environment, "AWS_SESSION_TOKEN"), error))
		return false;
	if (expiration == NULL)
		return true;
	if (!ssm_expiration_parse(expiration, &lookup->credentials.expires_at))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS_CREDENTIAL_EXPIRATION is not a time");
	if (lookup->credentials.expires_at <= lookup->credentials.obtained_at)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"the keys have expired, according to AWS_CREDENTIAL_EXPIRATION");
	return true;
}

/*
 * SsmCredentialSource.configured: there is a web identity.  Each value is the
 * environment's, if that counts, else the profile's.
 */
static SsmFound
find_web_identity(SsmLookup *lookup, SsmError *error)
{
	static const char *const names[][2] = {
		{"AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file"},
		{"AWS_ROLE_ARN", "role_arn"},
		{"AWS_ROLE_SESSION_NAME", "role_session_name"},
	};
	const char *values[lengthof(names)] = {0};
	int			i;

	for (i = 0; i < (int) lengthof(names); i++)
	{
		values[i] = lookup->by_environment ? ssm_environment_get(lookup->inputs->config->environment, names[i][0]) : NULL;
		if (values[i] == NULL)
			values[i] = ssm_lookup_property(lookup, lookup->profile, names[i][1]);
	}
	if (values[0] == NULL)
		return SSM_FOUND_NOTHING;
	if (values[1] == NULL)
	{
		ssm_fail(error, SSM_ERROR_CREDENTIALS,
				 "web identity: a token file is set, but neither AWS_ROLE_ARN nor role_arn in profile \"%.100s\"",
				 lookup->profile);
		return SSM_FOUND_ERROR;
	}
	lookup->web_identity_token_file = values[0];
	lookup->web_identity.arn = values[1];
	lookup->web_identity.session_name = values[2];
	return SSM_FOUND;
}

/*
 * Ask STS for a role, with the credentials got so far or a web identity's token.
 */
bool
ssm_lookup_assume(SsmLookup *lookup, const SsmRole *role, const char *web_identity_token, SsmError *error)
{
	const SsmConfig *config = lookup->inputs->config;
	SsmAssumeRole request = {
		.role = *role, .clock = lookup->inputs->clock,
		.ca_bundle = ssm_config_ca_bundle(config), .user_agent = lookup->inputs->user_agent,
		.credentials = &lookup->credentials, .web_identity_token = web_identity_token
	};

	if (!ssm_config_endpoint(config, SSM_SERVICE_STS, NULL, &request.endpoint, error))
		return false;
	/* a custom endpoint needs no region to be found, but one to be signed for */
	if (request.endpoint.region[0] == '\0' && web_identity_token == NULL)
		return ssm_fail_hint(error, SSM_REGION_HINT, SSM_ERROR_CONFIG, "Invalid Configuration: Missing Region");
	lookup->provider = ssm_sts_start(lookup->loop, &request, error);
	return lookup->provider != NULL;
}

/*
 * SsmCredentialSource.start: ask STS for a role by the token in a file.
 */
static bool
start_web_identity(SsmLookup *lookup, SsmError *error)
{
	SsmBuf		token;
	bool		done;

	ssm_buf_init(&token, MAX_WEB_TOKEN);
	done = ssm_file_read(lookup->web_identity_token_file, &token, error) &&
		ssm_lookup_assume(lookup, &lookup->web_identity, ssm_buf_text(&token), error);
	ssm_buf_free(&token);
	return done;
}

/*
 * SsmCredentialSource.configured: a profile says anything of SSO.
 */
static SsmFound
find_sso(SsmLookup *lookup, SsmError *error)
{
	(void) error;
	return ssm_sso_configured(lookup->inputs->config, lookup->profile) ? SSM_FOUND : SSM_FOUND_NOTHING;
}

/*
 * SsmCredentialSource.start.
 */
static bool
start_sso(SsmLookup *lookup, SsmError *error)
{
	const SsmCredentialsInputs *inputs = lookup->inputs;

	lookup->provider = ssm_sso_start(lookup->loop, inputs->config, lookup->profile, inputs->user_agent,
									 inputs->clock, error);
	return lookup->provider != NULL;
}

/*
 * SsmCredentialSource.configured: a profile has keys in the source's file.
 */
static SsmFound
find_file(SsmLookup *lookup, SsmError *error)
{
	const SsmProfiles *profiles = lookup->inputs->config->profiles;
	const char *profile = lookup->profile;
	SsmProfileFile file = lookup->source->file;

	if (!ssm_profiles_get_from(profiles, file, profile, "aws_access_key_id"))
		return SSM_FOUND_NOTHING;
	if (!ssm_profiles_get_from(profiles, file, profile, "aws_secret_access_key"))
		return ssm_lookup_bad_profile(profile, error, "has aws_access_key_id, but no aws_secret_access_key in the same file");
	return SSM_FOUND;
}

/*
 * SsmCredentialSource.start: keep the keys of the source's file.  Other programs
 * write these files, so they may hold others later.
 */
static bool
start_file(SsmLookup *lookup, SsmError *error)
{
	const SsmProfiles *profiles = lookup->inputs->config->profiles;
	const char *profile = lookup->profile;
	SsmProfileFile file = lookup->source->file;

	if (!keep_keys(lookup, ssm_profiles_get_from(profiles, file, profile, "aws_access_key_id"),
				   ssm_profiles_get_from(profiles, file, profile, "aws_secret_access_key"),
				   ssm_profiles_get_from(profiles, file, profile, "aws_session_token"), error))
		return false;
	lookup->credentials.renewable = true;
	return true;
}

/*
 * SsmCredentialSource.configured: a profile names a program.
 */
static SsmFound
find_process(SsmLookup *lookup, SsmError *error)
{
	(void) error;
	return ssm_lookup_property(lookup, lookup->profile, "credential_process") ? SSM_FOUND : SSM_FOUND_NOTHING;
}

/*
 * SsmCredentialSource.start.
 */
static bool
start_process(SsmLookup *lookup, SsmError *error)
{
	lookup->provider = ssm_process_start(lookup->loop,
										 ssm_lookup_property(lookup, lookup->profile, "credential_process"),
										 lookup->inputs->config->environment->variables, error);
	return lookup->provider != NULL;
}

/*
 * SsmCredentialSource.configured: a container has an agent.
 */
static SsmFound
find_container(SsmLookup *lookup, SsmError *error)
{
	(void) error;
	if (ssm_container_configured(lookup->inputs->config->environment))
		return SSM_FOUND;
	ssm_lookup_note(lookup, "container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor "
					"AWS_CONTAINER_CREDENTIALS_FULL_URI is set");
	return SSM_FOUND_NOTHING;
}

/*
 * SsmCredentialSource.start.
 */
static bool
start_container(SsmLookup *lookup, SsmError *error)
{
	lookup->provider = ssm_container_start(lookup->loop, lookup->inputs->config->environment,
										   lookup->inputs->user_agent, error);
	return lookup->provider != NULL;
}

/*
 * SsmCredentialSource.start.
 */
static bool
start_instance(SsmLookup *lookup, SsmError *error)
{
	const SsmCredentialsInputs *inputs = lookup->inputs;

	lookup->provider = ssm_instance_start(lookup->loop, inputs->config, inputs->user_agent, inputs->clock, error);
	return lookup->provider != NULL;
}

/* Those of one scope are tried in this order. */
static const SsmCredentialSource sources[] = {
	{"user mapping", SSM_SCOPE_GIVEN, NULL, find_given, start_given},
	{"environment", SSM_SCOPE_ENVIRONMENT, "Environment", find_environment, start_environment},
	{"web identity", SSM_SCOPE_PROFILE, NULL, find_web_identity, start_web_identity},
	{"SSO", SSM_SCOPE_PROFILE, NULL, find_sso, start_sso},
	{"credentials file", SSM_SCOPE_PROFILE, NULL, find_file, start_file, .file = SSM_FILE_CREDENTIALS},
	{"credential_process", SSM_SCOPE_PROFILE, NULL, find_process, start_process},
	{"config file", SSM_SCOPE_PROFILE, NULL, find_file, start_file, .file = SSM_FILE_CONFIG},
	{"container", SSM_SCOPE_AMBIENT, "EcsContainer", find_container, start_container},
	{"instance metadata", SSM_SCOPE_AMBIENT, "Ec2InstanceMetadata", NULL, start_instance},
};

/*
 * Settle on a source if it is configured, in a profile if it is a profile's (else
 * NULL).
 */
SsmFound
ssm_source_try(SsmLookup *lookup, const SsmCredentialSource *source, const char *profile, SsmError *error)
{
	SsmFound	found = SSM_FOUND;

	lookup->source = source;
	lookup->profile = profile;
	if (source->configured)
		found = source->configured(lookup, error);
	if (found != SSM_FOUND)
		lookup->source = NULL;
	return found;
}

/*
 * Settle on the first source of a scope that is configured, as above.
 */
SsmFound
ssm_sources_find(SsmLookup *lookup, SsmSourceScope scope, const char *profile, SsmError *error)
{
	SsmFound	found = SSM_FOUND_NOTHING;
	size_t		i;

	for (i = 0; found == SSM_FOUND_NOTHING && i < lengthof(sources); i++)
		if (sources[i].scope == scope)
			found = ssm_source_try(lookup, &sources[i], profile, error);
	return found;
}

/*
 * The source that a profile's credential_source names, or NULL.
 */
const SsmCredentialSource *
ssm_source_named(const char *credential_source)
{
	size_t		i;

	for (i = 0; i < lengthof(sources); i++)
		if (sources[i].credential_source && strcmp(sources[i].credential_source, credential_source) == 0)
			return &sources[i];
	return NULL;
}
