/*
 * schedule.c
 *		Which page to ask for next, and when to cut a window of time.
 *
 * A request's pages come one after the other, as each one's token comes with the
 * page before.  What is cut into windows of time can be read at once.  So a
 * request whose first page shows that much is left is read in some even windows,
 * their first pages first.  Then, while there is nothing better to ask for, the
 * one with the most pages left, by how much time its last page spans, is dropped
 * and its window cut: a piece for what has been read, which is asked for again as
 * no order is promised, and some for the rest.
 *
 * A wrong guess costs requests, never a row: the pieces cover the window, and rows
 * that come again are given once (see distinct.c).  What guesses may cost is
 * bounded.  The figures were found by simulation: see test/sim/windows.c.
 *
 * A service may find rows by time only by reading all of them, page by page.
 * Then every window costs what the request does.  Pages with a token and hardly
 * a row look like that, so if most first ones do, a minute without rows is asked
 * for: if that has a token, too, the windows are dropped and the request is read
 * on from its first page's token, which was kept.
 */
#include "ssm/schedule.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_WINDOWS	1.5		/* for each page asked for at once */
#define LEAST_LEFT		4.0		/* pages that are worth windows */
#define MOST_LEFT		8.0		/* pages that are believed in, for each that
								 * was read */
#define PIECES			4		/* of the rest of a window that is cut */
#define MOST_LIVE		4		/* windows that may be under way, for each
								 * page asked for at once */
#define COST_BASE		5.0		/* requests that cuts may cost, for each page
								 * asked for at once */
#define COST_NEWEST		3.0		/* the same where the newest rows come first,
								 * as few may do */
#define COST_SHARE		0.1		/* and for each page that was read */
#define WORTH			5.0		/* pages that must be left for each request
								 * that a cut may cost */
#define SHORTEST		INT64_C(4)	/* seconds of a window */
#define OVERLAP			0.5		/* seconds whose pages a cut costs */
#define WIDTH_TO_CUT	4		/* pages asked for at once that are worth
								 * windows where few rows may do */
#define PROBED			INT64_C(60) /* seconds at the old end that are asked
									 * for */

/*
 * May requests be cut into windows?
 */
static bool
may_cut(const SsmSchedulePlan *plan)
{
	return plan->kept.from < plan->kept.to && plan->width > 1;
}

/*
 * Get ready to read what the plan says.  False if malloc fails.
 */
bool
ssm_schedule_init(SsmSchedule *schedule, const SsmSchedulePlan *plan)
{
	memset(schedule, 0, sizeof(*schedule));
	schedule->plan = *plan;
	schedule->width = plan->width;
	schedule->cut = may_cut(plan);
	schedule->size = schedule->cut ? (MOST_LIVE + 3) * plan->width + PIECES + 2 : plan->width;
	if (plan->newest)
		schedule->size += 2 * (int) plan->requests + MOST_LIVE * plan->width;
	schedule->tasks = calloc(schedule->size, sizeof(SsmTask));
	return schedule->tasks != NULL;
}

/*
 * Release the tasks.
 */
void
ssm_schedule_free(SsmSchedule *schedule)
{
	free(schedule->tasks);
	schedule->tasks = NULL;
	schedule->size = 0;
}

/*
 * Is the task's request being looked at, to see how the service finds rows?
 */
static bool
is_probed(const SsmTask *task)
{
	return task->root && task->root->probing == SSM_PROBE_ASKED && !task->probe;
}

/*
 * Read a request whose first page shows that much is left in windows.  False if it
 * had better be read on.
 */
static bool
cut_root(SsmSchedule *schedule, SsmTask *task, int live)
{
	SsmWindow	kept = ssm_tasks_kept(schedule, task);
	int64_t		most = (kept.to - kept.from) / SHORTEST;
	double		n = fmin(FIRST_WINDOWS * schedule->width - live, floor(task->left));

	n = fmin(n, fmin((double) most, ssm_tasks_free(schedule) - 1));
	if (n < 2 || task->left < LEAST_LEFT * task->pages)
		return false;
	task->state = SSM_TASK_KEPT;
	task->firsts = (int) n;
	ssm_tasks_windows(schedule, task, &task->window, kept.from, kept.to, (int) n, true);
	return true;
}

/*
 * Drop a window that has more pages left than its share, and cut it.  False if it
 * had better be read on.
 */
static bool
cut_window(SsmSchedule *schedule, SsmTask *task, int live, double share)
{
	SsmWindow	kept = ssm_tasks_kept(schedule, task);
	SsmWindow	whole = task->window;
	int64_t		at = ssm_window_second(task->oldest);
	int			n = (int) fmax(fmin(PIECES, floor(task->left / 2)), 0);
	double		cost = n / 2.0 + task->pages + n * OVERLAP / task->span;
	SsmTask    *root = task->root;
	SsmWindow	piece;

	if (task->left <= share || cost * WORTH >= task->left || n < 2 || live >= MOST_LIVE * schedule->width ||
		at >= kept.to || (at - kept.from) / n < SHORTEST || ssm_tasks_free(schedule) < n ||
		schedule->extra + cost > (schedule->plan.newest ? COST_NEWEST : COST_BASE) * schedule->width +
		COST_SHARE * schedule->answered)
		return false;
	schedule->extra += cost;
	schedule->splits++;
	root->windows++;			/* keeps it from ending meanwhile */
	ssm_tasks_end(schedule, task);
	/* the first piece of the rest, what has been read, the other pieces */
	piece = ssm_window_piece(&whole, at - (at - kept.from) / n, at);
	ssm_tasks_add(schedule, root->request, &piece, root);
	piece = ssm_window_piece(&whole, at, INT64_MAX);
	ssm_tasks_add(schedule, root->request, &piece, root);
	piece = ssm_window_piece(&whole, INT64_MIN, at - (at - kept.from) / n);
	ssm_tasks_windows(schedule, root, &piece, kept.from, at - (at - kept.from) / n, n - 1, false);
	root->windows--;
	return true;
}

/*
 * The task whose first page has waited longest to be asked for, or NULL.
 */
static SsmTask *
find_waiting(const SsmSchedule *schedule)
{
	SsmTask    *found = NULL;
	int			i;

	for (i = 0; i < schedule->size; i++)
	{
		SsmTask    *task = &schedule->tasks[i];

		if (task->state == SSM_TASK_WAITING && !is_probed(task) && (found == NULL || task->turn < found->turn))
			found = task;
	}
	return found;
}

/*
 * The task to read on: the one with the most pages left, if it may be cut, else
 * the one that has waited longest; NULL if there is none.  *live are those under
 * way, *share the pages that each should have left.
 */
static SsmTask *
find_paused(const SsmSchedule *schedule, int *live, double *share)
{
	SsmTask    *found = NULL;
	double		sum = 0;
	int			i;

	*live = 0;
	for (i = 0; i < schedule->size; i++)
	{
		SsmTask    *task = &schedule->tasks[i];

		if (task->state == SSM_TASK_NONE || task->state == SSM_TASK_KEPT)
			continue;
		*live += 1;
		sum += task->left;
		if (task->state != SSM_TASK_PAUSED || is_probed(task))
			continue;
		if (found == NULL || (schedule->cut ? task->left > found->left : task->turn < found->turn))
			found = task;
	}
	*share = fmax(sum / schedule->width / 2, 2);
	return found;
}

/*
 * Is the next request to wait until all before it have been read?
 */
static bool
is_barrier(const SsmSchedule *schedule)
{
	const SsmSchedulePlan *plan = &schedule->plan;

	return plan->groups > 0 && schedule->next_request % plan->group == 0 &&
		schedule->next_request <= plan->groups * plan->group;
}

/*
 * Begin with the next request.  NULL if there is none at present, or as many are
 * read as may be at once.
 */
static SsmTask *
begin_request(SsmSchedule *schedule)
{
	int			roots = 0;
	int			i;

	for (i = 0; i < schedule->size; i++)
		roots += schedule->tasks[i].state != SSM_TASK_NONE && schedule->tasks[i].root == NULL &&
			!(schedule->plan.newest && schedule->tasks[i].state == SSM_TASK_KEPT);
	if (roots >= schedule->width || schedule->next_request >= schedule->plan.requests)
		return NULL;
	if (ssm_tasks_free(schedule) < (is_barrier(schedule) ? schedule->size : 1))
		return NULL;
	return ssm_tasks_add(schedule, schedule->next_request++, &schedule->plan.range, NULL);
}

/*
 * The place of the task whose next page to ask for, its first if it has
 * pages 0; -1 if there is none at present.
 */
int
ssm_schedule_next(SsmSchedule *schedule)
{
	SsmTask    *task = find_waiting(schedule);
	int			live;
	double		share;

	if (task == NULL)
		task = begin_request(schedule);
	if (task == NULL)
	{
		task = find_paused(schedule, &live, &share);
		if (task && schedule->cut && !task->whole && task->pages > 0 &&
			(task->root ? cut_window(schedule, task, live, share) : cut_root(schedule, task, live - 1)))
			task = find_waiting(schedule);
	}
	if (task == NULL)
		return -1;
	task->state = SSM_TASK_ASKED;
	return task - schedule->tasks;
}

/*
 * Windows do not pay for a root: drop them, and read it on.  Those that have been
 * asked for end with their answers.
 */
static void
revert(SsmSchedule *schedule, SsmTask *root)
{
	int			i;

	for (i = 0; i < schedule->size; i++)
	{
		SsmTask    *task = &schedule->tasks[i];

		if (task->state == SSM_TASK_NONE || task->root != root)
			continue;
		task->root = NULL;
		task->dropped = task->state == SSM_TASK_ASKED;
		if (!task->dropped)
			ssm_tasks_end(schedule, task);
	}
	root->state = SSM_TASK_PAUSED;
	root->whole = true;
	root->turn = schedule->turn++;
	schedule->reverted++;
}

/*
 * A window of a root's has a page: do they look as if the service did not find rows
 * by time?  Where few rows may do, one that does is enough, else most first ones.
 */
static bool
looks_idle(const SsmSchedule *schedule, SsmTask *root, const SsmTask *task, const SsmPageFacts *page)
{
	bool		idle = page->more && page->rows * 2 <= root->rows;

	if (schedule->plan.newest)
		return idle;
	if (!task->first || task->pages > 1)
		return false;
	root->answered++;
	root->idle += idle;
	return root->answered >= 2 && root->answered * 2 >= root->firsts && root->idle * 2 > root->answered;
}

/*
 * A window of a root's has a page.  If it looks as if the service did not find rows
 * by time, ask.
 */
static void
judge_windows(SsmSchedule *schedule, SsmTask *root, const SsmTask *task, const SsmPageFacts *page)
{
	SsmWindow	kept = ssm_tasks_kept(schedule, root);
	SsmWindow	probe = ssm_window_piece(&root->window, INT64_MIN, kept.from + PROBED);
	SsmTask    *added;

	if (task->probe)
	{
		root->probing = SSM_PROBE_DONE;
		if (page->more)
			revert(schedule, root);
		return;
	}
	if (root->probing != SSM_PROBE_NONE || !looks_idle(schedule, root, task, page))
		return;
	added = ssm_tasks_add(schedule, root->request, &probe, root);
	if (added == NULL)
		return;
	added->probe = true;
	added->turn = -1;
	root->probing = SSM_PROBE_ASKED;
}

/*
 * A page of a task has come; rows 0 and more false if it ended otherwise.
 */
void
ssm_schedule_answer(SsmSchedule *schedule, int place, const SsmPageFacts *page)
{
	SsmTask    *task = &schedule->tasks[place];
	SsmWindow	kept = ssm_tasks_kept(schedule, task);
	int64_t		before = task->pages > 0 ? task->oldest : kept.to * SSM_USEC;

	task->turn = schedule->turn++;
	schedule->answered++;
	if (task->pages++ == 0)
	{
		task->rows = page->rows;
		task->oldest = before;
	}
	task->whole |= !page->known;
	if (page->rows > 0 && page->known)
	{
		if (page->oldest < task->oldest)
			task->oldest = page->oldest;
		task->span = fmax(page->rows > 1 ? page->newest - page->oldest : before - task->oldest, 1000) / SSM_USEC;
		task->left = fmin(((double) task->oldest / SSM_USEC - (double) kept.from) / task->span,
						  MOST_LEFT * (schedule->answered + 8));
	}
	task->state = SSM_TASK_PAUSED;
	if (task->root)
		judge_windows(schedule, task->root, task, page);
	else if (schedule->plan.newest && !task->whole)
	{
		task->state = SSM_TASK_KEPT;
		task->windows = 1;
	}
	if (!page->more || task->dropped)
		ssm_tasks_end(schedule, task);
}

/*
 * Few rows may do: after each batch of pages was read, of which there have been so
 * many in all, ask for twice as many at once, and cut nothing before it comes to
 * some.
 */
void
ssm_schedule_widen(SsmSchedule *schedule, int read)
{
	int			most = schedule->plan.width;
	int			width = 1;

	while (width * 2 - 1 <= read && width < most)
		width *= 2;
	schedule->width = width < most ? width : most;
	schedule->cut = may_cut(&schedule->plan) && schedule->width >= (most < WIDTH_TO_CUT ? most : WIDTH_TO_CUT);
}

/*
 * Do not ask for more of a task whose pages are yet to be read, or do so again.
 */
void
ssm_schedule_hold(SsmSchedule *schedule, int place, bool hold)
{
	SsmTask    *task = &schedule->tasks[place];

	if (task->state == (hold ? SSM_TASK_PAUSED : SSM_TASK_HELD))
		task->state = hold ? SSM_TASK_HELD : SSM_TASK_PAUSED;
}

/*
 * Does the plan's newest wait for a window to be opened?
 */
bool
ssm_schedule_waits(const SsmSchedule *schedule)
{
	int			kept = 0;
	int			i;

	if (!schedule->plan.newest || schedule->next_request < schedule->plan.requests)
		return false;
	for (i = 0; i < schedule->size; i++)
		kept += schedule->tasks[i].state == SSM_TASK_KEPT;
	return kept > 0 && kept + ssm_tasks_free(schedule) == schedule->size;
}

/*
 * Read this window of all requests next, each in up to n pieces, which are cut
 * evenly between two instants.  last: nothing else of them will be read.  Call it
 * only when that is waited for.
 */
void
ssm_schedule_open(SsmSchedule *schedule, const SsmWindow *window, int64_t older, int64_t newer, int n, bool last)
{
	int			most = MOST_LIVE * schedule->width / schedule->plan.requests;
	int			i;

	if (n > most)
		n = most > 0 ? most : 1;
	/* the windows take places, but no root's */
	for (i = 0; i < schedule->size; i++)
	{
		SsmTask    *root = &schedule->tasks[i];

		if (root->state != SSM_TASK_KEPT)
			continue;
		ssm_tasks_windows(schedule, root, window, older, newer, n, true);
		root->windows -= last;
	}
}

/*
 * Has all been read?
 */
bool
ssm_schedule_ended(const SsmSchedule *schedule)
{
	return schedule->next_request >= schedule->plan.requests && ssm_tasks_free(schedule) == schedule->size;
}
