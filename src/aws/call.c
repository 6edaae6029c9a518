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

#include "aws/sigv4.h"

#define SIGNING_NAME	"ssm"
#define TARGET_PREFIX	"AmazonSSM."

/* Attempts while the endpoint has never answered this process. */
#define UNANSWERED		3

struct SsmCall
{
	SsmExchange exchange;
	SsmExchangePolicy policy;
	const SsmClient *client;
	const char *operation;
	SsmBuf		body;
	SsmAccept	accept;
	void	   *arg;
	char		peer[320];		/* the host, in quotes */
	char		invocation_id[37];	/* the same for all attempts */
	char		target[128];	/* the next four: of the attempt under way */
	char		date[SSM_SIGV4_TIMESTAMP];
	char		sdk_request[96];
	SsmBuf		authorization;
	SsmCredentials credentials; /* that it was signed with: the identity's own
								 * may be newer once the response comes */
	int64_t		generation;		/* theirs */
	bool		renewed;		/* has waited for newer ones */
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
sign(SsmCall *call, const SsmHeader *headers, int n, SsmError *error)
{
	const SsmEndpoint *endpoint = &call->client->service->endpoint;
	SsmSignInput in = {
		.method = "POST", .path = endpoint->path,
		.headers = headers, .nheaders = n,
		.body = ssm_buf_text(&call->body), .body_len = call->body.len,
		.region = endpoint->region, .service = SIGNING_NAME,
		.access_key_id = call->credentials.access_key_id,
		.secret_access_key = call->credentials.secret_access_key,
		.timestamp = call->date
	};

	ssm_buf_clear(&call->authorization);
	return ssm_sigv4_sign(&in, &call->authorization, error);
}

/*
 * SsmExchangeMethods.build: sign anew, as the date is part of the signature.
 */
static bool
build(void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmCall    *call = arg;
	const SsmClient *client = call->client;
	const SsmService *service = client->service;
	int			n = 0;
	char		deadline[SSM_SIGV4_TIMESTAMP];
	time_t		now = ssm_clock_now(&client->identity->clock) / 1000;

	if (call->generation != client->identity->generation &&
		!ssm_credentials_copy(&call->credentials, &client->identity->credentials, error))
		return false;
	call->generation = client->identity->generation;
	snprintf(call->target, sizeof(call->target), TARGET_PREFIX "%s", call->operation);
	ssm_sigv4_timestamp(now, call->date);
	headers[n++] = (SsmHeader) {"Content-Type", "application/x-amz-json-1.1"};
	headers[n++] = (SsmHeader) {"Host", service->endpoint.host};
	headers[n++] = (SsmHeader) {"X-Amz-Date", call->date};
	headers[n++] = (SsmHeader) {"X-Amz-Target", call->target};
	if (call->credentials.session_token)
		headers[n++] = (SsmHeader) {"X-Amz-Security-Token", call->credentials.session_token};
	if (!sign(call, headers, n, error))
		return false;

	ssm_sigv4_timestamp(now + service->request_timeout / 1000, deadline);
	snprintf(call->sdk_request, sizeof(call->sdk_request), "ttl=%s; attempt=%d; max=%d",
			 deadline, call->exchange.attempt, service->max_attempts);
	headers[n++] = (SsmHeader) {"Authorization", ssm_buf_text(&call->authorization)};
	headers[n++] = (SsmHeader) {"amz-sdk-invocation-id", call->invocation_id};
	headers[n++] = (SsmHeader) {"amz-sdk-request", call->sdk_request};
	request->method = "POST";
	request->url = service->endpoint.url;
	request->body = &call->body;
	request->nheaders = n;
	ssm_credentials_secrets(&call->credentials, &request->secrets);
	request->secrets.values[SSM_MAX_SECRETS - 1] = ssm_sigv4_signature(&call->authorization);
	return true;
}

/*
 * SsmExchangeMethods.parse.
 */
static bool
parse(void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error)
{
	SsmCall    *call = arg;

	(void) out;
	if (response->status < 200 || response->status > 299)
		*failure = ssm_failure_classify(response, &call->policy.peer, error);
	else if (call->accept(call->arg, &call->exchange.http->body, error))
		return true;
	else if (error->kind != SSM_ERROR_PROTOCOL)
		failure->class = SSM_FAILURE_FATAL;
	return false;
}

/*
 * SsmExchangeMethods.take: the client's turn.
 */
static int64_t
take(void *arg, int64_t now)
{
	SsmCall    *call = arg;
	int64_t		due;

	set_wait(call, SSM_CALL_TURN);
	due = ssm_client_take(call->client, now);
	if (due > now && call->held == 0)
		call->held = now;
	return due;
}

/*
 * SsmExchangeMethods.sent.
 */
static void
count_sent(void *arg)
{
	SsmCall    *call = arg;
	SsmCounters *counters = call->client->counters;

	counters->requests++;
	if (call->held)
		counters->held += call->exchange.started - call->held;
	call->held = 0;
	if (call->exchange.attempt > 1)
		counters->retries++;
	set_wait(call, SSM_CALL_CONNECTION);
}

/*
 * SsmExchangeMethods.ended: count, log, and let the rate learn from it.
 */
static void
note_ended(void *arg, const SsmFailure *failure, const SsmError *error)
{
	SsmCall    *call = arg;
	const SsmClient *client = call->client;
	const SsmExchange *exchange = &call->exchange;
	bool		throttled = error && failure->class == SSM_FAILURE_THROTTLED;
	int64_t		now = ssm_loop_now();
	SsmAttempt	attempt = {
		.operation = call->operation,
		.host = client->service->endpoint.host,
		.attempt = exchange->attempt,
		.outcome = error == NULL ? "ok" : error->code[0] ? error->code : error->message,
		.kind = error == NULL ? SSM_ERROR_NONE : error->kind,
		.status = exchange->http->status,
		.milliseconds = now - exchange->started,
		.request_id = exchange->http->response[SSM_HEADER_REQUEST_ID]
	};

	client->counters->bytes += exchange->http->received;
	client->counters->throttles += throttled;
	client->log(client->log_arg, &attempt);
	ssm_client_note(client, throttled, exchange->started, now);
	set_wait(call, error ? SSM_CALL_PAUSE : SSM_CALL_NOTHING);
}

/*
 * SsmExchangeMethods.renew: once in a call, have whoever drives the scan renew
 * the credentials, if their source may have others.  Until they are there the call
 * is pending.
 */
static bool
renew(void *arg)
{
	SsmCall    *call = arg;
	SsmIdentity *identity = call->client->identity;

	if (call->renewed || !identity->credentials.renewable)
		return false;
	call->renewed = true;
	if (identity->generation == call->generation)
		identity->rejected = call->generation;
	return true;
}

static const SsmExchangeMethods methods = {
	.build = build, .parse = parse, .take = take, .sent = count_sent, .ended = note_ended, .renew = renew
};

/*
 * Set up the exchange of a call that has its client.
 */
static void
set_exchange(SsmCall *call)
{
	const SsmClient *client = call->client;
	const SsmService *service = client->service;

	snprintf(call->peer, sizeof(call->peer), "\"%s\"", service->endpoint.host);
	call->policy = (SsmExchangePolicy)
	{
		.peer =
		{
			.name = call->peer, .operation = call->operation
		},
			.attempts = service->max_attempts, .first_attempts = UNANSWERED,
			.connect_timeout = service->connect_timeout, .timeout = service->request_timeout,
			.max_response = service->max_response
	};
	call->exchange = (SsmExchange)
	{
		.methods = &methods, .policy = &call->policy, .arg = call, .loop = client->loop,
			.user_agent = service->user_agent, .ca_bundle = service->ca_bundle,
			.clock = &client->identity->clock, .is_signed = true, .retry_spent = &client->identity->retry_spent
	};
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
	set_exchange(call);
	if (ssm_exchange_advance(&call->exchange, NULL, error) != SSM_FAILED)
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
 * Go on as far as possible without waiting; to be called after each
 * ssm_loop_pump until it returns something else than SSM_PENDING, and not
 * again after that.
 */
SsmProgress
ssm_call_advance(SsmCall *call, SsmError *error)
{
	const SsmIdentity *identity = call->client->identity;
	SsmProgress progress;

	if (call->exchange.http == NULL && identity->rejected == identity->generation)
	{
		set_wait(call, SSM_CALL_CREDENTIALS);
		return SSM_PENDING;
	}
	progress = ssm_exchange_advance(&call->exchange, NULL, error);
	if (progress == SSM_PENDING && call->exchange.http == NULL && call->held == 0 &&
		call->exchange.resume_at > ssm_loop_now())
		call->held = ssm_loop_now();
	if (call->wait == SSM_CALL_CONNECTION && call->exchange.http && ssm_http_connected(call->exchange.http))
		set_wait(call, SSM_CALL_ANSWER);
	return progress;
}

/*
 * Cut off a call, if it is under way, and release it.  NULL is ignored.
 */
void
ssm_call_free(SsmCall *call)
{
	if (call == NULL)
		return;
	set_wait(call, SSM_CALL_NOTHING);
	ssm_exchange_end(&call->exchange);
	ssm_buf_free(&call->body);
	ssm_buf_free(&call->authorization);
	ssm_credentials_clear(&call->credentials);
	free(call);
}
