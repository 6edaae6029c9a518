/*
 * sso.c
 *		Credentials of IAM Identity Center (SSO), by a token of aws sso login.
 *
 * The login itself takes a browser; its token lies in a file whose name is the
 * hash of what the profile calls the session.
 */
#include "aws/credentials/sso.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/sha.h>

#include "aws/credentials/ask.h"
#include "aws/credentials/document.h"
#include "aws/expiration.h"
#include "base/file.h"

#define MAX_TOKEN_FILE	((size_t) 64 * 1024)
#define LOGIN			"run: aws sso login"

static const SsmAskRules rules = {
	.service = "AWS SSO",
	.reach = "Check the way from the database server to AWS SSO, and sso_region in the profile of the user "
	"mapping for server %s.",
	.attempts = 3, .connect_timeout = 5000, .timeout = 15000
};

/* What a profile says of SSO. */
typedef struct SsmSsoConfig
{
	const char *session;		/* name of a section, or NULL */
	const char *start_url;
	const char *region;
	const char *account_id;
	const char *role_name;
} SsmSsoConfig;

typedef struct SsmSso
{
	SsmAsk		ask;
	SsmEndpoint endpoint;
	const SsmClock *clock;
	SsmBuf		url;
	char	   *token;
} SsmSso;

/*
 * Does a profile say anything of SSO?
 */
bool
ssm_sso_configured(const SsmSettings *settings, const char *profile)
{
	return ssm_profiles_get(settings->profiles, profile, "sso_account_id") ||
		ssm_profiles_get(settings->profiles, profile, "sso_role_name");
}

/*
 * Find one value, in the session's section or the profile.  If both have it
 * they must agree.
 */
static bool
find_value(const SsmSettings *settings, const char *profile, const char *session, const char *key,
		   const char **value, SsmError *error)
{
	const char *own = ssm_profiles_get(settings->profiles, profile, key);
	const char *shared = session ?
	ssm_profiles_section(settings->profiles, "sso-session", session, key, NULL) : NULL;

	if (own && shared && strcmp(own, shared) != 0)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"%s differs between profile \"%s\" and sso-session \"%s\"", key, profile, session);
	*value = shared ? shared : own;
	if (*value == NULL)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"profile \"%s\" is to use SSO, but %s is not set", profile, key);
	return true;
}

/*
 * Find all that a profile must say.
 */
static bool
read_config(const SsmSettings *settings, const char *profile, SsmSsoConfig *config, SsmError *error)
{
	config->session = ssm_profiles_get(settings->profiles, profile, "sso_session");
	if (config->session && !ssm_profiles_have_section(settings->profiles, "sso-session", config->session))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"profile \"%s\" names the sso-session \"%s\", which does not exist",
						profile, config->session);
	return find_value(settings, profile, config->session, "sso_start_url", &config->start_url, error) &&
		find_value(settings, profile, config->session, "sso_region", &config->region, error) &&
		find_value(settings, profile, config->session, "sso_account_id", &config->account_id, error) &&
		find_value(settings, profile, config->session, "sso_role_name", &config->role_name, error);
}

/*
 * Read the token out of its file's text.
 */
static bool
read_token(SsmSso *sso, const SsmBuf *text, const char *path, SsmError *error)
{
	SsmMember	members[] = {{.name = "accessToken"}, {.name = "expiresAt"}};
	int64_t		expires_at;

	if (!ssm_document_members(ssm_buf_text(text), text->len, members, 2) ||
		(sso->token = ssm_document_string(&members[0])) == NULL)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "there is no SSO token in \"%.300s\"; " LOGIN, path);
	if (!ssm_expiration_read(&members[1].value, &expires_at))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"the SSO token in \"%.300s\" has no time of expiry; " LOGIN, path);
	if (expires_at <= ssm_clock_now(sso->clock) / 1000)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the SSO token has expired; " LOGIN);
	return true;
}

/*
 * Load the token of the last login.
 */
static bool
load_token(SsmSso *sso, const SsmSettings *settings, const SsmSsoConfig *config, SsmError *error)
{
	const char *name = config->session ? config->session : config->start_url;
	unsigned char digest[SHA_DIGEST_LENGTH];
	char		path[1024];
	char		file[96] = "~/.aws/sso/cache/";
	size_t		len = strlen(file);
	SsmBuf text;
	const char *problem;
	bool		absent;
	bool		good;
	int			i;

	if (SHA1((const unsigned char *) name, strlen(name), digest) == NULL)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "OpenSSL offers no SHA-1");
	for (i = 0; i < SHA_DIGEST_LENGTH; i++)
		len += snprintf(file + len, sizeof(file) - len, "%02x", digest[i]);
	snprintf(file + len, sizeof(file) - len, ".json");
	if (!ssm_environment_path(settings->environment, file, path, sizeof(path)))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "there is no home directory with an SSO token");
	ssm_buf_init(&text, MAX_TOKEN_FILE);
	problem = ssm_file_load(path, &text, &absent);
	good = problem ? ssm_fail(error, SSM_ERROR_CREDENTIALS, "could not read \"%.300s\": %s%s", path, problem,
							  absent ? "; " LOGIN : "") :
		read_token(sso, &text, path, error);
	ssm_buf_free(&text);
	return good;
}

/*
 * Append a query's value, percent-encoded.
 */
static void
add_value(SsmBuf *url, const char *name, const char *value)
{
	ssm_buf_printf(url, "%s=", name);
	ssm_buf_add_encoded(url, value, strlen(value), '\0');
}

/*
 * SsmAsk.prepare.
 */
static bool
prepare(SsmAsk *ask, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmSso	   *sso = (SsmSso *) ask;
	int			n = 0;

	(void) error;
	headers[n++] = (SsmHeader) {"Host", sso->endpoint.host};
	headers[n++] = (SsmHeader) {"x-amz-sso_bearer_token", sso->token};
	request->url = ssm_buf_text(&sso->url);
	request->nheaders = n;
	request->secrets.values[0] = sso->token;
	return true;
}

/*
 * Keep the credentials of an answer.
 */
static bool
take_keys(const SsmHttp *answer, SsmCredentials *out, SsmError *error)
{
	static const SsmDocumentNames names = {
		.access_key_id = "accessKeyId", .secret_access_key = "secretAccessKey",
		.session_token = "sessionToken", .expiration = "expiration", .temporary = true
	};
	SsmMember	keys = {.name = "roleCredentials"};
	SsmError	problem;

	if (!ssm_document_members(ssm_buf_text(&answer->body), answer->body.len, &keys, 1) ||
		keys.value.kind != SSM_JSON_OBJECT)
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "AWS SSO: the answer has no roleCredentials");
	if (!ssm_document_credentials(keys.value.text, keys.value.len, &names, out, &problem))
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "AWS SSO: %s", problem.message);
	return true;
}

/*
 * SsmAsk.take.
 */
static bool
take(SsmAsk *ask, const SsmHttp *answer, SsmCredentials *out, SsmVerdict *verdict, SsmError *error)
{
	SsmFailureText said;
	SsmFailure	failure;

	(void) ask;
	*verdict = SSM_VERDICT_TRANSIENT;
	if (answer->status == 200)
		return take_keys(answer, out, error);
	ssm_failure_read(answer, &said);
	failure = ssm_failure_answer(answer->status, said.code);
	*verdict = failure.verdict;
	if (answer->status == 401)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS SSO does not accept the token; " LOGIN);
	ssm_fail(error, failure.kind, "AWS SSO answered with HTTP status %ld%s%s%s%s", answer->status,
			 said.code[0] ? " " : "", said.code, said.message[0] ? ": " : "", said.message);
	if (failure.kind == SSM_ERROR_DENIED)
		error->hint = "Check sso_account_id and sso_role_name in the profile of the user mapping for server %s: "
			"IAM Identity Center must have assigned that permission set to whoever has logged in.";
	return false;
}

/*
 * End it, wherever it is.
 */
static void
free_sso(SsmProvider *provider)
{
	SsmSso	   *sso = (SsmSso *) provider;

	ssm_ask_end(&sso->ask);
	ssm_buf_free(&sso->url);
	ssm_secret_free(sso->token);
	free(sso);
}

/*
 * Find everything that is needed to ask.
 */
static bool
configure(SsmSso *sso, const SsmSettings *settings, const char *profile, SsmError *error)
{
	SsmSsoConfig config;

	if (!read_config(settings, profile, &config, error) ||
		!load_token(sso, settings, &config, error) ||
		!ssm_settings_endpoint(settings, SSM_SERVICE_SSO, config.region, &sso->endpoint, error))
		return false;
	ssm_buf_puts(&sso->url, sso->endpoint.url);
	ssm_buf_puts(&sso->url, "federation/credentials?");
	add_value(&sso->url, "account_id", config.account_id);
	add_value(&sso->url, "&role_name", config.role_name);
	sso->ask.ca_bundle = ssm_settings_ca_bundle(settings);
	return ssm_buf_ok(&sso->url) || ssm_fail_memory(error);
}

/*
 * Ask for the credentials that a profile names.  settings' texts,
 * user_agent and clock outlive the provider.
 */
SsmProvider *
ssm_sso_start(SsmLoop *loop, const SsmSettings *settings, const char *profile, const char *user_agent,
			  const SsmClock *clock, SsmError *error)
{
	SsmSso	   *sso = calloc(1, sizeof(SsmSso));

	if (sso == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	sso->ask = (SsmAsk)
	{
		.base =
		{
			ssm_ask_advance, free_sso
		}, .rules = &rules, .loop = loop,
			.user_agent = user_agent, .prepare = prepare, .take = take
	};
	sso->clock = clock;
	ssm_buf_init(&sso->url, 4096);
	if (configure(sso, settings, profile, error))
		return &sso->ask.base;
	free_sso(&sso->ask.base);
	return NULL;
}
