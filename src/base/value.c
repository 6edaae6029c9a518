/*
 * value.c
 *		What a scanned JSON value stands for, as C scalars.
 */
#include "base/value.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

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
			*(*out)++ = ssm_utf8_letters[(unsigned char) at[1]];
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

		at = ssm_utf8_skip_plain(at, end);
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
 * The same as a C string, malloc'ed; NULL if malloc fails.
 */
char *
ssm_json_copy(const SsmJsonValue *value)
{
	char	   *copy = malloc(ssm_json_text_size(value) + 1);

	if (copy)
		copy[ssm_json_text(value, copy)] = '\0';
	return copy;
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
