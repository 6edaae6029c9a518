/*
 * schedule.h
 *		Which page to ask for next, and when to cut a window of time.
 *
 * Plain data: it knows neither calls nor rows, only what a page's rows span, so
 * that a simulation can run it (test/sim/windows.c).
 */
#ifndef SSM_SSM_SCHEDULE_H
#define SSM_SSM_SCHEDULE_H

#include "ssm/window.h"

/* What is to be read. */
typedef struct SsmSchedulePlan
{
	int64_t		requests;		/* each read through its pages */
	SsmWindow	range;			/* their time filters */
	SsmWindow	kept;			/* where their rows are, as far as known;
								 * empty: no request is to be cut */
	int			width;			/* pages to ask for at once at most */
	int64_t		group;			/* as an SsmRequestSet's */
	int			groups;
} SsmSchedulePlan;

/* What a page says of those that follow. */
typedef struct SsmPageFacts
{
	int			rows;
	bool		more;			/* it has a token */
	bool		known;			/* each of its rows has a key and a time */
	int64_t		newest;			/* of its rows, microseconds since 1970 */
	int64_t		oldest;
} SsmPageFacts;

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
	int			windows;		/* that it is read in */
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

extern bool ssm_schedule_init(SsmSchedule *schedule, const SsmSchedulePlan *plan);
extern int	ssm_schedule_next(SsmSchedule *schedule);
extern void ssm_schedule_answer(SsmSchedule *schedule, int task, const SsmPageFacts *page);
extern void ssm_schedule_hold(SsmSchedule *schedule, int task, bool hold);
extern bool ssm_schedule_ended(const SsmSchedule *schedule);
extern void ssm_schedule_free(SsmSchedule *schedule);

#endif							/* SSM_SSM_SCHEDULE_H */
