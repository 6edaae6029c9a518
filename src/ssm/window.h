/*
 * window.h
 *		A range of time to the filters that find its rows.
 */
#ifndef SSM_SSM_WINDOW_H
#define SSM_SSM_WINDOW_H

#include "ssm/bounds.h"

#define SSM_MAX_WINDOWS		64
#define SSM_RETAINED		INT64_C(2592000)	/* seconds: the API keeps 30
												 * days */

/*
 * The time filters of one request, as text; "" where none is sent.  What they
 * find has a time from from to to, in whole seconds since 1970.
 */
typedef struct SsmWindow
{
	int64_t		from;
	int64_t		to;
	char		after[24];
	char		before[24];
} SsmWindow;

/* A range of time cut into windows, the newest first. */
typedef struct SsmWindows
{
	int			n;				/* 1 or more; 1 is the range itself */
	SsmWindow	windows[SSM_MAX_WINDOWS];
} SsmWindows;

extern void ssm_window_plan(SsmWindows *windows, const SsmBounds *bounds, int64_t slack, int wanted, int64_t now);

#endif							/* SSM_SSM_WINDOW_H */
