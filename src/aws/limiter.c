/*
 * limiter.c
 *		How fast an identity that is throttled may send.
 *
 * The service may refuse because we send too much, and then a lower rate helps;
 * or because of what others do, and then it only costs time.  No share of
 * refusals tells the two apart, so we slow down once and look.  The odds that an
 * empty token bucket refuses are (our load + theirs - its rate) / its rate: linear
 * in our load.  At SLOW times the load they fall below SLOW times what they
 * were, unless others alone ask for more than the bucket has.  Refusals at random
 * keep their odds.
 *
 * FREE	 nothing is held back; the pauses of retry.c are all.  A refusal opens a
 *		 window.  More than MANY of its answers refused: TRIAL.
 * TRIAL	 everything at SLOW times the speed so far.  The odds have not fallen:
 *		 FREE, without another trial for minutes.  They have: CURVE.
 * CURVE	 the client-side rate of the AWS SDKs' adaptive mode, which falls when
 *		 refused and rises by a cubic curve, as TCP CUBIC's (RFC 9438).  The odds
 *		 are compared all the while.  WEAR without a refusal: FREE.
 *
 * In two things the curve is more careful than the SDKs: it measures what the
 * service lets through instead of what is sent, and never goes beyond HEADROOM
 * times that.  test/bench/rate shows how the rule does in many worlds.
 */
#include "aws/limiter.h"

#include <math.h>

#define PERIOD		500			/* milliseconds that rates are measured over */
#define SMOOTHING	0.8			/* weight of the newest measurement */
#define FALL		0.7			/* of the rate, when refused */
#define STEEPNESS	0.4			/* of the curve */
#define HEADROOM	1.5			/* at most so many times the rate measured */
#define MIN_RATE	0.5
#define GAP			4			/* periods between two answers at MIN_RATE;
								 * more are a rest of ours */

#define MANY		0.25		/* share refused that calls for a trial */
#define WINDOW		2000		/* milliseconds to count at least ... */
#define ANSWERS		40			/* ... and answers, or ... */
#define LONGEST		8000		/* ... milliseconds at most; or ... */
#define SEVERE		16			/* ... so many refused, the larger part, in
								 * ... */
#define SUDDEN		500			/* ... so many milliseconds */
#define KEPT		60			/* answers beyond which the older ones count
								 * half */

#define SLOW		0.4			/* speed in the trial, and odds to reach */
#define BURST		2.5			/* a speed of more than that times what is
								 * served is a burst */
#define FEW			3			/* refusals without which no rate is in vain */
#define LEAST		10			/* answers to decide by */
#define PATIENCE	10000		/* milliseconds of a trial at most */
#define OFF			120000		/* milliseconds without a rate when it does
								 * not help, twice as long each time ... */
#define OFF_MOST	1920000		/* ... up to that */

#define JUDGED		100			/* as KEPT, on the curve */
#define WEAR		30000		/* milliseconds without a refusal after which
								 * all is forgotten */

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
 * Let tokens come at another rate from now on.
 */
static void
set_rate(SsmLimiter *limiter, double rate, int64_t now)
{
	fill(limiter, now);
	limiter->rate = fmax(MIN_RATE, rate);
	limiter->capacity = fmax(1.0, limiter->rate);
	limiter->tokens = fmin(limiter->tokens, limiter->capacity);
}

/*
 * Take a token for a request to be sent now, in milliseconds of
 * ssm_loop_now's clock, and leave one for each of those that came before.
 * Returns 0, or when to come back as there are too few.
 */
int64_t
ssm_limiter_take(SsmLimiter *limiter, int before, int64_t now)
{
	if (limiter->phase == SSM_LIMITER_FREE)
		return 0;
	fill(limiter, now);
	if (limiter->tokens < 1.0 + before)
		return now + (int64_t) ceil((1.0 + before - limiter->tokens) / limiter->rate * 1000.0);
	limiter->tokens -= 1.0;
	return 0;
}

/*
 * Count an attempt that ended.  In the first one of a half second, the rate
 * since the measurement before is measured, unless there was a rest between.
 */
static void
measure(SsmLimiter *limiter, bool refused, int64_t now)
{
	int64_t		period = now / PERIOD;
	int64_t		periods = limiter->period ? period - limiter->period : 0;

	limiter->served += !refused;
	if (limiter->period == 0)
		limiter->period = period;
	if (periods <= 0)
		return;
	if (periods <= GAP)
		limiter->measured = (1.0 - SMOOTHING) * limiter->measured +
			SMOOTHING * limiter->served * 1000.0 / PERIOD / periods;
	limiter->period = period;
	limiter->served = 0;
}

/*
 * Begin a phase.  Its answers are counted anew.
 */
static void
begin(SsmLimiter *limiter, SsmLimiterPhase phase, int64_t now)
{
	limiter->phase = phase;
	limiter->began = now;
	limiter->window = 0;
	limiter->answers = limiter->refused = 0;
}

/*
 * Let the older answers count half once there are more than most.
 */
static void
fade(SsmLimiter *limiter, double most)
{
	if (limiter->answers > most)
	{
		limiter->answers /= 2;
		limiter->refused /= 2;
	}
}

/*
 * The odds of a refusal among the answers that count.
 */
static double
odds(const SsmLimiter *limiter)
{
	return limiter->refused / fmax(0.5, limiter->answers - limiter->refused);
}

/*
 * Are there answers enough since the window opened to end it?
 */
static bool
window_ends(const SsmLimiter *limiter, int64_t now)
{
	int64_t		open = now - limiter->began;

	return open >= LONGEST ||
		(open >= WINDOW && limiter->window >= ANSWERS) ||
		(open >= SUDDEN && limiter->refused >= SEVERE && limiter->refused > limiter->answers / 2);
}

/*
 * Slow down, from the speed of the window that ends.
 */
static void
begin_trial(SsmLimiter *limiter, int64_t now)
{
	double		seconds = (now - limiter->began) / 1000.0;

	limiter->odds = odds(limiter);
	limiter->speed = limiter->window / seconds * fmin(1.0, BURST / (1.0 + limiter->odds));
	limiter->rate = limiter->tokens = 0;
	begin(limiter, SSM_LIMITER_TRIAL, now);
	set_rate(limiter, SLOW * limiter->speed, now);
}

/*
 * FREE: an attempt has ended.
 */
static void
watch(SsmLimiter *limiter, bool refused, int64_t now)
{
	if (limiter->window == 0)
	{
		if (!refused || now < limiter->until)
			return;
		if (now - limiter->last > WEAR)
			limiter->answers = limiter->refused = 0;
		limiter->began = now;
	}
	limiter->window++;
	limiter->answers++;
	limiter->refused += refused;
	if (!window_ends(limiter, now))
		return;
	if (limiter->refused >= FEW && limiter->refused > MANY * limiter->answers)
		begin_trial(limiter, now);
	fade(limiter, KEPT);
	limiter->window = 0;
}

/*
 * A rate does not help: let all pass for minutes.
 */
static void
give_up(SsmLimiter *limiter, int64_t now)
{
	limiter->off = limiter->off ? 2 * limiter->off : OFF;
	if (limiter->off > OFF_MOST)
		limiter->off = OFF_MOST;
	limiter->until = now + limiter->off;
	begin(limiter, SSM_LIMITER_FREE, now);
}

/*
 * Has slowing down lowered the odds, as far as the answers tell?
 */
static bool
helps(const SsmLimiter *limiter)
{
	return limiter->refused < FEW || odds(limiter) < SLOW * limiter->odds;
}

/*
 * TRIAL: an attempt sent in it has ended.
 */
static void
decide(SsmLimiter *limiter, int64_t now)
{
	int64_t		tried = now - limiter->began;
	double		expected = limiter->answers * limiter->odds / (1.0 + limiter->odds);

	if (tried < WINDOW || (limiter->answers < LEAST && tried < PATIENCE))
		return;
	if (!helps(limiter))
		give_up(limiter, now);
	else if (expected >= FEW + 2 * limiter->refused || tried >= PATIENCE)
	{
		limiter->phase = SSM_LIMITER_CURVE;
		limiter->began = limiter->flat = now;
		limiter->peak = fmax(limiter->rate, limiter->speed / (1.0 + limiter->odds));
		set_rate(limiter, limiter->peak, now);
	}
}

/*
 * CURVE: an attempt sent in it has ended.
 */
static void
follow(SsmLimiter *limiter, bool refused, int64_t now)
{
	int64_t		quiet = now - (limiter->last > limiter->began ? limiter->last : limiter->began);
	double		rate;

	if (limiter->answers >= LEAST && !helps(limiter))
	{
		give_up(limiter, now);
		return;
	}
	if (!refused && quiet > WEAR)
	{
		limiter->off = 0;
		begin(limiter, SSM_LIMITER_FREE, now);
		return;
	}
	fade(limiter, JUDGED);
	if (refused)
	{
		limiter->peak = fmin(limiter->measured, limiter->rate);
		limiter->flat = now + (int64_t) (cbrt(limiter->peak * (1.0 - FALL) / STEEPNESS) * 1000.0);
		rate = FALL * limiter->peak;
	}
	else
		rate = limiter->peak + STEEPNESS * pow((now - limiter->flat) / 1000.0, 3.0);
	set_rate(limiter, fmin(rate, HEADROOM * limiter->measured), now);
}

/*
 * An attempt that was sent at one time has ended at another, refused (throttled)
 * or otherwise.
 */
void
ssm_limiter_note(SsmLimiter *limiter, bool refused, int64_t sent, int64_t now)
{
	measure(limiter, refused, now);
	if (limiter->phase == SSM_LIMITER_FREE)
		watch(limiter, refused, now);
	else if (sent >= limiter->began)
	{
		limiter->answers++;
		limiter->refused += refused;
		if (limiter->phase == SSM_LIMITER_TRIAL)
			decide(limiter, now);
		else
			follow(limiter, refused, now);
	}
	if (refused)
		limiter->last = now;
}
