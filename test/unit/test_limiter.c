/*
 * test_limiter.c
 *		How fast a throttled identity may send.
 */
#include "aws/limiter.h"
#include "base/array.h"
#include "rate_sim.h"
#include "tap.h"

#include <math.h>

#define START	1000000			/* an arbitrary time, milliseconds */
#define FREE	SSM_LIMITER_FREE
#define TRIAL	SSM_LIMITER_TRIAL
#define CURVE	SSM_LIMITER_CURVE

/*
 * Test that two numbers are the same but for rounding.
 */
static void
is_number(double got, double want, const char *name)
{
	if (!ok(fabs(got - want) < 1e-6, "%s", name))
		printf("# got: %.9f\n# want: %.9f\n", got, want);
}

/*
 * Note n answers, each that many milliseconds after the one before.  So many of
 * them are refused, the first one and then evenly.  Each was sent when it ended.
 * Returns when the last ended.
 */
static int64_t
note_many(SsmLimiter *limiter, int n, int refused, int64_t apart, int64_t now)
{
	int			i;

	for (i = 0; i < n; i++)
	{
		now += apart;
		ssm_limiter_note(limiter, i * refused % n < refused, now, now);
	}
	return now;
}

/*
 * Nothing is held back before the service refuses, nor up to a quarter refused;
 * beyond, it is.
 */
static void
test_free(void)
{
	SsmLimiter	limiter = {0};
	int64_t		now;
	int			i;
	int			passed = 0;

	for (i = 0; i < 10000; i++)
	{
		passed += ssm_limiter_take(&limiter, 0, START) == 0;
		ssm_limiter_note(&limiter, false, START, START + i);
	}
	is_int(passed, 10000, "all pass");
	now = START + 10000;
	for (i = 0; i < 20; i++)
		now = note_many(&limiter, 40, 10, 60, now);
	is_int(limiter.phase, FREE, "10 of 40, and so on: no limit");

	limiter = (SsmLimiter) {0};
	note_many(&limiter, 40, 11, 60, START);
	is_int(limiter.phase, TRIAL, "11 of 40: a trial");
}

/*
 * Answers that end, in milliseconds after START, and what follows from each,
 * computed from the rule's formulas: two of five are refused, none once we are
 * slower, then one, then none for half a minute.
 */
static const struct
{
	int			n;				/* answers, refused of them, apart */
	int			refused;
	int			apart;
	SsmLimiterPhase phase;		/* after them */
	double		odds;
	double		rate;
	double		peak;
	const char *what;
}			course[] = {
	{40, 16, 50, FREE, 0, 0, 0, "a window of less than 2 s"},
	/* 41 in 2 s: speed 20.5 */
	{1, 0, 50, TRIAL, 16 / 25.0, 8.2, 0, "two of five refused: 0.4 times the speed"},
	{9, 0, 200, TRIAL, 16 / 25.0, 8.2, 0, "too little for a verdict"},
	{1, 0, 200, CURVE, 16 / 25.0, 20.5 / 1.64, 20.5 / 1.64, "none refused: what was served"},
	{1, 1, 100, CURVE, 16 / 25.0, 3.050858496, 4.35836928, "refused: 0.7 times what is measured"},
	{1, 0, 31000, FREE, 16 / 25.0, 3.050858496, 4.35836928, "half a minute without a refusal"},
};

/*
 * Follow the course.
 */
static void
test_course(void)
{
	SsmLimiter	limiter = {0};
	int64_t		now = START;
	size_t		i;
	int			passed = 0;

	for (i = 0; i < lengthof(course); i++)
	{
		now = note_many(&limiter, course[i].n, course[i].refused, course[i].apart, now);
		is_int(limiter.phase, course[i].phase, course[i].what);
		is_number(limiter.odds, course[i].odds, "the odds");
		is_number(limiter.rate, course[i].rate, "the rate");
		is_number(limiter.peak, course[i].peak, "the peak");
	}
	for (i = 0; i < 100; i++)
		passed += ssm_limiter_take(&limiter, 0, now) == 0;
	is_int(passed, 100, "then 100 pass at once");
}

/*
 * Bring a limiter into its trial, two of five refused.  Returns when.
 */
static int64_t
try_out(SsmLimiter *limiter, int64_t now)
{
	now = note_many(limiter, 41, 16, 50, now);
	is_int(limiter->phase, TRIAL, "a trial");
	return now;
}

/*
 * If slowing down does not lower the odds, no rate is kept for two minutes, and
 * for four the next time.
 */
static void
test_in_vain(void)
{
	SsmLimiter	limiter = {0};
	int64_t		now = START;
	int			minutes;

	for (minutes = 2; minutes <= 4; minutes += 2)
	{
		now = try_out(&limiter, now);
		now = note_many(&limiter, 12, 5, 200, now);
		is_int(limiter.phase, FREE, "the same odds: no rate");
		note_many(&limiter, 60, 24, 50, now);
		note_many(&limiter, 60, 24, 50, now + minutes * 60000 - 10000);
		is_int(limiter.phase, FREE, "nor one within minutes");
		now += minutes * 60000;
	}
	try_out(&limiter, now);
}

/*
 * Less, but not 0.4 times the odds: that is what others alone would bring.  As
 * odds it is no gain, although the share falls below 0.4 times what it was.
 */
static void
test_odds(void)
{
	const SsmLimiter trial = {.phase = TRIAL, .began = START, .odds = 9.0, .rate = 4.0};
	SsmLimiter	limiter = trial;

	/* 19:4 is more than 0.4 * 9, 15:9 is not */
	note_many(&limiter, 23, 19, 100, START);
	is_int(limiter.phase, FREE, "four of five are no better than nine of ten");
	limiter = trial;
	note_many(&limiter, 24, 15, 100, START);
	is_int(limiter.phase, TRIAL, "five of eight are");
}

/*
 * In a trial only answers to what was sent in it count.
 */
static void
test_sent(void)
{
	SsmLimiter	limiter = {0};
	int64_t		began = try_out(&limiter, START);
	int			i;

	for (i = 0; i < 50; i++)
		ssm_limiter_note(&limiter, true, began - 1, began + 100 * i);
	is_int(limiter.phase, TRIAL, "answers to what was sent before change nothing");
	is_number(limiter.answers, 0, "nor are they counted");
	note_many(&limiter, 10, 0, 1, began + 5000);
	is_int(limiter.phase, CURVE, "those to what was sent since do");
}

/*
 * A burst of refusals is answered after half a second.
 */
static void
test_severe(void)
{
	SsmLimiter	limiter = {0};

	note_many(&limiter, 21, 21, 26, START);
	is_int(limiter.phase, TRIAL, "21 refused in half a second: a trial");
	ok(limiter.rate < 4, "of less than 4 a second, not of 0.4 * 40");
}

/*
 * Tokens come at the rate, wait up to the capacity, and one is a request.
 */
static void
test_tokens(void)
{
	SsmLimiter	limiter = {.phase = CURVE, .rate = 4.0, .capacity = 2.0, .filled = START};

	is_int(ssm_limiter_take(&limiter, 0, START), START + 250, "the first comes after 1/4 s");
	is_int(ssm_limiter_take(&limiter, 0, START + 100), START + 250, "as before, asked again");
	is_int(ssm_limiter_take(&limiter, 0, START + 250), 0, "there it is");
	is_int(ssm_limiter_take(&limiter, 0, START + 250), START + 500, "the next");
	is_int(ssm_limiter_take(&limiter, 0, START + 60000), 0, "after a minute: one");
	is_int(ssm_limiter_take(&limiter, 0, START + 60000), 0, "two");
	is_int(ssm_limiter_take(&limiter, 0, START + 60000), START + 60250, "no third");
}

/*
 * A rest, as of a cursor that nobody reads, says nothing of what the service lets
 * through: the rate after it is the one before.  A pause of two seconds does.
 */
static void
test_rest(void)
{
	SsmLimiter	limiter = {.phase = CURVE, .began = START, .odds = 9.0, .rate = 10.0, .peak = 10.0, .flat = START};
	SsmLimiter	slow;
	int64_t		now = note_many(&limiter, 50, 0, 100, START);
	double		measured = limiter.measured;

	ok(fabs(measured - 10.0) < 0.1, "ten a second are measured");
	slow = limiter;
	note_many(&limiter, 1, 0, 20000, now);
	is_number(limiter.measured, measured, "and remembered over a rest");
	note_many(&limiter, 1, 1, 100, now + 20000);
	ok(limiter.rate > 6.0, "a refusal after it takes 0.3 of that");
	note_many(&slow, 1, 0, 1600, now);
	ok(slow.measured < 5.0, "a service that is slow is measured");
}

/* Worlds, and how the rule must do in them: at most so much. */
static const struct
{
	SimWorld	world;
	SimRule		rule;
	double		time;			/* over the ideal, or else over pauses alone */
	double		refused;
}			goals[] = {
	{{"8 sessions on 5 a second, each alone", SIM_BUCKET, 5, 5, 8, 1, 40}, SIM_ALONE, 1.2, 0.33},
	{{"8 sessions on 5 a second, one limiter", SIM_BUCKET, 5, 5, 8, 1, 40}, SIM_SHARED, 1.1, 0.15},
	{{"12 sessions on 10 a second, one limiter", SIM_BUCKET, 10, 10, 12, 1, 40}, SIM_SHARED, 1.15, 0.10},
	{{"64 sessions on 5 a second, one limiter", SIM_BUCKET, 5, 5, 64, 1, 20}, SIM_SHARED, 1.15, 0.15},
	{{"every 5th refused", SIM_EVERY, 5, 0, 1, 1, 200}, SIM_ALONE, 1.1, 0.21},
	{{"5% refused at random", SIM_CHANCE, 0.05, 0, 1, 1, 200}, SIM_ALONE, 1.3, 0.06},
	{{"10% refused at random", SIM_CHANCE, 0.10, 0, 1, 1, 200}, SIM_ALONE, 1.3, 0.12},
	{{"20% refused at random", SIM_CHANCE, 0.20, 0, 1, 1, 200}, SIM_ALONE, 1.3, 0.22},
	{{"33% refused at random", SIM_CHANCE, 0.33, 0, 1, 1, 200}, SIM_ALONE, 1.3, 0.37},
};

/*
 * Run the worlds with fixed seeds: in a bucket's world and in one of others'
 * making alike, all sessions finish soon enough.
 */
static void
test_worlds(void)
{
	size_t		i;

	for (i = 0; i < lengthof(goals); i++)
	{
		const SimWorld *world = &goals[i].world;
		SimResult	r = sim_mean(world, goals[i].rule, 12);
		double		ideal = world->refusal == SIM_BUCKET ? r.ideal :
		sim_mean(world, SIM_STANDARD, 12).seconds;

		ok(r.finished == 1.0, "%s: all finish", world->name);
		ok(r.seconds <= goals[i].time * ideal, "%s: in %.2f times the ideal", world->name, r.seconds / ideal);
		ok(r.refused <= goals[i].refused, "%s: %.1f%% refused", world->name, 100 * r.refused);
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_free();
	test_course();
	test_in_vain();
	test_odds();
	test_sent();
	test_severe();
	test_tokens();
	test_rest();
	test_worlds();
	return done_testing();
}
