/*
 * error.c
 *		An error as a value.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Set kind and message, and clear what an earlier failure left in code,
 * request_id and attempts.  A message longer than the buffer is cut.
 */
void
ssm_error_set(SsmError *error, SsmErrorKind kind, const char *fmt,...)
{
	va_list		args;

	memset(error, 0, sizeof(*error));
	error->kind = kind;
	va_start(args, fmt);
	vsnprintf(error->message, sizeof(error->message), fmt, args);
	va_end(args);
}

/*
 * Overwrite every occurrence of a secret in a text with asterisks: a service
 * may echo what it was sent.  NULL and secrets too short to be told from
 * ordinary words (under 8 bytes) are left alone.
 */
void
ssm_redact(char *text, const char *secret)
{
	size_t		len = secret ? strlen(secret) : 0;
	char	   *at = text;

	if (len < 8)
		return;
	while ((at = strstr(at, secret)) != NULL)
	{
		memset(at, '*', len);
		at += len;
	}
}

/*
 * Copy len bytes into a buffer of size bytes as a C string.  What does not
 * fit is cut, at a character's first byte if the text is UTF-8; control
 * characters become blanks, so that a message stays one line.
 */
void
ssm_copy_text(char *dst, size_t size, const char *src, size_t len)
{
	size_t		i;

	if (len > size - 1)
	{
		len = size - 1;
		while (len > 0 && ((unsigned char) src[len] & 0xC0) == 0x80)
			len--;
	}
	for (i = 0; i < len; i++)
		dst[i] = ((unsigned char) src[i] < 0x20 || src[i] == 0x7F) ? ' ' : src[i];
	dst[len] = '\0';
}
