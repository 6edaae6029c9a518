/*
 * budget.h
 *		One limiter for several senders, which take turns.
 */
#ifndef SSM_AWS_BUDGET_H
#define SSM_AWS_BUDGET_H

#include "aws/limiter.h"

#define SSM_BUDGET_TURNS	128

/* A sender that waits. */
typedef struct SsmTurn
{
	uint64_t	sender;
	int64_t		due;			/* when it was told to come back */
} SsmTurn;

/*
 * Zeroed, a budget lets everything pass.  Plain data, so that processes can share
 * one; whoever does has to see that one at a time uses it.
 */
typedef struct SsmBudget
{
	SsmLimiter	limiter;
	int			nturns;
	SsmTurn		turns[SSM_BUDGET_TURNS];	/* who came first stands first */
} SsmBudget;

extern int64_t ssm_budget_take(SsmBudget *budget, uint64_t sender, int64_t now);
extern void ssm_budget_note(SsmBudget *budget, bool refused, int64_t sent, int64_t now);
extern void ssm_budget_leave(SsmBudget *budget, uint64_t sender);

#endif							/* SSM_AWS_BUDGET_H */
