/*
 * distinct.c
 *		Each invocation is given once.
 *
 * A row is known by the members of its operation's key.  Rows that lack one of
 * them are given as they come; where they may come again, as what they are in is
 * asked for again, they are known by all that is noted of them.
 *
 * Requests ask for disjoint rows, so where a service does as it is asked a row
 * comes again only on the next page of the same request, if the list has moved
 * meanwhile: SSM_DISTINCT_PAGE remembers two pages of each.  A service that
 * ignores a parameter answers several requests with the same rows: a row that
 * carries what another request asks for is left to that one.
 *
 * SSM_DISTINCT_SCAN is for requests that overlap, and for those that may be cut
 * into windows of time: these overlap, and a window is asked for again when it is
 * cut.  It remembers all rows.
 */
#include "ssm/distinct.h"

#include <stdlib.h>
#include <string.h>

/*
 * Start with no row given but those in given, if it is not NULL.  width is the
 * number of requests read at once.  requests and given must outlive it, places is
 * copied.  False if malloc fails; ssm_distinct_free may follow all the same.
 */
bool
ssm_distinct_init(SsmDistinct *distinct, const SsmRequestSet *requests, const SsmRowPlaces *places,
				  SsmDistinctScope scope, int width, const SsmHashSet *given, SsmError *error)
{
	memset(distinct, 0, sizeof(*distinct));
	distinct->requests = requests;
	distinct->places = *places;
	distinct->scope = scope;
	distinct->given = given;
	if (scope == SSM_DISTINCT_SCAN)
		return true;
	distinct->width = width;
	distinct->pages = calloc(width, sizeof(SsmDistinctPages));
	return distinct->pages || ssm_fail_memory(error);
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
row_key(const SsmDistinct *distinct, const SsmJsonValue *row, SsmHash *key)
{
	int			i;

	*key = ssm_hash_start();
	for (i = 0; i < SSM_MAX_KEY && distinct->places.key[i] >= 0; i++)
	{
		const SsmJsonValue *value = row_text(row, distinct->places.key[i]);

		if (value == NULL)
			return false;
		*key = ssm_hash_add(*key, value->text, value->len);
	}
	return i > 0;
}

/*
 * What tells a row without a key apart.
 */
static SsmHash
row_hash(const SsmJsonValue *row, int nmembers)
{
	SsmHash		hash = ssm_hash_start();
	int			i;

	for (i = 0; i < nmembers; i++)
		hash = ssm_hash_add(hash, row[i].text, row[i].text ? row[i].len : 0);
	return hash;
}

/*
 * Does the row carry a value that another of the requests asks for?
 */
static bool
is_another(const SsmDistinct *distinct, int64_t request, const SsmJsonValue *row)
{
	const SsmRequestSet *requests = distinct->requests;
	char		text[512];
	int			i;

	for (i = 0; i < requests->nterms; i++)
	{
		const SsmTerm *term = &requests->terms[i];
		const SsmJsonValue *value = row_text(row, distinct->places.parameters[term->place]);
		SsmValues	asked;

		if (ssm_term_requests(term) == 1 || term->shared || value == NULL || !ssm_json_string(value, text, sizeof(text)))
			continue;
		asked = ssm_term_batch(term, ssm_request_place(requests, request, term));
		if (!ssm_values_has(&asked, text) && ssm_values_has(&term->values, text))
			return true;
	}
	return false;
}

/*
 * Has the row one of the values to keep?
 */
static bool
is_wanted(const SsmDistinct *distinct, const SsmJsonValue *row)
{
	char		text[SSM_MAX_ID];

	return distinct->only == NULL ||
		(ssm_json_string(&row[distinct->places.parameters[distinct->only_place]], text, sizeof(text)) &&
		 ssm_values_has(distinct->only, text));
}

/*
 * What the rows of a page say of those that follow.  newest is to know of their
 * times, unless it is NULL.
 */
SsmPageFacts
ssm_distinct_facts(const SsmDistinct *distinct, const SsmJsonValue *rows, int nrows, int nmembers, SsmNewest *newest)
{
	SsmPageFacts facts = {.rows = nrows, .known = distinct->places.time >= 0};
	int			i;

	for (i = 0; i < nrows && facts.known; i++)
	{
		const SsmJsonValue *row = rows + (size_t) i * nmembers;
		SsmHash		key;
		int64_t		at;

		facts.known = row_key(distinct, row, &key) && ssm_json_epoch(&row[distinct->places.time], &at);
		if (!facts.known)
			break;
		if (newest)
			ssm_newest_row(newest, at);
		if (i == 0 || at < facts.oldest)
			facts.oldest = at;
		if (i == 0 || at > facts.newest)
			facts.newest = at;
	}
	return facts;
}

/*
 * The two pages of a place, with the one that is read now as the newer.
 */
static SsmDistinctPages *
turn_pages(SsmDistinct *distinct, int place, int64_t request, int page)
{
	SsmDistinctPages *pages = &distinct->pages[place];
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
 * A request, read at a place below width, brought a row on a page: is it one to
 * give?  *fresh is the answer; false if malloc fails.  page is different for each
 * page of a request.
 */
bool
ssm_distinct_check(SsmDistinct *distinct, int place, int64_t request, int page,
				   const SsmJsonValue *row, int nmembers, bool *fresh, SsmError *error)
{
	SsmDistinctPages *pages = NULL;
	SsmHashSetAdd added;
	SsmHash		key;

	*fresh = false;
	if (!is_wanted(distinct, row))
		return true;
	if (!row_key(distinct, row, &key))
	{
		*fresh = !distinct->cut;
		if (*fresh)
			return true;
		key = row_hash(row, nmembers);
	}
	if (is_another(distinct, request, row))
		return true;
	if (distinct->scope == SSM_DISTINCT_PAGE)
		pages = turn_pages(distinct, place, request, page);
	added = ssm_hashset_add(pages ? &pages->seen : &distinct->keys, key);
	*fresh = added == SSM_HASHSET_ADDED &&
		!(pages && ssm_hashset_has(&pages->previous, key)) &&
		!(distinct->given && ssm_hashset_has(distinct->given, key));
	return added != SSM_HASHSET_NOMEM || ssm_fail_memory(error);
}

/*
 * All rows given of a scan, for the given of another.
 */
const SsmHashSet *
ssm_distinct_given(const SsmDistinct *distinct)
{
	return &distinct->keys;
}

/*
 * Release all keys.  Does nothing to one that is zeroed.
 */
void
ssm_distinct_free(SsmDistinct *distinct)
{
	int			i;

	for (i = 0; i < distinct->width && distinct->pages; i++)
	{
		ssm_hashset_free(&distinct->pages[i].seen);
		ssm_hashset_free(&distinct->pages[i].previous);
	}
	free(distinct->pages);
	ssm_hashset_free(&distinct->keys);
	memset(distinct, 0, sizeof(*distinct));
}
