/*
 * stopwatch.h
 *		Time that somebody was there to see what happens.
 */
#ifndef SSM_BASE_STOPWATCH_H
#define SSM_BASE_STOPWATCH_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, it shows 0 and stands still. */
typedef struct SsmStopwatch SsmStopwatch;
struct SsmStopwatch
{
	int64_t		elapsed;		/* milliseconds */
	bool		waiting;		/* its owner may be waiting now */
	SsmStopwatch *next;			/* that waits in the same wait */
};

extern void ssm_stopwatch_wait(SsmStopwatch *watch, int64_t now);
extern void ssm_stopwatch_wake(SsmStopwatch *watch, int64_t now);
extern void ssm_stopwatch_forget(SsmStopwatch *watch);

#endif							/* SSM_BASE_STOPWATCH_H */
