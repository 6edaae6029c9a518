/*
 * value.c
 *		What a scanned JSON value stands for, as C scalars.
 */
#include "base/value.h"

#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"

#define MAX_MICROSECONDS	UINT64_C(9100000000000000000)
#define MAX_MANTISSA		UINT64_C(100000000000000000)
#define MAX_EXPONENT		100000

/*
 * Is this an ASCII digit?
 */
static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
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
 * Write a string's text as a C string of at most so many bytes.  False if the value
 * is no string, or may be longer.
 */
bool
ssm_json_string(const SsmJsonValue *value, char *out, size_t size)
{
	if (value->kind != SSM_JSON_STRING || ssm_json_text_size(value) >= size)
		return false;
	out[ssm_json_text(value, out)] = '\0';
	return true;
}

/*
 * A value's text as a C string, malloc'ed; NULL if malloc fails.
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
 * Read what follows a number's digits, up to its end: nothing, or an exponent,
 * which is added to *exponent.
 */
static bool
read_exponent(const char *at, const char *end, int *exponent)
{
	bool		negative;
	int			e = 0;

	if (at == end)
		return true;
	if (*at++ != 'e' && at[-1] != 'E')
		return false;
	negative = at < end && *at == '-';
	if (at < end && (*at == '-' || *at == '+'))
		at++;
	if (at == end)
		return false;
	for (; at < end && is_digit(*at); at++)
		e = e < MAX_EXPONENT ? e * 10 + (*at - '0') : e;
	*exponent += negative ? -e : e;
	return at == end;
}

/*
 * A decimal number without a sign as mantissa * 10^exponent; digits after the
 * 18th count as 0.  False if the text is something else.
 */
static bool
read_decimal(const char *at, const char *end, uint64_t *mantissa, int *exponent)
{
	bool		digits = false;
	bool		point = false;

	*mantissa = 0;
	*exponent = 0;
	for (; at < end && (is_digit(*at) || (*at == '.' && !point)); at++)
	{
		if (*at == '.')
		{
			point = true;
			continue;
		}
		digits = true;
		if (*mantissa >= MAX_MANTISSA)
			*exponent += !point;
		else
		{
			*mantissa = *mantissa * 10 + (*at - '0');
			*exponent -= point;
		}
	}
	return digits && read_exponent(at, end, exponent);
}

/*
 * Read a number (or a string that is one) as seconds since 1970, rounded to
 * microseconds.  False if it is something else, or beyond ±290000 years.
 * strtod would do it by the locale's decimal point.
 */
bool
ssm_json_epoch(const SsmJsonValue *value, int64_t *microseconds)
{
	const char *at = value->text;
	const char *end;
	bool		negative;
	uint64_t	n;
	int			exponent;

	if ((value->kind != SSM_JSON_NUMBER && value->kind != SSM_JSON_STRING) || value->len == 0)
		return false;
	end = at + value->len;
	negative = *at == '-';
	if (*at == '-' || *at == '+')
		at++;
	if (!read_decimal(at, end, &n, &exponent))
		return false;
	for (exponent += 6; n > 0 && exponent > 0; exponent--)
	{
		if (n > MAX_MICROSECONDS / 10)
			return false;
		n *= 10;
	}
	for (; n > 0 && exponent < 0; exponent++)
		n = (n + (exponent == -1 ? 5 : 0)) / 10;
	if (n >= MAX_MICROSECONDS)
		return false;
	*microseconds = negative ? -(int64_t) n : (int64_t) n;
	return true;
}
