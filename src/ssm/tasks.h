/*
 * tasks.h
 *		The requests, and windows of them, that a schedule reads.
 */
#ifndef SSM_SSM_TASKS_H
#define SSM_SSM_TASKS_H

#include "ssm/window.h"

/* What to read. */
typedef struct SsmSchedulePlan
{
	int64_t		requests;		/* each read through its pages */
	SsmWindow	range;			/* their time filters */
	SsmWindow	kept;			/* where their rows are, as far as known;
								 * empty: cut no request */
	int			width;			/* pages to ask for at once at most */
	int64_t		group;			/* as an SsmRequestSet's */
	int			groups;
	bool		newest;			/* after the first page of each request, read
								 * what ssm_schedule_open says, and then wait
								 * for it to say more */
} SsmSchedulePlan;

typedef enum SsmTaskState
{
	SSM_TASK_NONE,
	SSM_TASK_WAITING,			/* for its first page to be asked for */
	SSM_TASK_ASKED,
	SSM_TASK_HELD,				/* has a token; its rows are to be read first */
	SSM_TASK_PAUSED,			/* has a token */
	SSM_TASK_KEPT				/* has a token, but is read in windows */
} SsmTaskState;

/* A request in a window of time. */
typedef struct SsmTask
{
	SsmTaskState state;
	int64_t		request;
	SsmWindow	window;
	struct SsmTask *root;		/* the one kept while this is a window of its */
	int64_t		turn;			/* in which it became what it is */
	int			pages;			/* answers that have come */
	int			rows;			/* of the first of them */
	int64_t		oldest;			/* row so far, microseconds since 1970 */
	double		span;			/* seconds that the last page's rows span */
	double		left;			/* pages, by that */
	bool		whole;			/* not to be cut */
	bool		probe;			/* asked only to see whether the service finds
								 * rows by time */
	bool		first;			/* one of its root's first windows */
	bool		dropped;		/* to end with the answer that is under way */
	/* of a root that is kept */
	int			windows;		/* that it is read in, and one if there will
								 * be more */
	int			firsts;			/* so many there were */
	int			answered;		/* of those */
	int			idle;			/* of these, those that brought few rows and a
								 * token */
	enum
	{
		SSM_PROBE_NONE, SSM_PROBE_ASKED, SSM_PROBE_DONE
	}			probing;
} SsmTask;

/* Zeroed but by ssm_schedule_init. */
typedef struct SsmSchedule
{
	SsmSchedulePlan plan;
	int			width;			/* at present, plan.width or fewer */
	bool		cut;			/* at present, if the plan allows it */
	SsmTask    *tasks;			/* size of them */
	int			size;
	int64_t		next_request;	/* the first that was not begun */
	int64_t		turn;
	int64_t		answered;		/* pages */
	double		extra;			/* requests that cuts may have cost */
	int64_t		ended;			/* requests and windows */
	int64_t		windows;		/* that were made */
	int64_t		splits;			/* of windows */
	int64_t		reverted;		/* requests for which windows did not pay */
} SsmSchedule;

extern SsmTask *ssm_tasks_add(SsmSchedule *schedule, int64_t request, const SsmWindow *window, SsmTask *root);
extern void ssm_tasks_end(SsmSchedule *schedule, SsmTask *task);
extern int	ssm_tasks_free(const SsmSchedule *schedule);
extern SsmWindow ssm_tasks_kept(const SsmSchedule *schedule, const SsmTask *task);
extern void ssm_tasks_windows(SsmSchedule *schedule, SsmTask *root, const SsmWindow *whole,
							  int64_t older, int64_t newer, int n, bool first);

#endif							/* SSM_SSM_TASKS_H */
