/*
 * sts.c
 *		Credentials of a role, from AWS's Security Token Service.
 *
 * The protocol is AWS's Query: a POST of a form, answered with XML.
 */
#include "aws/credentials/sts.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/credentials/fetcher.h"
#include "aws/credentials/xml.h"
#include "aws/expiration.h"
#include "aws/sigv4.h"

#define MAX_BODY	((size_t) 64 * 1024)
#define MAX_TEXT	((size_t) 32 * 1024)

#define ROLE_HINT \
	"Allow sts:AssumeRole on the role to the identity of the user mapping for server %s, " \
	"and name that identity in the role's trust policy, with the external_id if it requires one."
#define WEB_IDENTITY_HINT \
	"Check that the role's trust policy allows sts:AssumeRoleWithWebIdentity to the token's issuer, audience " \
	"and subject."

static const SsmExchangePolicy policy = {
	.peer.name = "AWS STS",
	.peer.reach = "Check that the database server can reach AWS STS, and the region of server %s or "
	"AWS_ENDPOINT_URL_STS.",
	.attempts = 3, .connect_timeout = 5000, .timeout = 15000
};

typedef struct SsmSts
{
	SsmFetcher	fetcher;
	SsmAssumeRole request;
	const char *action;
	char	   *token;			/* of a web identity, or NULL */
	SsmBuf		body;
	SsmBuf		authorization;	/* of the attempt under way */
	char		date[SSM_SIGV4_TIMESTAMP];
} SsmSts;

/*
 * Append a parameter to the form, percent-encoded.  NULL is left out.
 */
static void
add_parameter(SsmBuf *body, const char *name, const char *value)
{
	if (value == NULL)
		return;
	ssm_buf_printf(body, "&%s=", name);
	ssm_buf_add_encoded(body, value, strlen(value));
}

/*
 * Write the form of the request.  False if it is too long, or malloc fails.
 */
static bool
write_body(SsmSts *sts, SsmError *error)
{
	const SsmRole *role = &sts->request.role;
	SsmBuf	   *body = &sts->body;
	char		name[40];
	char		duration[16];

	snprintf(name, sizeof(name), "ssm_fdw-%lld", (long long) ssm_clock_now(sts->request.clock) / 1000);
	snprintf(duration, sizeof(duration), "%d", role->duration);
	ssm_buf_printf(body, "Action=%s&Version=2011-06-15", sts->action);
	add_parameter(body, "RoleArn", role->arn);
	add_parameter(body, "RoleSessionName", role->session_name ? role->session_name : name);
	add_parameter(body, "ExternalId", role->external_id);
	add_parameter(body, "DurationSeconds", role->duration > 0 ? duration : NULL);
	add_parameter(body, "WebIdentityToken", sts->request.web_identity_token);
	if (body->nomem)
		return ssm_fail_memory(error);
	if (body->overflow)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the request for a role is too long");
	return true;
}

/*
 * SsmExchangeMethods.build: sign anew, as the date is part of the signature.  Taking a
 * role by a web identity is not signed: the token tells who asks.
 */
static bool
build(void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmSts	   *sts = arg;
	time_t		now = ssm_clock_now(sts->request.clock) / 1000;
	int			n = 0;
	SsmSignInput in = {
		.method = "POST", .path = sts->request.endpoint.path, .headers = headers,
		.body = ssm_buf_text(&sts->body), .body_len = sts->body.len,
		.region = sts->request.endpoint.region, .service = "sts",
		.access_key_id = sts->request.credentials->access_key_id,
		.secret_access_key = sts->request.credentials->secret_access_key,
		.timestamp = sts->date
	};

	ssm_sigv4_timestamp(now, sts->date);
	headers[n++] = (SsmHeader)
	{
		"Content-Type", "application/x-www-form-urlencoded; charset=utf-8"
	};
	headers[n++] = (SsmHeader) {"Host", sts->request.endpoint.host};
	if (sts->request.credentials->access_key_id)
	{
		headers[n++] = (SsmHeader) {"X-Amz-Date", sts->date};
		if (sts->request.credentials->session_token)
			headers[n++] = (SsmHeader) {"X-Amz-Security-Token", sts->request.credentials->session_token};
		in.nheaders = n;
		ssm_buf_clear(&sts->authorization);
		if (!ssm_sigv4_sign(&in, &sts->authorization, error))
			return false;
		headers[n++] = (SsmHeader) {"Authorization", ssm_buf_text(&sts->authorization)};
	}
	request->method = "POST";
	request->url = sts->request.endpoint.url;
	request->nheaders = n;
	request->body = &sts->body;
	ssm_credentials_secrets(sts->request.credentials, &request->secrets);
	request->secrets.values[SSM_MAX_SECRETS - 2] = sts->token;
	request->secrets.values[SSM_MAX_SECRETS - 1] = ssm_sigv4_signature(&sts->authorization);
	return true;
}

/*
 * Read the credentials of a response.  False if it is not what STS promises.
 */
static bool
parse_credentials(const SsmSts *sts, const SsmHttp *response, SsmCredentials *out)
{
	enum
	{
		ID, SECRET, TOKEN, EXPIRATION, PARTS
	};
	static const char *const names[PARTS] = {
		[ID] = "AccessKeyId", [SECRET] = "SecretAccessKey",
		[TOKEN] = "SessionToken", [EXPIRATION] = "Expiration"
	};
	char	  **fields[] = {&out->access_key_id, &out->secret_access_key, &out->session_token};
	char		paths[PARTS][128];
	SsmBuf		texts[PARTS];
	SsmXmlField wanted[PARTS];
	bool		good;
	int			i;

	for (i = 0; i < PARTS; i++)
	{
		snprintf(paths[i], sizeof(paths[i]), "/%sResponse/%sResult/Credentials/%s",
				 sts->action, sts->action, names[i]);
		ssm_buf_init(&texts[i], MAX_TEXT);
		wanted[i].path = paths[i];
		wanted[i].text = &texts[i];
	}
	good = ssm_xml_read(ssm_buf_text(&response->body), response->body.len, wanted, PARTS) &&
		ssm_expiration_parse(ssm_buf_text(&texts[EXPIRATION]), &out->expires_at);
	for (i = 0; i < EXPIRATION; i++)
	{
		if (good && texts[i].len > 0)
			*fields[i] = strdup(texts[i].data);
		good = good && *fields[i] != NULL;
	}
	for (i = 0; i < PARTS; i++)
		ssm_buf_free(&texts[i]);
	if (!good)
		ssm_credentials_clear(out);
	return good;
}

/*
 * Classify an error response, and fill *error.
 */
static SsmFailure
parse_error(const SsmSts *sts, const SsmHttp *response, SsmError *error)
{
	SsmBuf		code;
	SsmBuf		message;
	SsmXmlField wanted[] = {{"Error/Code", &code}, {"Error/Message", &message}};
	SsmFailureText said = {0};
	SsmFailure	failure;
	char		what[1024];

	ssm_buf_init(&code, MAX_TEXT);
	ssm_buf_init(&message, MAX_TEXT);
	/* what is not well-formed has told what stands before that */
	(void) ssm_xml_read(ssm_buf_text(&response->body), response->body.len, wanted, 2);
	ssm_print_name(said.code, sizeof(said.code), ssm_buf_text(&code), code.len, "._-", &response->secrets);
	ssm_print(said.message, sizeof(said.message), ssm_buf_text(&message), message.len, &response->secrets);
	ssm_buf_free(&code);
	ssm_buf_free(&message);
	snprintf(what, sizeof(what), "%s of \"%s\"", sts->action, sts->request.role.arn);
	failure = ssm_failure_of_text(response->status, &policy.peer, what, &said, error);
	if (failure.kind == SSM_ERROR_DENIED && error->hint == NULL)
		error->hint = sts->token ? WEB_IDENTITY_HINT : ROLE_HINT;
	return failure;
}

/*
 * SsmExchangeMethods.parse.
 */
static bool
parse(void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error)
{
	SsmSts	   *sts = arg;

	if (response->status < 200 || response->status > 299)
	{
		*failure = parse_error(sts, response, error);
		return false;
	}
	return parse_credentials(sts, response, out) ||
		ssm_fail(error, SSM_ERROR_PROTOCOL, "%s of \"%s\" failed: the answer has no credentials",
				 sts->action, sts->request.role.arn);
}

/*
 * SsmProvider.free.
 */
static void
free_sts(SsmProvider *provider)
{
	SsmSts	   *sts = (SsmSts *) provider;

	ssm_exchange_end(&sts->fetcher.exchange);
	ssm_secret_free(sts->token);
	ssm_buf_free(&sts->body);
	ssm_buf_free(&sts->authorization);
	free(sts);
}

/*
 * Assume a role: AssumeRole, or AssumeRoleWithWebIdentity if there is a token of
 * one.
 */
SsmProvider *
ssm_sts_start(SsmLoop *loop, const SsmAssumeRole *request, SsmError *error)
{
	static const SsmExchangeMethods methods = {.build = build, .parse = parse};
	static const SsmCredentials none = {0};
	const char *token = request->web_identity_token;
	SsmSts	   *sts = ssm_fetcher_new(sizeof(SsmSts), free_sts, &methods, &policy, loop, request->user_agent, error);

	if (sts == NULL)
		return NULL;
	sts->fetcher.exchange.ca_bundle = request->ca_bundle;
	sts->fetcher.exchange.clock = request->clock;
	sts->fetcher.exchange.is_signed = token == NULL;
	sts->request = *request;
	sts->action = token ? "AssumeRoleWithWebIdentity" : "AssumeRole";
	ssm_buf_init(&sts->body, MAX_BODY);
	ssm_buf_init(&sts->authorization, 4096);
	if (token)
	{
		sts->request.credentials = &none;
		sts->request.web_identity_token = sts->token = strdup(token);
	}
	if (token && sts->token == NULL)
		ssm_fail_memory(error);
	else if (write_body(sts, error))
		return &sts->fetcher.base;
	free_sts(&sts->fetcher.base);
	return NULL;
}
