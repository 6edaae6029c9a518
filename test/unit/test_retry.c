/*
 * test_retry.c
 *		When to try again, and how often.
 */
#include "aws/retry.h"
#include "base/array.h"
#include "tap.h"

#define TRANSIENT	SSM_FAILURE_TRANSIENT
#define THROTTLED	SSM_FAILURE_THROTTLED

#define ALMOST_1	(1.0 - 1.0 / 4294967296.0)

/* Pauses in milliseconds. */
static const struct
{
	SsmFailureClass class;
	int			attempt;
	double		u01;
	int64_t		retry_after;
	int			delay;
}			delays[] = {

	/* nothing at the lower end */
	{TRANSIENT, 1, 0.0, -1, 0},
	{THROTTLED, 1, 0.0, -1, 0},
	{THROTTLED, 1000000, 0.0, -1, 0},

	/* twice as much each time at the upper end, rounded down */
	{TRANSIENT, 1, ALMOST_1, -1, 49},
	{TRANSIENT, 2, ALMOST_1, -1, 99},
	{TRANSIENT, 3, ALMOST_1, -1, 199},
	{TRANSIENT, 9, ALMOST_1, -1, 12799},
	{TRANSIENT, 10, ALMOST_1, -1, 19999},
	{TRANSIENT, 11, ALMOST_1, -1, 19999},
	{TRANSIENT, 2147483647, ALMOST_1, -1, 19999},
	{THROTTLED, 1, ALMOST_1, -1, 999},
	{THROTTLED, 2, ALMOST_1, -1, 1999},
	{THROTTLED, 5, ALMOST_1, -1, 15999},
	{THROTTLED, 6, ALMOST_1, -1, 19999},
	{THROTTLED, 2147483647, ALMOST_1, -1, 19999},
	{THROTTLED, 2, 0.5, -1, 1000},
	{THROTTLED, 8, 0.5, -1, 10000},

	/* the service's wish lengthens, by 5 s at most, and never shortens */
	{THROTTLED, 1, 0.5, 0, 500},
	{THROTTLED, 1, 0.5, 499, 500},
	{THROTTLED, 1, 0.5, 501, 501},
	{THROTTLED, 1, 0.5, 5499, 5499},
	{THROTTLED, 1, 0.5, 5501, 5500},
	{THROTTLED, 1, 0.5, INT64_MAX, 5500},
	{THROTTLED, 100, 0.5, 999999999, 15000},
	{THROTTLED, 100, 0.5, 100, 10000},
	{TRANSIENT, 1, 0.0, 300, 300},
	{TRANSIENT, 1, 0.0, 999999999, 5000},
	{THROTTLED, 1, 0.5, -5000, 500},
};

/*
 * Pauses are as the table says.
 */
static void
test_delays(void)
{
	size_t		i;

	for (i = 0; i < lengthof(delays); i++)
	{
		char		name[64];

		snprintf(name, sizeof(name), "delay %zu: after attempt %d", i, delays[i].attempt);
		is_int(ssm_retry_delay(delays[i].class, delays[i].attempt, delays[i].u01, delays[i].retry_after),
			   delays[i].delay, name);
	}
}

/*
 * How many repeats a quota has left.
 */
static int
repeats_left(int spent, SsmFailureClass class)
{
	int			taken;
	int			n = 0;

	while (ssm_retry_take(&spent, class, &taken))
		n++;
	return n;
}

/*
 * The quota is 500 tokens; successes fill it again, and never above.
 */
static void
test_quota(void)
{
	int			spent = 0;
	int			taken = 0;

	is_int(repeats_left(0, THROTTLED), 100, "100 repeats when throttled");
	is_int(repeats_left(0, TRANSIENT), 35, "35 after other failures");
	is_int(repeats_left(10, TRANSIENT), 35, "500 are just enough for that");
	is_int(repeats_left(11, TRANSIENT), 34, "one token too few");

	ok(ssm_retry_take(&spent, TRANSIENT, &taken) && ssm_retry_take(&spent, THROTTLED, &taken),
	   "a failure, and throttled then");
	is_int(spent, 19, "cost 14 and 5");
	ssm_retry_refund(&spent, taken);
	is_int(spent, 14, "success gives back the last");
	ssm_retry_refund(&spent, 0);
	is_int(spent, 13, "and at once, a token");
	ssm_retry_refund(&spent, 14);
	is_int(spent, 0, "never more than there were");

	spent = 490;
	taken = -1;
	ok(!ssm_retry_take(&spent, TRANSIENT, &taken) && spent == 490 && taken == -1,
	   "too few tokens are left alone");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_delays();
	test_quota();
	return done_testing();
}
