/*
 * test_retry.c
 *		What a failure means, and how long to wait after it.
 */
#include "engine/retry.h"
#include "tap.h"

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#define FATAL		SSM_VERDICT_FATAL
#define TRANSIENT	SSM_VERDICT_TRANSIENT
#define THROTTLED	SSM_VERDICT_THROTTLED

/* Answers: the code decides, then the status. */
static const struct
{
	long		status;
	const char *code;
	SsmVerdict	verdict;
	SsmErrorKind kind;
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
	{429, "AccessDeniedException", FATAL, SSM_ERROR_DENIED},

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

	{400, "AccessDeniedException", FATAL, SSM_ERROR_DENIED},
	{403, "AccessDenied", FATAL, SSM_ERROR_DENIED},
	{500, "AccessDeniedException", FATAL, SSM_ERROR_DENIED},
	{401, "", FATAL, SSM_ERROR_DENIED},
	{403, "", FATAL, SSM_ERROR_DENIED},
	{403, "Unheard", FATAL, SSM_ERROR_DENIED},

	{400, "UnrecognizedClientException", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "InvalidSignatureException", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "SignatureDoesNotMatch", FATAL, SSM_ERROR_CREDENTIALS},
	{400, "ExpiredTokenException", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "ExpiredToken", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "InvalidClientTokenId", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "IncompleteSignature", FATAL, SSM_ERROR_CREDENTIALS},
	{400, "MissingAuthenticationTokenException", FATAL, SSM_ERROR_CREDENTIALS},
	{400, "RequestExpired", FATAL, SSM_ERROR_CREDENTIALS},
	{403, "RequestTimeTooSkewed", FATAL, SSM_ERROR_CREDENTIALS},
	{401, "AuthFailure", FATAL, SSM_ERROR_CREDENTIALS},
};

/* Exchanges without an answer. */
static const struct
{
	CURLcode	result;
	SsmVerdict	verdict;
	SsmErrorKind kind;
}			transports[] = {
	{CURLE_COULDNT_RESOLVE_HOST, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_COULDNT_RESOLVE_PROXY, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_COULDNT_CONNECT, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_SSL_CONNECT_ERROR, TRANSIENT, SSM_ERROR_CONNECT},
	{CURLE_PEER_FAILED_VERIFICATION, FATAL, SSM_ERROR_CONNECT},
	{CURLE_SSL_CACERT_BADFILE, FATAL, SSM_ERROR_CONFIG},
	{CURLE_URL_MALFORMAT, FATAL, SSM_ERROR_CONFIG},
	{CURLE_UNSUPPORTED_PROTOCOL, FATAL, SSM_ERROR_CONFIG},
	{CURLE_OUT_OF_MEMORY, FATAL, SSM_ERROR_MEMORY},
	{CURLE_OPERATION_TIMEDOUT, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_SEND_ERROR, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_RECV_ERROR, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_GOT_NOTHING, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_PARTIAL_FILE, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_HTTP2, TRANSIENT, SSM_ERROR_CONNECTION},
	{CURLE_WEIRD_SERVER_REPLY, TRANSIENT, SSM_ERROR_PROTOCOL},
};

#define ALMOST_1	(1.0 - 1.0 / 4294967296.0)

/* Pauses in milliseconds. */
static const struct
{
	SsmVerdict	verdict;
	int			attempt;
	double		u01;
	int64_t		retry_after;
	int			delay;
}			delays[] = {

	/* nothing at the lower end */
	{TRANSIENT, 1, 0.0, -1, 0},
	{THROTTLED, 1, 0.0, -1, 0},
	{THROTTLED, 1000000, 0.0, -1, 0},

	/* twice as much each time at the upper end, rounded down */
	{TRANSIENT, 1, ALMOST_1, -1, 49},
	{TRANSIENT, 2, ALMOST_1, -1, 99},
	{TRANSIENT, 3, ALMOST_1, -1, 199},
	{TRANSIENT, 9, ALMOST_1, -1, 12799},
	{TRANSIENT, 10, ALMOST_1, -1, 19999},
	{TRANSIENT, 11, ALMOST_1, -1, 19999},
	{TRANSIENT, 2147483647, ALMOST_1, -1, 19999},
	{THROTTLED, 1, ALMOST_1, -1, 999},
	{THROTTLED, 2, ALMOST_1, -1, 1999},
	{THROTTLED, 5, ALMOST_1, -1, 15999},
	{THROTTLED, 6, ALMOST_1, -1, 19999},
	{THROTTLED, 2147483647, ALMOST_1, -1, 19999},
	{THROTTLED, 2, 0.5, -1, 1000},
	{THROTTLED, 8, 0.5, -1, 10000},

	/* the service's wish lengthens, by 5 s at most, and never shortens */
	{THROTTLED, 1, 0.5, 0, 500},
	{THROTTLED, 1, 0.5, 499, 500},
	{THROTTLED, 1, 0.5, 501, 501},
	{THROTTLED, 1, 0.5, 5499, 5499},
	{THROTTLED, 1, 0.5, 5501, 5500},
	{THROTTLED, 1, 0.5, INT64_MAX, 5500},
	{THROTTLED, 100, 0.5, 999999999, 15000},
	{THROTTLED, 100, 0.5, 100, 10000},
	{TRANSIENT, 1, 0.0, 300, 300},
	{TRANSIENT, 1, 0.0, 999999999, 5000},
	{THROTTLED, 1, 0.5, -5000, 500},
};

/*
 * Go through the tables.
 */
int
main(void)
{
	size_t		i;

	for (i = 0; i < lengthof(answers); i++)
	{
		SsmFailure	failure = ssm_retry_answer(answers[i].status, answers[i].code);

		ok(failure.verdict == answers[i].verdict && failure.kind == answers[i].kind,
		   "%ld %s", answers[i].status, answers[i].code);
	}
	for (i = 0; i < lengthof(transports); i++)
	{
		SsmFailure	failure = ssm_retry_transport(transports[i].result);

		ok(failure.verdict == transports[i].verdict && failure.kind == transports[i].kind,
		   "%s", curl_easy_strerror(transports[i].result));
	}
	for (i = 0; i < lengthof(delays); i++)
	{
		char		name[64];

		snprintf(name, sizeof(name), "delay %zu: after attempt %d", i, delays[i].attempt);
		is_int(ssm_retry_delay(delays[i].verdict, delays[i].attempt, delays[i].u01, delays[i].retry_after),
			   delays[i].delay, name);
	}
	return done_testing();
}
