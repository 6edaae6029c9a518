/*
 * windows_sim.c
 *		Scans cut into windows of time, in simulated round trips.
 */
#include "windows_sim.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ssm/newest.h"

#define PAGE	50
#define USEC	INT64_C(1000000)
#define DAY		86400.0
#define NOW		(INT64_C(1530921600) * USEC)

const char *const sim_shapes[SIM_SHAPES] = {
	"even", "80% in a day", "80% in the last", "40 bursts", "all in an hour", "nightly", "heavy tail", "all old"
};

/* The service: when its rows were, in the order in which it reads them. */
typedef struct World
{
	int64_t    *at;
	int64_t    *judged;			/* by the filters: at, or before */
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
		case SIM_OLD:
			return (19 + pick(random) * 10) * DAY;
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
 * Make the rows, of which each tenth belongs to a command that is older, by slack
 * (microseconds) at most.
 */
static void
make_world(World *world, SimShape shape, SimService service, int rows, int64_t slack, uint64_t seed)
{
	uint64_t	random = seed * UINT64_C(0xD1342543DE82EF95);
	double		start = 0;
	int			left = 0;
	int			i;

	world->at = malloc(sizeof(int64_t) * (rows + 1));
	world->judged = malloc(sizeof(int64_t) * (rows + 1));
	world->given = calloc(rows + 1, sizeof(bool));
	world->rows = rows;
	world->page_by_page = service == SIM_PAGE_BY_PAGE;
	for (i = 0; i < rows; i++)
		world->at[i] = NOW - (int64_t) (pick_age(shape, i, rows, &random, &start, &left) * USEC);
	if (service != SIM_NO_ORDER)
		qsort(world->at, rows, sizeof(int64_t), newest_first);
	for (i = 0; service == SIM_OLDEST_FIRST && i < rows / 2; i++)
	{
		int64_t		swap = world->at[i];

		world->at[i] = world->at[rows - 1 - i];
		world->at[rows - 1 - i] = swap;
	}
	for (i = 0; i < rows; i++)
		world->judged[i] = world->at[i] - (i % 10 == 0 ? (int64_t) (pick(&random) * slack) : 0);
}

/*
 * Release the rows.
 */
static void
free_world(World *world)
{
	free(world->at);
	free(world->judged);
	free(world->given);
}

/*
 * Is the row inside the window?
 */
static bool
is_inside(const World *world, const SsmWindow *window, int i)
{
	return (window->from == SSM_OPEN_BELOW || world->judged[i] > window->from * USEC) &&
		(window->to == SSM_OPEN_ABOVE || world->judged[i] < window->to * USEC);
}

/*
 * Answer with the next page of a window, from the row *from on.  newest is to know
 * of its rows, unless it is NULL.
 */
static SsmPageFacts
answer(World *world, const SsmWindow *window, int *from, SsmNewest *newest)
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
		if (newest)
			ssm_newest_row(newest, world->at[i]);
		world->given[i] = true;
	}
	for (*from = i; i < world->rows && !facts.more; i++)
		facts.more = world->page_by_page || is_inside(world, window, i);
	return facts;
}

/*
 * One round trip: ask for what the schedule wants, width pages at most.  Returns how
 * many; 0 if it wants none.  from has the next row of each task.
 */
static int
round_trip(World *world, SsmSchedule *schedule, int *from, SsmNewest *newest)
{
	int			asked[64];
	int			n;
	int			i;

	for (n = 0; n < schedule->width && (asked[n] = ssm_schedule_next(schedule)) >= 0; n++)
		if (schedule->tasks[asked[n]].pages == 0)
			from[asked[n]] = 0;
	for (i = 0; i < n; i++)
	{
		SsmPageFacts facts = answer(world, &schedule->tasks[asked[i]].window, &from[asked[i]], newest);

		ssm_schedule_answer(schedule, asked[i], &facts);
	}
	return n;
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
	int			n;
	int			i;

	ssm_schedule_init(&schedule, &plan);
	from = calloc(schedule.size, sizeof(int));
	/* if it wants no page before its end, rows are lost, which is told */
	while (!ssm_schedule_ended(&schedule) && (n = round_trip(world, &schedule, from, NULL)) > 0)
	{
		result.trips++;
		result.requests += n;
		result.asked = n > result.asked ? n : result.asked;
	}
	result.splits = schedule.splits;
	for (i = 0; i < world->rows; i++)
		result.lost += !world->given[i];
	ssm_schedule_free(&schedule);
	free(from);
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

		make_world(&world, shape, service, rows, 0, seed);
		one = scan(&world, width);
		mean.trips += one.trips / seeds;
		mean.requests += one.requests / seeds;
		mean.splits += one.splits / seeds;
		mean.lost += one.lost;
		mean.asked = one.asked > mean.asked ? one.asked : mean.asked;
		free_world(&world);
	}
	return mean;
}

/*
 * Are there as many rows to give as are wanted?  Counts in *wrong if a row that
 * should be among them has not come.
 */
static bool
will_do(const World *world, int64_t ready, int wanted, int *wrong)
{
	int			n = 0;
	int			missing = 0;
	int			i;

	for (i = 0; i < world->rows; i++)
	{
		n += world->at[i] >= ready;
		missing += world->at[i] >= ready && !world->given[i];
	}
	*wrong += missing > 0;
	return n >= wanted || ready == INT64_MIN;
}

/*
 * One scan for the newest rows.
 */
static SimNewest
read_newest(World *world, int width, int wanted, int64_t slack)
{
	SsmWindow	range = {SSM_OPEN_BELOW, SSM_OPEN_ABOVE};
	SsmSchedulePlan plan = {1, range, ssm_window_kept(&range, NOW), width, .newest = true};
	SsmNewestPlan newest_plan = {range, slack, NOW, wanted, PAGE, width};
	SsmSchedule schedule;
	SsmNewest	newest;
	SimNewest	result = {0};
	int		   *from;
	int			n;

	ssm_schedule_init(&schedule, &plan);
	ssm_newest_init(&newest, &newest_plan);
	from = calloc(schedule.size, sizeof(int));
	do
	{
		while ((n = round_trip(world, &schedule, from, &newest)) > 0)
		{
			result.trips++;
			result.requests += n;
		}
	} while (!will_do(world, ssm_newest_ready(&newest, &schedule), wanted, &result.wrong) &&
			 ssm_newest_next(&newest, &schedule));
	result.wrong += !will_do(world, ssm_newest_ready(&newest, &schedule), wanted, &n);
	ssm_schedule_free(&schedule);
	free(from);
	return result;
}

/*
 * Read the newest rows of a shape until so many can be given, where they may be
 * newer by slack than what the service's filters judge; the mean of some seeds.
 */
SimNewest
sim_newest(SimShape shape, SimService service, int rows, int width, int wanted, int64_t slack, int seeds)
{
	SimNewest	mean = {0};
	int			seed;

	for (seed = 1; seed <= seeds; seed++)
	{
		World		world;
		SimNewest	one;

		make_world(&world, shape, service, rows, slack, seed);
		one = read_newest(&world, width, wanted, slack);
		mean.trips += one.trips / seeds;
		mean.requests += one.requests / seeds;
		mean.wrong += one.wrong;
		free_world(&world);
	}
	return mean;
}
