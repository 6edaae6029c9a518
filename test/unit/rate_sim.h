/*
 * rate_sim.h
 *		Sessions that read pages from a service that refuses, in simulated time.
 *
 * What decides when a request is sent is the code that the extension runs:
 * aws/limiter.c and aws/retry.c.  Times are milliseconds.
 */
#ifndef RATE_SIM_H
#define RATE_SIM_H

#include "aws/limiter.h"

#include <stdbool.h>
#include <stdint.h>

/* What the service refuses. */
typedef enum SimRefusal
{
	SIM_BUCKET,					/* what a token bucket of rate and burst lacks */
	SIM_CHANCE,					/* at random: rate is the chance */
	SIM_EVERY					/* each rate-th request */
} SimRefusal;

typedef struct SimWorld
{
	const char *name;
	SimRefusal	refusal;
	double		rate;
	double		burst;
	int			sessions;
	int			width;			/* chains of each session */
	int			pages;			/* of each session */
	double		others;			/* requests a second of others, not repeated */
	int64_t		change;			/* when the bucket's rate becomes another; 0:
								 * never */
	double		changed;		/* that rate, for as long */
} SimWorld;

/* Who has a limiter. */
typedef enum SimRule
{
	SIM_STANDARD,				/* nobody: pauses alone */
	SIM_ALONE,					/* each session its own */
	SIM_SHARED					/* one for all sessions */
} SimRule;

/* What became of the sessions. */
typedef struct SimResult
{
	double		seconds;		/* until the last one ended */
	double		ideal;			/* of a bucket: pages / rate, less the burst */
	double		refused;		/* share of our requests */
	double		finished;		/* share of the sessions that read all */
	int			worst;			/* most refusals of one request */
} SimResult;

extern SimResult sim_run(const SimWorld *world, SimRule rule, long seed);
extern SimResult sim_mean(const SimWorld *world, SimRule rule, int seeds);

#endif							/* RATE_SIM_H */
