/*
 * limiter.h
 *		How fast an identity that is throttled may send.
 */
#ifndef SSM_AWS_LIMITER_H
#define SSM_AWS_LIMITER_H

#include <stdbool.h>
#include <stdint.h>

/* What a limiter is doing; limiter.c tells when it goes from one to another. */
typedef enum SsmLimiterPhase
{
	SSM_LIMITER_FREE,			/* nothing is held back */
	SSM_LIMITER_TRIAL,			/* slow, to see whether that helps */
	SSM_LIMITER_CURVE			/* at the rate that the service lets through */
} SsmLimiterPhase;

/*
 * Zeroed, a limiter lets everything pass.  Plain data, so that processes can
 * share one.  Rates are requests a second, times are milliseconds.
 */
typedef struct SsmLimiter
{
	SsmLimiterPhase phase;
	int64_t		began;			/* when the phase did, or the window in FREE */

	double		rate;			/* at which tokens come */
	double		capacity;		/* most tokens at a time */
	double		tokens;			/* one is a request */
	int64_t		filled;			/* when they were counted */

	double		measured;		/* rate that the service lets through,
								 * smoothed */
	int64_t		period;			/* half second of the newest measurement */
	int			served;			/* answers not refused since */

	double		answers;		/* that count, in this phase */
	double		refused;		/* of these */
	int			window;			/* answers since the window in FREE opened; 0:
								 * none is open */
	int64_t		last;			/* when an answer was refused */
	int64_t		until;			/* no window opens before */
	int64_t		off;			/* how long the last trial in vain left us
								 * FREE; 0: there was none */

	double		speed;			/* before the trial */
	double		odds;			/* refused : served before the trial */
	double		peak;			/* rate at the flat part of the curve */
	int64_t		flat;			/* when that is */
} SsmLimiter;

extern int64_t ssm_limiter_take(SsmLimiter *limiter, int before, int64_t now);
extern void ssm_limiter_note(SsmLimiter *limiter, bool refused, int64_t sent, int64_t now);

#endif							/* SSM_AWS_LIMITER_H */
