/*
 * json.c
 *		Scan JSON text in place; JSON to C scalars.
 *
 * This is the hot path of a scan.  A general parser would build a tree of the
 * whole answer and put numbers through a double; here one pass over the text
 * checks its grammar (RFC 8259) and notes where values are.
 */
#include "engine/json.h"

#include <endian.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "engine/utf8.h"

/* What the escapes of one letter stand for; 0 for all other letters. */
static const char escaped[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f',
	['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
};

#define EACH_BYTE(b)	(UINT64_C(0x0101010101010101) * (b))

/*
 * Step over bytes that stand for themselves: all but quote, backslash, control
 * characters, and what is not ASCII.  Returns the first that does not, or end.
 */
static inline const char *
skip_plain(const char *at, const char *end)
{
	/*
	 * Eight at a time.  In one of the four terms the highest bit of a byte is
	 * set where that byte is not plain; a borrow may set others above it.
	 */
	for (; end - at >= 8; at += 8)
	{
		uint64_t	w;
		uint64_t	found;

		memcpy(&w, at, 8);
		w = le64toh(w);
		found = (w | (w - EACH_BYTE(0x20)) | ((w ^ EACH_BYTE('"')) - EACH_BYTE(1)) |
				 ((w ^ EACH_BYTE('\\')) - EACH_BYTE(1))) & EACH_BYTE(0x80);
		if (found != 0)
			return at + __builtin_ctzll(found) / 8;
	}
	while (at < end && (unsigned char) *at >= 0x20 && (unsigned char) *at < 0x80 &&
		   *at != '"' && *at != '\\')
		at++;
	return at;
}

/*
 * Step over white space; true if a byte is left.
 */
bool
ssm_scan_space(SsmScanner *s)
{
	while (s->at < s->end &&
		   (*s->at == ' ' || *s->at == '\n' || *s->at == '\r' || *s->at == '\t'))
		s->at++;
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
		if (escaped[(unsigned char) s->at[1]] == 0)
			return false;
		s->at += 2;
		return true;
	}
	len = ssm_utf8_from_escape(s->at, s->end, &c);
	if (len == 0)
		return false;
	if (c == 0 || c == SSM_UTF8_BAD)
		*flags |= SSM_JSON_BROKEN;
	if (c >= 0x80)
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
		s->at = skip_plain(s->at, s->end);
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
		s->at++;
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
 * Scan true, false or null.
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
 * Scan an object or array; s->at is at its opening bracket.
 */
static bool
scan_container(SsmScanner *s, SsmJsonValue *value, int depth)
{
	bool		object = *s->at == '{';
	bool		first = true;
	int			more;
	SsmJsonValue inner;

	if (depth >= SSM_JSON_MAX_DEPTH)
		return false;
	value->kind = object ? SSM_JSON_OBJECT : SSM_JSON_ARRAY;
	s->at++;
	while ((more = ssm_scan_item(s, object ? '}' : ']', &first)) == 1)
	{
		if (object)
		{
			if (!ssm_scan_name(s, &inner))
				return false;
			value->flags |= inner.flags;
		}
		if (!ssm_scan_value(s, &inner, depth + 1))
			return false;
		value->flags |= inner.flags;
	}
	return more == 0;
}

/*
 * Scan one value of any kind; s->at is at its first byte.  Fills *value.
 * False if the text is not JSON, or nests deeper than SSM_JSON_MAX_DEPTH.
 */
bool
ssm_scan_value(SsmScanner *s, SsmJsonValue *value, int depth)
{
	bool		ok;

	if (*s->at == '"')
		return scan_string(s, value);
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
 * Room that ssm_json_text and ssm_json_source need at most, in bytes.  Only a
 * broken byte grows: it becomes the three bytes of U+FFFD.  Two more are for a
 * string's quotes.
 */
size_t
ssm_json_text_size(const SsmJsonValue *value)
{
	return (size_t) value->len * (value->flags & SSM_JSON_BROKEN ? 3 : 1) + 2;
}

/*
 * Copy one unit of a string's source (a character or an escape) to *out as
 * UTF-8; returns the bytes of source read.  NUL, lone surrogates and bytes
 * that are not UTF-8 become U+FFFD.  With keep_ascii, escapes that stand for
 * ASCII stay escapes, as JSON text needs them.
 */
static int
copy_unit(const char *at, const char *end, char **out, bool keep_ascii)
{
	uint32_t	c;
	int			len;

	if (*at != '\\')
	{
		len = (unsigned char) *at < 0x80 ? 1 : ssm_utf8_length(at, end);
		if (len > 0)
			memcpy(*out, at, len);
		*out += len > 0 ? len : ssm_utf8_put(SSM_UTF8_BAD, *out);
		return len > 0 ? len : 1;
	}
	if (at[1] == 'u')
	{
		len = ssm_utf8_from_escape(at, end, &c);
		if (c == 0)
			c = SSM_UTF8_BAD;
		if (!keep_ascii || c >= 0x80)
		{
			*out += ssm_utf8_put(c, *out);
			return len;
		}
	}
	else
	{
		len = 2;
		if (!keep_ascii)
		{
			*(*out)++ = escaped[(unsigned char) at[1]];
			return len;
		}
	}
	memcpy(*out, at, len);
	*out += len;
	return len;
}

/*
 * Copy all units of a value's source.  Returns the end of what was written.
 */
static char *
copy_units(const SsmJsonValue *value, char *out, bool keep_ascii)
{
	const char *at = value->text;
	const char *end = at + value->len;

	while (at < end)
	{
		const char *run = at;

		at = skip_plain(at, end);
		memcpy(out, run, at - run);
		out += at - run;
		if (at < end)
			at += copy_unit(at, end, &out, keep_ascii);
	}
	return out;
}

/*
 * Write the text a value stands for: a string decoded, anything else as its
 * source.  out has room for ssm_json_text_size bytes; returns the bytes
 * written.  What is written is valid UTF-8 without NUL.
 */
size_t
ssm_json_text(const SsmJsonValue *value, char *out)
{
	if (value->kind != SSM_JSON_STRING)
		return ssm_json_source(value, out);
	if (!(value->flags & (SSM_JSON_ESCAPES | SSM_JSON_BROKEN)))
	{
		memcpy(out, value->text, value->len);
		return value->len;
	}
	return copy_units(value, out, false) - out;
}

/*
 * Write a value as JSON that any parser takes: its source, but raw UTF-8 in
 * place of escapes over ASCII, and U+FFFD for what is broken.  Room and result
 * as for ssm_json_text.
 */
size_t
ssm_json_source(const SsmJsonValue *value, char *out)
{
	char	   *at = out;
	bool		string = value->kind == SSM_JSON_STRING;

	if (string)
		*at++ = '"';
	if (value->flags & (SSM_JSON_WIDE | SSM_JSON_BROKEN))
		at = copy_units(value, at, true);
	else
	{
		memcpy(at, value->text, value->len);
		at += value->len;
	}
	if (string)
		*at++ = '"';
	return at - out;
}

/*
 * Read a number (or a string that is one) as seconds since 1970, rounded to
 * microseconds.  False if it is something else, or beyond ±290000 years.
 */
bool
ssm_json_epoch(const SsmJsonValue *value, int64_t *microseconds)
{
	char text[	1024];			/* a long fraction is still a time */
	char	   *end;
	double		seconds;

	if ((value->kind != SSM_JSON_NUMBER && value->kind != SSM_JSON_STRING) ||
		value->len == 0 || value->len >= sizeof(text))
		return false;
	memcpy(text, value->text, value->len);
	text[		value->len] = '\0';

	if (strspn(text, "0123456789+-.eE") < value->len)
		return false;

	seconds = strtod(text, &end);
	if (*end != '\0' || !(fabs(seconds) < 9.1e12))
		return false;
	*microseconds = llround(seconds * 1e6);
	return true;
}
