/*
 * printable.c
 *		Text from outside, made fit to be shown.
 *
 * What services, proxies, programs, files and libcurl say ends up in messages
 * and logs that others read.  Here it loses secrets, and all that could break a
 * line, drive a terminal, or not be UTF-8.  Every SsmError passes through.
 */
#include "base/printable.h"

#include <stdint.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

#define LETTERS_AND_DIGITS \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

#define HIDDEN		"***"		/* stands for what is not shown */
#define SHORTEST	8			/* bytes of a secret; less may be a word */
#define ENOUGH		16			/* bytes of a secret that betray it */
#define LONGEST		64			/* bytes of a name */
#define FAR			4096		/* bytes of a URL that are looked at */

/* Characters that show nothing, but change how the rest is shown. */
static const struct
{
	uint32_t	first;
	uint32_t	last;
}			unseen[] = {
	{0x00, 0x1F},				/* controls; terminals obey some */
	{0x7F, 0x9F},
	{0x061C, 0x061C},			/* directions of writing (UAX #9) */
	{0x200E, 0x200F},
	{0x2028, 0x202E},			/* with separators of lines */
	{0x2066, 0x2069},
	{0xFEFF, 0xFEFF},
};

/*
 * The value of a hexadecimal digit, or -1.
 */
static int
hex_digit(char c)
{
	const char *digits = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;

	return found ? (int) (found - digits) : -1;
}

/*
 * Bytes of text, 0 if none, that spell a byte: itself, as in a URL (%2F), or as in
 * JSON (\/, \u002F).
 */
static int
spelled(const char *at, const char *end, char byte)
{
	int			digits = 0;		/* where two hexadecimal ones stand */

	if (at >= end)
		return 0;
	if (*at == byte)
		return 1;
	if (*at == '%')
		digits = 1;
	else if (*at == '\\' && end - at >= 2 && at[1] == byte)
		return 2;
	else if (end - at >= 4 && memcmp(at, "\\u00", 4) == 0)
		digits = 4;
	return digits > 0 && end - at >= digits + 2 &&
		hex_digit(at[digits]) == (unsigned char) byte >> 4 &&
		hex_digit(at[digits + 1]) == (byte & 0x0F) ? digits + 2 : 0;
}

/*
 * Bytes of text that are the secret, or the start of it, as a text may be cut.
 */
static size_t
secret_length(const char *text, const char *end, const char *secret)
{
	size_t		len = strlen(secret);
	const char *at = text;
	size_t		i;
	int			n;

	for (i = 0; i < len && (n = spelled(at, end, secret[i])) > 0; i++)
		at += n;
	return len >= SHORTEST && i >= (len < ENOUGH ? len : ENOUGH) ? at - text : 0;
}

/*
 * Bytes that stand between "://" and the last '@' of a word: a URL's user and
 * password.  Neither need be spelled as it should be.
 */
static size_t
userinfo_length(const char *start, const char *text, const char *end)
{
	const char *last = text;
	const char *at;

	if (text - start < 3 || memcmp(text - 3, "://", 3) != 0)
		return 0;
	if (end - text > FAR)
		end = text + FAR;

	for (at = text; at < end && (unsigned char) *at > ' '; at++)
		if (*at == '@')
			last = at;
	return last - text;
}

/*
 * Bytes of text that are not to be shown, or 0.
 */
static size_t
hidden_length(const char *start, const char *text, const char *end, const SsmSecrets *secrets)
{
	size_t		longest = userinfo_length(start, text, end);
	int			i;

	for (i = 0; secrets && i < SSM_MAX_SECRETS; i++)
	{
		size_t		len = secrets->values[i] ? secret_length(text, end, secrets->values[i]) : 0;

		if (len > longest)
			longest = len;
	}
	return longest;
}

/*
 * Write the character that starts here as it may be shown: a blank if it is not
 * printable, U+FFFD if it is not a character.  *used becomes its bytes of text; returns the
 * bytes written, at most 4.
 */
static int
put_character(const char *text, const char *end, size_t *used, char *out)
{
	int			len = ssm_utf8_length(text, end);
	uint32_t	c = (unsigned char) *text;
	int			n;
	size_t		i;

	*used = len > 0 ? len : 1;
	if (len == 0)
		return ssm_utf8_put(SSM_UTF8_BAD, out);
	if (len > 1)
		c &= 0x7F >> len;
	for (n = 1; n < len; n++)
		c = c << 6 | (text[n] & 0x3F);
	for (i = 0; i < lengthof(unseen); i++)
		if (c >= unseen[i].first && c <= unseen[i].last)
			return ssm_utf8_put(' ', out);
	memcpy(out, text, len);
	return len;
}

/*
 * Copy len bytes into a buffer of size bytes, at least 1, as a C string that may
 * be shown: one line of UTF-8 without secrets (NULL: none are known) and without
 * the user and password of a URL.  What does not fit is cut, between characters.
 */
void
ssm_print(char *dst, size_t size, const char *src, size_t len, const SsmSecrets *secrets)
{
	const char *end = src + len;
	const char *at = src;
	size_t		n = 0;

	while (at < end)
	{
		char		piece[4] = HIDDEN;
		size_t		used = hidden_length(src, at, end, secrets);
		size_t		written = used > 0 ? strlen(HIDDEN) : (size_t) put_character(at, end, &used, piece);

		if (n + written >= size)
			break;
		memcpy(dst + n, piece, written);
		n += written;
		at += used;
	}
	dst[n] = '\0';
}

/*
 * Copy a name, such as an error code or a request id: 1 to 64 letters, digits and
 * marks.  What is something else, holds a secret, or does not fit becomes "".
 */
void
ssm_print_name(char *dst, size_t size, const char *src, size_t len, const char *marks,
			   const SsmSecrets *secrets)
{
	size_t		i;

	dst[0] = '\0';
	if (len > LONGEST || len >= size)
		return;
	for (i = 0; i < len; i++)
		if (src[i] == '\0' || (!strchr(LETTERS_AND_DIGITS, src[i]) && !strchr(marks, src[i])) ||
			hidden_length(src, src + i, src + len, secrets) > 0)
			return;
	memcpy(dst, src, len);
	dst[len] = '\0';
}

/*
 * ssm_print for a text in which there are no secrets.
 */
void
ssm_copy_text(char *dst, size_t size, const char *src, size_t len)
{
	ssm_print(dst, size, src, len, NULL);
}
