/*
 * failure.c
 *		What an exchange that went wrong means.
 *
 * The rules are those that AWS's SDKs share: the error code decides before the
 * HTTP status does, because SSM throttles with status 400.
 */
#include "aws/failure.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

typedef struct CodeRule
{
	const char *code;
	SsmFailure	failure;
} CodeRule;

#define THROTTLED	{SSM_VERDICT_THROTTLED, SSM_ERROR_THROTTLED}
#define TRANSIENT	{SSM_VERDICT_TRANSIENT, SSM_ERROR_API}
#define DENIED		{SSM_VERDICT_FATAL, SSM_ERROR_DENIED}
#define REJECTED	{SSM_VERDICT_FATAL, SSM_ERROR_CREDENTIALS}

#define EXPIRED		{SSM_VERDICT_FATAL, SSM_ERROR_CREDENTIALS, .expired = true}

/* What a service also says to one whose clock is wrong (AWS SDKs, clock skew). */
#define DENIED_OR_CLOCK		{SSM_VERDICT_FATAL, SSM_ERROR_DENIED, .clock = true}
#define REJECTED_OR_CLOCK	{SSM_VERDICT_FATAL, SSM_ERROR_CREDENTIALS, .clock = true}

static const CodeRule code_rules[] = {
	{"BandwidthLimitExceeded", THROTTLED},
	{"EC2ThrottledException", THROTTLED},
	{"LimitExceededException", THROTTLED},
	{"PriorRequestNotComplete", THROTTLED},
	{"ProvisionedThroughputExceededException", THROTTLED},
	{"RequestLimitExceeded", THROTTLED},
	{"RequestThrottled", THROTTLED},
	{"RequestThrottledException", THROTTLED},
	{"SlowDown", THROTTLED},
	{"ThrottledException", THROTTLED},
	{"Throttling", THROTTLED},
	{"ThrottlingException", THROTTLED},
	{"TooManyRequestsException", THROTTLED},
	{"TransactionInProgressException", THROTTLED},

	{"RequestTimeout", TRANSIENT},
	{"RequestTimeoutException", TRANSIENT},

	{"AccessDenied", DENIED},
	{"AccessDeniedException", DENIED_OR_CLOCK},

	{"AuthFailure", REJECTED_OR_CLOCK},
	{"ExpiredToken", EXPIRED},
	{"ExpiredTokenException", EXPIRED},
	{"IncompleteSignature", REJECTED},
	{"IncompleteSignatureException", REJECTED},
	{"InvalidAccessKeyId", REJECTED},
	{"InvalidClientTokenId", REJECTED},
	{"InvalidSignatureException", REJECTED_OR_CLOCK},
	{"InvalidToken", EXPIRED},
	{"MissingAuthenticationToken", REJECTED},
	{"MissingAuthenticationTokenException", REJECTED},
	{"NotAuthorized", DENIED},
	{"OptInRequired", REJECTED},
	{"RequestExpired", REJECTED_OR_CLOCK},
	{"RequestInTheFuture", REJECTED_OR_CLOCK},
	{"RequestTimeTooSkewed", REJECTED_OR_CLOCK},
	{"SignatureDoesNotMatch", REJECTED_OR_CLOCK},
	{"UnrecognizedClientException", REJECTED},
};

/* What libcurl says of an exchange that brought no answer. */
static const struct
{
	CURLcode	result;
	SsmFailure	failure;
}			transport_rules[] = {
	{CURLE_COULDNT_RESOLVE_HOST, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_COULDNT_RESOLVE_PROXY, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_COULDNT_CONNECT, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_SSL_CONNECT_ERROR, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_PROXY, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_PEER_FAILED_VERIFICATION, {SSM_VERDICT_FATAL, SSM_ERROR_CONNECT}},
	{CURLE_SSL_CACERT_BADFILE, {SSM_VERDICT_FATAL, SSM_ERROR_CONFIG}},
	{CURLE_URL_MALFORMAT, {SSM_VERDICT_FATAL, SSM_ERROR_CONFIG}},
	/* URLs are http or https: what answered does not speak HTTP */
	{CURLE_UNSUPPORTED_PROTOCOL, {SSM_VERDICT_TRANSIENT, SSM_ERROR_PROTOCOL}},
	{CURLE_OPERATION_TIMEDOUT, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_SEND_ERROR, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_RECV_ERROR, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_GOT_NOTHING, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_PARTIAL_FILE, {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_WEIRD_SERVER_REPLY, {SSM_VERDICT_TRANSIENT, SSM_ERROR_PROTOCOL}},
	{CURLE_OUT_OF_MEMORY, {SSM_VERDICT_FATAL, SSM_ERROR_MEMORY}},
};

/*
 * Judge an exchange that libcurl gave up.  A code the table does not name is a
 * broken connection and may pass.  Certificate errors never do.
 */
SsmFailure
ssm_failure_transport(CURLcode result)
{
	SsmFailure	other = {SSM_VERDICT_TRANSIENT, SSM_ERROR_CONNECTION};
	size_t		i;

	for (i = 0; i < sizeof(transport_rules) / sizeof(transport_rules[0]); i++)
		if (transport_rules[i].result == result)
			return transport_rules[i].failure;
	return other;
}

/*
 * Judge an error answer by its code ("" if it has none), then by its status:
 * 500, 502, 503 and 504 may pass, 429 is throttling, 401 and 403 are the
 * identity's.
 */
SsmFailure
ssm_failure_answer(long status, const char *code)
{
	SsmFailure	failure = {SSM_VERDICT_FATAL, SSM_ERROR_API};
	size_t		i;

	for (i = 0; i < sizeof(code_rules) / sizeof(code_rules[0]); i++)
		if (strcmp(code_rules[i].code, code) == 0)
			return code_rules[i].failure;
	if (status == 429)
		return ssm_failure_answer(400, "ThrottlingException");
	if (status == 500 || status == 502 || status == 503 || status == 504)
		failure.verdict = SSM_VERDICT_TRANSIENT;
	else if (status == 401 || status == 403)
		failure.kind = SSM_ERROR_DENIED;
	return failure;
}

/*
 * The name within an error code: what follows '#' and precedes ':'
 * (AWS JSON 1.1, "Operation error serialization").
 */
static void
copy_code(SsmError *error, const char *code)
{
	size_t		len = strcspn(code, ":");
	const char *hash = memchr(code, '#', len);

	if (hash)
	{
		len -= hash + 1 - code;
		code = hash + 1;
	}
	ssm_copy_text(error->code, sizeof(error->code), code, len);
}

/*
 * A member of a JSON object as a mutable C string, or NULL if it is no string.
 */
static char *
string_member(json_t *object, const char *name)
{
	return (char *) json_string_value(json_object_get(object, name));
}

/*
 * Overwrite what the request was signed with, which a service may echo.
 */
static void
redact(const SsmFailureContext *context, char *text)
{
	ssm_credentials_redact(context->credentials, text);
	ssm_redact(text, context->signature);
}

/*
 * Read an error answer: code from header, "code" or "__type"; message from
 * "message" or "Message".  A body that is not JSON is quoted.  None of them tells
 * a secret.
 */
static void
read_error(SsmHttp *http, const SsmFailureContext *context, SsmError *error)
{
	json_t	   *root = json_loadb(ssm_buf_text(&http->body), http->body.len, JSON_ALLOW_NUL, NULL);
	char	   *code = http->response[SSM_HEADER_ERROR_TYPE];
	char	   *message = string_member(root, "message");

	if (message == NULL)
		message = string_member(root, "Message");
	if (code[0] == '\0')
		code = string_member(root, "code");
	if (code == NULL)
		code = string_member(root, "__type");
	error->code[0] = error->message[0] = '\0';
	if (code)
	{
		redact(context, code);
		copy_code(error, code);
	}
	if (message == NULL && root == NULL && http->body.len > 0)
		message = http->body.data;
	if (message)
	{
		redact(context, message);
		ssm_copy_text(error->message, 400, message, strlen(message));
	}
	json_decref(root);
}

/*
 * Fill *error for an answer that is an error.
 */
static SsmFailure
judge_answer(SsmHttp *http, const SsmFailureContext *context, SsmError *error)
{
	SsmError	read;
	SsmFailure	failure;

	read_error(http, context, &read);
	failure = ssm_failure_answer(http->status, read.code);
	if (read.code[0] == '\0')
		snprintf(read.code, sizeof(read.code), "HTTP %ld", http->status);
	ssm_fail(error, failure.kind, "%s failed: %s%s%s", context->operation, read.code,
			 read.message[0] ? ": " : "", read.message);
	memcpy(error->code, read.code, sizeof(error->code));
	return failure;
}

/*
 * Fill *error for an exchange without a whole answer.
 */
static SsmFailure
judge_transport(const SsmHttp *http, const SsmFailureContext *context, SsmError *error)
{
	CURLcode	result = http->transfer.result;
	SsmFailure	failure;

	failure = ssm_failure_transport(result == CURLE_OPERATION_TIMEDOUT && !ssm_http_connected(http) ?
									CURLE_COULDNT_CONNECT : result);
	if (http->body.nomem)
	{
		failure.verdict = SSM_VERDICT_FATAL;
		ssm_fail_memory(error);
	}
	else if (http->body.overflow)
	{
		failure.verdict = SSM_VERDICT_FATAL;
		ssm_fail(error, SSM_ERROR_LIMIT, "the answer of %s is larger than max_response_size (%zu bytes)",
				 context->operation, http->body.max);
	}
	else if (ssm_http_verbose(http))
	{
		failure.verdict = SSM_VERDICT_FATAL;
		ssm_fail(error, SSM_ERROR_EXCESS, "the answer of %s has more than %zu bytes of headers",
				 context->operation, SSM_MAX_HEADERS);
	}
	else if (!ssm_http_connected(http) && ssm_loop_starved())
	{
		failure.verdict = SSM_VERDICT_FATAL;
		ssm_fail(error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection to \"%s\"",
				 context->host);
	}
	else
		ssm_fail(error, failure.kind, failure.kind == SSM_ERROR_CONNECT ?
				 "could not connect to \"%s\": %s" : "connection to \"%s\" failed: %s",
				 context->host, ssm_http_message(http));
	return failure;
}

/*
 * Judge an exchange that has ended without a whole answer, or with one that is
 * an error.  *error tells what went wrong, without the attempts and the request
 * id.  Secrets in the answer's body may be overwritten.
 */
SsmFailure
ssm_failure_judge(SsmHttp *http, const SsmFailureContext *context, SsmError *error)
{
	return http->transfer.result == CURLE_OK ?
		judge_answer(http, context, error) : judge_transport(http, context, error);
}
