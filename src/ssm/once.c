/*
 * once.c
 *		Each invocation is given once.
 *
 * A row is known by the members of its operation's key.  Rows that lack one of
 * them are given as they come.
 *
 * Requests ask for disjoint rows, so where a service does as it is asked a row
 * comes again only on the next page of the same request, if the list has moved
 * meanwhile: SSM_ONCE_PAGE remembers two pages of each chain.  A service that
 * ignores a parameter answers several requests with the same rows: a row that
 * carries what another request asks for is left to that one.
 *
 * SSM_ONCE_SCAN is for requests that overlap.  Each row has its place in the
 * window that its own time is in, whichever request brings it.  Windows are read
 * the newest first, and a row of one can also be inside its neighbours (see
 * window.c), so its keys are freed when it and all before it and the next two
 * have ended.  That holds for a service that judges a row's own time.  Once a
 * row came that is outside its request's window, as the service judges the
 * command's time or none at all, nothing is freed any more.
 */
#include "ssm/once.h"

#include <stdlib.h>
#include <string.h>

/*
 * Start with no row given but those in given, if it is not NULL.  width is the
 * number of chains.  requests and given must outlive it, places is copied.  False
 * if malloc fails; ssm_once_free may follow all the same.
 */
bool
ssm_once_init(SsmOnce *once, const SsmRequestSet *requests, const SsmRowPlaces *places,
			  SsmOnceScope scope, int width, const SsmHashSet *given, SsmError *error)
{
	int			i;

	memset(once, 0, sizeof(*once));
	once->requests = requests;
	once->places = *places;
	once->scope = scope;
	once->given = given;
	for (i = 0; i < requests->windows.n; i++)
		once->windows[i].left = requests->count / requests->windows.n;
	if (scope == SSM_ONCE_SCAN)
		return true;
	once->width = width;
	once->pages = calloc(width, sizeof(SsmOncePages));
	return once->pages || ssm_fail_memory(error);
}

/*
 * The text at a place of the row, or NULL.
 */
static const SsmJsonValue *
row_text(const SsmJsonValue *row, int place)
{
	return place >= 0 && row[place].kind == SSM_JSON_STRING && row[place].len > 0 ? &row[place] : NULL;
}

/*
 * The row's key, or false if it lacks one of its members.
 */
static bool
row_key(const SsmOnce *once, const SsmJsonValue *row, SsmHash *key)
{
	int			i;

	*key = ssm_hash_start();
	for (i = 0; i < SSM_MAX_KEY && once->places.key[i] >= 0; i++)
	{
		const SsmJsonValue *value = row_text(row, once->places.key[i]);

		if (value == NULL)
			return false;
		*key = ssm_hash_add(*key, value->text, value->len);
	}
	return i > 0;
}

/*
 * Does the row carry a value that another of the requests asks for?
 */
static bool
is_another(const SsmOnce *once, int64_t request, const SsmJsonValue *row)
{
	const SsmRequestSet *requests = once->requests;
	char		text[512];
	int			i;

	for (i = 0; i < requests->nterms; i++)
	{
		const SsmTerm *term = &requests->terms[i];
		const SsmJsonValue *value = row_text(row, once->places.parameters[term->place]);
		SsmValues	asked;

		if (ssm_term_requests(term) == 1 || term->shared || value == NULL || ssm_json_text_size(value) >= sizeof(text))
			continue;
		text[ssm_json_text(value, text)] = '\0';

		asked = ssm_term_batch(term, ssm_request_place(requests, request, term));
		if (!ssm_values_has(&asked, text) && ssm_values_has(&term->values, text))
			return true;
	}
	return false;
}

/*
 * The window that a row's own time is in; the last for a row without a time.
 * Notes if that is not the window that its request asked for.
 */
static SsmOnceWindow *
find_window(SsmOnce *once, int64_t request, const SsmJsonValue *row)
{
	const SsmWindows *windows = &once->requests->windows;
	const SsmWindow *asked = &windows->windows[ssm_request_window(once->requests, request)];
	int64_t		at;
	int			i = 0;

	if (windows->n == 1)
		return &once->windows[0];
	if (once->places.time < 0 || !ssm_json_epoch(&row[once->places.time], &at))
	{
		once->strayed = true;
		return &once->windows[windows->n - 1];
	}
	at = at / 1000000 - (at % 1000000 < 0);
	once->strayed |= at < asked->from || at > asked->to;
	while (i < windows->n - 1 && at <= windows->windows[i].from)
		i++;
	return &once->windows[i];
}

/*
 * The chain's two pages, with the one it reads now as the newer.
 */
static SsmOncePages *
turn_pages(SsmOnce *once, int chain, int64_t request, int page)
{
	SsmOncePages *pages = &once->pages[chain];
	SsmHashSet	oldest = pages->previous;

	if (pages->page != page || pages->request != request)
	{
		pages->previous = pages->seen;
		pages->seen = oldest;
		ssm_hashset_clear(&pages->seen);
	}
	if (pages->request != request)
		ssm_hashset_clear(&pages->previous);
	pages->request = request;
	pages->page = page;
	return pages;
}

/*
 * A chain, one of width, brought a row on a page of a request: is it one to give?
 * *fresh is the answer; false if malloc fails.  page is different for each page
 * of a request.
 */
bool
ssm_once_check(SsmOnce *once, int chain, int64_t request, int page,
			   const SsmJsonValue *row, bool *fresh, SsmError *error)
{
	SsmOncePages *pages = NULL;
	SsmHashSetAdd added;
	SsmHash		key;

	*fresh = !row_key(once, row, &key);
	if (*fresh)
		return true;
	if (is_another(once, request, row))
		return true;
	if (once->scope == SSM_ONCE_PAGE)
		pages = turn_pages(once, chain, request, page);
	added = ssm_hashset_add(pages ? &pages->seen : &find_window(once, request, row)->keys, key);
	*fresh = added == SSM_HASHSET_ADDED &&
		!(pages && ssm_hashset_has(&pages->previous, key)) &&
		!(once->given && ssm_hashset_has(once->given, key));
	return added != SSM_HASHSET_NOMEM || ssm_fail_memory(error);
}

/*
 * A request has ended: it brings no further row.
 */
void
ssm_once_end(SsmOnce *once, int64_t request)
{
	once->windows[ssm_request_window(once->requests, request)].left--;
	while (once->ended < once->requests->windows.n && once->windows[once->ended].left == 0)
	{
		once->ended++;
		if (once->ended >= 3 && !once->strayed)
			ssm_hashset_free(&once->windows[once->ended - 3].keys);
	}
}

/*
 * All rows given of a scan in one window, for the given of another.
 */
const SsmHashSet *
ssm_once_given(const SsmOnce *once)
{
	return &once->windows[0].keys;
}

/*
 * Release all keys.  Does nothing to one that is zeroed.
 */
void
ssm_once_free(SsmOnce *once)
{
	int			i;

	for (i = 0; i < once->width && once->pages; i++)
	{
		ssm_hashset_free(&once->pages[i].seen);
		ssm_hashset_free(&once->pages[i].previous);
	}
	free(once->pages);
	for (i = 0; i < SSM_MAX_WINDOWS; i++)
		ssm_hashset_free(&once->windows[i].keys);
	memset(once, 0, sizeof(*once));
}
