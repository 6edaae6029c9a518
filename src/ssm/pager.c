/*
 * pager.c
 *		All pages of all requests of a scan, row by row.
 *
 * Some chains are followed at once, so memory depends on the number of chains,
 * not on that of requests or pages.  Each invocation is given once.
 */
#include "ssm/pager.h"

#include "ssm/merge.h"

#include <stdlib.h>
#include <string.h>

struct SsmPager
{
	SsmPagerSetup setup;
	SsmChain   *chains;			/* setup.width of them */
	int			reading;		/* the chain that rows are taken from */
	int64_t		next_request;	/* the first that no chain follows yet */
	bool		share;			/* rows of different chains may be the same */
	SsmMerge	merge;			/* rows given, where they must be remembered */
	bool	   *rejected;		/* by place among the InstanceIds */
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
	const SsmTerm *instances = ssm_request_term(setup->source.requests, "InstanceId");

	if (pager)
	{
		pager->setup = *setup;
		/* an instance may be rejected after it gave rows: remember these */
		pager->setup.source.remember =
			instances && setup->source.invalid_instance_id == SSM_INVALID_RESCAN;
		/* some of one instance's requests may give rows, another be rejected */
		pager->share = setup->source.requests->overlap ||
			(pager->setup.source.remember &&
			 setup->source.requests->count > instances->values.n);
		ssm_merge_init(&pager->merge, setup->source.requests, pager->setup.source.remember);
		pager->chains = calloc(setup->width, sizeof(SsmChain));
		pager->rejected = calloc(instances ? instances->values.n : 1, sizeof(bool));
		if (pager->chains && pager->rejected)
			return pager;
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
	ssm_merge_free(&pager->merge);
	free(pager);
}

/*
 * The key of a row, or false if it lacks one of its members.
 */
static bool
row_key(const SsmPager *pager, const SsmJsonValue *row, SsmHash *key)
{
	const SsmJsonValue *command = &row[pager->setup.command_id];
	const SsmJsonValue *instance = &row[pager->setup.instance_id];

	if (command->kind != SSM_JSON_STRING || instance->kind != SSM_JSON_STRING)
		return false;
	*key = ssm_hash_add(ssm_hash_add(ssm_hash_start(), command->text, command->len),
						instance->text, instance->len);
	return true;
}

/*
 * Is the row's instance one of those to keep?
 */
static bool
instance_wanted(const SsmPager *pager, const SsmJsonValue *row)
{
	const SsmValues *only = pager->setup.only;
	const SsmJsonValue *instance = &row[pager->setup.instance_id];
	char text[	64];

	if (only == NULL)
		return true;
	if (instance->kind != SSM_JSON_STRING || ssm_json_text_size(instance) > sizeof(text))
		return false;
	text[		ssm_json_text(instance, text)] = '\0';

	return ssm_values_has(only, text);
}

/*
 * Is this a row to give out, not given before?  *fresh is the answer; false if
 * malloc fails.  Rows without a key always are.
 */
static bool
check_row(SsmPager *pager, SsmChain *chain, const SsmJsonValue *row, bool *fresh, SsmError *error)
{
	SsmKeySetAdd added;
	SsmHash		key;

	*fresh = instance_wanted(pager, row);
	if (!*fresh || !row_key(pager, row, &key))
		return true;
	added = pager->share ? ssm_merge_add(&pager->merge, chain->request, key) :
		ssm_keyset_add(&chain->seen, key);
	*fresh = added == SSM_KEYSET_ADDED &&
		!ssm_keyset_has(&chain->previous, key) &&
		!(pager->setup.given && ssm_keyset_has(pager->setup.given, key));
	return added != SSM_KEYSET_NOMEM || ssm_fail_memory(error);
}

/*
 * A chain ended as its InstanceId was rejected: note that, and the rows it gave
 * before, which whoever asks otherwise must not give again.
 */
static bool
note_rejected(SsmPager *pager, SsmChain *chain, SsmError *error)
{
	const SsmRequestSet *requests = pager->setup.source.requests;
	const SsmTerm *term = ssm_request_term(requests, "InstanceId");
	const char *value = ssm_request_value(requests, chain->request, "InstanceId");
	int			i;

	for (i = 0; term->values.values[i] != value; i++)
		;
	pager->nrejected += !pager->rejected[i];
	pager->rejected[i] = true;
	chain->rejected = false;
	return ssm_keyset_merge(&pager->merge.windows[0].keys, &chain->seen) ||
		ssm_fail_memory(error);
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
	ssm_merge_end(&pager->merge, chain->request);
	return !chain->rejected || note_rejected(pager, chain, error);
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
 * After the end: the InstanceIds that the service rejected, in *rejected, an
 * array to be freed whose strings are the request set's.  False if malloc
 * fails.
 */
bool
ssm_pager_rejected(const SsmPager *pager, SsmValues *rejected, SsmError *error)
{
	const SsmTerm *term = ssm_request_term(pager->setup.source.requests, "InstanceId");
	int			i;

	rejected->bound = pager->nrejected > 0;
	rejected->n = 0;
	rejected->values = malloc(sizeof(char *) * (pager->nrejected + 1));
	if (rejected->values == NULL)
		return ssm_fail_memory(error);
	for (i = 0; pager->nrejected > 0 && i < term->values.n; i++)
		if (pager->rejected[i])
			rejected->values[rejected->n++] = term->values.values[i];
	return true;
}

/*
 * Rows already given that a scan for the rejected InstanceIds would give again.
 * Requests with InstanceIds have one window.
 */
const SsmKeySet *
ssm_pager_given(const SsmPager *pager)
{
	return &pager->merge.windows[0].keys;
}
