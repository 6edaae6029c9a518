/*
 * windows_sim.h
 *		Scans cut into windows of time, in simulated round trips.
 *
 * What decides which page is asked for is the code that the extension runs:
 * ssm/schedule.c, and ssm/newest.c.  One request takes one round trip and brings 50 rows of its
 * window.
 */
#ifndef WINDOWS_SIM_H
#define WINDOWS_SIM_H

#include <stdbool.h>
#include <stdint.h>

/* How rows are spread over 29 days. */
typedef enum SimShape
{
	SIM_EVEN,
	SIM_ONE_DAY,				/* 80% in one of them */
	SIM_LAST_DAY,				/* 80% in the last */
	SIM_BURSTS,					/* of 250 in a quarter of an hour */
	SIM_ONE_HOUR,				/* all in half of one */
	SIM_NIGHTLY,
	SIM_HEAVY,					/* bursts of very different sizes */
	SIM_OLD,					/* in the first ten days */
	SIM_SHAPES
} SimShape;

/* The service's ways. */
typedef enum SimService
{
	SIM_NEWEST_FIRST,
	SIM_OLDEST_FIRST,
	SIM_NO_ORDER,
	SIM_PAGE_BY_PAGE			/* finds rows by time by reading all of them */
} SimService;

/* What a scan took. */
typedef struct SimScan
{
	double		trips;			/* round trips */
	double		requests;
	double		splits;
	int			lost;			/* rows that did not come */
	int			asked;			/* most pages at once */
} SimScan;

/* What it took until the newest rows could be given. */
typedef struct SimNewest
{
	double		trips;
	double		requests;
	int			wrong;			/* times that a row was missing among them */
} SimNewest;

extern const char *const sim_shapes[SIM_SHAPES];

extern SimScan sim_scan(SimShape shape, SimService service, int rows, int width, int seeds);
extern SimNewest sim_newest(SimShape shape, SimService service, int rows, int width, int wanted,
							int64_t slack, int seeds);

#endif							/* WINDOWS_SIM_H */
