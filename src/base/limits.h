/*
 * limits.h
 *		How much an answer may hold.
 *
 * A backend's memory must not depend on what an endpoint sends, but on
 * max_response_size alone: the bytes of a body.  All other limits are constant or
 * follow from it, far above what AWS sends and low enough that a request in
 * flight never costs more than four times max_response_size (see docs/performance.md):
 * the page being read and the one on its way with what is noted of them, and one
 * row's values while they are made.
 */
#ifndef SSM_BASE_LIMITS_H
#define SSM_BASE_LIMITS_H

#include <stddef.h>

/* Bytes of all headers and trailers that come before an exchange has ended. */
#define SSM_MAX_HEADERS		((size_t) 256 * 1024)

/* Bytes that are kept of an error's body, as a parser makes much of little. */
#define SSM_MAX_ERROR_BODY	((size_t) 64 * 1024)

/* The larger of a share of max_response_size and what is always allowed. */
static inline size_t
ssm_limit_share(size_t max_response, size_t divisor, size_t least)
{
	return max_response / divisor > least ? max_response / divisor : least;
}

/*
 * JSON values of a page: each may be noted, with its name, in 32 bytes.  AWS's
 * have 28 bytes of text at least.
 */
#define SSM_MAX_VALUES(max_response)	ssm_limit_share(max_response, 64, 65536)

/*
 * JSON values and bytes of a row: while a row's values are made, there may be
 * some copies of it.
 */
#define SSM_MAX_ROW_VALUES(max_response)	ssm_limit_share(max_response, 512, 8192)
#define SSM_MAX_ROW_BYTES(max_response)		ssm_limit_share(max_response, 8, 1024 * 1024)

/*
 * Bytes of a page up to which the next one is asked for while it is read, and
 * its memory kept for a later one.
 */
#define SSM_SMALL_PAGE(max_response)		ssm_limit_share(max_response, 4, 2 * 1024 * 1024)

#endif							/* SSM_BASE_LIMITS_H */
