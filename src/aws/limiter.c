/*
 * limiter.c
 *		How often an identity that is throttled may send.
 *
 * The client-side rate of the AWS SDKs' adaptive mode: a token bucket whose
 * rate falls when the service says to slow down, and then rises by a cubic
 * curve, as in TCP CUBIC (RFC 9438): fast at first, slowly around the rate that
 * was too much, and faster again beyond.
 *
 * In two things it is more careful than the SDKs, as sessions that read from
 * one account know nothing of each other: it measures what the service lets
 * through instead of what is sent, and never goes beyond 1.5 times that instead
 * of twice.  Eight simulated clients that share five requests a second so have
 * a quarter of their requests throttled instead of a third, and take as long.
 */
#include "aws/limiter.h"

#include <math.h>

#define PERIOD		500			/* milliseconds that rates are measured over */
#define SMOOTHING	0.8			/* weight of the newest measurement */
#define FALL		0.7			/* of the rate, when throttled */
#define STEEPNESS	0.4			/* of the curve */
#define HEADROOM	1.5			/* at most so many times the rate measured */
#define MIN_RATE	0.5

/*
 * Count the tokens that have come by now.
 */
static void
fill(SsmLimiter *limiter, int64_t now)
{
	double		seconds = (now - limiter->filled) / 1000.0;

	limiter->tokens = fmin(limiter->capacity, limiter->tokens + seconds * limiter->rate);
	limiter->filled = now;
}

/*
 * Take a token for a request to be sent now, in milliseconds of
 * ssm_loop_now's clock.  Returns 0, or when to come back as there is none.
 */
int64_t
ssm_limiter_take(SsmLimiter *limiter, int64_t now)
{
	if (!limiter->on)
		return 0;
	fill(limiter, now);
	if (limiter->tokens < 1.0)
		return now + (int64_t) ceil((1.0 - limiter->tokens) / limiter->rate * 1000.0);
	limiter->tokens -= 1.0;
	return 0;
}

/*
 * Count an attempt that ended.  In the first one of a half second, the rate
 * since the measurement before is measured.
 */
static void
measure(SsmLimiter *limiter, bool throttled, int64_t now)
{
	int64_t		period = now / PERIOD;

	limiter->served += !throttled;
	if (limiter->period == 0)
		limiter->period = period;
	if (period <= limiter->period)
		return;
	limiter->measured = (1.0 - SMOOTHING) * limiter->measured +
		SMOOTHING * limiter->served * 1000.0 / PERIOD / (period - limiter->period);
	limiter->period = period;
	limiter->served = 0;
}

/*
 * The rate that the curve allows, that long after the service throttled.
 */
static double
curve(const SsmLimiter *limiter, int64_t now)
{
	double		seconds = (now - limiter->throttled) / 1000.0;
	double		flat = cbrt(limiter->peak * (1.0 - FALL) / STEEPNESS);

	return STEEPNESS * pow(seconds - flat, 3.0) + limiter->peak;
}

/*
 * An attempt has ended, throttled or otherwise: set the rate anew.
 */
void
ssm_limiter_note(SsmLimiter *limiter, bool throttled, int64_t now)
{
	double		rate;

	measure(limiter, throttled, now);
	if (!limiter->on && !throttled)
		return;
	if (throttled)
	{
		limiter->peak = limiter->on ? fmin(limiter->measured, limiter->rate) : limiter->measured;
		limiter->throttled = now;
		rate = FALL * limiter->peak;
	}
	else
		rate = curve(limiter, now);
	fill(limiter, now);
	limiter->on = true;
	rate = fmin(rate, HEADROOM * limiter->measured);
	limiter->rate = fmax(MIN_RATE, rate);
	limiter->capacity = fmax(1.0, rate);
	limiter->tokens = fmin(limiter->tokens, limiter->capacity);
}
