/*
 * newest.h
 *		The newest rows first: how far back to read before some can be given.
 *
 * Plain data, as a schedule is, so that a simulation can run it (test/bench/windows.c).
 */
#ifndef SSM_SSM_NEWEST_H
#define SSM_SSM_NEWEST_H

#include "ssm/schedule.h"

#define SSM_NEWEST_REQUESTS	16	/* that are read by windows, at most */
#define SSM_NEWEST_TIMES	64	/* of rows that are looked at, at most */

/* What is wanted. */
typedef struct SsmNewestPlan
{
	SsmWindow	range;			/* the requests' time filters */
	int64_t		slack;			/* microseconds by which a row may be newer
								 * than what the filters judge */
	int64_t		now;			/* microseconds since 1970, as far as known */
	double		wanted;			/* rows that will do, or 0: nobody knows */
	int			page_size;
	int			width;			/* pages to ask for at once */
} SsmNewestPlan;

/* How far it is.  Zeroed but by ssm_newest_init. */
typedef struct SsmNewest
{
	SsmNewestPlan plan;
	bool		open;			/* a window has been opened */
	bool		last;			/* that has all of the rest */
	int64_t		edge;			/* seconds: what the filters judge to be as
								 * new is in the windows opened */
	int64_t		times[SSM_NEWEST_TIMES];	/* of the newest rows before that,
											 * in order */
	int			ntimes;
	int64_t		oldest;			/* row before that */
	int64_t		top;			/* seconds: where the first window begins, for
								 * all that is known */
	int64_t		length;			/* seconds of the window that was opened last */
	double		rows;			/* that have come since */
	double		all;			/* that have come */
} SsmNewest;

extern void ssm_newest_init(SsmNewest *newest, const SsmNewestPlan *plan);
extern void ssm_newest_row(SsmNewest *newest, int64_t at);
extern bool ssm_newest_next(SsmNewest *newest, SsmSchedule *schedule);
extern int64_t ssm_newest_ready(const SsmNewest *newest, const SsmSchedule *schedule);

#endif							/* SSM_SSM_NEWEST_H */
