/*
 * pager.c
 *		All pages of all requests of a scan, row by row.
 *
 * Some chains are followed at once, so memory depends on the number of chains,
 * not on that of requests or pages.  Each invocation is given once.
 */
#include "ssm/pager.h"

#include <stdlib.h>
#include <string.h>

struct SsmPager
{
	SsmPagerSetup setup;
	SsmChain   *chains;			/* setup.width of them */
	int			reading;		/* the chain that rows are taken from */
	int64_t		next_request;	/* the first that no chain follows yet */
	SsmOnce		once;			/* the rows given */
	const SsmTerm *rejectable;	/* whose values the service may reject, or
								 * NULL */
	bool	   *rejected;		/* by its requests: one of their values is */
	bool	   *gave;			/* likewise: a row of theirs was given */
	int			nrejected;
};

/*
 * Make a pager.  setup is copied, what it points to is not.  Sends nothing
 * yet.  NULL if malloc fails.
 */
SsmPager *
ssm_pager_create(const SsmPagerSetup *setup, SsmError *error)
{
	SsmPager   *pager = calloc(1, sizeof(SsmPager));
	const SsmRequestSet *requests = setup->source.requests;
	const SsmParameter *rescanned = ssm_operation_rescanned(requests->operation);
	const SsmTerm *term = rescanned ? ssm_request_term(requests, rescanned) : NULL;
	size_t		n = term ? ssm_term_requests(term) : 1;
	bool		rescan = term && setup->source.invalid_instance_id == SSM_INVALID_RESCAN;

	if (pager)
	{
		pager->setup = *setup;
		pager->rejectable = term;
		pager->chains = calloc(setup->width, sizeof(SsmChain));
		pager->rejected = calloc(n, sizeof(bool));
		pager->gave = calloc(n, sizeof(bool));
		/* a value may be rejected after it gave rows: remember these */
		if (ssm_once_init(&pager->once, requests, &setup->places,
						  rescan || requests->overlap ? SSM_ONCE_SCAN : SSM_ONCE_PAGE,
						  setup->width, setup->given, error) &&
			pager->chains && pager->rejected && pager->gave)
		{
			setup->source.client->counters->parts += requests->count;
			return pager;
		}
	}
	ssm_pager_free(pager);
	ssm_fail_memory(error);
	return NULL;
}

/*
 * Release a pager, wherever it is.  NULL is ignored.
 */
void
ssm_pager_free(SsmPager *pager)
{
	int			i;

	if (pager == NULL)
		return;
	for (i = 0; pager->chains && i < pager->setup.width; i++)
		ssm_chain_free(&pager->chains[i]);
	free(pager->chains);
	free(pager->rejected);
	free(pager->gave);
	ssm_once_free(&pager->once);
	free(pager);
}

/*
 * Has the row one of the values to keep?
 */
static bool
is_wanted(const SsmPager *pager, const SsmJsonValue *row)
{
	const SsmValues *only = pager->setup.only;
	const SsmJsonValue *value;
	char		text[64];

	if (only == NULL)
		return true;
	value = &row[pager->setup.places.parameters[pager->setup.only_place]];
	if (value->kind != SSM_JSON_STRING || ssm_json_text_size(value) > sizeof(text))
		return false;
	text[ssm_json_text(value, text)] = '\0';

	return ssm_values_has(only, text);
}

/*
 * Is this a row to give out, not given before?  *fresh is the answer; false if
 * malloc fails.
 */
static bool
check_row(SsmPager *pager, SsmChain *chain, const SsmJsonValue *row, bool *fresh, SsmError *error)
{
	*fresh = false;
	if (!is_wanted(pager, row))
		return true;
	if (!ssm_once_check(&pager->once, pager->reading, chain->request, chain->turned, row, fresh, error))
		return false;
	if (*fresh && pager->rejectable)
		pager->gave[ssm_request_place(pager->setup.source.requests, chain->request, pager->rejectable)] = true;
	return true;
}

/*
 * A chain ended as its value was rejected: note that.
 */
static void
note_rejected(SsmPager *pager, SsmChain *chain)
{
	int			i = ssm_request_place(pager->setup.source.requests, chain->request, pager->rejectable);

	pager->nrejected += !pager->rejected[i];
	pager->rejected[i] = true;
	chain->rejected = false;
}

/*
 * Bring a chain that follows a request as far as it goes without waiting.
 */
static bool
drive_chain(SsmPager *pager, SsmChain *chain, bool *started, SsmError *error)
{
	if (!ssm_chain_advance(chain, &pager->setup.source, started, error))
		return false;
	if (chain->open)
		return true;
	ssm_once_end(&pager->once, chain->request);
	pager->setup.source.client->counters->parts_done++;
	if (chain->rejected)
		note_rejected(pager, chain);
	return true;
}

/*
 * Bring all chains as far as they go without waiting, and let those that ended
 * follow the requests that are left.
 */
static bool
drive(SsmPager *pager, SsmError *error)
{
	const SsmSource *source = &pager->setup.source;
	bool		started;
	int			i;

	do
	{
		started = false;
		if (!ssm_loop_pump(source->client->loop, error))
			return false;
		for (i = 0; i < pager->setup.width; i++)
		{
			SsmChain   *chain = &pager->chains[i];

			if (chain->open && !drive_chain(pager, chain, &started, error))
				return false;
			if (!chain->open && pager->next_request < source->requests->count)
			{
				ssm_chain_open(chain, pager->next_request++);
				if (!drive_chain(pager, chain, &started, error))
					return false;
			}
		}
	} while (started);
	return true;
}

/*
 * Choose the chain to read from: the one read before as long as it has rows,
 * then the next that has.  False if none has.
 */
static bool
find_rows(SsmPager *pager)
{
	int			i;

	for (i = 0; i < pager->setup.width; i++)
	{
		int			n = (pager->reading + i) % pager->setup.width;

		if (ssm_chain_has_rows(&pager->chains[n]))
		{
			pager->reading = n;
			return true;
		}
	}
	return false;
}

/*
 * Have all chains ended, with no request left to follow?
 */
static bool
at_end(const SsmPager *pager)
{
	int			i;

	for (i = 0; i < pager->setup.width; i++)
		if (pager->chains[i].open)
			return false;
	return pager->next_request >= pager->setup.source.requests->count;
}

/*
 * Give the next row.  *row points to one value for each member of the shape
 * and holds until the next call.  Never waits: SSM_ROW_PENDING asks to come
 * back when the loop's descriptor is readable.  After SSM_ROW_FAILED only
 * ssm_pager_free may follow.
 */
SsmRowState
ssm_pager_next(SsmPager *pager, const SsmJsonValue **row, SsmError *error)
{
	SsmChain   *chain;
	bool		fresh;

	for (;;)
	{
		while (find_rows(pager))
		{
			chain = &pager->chains[pager->reading];
			/* reading on may be the moment to ask for the page after this */
			if (chain->row == (chain->page.nrows + 1) / 2 && !drive(pager, error))
				return SSM_ROW_FAILED;
			*row = ssm_chain_take_row(chain);
			if (!check_row(pager, chain, *row, &fresh, error))
				return SSM_ROW_FAILED;
			if (fresh)
				return SSM_ROW;
		}
		if (!drive(pager, error))
			return SSM_ROW_FAILED;
		if (!find_rows(pager))
			return at_end(pager) ? SSM_ROW_END : SSM_ROW_PENDING;
	}
}

/*
 * Go as far as possible without waiting and without giving a row.
 */
bool
ssm_pager_drive(SsmPager *pager, SsmError *error)
{
	return drive(pager, error);
}

/*
 * After the end: the values of which the service rejected at least one in each
 * request, in *rejected, an array to be freed whose strings are the request set's.
 * False if malloc fails.
 */
bool
ssm_pager_rejected(const SsmPager *pager, SsmValues *rejected, SsmError *error)
{
	const SsmTerm *term = pager->rejectable;
	int			i;

	rejected->bound = pager->nrejected > 0;
	rejected->n = 0;
	rejected->values = malloc(sizeof(char *) * (pager->nrejected > 0 ? term->values.n : 1));
	if (rejected->values == NULL)
		return ssm_fail_memory(error);
	for (i = 0; pager->nrejected > 0 && i < ssm_term_requests(term); i++)
	{
		SsmValues	batch = ssm_term_batch(term, i);

		if (!pager->rejected[i])
			continue;
		memcpy(rejected->values + rejected->n, batch.values, sizeof(char *) * batch.n);
		rejected->n += batch.n;
	}
	return true;
}

/*
 * Rows already given that a scan without the rejected values would give again,
 * or NULL if there are none.  Requests that name an id have one window.
 */
const SsmHashSet *
ssm_pager_given(const SsmPager *pager)
{
	int			i;

	for (i = 0; pager->nrejected > 0 && i < ssm_term_requests(pager->rejectable); i++)
		if (pager->rejected[i] && pager->gave[i])
			return ssm_once_given(&pager->once);
	return NULL;
}
