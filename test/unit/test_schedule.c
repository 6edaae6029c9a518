/*
 * test_schedule.c
 *		How fast scans are that are cut into windows, and what that costs.
 *
 * In simulated round trips, by the code that the extension runs (see
 * windows_sim.h); test/bench/windows.c prints more of them.
 */
#include "windows_sim.h"
#include "ssm/schedule.h"
#include "tap.h"

#include <string.h>

#define SEEDS	3

/* What a scan is to reach, against one chain of pages. */
static const struct
{
	int			rows;
	int			width;
	double		faster[SIM_BURSTS + 2]; /* times, by shape */
	double		requests;		/* times, at most */
}			goals[] = {
	{10000, 4, {2.5, 2.5, 2.5, 2.5, 2.5}, 1.5},
	{10000, 8, {5.5, 4, 4, 4, 4}, 1.5},
	{100000, 8, {5, 5, 5, 5, 5}, 1.35},
};

/*
 * The goals, where the service gives the newest first.
 */
static void
test_goals(void)
{
	size_t		i;
	int			shape;

	for (i = 0; i < sizeof(goals) / sizeof(goals[0]); i++)
		for (shape = SIM_EVEN; shape <= SIM_ONE_HOUR; shape++)
		{
			double		pages = goals[i].rows / 50.0;
			SimScan		scan = sim_scan(shape, SIM_NEWEST_FIRST, goals[i].rows, goals[i].width, SEEDS);

			ok(pages / scan.trips >= goals[i].faster[shape], "%d rows, %s, %d at once: %.2f times as fast",
			   goals[i].rows, sim_shapes[shape], goals[i].width, pages / scan.trips);
			ok(scan.requests / pages <= goals[i].requests, "by %.2f times the requests", scan.requests / pages);
		}
}

/*
 * Whatever the shape and the order: every row comes, no more pages are asked for
 * at once than may be, and what guesses cost is bounded.
 */
static void
test_bounds(void)
{
	int			service;
	int			shape;
	int			width;
	int			lost = 0;
	int			wide = 0;
	double		most = 0;
	double		longest = 0;

	for (service = SIM_NEWEST_FIRST; service <= SIM_PAGE_BY_PAGE; service++)
		for (shape = 0; shape < SIM_SHAPES; shape++)
			for (width = 1; width <= 64; width = width * 3 - 1)
			{
				SimScan		scan = sim_scan(shape, service, 5000, width, 1);

				lost += scan.lost;
				wide += scan.asked > width;
				most = scan.requests / 100 / (1.3 + 0.1 * width) > most ? scan.requests / 100 / (1.3 + 0.1 * width) : most;
				longest = scan.trips > longest ? scan.trips : longest;
			}
	is_int(lost, 0, "every row comes, in whatever order");
	is_int(wide, 0, "never are more pages asked for at once than may be");
	ok(most <= 1, "what wrong guesses cost is bounded (%.2f)", most);
	ok(longest <= 115, "and no scan takes much longer than one chain (%.0f round trips)", longest);
}

/*
 * The newest ten rows: where the service gives the newest first they take a request
 * more than their pages, and those of the slack.  In any order, none is missing, and
 * what wrong guesses cost is bounded.
 */
static void
test_newest(void)
{
	static const int64_t slacks[] = {0, INT64_C(86400000000)};
	int			service;
	int			shape;
	int			i;
	int			wrong = 0;
	double		most = 0;
	double		even = sim_newest(SIM_EVEN, SIM_NEWEST_FIRST, 10000, 4, 10, slacks[1], SEEDS).requests;

	for (shape = 0; shape < SIM_SHAPES; shape++)
	{
		double		requests = sim_newest(shape, SIM_NEWEST_FIRST, 10000, 4, 10, 0, SEEDS).requests;

		ok(requests <= 2, "%s, the newest 10: %.1f requests", sim_shapes[shape], requests);
	}
	ok(even <= 12, "a day of slack, even: %.1f requests", even);
	for (service = SIM_NEWEST_FIRST; service <= SIM_PAGE_BY_PAGE; service++)
		for (shape = 0; shape < SIM_SHAPES; shape++)
			for (i = 0; i < 40; i++)
			{
				SimNewest	scan = sim_newest(shape, service, i % 4 * 1000, 1 + i % 7, 1 + i % 6 * 300, slacks[i % 2], 1);

				double		share = scan.requests / (20 + 2 * (i % 4 * 20));

				wrong += scan.wrong;
				most = share > most ? share : most;
			}
	is_int(wrong, 0, "all rows as new as that had come, in whatever order");
	ok(most <= 1, "by twice the requests for all rows at most (%.2f)", most);
	is_int(sim_newest(SIM_EVEN, SIM_NEWEST_FIRST, 0, 4, 10, 0, 1).requests, 1, "no row is one request");
}

/*
 * A service that finds rows by time by reading all of them costs little more than
 * one chain.
 */
static void
test_page_by_page(void)
{
	int			shape;
	double		most = 0;

	for (shape = 0; shape < SIM_SHAPES; shape++)
	{
		SimScan		scan = sim_scan(shape, SIM_PAGE_BY_PAGE, 10000, 8, SEEDS);

		most = scan.requests > most ? scan.requests : most;
	}
	ok(most <= 1.2 * 200, "where windows do not pay they are dropped (%.0f requests for 200 pages)", most);
}

/*
 * Little left, a range that cannot be cut, and width 1 are one chain.
 */
static void
test_whole(void)
{
	SsmSchedulePlan plan = {1, {SSM_OPEN_BELOW, SSM_OPEN_ABOVE}, {0, 0}, 8};
	SsmPageFacts facts = {50, true, true, 1000000, 0};
	SsmSchedule schedule;
	int			more = 0;
	int			i;

	is_int(sim_scan(SIM_EVEN, SIM_NEWEST_FIRST, 50, 8, 1).requests, 1, "one page is one request");
	is_int(sim_scan(SIM_EVEN, SIM_NEWEST_FIRST, 150, 8, 1).requests, 3, "three pages are three");
	is_int(sim_scan(SIM_EVEN, SIM_NEWEST_FIRST, 5000, 1, 1).requests, 100, "100 pages, one at once, are 100");
	ssm_schedule_init(&schedule, &plan);
	for (i = 0; i < 100 && ssm_schedule_next(&schedule) == 0; i++)
	{
		more += ssm_schedule_next(&schedule) >= 0;
		facts.more = i < 99;
		ssm_schedule_answer(&schedule, 0, &facts);
	}
	ok(i == 100 && ssm_schedule_ended(&schedule) && schedule.windows == 0 && more == 0, "what is not to be cut is one chain");
	ssm_schedule_free(&schedule);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_goals();
	test_bounds();
	test_newest();
	test_page_by_page();
	test_whole();
	return done_testing();
}
