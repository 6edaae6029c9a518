/*
 * fetch.c
 *		Pages read outside a scan, one after the other.
 *
 * What a scan gets by its cursor, prefetching and fanning out, is here had by
 * one call at a time, each waited for: for ANALYZE and checks, which choose
 * each request by the answer before.
 */
#include "postgres.h"

#include "fdw/executor/fetch.h"

#include "aws/call.h"
#include "fdw/report.h"
#include "ssm/body.h"

struct SsmFetch
{
	SsmLease   *lease;
	SsmClient	client;
	SsmCall    *call;			/* under way, or NULL */
	const SsmPageShape *shape;	/* what its answer looks like */
	int			max_rows;		/* that it may have */
	SsmPage		page;			/* the newest answer */
	MemoryContextCallback callback;
};

/*
 * Memory context callback: cut off what is under way.
 */
static void
free_fetch(void *arg)
{
	SsmFetch   *fetch = arg;

	ssm_call_free(fetch->call);
	ssm_page_free(&fetch->page);
}

/*
 * Get ready to call as the user.  Lives, and keeps its client, as long as the
 * current memory context.  The arguments must outlive it.
 */
SsmFetch *
ssm_fetch_open(ForeignServer *server, Oid userid,
			   const SsmOptions *options, const SsmService *service)
{
	SsmFetch   *fetch = palloc0(sizeof(SsmFetch));

	fetch->lease = ssm_session_lease(server, userid, options);
	fetch->client = ssm_session_client(fetch->lease);
	ssm_session_direct(&fetch->client, service);
	fetch->callback.func = free_fetch;
	fetch->callback.arg = fetch;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &fetch->callback);
	return fetch;
}

/*
 * SsmAccept: parse an answer.
 */
static bool
accept_page(void *arg, SsmBuf *body, SsmError *error)
{
	SsmFetch   *fetch = arg;

	return ssm_page_parse(&fetch->page, fetch->shape, fetch->max_rows, body, error);
}

/*
 * Wait for the call under way, and free it.
 */
static bool
finish(SsmFetch *fetch, SsmError *error)
{
	SsmProgress state;

	for (;;)
	{
		state = SSM_PENDING;
		if (ssm_session_ready(fetch->lease))
			state = ssm_loop_pump(fetch->client.loop, error) ?
				ssm_call_advance(fetch->call, error) : SSM_FAILED;
		if (state != SSM_PENDING)
			break;
		ssm_session_wait(fetch->lease);
	}
	ssm_call_free(fetch->call);
	fetch->call = NULL;
	return state == SSM_DONE;
}

/*
 * Wait until there are credentials to call with.  They stay the identity's.  Raises an
 * error if they cannot be got.
 */
const SsmCredentials *
ssm_fetch_credentials(SsmFetch *fetch)
{
	while (!ssm_session_ready(fetch->lease))
		ssm_session_wait(fetch->lease);
	return &fetch->client.identity->credentials;
}

/*
 * Ask for a page of the set's first request, and wait for it.  It holds until
 * the next call; token (NULL for the first page) may be its own.  NULL, with
 * *error, if it cannot be had; cancel and the like are raised.
 */
const SsmPage *
ssm_fetch_page(SsmFetch *fetch, const SsmRequestSet *requests, const char *token,
			   const SsmPageShape *shape, SsmError *error)
{
	SsmBuf		body;

	fetch->shape = shape;
	fetch->max_rows = requests->page_size;
	ssm_fetch_credentials(fetch);
	ssm_buf_init(&body, SSM_REQUEST_MAX);
	if (ssm_body_write(requests, 0, &requests->range, token, &body, error))
		fetch->call = ssm_call_start(&fetch->client, requests->operation->name, &body,
									 accept_page, fetch, error);
	ssm_buf_free(&body);
	ssm_page_done(&fetch->page);
	if (fetch->call == NULL || !finish(fetch, error))
		return NULL;
	fetch->client.counters->pages++;
	fetch->client.counters->rows += fetch->page.nrows;
	return &fetch->page;
}

/*
 * How the calls are made, and what they have cost so far.
 */
const SsmClient *
ssm_fetch_client(const SsmFetch *fetch)
{
	return &fetch->client;
}
