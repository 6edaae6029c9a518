/*
 * search.c
 *		Find credentials where AWS clients look for them.
 *
 * plan.c says which source it is, and what roles come on top; here they are
 * asked, one after the other.
 */
#include "aws/credentials/search.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "aws/credentials/container.h"
#include "aws/credentials/from_json.h"
#include "aws/credentials/metadata.h"
#include "aws/credentials/plan.h"
#include "aws/credentials/process.h"
#include "aws/credentials/sso.h"
#include "aws/credentials/sts.h"
#include "aws/expiration.h"
#include "base/buf.h"
#include "base/file.h"

#define MAX_WEB_TOKEN	((size_t) 20000)
#define MAX_DIGESTED	((size_t) 8 << 20)

struct SsmSearch
{
	SsmLoop    *loop;
	const SsmSearchInputs *inputs;
	SsmPlan		plan;
	SsmProvider *provider;		/* being asked, or NULL */
	SsmSource	source;			/* that it is */
	SsmCredentials keys;		/* found so far */
};

/*
 * Keep keys found without asking anyone.
 */
static bool
keep_keys(SsmSearch *search, const char *id, const char *secret, const char *token, SsmError *error)
{
	SsmCredentials given = {
		.access_key_id = (char *) id, .secret_access_key = (char *) secret, .session_token = (char *) token,
		.source = ssm_source_name(search->plan.source), .obtained_at = ssm_clock_now(search->inputs->clock) / 1000
	};

	return ssm_credentials_check(&given, error) && ssm_credentials_copy(&search->keys, &given, error);
}

/*
 * Keep the environment's keys.
 */
static bool
keep_environment(SsmSearch *search, SsmError *error)
{
	const SsmEnvironment *environment = search->inputs->config->environment;
	const char *expiration = ssm_environment_get(environment, "AWS_CREDENTIAL_EXPIRATION");

	if (!keep_keys(search, ssm_environment_get(environment, "AWS_ACCESS_KEY_ID"),
				   ssm_environment_get(environment, "AWS_SECRET_ACCESS_KEY"),
				   ssm_environment_get(environment, "AWS_SESSION_TOKEN"), error))
		return false;
	if (expiration == NULL)
		return true;
	if (!ssm_expiration_parse(expiration, &search->keys.expires_at))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS_CREDENTIAL_EXPIRATION is not a time");
	if (search->keys.expires_at <= search->keys.obtained_at)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"the keys have expired, says AWS_CREDENTIAL_EXPIRATION");
	return true;
}

/*
 * Keep the keys of a profile in one of the files.  Other programs write these
 * files, so they may hold others later.
 */
static bool
keep_file(SsmSearch *search, SsmProfileFile file, SsmError *error)
{
	const SsmProfiles *profiles = search->inputs->config->profiles;
	const char *profile = search->plan.profile;

	if (!keep_keys(search, ssm_profiles_get_from(profiles, file, profile, "aws_access_key_id"),
				   ssm_profiles_get_from(profiles, file, profile, "aws_secret_access_key"),
				   ssm_profiles_get_from(profiles, file, profile, "aws_session_token"), error))
		return false;
	search->keys.renewable = true;
	return true;
}

/*
 * Ask STS for a role, with keys or a web identity's token.
 */
static bool
start_role(SsmSearch *search, const SsmRolePlan *plan, const char *token, SsmError *error)
{
	const SsmConfig *config = search->inputs->config;
	SsmRole		role = {
		.clock = search->inputs->clock,
		.ca_bundle = ssm_config_ca_bundle(config), .user_agent = search->inputs->user_agent,
		.role_arn = plan->arn, .session_name = plan->session_name, .external_id = plan->external_id,
		.duration = plan->duration, .keys = &search->keys, .web_identity_token = token
	};

	if (!ssm_config_endpoint(config, SSM_SERVICE_STS, NULL, &role.endpoint, error))
		return false;
	/* a custom endpoint needs no region to be found, but one to be signed for */
	if (role.endpoint.region[0] == '\0' && token == NULL)
		return ssm_fail_hint(error, SSM_REGION_HINT, SSM_ERROR_CONFIG, "Invalid Configuration: Missing Region");
	search->provider = ssm_sts_start(search->loop, &role, error);
	return search->provider != NULL;
}

/*
 * Ask STS for a role by the token in a file.
 */
static bool
start_web_identity(SsmSearch *search, SsmError *error)
{
	SsmBuf		token;
	bool		done;

	ssm_buf_init(&token, MAX_WEB_TOKEN);
	done = ssm_file_read(search->plan.web_identity_token_file, &token, error) &&
		start_role(search, &search->plan.web_identity, ssm_buf_text(&token), error);
	ssm_buf_free(&token);
	return done;
}

/*
 * Turn to the source that the plan names.
 */
static bool
start_source(SsmSearch *search, SsmError *error)
{
	const SsmSearchInputs *inputs = search->inputs;
	const SsmConfig *config = inputs->config;
	SsmPlan    *plan = &search->plan;

	switch (plan->source)
	{
		case SSM_SOURCE_MAPPING:
			return keep_keys(search, inputs->access_key_id, inputs->secret_access_key, inputs->session_token, error);
		case SSM_SOURCE_ENVIRONMENT:
			return keep_environment(search, error);
		case SSM_SOURCE_CREDENTIALS_FILE:
			return keep_file(search, SSM_FILE_CREDENTIALS, error);
		case SSM_SOURCE_CONFIG_FILE:
			return keep_file(search, SSM_FILE_CONFIG, error);
		case SSM_SOURCE_WEB_IDENTITY:
			return start_web_identity(search, error);
		case SSM_SOURCE_PROCESS:
			search->provider = ssm_process_start(search->loop,
												 ssm_profiles_get(config->profiles, plan->profile, "credential_process"),
												 config->environment->variables, error);
			break;
		case SSM_SOURCE_SSO:
			search->provider = ssm_sso_start(search->loop, config, plan->profile, inputs->user_agent, inputs->clock, error);
			break;
		case SSM_SOURCE_CONTAINER:
			search->provider = ssm_container_start(search->loop, config->environment, inputs->user_agent, error);
			break;
		case SSM_SOURCE_METADATA:
			search->provider = ssm_metadata_start(search->loop, config, inputs->user_agent, inputs->clock, error);
			break;
		default:
			return ssm_fail(error, SSM_ERROR_CREDENTIALS, "%s", "");
	}
	return search->provider != NULL;
}

/*
 * Of which kind is a failure?  The instance's metadata is asked also where nothing
 * says that there are any: that it is not there then means that there are no
 * credentials.
 */
static SsmErrorKind
kind_of(const SsmSearch *search, const SsmError *cause, bool last)
{
	bool		lost = cause->kind == SSM_ERROR_CONNECT || cause->kind == SSM_ERROR_CONNECTION;

	if (last && lost && !ssm_config_get(search->inputs->config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
										"ec2_metadata_service_endpoint"))
		return SSM_ERROR_CREDENTIALS;
	return cause->kind;
}

/*
 * Say what failed: if no source has credentials, with those passed over before;
 * else it is the source's own failure.
 */
static void
explain(const SsmSearch *search, SsmError *error)
{
	SsmError	cause = *error;
	bool		last = search->source == SSM_SOURCE_METADATA && search->plan.profile == NULL;
	SsmErrorKind kind = kind_of(search, &cause, last);
	const char *source = search->source != SSM_SOURCE_NONE && cause.message[0] ? ssm_source_name(search->source) : "";
	const char *notes = search->plan.notes;

	if (kind == SSM_ERROR_MEMORY || kind == SSM_ERROR_RESOURCES)
		return;
	if (last || kind == SSM_ERROR_CREDENTIALS || kind == SSM_ERROR_CONFIG)
		ssm_fail(error, kind, "no AWS credentials found: %s%s%s%s%s", notes,
				 notes[0] && cause.message[0] ? "; " : "", source, source[0] ? ": " : "", cause.message);
	else
		ssm_fail(error, kind, "could not get AWS credentials: %s: %s", source, cause.message);
	memcpy(error->code, cause.code, sizeof(error->code));
	memcpy(error->request_id, cause.request_id, sizeof(error->request_id));
	error->hint = cause.hint;
}

/*
 * Append a text to what is digested, so that no two lists of texts, NULLs
 * included, look the same.
 */
static void
add_text(SsmBuf *out, const char *text)
{
	ssm_buf_printf(out, "%lld:", text ? (long long) strlen(text) : -1LL);
	ssm_buf_puts(out, text ? text : "");
}

/*
 * Append all that AWS's files say.
 */
static void
add_files(SsmBuf *out, const SsmProfiles *profiles)
{
	int			file;
	int			i;

	for (file = 0; file < SSM_FILE_COUNT; file++)
		for (i = 0; i < profiles->files[file].ini.n; i++)
		{
			const SsmIniEntry *entry = &profiles->files[file].ini.entries[i];

			add_text(out, entry->section);
			add_text(out, entry->key);
			add_text(out, entry->nested);
			add_text(out, entry->value);
		}
}

/*
 * Digest all that decides which keys a search brings, but the environment, which is
 * the process's, and stays: of two searches with the same digest one is enough.
 * Where they only differ in the region, the keys are the same unless STS is asked
 * elsewhere.  False if there is nothing to search, or memory is short.
 */
bool
ssm_search_digest(const SsmSearchInputs *inputs, unsigned char digest[SSM_SEARCH_DIGEST])
{
	const SsmConfig *config = inputs->config;
	const char *texts[] = {
		inputs->ambient ? "ambient" : NULL, inputs->profile, config->profile,
		inputs->access_key_id, inputs->secret_access_key, inputs->session_token,
		inputs->role_arn, inputs->external_id, inputs->role_session_name,
		ssm_config_ca_bundle(config)
	};
	SsmEndpoint sts = {0};
	SsmPlan		plan;
	SsmError	error;
	SsmBuf		all;
	bool		known;
	size_t		i;

	if (!ssm_plan_make(&plan, inputs, &error) ||
		((plan.nroles > 0 || plan.source == SSM_SOURCE_WEB_IDENTITY) &&
		 !ssm_config_endpoint(config, SSM_SERVICE_STS, NULL, &sts, &error)))
		return false;
	ssm_buf_init(&all, MAX_DIGESTED);
	for (i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		add_text(&all, texts[i]);
	ssm_buf_printf(&all, "%d %d %d ", inputs->duration_seconds, config->use_fips, config->use_dualstack);
	add_text(&all, sts.url);
	add_text(&all, sts.region);
	add_files(&all, config->profiles);
	known = ssm_buf_ok(&all) && SHA256((const unsigned char *) all.data, all.len, digest) != NULL;
	ssm_buf_free(&all);
	return known;
}

/*
 * Start to look for credentials.  NULL, with all sources and why they did not
 * serve in the error, if that can be told at once; otherwise to be released by
 * ssm_search_free, before the loop.
 */
SsmSearch *
ssm_search_start(SsmLoop *loop, const SsmSearchInputs *inputs, SsmError *error)
{
	SsmSearch  *search = calloc(1, sizeof(SsmSearch));

	if (search == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	search->loop = loop;
	search->inputs = inputs;
	if (ssm_plan_make(&search->plan, inputs, error))
	{
		search->source = search->plan.source;
		if (start_source(search, error))
			return search;
	}
	explain(search, error);
	ssm_search_free(search);
	return NULL;
}

/*
 * A provider has brought keys: note where they come from, and judge them.
 */
static bool
keep_answer(SsmSearch *search, SsmCredentials *fresh, SsmError *error)
{
	search->provider->free(search->provider);
	search->provider = NULL;
	fresh->source = ssm_source_name(search->source);
	fresh->obtained_at = ssm_clock_now(search->inputs->clock) / 1000;
	fresh->renewable = true;
	ssm_credentials_clear(&search->keys);
	search->keys = *fresh;
	if (fresh->expires_at != 0 && fresh->expires_at <= fresh->obtained_at)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the credentials that came have expired");
	return ssm_credentials_check(&search->keys, error);
}

/*
 * Go on as far as possible without waiting; to be called after each
 * ssm_loop_pump until it returns something else than SSM_PROVIDER_PENDING, and not
 * again after that.  SSM_PROVIDER_DONE fills *out, which had no keys and is then
 * the caller's; SSM_PROVIDER_FAILED fills *error.
 */
SsmProviderState
ssm_search_advance(SsmSearch *search, SsmCredentials *out, SsmError *error)
{
	for (;;)
	{
		SsmCredentials fresh = {0};
		SsmProviderState state;

		if (search->provider)
		{
			state = search->provider->advance(search->provider, &fresh, error);
			if (state == SSM_PROVIDER_PENDING)
				return state;
			if (state == SSM_PROVIDER_FAILED || !keep_answer(search, &fresh, error))
				break;
		}
		if (search->plan.nroles == 0)
		{
			*out = search->keys;
			memset(&search->keys, 0, sizeof(search->keys));
			return SSM_PROVIDER_DONE;
		}
		search->source = SSM_SOURCE_ROLE;
		if (!start_role(search, &search->plan.roles[--search->plan.nroles], NULL, error))
			break;
	}
	explain(search, error);
	return SSM_PROVIDER_FAILED;
}

/*
 * End it, wherever it is.  NULL is ignored.
 */
void
ssm_search_free(SsmSearch *search)
{
	if (search == NULL)
		return;
	if (search->provider)
		search->provider->free(search->provider);
	ssm_credentials_clear(&search->keys);
	free(search);
}
