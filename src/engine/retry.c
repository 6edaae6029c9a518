/*
 * retry.c
 *		Classify a failure, pace the attempts.
 *
 * The rules are those that AWS's SDKs share: the error code decides before the
 * HTTP status does, because SSM throttles with status 400.
 */
#include "engine/retry.h"

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
	{"AccessDeniedException", DENIED},

	{"AuthFailure", REJECTED},
	{"ExpiredToken", REJECTED},
	{"ExpiredTokenException", REJECTED},
	{"IncompleteSignature", REJECTED},
	{"IncompleteSignatureException", REJECTED},
	{"InvalidAccessKeyId", REJECTED},
	{"InvalidClientTokenId", REJECTED},
	{"InvalidSignatureException", REJECTED},
	{"InvalidToken", REJECTED},
	{"MissingAuthenticationToken", REJECTED},
	{"MissingAuthenticationTokenException", REJECTED},
	{"NotAuthorized", DENIED},
	{"OptInRequired", REJECTED},
	{"RequestExpired", REJECTED},
	{"RequestTimeTooSkewed", REJECTED},
	{"SignatureDoesNotMatch", REJECTED},
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
	{CURLE_UNSUPPORTED_PROTOCOL, {SSM_VERDICT_FATAL, SSM_ERROR_CONFIG}},
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
ssm_retry_transport(CURLcode result)
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
ssm_retry_answer(long status, const char *code)
{
	SsmFailure	failure = {SSM_VERDICT_FATAL, SSM_ERROR_API};
	size_t		i;

	for (i = 0; i < sizeof(code_rules) / sizeof(code_rules[0]); i++)
		if (strcmp(code_rules[i].code, code) == 0)
			return code_rules[i].failure;
	if (status == 429)
		return ssm_retry_answer(400, "ThrottlingException");
	if (status == 500 || status == 502 || status == 503 || status == 504)
		failure.verdict = SSM_VERDICT_TRANSIENT;
	else if (status == 401 || status == 403)
		failure.kind = SSM_ERROR_DENIED;
	return failure;
}

/*
 * Milliseconds to wait after the attempt-th (1-based) attempt failed: full
 * jitter over an exponential base of 1 s when throttled and 50 ms otherwise,
 * at most 20 s.  u01 is a random number in [0,1).  retry_after is what the
 * service asked for in milliseconds, or -1; it lengthens the wait by at most
 * 5 s (AWS SDKs, x-amz-retry-after).
 */
int
ssm_retry_delay(SsmVerdict verdict, int attempt, double u01, int64_t retry_after)
{
	double		base = verdict == SSM_VERDICT_THROTTLED ? 1000.0 : 50.0;
	double		delay;

	while (--attempt > 0 && base < 20000.0)
		base *= 2;
	delay = u01 * (base < 20000.0 ? base : 20000.0);
	if (retry_after > delay)
		delay = retry_after < delay + 5000.0 ? retry_after : delay + 5000.0;
	return (int) delay;
}
