/*
 * buf.c
 *		A byte buffer that is born with a maximum.
 */
#include "base/buf.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Make an empty buffer that will hold at most max bytes.  Allocates nothing.
 */
void
ssm_buf_init(SsmBuf *buf, size_t max)
{
	memset(buf, 0, sizeof(*buf));
	buf->max = max;
}

/*
 * Make room for len more bytes and the NUL: who knows how much will come saves
 * copies.  False once the buffer failed, as it does now if that is beyond max.
 */
bool
ssm_buf_reserve(SsmBuf *buf, size_t len)
{
	size_t		size = buf->size ? buf->size : len < 256 ? 256 : len + 1;
	char	   *data;

	if (!ssm_buf_ok(buf))
		return false;
	if (len > buf->max - buf->len)
	{
		buf->overflow = true;
		return false;
	}
	/* the last step goes to the maximum: one more would copy all for a little */
	while (size < buf->len + len + 1)
		size = size <= buf->max / 2 ? size * 2 : buf->max + 1;
	if (size == buf->size)
		return true;
	/* not realloc: it leaves a copy behind, which may be of a secret */
	data = malloc(size);
	if (data == NULL)
	{
		buf->nomem = true;
		return false;
	}
	if (buf->data)
	{
		memcpy(data, buf->data, buf->len + 1);
		ssm_wipe(buf->data, buf->size);
		free(buf->data);
	}
	buf->data = data;
	buf->size = size;
	return true;
}

/*
 * Append bytes.  False if the buffer failed now or before.
 */
bool
ssm_buf_add(SsmBuf *buf, const void *data, size_t len)
{
	if (!ssm_buf_reserve(buf, len))
		return false;
	if (len > 0)
		memcpy(buf->data + buf->len, data, len);
	buf->len += len;
	buf->data[buf->len] = '\0';
	return true;
}

/*
 * Append a C string.  False if the buffer failed now or before.
 */
bool
ssm_buf_puts(SsmBuf *buf, const char *text)
{
	return ssm_buf_add(buf, text, strlen(text));
}

/*
 * Append bytes as lower-case hexadecimal digits.
 */
void
ssm_buf_add_hex(SsmBuf *buf, const unsigned char *data, size_t len)
{
	static const char digits[] = "0123456789abcdef";
	size_t		i;

	for (i = 0; i < len; i++)
	{
		char		pair[] = {digits[data[i] >> 4], digits[data[i] & 0x0F]};

		ssm_buf_add(buf, pair, sizeof(pair));
	}
}

/*
 * May the byte stand in a path, a query or a form as it is?  RFC 3986, as in
 * AWS's Signature Version 4, UriEncode().
 */
static bool
is_unreserved(unsigned char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
		(c >= '0' && c <= '9') || (c != '\0' && strchr("-._~", c) != NULL);
}

/*
 * Append len bytes percent-encoded, in upper-case hexadecimal, all but the
 * unreserved ones.
 */
void
ssm_buf_add_encoded(SsmBuf *out, const char *text, size_t len)
{
	size_t		i;

	for (i = 0; i < len; i++)
	{
		unsigned char c = text[i];

		if (is_unreserved(c))
			ssm_buf_add(out, &text[i], 1);
		else
			ssm_buf_printf(out, "%%%02X", c);
	}
}

/*
 * Append formatted text.  False if the buffer failed now or before.
 */
bool
ssm_buf_printf(SsmBuf *buf, const char *fmt,...)
{
	va_list		args;
	int			len;

	va_start(args, fmt);
	len = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (len < 0 || !ssm_buf_reserve(buf, len))
		return false;
	va_start(args, fmt);
	vsnprintf(buf->data + buf->len, len + 1, fmt, args);
	va_end(args);
	buf->len += len;
	return true;
}

/*
 * Has everything offered so far been kept?
 */
bool
ssm_buf_ok(const SsmBuf *buf)
{
	return !buf->overflow && !buf->nomem;
}

/*
 * The content as a C string, "" while empty.  Valid until the next change.
 */
const char *
ssm_buf_text(const SsmBuf *buf)
{
	return buf->data ? buf->data : "";
}

/*
 * Empty the buffer and forget failures; keeps the memory for reuse.
 */
void
ssm_buf_clear(SsmBuf *buf)
{
	buf->len = 0;
	buf->overflow = buf->nomem = false;
	if (buf->data)
		buf->data[0] = '\0';
}

/*
 * Wipe and release the memory; the buffer is then empty and usable.
 */
void
ssm_buf_free(SsmBuf *buf)
{
	if (buf->data)
		ssm_wipe(buf->data, buf->size);
	free(buf->data);
	ssm_buf_init(buf, buf->max);
}

/*
 * Overwrite secrets in a way the compiler may not drop.
 */
void
ssm_wipe(void *data, size_t len)
{
	if (data != NULL)
		explicit_bzero(data, len);
}
