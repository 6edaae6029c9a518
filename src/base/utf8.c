/*
 * utf8.c
 *		Characters of UTF-8, raw and as JSON escapes.
 */
#include "base/utf8.h"

#include <string.h>

/* What a backslash before a letter stands for; 0 before all other letters. */
const char	ssm_utf8_letters[256] = {
	['"'] = '"', ['\\'] = '\\', ['/'] = '/', ['b'] = '\b', ['f'] = '\f',
	['n'] = '\n', ['r'] = '\r', ['t'] = '\t'
};

/*
 * Bytes of the character that starts at at, 1 to 4, or 0 if what stands there
 * is not UTF-8: overlong forms, surrogates and values over U+10FFFF are not
 * (RFC 3629, section 4).
 */
int
ssm_utf8_length(const char *at, const char *end)
{
	const unsigned char *p = (const unsigned char *) at;
	unsigned char low = 0x80;
	unsigned char high = 0xBF;
	int			len;
	int			i;

	if (p[0] < 0x80)
		return 1;
	if (p[0] < 0xC2 || p[0] > 0xF4)
		return 0;
	len = p[0] < 0xE0 ? 2 : p[0] < 0xF0 ? 3 : 4;
	if (end - at < len)
		return 0;
	if (p[0] == 0xE0)
		low = 0xA0;
	else if (p[0] == 0xED)
		high = 0x9F;
	else if (p[0] == 0xF0)
		low = 0x90;
	else if (p[0] == 0xF4)
		high = 0x8F;
	if (p[1] < low || p[1] > high)
		return 0;
	for (i = 2; i < len; i++)
		if ((p[i] & 0xC0) != 0x80)
			return 0;
	return len;
}

/*
 * Write a character; returns the bytes written, 1 to 4.
 */
int
ssm_utf8_put(uint32_t c, char *out)
{
	static const unsigned char lead[] = {0, 0, 0xC0, 0xE0, 0xF0};
	int			len = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	int			i;

	for (i = len - 1; i > 0; i--)
	{
		out[i] = (char) (0x80 | (c & 0x3F));
		c >>= 6;
	}
	out[0] = (char) (lead[len] | c);
	return len;
}

/*
 * Read \uXXXX at at.  Returns 6, or 0 if it is not that.
 */
static int
read_unit(const char *at, const char *end, uint32_t *unit)
{
	int			i;

	if (end - at < 6 || at[0] != '\\' || at[1] != 'u')
		return 0;
	*unit = 0;
	for (i = 2; i < 6; i++)
	{
		unsigned char c = at[i] | 0x20;

		if (at[i] >= '0' && at[i] <= '9')
			*unit = *unit * 16 + (at[i] - '0');
		else if (c >= 'a' && c <= 'f')
			*unit = *unit * 16 + (c - 'a' + 10);
		else
			return 0;
	}
	return 6;
}

/*
 * Read one character written as \uXXXX, or as two of them where the first is a
 * high surrogate.  Returns the bytes read, 6 or 12, or 0 if the escape is
 * malformed.  A surrogate without its partner is SSM_UTF8_BAD.
 */
int
ssm_utf8_from_escape(const char *at, const char *end, uint32_t *c)
{
	uint32_t	low;

	if (!read_unit(at, end, c))
		return 0;
	if (*c < 0xD800 || *c > 0xDFFF)
		return 6;
	if (*c < 0xDC00 && read_unit(at + 6, end, &low) && low >= 0xDC00 && low <= 0xDFFF)
	{
		*c = 0x10000 + ((*c - 0xD800) << 10) + (low - 0xDC00);
		return 12;
	}
	*c = SSM_UTF8_BAD;
	return 6;
}

/*
 * Characters in a C string, or -1 if it is not UTF-8.
 */
int
ssm_utf8_count(const char *text)
{
	const char *end = text + strlen(text);
	int			n = 0;

	while (text < end)
	{
		int			len = ssm_utf8_length(text, end);

		if (len == 0)
			return -1;
		text += len;
		n++;
	}
	return n;
}
