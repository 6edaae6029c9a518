/*
 * chain.c
 *		One request followed through its pages.
 *
 * The identical body is sent again and again, with each page's token.  The
 * service tells the end by a page without a token and by nothing else, so
 * empty and short pages are normal.  A page is parsed whole before a row of it
 * is given out, and a page that cannot be had fails the scan: a result is
 * never cut short.
 *
 * A chain holds the page being read and at most one more, which has come or is
 * on its way.
 */
#include "ssm/chain.h"

#include <stdlib.h>
#include <string.h>

#include "ssm/body.h"

/*
 * Let a closed chain follow a request.  Sends nothing yet.
 */
void
ssm_chain_open(SsmChain *chain, int64_t request)
{
	chain->open = true;
	chain->request = request;
	chain->pages = chain->turned = 0;
	chain->empty = false;
	chain->rejected = false;
	chain->page.nrows = chain->row = 0;
	free(chain->page.token);
	chain->page.token = NULL;
	ssm_hashset_clear(&chain->tokens);
}

/*
 * Release what a chain holds; a call under way is cut off.
 */
void
ssm_chain_free(SsmChain *chain)
{
	ssm_call_free(chain->call);
	ssm_page_free(&chain->page);
	ssm_page_free(&chain->arrived);
	ssm_hashset_free(&chain->tokens);
	memset(chain, 0, sizeof(*chain));
}

/*
 * Has the chain unread rows?
 */
bool
ssm_chain_has_rows(const SsmChain *chain)
{
	return chain->row < chain->page.nrows;
}

/*
 * The next unread row: one value for each member of the shape.  It holds until
 * ssm_chain_advance.
 */
const SsmJsonValue *
ssm_chain_take_row(SsmChain *chain)
{
	return chain->page.values + (size_t) chain->row++ * chain->page.nmembers;
}

/*
 * SsmAccept: parse an answer into the page that waits behind the one being
 * read.
 */
static bool
accept_page(void *arg, SsmBuf *body, SsmError *error)
{
	SsmChain   *chain = arg;

	return ssm_page_parse(&chain->arrived, chain->source->shape,
						  chain->source->requests->page_size, body, error);
}

/*
 * Should the chain ask for a page now?  The second page waits until half of
 * the first has been read, as many a query stops there; and no page comes into
 * memory beside a large one.
 */
static bool
wants_page(const SsmChain *chain, const SsmSource *source)
{
	if (!chain->open || chain->call || chain->has_arrived)
		return false;
	if (chain->pages == 0)
		return true;
	if (chain->page.token == NULL)
		return false;
	if (!ssm_chain_has_rows(chain))
		return true;
	return source->prefetch && ssm_page_small(&chain->page) &&
		(chain->pages > 1 || chain->row * 2 >= chain->page.nrows);
}

/*
 * Ask for the chain's next page.  With the last of max_requests spent, a page
 * that is not needed yet is not asked for, and one that is fails the scan.
 */
static bool
request_page(SsmChain *chain, const SsmSource *source, bool *started, SsmError *error)
{
	const SsmCounters *counters = source->client->counters;
	SsmBuf		body;

	if (source->max_requests > 0 &&
		counters->calls >= source->max_requests)
		return ssm_chain_has_rows(chain) ||
			ssm_fail(error, SSM_ERROR_LIMIT, "the scan needs more than max_requests (%lld) requests",
					 (long long) source->max_requests);
	ssm_buf_init(&body, SSM_REQUEST_MAX);
	chain->source = source;
	if (ssm_body_write(source->requests, chain->request, chain->page.token, &body, error))
		chain->call = ssm_call_start(source->client, source->requests->operation->name, &body,
									 accept_page, chain, error);
	ssm_buf_free(&body);
	ssm_page_done(&chain->arrived);
	if (!ssm_chain_has_rows(chain))
	{
		ssm_page_done(&chain->page);
		chain->row = 0;
	}
	*started |= chain->call != NULL;
	return chain->call != NULL;
}

/*
 * Note the new page's token.  One that the chain had before would go round for
 * ever.
 */
static bool
check_token(SsmChain *chain, SsmError *error)
{
	const char *token = chain->page.token;
	SsmHashSetAdd added = SSM_HASHSET_ADDED;

	if (token)
		added = ssm_hashset_add(&chain->tokens,
								ssm_hash_add(ssm_hash_start(), token, strlen(token)));
	if (added == SSM_HASHSET_NOMEM)
		return ssm_fail_memory(error);
	if (added == SSM_HASHSET_PRESENT)
		return ssm_fail(error, SSM_ERROR_PROTOCOL,
						"the service sent the same next page's token twice");
	return true;
}

/*
 * If the page being read has ended and the next one is there, turn to it.  The
 * chain has ended with the last row of a page without a token.
 */
static bool
turn_page(SsmChain *chain, SsmError *error)
{
	SsmPage		read = chain->page;

	if (!ssm_chain_has_rows(chain) && chain->has_arrived)
	{
		chain->page = chain->arrived;
		chain->arrived = read;
		chain->has_arrived = false;
		chain->row = 0;
		chain->turned++;
		if (!check_token(chain, error))
			return false;
	}
	if (!ssm_chain_has_rows(chain) && chain->pages > 0 &&
		chain->page.token == NULL && !chain->has_arrived)
		chain->open = false;
	return true;
}

/*
 * A call has failed.  True if that only means that the request has no rows, or
 * that they are to be found otherwise; rows that came before are still read.
 */
static bool
has_no_rows(SsmChain *chain, const SsmSource *source, const SsmError *error)
{
	const SsmNoRows *rule = error->kind == SSM_ERROR_API ?
	ssm_operation_no_rows(source->requests->operation, error->code) : NULL;
	SsmInvalidInstanceId mode = source->invalid_instance_id;

	if (rule == NULL || (rule->parameter && !ssm_request_term(source->requests, rule->parameter)))
		return false;
	if (chain->pages > 0 && !(rule->rescan && mode == SSM_INVALID_RESCAN))
		return false;
	if ((rule->rescan || rule->optional) && mode == SSM_INVALID_ERROR)
		return false;
	chain->rejected = rule->rescan && mode == SSM_INVALID_RESCAN;
	chain->pages++;
	free(chain->page.token);
	chain->page.token = NULL;
	return true;
}

/*
 * Let an error say what to do about it.  False.
 */
static bool
add_hint(const SsmSource *source, SsmError *error)
{
	if (error->hint == NULL && error->kind == SSM_ERROR_API)
		error->hint = ssm_operation_hint(source->requests->operation, error->code);
	return false;
}

/*
 * Count the page that has arrived.
 */
static void
count_page(SsmChain *chain, SsmCounters *counters)
{
	counters->chains += chain->pages == 0;
	chain->pages++;
	counters->pages++;
	counters->rows += chain->arrived.nrows;
	if (chain->arrived.nrows == 0 && chain->arrived.token)
	{
		counters->empty_pages++;
		counters->empty_chains += !chain->empty;
		chain->empty = true;
	}
}

/*
 * See what has become of the call under way.
 */
static bool
finish_call(SsmChain *chain, const SsmSource *source, SsmError *error)
{
	SsmProgress state = ssm_call_advance(chain->call, error);

	if (state == SSM_PENDING)
		return true;
	ssm_call_free(chain->call);
	chain->call = NULL;
	if (state == SSM_FAILED)
		return has_no_rows(chain, source, error) || add_hint(source, error);
	chain->has_arrived = true;
	count_page(chain, source->client->counters);
	return true;
}

/*
 * Bring the chain as far as it goes without waiting: take in an answer, turn
 * the page, ask for the next.  *started is set if a request was started, which
 * ssm_loop_pump will put on the wire.  source is the same for all of a chain's
 * life.
 */
bool
ssm_chain_advance(SsmChain *chain, const SsmSource *source, bool *started, SsmError *error)
{
	if (chain->call && !finish_call(chain, source, error))
		return false;
	if (!turn_page(chain, error))
		return false;
	return !wants_page(chain, source) || request_page(chain, source, started, error);
}
