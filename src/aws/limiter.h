/*
 * limiter.h
 *		How often an identity that is throttled may send.
 */
#ifndef SSM_AWS_LIMITER_H
#define SSM_AWS_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, a limiter lets everything pass.  Rates are requests per second. */
typedef struct SsmLimiter
{
	bool		on;				/* an answer said: slow down */
	double		rate;			/* at which tokens come */
	double		capacity;		/* most tokens at a time */
	double		tokens;			/* one is a request */
	int64_t		filled;			/* when they were counted, milliseconds */

	double		measured;		/* rate that the service lets through,
								 * smoothed */
	int64_t		period;			/* half second of the newest measurement */
	int			served;			/* attempts not throttled since */

	double		peak;			/* rate when throttled last */
	int64_t		throttled;		/* when that was, milliseconds */
} SsmLimiter;

extern int64_t ssm_limiter_take(SsmLimiter *limiter, int64_t now);
extern void ssm_limiter_note(SsmLimiter *limiter, bool throttled, int64_t now);

#endif							/* SSM_AWS_LIMITER_H */
