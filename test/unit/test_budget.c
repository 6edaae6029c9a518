/*
 * test_budget.c
 *		Senders that take turns.
 */
#include "aws/budget.h"
#include "rate_sim.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

#define START	1000000			/* an arbitrary time, milliseconds */
#define STEP	10				/* milliseconds between looks */

/*
 * A budget of that many requests a second.
 */
static SsmBudget
limited(double rate)
{
	return (SsmBudget)
	{
		.limiter =
		{
			.phase = SSM_LIMITER_CURVE, .began = START, .rate = rate, .capacity = rate, .filled = START
		}
	};
}

/*
 * Let senders ask for so many seconds, each up to 30 ms after it was told to: sender i with as
 * many requests at once as width[i], from the time from[i] until to[i] (ms from
 * START).  got[i] is how many turns it had.
 */
static void
contend(SsmBudget *budget, int n, const int *width, const int *from, const int *to, int seconds, int *got)
{
	int64_t		due[200][8] = {0};
	unsigned short seed[3] = {1, 2, 3};
	int			t;
	int			i;
	int			k;

	memset(got, 0, sizeof(int) * n);
	for (t = 0; t < seconds * 1000; t += STEP)
		for (i = 0; i < n; i++)
			for (k = 0; k < width[i] && t >= from[i] && t < to[i]; k++)
				if (due[i][k] <= START + t)
				{
					due[i][k] = ssm_budget_take(budget, i + 1, START + t);
					got[i] += due[i][k] == 0;
					due[i][k] += nrand48(seed) % 30;
				}
}

/*
 * A long scan with eight requests at once, a short one that comes later.
 */
static void
test_shares(void)
{
	static const int width[] = {8, 1, 1};
	static const int from[] = {0, 0, 20000};
	static const int to[] = {60000, 60000, 60000};
	SsmBudget	budget = limited(10);
	int			got[3];

	contend(&budget, 3, width, from, to, 60, got);
	ok(got[0] + got[1] + got[2] >= 580 && got[0] + got[1] + got[2] <= 610, "the rate is used up: %d of 600",
	   got[0] + got[1] + got[2]);
	ok(got[0] >= 220 && got[0] <= 245, "a long scan has its share: %d of 233", got[0]);
	ok(got[1] >= 220 && got[1] <= 245, "so has one with a request at a time: %d of 233", got[1]);
	ok(got[2] >= 125 && got[2] <= 140, "and one that has just come: %d of 133", got[2]);
}

/*
 * Senders that went away with a place hold up nobody for long.
 */
static void
test_gone(void)
{
	int			width[12];
	int			from[12] = {0};
	int			to[12];
	int			got[12];
	SsmBudget	budget = limited(4);
	int			i;

	for (i = 0; i < 12; i++)
	{
		width[i] = 1;
		to[i] = i < 11 ? 500 : 20000;
	}
	contend(&budget, 12, width, from, to, 20, got);
	ok(got[11] >= 70, "eleven of twelve are gone: the other has %d of 80", got[11]);

	budget = limited(4);
	ok(ssm_budget_take(&budget, 1, START) > 0, "one waits");
	ok(ssm_budget_take(&budget, 2, START) > 0, "another behind it");
	ssm_budget_leave(&budget, 1);
	is_int(ssm_budget_take(&budget, 2, START + 250), 0, "the first has left: it is the second's turn");
}

/*
 * More senders than places: all come through.
 */
static void
test_many(void)
{
	static int	width[200];
	static int	from[200];
	static int	to[200];
	static int	got[200];
	SsmBudget	budget = limited(50);
	int			least = 1000;
	int			i;

	for (i = 0; i < 200; i++)
	{
		width[i] = 1;
		to[i] = 60000;
	}
	contend(&budget, 200, width, from, to, 60, got);
	for (i = 0; i < 200; i++)
		least = got[i] < least ? got[i] : least;
	ok(least >= 1, "200 senders: each has a turn within a minute, or %d", least);
}

/*
 * Sessions against a bucket, in simulated time.
 */
static void
test_worlds(void)
{
	static const SimWorld twelve = {"12 x 40 on 10/s", SIM_BUCKET, 10, 10, 12, 1, 40};
	static const SimWorld many = {"64 x 20 on 5/s", SIM_BUCKET, 5, 5, 64, 1, 20};
	SimResult	r = sim_mean(&twelve, SIM_SHARED, 12);

	ok(r.finished == 1 && r.refused <= 0.10 && r.seconds <= 1.10 * r.ideal,
	   "%s: %.0f%% refused, %.2f times the ideal", twelve.name, 100 * r.refused, r.seconds / r.ideal);
	r = sim_mean(&many, SIM_SHARED, 12);
	ok(r.finished == 1 && r.refused <= 0.15 && r.seconds <= 1.10 * r.ideal,
	   "%s: %.0f%% refused, %.2f times the ideal", many.name, 100 * r.refused, r.seconds / r.ideal);
}

/*
 * Run all tests.
 */
int
main(void)
{
	SsmBudget	free_budget = {0};

	is_int(ssm_budget_take(&free_budget, 1, START), 0, "nothing is held back before the service refuses");
	test_shares();
	test_gone();
	test_many();
	test_worlds();
	return done_testing();
}
