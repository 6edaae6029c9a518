/*
 * json.c
 *		Scan JSON text in place.
 *
 * This is the hot path of a scan.  A general parser would build a tree of the
 * whole answer and put numbers through a double; here one pass over the text
 * checks its grammar (RFC 8259) and notes where values are.
 */
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

#include "base/cancel.h"
#include "base/utf8.h"

/*
 * Fail for a reason that is not the text's grammar; false.
 */
bool
ssm_scan_stop(SsmScanner *s, SsmErrorKind why)
{
	s->why = why;
	return false;
}

/*
 * See whether the scan is still wanted, each SSM_CANCEL_BYTES.  False if not.
 */
static inline bool
go_on(SsmScanner *s)
{
	if (s->at < s->look)
		return true;
	s->look = s->end - s->at > SSM_CANCEL_BYTES ? s->at + SSM_CANCEL_BYTES : s->end;
	return !ssm_cancelled() || ssm_scan_stop(s, SSM_ERROR_CANCELLED);
}

/*
 * Step over white space; true if a byte is left, and the scan is wanted.
 */
bool
ssm_scan_space(SsmScanner *s)
{
	while (s->at < s->end &&
		   (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
	{
		s->at++;
		if (!go_on(s))
			return false;
	}
	return s->at < s->end;
}

/*
 * Step over white space and the byte c; false if another byte stands there.
 */
bool
ssm_scan_byte(SsmScanner *s, char c)
{
	if (!ssm_scan_space(s) || *s->at != c)
		return false;
	s->at++;
	return true;
}

/*
 * Scan what follows a backslash; adds to *flags what it stands for.
 */
static bool
scan_escape(SsmScanner *s, uint8_t *flags)
{
	uint32_t	c;
	int			len;

	*flags |= SSM_JSON_ESCAPES;
	if (s->end - s->at < 2)
		return false;
	if (s->at[1] != 'u')
	{
		if (ssm_utf8_letters[(unsigned char) s->at[1]] == 0)
			return false;
		s->at += 2;
		return true;
	}
	len = ssm_utf8_from_escape(s->at, s->end, &c);
	if (len == 0)
		return false;
	if (c == 0 || c == SSM_UTF8_BAD)
		*flags |= SSM_JSON_BROKEN;
	if (c == 0 || c >= 0x80)
		*flags |= SSM_JSON_WIDE;
	s->at += len;
	return true;
}

/*
 * Scan a string; s->at is at its opening quote.  The value's text excludes the
 * quotes.
 */
static bool
scan_string(SsmScanner *s, SsmJsonValue *value)
{
	value->kind = SSM_JSON_STRING;
	value->flags = 0;
	value->text = ++s->at;
	for (;;)
	{
		if (!go_on(s))
			return false;
		s->at = ssm_utf8_skip_plain(s->at, s->look);
		if (s->at == s->look && s->at < s->end)
			continue;
		if (s->at >= s->end || (unsigned char) *s->at < 0x20)
			return false;
		if (*s->at == '"')
			break;
		if (*s->at == '\\')
		{
			if (!scan_escape(s, &value->flags))
				return false;
		}
		else
		{
			int			len = ssm_utf8_length(s->at, s->end);

			value->flags |= len > 0 ? SSM_JSON_WIDE : SSM_JSON_WIDE | SSM_JSON_BROKEN;
			s->at += len > 0 ? len : 1;
		}
	}
	value->len = s->at - value->text;
	s->at++;
	return true;
}

/*
 * Step over decimal digits; false if there are none.
 */
static bool
scan_digits(SsmScanner *s)
{
	const char *start = s->at;

	while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
	{
		s->at++;
		if (!go_on(s))
			return false;
	}
	return s->at > start;
}

/*
 * Scan a number, without judging its size.
 */
static bool
scan_number(SsmScanner *s)
{
	if (*s->at == '-')
		s->at++;
	if (s->at < s->end && *s->at == '0')
		s->at++;
	else if (!scan_digits(s))
		return false;
	if (s->at < s->end && *s->at == '.')
	{
		s->at++;
		if (!scan_digits(s))
			return false;
	}
	if (s->at < s->end && (*s->at == 'e' || *s->at == 'E'))
	{
		s->at++;
		if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
			s->at++;
		return scan_digits(s);
	}
	return true;
}

/*
 * Scan a word such as true; false if another text stands there.
 */
bool
ssm_scan_word(SsmScanner *s, const char *word)
{
	size_t		len = strlen(word);

	if ((size_t) (s->end - s->at) < len || memcmp(s->at, word, len) != 0)
		return false;
	s->at += len;
	return true;
}

/*
 * Go to the next member of an object or element of an array that ends in
 * close.  *first is true before the first one and is cleared here.  Returns 1
 * with s->at at the member's name or the element, 0 after the end, -1 if the
 * text is broken.
 */
int
ssm_scan_item(SsmScanner *s, char close, bool *first)
{
	if (!ssm_scan_space(s))
		return -1;
	if (*s->at == close)
	{
		s->at++;
		return 0;
	}
	if (!*first && !ssm_scan_byte(s, ','))
		return -1;
	*first = false;
	if (!ssm_scan_space(s) || *s->at == close)
		return -1;
	return 1;
}

/*
 * Scan a member's name and the colon; s->at is then at its value.
 */
bool
ssm_scan_name(SsmScanner *s, SsmJsonValue *name)
{
	return *s->at == '"' && scan_string(s, name) && ssm_scan_byte(s, ':') && ssm_scan_space(s);
}

/*
 * Take a place among the items for what will be scanned, if they are noted.
 * False if malloc fails, as s->why then says.
 */
static bool
take_place(SsmScanner *s, uint32_t *place)
{
	SsmJsonItems *items = s->items;

	if (items == NULL)
		return true;
	if (items->n == items->size)
	{
		uint32_t	size = items->size ? items->size * 2 : 1024;
		SsmJsonItem *more = realloc(items->items, size * sizeof(SsmJsonItem));

		if (more == NULL)
			return ssm_scan_stop(s, SSM_ERROR_MEMORY);
		items->items = more;
		items->size = size;
	}
	*place = items->n++;
	return true;
}

/*
 * Note what has been scanned at its place.
 */
static void
note(SsmJsonItems *items, uint32_t place, const SsmJsonValue *value)
{
	if (items)
		items->items[place] = (SsmJsonItem)
	{
		.at = value->text - items->text, .len = value->len,
			.next = items->n - items->first, .kind = value->kind, .flags = value->flags
	};
}

/*
 * Scan an object or array; s->at is at its opening bracket.
 */
static bool
scan_container(SsmScanner *s, SsmJsonValue *value, int depth)
{
	bool		object = *s->at == '{';
	bool		first = true;
	int			more;
	uint32_t	place = 0;
	SsmJsonValue inner;

	if (depth >= SSM_JSON_MAX_DEPTH)
		return false;
	value->kind = object ? SSM_JSON_OBJECT : SSM_JSON_ARRAY;
	s->at++;
	while ((more = ssm_scan_item(s, object ? '}' : ']', &first)) == 1)
	{
		if (object)
		{
			if (!take_place(s, &place) || !ssm_scan_name(s, &inner))
				return false;
			note(s->items, place, &inner);
			value->flags |= inner.flags;
		}
		if (!ssm_scan_value(s, &inner, depth + 1))
			return false;
		value->flags |= inner.flags;
	}
	return more == 0;
}

/*
 * Scan one value of any kind but a string.
 */
static bool
scan_other(SsmScanner *s, SsmJsonValue *value, int depth)
{
	bool		ok;

	value->text = s->at;
	value->flags = 0;
	switch (*s->at)
	{
		case '{':
		case '[':
			ok = scan_container(s, value, depth);
			break;
		case 't':
			value->kind = SSM_JSON_BOOL;
			ok = ssm_scan_word(s, "true");
			break;
		case 'f':
			value->kind = SSM_JSON_BOOL;
			ok = ssm_scan_word(s, "false");
			break;
		case 'n':
			value->kind = SSM_JSON_NULL;
			ok = ssm_scan_word(s, "null");
			break;
		default:
			value->kind = SSM_JSON_NUMBER;
			ok = scan_number(s);
	}
	value->len = s->at - value->text;
	return ok;
}

/*
 * Scan one value of any kind; s->at is at its first byte.  Fills *value.
 * False if the text is not JSON, or nests deeper than SSM_JSON_MAX_DEPTH, or
 * for what s->why says.
 */
bool
ssm_scan_value(SsmScanner *s, SsmJsonValue *value, int depth)
{
	uint32_t	place = 0;

	if (s->values++ == s->max_values && s->max_values > 0)
		return ssm_scan_stop(s, SSM_ERROR_LIMIT);
	if (!go_on(s) || !take_place(s, &place) ||
		!(*s->at == '"' ? scan_string(s, value) : scan_other(s, value, depth)))
		return false;
	note(s->items, place, value);
	return true;
}

/*
 * The same for an outermost value, which is noted with all that is inside.
 */
bool
ssm_scan_noted(SsmScanner *s, SsmJsonItems *items, SsmJsonValue *value, int depth)
{
	bool		ok;

	items->first = items->n;
	items->text = s->at + (*s->at == '"');
	s->items = items;
	ok = ssm_scan_value(s, value, depth);
	s->items = NULL;
	value->noted.place = items->first;
	value->flags |= SSM_JSON_NOTED;
	return ok;
}
