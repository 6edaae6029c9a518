/*
 * cancel.h
 *		Is the work at hand still wanted?
 *
 * The engine never waits, but what comes from outside may be so much that work
 * on it takes long.  Whoever runs the engine sets a function that tells when to
 * give up; long loops ask it at least each 10 ms or so, and fail with
 * SSM_ERROR_CANCELLED.
 */
#ifndef SSM_BASE_CANCEL_H
#define SSM_BASE_CANCEL_H

#include <stdbool.h>
#include <stddef.h>

/* NULL: never.  It must not raise anything, and is asked often. */
extern bool (*ssm_cancel_wanted) (void);

/* Steps of a loop, each well under a microsecond, between two questions. */
#define SSM_CANCEL_STEPS	16384

/* Bytes of text, likewise. */
#define SSM_CANCEL_BYTES	(1024 * 1024)

/*
 * Should the work be given up?
 */
static inline bool
ssm_cancelled(void)
{
	return ssm_cancel_wanted != NULL && ssm_cancel_wanted();
}

/*
 * The same in a loop's n-th step: asks in one of SSM_CANCEL_STEPS.
 */
static inline bool
ssm_cancelled_at(size_t n)
{
	return n % SSM_CANCEL_STEPS == 0 && ssm_cancelled();
}

#endif							/* SSM_BASE_CANCEL_H */
