/*
 * call.c
 *		One call of an API operation: sign, send, back off, until done.
 *
 * The protocol is AWS JSON 1.1: POST, the operation in X-Amz-Target, arguments
 * and answer as JSON.
 */
#include "aws/call.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/answered.h"
#include "aws/retry.h"
#include "aws/sigv4.h"
#include "base/http.h"

#define SIGNING_NAME	"ssm"
#define TARGET_PREFIX	"AmazonSSM."
#define MAX_HEADERS		10

/* Attempts while the endpoint has never answered this process. */
#define UNANSWERED		3

struct SsmCall
{
	const SsmClient *client;
	const char *operation;
	SsmBuf		body;
	SsmAccept	accept;
	void	   *arg;
	char		invocation_id[37];	/* the same for all attempts */
	SsmBuf		authorization;	/* of the attempt under way */
	SsmHttp    *http;			/* the attempt under way, or NULL */
	int			attempt;		/* 1-based */
	int			taken;			/* retry tokens, for the newest repeat */
	SsmCredentials keys;		/* that it was signed with: the identity's own
								 * may be newer once the answer comes */
	int64_t		generation;		/* theirs */
	bool		renewed;		/* has waited for newer ones */
	int64_t		started;		/* when the attempt was sent */
	int64_t		offset;			/* of the identity's clock then */
	int64_t		resume_at;		/* when the next may be sent */
	int64_t		held;			/* since when it may not be sent; 0: it may */
	SsmCallWait wait;
};

/*
 * Say what the call waits for now.
 */
static void
set_wait(SsmCall *call, SsmCallWait wait)
{
	int		   *waiting = call->client->counters->waiting;

	if (call->wait != SSM_CALL_NOTHING)
		waiting[call->wait]--;
	call->wait = wait;
	if (wait != SSM_CALL_NOTHING)
		waiting[wait]++;
}

/*
 * Write a random UUID (RFC 9562, version 4).
 */
static void
random_uuid(char out[37])
{
	unsigned char b[16] = {0};

	RAND_bytes(b, sizeof(b));
	b[6] = (b[6] & 0x0F) | 0x40;
	b[8] = (b[8] & 0x3F) | 0x80;
	snprintf(out, 37, "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
			 b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7],
			 b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

/*
 * Sign the call's body with the given headers into call->authorization.
 */
static bool
sign(SsmCall *call, const SsmHeader *headers, int n, const char *timestamp, SsmError *error)
{
	const SsmEndpoint *endpoint = &call->client->service->endpoint;
	SsmSignInput in = {
		.method = "POST", .path = endpoint->path,
		.headers = headers, .nheaders = n,
		.body = ssm_buf_text(&call->body), .body_len = call->body.len,
		.region = endpoint->region, .service = SIGNING_NAME,
		.access_key_id = call->keys.access_key_id,
		.secret_access_key = call->keys.secret_access_key,
		.timestamp = timestamp
	};

	ssm_buf_clear(&call->authorization);
	return ssm_sigv4_sign(&in, &call->authorization, error);
}

/*
 * Send one attempt, signed anew as the date is part of the signature.
 */
static bool
send_attempt(SsmCall *call, SsmError *error)
{
	const SsmClient *client = call->client;
	const SsmService *service = client->service;
	SsmHeader	headers[MAX_HEADERS];
	int			n = 0;
	char		target[128];
	char		date[SSM_SIGV4_TIMESTAMP];
	char		sdk_request[96];
	char		deadline[SSM_SIGV4_TIMESTAMP];
	time_t		now = ssm_clock_now(&client->identity->clock) / 1000;
	time_t		until = now + service->request_timeout / 1000;
	SsmHttpRequest request = {
		.method = "POST", .url = service->endpoint.url, .headers = headers,
		.body = &call->body, .connect_timeout = service->connect_timeout,
		.timeout = service->request_timeout, .max_response = service->max_response,
		.ca_bundle = service->ca_bundle
	};

	if (call->generation != client->identity->generation &&
		!ssm_credentials_copy(&call->keys, &client->identity->credentials, error))
		return false;
	call->generation = client->identity->generation;
	call->attempt++;
	snprintf(target, sizeof(target), TARGET_PREFIX "%s", call->operation);
	ssm_sigv4_timestamp(now, date);
	headers[n++] = (SsmHeader) {"Content-Type", "application/x-amz-json-1.1"};
	headers[n++] = (SsmHeader) {"Host", service->endpoint.host};
	headers[n++] = (SsmHeader) {"X-Amz-Date", date};
	headers[n++] = (SsmHeader) {"X-Amz-Target", target};
	if (call->keys.session_token)
		headers[n++] = (SsmHeader) {"X-Amz-Security-Token", call->keys.session_token};
	if (!sign(call, headers, n, date, error))
		return false;

	ssm_sigv4_timestamp(until, deadline);
	snprintf(sdk_request, sizeof(sdk_request), "ttl=%s; attempt=%d; max=%d",
			 deadline, call->attempt, service->max_attempts);
	headers[n++] = (SsmHeader) {"Authorization", ssm_buf_text(&call->authorization)};
	headers[n++] = (SsmHeader) {"User-Agent", service->user_agent};
	headers[n++] = (SsmHeader) {"amz-sdk-invocation-id", call->invocation_id};
	headers[n++] = (SsmHeader) {"amz-sdk-request", sdk_request};
	request.nheaders = n;
	ssm_credentials_secrets(&call->keys, &request.secrets);
	request.secrets.values[SSM_MAX_SECRETS - 1] = ssm_sigv4_signature(&call->authorization);

	call->http = ssm_http_send(client->loop, &request, error);
	if (call->http == NULL)
		return false;
	call->started = ssm_loop_now();
	call->offset = client->identity->clock.offset;
	client->counters->requests++;
	if (call->held)
		client->counters->held += call->started - call->held;
	call->held = 0;
	if (call->attempt > 1)
		client->counters->retries++;
	set_wait(call, SSM_CALL_CONNECTION);
	return true;
}

/*
 * Send the next attempt if its pause is over and the identity's rate allows it;
 * else have the loop wake us when that may be.  False if sending fails.
 */
static bool
send_when_due(SsmCall *call, SsmError *error)
{
	const SsmClient *client = call->client;
	int64_t		now = ssm_loop_now();
	int64_t		due = call->resume_at;

	set_wait(call, SSM_CALL_PAUSE);
	if (due <= now)
	{
		set_wait(call, SSM_CALL_TURN);
		due = ssm_client_take(client, now);
	}
	if (due <= now)
		return send_attempt(call, error);
	if (call->held == 0)
		call->held = now;
	ssm_loop_alarm(client->loop, due);
	return true;
}

/*
 * Start a call, whose first attempt may have to wait for the identity's turn.
 * operation must outlive it; body's memory is taken over.  arg
 * is handed to accept, which is called at most once per attempt and from
 * ssm_call_advance only.  NULL on failure, with body left as it was.
 */
SsmCall *
ssm_call_start(const SsmClient *client, const char *operation, SsmBuf *body,
			   SsmAccept accept, void *arg, SsmError *error)
{
	SsmCall    *call = calloc(1, sizeof(SsmCall));

	if (call == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	call->client = client;
	call->operation = operation;
	call->accept = accept;
	call->arg = arg;
	call->wait = SSM_CALL_NOTHING;
	call->body = *body;
	ssm_buf_init(&call->authorization, 4096);
	random_uuid(call->invocation_id);
	ssm_buf_init(body, body->max);
	if (send_when_due(call, error))
	{
		client->counters->calls++;
		return call;
	}
	*body = call->body;
	ssm_buf_init(&call->body, 0);
	ssm_call_free(call);
	return NULL;
}

/*
 * Judge the attempt that ended.  True if its answer was accepted; otherwise
 * *error and *failure say what went wrong.
 */
static bool
judge(SsmCall *call, SsmFailure *failure, SsmError *error)
{
	SsmHttp    *http = call->http;
	SsmFailureContext context = {
		.operation = call->operation,
		.host = call->client->service->endpoint.host
	};

	SsmClock   *clock = &call->client->identity->clock;

	if (http->transfer.result == CURLE_OK && ssm_http_proxy_status(http) == 0)
		ssm_answered_note(call->client->service->endpoint.url);
	if (http->transfer.result != CURLE_OK || http->status < 200 || http->status > 299)
	{
		*failure = ssm_failure_classify(http, &context, error);
		if (failure->clock &&
			(ssm_http_correct_clock(http, clock, call->offset, false) || ssm_http_rested(http)))
			failure->class = SSM_FAILURE_TRANSIENT;
	}
	else if (call->accept(call->arg, &http->body, error))
	{
		ssm_http_correct_clock(http, clock, call->offset, true);
		return true;
	}
	else
		failure->class = error->kind == SSM_ERROR_PROTOCOL ? SSM_FAILURE_TRANSIENT : SSM_FAILURE_FATAL;
	ssm_copy_text(error->request_id, sizeof(error->request_id),
				  http->response[SSM_HEADER_REQUEST_ID],
				  strlen(http->response[SSM_HEADER_REQUEST_ID]));
	error->attempts = call->attempt;
	return false;
}

/*
 * Tell the log of the attempt that ended.
 */
static void
log_attempt(const SsmCall *call, bool ok, const SsmError *error)
{
	SsmAttempt	attempt = {
		.operation = call->operation,
		.host = call->client->service->endpoint.host,
		.attempt = call->attempt,
		.outcome = ok ? "ok" : error->code[0] ? error->code : error->message,
		.kind = ok ? SSM_ERROR_NONE : error->kind,
		.status = call->http->status,
		.milliseconds = ssm_loop_now() - call->started,
		.request_id = call->http->response[SSM_HEADER_REQUEST_ID]
	};

	call->client->log(call->client->log_arg, &attempt);
}

/*
 * What x-amz-retry-after asks for, in milliseconds, or -1 where it is absent
 * or not a whole number.
 */
static int64_t
retry_after(const SsmHttp *http)
{
	const char *text = http->response[SSM_HEADER_RETRY_AFTER];
	size_t		len = strlen(text);

	if (len == 0 || len > 9 || strspn(text, "0123456789") < len)
		return -1;
	return atol(text);
}

/*
 * Did an attempt fail that may have had nobody to go on with it?  Then that is no
 * fault of the service's: it is made again at once, and does not count.  Each
 * needs a rest of its own, so this does not go on for ever.
 */
static bool
excuse(SsmCall *call, const SsmFailure *failure)
{
	if (failure->class != SSM_FAILURE_TRANSIENT || !ssm_http_rested(call->http) ||
		(call->http->transfer.result == CURLE_OK && !failure->clock))
		return false;
	call->attempt--;
	call->resume_at = 0;
	ssm_loop_alarm(call->client->loop, ssm_loop_now());
	return true;
}

/*
 * The most attempts that the call may take.
 */
static int
most_attempts(const SsmCall *call)
{
	const SsmService *service = call->client->service;

	return service->max_attempts <= UNANSWERED || ssm_answered(service->endpoint.url) ?
		service->max_attempts : UNANSWERED;
}

/*
 * May a failed call be tried again?  Takes what that costs of the identity's
 * quota; with too little left the error says so, as its attempts are then fewer
 * than max_attempts.
 */
static bool
may_repeat(SsmCall *call, SsmFailureClass class, SsmError *error)
{
	size_t		len = strlen(error->message);

	if (class == SSM_FAILURE_FATAL || call->attempt >= most_attempts(call))
		return false;
	if (ssm_retry_take(&call->client->identity->retry_spent, class, &call->taken))
		return true;
	snprintf(error->message + len, sizeof(error->message) - len,
			 " (not repeated, as too many attempts have failed lately)");
	return false;
}

/*
 * The service took the keys for expired: once in a call, have whoever drives the
 * scan renew them, if their source may have others.  Until they are there the
 * call is pending.
 */
static bool
may_renew(SsmCall *call, const SsmFailure *failure)
{
	SsmIdentity *identity = call->client->identity;

	if (!failure->expired || call->renewed || !identity->credentials.renewable)
		return false;
	call->renewed = true;
	if (identity->generation == call->generation)
		identity->rejected = call->generation;
	ssm_loop_alarm(call->client->loop, ssm_loop_now());
	return true;
}

/*
 * The attempt under way ended: done, over, or to be repeated later.
 */
static SsmCallState
finish_attempt(SsmCall *call, SsmError *error)
{
	const SsmClient *client = call->client;
	SsmFailure	failure = {SSM_FAILURE_FATAL};
	int64_t		now = ssm_loop_now();
	bool		ok;
	bool		again;
	bool		repeat;

	client->counters->bytes += call->http->received;
	ok = judge(call, &failure, error);
	log_attempt(call, ok, error);
	again = !ok && (may_renew(call, &failure) || excuse(call, &failure));
	repeat = !ok && !again && may_repeat(call, failure.class, error);
	client->counters->throttles += failure.class == SSM_FAILURE_THROTTLED;
	ssm_client_note(client, failure.class == SSM_FAILURE_THROTTLED, call->started, now);
	if (ok)
		ssm_retry_refund(&client->identity->retry_spent, call->taken);
	if (repeat)
	{
		call->held = now;
		call->resume_at = now +
			ssm_retry_delay(failure.class, call->attempt, ssm_retry_random(), retry_after(call->http));
		ssm_loop_alarm(client->loop, call->resume_at);
	}
	ssm_http_free(call->http);
	call->http = NULL;
	return ok ? SSM_CALL_DONE : repeat || again ? SSM_CALL_PENDING : SSM_CALL_FAILED;
}

/*
 * Go on as far as possible without waiting; to be called after each
 * ssm_loop_pump until it returns something else than SSM_CALL_PENDING, and not
 * again after that.
 */
SsmCallState
ssm_call_advance(SsmCall *call, SsmError *error)
{
	if (call->http && ssm_http_done(call->http))
		return finish_attempt(call, error);
	if (call->http)
	{
		if (call->wait == SSM_CALL_CONNECTION && ssm_http_connected(call->http))
			set_wait(call, SSM_CALL_ANSWER);
		return SSM_CALL_PENDING;
	}
	if (call->client->identity->rejected == call->client->identity->generation)
	{
		set_wait(call, SSM_CALL_KEYS);
		return SSM_CALL_PENDING;
	}
	return send_when_due(call, error) ? SSM_CALL_PENDING : SSM_CALL_FAILED;
}

/*
 * End a call, wherever it is.  NULL is ignored.
 */
void
ssm_call_free(SsmCall *call)
{
	if (call == NULL)
		return;
	set_wait(call, SSM_CALL_NOTHING);
	ssm_http_free(call->http);
	ssm_buf_free(&call->body);
	ssm_buf_free(&call->authorization);
	ssm_credentials_clear(&call->keys);
	free(call);
}
