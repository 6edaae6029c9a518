/*
 * schedule.h
 *		Which page to ask for next, and when to cut a window of time.
 *
 * Plain data: it knows neither calls nor rows, only what a page's rows span, so
 * that a simulation can run it (test/sim/windows.c).
 */
#ifndef SSM_SSM_SCHEDULE_H
#define SSM_SSM_SCHEDULE_H

#include "ssm/tasks.h"

/* What a page says of those that follow. */
typedef struct SsmPageFacts
{
	int			rows;
	bool		more;			/* it has a token */
	bool		known;			/* each of its rows has a key and a time */
	int64_t		newest;			/* of its rows, microseconds since 1970 */
	int64_t		oldest;
} SsmPageFacts;

extern bool ssm_schedule_init(SsmSchedule *schedule, const SsmSchedulePlan *plan);
extern int	ssm_schedule_next(SsmSchedule *schedule);
extern void ssm_schedule_answer(SsmSchedule *schedule, int task, const SsmPageFacts *page);
extern void ssm_schedule_widen(SsmSchedule *schedule, int read);
extern void ssm_schedule_hold(SsmSchedule *schedule, int task, bool hold);
extern bool ssm_schedule_waits(const SsmSchedule *schedule);
extern void ssm_schedule_open(SsmSchedule *schedule, const SsmWindow *window, int64_t older, int64_t newer,
							  int n, bool last);
extern bool ssm_schedule_ended(const SsmSchedule *schedule);
extern void ssm_schedule_free(SsmSchedule *schedule);

#endif							/* SSM_SSM_SCHEDULE_H */
