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
#define COST_SHARE		0.1		/* and for each page that was read */
#define WORTH			5.0		/* pages that must be left for each request
								 * that a cut may cost */
#define SHORTEST		INT64_C(4)	/* seconds of a window */
#define OVERLAP			0.5		/* seconds whose pages a cut costs */
#define PROBED			INT64_C(60) /* seconds at the old end that are asked
									 * for */

/*
 * Get ready to read what the plan says.  False if malloc fails.
 */
bool
ssm_schedule_init(SsmSchedule *schedule, const SsmSchedulePlan *plan)
{
	memset(schedule, 0, sizeof(*schedule));
	schedule->plan = *plan;
	schedule->width = plan->width;
	schedule->cut = plan->kept.from < plan->kept.to && plan->width > 1;
	schedule->size = schedule->cut ? (MOST_LIVE + 3) * plan->width + PIECES + 2 : plan->width;
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
 * Begin a task in a free place, waiting.  NULL if there is none.
 */
static SsmTask *
add_task(SsmSchedule *schedule, int64_t request, const SsmWindow *window, SsmTask *root)
{
	int			i;

	for (i = 0; i < schedule->size; i++)
	{
		SsmTask    *task = &schedule->tasks[i];

		if (task->state != SSM_TASK_NONE)
			continue;
		memset(task, 0, sizeof(*task));
		task->state = SSM_TASK_WAITING;
		task->request = request;
		task->window = *window;
		task->root = root;
		task->left = 1;
		task->turn = schedule->turn++;
		if (root)
		{
			root->windows++;
			schedule->windows++;
		}
		return task;
	}
	return NULL;
}

/*
 * The task has been read, or is not to be.  With its last window a root has, too.
 */
static void
end_task(SsmSchedule *schedule, SsmTask *task)
{
	SsmTask    *root = task->root;

	task->state = SSM_TASK_NONE;
	schedule->ended++;
	if (root && --root->windows == 0)
		end_task(schedule, root);
}

/*
 * The part of a task's window where its rows are, as far as known.
 */
static SsmWindow
kept_part(const SsmSchedule *schedule, const SsmTask *task)
{
	SsmWindow	part = schedule->plan.kept;

	if (task->window.from > part.from)
		part.from = task->window.from;
	if (task->window.to < part.to)
		part.to = task->window.to;
	return part;
}

/*
 * Free places for tasks.
 */
static int
count_free(const SsmSchedule *schedule)
{
	int			n = 0;
	int			i;

	for (i = 0; i < schedule->size; i++)
		n += schedule->tasks[i].state == SSM_TASK_NONE;
	return n;
}

/*
 * Make n windows, the newest first, of a root's window between two instants.
 */
static void
add_windows(SsmSchedule *schedule, SsmTask *root, const SsmWindow *whole, int64_t older, int64_t newer,
			int n, bool first)
{
	int64_t		upper = newer;
	int			i;

	for (i = 1; i <= n; i++)
	{
		int64_t		lower = newer - (newer - older) / n * i;
		SsmWindow	piece = ssm_window_piece(whole, i == n ? INT64_MIN : lower,
											 i == 1 && newer >= schedule->plan.kept.to ? INT64_MAX : upper);
		SsmTask    *task = add_task(schedule, root->request, &piece, root);

		task->first = first;
		upper = lower;
	}
}

/*
 * Read a request whose first page shows that much is left in windows.  False if it
 * had better be read on.
 */
static bool
cut_root(SsmSchedule *schedule, SsmTask *task, int live)
{
	SsmWindow	kept = kept_part(schedule, task);
	int64_t		most = (kept.to - kept.from) / SHORTEST;
	double		n = fmin(FIRST_WINDOWS * schedule->width - live, floor(task->left));

	n = fmin(n, fmin((double) most, count_free(schedule) - 1));
	if (n < 2 || task->left < LEAST_LEFT * task->pages)
		return false;
	task->state = SSM_TASK_KEPT;
	task->firsts = (int) n;
	add_windows(schedule, task, &task->window, kept.from, kept.to, (int) n, true);
	return true;
}

/*
 * Drop a window that has more pages left than its share, and cut it.  False if it
 * had better be read on.
 */
static bool
cut_window(SsmSchedule *schedule, SsmTask *task, int live, double share)
{
	SsmWindow	kept = kept_part(schedule, task);
	SsmWindow	whole = task->window;
	int64_t		at = ssm_window_second(task->oldest);
	int			n = (int) fmin(PIECES, floor(task->left / 2));
	double		cost = n / 2.0 + task->pages + n * OVERLAP / task->span;
	SsmTask    *root = task->root;
	SsmWindow	piece;

	if (task->left <= share || cost * WORTH >= task->left || n < 2 || live >= MOST_LIVE * schedule->width ||
		at >= kept.to || (at - kept.from) / n < SHORTEST || count_free(schedule) < n ||
		schedule->extra + cost > COST_BASE * schedule->width + COST_SHARE * schedule->answered)
		return false;
	schedule->extra += cost;
	schedule->splits++;
	root->windows++;			/* keeps it from ending meanwhile */
	end_task(schedule, task);
	/* the first piece of the rest, what has been read, the other pieces */
	piece = ssm_window_piece(&whole, at - (at - kept.from) / n, at);
	add_task(schedule, root->request, &piece, root);
	piece = ssm_window_piece(&whole, at, INT64_MAX);
	add_task(schedule, root->request, &piece, root);
	add_windows(schedule, root, &whole, kept.from, at - (at - kept.from) / n, n - 1, false);
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
		roots += schedule->tasks[i].state != SSM_TASK_NONE && schedule->tasks[i].root == NULL;
	if (roots >= schedule->width || schedule->next_request >= schedule->plan.requests)
		return NULL;
	if (count_free(schedule) < (is_barrier(schedule) ? schedule->size : 1))
		return NULL;
	return add_task(schedule, schedule->next_request++, &schedule->plan.range, NULL);
}

/*
 * The place of the task whose next page is to be asked for, its first if it has
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
			end_task(schedule, task);
	}
	root->state = SSM_TASK_PAUSED;
	root->whole = true;
	root->turn = schedule->turn++;
	schedule->reverted++;
}

/*
 * A window of a root's has its first page.  If they look as if the service did
 * not find rows by time, ask.
 */
static void
judge_windows(SsmSchedule *schedule, SsmTask *root, const SsmTask *task, const SsmPageFacts *page)
{
	SsmWindow	kept = kept_part(schedule, root);
	SsmWindow	probe = ssm_window_piece(&root->window, INT64_MIN, kept.from + PROBED);
	SsmTask    *added;

	if (task->probe)
	{
		root->probing = SSM_PROBE_DONE;
		if (page->more)
			revert(schedule, root);
		return;
	}
	if (!task->first || task->pages > 1)
		return;
	root->answered++;
	root->idle += page->more && page->rows * 2 <= root->rows;
	if (root->probing != SSM_PROBE_NONE || root->answered < 2 || root->answered * 2 < root->firsts ||
		root->idle * 2 <= root->answered)
		return;
	added = add_task(schedule, root->request, &probe, root);
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
	SsmWindow	kept = kept_part(schedule, task);
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
	if (!page->more || task->dropped)
		end_task(schedule, task);
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
 * Has all been read?
 */
bool
ssm_schedule_ended(const SsmSchedule *schedule)
{
	return schedule->next_request >= schedule->plan.requests && count_free(schedule) == schedule->size;
}
