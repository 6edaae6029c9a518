/*
 * tasks.c
 *		The requests, and windows of them, that a schedule reads.
 *
 * A place for each, so that what is bound to one stays there until it has been read.
 */
#include "ssm/tasks.h"

#include <string.h>

/*
 * Begin a task in a free place, waiting.  NULL if there is none.
 */
SsmTask *
ssm_tasks_add(SsmSchedule *schedule, int64_t request, const SsmWindow *window, SsmTask *root)
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
void
ssm_tasks_end(SsmSchedule *schedule, SsmTask *task)
{
	SsmTask    *root = task->root;

	task->state = SSM_TASK_NONE;
	schedule->ended++;
	if (root && --root->windows == 0)
		ssm_tasks_end(schedule, root);
}

/*
 * The part of a task's window where its rows are, as far as known.
 */
SsmWindow
ssm_tasks_kept(const SsmSchedule *schedule, const SsmTask *task)
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
int
ssm_tasks_free(const SsmSchedule *schedule)
{
	int			n = 0;
	int			i;

	for (i = 0; i < schedule->size; i++)
		n += schedule->tasks[i].state == SSM_TASK_NONE;
	return n;
}

/*
 * Read a window of a root's in n pieces, the newest first.  They are cut evenly
 * between two instants; the outer ones end where the window does.  There must be
 * as many free places.
 */
void
ssm_tasks_windows(SsmSchedule *schedule, SsmTask *root, const SsmWindow *whole,
				  int64_t older, int64_t newer, int n, bool first)
{
	int64_t		upper = INT64_MAX;
	int			i;

	for (i = 1; i <= n; i++)
	{
		int64_t		lower = newer - (newer - older) / n * i;
		SsmWindow	piece = ssm_window_piece(whole, i == n ? INT64_MIN : lower, upper);
		SsmTask    *task = ssm_tasks_add(schedule, root->request, &piece, root);

		if (task)
			task->first = first;
		upper = lower;
	}
}
