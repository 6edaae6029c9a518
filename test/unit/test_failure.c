/*
 * test_failure.c
 *		What an exchange that went wrong means.
 */
#include "aws/failure.h"
#include "base/array.h"
#include "tap.h"

#include <stdlib.h>

#define FATAL		SSM_FAILURE_FATAL
#define TRANSIENT	SSM_FAILURE_TRANSIENT
#define THROTTLED	SSM_FAILURE_THROTTLED

/* Answers: the code decides, then the status. */
static const struct
{
	long		status;
	const char *code;
	SsmFailureClass class;
	SsmErrorKind kind;
	bool		clock;
}			answers[] = {
	{400, "ThrottlingException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "Throttling", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "ThrottledException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "RequestThrottledException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "RequestThrottled", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "TooManyRequestsException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "RequestLimitExceeded", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "ProvisionedThroughputExceededException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "TransactionInProgressException", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "BandwidthLimitExceeded", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "LimitExceededException", THROTTLED, SSM_ERROR_THROTTLED},
	{503, "SlowDown", THROTTLED, SSM_ERROR_THROTTLED},
	{400, "PriorRequestNotComplete", THROTTLED, SSM_ERROR_THROTTLED},
	{503, "EC2ThrottledException", THROTTLED, SSM_ERROR_THROTTLED},
	{500, "ThrottlingException", THROTTLED, SSM_ERROR_THROTTLED},
	{429, "", THROTTLED, SSM_ERROR_THROTTLED},
	{429, "SomethingElse", THROTTLED, SSM_ERROR_THROTTLED},
	{429, "AccessDeniedException", FATAL, SSM_ERROR_DENIED, true},

	{400, "RequestTimeout", TRANSIENT, SSM_ERROR_API},
	{408, "RequestTimeoutException", TRANSIENT, SSM_ERROR_API},
	{500, "InternalServerError", TRANSIENT, SSM_ERROR_API},
	{500, "", TRANSIENT, SSM_ERROR_API},
	{502, "", TRANSIENT, SSM_ERROR_API},
	{503, "", TRANSIENT, SSM_ERROR_API},
	{504, "", TRANSIENT, SSM_ERROR_API},
	{400, "InternalServerError", FATAL, SSM_ERROR_API},
	{501, "", FATAL, SSM_ERROR_API},
	{505, "", FATAL, SSM_ERROR_API},
	{599, "", FATAL, SSM_ERROR_API},

	{400, "", FATAL, SSM_ERROR_API},
	{404, "", FATAL, SSM_ERROR_API},
	{408, "", FATAL, SSM_ERROR_API},
	{302, "", FATAL, SSM_ERROR_API},
	{400, "ValidationException", FATAL, SSM_ERROR_API},
	{400, "InvalidNextToken", FATAL, SSM_ERROR_API},
	{400, "InvalidInstanceId", FATAL, SSM_ERROR_API},
	{400, "InvalidFilterKey", FATAL, SSM_ERROR_API},
	{400, "InvalidCommandId", FATAL, SSM_ERROR_API},
	{400, "throttlingexception", FATAL, SSM_ERROR_API},
	{400, "ThrottlingExceptionX", FATAL, SSM_ERROR_API},

	{400, "AccessDeniedException", FATAL, SSM_ERROR_DENIED, true},
	{403, "AccessDenied", FATAL, SSM_ERROR_DENIED},
	{500, "AccessDeniedException", FATAL, SSM_ERROR_DENIED, true},
	{401, "", FATAL, SSM_ERROR_DENIED},
	{403, "", FATAL, SSM_ERROR_DENIED},
	{403, "Unheard", FATAL, SSM_ERROR_DENIED},

	{400, "UnrecognizedClientException", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "InvalidSignatureException", FATAL, SSM_ERROR_CREDENTIALS, true},
	{403, "SignatureDoesNotMatch", FATAL, SSM_ERROR_CREDENTIALS, true},
	{400, "ExpiredTokenException", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "ExpiredToken", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "InvalidClientTokenId", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "IncompleteSignature", FATAL, SSM_ERROR_CREDENTIALS},
	{400, "MissingAuthenticationTokenException", FATAL, SSM_ERROR_CREDENTIALS},
	{400, "RequestExpired", FATAL, SSM_ERROR_CREDENTIALS, true},
	{403, "RequestTimeTooSkewed", FATAL, SSM_ERROR_CREDENTIALS, true},
	{401, "AuthFailure", FATAL, SSM_ERROR_CREDENTIALS, true},
	{400, "RequestInTheFuture", FATAL, SSM_ERROR_CREDENTIALS, true},
};

/* Exchanges without an answer. */
static const struct
{
	CURLcode	result;
	SsmFailureClass class;
	SsmErrorKind kind;
}			transports[] = {
	{CURLE_COULDNT_RESOLVE_HOST, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_COULDNT_RESOLVE_PROXY, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_COULDNT_CONNECT, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_SSL_CONNECT_ERROR, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_PEER_FAILED_VERIFICATION, FATAL, SSM_ERROR_CONNECT},
	{CURLE_SSL_CACERT_BADFILE, FATAL, SSM_ERROR_CONFIG},
	{CURLE_URL_MALFORMAT, FATAL, SSM_ERROR_CONFIG},
	{CURLE_UNSUPPORTED_PROTOCOL, TRANSIENT, SSM_ERROR_PROTOCOL},
	{CURLE_OUT_OF_MEMORY, FATAL, SSM_ERROR_MEMORY},
	{CURLE_OPERATION_TIMEDOUT, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_SEND_ERROR, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_RECV_ERROR, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_GOT_NOTHING, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_PARTIAL_FILE, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_HTTP2, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_WEIRD_SERVER_REPLY, TRANSIENT, SSM_ERROR_PROTOCOL},
};

/* Answers with their header x-amzn-ErrorType, and what they say. */
static const struct
{
	long		status;
	const char *header;
	const char *body;
	SsmErrorKind kind;
	SsmFailureClass class;
	const char *message;		/* after "X failed: " */
}			bodies[] = {

	/* where the code stands */
	{400, "", "{\"__type\":\"a.b#ThrottlingException\",\"message\":\"m\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "ThrottlingException: m"},
	{400, "", "{\"code\":\"ThrottlingException:http://x\",\"Message\":\"M\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "ThrottlingException: M"},
	{400, "AccessDeniedException:x", "{\"__type\":\"ThrottlingException\"}", SSM_ERROR_DENIED, FATAL, "AccessDeniedException"},
	{400, "", "{\"code\":400,\"__type\":\"SlowDown\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},
	{400, "", "{\"a\":{\"__type\":\"SlowDown\"}}", SSM_ERROR_API, FATAL, "HTTP 400"},
	{400, "not a code!", "{\"__type\":\"SlowDown\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},

	/* bodies that a strict parser refuses */
	{400, "", "{\"__type\":\"ThrottlingException\",\"message\":\"\\ud800 a\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "ThrottlingException: \357\277\275 a"},
	{400, "", "{\"message\":\"\377 a\",\"__type\":\"AccessDeniedException\"}", SSM_ERROR_DENIED, FATAL, "AccessDeniedException: \357\277\275 a"},
	{400, "", "{\"__type\":\"SlowDown\",\"x\":\"\355\240\200\\u0000\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},
	{400, "", "{\"\377\":1,\"code\":\"SlowDown\"}", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},
	{400, "", "{\"__type\":\"SlowDown\",\"message\":\"cut", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},
	{400, "", "{\"__type\":\"SlowDown\"} <!-- -->", SSM_ERROR_THROTTLED, SSM_FAILURE_THROTTLED, "SlowDown"},

	/* what is not AWS's */
	{403, "", "<h1>\033[31mno\n</h1>", SSM_ERROR_DENIED, FATAL, "HTTP 403: <h1> [31mno </h1>"},
	{502, "", "\377\376", SSM_ERROR_API, TRANSIENT, "HTTP 502: \357\277\275\357\277\275"},
	{302, "", "", SSM_ERROR_API, FATAL, "HTTP 302"},
	{404, "", "<h1>not here</h1>", SSM_ERROR_API, FATAL, "HTTP 404: <h1>not here</h1>"},
	{407, "", "", SSM_ERROR_CONNECT, FATAL, NULL},
};

/* What AWS says of a denial, and words of the hint; NULL: no policy is named. */
static const struct
{
	const char *said;
	const char *hint;
}			denials[] = {
	{"because no identity-based policy allows the ssm:ListCommandInvocations action", NULL},
	{"User: arn:aws:iam::1:user/x is not authorized to perform: ssm:ListCommandInvocations", NULL},
	{"with an explicit deny in an identity-based policy", "remove that Deny"},
	{"with an explicit deny in a service control policy: arn:aws:organizations::1:policy/o-1/p-1", "(SCP)"},
	{"because no service control policy allows the ssm:ListCommandInvocations action", "(SCP)"},
	{"with an explicit deny in a resource control policy", "(RCP)"},
	{"because no permissions boundary allows the ssm:ListCommandInvocations action", "permissions boundary"},
	{"with an explicit deny in a permissions boundary", "permissions boundary"},
	{"because no VPC endpoint policy allows the ssm:ListCommandInvocations action", "VPC endpoint"},
	{"with an explicit deny in a VPC endpoint policy", "VPC endpoint"},
	{"because no session policy allows the ssm:ListCommandInvocations action", "session"},
	{"because no role trust policy allows the sts:AssumeRole action", "trust policy"},
	{"because no resource-based policy allows the sts:AssumeRole action", "Allow the action in the resource's policy"},
	{"with an explicit deny in a resource-based policy", "from the resource's policy"},
};

/*
 * Judge an answer of the table.
 */
static void
test_body(size_t i)
{
	const SsmPeer peer = {.name = "\"host\"", .operation = "X"};
	SsmHttp    *http = calloc(1, sizeof(SsmHttp));
	SsmFailure	failure;
	SsmError	error;
	char		want[200];

	snprintf(want, sizeof(want), "X failed: %s", bodies[i].message);
	http->status = bodies[i].status;
	ssm_buf_init(&http->body, 1000);
	ssm_buf_puts(&http->body, bodies[i].body);
	strcpy(http->response[SSM_HEADER_ERROR_TYPE], bodies[i].header);
	failure = ssm_failure_classify(http, &peer, &error);
	is_int(error.kind, bodies[i].kind, bodies[i].message ? want : "a proxy wants a password");
	is_int(failure.class, bodies[i].class, "class");
	if (bodies[i].message)
	{
		is_str(error.message, want, "message");
		ok((error.hint && strstr(error.hint, "firewall")) ==
		   (strncmp(bodies[i].message, "HTTP ", 5) == 0 && bodies[i].status < 500),
		   "whoever gives no code is taken for somebody else");
	}
	ssm_buf_free(&http->body);
	free(http);
}

/*
 * Go through the tables.
 */
int
main(void)
{
	size_t		i;

	for (i = 0; i < lengthof(bodies); i++)
		test_body(i);
	for (i = 0; i < lengthof(denials); i++)
	{
		const SsmPeer peer = {.name = "AWS"};
		SsmFailureText said = {.code = "AccessDenied"};
		SsmError	error;
		const char *hint;

		snprintf(said.message, sizeof(said.message), "%s", denials[i].said);
		ssm_failure_of_text(400, &peer, "X", &said, &error);
		hint = error.hint;
		ok(denials[i].hint ? hint && strstr(hint, denials[i].hint) : hint == NULL, "%s", denials[i].said);
	}

	for (i = 0; i < lengthof(answers); i++)
	{
		SsmFailure	failure = ssm_failure_of_response(answers[i].status, answers[i].code);

		ok(failure.class == answers[i].class && failure.kind == answers[i].kind &&
		   failure.clock == answers[i].clock, "%ld %s", answers[i].status, answers[i].code);
	}
	for (i = 0; i < lengthof(transports); i++)
	{
		SsmFailure	failure = ssm_failure_of_curl(transports[i].result);

		ok(failure.class == transports[i].class && failure.kind == transports[i].kind,
		   "%s", curl_easy_strerror(transports[i].result));
	}
	return done_testing();
}
