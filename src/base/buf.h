/*
 * buf.h
 *		A byte buffer that is born with a maximum.
 *
 * Failures stick: after one, adding does nothing, and the caller may check
 * once at the end.  All memory is malloc's, so curl callbacks may use it.
 */
#ifndef SSM_BASE_BUF_H
#define SSM_BASE_BUF_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

typedef struct SsmBuf
{
	char	   *data;			/* NUL-terminated, or NULL while empty */
	size_t		len;			/* bytes in use, without the NUL */
	size_t		size;			/* bytes allocated */
	size_t		max;			/* len never exceeds this */
	bool		overflow;		/* more than max was offered */
	bool		nomem;			/* malloc failed */
} SsmBuf;

extern void ssm_buf_init(SsmBuf *buf, size_t max);
extern bool ssm_buf_reserve(SsmBuf *buf, size_t len);
extern bool ssm_buf_add(SsmBuf *buf, const void *data, size_t len);
extern bool ssm_buf_puts(SsmBuf *buf, const char *text);
extern void ssm_buf_add_hex(SsmBuf *buf, const unsigned char *data, size_t len);
extern void ssm_buf_add_encoded(SsmBuf *out, const char *text, size_t len);
extern bool ssm_buf_printf(SsmBuf *buf, const char *fmt,...) SSM_PRINTF(2, 3);
extern bool ssm_buf_ok(const SsmBuf *buf);
extern const char *ssm_buf_text(const SsmBuf *buf);
extern void ssm_buf_clear(SsmBuf *buf);
extern void ssm_buf_free(SsmBuf *buf);
extern void ssm_wipe(void *data, size_t len);

#endif							/* SSM_BASE_BUF_H */
