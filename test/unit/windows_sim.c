/*
 * windows_sim.c
 *		Scans cut into windows of time, in simulated round trips.
 */
#include "windows_sim.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "ssm/schedule.h"

#define PAGE	50
#define USEC	INT64_C(1000000)
#define DAY		86400.0
#define NOW		(INT64_C(1530921600) * USEC)

const char *const sim_shapes[SIM_SHAPES] = {
	"even", "80% in a day", "80% in the last", "40 bursts", "all in an hour", "nightly", "heavy tail"
};

/* The service: when its rows were, in the order in which it reads them. */
typedef struct World
{
	int64_t    *at;
	bool	   *given;
	int			rows;
	bool		page_by_page;
} World;

/*
 * A number from 0 up to below 1, by a seed (splitmix64).
 */
static double
pick(uint64_t *random)
{
	uint64_t	z = (*random += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (double) ((z ^ (z >> 31)) >> 11) / (double) (INT64_C(1) << 53);
}

/*
 * How old the n-th of some rows is, in seconds.  *start and *left are a burst's.
 */
static double
pick_age(SimShape shape, int n, int rows, uint64_t *random, double *start, int *left)
{
	switch (shape)
	{
		case SIM_ONE_DAY:
			return pick(random) < 0.8 ? (10 + pick(random)) * DAY : pick(random) * 29 * DAY;
		case SIM_LAST_DAY:
			return pick(random) < 0.8 ? pick(random) * DAY : pick(random) * 29 * DAY;
		case SIM_BURSTS:
		case SIM_HEAVY:
			if ((*left)-- <= 0)
			{
				*start = pick(random) * 29 * DAY;
				*left = shape == SIM_BURSTS ? 249 :
					(int) fmin(3000, 20 * pow(1 - pick(random), -1 / 0.8)) - 1;
			}
			return *start + pick(random) * (shape == SIM_BURSTS ? 900 : 600);
		case SIM_ONE_HOUR:
			if (n == 0)
				*start = (5 + 15 * pick(random)) * DAY;
			return *start + pick(random) * 1800;
		case SIM_NIGHTLY:
			return n * INT64_C(29) / rows * DAY + 7200 + pick(random) * 1800;
		default:
			return pick(random) * 29 * DAY;
	}
}

/*
 * Compare times, the newest first.
 */
static int
newest_first(const void *a, const void *b)
{
	int64_t		x = *(const int64_t *) a;
	int64_t		y = *(const int64_t *) b;

	return (x < y) - (x > y);
}

/*
 * Make the rows.
 */
static void
make_world(World *world, SimShape shape, SimService service, int rows, uint64_t seed)
{
	uint64_t	random = seed * UINT64_C(0xD1342543DE82EF95);
	double		start = 0;
	int			left = 0;
	int			i;

	world->at = malloc(sizeof(int64_t) * rows);
	world->given = calloc(rows, sizeof(bool));
	world->rows = rows;
	world->page_by_page = service == SIM_PAGE_BY_PAGE;
	for (i = 0; i < rows; i++)
		world->at[i] = NOW - (int64_t) (pick_age(shape, i, rows, &random, &start, &left) * USEC);
	if (service == SIM_NO_ORDER)
		return;
	qsort(world->at, rows, sizeof(int64_t), newest_first);
	for (i = 0; service == SIM_OLDEST_FIRST && i < rows / 2; i++)
	{
		int64_t		swap = world->at[i];

		world->at[i] = world->at[rows - 1 - i];
		world->at[rows - 1 - i] = swap;
	}
}

/*
 * Is the row inside the window?
 */
static bool
is_inside(const World *world, const SsmWindow *window, int i)
{
	return (window->from == SSM_OPEN_BELOW || world->at[i] > window->from * USEC) &&
		(window->to == SSM_OPEN_ABOVE || world->at[i] < window->to * USEC);
}

/*
 * Answer with the next page of a window, from the row *from on.
 */
static SsmPageFacts
answer(World *world, const SsmWindow *window, int *from)
{
	SsmPageFacts facts = {.known = true};
	int			read = 0;
	int			i;

	for (i = *from; i < world->rows && read < PAGE; i++)
	{
		bool		inside = is_inside(world, window, i);

		read += inside || world->page_by_page;
		if (!inside)
			continue;
		if (facts.rows == 0 || world->at[i] < facts.oldest)
			facts.oldest = world->at[i];
		if (facts.rows == 0 || world->at[i] > facts.newest)
			facts.newest = world->at[i];
		facts.rows++;
		world->given[i] = true;
	}
	for (*from = i; i < world->rows && !facts.more; i++)
		facts.more = world->page_by_page || is_inside(world, window, i);
	return facts;
}

/*
 * One scan, with requests that all take equally long.
 */
static SimScan
scan(World *world, int width)
{
	SsmWindow	range = {SSM_OPEN_BELOW, SSM_OPEN_ABOVE};
	SsmSchedulePlan plan = {1, range, ssm_window_kept(&range, NOW), width};
	SsmSchedule schedule;
	SimScan		result = {0};
	int		   *from;
	int		   *asked = malloc(sizeof(int) * width);
	int			n;
	int			i;

	ssm_schedule_init(&schedule, &plan);
	from = calloc(schedule.size, sizeof(int));
	while (!ssm_schedule_ended(&schedule))
	{
		for (n = 0; n < width && (asked[n] = ssm_schedule_next(&schedule)) >= 0; n++)
			if (schedule.tasks[asked[n]].pages == 0)
				from[asked[n]] = 0;
		if (n == 0)
			break;				/* rows are lost, which is told */
		result.trips++;
		result.requests += n;
		result.asked = n > result.asked ? n : result.asked;
		for (i = 0; i < n; i++)
		{
			SsmPageFacts facts = answer(world, &schedule.tasks[asked[i]].window, &from[asked[i]]);

			ssm_schedule_answer(&schedule, asked[i], &facts);
		}
	}
	result.splits = schedule.splits;
	for (i = 0; i < world->rows; i++)
		result.lost += !world->given[i];
	ssm_schedule_free(&schedule);
	free(from);
	free(asked);
	return result;
}

/*
 * Scan so many rows of a shape with width pages asked for at once; the mean of
 * some seeds.
 */
SimScan
sim_scan(SimShape shape, SimService service, int rows, int width, int seeds)
{
	SimScan		mean = {0};
	int			seed;

	for (seed = 1; seed <= seeds; seed++)
	{
		World		world;
		SimScan		one;

		make_world(&world, shape, service, rows, seed);
		one = scan(&world, width);
		mean.trips += one.trips / seeds;
		mean.requests += one.requests / seeds;
		mean.splits += one.splits / seeds;
		mean.lost += one.lost;
		mean.asked = one.asked > mean.asked ? one.asked : mean.asked;
		free(world.at);
		free(world.given);
	}
	return mean;
}
