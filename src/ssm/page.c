/*
 * page.c
 *		One page of an API's answer: its rows and the next page's token.
 */
#include "ssm/page.h"

#include <stdlib.h>
#include <string.h>

/*
 * Is this the member name?  Names with escapes are legal and so are compared
 * decoded.
 */
static bool
name_is(const SsmJsonValue *name, const char *wanted)
{
	const char *decoded = name->text;
	size_t		len = name->len;
	char text[	256];

	if (name->flags & SSM_JSON_ESCAPES)
	{
		if (ssm_json_text_size(name) > sizeof(text))
			return false;
		len = ssm_json_text(name, text);
		decoded = text;
	}
	return *decoded == *wanted && strncmp(decoded, wanted, len) == 0 && wanted[len] == '\0';
}

/*
 * The place of a name among the members asked for, or -1.  Members come in the
 * same order row after row, so the search starts at next.
 */
static int
find_member(const SsmPageShape *shape, const SsmJsonValue *name, int next)
{
	int			i;

	for (i = 0; i < shape->nmembers; i++)
	{
		int			m = (next + i) % shape->nmembers;

		if (name_is(name, shape->members[m]))
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
 * Make room for one more row of values.  False if malloc fails, as s->nomem then
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
	{
		s->nomem = true;
		return false;
	}
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
 * Scan the array of rows; null stands for an empty one.
 */
static bool
scan_rows(SsmScanner *s, const SsmPageShape *shape, SsmPage *page)
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
		if (!grow_rows(s, page) ||
			!scan_row(s, shape, page, page->values + (size_t) page->nrows * page->nmembers))
			return false;
		page->nrows++;
	}
	settle_items(page);
	return more == 0;
}

/*
 * Scan the whole answer: an object with the rows and the token somewhere.
 */
static bool
scan_page(SsmScanner *s, const SsmPageShape *shape, SsmPage *page, SsmJsonValue *token)
{
	bool		first = true;
	int			more;
	SsmJsonValue name;
	SsmJsonValue value;

	if (!ssm_scan_byte(s, '{'))
		return false;
	while ((more = ssm_scan_item(s, '}', &first)) == 1)
	{
		if (!ssm_scan_name(s, &name))
			return false;
		if (name_is(&name, shape->list))
		{
			if (!scan_rows(s, shape, page))
				return false;
		}
		else if (!ssm_scan_value(s, &value, 1))
			return false;
		else if (name_is(&name, shape->token))
			*token = value;
	}
	return more == 0 && !ssm_scan_space(s);
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
 * Parse a whole answer.  page is zeroed or holds an earlier page, whose memory
 * is used again.  On success the page has taken the body's memory and *body
 * holds what the page had before; on failure (SSM_ERROR_PROTOCOL or
 * SSM_ERROR_MEMORY) *body is unchanged and the page holds no row.
 */
bool
ssm_page_parse(SsmPage *page, const SsmPageShape *shape, SsmBuf *body, SsmError *error)
{
	SsmScanner	s = {ssm_buf_text(body), ssm_buf_text(body) + body->len};
	SsmJsonValue token = {0};
	SsmBuf		spare = page->body;

	free(page->token);
	page->token = NULL;
	if (page->nmembers != shape->nmembers)
		page->size = 0;			/* the rows' width changed: measure again */
	page->nmembers = shape->nmembers;
	page->nrows = 0;
	if (!scan_page(&s, shape, page, &token))
	{
		page->nrows = 0;
		if (s.nomem)
			return ssm_fail_memory(error);
		return ssm_fail(error, SSM_ERROR_PROTOCOL,
						"the answer is not the JSON that the API promises (byte %zu of %zu)",
						(size_t) (s.at - ssm_buf_text(body)), body->len);
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
