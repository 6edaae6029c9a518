/*
 * ask.c
 *		One question to a service that gives credentials, repeated where that
 *		may help.
 */
#include "aws/credentials/ask.h"

/* More than any answer with credentials. */
#define MAX_ANSWER	((size_t) 128 * 1024)

/*
 * Send an attempt.
 */
static SsmProviderState
send_attempt(SsmAsk *ask, SsmError *error)
{
	const SsmAskRules *rules = ask->rules;
	SsmHeader	headers[SSM_ASK_HEADERS];
	SsmHttpRequest request = {
		.method = "GET", .headers = headers, .max_response = MAX_ANSWER,
		.connect_timeout = rules->connect_timeout, .timeout = rules->timeout,
		.ca_bundle = ask->ca_bundle, .direct = rules->direct
	};

	ask->attempt++;
	if (ask->prepare(ask, &request, headers, error))
	{
		headers[request.nheaders++] = (SsmHeader) {"User-Agent", ask->user_agent};
		ask->http = ssm_http_send(ask->loop, &request, error);
	}
	return ask->http ? SSM_PROVIDER_PENDING : SSM_PROVIDER_FAILED;
}

/*
 * Judge an attempt that brought no whole answer.
 */
static SsmFailureClass
judge_lost(const SsmAsk *ask, SsmError *error)
{
	const SsmHttp *http = ask->http;

	if (http->body.nomem || (!http->body.overflow && !ssm_http_verbose(http)))
		return ssm_failure_no_response(http, ask->rules->service, error).class;
	if (http->body.overflow)
		ssm_fail(error, SSM_ERROR_PROTOCOL, "the answer of %s is larger than %zu bytes",
				 ask->rules->service, http->body.max);
	else
		ssm_fail(error, SSM_ERROR_PROTOCOL, "the answer of %s has more than %zu bytes of headers",
				 ask->rules->service, SSM_MAX_HEADERS);
	return SSM_FAILURE_FATAL;
}

/*
 * Fail for an answer that is an error of which its status tells all: the service
 * is busy, has trouble itself, or has no credentials for us.
 */
bool
ssm_ask_refused(const SsmAsk *ask, const SsmHttp *answer, SsmError *error)
{
	SsmErrorKind kind = answer->status == 429 ? SSM_ERROR_THROTTLED :
	answer->status >= 500 ? SSM_ERROR_API : SSM_ERROR_CREDENTIALS;

	return ssm_fail(error, kind, "%s answered with HTTP status %ld", ask->rules->service, answer->status);
}

/*
 * The hint for a failure whose provider has none of its own: what serves for the
 * API does not for who gives credentials.
 */
static void
set_hint(const SsmAsk *ask, SsmError *error)
{
	if (error->hint)
		return;
	if (error->kind == SSM_ERROR_CONNECT || error->kind == SSM_ERROR_CONNECTION || error->kind == SSM_ERROR_PROTOCOL)
		error->hint = ask->rules->reach;
	else if (error->kind == SSM_ERROR_THROTTLED)
		error->hint = "Try again in a while: too many ask for credentials at the same time.";
}

/*
 * Milliseconds until the next attempt.
 */
static int
pause_before_next(const SsmAsk *ask, SsmFailureClass class)
{
	if (ask->rules->pause > 0)
		return ask->rules->pause;
	return ssm_retry_delay(class, ask->attempt, ssm_retry_random(), -1);
}

/*
 * The attempt under way has ended: done, over, or to be repeated later.
 */
static SsmProviderState
finish_attempt(SsmAsk *ask, SsmCredentials *out, SsmError *error)
{
	SsmFailureClass class = SSM_FAILURE_FATAL;
	bool		good = false;
	bool		excused;

	ask->result = ask->http->transfer.result;
	ask->connected = ssm_http_connected(ask->http);
	if (ask->result != CURLE_OK || ssm_http_proxy_status(ask->http) != 0)
		class = judge_lost(ask, error);
	else
		good = ask->take(ask, ask->http, out, &class, error);
	/* an attempt that had nobody to go on with it does not count: see call.c */
	excused = ask->result != CURLE_OK && class == SSM_FAILURE_TRANSIENT && ssm_http_rested(ask->http);
	ssm_ask_end(ask);
	if (good)
		return SSM_PROVIDER_DONE;
	if (excused)
	{
		ask->attempt--;
		return send_attempt(ask, error);
	}
	set_hint(ask, error);
	if (class == SSM_FAILURE_FATAL || ask->attempt >= ask->rules->attempts)
		return SSM_PROVIDER_FAILED;
	ask->resume_at = ssm_loop_now() + pause_before_next(ask, class);
	ssm_loop_alarm(ask->loop, ask->resume_at);
	return SSM_PROVIDER_PENDING;
}

/*
 * Ask, or go on asking.  To be called after each ssm_loop_pump until it returns
 * something else than SSM_PROVIDER_PENDING; after that, once ask->attempt is 0
 * again, the next question may be asked.  It is an SsmProvider.advance where one
 * question is all.
 */
SsmProviderState
ssm_ask_advance(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	SsmAsk	   *ask = (SsmAsk *) provider;

	if (ask->http)
		return ssm_http_done(ask->http) ? finish_attempt(ask, out, error) : SSM_PROVIDER_PENDING;
	if (ssm_loop_now() < ask->resume_at)
	{
		ssm_loop_alarm(ask->loop, ask->resume_at);
		return SSM_PROVIDER_PENDING;
	}
	return send_attempt(ask, error);
}

/*
 * Cut off the attempt under way, if there is one.
 */
void
ssm_ask_end(SsmAsk *ask)
{
	ssm_http_free(ask->http);
	ask->http = NULL;
}
