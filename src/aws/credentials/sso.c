/*
 * sso.c
 *		Credentials of IAM Identity Center (SSO), by a token of aws sso login.
 *
 * The login itself takes a browser; what it leaves may renew the token for some
 * weeks.
 */
#include "aws/credentials/sso.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credentials/fetcher.h"
#include "aws/credentials/sso_token.h"

/* Seconds before its end in which a token is renewed, as botocore does it. */
#define RENEWAL	(15 * 60)

/* Milliseconds in which another process writes what it got, and between looks. */
#define OTHERS	1000
#define LOOK	50

static const SsmExchangePolicy policy = {
	.peer.name = "AWS SSO",
	.peer.reach = "Check that the database server can reach AWS SSO, and sso_region in the profile of the user "
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
	SsmFetcher	fetcher;
	const SsmEnvironment *environment;
	const char *name;			/* by which the token's file is found */
	const SsmClock *clock;
	SsmSsoToken token;
	bool		renewing;		/* by CreateToken, before all else */
	SsmError	refusal;		/* why that was of no use */
	int64_t		wait_until;		/* for another's token; 0: not yet */
	SsmEndpoint oidc;			/* where to */
	SsmBuf		oidc_url;
	SsmBuf		body;
	SsmEndpoint endpoint;		/* of the role's credentials */
	SsmBuf		url;
	char	   *bearer;			/* the token that goes with it */
} SsmSso;

/*
 * Does a profile say anything of SSO?
 */
bool
ssm_sso_configured(const SsmConfig *config, const char *profile)
{
	return ssm_profiles_get(config->profiles, profile, "sso_account_id") ||
		ssm_profiles_get(config->profiles, profile, "sso_role_name");
}

/*
 * Find one value, in the session's section or the profile.  If both have it
 * they must agree.
 */
static bool
find_value(const SsmConfig *config, const char *profile, const char *session, const char *property,
		   const char **value, SsmError *error)
{
	const char *own = ssm_profiles_get(config->profiles, profile, property);
	const char *shared = session ?
	ssm_profiles_section(config->profiles, "sso-session", session, property, NULL) : NULL;

	if (own && shared && strcmp(own, shared) != 0)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"%s differs between profile \"%s\" and sso-session \"%s\"", property, profile, session);
	*value = shared ? shared : own;
	if (*value == NULL)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"profile \"%s\" uses SSO, but %s is not set", profile, property);
	return true;
}

/*
 * Find all that a profile must say.
 */
static bool
read_config(const SsmConfig *config, const char *profile, SsmSsoConfig *sso_config, SsmError *error)
{
	sso_config->session = ssm_profiles_get(config->profiles, profile, "sso_session");
	if (sso_config->session && !ssm_profiles_have_section(config->profiles, "sso-session", sso_config->session))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"profile \"%s\" names the sso-session \"%s\", which does not exist",
						profile, sso_config->session);
	return find_value(config, profile, sso_config->session, "sso_start_url", &sso_config->start_url, error) &&
		find_value(config, profile, sso_config->session, "sso_region", &sso_config->region, error) &&
		find_value(config, profile, sso_config->session, "sso_account_id", &sso_config->account_id, error) &&
		find_value(config, profile, sso_config->session, "sso_role_name", &sso_config->role_name, error);
}

/*
 * Load the token of the last login, or the one that somebody has renewed since.
 * False if there is none.  *left becomes the seconds until it expires.
 */
static bool
load_token(SsmSso *sso, int64_t *left, SsmError *error)
{
	if (!ssm_sso_token_load(&sso->token, sso->environment, sso->name, error))
		return false;
	*left = sso->token.expires_at - ssm_clock_now(sso->clock) / 1000;
	return true;
}

/*
 * Turn to the request for the role's credentials, with the token at hand.
 */
static bool
fetch_credentials(SsmSso *sso, SsmError *error)
{
	sso->renewing = false;
	ssm_exchange_restart(&sso->fetcher.exchange);
	sso->bearer = ssm_member_string(&sso->token.parts[SSM_SSO_TOKEN_ACCESS]);
	return sso->bearer != NULL || ssm_fail_memory(error);
}

/*
 * Append "name=value" to a query, the value percent-encoded.
 */
static void
add_value(SsmBuf *url, const char *name, const char *value)
{
	ssm_buf_printf(url, "%s=", name);
	ssm_buf_add_encoded(url, value, strlen(value));
}

/*
 * SsmExchangeMethods.build.
 */
static bool
build(void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmSso	   *sso = arg;
	int			n = 0;

	(void) error;
	if (sso->renewing)
	{
		request->method = "POST";
		request->body = &sso->body;
		headers[n++] = (SsmHeader) {"Content-Type", "application/json"};
		headers[n++] = (SsmHeader) {"Host", sso->oidc.host};
	}
	else
	{
		headers[n++] = (SsmHeader) {"Host", sso->endpoint.host};
		headers[n++] = (SsmHeader) {"x-amz-sso_bearer_token", sso->bearer};
	}
	request->url = ssm_buf_text(sso->renewing ? &sso->oidc_url : &sso->url);
	request->nheaders = n;
	request->secrets.values[0] = sso->bearer;
	return true;
}

/*
 * Read GetRoleCredentials' response.  False, with a protocol error, if it has none.
 */
static bool
parse_credentials(const SsmHttp *response, SsmCredentials *out, SsmError *error)
{
	static const SsmCredentialsNames names = {
		.access_key_id = "accessKeyId", .secret_access_key = "secretAccessKey",
		.session_token = "sessionToken", .expiration = "expiration", .temporary = true
	};
	SsmMember	role = {.name = "roleCredentials"};
	SsmError	problem;

	if (!ssm_members_read(ssm_buf_text(&response->body), response->body.len, &role, 1) ||
		role.value.kind != SSM_JSON_OBJECT)
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "AWS SSO: the answer has no roleCredentials");
	if (!ssm_credentials_from_json(role.value.text, role.value.len, &names, out, &problem))
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "AWS SSO: %s", problem.message);
	return true;
}

/*
 * Take CreateToken's response: a token, which is kept, or an error, which is
 * classified.
 */
static bool
parse_token(SsmSso *sso, const SsmHttp *response, SsmFailure *failure, SsmError *error)
{
	SsmMember	name = {.name = "error"};
	char	   *code = NULL;
	char		said[64] = "";

	if (response->status == 200)
		return ssm_sso_token_renew(&sso->token, ssm_buf_text(&response->body), response->body.len,
								   ssm_clock_now(sso->clock) / 1000) ||
			ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS SSO: the answer to CreateToken has no token");
	*failure = ssm_failure_of_response(response->status, response->response[SSM_HEADER_ERROR_TYPE]);
	if (ssm_members_read(ssm_buf_text(&response->body), response->body.len, &name, 1))
		code = ssm_member_string(&name);
	/* OAuth's codes are such words; whatever else it says may hold the token */
	if (code && strspn(code, "abcdefghijklmnopqrstuvwxyz_") == strlen(code))
		ssm_copy_text(said, sizeof(said), code, strlen(code));
	ssm_secret_free(code);
	return ssm_fail(error, SSM_ERROR_CREDENTIALS,
					"the SSO token has expired, and CreateToken answered with HTTP status %ld%s%s%s",
					response->status, said[0] ? " " : "", said,
					failure->class == SSM_FAILURE_FATAL ? "; " SSM_SSO_LOGIN : "");
}

/*
 * SsmExchangeMethods.parse.
 */
static bool
parse(void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error)
{
	SsmSso	   *sso = arg;
	SsmFailureText said;

	if (sso->renewing)
		return parse_token(sso, response, failure, error);
	if (response->status == 200)
		return parse_credentials(response, out, error);
	ssm_failure_read(response, &said);
	*failure = ssm_failure_of_response(response->status, said.code);
	if (response->status == 401)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS SSO does not accept the token; " SSM_SSO_LOGIN);
	ssm_fail(error, failure->kind, "AWS SSO answered with HTTP status %ld%s%s%s%s", response->status,
			 said.code[0] ? " " : "", said.code, said.message[0] ? ": " : "", said.message);
	if (failure->kind == SSM_ERROR_DENIED)
		error->hint = "Check sso_account_id and sso_role_name in the profile of the user mapping for server %s: "
			"IAM Identity Center must assign that permission set to the user who logged in.";
	return false;
}

/*
 * Go on with renewal: SSM_DONE if there is a token that holds.  One that
 * cannot be renewed serves as long as it holds; or somebody else has just renewed
 * it, and by that taken the refresh token away, so his is waited for.
 */
static SsmProgress
renew(SsmSso *sso, SsmError *error)
{
	SsmProgress state = SSM_FAILED;
	int64_t		now = ssm_loop_now();
	SsmError	ignored;
	int64_t		left;

	if (sso->wait_until == 0)
		state = ssm_exchange_advance(&sso->fetcher.exchange, NULL, &sso->refusal);
	if (state != SSM_FAILED || (load_token(sso, &left, &ignored) && left > 0))
		return state == SSM_FAILED ? SSM_DONE : state;
	if (sso->wait_until == 0)
		sso->wait_until = now + OTHERS;
	if (now < sso->wait_until)
	{
		ssm_loop_alarm(sso->fetcher.exchange.loop, now + LOOK);
		return SSM_PENDING;
	}
	*error = sso->refusal;
	return SSM_FAILED;
}

/*
 * SsmProvider.advance: renew the token if need be, then fetch the credentials.
 */
static SsmProgress
advance_sso(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	SsmSso	   *sso = (SsmSso *) provider;

	if (sso->renewing)
	{
		SsmProgress state = renew(sso, error);

		if (state != SSM_DONE)
			return state;
		if (!fetch_credentials(sso, error))
			return SSM_FAILED;
	}
	return ssm_fetcher_advance(provider, out, error);
}

/*
 * SsmProvider.free.
 */
static void
free_sso(SsmProvider *provider)
{
	SsmSso	   *sso = (SsmSso *) provider;

	ssm_exchange_end(&sso->fetcher.exchange);
	ssm_buf_free(&sso->url);
	ssm_buf_free(&sso->oidc_url);
	ssm_buf_free(&sso->body);
	ssm_sso_token_free(&sso->token);
	ssm_secret_free(sso->bearer);
	free(sso);
}

/*
 * Find out whether the token must be renewed first, and how.
 */
static bool
choose_token(SsmSso *sso, const SsmConfig *config, const SsmSsoConfig *sso_config, SsmError *error)
{
	int64_t		left;

	if (!load_token(sso, &left, error))
		return false;
	/* only an sso-session's login leaves what renews its token */
	if (left > RENEWAL || sso_config->session == NULL ||
		!ssm_sso_token_renewable(&sso->token, ssm_clock_now(sso->clock) / 1000))
		return left > 0 ? fetch_credentials(sso, error) :
			ssm_fail(error, SSM_ERROR_CREDENTIALS, "the SSO token has expired; " SSM_SSO_LOGIN);
	if (!ssm_config_endpoint(config, SSM_SERVICE_SSO_OIDC, sso_config->region, &sso->oidc, error))
		return false;
	ssm_buf_puts(&sso->oidc_url, sso->oidc.url);
	ssm_buf_puts(&sso->oidc_url, "token");
	sso->renewing = true;
	return (ssm_buf_ok(&sso->oidc_url) && ssm_sso_token_request(&sso->token, &sso->body)) || ssm_fail_memory(error);
}

/*
 * Find everything that is needed: the token, the endpoints, the URL of the request.
 */
static bool
configure(SsmSso *sso, const SsmConfig *config, const char *profile, SsmError *error)
{
	SsmSsoConfig sso_config;

	if (!read_config(config, profile, &sso_config, error))
		return false;
	sso->environment = config->environment;
	sso->name = sso_config.session ? sso_config.session : sso_config.start_url;
	if (!choose_token(sso, config, &sso_config, error) ||
		!ssm_config_endpoint(config, SSM_SERVICE_SSO, sso_config.region, &sso->endpoint, error))
		return false;
	ssm_buf_puts(&sso->url, sso->endpoint.url);
	ssm_buf_puts(&sso->url, "federation/credentials?");
	add_value(&sso->url, "account_id", sso_config.account_id);
	add_value(&sso->url, "&role_name", sso_config.role_name);
	sso->fetcher.exchange.ca_bundle = ssm_config_ca_bundle(config);
	return ssm_buf_ok(&sso->url) || ssm_fail_memory(error);
}

/*
 * Ask for the credentials that a profile names.  config's texts,
 * user_agent and clock outlive the provider.
 */
SsmProvider *
ssm_sso_start(SsmLoop *loop, const SsmConfig *config, const char *profile, const char *user_agent,
			  const SsmClock *clock, SsmError *error)
{
	static const SsmExchangeMethods methods = {.build = build, .parse = parse};
	SsmSso	   *sso = ssm_fetcher_new(sizeof(SsmSso), free_sso, &methods, &policy, loop, user_agent, error);

	if (sso == NULL)
		return NULL;
	sso->fetcher.base.advance = advance_sso;
	sso->clock = clock;
	ssm_buf_init(&sso->url, 4096);
	ssm_buf_init(&sso->oidc_url, 4096);
	ssm_buf_init(&sso->body, SSM_MAX_TOKEN_FILE);
	ssm_buf_init(&sso->token.text, SSM_MAX_TOKEN_FILE);
	if (configure(sso, config, profile, error))
		return &sso->fetcher.base;
	free_sso(&sso->fetcher.base);
	return NULL;
}
