/*
 * utf8.h
 *		Characters of UTF-8, raw and as JSON escapes.
 */
#ifndef SSM_ENGINE_UTF8_H
#define SSM_ENGINE_UTF8_H

#include <stdint.h>

#define SSM_UTF8_BAD	0xFFFD	/* stands for what is no character */

extern int	ssm_utf8_length(const char *at, const char *end);
extern int	ssm_utf8_put(uint32_t c, char *out);
extern int	ssm_utf8_from_escape(const char *at, const char *end, uint32_t *c);
extern int	ssm_utf8_count(const char *text);

#endif							/* SSM_ENGINE_UTF8_H */
