/*
 * utf8.h
 *		Characters of UTF-8, raw and as JSON escapes.
 */
#ifndef SSM_BASE_UTF8_H
#define SSM_BASE_UTF8_H

#include <endian.h>
#include <stdint.h>
#include <string.h>

#define SSM_UTF8_BAD	0xFFFD	/* stands for what is no character */

extern const char ssm_utf8_letters[256];

extern int	ssm_utf8_length(const char *at, const char *end);
extern int	ssm_utf8_put(uint32_t c, char *out);
extern int	ssm_utf8_from_escape(const char *at, const char *end, uint32_t *c);
extern int	ssm_utf8_count(const char *text);

#define SSM_EACH_BYTE(b)	(UINT64_C(0x0101010101010101) * (b))

/*
 * Step over bytes that stand for themselves: all but quote, backslash, control
 * characters, and what is not ASCII.  Returns the first that does not, or end.
 */
static inline const char *
ssm_utf8_skip_plain(const char *at, const char *end)
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
		found = (w | (w - SSM_EACH_BYTE(0x20)) | ((w ^ SSM_EACH_BYTE('"')) - SSM_EACH_BYTE(1)) |
				 ((w ^ SSM_EACH_BYTE('\\')) - SSM_EACH_BYTE(1))) & SSM_EACH_BYTE(0x80);
		if (found != 0)
			return at + __builtin_ctzll(found) / 8;
	}
	while (at < end && (unsigned char) *at >= 0x20 && (unsigned char) *at < 0x80 &&
		   *at != '"' && *at != '\\')
		at++;
	return at;
}

#endif							/* SSM_BASE_UTF8_H */
