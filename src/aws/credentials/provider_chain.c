/*
 * provider_chain.c
 *		Find credentials where AWS clients look for them.
 *
 * A source that is configured is the one; if it fails later, no other is tried, as
 * the user then would be somebody else than he meant to be.
 */
#include "aws/credentials/provider_chain.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "aws/credentials/resolver.h"
#include "base/array.h"
#include "base/buf.h"

#define MAX_DIGESTED	((size_t) 8 << 20)

struct SsmProviderChain
{
	SsmLookup	lookup;
	const SsmCredentialSource *asked;	/* the newest, or NULL */
};

/* What the credentials of a role come from. */
static const SsmCredentialSource assumed_role = {.name = "assumed role"};

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
 * Append all entries of AWS's files, in their order.
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
			add_text(out, entry->name);
			add_text(out, entry->nested);
			add_text(out, entry->value);
		}
}

/*
 * Digest all that decides which credentials are found, but the environment, which
 * is the process's, and stays: of two chains with the same digest one is enough.
 * Where they only differ in the region, they are the same unless STS is asked
 * elsewhere.  False if there is nothing to look for, or memory is short.
 */
bool
ssm_credentials_digest(const SsmCredentialsInputs *inputs, unsigned char digest[SSM_CREDENTIALS_DIGEST])
{
	const SsmConfig *config = inputs->config;
	const char *texts[] = {
		inputs->ambient ? "ambient" : NULL, inputs->profile, config->profile,
		inputs->access_key_id, inputs->secret_access_key, inputs->session_token,
		inputs->role_arn, inputs->external_id, inputs->role_session_name,
		ssm_config_ca_bundle(config)
	};
	SsmEndpoint sts = {0};
	SsmLookup	lookup = {0};
	SsmError	error;
	SsmBuf		all;
	bool		known;
	size_t		i;

	if (!ssm_resolve_source(&lookup, inputs, &error) ||
		((lookup.nroles > 0 || lookup.web_identity_token_file) &&
		 !ssm_config_endpoint(config, SSM_SERVICE_STS, NULL, &sts, &error)))
		return false;
	ssm_buf_init(&all, MAX_DIGESTED);
	for (i = 0; i < lengthof(texts); i++)
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
 * Is the source one that was asked although nothing says that it is there?  That
 * it is not then means that there are no credentials.
 */
static bool
is_last_resort(const SsmProviderChain *chain)
{
	return chain->asked && chain->asked == chain->lookup.source && chain->asked->configured == NULL &&
		chain->lookup.profile == NULL;
}

/*
 * Of which kind is a failure?
 */
static SsmErrorKind
kind_of(const SsmProviderChain *chain, const SsmError *cause)
{
	bool		lost = cause->kind == SSM_ERROR_CONNECT || cause->kind == SSM_ERROR_CONNECTION;

	if (lost && is_last_resort(chain) &&
		!ssm_config_get(chain->lookup.inputs->config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
						"ec2_metadata_service_endpoint"))
		return SSM_ERROR_CREDENTIALS;
	return cause->kind;
}

/*
 * Say what failed: if no source has credentials, with those passed over before;
 * else it is the source's own failure.
 */
static void
explain(const SsmProviderChain *chain, SsmError *error)
{
	SsmError	cause = *error;
	SsmErrorKind kind = kind_of(chain, &cause);
	const char *source = chain->asked && cause.message[0] ? chain->asked->name : "";
	const char *notes = chain->lookup.notes;

	if (kind == SSM_ERROR_MEMORY || kind == SSM_ERROR_RESOURCES)
		return;
	if (is_last_resort(chain) || kind == SSM_ERROR_CREDENTIALS || kind == SSM_ERROR_CONFIG)
		ssm_fail(error, kind, "no AWS credentials found: %s%s%s%s%s", notes,
				 notes[0] && cause.message[0] ? "; " : "", source, source[0] ? ": " : "", cause.message);
	else
		ssm_fail(error, kind, "could not get AWS credentials: %s: %s", source, cause.message);
	memcpy(error->code, cause.code, sizeof(error->code));
	memcpy(error->request_id, cause.request_id, sizeof(error->request_id));
	error->hint = cause.hint;
}

/*
 * Look for the source, and turn to it.  NULL, with all sources that do not serve
 * in the error, if that can be told at once; otherwise to be released by
 * ssm_provider_chain_free, before the loop.
 */
SsmProviderChain *
ssm_provider_chain_start(SsmLoop *loop, const SsmCredentialsInputs *inputs, SsmError *error)
{
	SsmProviderChain *chain = calloc(1, sizeof(SsmProviderChain));
	SsmLookup  *lookup;

	if (chain == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	lookup = &chain->lookup;
	lookup->loop = loop;
	if (ssm_resolve_source(lookup, inputs, error))
	{
		chain->asked = lookup->source;
		if (lookup->source->start(lookup, error))
			return chain;
	}
	explain(chain, error);
	ssm_provider_chain_free(chain);
	return NULL;
}

/*
 * A provider has brought credentials: note where they come from, and check them.
 */
static bool
keep(SsmProviderChain *chain, SsmCredentials *fresh, SsmError *error)
{
	SsmLookup  *lookup = &chain->lookup;

	lookup->provider->free(lookup->provider);
	lookup->provider = NULL;
	fresh->source = chain->asked->name;
	fresh->obtained_at = ssm_clock_now(lookup->inputs->clock) / 1000;
	fresh->renewable = true;
	ssm_credentials_clear(&lookup->credentials);
	lookup->credentials = *fresh;
	if (fresh->expires_at != 0 && fresh->expires_at <= fresh->obtained_at)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the credentials received have expired");
	return ssm_credentials_check(&lookup->credentials, error);
}

/*
 * Go on as far as possible without waiting; to be called after each
 * ssm_loop_pump until it returns something else than SSM_PENDING, and not
 * again after that.  SSM_DONE fills *out, which had no credentials and is then
 * the caller's; SSM_FAILED fills *error.
 */
SsmProgress
ssm_provider_chain_advance(SsmProviderChain *chain, SsmCredentials *out, SsmError *error)
{
	SsmLookup  *lookup = &chain->lookup;

	for (;;)
	{
		SsmCredentials fresh = {0};
		SsmProgress progress;

		if (lookup->provider)
		{
			progress = lookup->provider->advance(lookup->provider, &fresh, error);
			if (progress == SSM_PENDING)
				return progress;
			if (progress == SSM_FAILED || !keep(chain, &fresh, error))
				break;
		}
		if (lookup->nroles == 0)
		{
			*out = lookup->credentials;
			memset(&lookup->credentials, 0, sizeof(lookup->credentials));
			return SSM_DONE;
		}
		chain->asked = &assumed_role;
		if (!ssm_lookup_assume(lookup, &lookup->roles[--lookup->nroles], NULL, error))
			break;
	}
	explain(chain, error);
	return SSM_FAILED;
}

/*
 * Cut off what is under way, and release the chain.  NULL is ignored.
 */
void
ssm_provider_chain_free(SsmProviderChain *chain)
{
	if (chain == NULL)
		return;
	if (chain->lookup.provider)
		chain->lookup.provider->free(chain->lookup.provider);
	ssm_credentials_clear(&chain->lookup.credentials);
	free(chain);
}
