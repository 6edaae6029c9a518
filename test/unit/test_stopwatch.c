/*
 * test_stopwatch.c
 *		What time counts as time that somebody was there.
 */
#include "base/stopwatch.h"
#include "tap.h"

#define START	INT64_C(1000000)
#define HOUR	INT64_C(3600000)

/*
 * A wait that something ends counts in full; work and rest between waits do not.
 */
static void
test_alone(void)
{
	SsmStopwatch watch = {0};

	ssm_stopwatch_wake(&watch, START);
	is_int(watch.elapsed, 0, "nobody has waited");
	ssm_stopwatch_wait(&watch, START + 10);
	ssm_stopwatch_wake(&watch, START + 5010);
	is_int(watch.elapsed, 5000, "a wait");
	ssm_stopwatch_wake(&watch, START + HOUR);
	is_int(watch.elapsed, 5000, "an hour's rest");
	ssm_stopwatch_wait(&watch, START + HOUR);
	ssm_stopwatch_wake(&watch, START + HOUR + 7);
	is_int(watch.elapsed, 5007, "another wait");
}

/*
 * Several that wait together: what happens to one ends the wait for all, however
 * long its owner then rests.
 */
static void
test_together(void)
{
	SsmStopwatch a = {0};
	SsmStopwatch b = {0};
	SsmStopwatch c = {0};

	ssm_stopwatch_wait(&a, START);
	ssm_stopwatch_wait(&b, START + 1);
	ssm_stopwatch_wake(&b, START + 3000);
	ssm_stopwatch_wait(&a, START + HOUR);
	ssm_stopwatch_wait(&b, START + HOUR);
	is_int(a.elapsed, 3000, "of the one that nothing happened to: the wait, not the rest");
	ssm_stopwatch_wake(&a, START + HOUR + 500);
	ssm_stopwatch_wake(&b, START + HOUR + 600);
	is_int(a.elapsed, 3500, "both are woken: the first");
	is_int(b.elapsed, 3500, "and the second");
	ssm_stopwatch_wait(&c, START + 2 * HOUR);
	ssm_stopwatch_wake(&c, START + 2 * HOUR + 60000);
	is_int(a.elapsed, 3500, "a wait for another alone");
	is_int(c.elapsed, 60000, "is only that one's");
}

/*
 * A look that found nothing, or an error that ended a wait, show only later.
 */
static void
test_unnoticed(void)
{
	SsmStopwatch a = {0};
	SsmStopwatch b = {0};

	ssm_stopwatch_wait(&a, START);
	ssm_stopwatch_wait(&a, START + 30);
	ssm_stopwatch_wake(&a, START + 60);
	is_int(a.elapsed, 60, "looks in short order count");
	ssm_stopwatch_wait(&a, START + 100);
	ssm_stopwatch_wait(&a, START + HOUR);
	ssm_stopwatch_wake(&a, START + HOUR + 10);
	is_int(a.elapsed, 60 + 100 + 10, "a look an hour ago counts little");
	ssm_stopwatch_wait(&a, START + HOUR + 20);
	ssm_stopwatch_wake(&b, START + 2 * HOUR);
	is_int(a.elapsed, 170 + 100, "so if another goes to work");
	is_int(b.elapsed, 0, "who has not waited");
	ssm_stopwatch_wait(&a, START + 2 * HOUR);
	ssm_stopwatch_wait(&b, START + 2 * HOUR);
	ssm_stopwatch_forget(&a);
	ssm_stopwatch_wake(&b, START + 2 * HOUR + 5);
	is_int(a.elapsed, 270, "one that is gone is left alone");
	is_int(b.elapsed, 5, "and the others are not");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_alone();
	test_together();
	test_unnoticed();
	return done_testing();
}
