/*
 * newest.c
 *		The newest rows first: how far back to read before some can be given.
 *
 * The service promises no order, but it finds rows by time.  What window.c proves
 * of a cut holds here: with all read that the filters judge to be at or after an
 * instant, what is left is judged to be older; and no row is newer by more than the
 * slack than what they judge (see ssm_window_range).  So rows that are at least as
 * new as that instant and the slack can be given, sorted, and the others are held
 * back until an older window has been read.
 *
 * How wide the windows are is a guess, which costs requests but no row.  The first
 * page of the whole request comes first.  However the service orders it, it has
 * some rows, and the newest that are wanted are no older than as many of these: so
 * that is how far the first window reaches.  Each further one aims at as many rows
 * as have come, by how many the last one had in its time, and is at least as long
 * as all that can be given yet, at most MOST_GROWTH times.  The figures were found by
 * simulation: see test/bench/windows.c.
 */
#include "ssm/newest.h"

#include <math.h>
#include <string.h>

#define MOST_TIMES		32.0	/* as long as the rows looked at is the first
								 * window, if more are wanted */
#define MARGIN			1.1		/* by so much more than the rows wanted */
#define FILLED			0.6		/* of a page: rows that cost no more */
#define LEAST_GROWTH	0.25	/* times what can be given is the next window */
#define MOST_GROWTH		7.0
#define FIRST_LENGTH	INT64_C(3600)	/* seconds, if no row has come */
#define PAGES_A_PIECE	3.0		/* expected, that make a window worth cutting */

/*
 * Get ready.
 */
void
ssm_newest_init(SsmNewest *newest, const SsmNewestPlan *plan)
{
	memset(newest, 0, sizeof(*newest));
	newest->plan = *plan;
}

/*
 * A row has come, of that time in microseconds since 1970.
 */
void
ssm_newest_row(SsmNewest *newest, int64_t at)
{
	int			i = newest->ntimes;

	newest->rows++;
	newest->all++;
	if (newest->open)
		return;
	if (i == 0 || at < newest->oldest)
		newest->oldest = at;
	if (i == SSM_NEWEST_TIMES && at <= newest->times[i - 1])
		return;
	if (i < SSM_NEWEST_TIMES)
		newest->ntimes++;
	else
		i--;
	for (; i > 0 && newest->times[i - 1] < at; i--)
		newest->times[i] = newest->times[i - 1];
	newest->times[i] = at;
}

/*
 * Seconds from the edge up that are held back.
 */
static int64_t
held_back(const SsmNewest *newest)
{
	return newest->plan.slack / SSM_USEC + 1;
}

/*
 * Where the first window ends, by the rows that have come; *pages is how many it is
 * expected to have.
 */
static int64_t
first_edge(SsmNewest *newest, double *pages)
{
	const SsmNewestPlan *plan = &newest->plan;
	int			n = newest->ntimes;
	double		wanted = fmax(plan->wanted * MARGIN + 1, plan->page_size * FILLED);
	int			k = plan->wanted > 0 && wanted < n ? (int) wanted : n;
	double		span;
	int64_t		edge;

	if (n == 0)
	{
		newest->top = ssm_window_second(plan->now);
		if (newest->top > plan->range.to)
			newest->top = plan->range.to;
		*pages = 1;
		return newest->top - FIRST_LENGTH - held_back(newest);
	}
	newest->top = ssm_window_second(newest->times[0]) + 1;
	span = fmax((double) (newest->times[0] - newest->oldest) / SSM_USEC, 1);
	edge = ssm_window_second(newest->times[k - 1]);
	if (plan->wanted > newest->all)
		edge = newest->top - (int64_t) (span * fmin(MARGIN * plan->wanted / newest->all, MOST_TIMES)) - 1;
	edge -= held_back(newest);
	*pages = (double) (newest->top - edge) / span * newest->all / plan->page_size;
	return edge;
}

/*
 * Where a further window ends.
 */
static int64_t
next_edge(SsmNewest *newest, double *pages)
{
	double		given = fmax((double) (newest->top - newest->edge - held_back(newest)), 1);
	double		density = newest->rows / fmax((double) newest->length, 1);
	double		want = newest->plan.wanted > newest->all ? newest->plan.wanted - newest->all : newest->all;
	double		length = density > 0 ? fmax(want * MARGIN, newest->plan.page_size) / density : INFINITY;

	length = fmin(fmax(length, LEAST_GROWTH * given), MOST_GROWTH * given);
	*pages = length * density / newest->plan.page_size;
	return newest->edge - (int64_t) length - 1;
}

/*
 * All windows opened have been read, or all first pages: open the next one.  False
 * if there is none.
 */
bool
ssm_newest_next(SsmNewest *newest, SsmSchedule *schedule)
{
	const SsmNewestPlan *plan = &newest->plan;
	int64_t		newer = newest->open ? newest->edge : INT64_MAX;
	double		pages;
	int64_t		older;
	SsmWindow	window;
	double		n;

	if (!ssm_schedule_waits(schedule))
		return false;
	older = newest->open ? next_edge(newest, &pages) : first_edge(newest, &pages);
	/* no more is kept than that; the range may end before */
	newest->last = older <= plan->range.from || newest->top - older >= SSM_RETAINED;
	if (newest->last)
		older = plan->range.from > newest->top - SSM_RETAINED ? plan->range.from : newest->top - SSM_RETAINED;
	window = ssm_window_piece(&plan->range, newest->last ? INT64_MIN : older, newer);
	if (!newest->open)
	{
		newer = newest->top;
		newest->all = 0;		/* they come again */
	}
	n = fmax(fmin(floor(pages / PAGES_A_PIECE), plan->width), 1);
	newest->length = newer - older;
	newest->edge = older;
	newest->open = true;
	newest->rows = 0;
	ssm_schedule_open(schedule, &window, older, newer, (int) n, newest->last);
	return true;
}

/*
 * Rows of which times, in microseconds since 1970, and newer can be given: all of
 * them have come.  INT64_MAX: none; INT64_MIN: all rows have come.
 */
int64_t
ssm_newest_ready(const SsmNewest *newest, const SsmSchedule *schedule)
{
	if (ssm_schedule_ended(schedule))
		return INT64_MIN;
	if (!newest->open)
		return INT64_MAX;
	return newest->edge * SSM_USEC + newest->plan.slack;
}
