/*
 * exchange.c
 *		One request to a service, sent again where that may help.
 *
 * The rules are those that AWS's SDKs share: what a failure means is failure.c's
 * to say, what a repeat costs and when it comes is retry.c's.
 */
#include "aws/exchange.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "aws/retry.h"

#define MAX_RESPONSE	((size_t) 128 * 1024)

/*
 * The endpoints that have ever answered this process.  One that has is there, and
 * will be again after a fault.  One that never has may be a wrong name, port or
 * scheme, which asking often does not mend.
 *
 * These are more than a process calls; beyond that the oldest are forgotten.
 */
#define MOST_KNOWN	256

static uint64_t known[MOST_KNOWN];
static unsigned newest = 0;

/*
 * A hash (FNV-1a) of a URL, never 0.  Two URLs of one hash only share what is
 * known of them.
 */
static uint64_t
hash(const char *url)
{
	uint64_t	h = UINT64_C(14695981039346656037);

	for (; *url; url++)
		h = (h ^ (unsigned char) *url) * UINT64_C(1099511628211);
	return h | 1;
}

/*
 * Has the endpoint at this URL ever sent a response?
 */
static bool
has_answered(const char *url)
{
	uint64_t	h = hash(url);
	size_t		i;

	for (i = 0; i < MOST_KNOWN; i++)
		if (known[i] == h)
			return true;
	return false;
}

/*
 * The endpoint at this URL has sent a response, whatever it is.
 */
static void
note_answered(const char *url)
{
	if (!has_answered(url))
		known[newest++ % MOST_KNOWN] = hash(url);
}

/*
 * Send an attempt, built anew.  False if it cannot be built or sent.
 */
static bool
send_attempt(SsmExchange *exchange, SsmError *error)
{
	const SsmExchangePolicy *policy = exchange->policy;
	SsmHeader	headers[SSM_EXCHANGE_HEADERS];
	SsmHttpRequest request = {
		.method = "GET", .headers = headers,
		.max_response = policy->max_response ? policy->max_response : MAX_RESPONSE,
		.connect_timeout = policy->connect_timeout, .timeout = policy->timeout,
		.ca_bundle = exchange->ca_bundle, .direct = policy->direct
	};

	exchange->attempt++;
	if (!exchange->methods->build(exchange->arg, &request, headers, error))
		return false;
	headers[request.nheaders++] = (SsmHeader) {"User-Agent", exchange->user_agent};
	exchange->http = ssm_http_send(exchange->loop, &request, error);
	if (exchange->http == NULL)
		return false;
	exchange->url = request.url;
	exchange->started = ssm_loop_now();
	exchange->offset = exchange->clock ? exchange->clock->offset : 0;
	if (exchange->methods->sent)
		exchange->methods->sent(exchange->arg);
	return true;
}

/*
 * Send the next attempt if its pause is over and it is its turn; else have the
 * loop wake us when that may be.
 */
static SsmProgress
send_when_due(SsmExchange *exchange, SsmError *error)
{
	int64_t		now = ssm_loop_now();
	int64_t		due = exchange->resume_at;

	if (due <= now && exchange->methods->take)
		due = exchange->methods->take(exchange->arg, now);
	if (due <= now)
		return send_attempt(exchange, error) ? SSM_PENDING : SSM_FAILED;
	ssm_loop_alarm(exchange->loop, due);
	return SSM_PENDING;
}

/*
 * Learn the service's time from the response.  True if the request was signed
 * so far off it that this may be why it was refused.
 */
static bool
correct_clock(const SsmExchange *exchange, bool accepted)
{
	return exchange->clock &&
		ssm_http_correct_clock(exchange->http, exchange->clock, exchange->offset, accepted);
}

/*
 * Say what the attempt that ended came to.  True if its response will do;
 * otherwise *error and *failure tell what went wrong.
 */
static bool
classify(SsmExchange *exchange, void *out, SsmFailure *failure, SsmError *error)
{
	const SsmHttp *http = exchange->http;
	const char *request_id = http->response[SSM_HEADER_REQUEST_ID];

	if (!ssm_http_answered(http))
		*failure = ssm_failure_no_response(http, &exchange->policy->peer, error);
	else
	{
		if (exchange->policy->first_attempts > 0)
			note_answered(exchange->url);
		*failure = (SsmFailure) {SSM_FAILURE_TRANSIENT};
		if (exchange->methods->parse(exchange->arg, http, out, failure, error))
		{
			correct_clock(exchange, exchange->is_signed);
			return true;
		}
		if (failure->clock && (correct_clock(exchange, false) || ssm_http_rested(http)))
			failure->class = SSM_FAILURE_TRANSIENT;
	}
	ssm_failure_set_hint(&exchange->policy->peer, error);
	ssm_copy_text(error->request_id, sizeof(error->request_id), request_id, strlen(request_id));
	/* they are told with the operation */
	if (exchange->policy->peer.operation)
		error->attempts = exchange->attempt;
	return false;
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
 * May an attempt have failed because nobody was there to go on with it?  Then it
 * is made again at once, and does not count.  Each needs a rest of its own, so
 * this does not go on for ever.
 */
static bool
is_rest(const SsmExchange *exchange, const SsmFailure *failure)
{
	return failure->class == SSM_FAILURE_TRANSIENT && ssm_http_rested(exchange->http) &&
		(exchange->result != CURLE_OK || failure->clock);
}

/*
 * The most attempts that the exchange may take.
 */
static int
most_attempts(const SsmExchange *exchange)
{
	const SsmExchangePolicy *policy = exchange->policy;

	return policy->first_attempts == 0 || policy->attempts <= policy->first_attempts ||
		has_answered(exchange->url) ? policy->attempts : policy->first_attempts;
}

/*
 * May a failed attempt be followed by another?  Takes what that costs of the
 * quota; with too little left the error says so, as the attempts are then fewer
 * than the policy's.
 */
static bool
may_repeat(SsmExchange *exchange, const SsmFailure *failure, SsmError *error)
{
	size_t		len = strlen(error->message);

	if (failure->class == SSM_FAILURE_FATAL || exchange->attempt >= most_attempts(exchange))
		return false;
	if (exchange->retry_spent == NULL ||
		ssm_retry_take(exchange->retry_spent, failure->class, &exchange->retry_taken))
		return true;
	snprintf(error->message + len, sizeof(error->message) - len,
			 " (not repeated, as too many attempts have failed lately)");
	return false;
}

/*
 * When the attempt after the one that failed may be sent.
 */
static int64_t
next_attempt_at(const SsmExchange *exchange, const SsmFailure *failure, int64_t now)
{
	if (exchange->policy->pause > 0)
		return now + exchange->policy->pause;
	return now + ssm_retry_delay(failure->class, exchange->attempt, ssm_retry_random(),
								 retry_after(exchange->http));
}

/*
 * The attempt under way has ended: done, over, or to be repeated later.
 */
static SsmProgress
finish_attempt(SsmExchange *exchange, void *out, SsmError *error)
{
	const SsmExchangeMethods *methods = exchange->methods;
	SsmProgress progress = SSM_PENDING;
	SsmFailure	failure = {SSM_FAILURE_FATAL};
	int64_t		now = ssm_loop_now();
	bool		ok;

	exchange->result = exchange->http->transfer.result;
	exchange->connected = ssm_http_connected(exchange->http);
	ok = classify(exchange, out, &failure, error);
	if (methods->ended)
		methods->ended(exchange->arg, &failure, ok ? NULL : error);
	if (ok)
	{
		if (exchange->retry_spent)
			ssm_retry_refund(exchange->retry_spent, exchange->retry_taken);
		progress = SSM_DONE;
	}
	else if (failure.expired && methods->renew && methods->renew(exchange->arg))
		exchange->resume_at = now;
	else if (is_rest(exchange, &failure))
	{
		exchange->attempt--;
		exchange->resume_at = now;
	}
	else if (may_repeat(exchange, &failure, error))
		exchange->resume_at = next_attempt_at(exchange, &failure, now);
	else
		progress = SSM_FAILED;
	if (progress == SSM_PENDING)
		ssm_loop_alarm(exchange->loop, exchange->resume_at);
	ssm_exchange_end(exchange);
	return progress;
}

/*
 * Go on as far as possible without waiting; to be called after each
 * ssm_loop_pump until it returns something else than SSM_PENDING, and not again
 * after that.  Only SSM_DONE fills *out, as parse does, and only SSM_FAILED
 * *error.
 */
SsmProgress
ssm_exchange_advance(SsmExchange *exchange, void *out, SsmError *error)
{
	if (exchange->http == NULL)
		return send_when_due(exchange, error);
	return ssm_http_done(exchange->http) ? finish_attempt(exchange, out, error) : SSM_PENDING;
}

/*
 * Get ready for another request of the same owner, after SSM_DONE or SSM_FAILED.
 */
void
ssm_exchange_restart(SsmExchange *exchange)
{
	exchange->attempt = 0;
	exchange->resume_at = 0;
}

/*
 * Cut off the attempt under way, if there is one.
 */
void
ssm_exchange_end(SsmExchange *exchange)
{
	ssm_http_free(exchange->http);
	exchange->http = NULL;
}
