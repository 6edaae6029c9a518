/*
 * rate_sim.c
 *		Sessions that read pages from a service that refuses, in simulated time.
 */
#include "rate_sim.h"

#include "aws/budget.h"
#include "aws/retry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define LATENCY		50			/* milliseconds of an answer */
#define ATTEMPTS	8			/* of a request */
#define TOO_LONG	3000000		/* milliseconds after which a run is given up */
#define START		1000000		/* an arbitrary time to begin at */

typedef struct Session
{
	SsmLimiter	own;
	SsmLimiter *limiter;		/* NULL: none */
	SsmBudget  *budget;			/* that all share, or NULL */
	int			retry_spent;
	int			done;
	int64_t		ended;			/* 0: not yet */
	bool		failed;
} Session;

/* What one of a session's chains does next. */
typedef enum Step
{
	STEP_ASK, STEP_ARRIVE, STEP_ANSWER
} Step;

typedef struct Chain
{
	Session    *session;
	int			left;			/* pages */
	int			attempt;		/* of this page */
	int			taken;			/* of the quota */
	int64_t		sent;
	bool		refused;
	Step		step;
	int64_t		at;				/* when it does that; INT64_MAX: never */
	int64_t		turn;			/* of those at the same time, the lowest first */
} Chain;

typedef struct Sim
{
	const SimWorld *world;
	SsmBudget	shared;
	Session    *sessions;
	Chain	   *chains;
	int			nchains;
	int64_t		turns;
	double		level;			/* of the bucket */
	int64_t		filled;
	double		other;			/* when others ask next */
	int			asked;
	int			sent;
	int			refused;
	int			worst;
	unsigned short random[3];
} Sim;

/*
 * Let a chain do its step at a time, after those that are to do theirs then.
 */
static void
plan(Sim *sim, Chain *chain, Step step, int64_t at)
{
	chain->step = step;
	chain->at = at;
	chain->turn = sim->turns++;
}

/*
 * The bucket's rate at a time.
 */
static double
rate_at(const SimWorld *world, int64_t now)
{
	bool		changed = world->change > 0 && (now - START) / world->change == 1;

	return changed ? world->changed : world->rate;
}

/*
 * Take from the bucket, once it has what came by now.  True if that was refused.
 */
static bool
take(Sim *sim, int64_t now)
{
	sim->level = fmin(sim->world->burst,
					  sim->level + (now - sim->filled) / 1000.0 * rate_at(sim->world, now));
	sim->filled = now;
	if (sim->level < 1.0)
		return true;
	sim->level -= 1.0;
	return false;
}

/*
 * Does the service refuse a request that arrives now?
 */
static bool
refuse(Sim *sim, int64_t now)
{
	const SimWorld *world = sim->world;

	sim->asked++;
	if (world->refusal == SIM_CHANCE)
		return erand48(sim->random) < world->rate;
	if (world->refusal == SIM_EVERY)
		return sim->asked % (int) world->rate == 0;
	for (; world->others > 0 && sim->other <= now; sim->other -= log(1.0 - erand48(sim->random)) / world->others * 1000.0)
		take(sim, (int64_t) sim->other > sim->filled ? (int64_t) sim->other : sim->filled);
	return take(sim, now);
}

/*
 * A session is over.
 */
static void
end(Session *session, bool failed, int64_t now)
{
	session->ended = now;
	session->failed = failed;
}

/*
 * A chain would send: it does, or waits for the limiter.
 */
static void
ask(Sim *sim, Chain *chain, int64_t now)
{
	Session    *session = chain->session;
	int64_t		due = session->budget ? ssm_budget_take(session->budget, (uintptr_t) session, now) :
	session->limiter ? ssm_limiter_take(session->limiter, 0, now) : 0;

	if (due > now)
	{
		plan(sim, chain, STEP_ASK, due);
		return;
	}
	sim->sent++;
	chain->attempt++;
	chain->sent = now;
	plan(sim, chain, STEP_ARRIVE, now + LATENCY / 2);
}

/*
 * A chain has its answer: the next page, another attempt, or the end.
 */
static void
take_answer(Sim *sim, Chain *chain, int64_t now)
{
	Session    *session = chain->session;

	sim->refused += chain->refused;
	if (session->limiter)
		ssm_limiter_note(session->limiter, chain->refused, chain->sent, now);
	if (!chain->refused)
	{
		ssm_retry_refund(&session->retry_spent, chain->taken);
		chain->attempt = chain->taken = 0;
		if (++session->done == sim->world->pages)
			end(session, false, now);
		plan(sim, chain, STEP_ASK, --chain->left > 0 ? now : INT64_MAX);
		return;
	}
	if (chain->attempt > sim->worst)
		sim->worst = chain->attempt;
	if (chain->attempt >= ATTEMPTS ||
		!ssm_retry_take(&session->retry_spent, SSM_FAILURE_THROTTLED, &chain->taken))
		end(session, true, now);
	plan(sim, chain, STEP_ASK,
		 now + ssm_retry_delay(SSM_FAILURE_THROTTLED, chain->attempt, erand48(sim->random), -1));
}

/*
 * Let a chain do what it is to do now.
 */
static void
step(Sim *sim, Chain *chain)
{
	int64_t		now = chain->at;

	if (chain->session->ended)
		chain->at = INT64_MAX;
	else if (chain->step == STEP_ASK)
		ask(sim, chain, now);
	else if (chain->step == STEP_ANSWER)
		take_answer(sim, chain, now);
	else
	{
		chain->refused = refuse(sim, now);
		plan(sim, chain, STEP_ANSWER, now + LATENCY / 2);
	}
}

/*
 * The chain whose step comes first, or NULL if none has one.
 */
static Chain *
first(Sim *sim)
{
	Chain	   *best = NULL;
	int			i;

	for (i = 0; i < sim->nchains; i++)
	{
		Chain	   *chain = &sim->chains[i];

		if (chain->at < START + TOO_LONG &&
			(best == NULL || chain->at < best->at || (chain->at == best->at && chain->turn < best->turn)))
			best = chain;
	}
	return best;
}

/*
 * Make the sessions, with their chains about to begin.
 */
static void
prepare(Sim *sim, SimRule rule)
{
	const SimWorld *world = sim->world;
	int			i;

	sim->nchains = world->sessions * world->width;
	sim->sessions = calloc(world->sessions, sizeof(Session));
	sim->chains = calloc(sim->nchains, sizeof(Chain));
	sim->level = world->burst;
	sim->filled = sim->other = START;
	for (i = 0; i < sim->nchains; i++)
	{
		Session    *session = &sim->sessions[i / world->width];
		int			nth = i % world->width;

		session->limiter = rule == SIM_STANDARD ? NULL : rule == SIM_SHARED ? &sim->shared.limiter : &session->own;
		session->budget = rule == SIM_SHARED ? &sim->shared : NULL;
		sim->chains[i].session = session;
		sim->chains[i].left = world->pages / world->width + (nth < world->pages % world->width);
		plan(sim, &sim->chains[i], STEP_ASK, START + (int64_t) (erand48(sim->random) * LATENCY));
	}
}

/*
 * Run a world once.  The same seed gives the same result.
 */
SimResult
sim_run(const SimWorld *world, SimRule rule, long seed)
{
	Sim			sim = {.world = world, .random = {0x330e, seed, seed >> 16}};
	SimResult	result = {0};
	Chain	   *chain;
	int			i;

	prepare(&sim, rule);
	while ((chain = first(&sim)) != NULL)
		step(&sim, chain);
	for (i = 0; i < world->sessions; i++)
	{
		Session    *session = &sim.sessions[i];
		int64_t		ended = session->ended ? session->ended : START + TOO_LONG;

		result.seconds = fmax(result.seconds, (ended - START) / 1000.0);
		result.finished += session->ended && !session->failed;
	}
	result.finished /= world->sessions;
	result.refused = sim.sent ? (double) sim.refused / sim.sent : 0;
	result.worst = sim.worst;
	if (world->refusal == SIM_BUCKET)
		result.ideal = (world->sessions * world->pages - world->burst) / (world->rate - world->others);
	free(sim.sessions);
	free(sim.chains);
	return result;
}

/*
 * The mean of some runs, the seeds 1, 2, ...; worst is the worst of them.
 */
SimResult
sim_mean(const SimWorld *world, SimRule rule, int seeds)
{
	SimResult	mean = {0};
	int			seed;

	for (seed = 1; seed <= seeds; seed++)
	{
		SimResult	one = sim_run(world, rule, seed);

		mean.seconds += one.seconds / seeds;
		mean.ideal += one.ideal / seeds;
		mean.refused += one.refused / seeds;
		mean.finished += one.finished / seeds;
		mean.worst = one.worst > mean.worst ? one.worst : mean.worst;
	}
	return mean;
}
