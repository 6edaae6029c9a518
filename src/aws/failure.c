/*
 * failure.c
 *		What an exchange that went wrong means.
 *
 * The rules are those that AWS's SDKs share: the error code decides before the
 * HTTP status does, because SSM throttles with status 400.
 */
#include "aws/failure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/descriptors.h"
#include "base/members.h"

#define FOREIGN_HINT \
	"AWS would send an error code: look for a proxy or firewall between here and the endpoint of server %s."
#define PROXY_HINT \
	"Check the proxy variables, such as HTTPS_PROXY and NO_PROXY, in the environment of the server process; " \
	"a user name and password in them must be percent-encoded."

typedef struct CodeRule
{
	const char *code;
	SsmFailure	failure;
} CodeRule;

#define THROTTLED	{SSM_FAILURE_THROTTLED, SSM_ERROR_THROTTLED}
#define TRANSIENT	{SSM_FAILURE_TRANSIENT, SSM_ERROR_API}
#define DENIED		{SSM_FAILURE_FATAL, SSM_ERROR_DENIED}
#define REJECTED	{SSM_FAILURE_FATAL, SSM_ERROR_CREDENTIALS}

#define EXPIRED		{SSM_FAILURE_FATAL, SSM_ERROR_CREDENTIALS, .expired = true}

/* What a service also says to one whose clock is wrong (AWS SDKs, clock skew). */
#define DENIED_OR_CLOCK		{SSM_FAILURE_FATAL, SSM_ERROR_DENIED, .clock = true}
#define REJECTED_OR_CLOCK	{SSM_FAILURE_FATAL, SSM_ERROR_CREDENTIALS, .clock = true}

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

	{"IDPCommunicationError", TRANSIENT},
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
	{"IDPRejectedClaim", REJECTED},
	{"InvalidClientTokenId", REJECTED},
	{"InvalidIdentityToken", REJECTED},
	{"InvalidSignatureException", REJECTED_OR_CLOCK},
	{"InvalidToken", EXPIRED},
	{"MissingAuthenticationToken", REJECTED},
	{"MissingAuthenticationTokenException", REJECTED},
	{"NotAuthorized", DENIED},
	{"OptInRequired", REJECTED},
	{"RegionDisabledException", {SSM_FAILURE_FATAL, SSM_ERROR_API}},
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
	{CURLE_COULDNT_RESOLVE_HOST, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_COULDNT_RESOLVE_PROXY, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_COULDNT_CONNECT, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_SSL_CONNECT_ERROR, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_PROXY, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECT}},
	{CURLE_PEER_FAILED_VERIFICATION, {SSM_FAILURE_FATAL, SSM_ERROR_CONNECT}},
	{CURLE_SSL_CACERT_BADFILE, {SSM_FAILURE_FATAL, SSM_ERROR_CONFIG}},
	{CURLE_URL_MALFORMAT, {SSM_FAILURE_FATAL, SSM_ERROR_CONFIG}},
	/* URLs are http or https: what answered does not speak HTTP */
	{CURLE_UNSUPPORTED_PROTOCOL, {SSM_FAILURE_TRANSIENT, SSM_ERROR_PROTOCOL}},
	{CURLE_OPERATION_TIMEDOUT, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_SEND_ERROR, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_RECV_ERROR, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_GOT_NOTHING, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_PARTIAL_FILE, {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION}},
	{CURLE_WEIRD_SERVER_REPLY, {SSM_FAILURE_TRANSIENT, SSM_ERROR_PROTOCOL}},
	{CURLE_OUT_OF_MEMORY, {SSM_FAILURE_FATAL, SSM_ERROR_MEMORY}},
};

/*
 * What to do about a denial, by words of its message; the first that are there
 * count.  AWS's messages end in "because no … policy allows the … action" or "with
 * an explicit deny in a … policy" (IAM User Guide, "Troubleshoot access denied
 * error messages").  Allowing the action to the identity helps in one case only.
 */
static const struct
{
	const char *words;
	const char *hint;
}			denial_rules[] = {

	{"service control policy",
		"A service control policy (SCP) of the AWS organization does not allow the action: ask "
	"the organization's administrators.  No policy of the account overrides it."},
	{"resource control policy",
		"A resource control policy (RCP) of the AWS organization does not allow the action: ask "
	"the organization's administrators.  No policy of the account overrides it."},
	{"permissions boundary",
		"The permissions boundary of the identity does not allow the action: allow it there, too.  "
	"The identity's own policies do not override it."},
	{"VPC endpoint policy",
		"Allow the action in the policy of the VPC endpoint that leads to the service, or set "
	"another endpoint_url of server %s."},
	{"session policy",
		"The session policy does not allow the action: allow it there, or let "
	"the user mapping for server %s use credentials without it."},
	{"role trust policy",
		"Name the identity of the user mapping for server %s in the role's trust policy, with the "
	"external_id if it requires one."},
	{"explicit deny in a resource-based policy",
	"Remove the Deny from the resource's policy: no Allow overrides it."},
	{"no resource-based policy allows",
	"Allow the action in the resource's policy to the identity of the user mapping for server %s."},
	{"explicit deny",
		"A policy denies the action explicitly: remove that Deny, or exclude the identity of the "
	"user mapping for server %s from it; no Allow overrides it."},
};

/*
 * Classify an exchange that libcurl gave up.  A code the table does not name is a
 * broken connection and may pass.  Certificate errors never do.
 */
SsmFailure
ssm_failure_of_curl(CURLcode result)
{
	SsmFailure	other = {SSM_FAILURE_TRANSIENT, SSM_ERROR_CONNECTION};
	size_t		i;

	for (i = 0; i < lengthof(transport_rules); i++)
		if (transport_rules[i].result == result)
			return transport_rules[i].failure;
	return other;
}

/*
 * Classify an error response by its code ("" if it has none), then by its status:
 * 500, 502, 503 and 504 may pass, 429 is throttling, 401 and 403 are the
 * identity's.
 */
SsmFailure
ssm_failure_of_response(long status, const char *code)
{
	SsmFailure	failure = {SSM_FAILURE_FATAL, SSM_ERROR_API};
	size_t		i;

	for (i = 0; i < lengthof(code_rules); i++)
		if (strcmp(code_rules[i].code, code) == 0)
			return code_rules[i].failure;
	if (status == 429)
		return ssm_failure_of_response(400, "ThrottlingException");
	if (status == 500 || status == 502 || status == 503 || status == 504)
		failure.class = SSM_FAILURE_TRANSIENT;
	else if (status == 401 || status == 403)
		failure.kind = SSM_ERROR_DENIED;
	return failure;
}

/*
 * Copy the name within an error code: what follows '#' and precedes ':'
 * (AWS JSON 1.1, "Operation error serialization").
 */
static void
copy_code(SsmFailureText *text, const char *code, const SsmSecrets *secrets)
{
	size_t		len = strcspn(code, ":");
	const char *hash = memchr(code, '#', len);

	if (hash)
	{
		len -= hash + 1 - code;
		code = hash + 1;
	}
	ssm_print_name(text->code, sizeof(text->code), code, len, "._-", secrets);
}

/*
 * Read an error response in JSON: code from header, "code" or "__type"; message from
 * "message" or "Message".  A body that is not JSON is quoted; one that is broken
 * has told what stands before that.
 */
void
ssm_failure_read(const SsmHttp *http, SsmFailureText *text)
{
	enum
	{
		CODE, TYPE, LOWER, UPPER, MEMBERS
	};
	SsmMember	members[MEMBERS] = {
		[CODE] = {.name = "code"}, [TYPE] = {.name = "__type"},
		[LOWER] = {.name = "message"}, [UPPER] = {.name = "Message"}
	};
	const char *body = ssm_buf_text(&http->body);
	const char *header = http->response[SSM_HEADER_ERROR_TYPE];
	bool		json = ssm_members_read(body, http->body.len, members, MEMBERS);
	char	   *strings[MEMBERS];
	const char *message;
	int			i;

	for (i = 0; i < MEMBERS; i++)
		strings[i] = ssm_member_string(&members[i]);
	text->code[0] = text->message[0] = '\0';
	copy_code(text, header, &http->secrets);
	for (i = CODE; i <= TYPE && text->code[0] == '\0'; i++)
		if (strings[i])
			copy_code(text, strings[i], &http->secrets);
	message = strings[LOWER] ? strings[LOWER] : strings[UPPER];
	if (message)
		ssm_print(text->message, sizeof(text->message), message, strlen(message), &http->secrets);
	else if (!json && text->code[0] == '\0')
		ssm_print(text->message, sizeof(text->message), body, http->body.len, &http->secrets);
	for (i = 0; i < MEMBERS; i++)
		free(strings[i]);
}

/*
 * What to do about a denial, by what AWS says of it: a constant, %s the server's
 * name, or NULL if nothing but an Allow is missing.
 */
static const char *
denial_hint(const char *said)
{
	size_t		i;

	for (i = 0; i < lengthof(denial_rules); i++)
		if (strstr(said, denial_rules[i].words))
			return denial_rules[i].hint;
	return NULL;
}

/*
 * Classify an error response of an AWS service, whose status and text these
 * are, and fill *error.  what is what has failed.  Without a code, *said gets the
 * status in its place.
 */
SsmFailure
ssm_failure_of_text(long status, const SsmPeer *peer, const char *what, SsmFailureText *said, SsmError *error)
{
	SsmFailure	failure = ssm_failure_of_response(status, said->code);
	bool		coded = said->code[0] != '\0';

	if (!coded)
		snprintf(said->code, sizeof(said->code), "HTTP %ld", status);
	ssm_fail(error, failure.kind, "%s failed: %s%s%s", what, said->code,
			 said->message[0] ? ": " : "", said->message);
	memcpy(error->code, said->code, sizeof(error->code));

	/*
	 * a redirect, a refusal or a page that is not there; not a gateway's
	 * trouble
	 */
	if (!coded && (failure.kind == SSM_ERROR_DENIED || failure.kind == SSM_ERROR_API) && status < 500)
		error->hint = peer->reach ? peer->reach : FOREIGN_HINT;
	else if (failure.kind == SSM_ERROR_DENIED)
		error->hint = denial_hint(said->message);
	return failure;
}

/*
 * Classify an error response of an agent on this machine, of which its status
 * tells all, and fill *error: the agent is busy, has trouble itself, or has no
 * credentials for us yet.
 */
SsmFailure
ssm_failure_of_agent(const SsmHttp *http, const SsmPeer *peer, SsmError *error)
{
	SsmFailure	failure = {SSM_FAILURE_TRANSIENT, SSM_ERROR_CREDENTIALS};

	if (http->status == 429)
		failure = ssm_failure_of_response(429, "");
	else if (http->status >= 500)
		failure.kind = SSM_ERROR_API;
	ssm_fail(error, failure.kind, "%s answered with HTTP status %ld", peer->name, http->status);
	return failure;
}

/*
 * Fill *error for an exchange that a proxy has refused.  It may pass if that has
 * trouble itself.
 */
static SsmFailure
of_proxy(const SsmHttp *http, const char *peer, long status, SsmError *error)
{
	SsmFailure	failure = {ssm_failure_of_response(status, "").class, SSM_ERROR_CONNECT};

	if (http->proxy.variable)
		ssm_fail(error, failure.kind, "could not connect to %s: the proxy \"%s\", set by %s, answered with HTTP status %ld",
				 peer, http->proxy.name, http->proxy.variable, status);
	else
		ssm_fail(error, failure.kind, "could not connect to %s: a proxy answered with HTTP status %ld", peer, status);
	error->hint = PROXY_HINT;
	return failure;
}

/*
 * Classify an exchange that has brought no response of its service, for other
 * reasons than its size, and fill *error.
 */
static SsmFailure
of_lost(const SsmHttp *http, const char *peer, SsmError *error)
{
	CURLcode	result = http->transfer.result;
	bool		connected = ssm_http_connected(http);
	SsmFailure	failure;
	long		status = ssm_http_proxy_status(http);
	char		message[400];

	if (status != 0)
		return of_proxy(http, peer, status, error);
	failure = ssm_failure_of_curl(result == CURLE_OPERATION_TIMEDOUT && !connected ?
								  CURLE_COULDNT_CONNECT : result);
	if (http->body.nomem)
	{
		failure.class = SSM_FAILURE_FATAL;
		ssm_fail_memory(error);
	}
	else if (!connected && ssm_descriptors_short())
	{
		failure.class = SSM_FAILURE_FATAL;
		ssm_fail(error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection to %s", peer);
	}
	else if (ssm_http_proxy_unusable(http))
	{
		failure.class = SSM_FAILURE_FATAL;
		ssm_fail(error, SSM_ERROR_CONNECT, "could not connect to %s: the value of %s is not the URL of a proxy",
				 peer, http->proxy.variable);
		error->hint = PROXY_HINT;
	}
	else
	{
		ssm_http_message(http, message, sizeof(message));
		ssm_fail(error, failure.kind, failure.kind == SSM_ERROR_CONNECT ?
				 "could not connect to %s: %s" : "connection to %s failed: %s", peer, message);
		if (result == CURLE_COULDNT_RESOLVE_PROXY || result == CURLE_PROXY)
			error->hint = PROXY_HINT;
	}
	return failure;
}

/*
 * Classify an exchange that has brought no whole response of its service, and
 * fill *error.
 */
SsmFailure
ssm_failure_no_response(const SsmHttp *http, const SsmPeer *peer, SsmError *error)
{
	SsmFailure	excess = {SSM_FAILURE_FATAL, SSM_ERROR_PROTOCOL};
	const char *whose = peer->operation ? peer->operation : peer->name;

	if (http->body.nomem || (!http->body.overflow && !ssm_http_verbose(http)))
		return of_lost(http, peer->name, error);
	if (peer->operation)
		excess.kind = http->body.overflow ? SSM_ERROR_LIMIT : SSM_ERROR_EXCESS;
	if (http->header_bytes > SSM_MAX_HEADERS)
		ssm_fail(error, excess.kind, "the answer of %s has more than %zu bytes of headers", whose, SSM_MAX_HEADERS);
	else if (!http->body.overflow)
		ssm_fail(error, excess.kind, "the answer of %s has too many headers", whose);
	else
		ssm_fail(error, excess.kind, peer->operation ?
				 "the answer of %s is larger than max_response_size (%zu bytes)" :
				 "the answer of %s is larger than %zu bytes", whose, http->body.max);
	return excess;
}

/*
 * Classify an exchange with the API that has ended without a whole response, or
 * with one that is an error.  *error tells what went wrong, without the attempts
 * and the request id.
 */
SsmFailure
ssm_failure_classify(const SsmHttp *http, const SsmPeer *peer, SsmError *error)
{
	SsmFailureText said;

	if (!ssm_http_answered(http))
		return ssm_failure_no_response(http, peer, error);
	ssm_failure_read(http, &said);
	return ssm_failure_of_text(http->status, peer, peer->operation, &said, error);
}

/*
 * Let a failure to get credentials that has no hint yet have the peer's: what
 * serves for the API does not for who gives credentials.
 */
void
ssm_failure_set_hint(const SsmPeer *peer, SsmError *error)
{
	if (error->hint || peer->reach == NULL)
		return;
	if (error->kind == SSM_ERROR_CONNECT || error->kind == SSM_ERROR_CONNECTION || error->kind == SSM_ERROR_PROTOCOL)
		error->hint = peer->reach;
	else if (error->kind == SSM_ERROR_THROTTLED)
		error->hint = "Try again later: too many clients ask for credentials at the same time.";
}
