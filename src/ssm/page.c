/*
 * page.c
 *		One page of an API's answer: its rows and the next page's token.
 */
#include "ssm/page.h"

#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "ssm/body.h"

/* More than any name that is looked for takes, each byte escaped. */
#define MAX_NAME	256

/*
 * A member's name as text, of *len bytes: names with escapes are legal, and are
 * decoded into out.  One that is longer than any that is looked for stays as it
 * is.
 */
static const char *
name_text(const SsmJsonValue *name, char out[MAX_NAME], size_t *len)
{
	*len = name->len;
	if (!(name->flags & SSM_JSON_ESCAPES) || ssm_json_text_size(name) > MAX_NAME)
		return name->text;
	*len = ssm_json_text(name, out);
	return out;
}

/*
 * Is a text of len bytes the name wanted?
 */
static bool
same_name(const char *text, size_t len, const char *wanted)
{
	return len > 0 && *text == *wanted && strncmp(text, wanted, len) == 0 && wanted[len] == '\0';
}

/*
 * Is this the member of that name?
 */
static bool
name_is(const SsmJsonValue *name, const char *wanted)
{
	char		decoded[MAX_NAME];
	size_t		len;
	const char *text = name_text(name, decoded, &len);

	return same_name(text, len, wanted);
}

/*
 * The place of a name among the members asked for, or -1.  Members come in the
 * same order row after row, so the search starts at next.
 */
static int
find_member(const SsmPageShape *shape, const SsmJsonValue *name, int next)
{
	char		decoded[MAX_NAME];
	size_t		len;
	const char *text = name_text(name, decoded, &len);
	int			i;

	for (i = 0; i < shape->nmembers; i++)
	{
		int			m = (next + i) % shape->nmembers;

		if (same_name(text, len, shape->members[m]))
			return m;
	}
	return -1;
}

/*
 * Scan one row; s->at is at its first byte.  Notes the members asked for in
 * values, the last one where a name repeats.
 */
static bool
scan_row(SsmScanner *s, const SsmPageShape *shape, SsmPage *page, SsmJsonValue *values)
{
	bool		first = true;
	int			more;
	int			next = 0;
	SsmJsonValue name;
	SsmJsonValue value;

	memset(values, 0, shape->nmembers * sizeof(SsmJsonValue));
	if (*s->at != '{')
		return false;
	s->at++;
	while ((more = ssm_scan_item(s, '}', &first)) == 1)
	{
		int			m;

		if (!ssm_scan_name(s, &name))
			return false;
		m = find_member(shape, &name, next);
		/* depth 3: inside the answer, its list and the row */
		if (!(m >= 0 && shape->noted && shape->noted[m] ?
			  ssm_scan_noted(s, &page->items, &value, 3) : ssm_scan_value(s, &value, 3)))
			return false;
		if (m < 0)
			continue;
		values[m] = value;
		next = m + 1;
	}
	return more == 0;
}

/*
 * Make room for one more row of values.  False if malloc fails, as s->why then
 * says.
 */
static bool
grow_rows(SsmScanner *s, SsmPage *page)
{
	SsmJsonValue *values;
	int			size;

	if (page->nrows < page->size)
		return true;
	size = page->size ? page->size * 2 : 64;
	values = realloc(page->values, (size_t) size * page->nmembers * sizeof(SsmJsonValue));
	if (values == NULL)
		return ssm_scan_stop(s, SSM_ERROR_MEMORY);
	page->values = values;
	page->size = size;
	return true;
}

/*
 * Now that the items stay where they are, let the values point to them.
 */
static void
settle_items(SsmPage *page)
{
	int			n = page->nrows * page->nmembers;
	int			i;

	for (i = 0; i < n; i++)
		if (page->values[i].flags & SSM_JSON_NOTED)
			page->values[i].noted.items = page->items.items + page->values[i].noted.place;
}

/*
 * Scan one more row of the page.  One that is too large is SSM_ERROR_LIMIT.
 */
static bool
add_row(SsmScanner *s, const SsmPageShape *shape, SsmPage *page)
{
	const char *start = s->at;
	size_t		values = s->values;

	if (!grow_rows(s, page) ||
		!scan_row(s, shape, page, page->values + (size_t) page->nrows * page->nmembers))
		return false;
	if ((size_t) (s->at - start) > SSM_MAX_ROW_BYTES(page->max) || s->values - values > SSM_MAX_ROW_VALUES(page->max))
		return ssm_scan_stop(s, SSM_ERROR_LIMIT);
	page->nrows++;
	return true;
}

/*
 * Scan the array of rows; null stands for an empty one.  More than max_rows are
 * SSM_ERROR_EXCESS.
 */
static bool
scan_rows(SsmScanner *s, const SsmPageShape *shape, int max_rows, SsmPage *page)
{
	bool		first = true;
	int			more;

	page->nrows = 0;
	page->items.n = 0;
	if (*s->at == 'n')
		return ssm_scan_word(s, "null");
	if (*s->at != '[')
		return false;
	s->at++;
	while ((more = ssm_scan_item(s, ']', &first)) == 1)
	{
		if (page->nrows == max_rows)
			return ssm_scan_stop(s, SSM_ERROR_EXCESS);
		if (!add_row(s, shape, page))
			return false;
	}
	settle_items(page);
	return more == 0;
}

/*
 * Scan an answer that is the one row.  If it has none of the members asked for, it is
 * not an answer of the API.
 */
static bool
scan_single(SsmScanner *s, const SsmPageShape *shape, SsmPage *page)
{
	int			i = 0;

	page->items.n = 0;
	if (!ssm_scan_space(s) || !add_row(s, shape, page))
		return false;
	while (i < page->nmembers && page->values[i].kind == SSM_JSON_NULL)
		i++;
	if (i == page->nmembers)
		return false;
	settle_items(page);
	return !ssm_scan_space(s) && s->why == SSM_ERROR_NONE;
}

/*
 * Scan the whole answer: an object with the rows and the token somewhere.
 */
static bool
scan_page(SsmScanner *s, const SsmPageShape *shape, int max_rows, SsmPage *page, SsmJsonValue *token)
{
	bool		first = true;
	int			more;
	SsmJsonValue name;
	SsmJsonValue value;

	if (shape->list == NULL)
		return scan_single(s, shape, page);
	if (!ssm_scan_byte(s, '{'))
		return false;
	while ((more = ssm_scan_item(s, '}', &first)) == 1)
	{
		if (!ssm_scan_name(s, &name))
			return false;
		if (name_is(&name, shape->list))
		{
			if (!scan_rows(s, shape, max_rows, page))
				return false;
		}
		else if (!ssm_scan_value(s, &value, 1))
			return false;
		else if (name_is(&name, shape->token))
			*token = value;
	}
	return more == 0 && !ssm_scan_space(s) && s->why == SSM_ERROR_NONE;
}

/*
 * Keep the token, decoded, as a C string; NULL where it is absent, null or "".
 */
static bool
keep_token(SsmPage *page, const SsmJsonValue *token, SsmError *error)
{
	if (token->kind == SSM_JSON_NULL || (token->kind == SSM_JSON_STRING && token->len == 0))
		return true;
	if (token->kind != SSM_JSON_STRING || (token->flags & SSM_JSON_BROKEN))
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "the next page's token is not text");
	if (token->len > SSM_TOKEN_MAX)
		return ssm_fail(error, SSM_ERROR_PROTOCOL,
						"the next page's token has %u bytes, more than the %d allowed",
						(unsigned) token->len, SSM_TOKEN_MAX);
	page->token = ssm_json_copy(token);
	if (page->token == NULL)
		return ssm_fail_memory(error);
	return true;
}

/*
 * Say why an answer could not be scanned.
 */
static bool
fail_scan(const SsmScanner *s, const SsmBuf *body, int max_rows, SsmError *error)
{
	switch (s->why)
	{
		case SSM_ERROR_NONE:
			return ssm_fail(error, SSM_ERROR_PROTOCOL,
							"the answer is not the JSON that the API promises (byte %zu of %zu)",
							(size_t) (s->at - ssm_buf_text(body)), body->len);
		case SSM_ERROR_MEMORY:
			return ssm_fail_memory(error);
		case SSM_ERROR_EXCESS:
			return ssm_fail(error, s->why, "the answer has more rows than the %d asked for", max_rows);
		case SSM_ERROR_LIMIT:
			return ssm_fail(error, s->why,
							"the answer holds more than max_response_size (%zu bytes) allows: "
							"%zu JSON values, in a row %zu in %zu bytes",
							body->max, SSM_MAX_VALUES(body->max),
							SSM_MAX_ROW_VALUES(body->max), SSM_MAX_ROW_BYTES(body->max));
		default:
			return ssm_fail_cancelled(error);
	}
}

/*
 * Parse a whole answer to a request for at most max_rows rows.  page is zeroed
 * or holds an earlier page, whose memory is used again.  On success the page has
 * taken the body's memory and *body holds what the page had before; on failure
 * (SSM_ERROR_PROTOCOL, EXCESS, LIMIT by what the body's max allows, MEMORY or
 * CANCELLED) *body is unchanged and the page holds no row.
 */
bool
ssm_page_parse(SsmPage *page, const SsmPageShape *shape, int max_rows, SsmBuf *body, SsmError *error)
{
	SsmScanner	s = {
		.at = ssm_buf_text(body), .end = ssm_buf_text(body) + body->len,
		.max_values = SSM_MAX_VALUES(body->max)
	};
	SsmJsonValue token = {0};
	SsmBuf		spare = page->body;

	free(page->token);
	page->token = NULL;
	if (page->nmembers != shape->nmembers)
		page->size = 0;			/* the rows' width changed: measure again */
	page->nmembers = shape->nmembers;
	page->nrows = 0;
	page->max = body->max;
	if (!scan_page(&s, shape, max_rows, page, &token))
	{
		page->nrows = 0;
		return fail_scan(&s, body, max_rows, error);
	}
	if (!keep_token(page, &token, error))
	{
		page->nrows = 0;
		return false;
	}
	page->body = *body;
	*body = spare;
	return true;
}

/*
 * Is the page so small that it may stay in memory while another one comes?
 */
bool
ssm_page_small(const SsmPage *page)
{
	return page->body.size <= SSM_SMALL_PAGE(page->max) &&
		page->items.size * sizeof(SsmJsonItem) <= SSM_SMALL_PAGE(page->max);
}

/*
 * All rows of the page have been read: keep no more than its token, and memory
 * for the next one if that is not much.
 */
void
ssm_page_done(SsmPage *page)
{
	char	   *token = page->token;

	page->nrows = 0;
	if (ssm_page_small(page))
		return;
	page->token = NULL;
	ssm_page_free(page);
	page->token = token;
}

/*
 * Release what a page holds; it is zeroed and may be used again.
 */
void
ssm_page_free(SsmPage *page)
{
	ssm_buf_free(&page->body);
	free(page->values);
	free(page->items.items);
	free(page->token);
	memset(page, 0, sizeof(*page));
}
