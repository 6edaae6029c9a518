/*
 * budget.c
 *		One limiter for several senders, which take turns.
 *
 * Who has to wait gets a place in a queue, and a token only if there is one for
 * each who came before.  A sender has one place, however much it would send, so a
 * long scan gets no more turns than a short one that has just come, and nobody waits
 * longer than for one request of each of the others.
 *
 * A sender that does not come back when it was told to, as its query has ended or its
 * reader is slow, holds up nobody for long: its place goes after LATE.
 */
#include "aws/budget.h"

#include <string.h>

#define LATE	1000			/* milliseconds */
#define NAP		1000			/* likewise: most until a sender looks again,
								 * as the rate may have risen */

/*
 * Take away a place.
 */
static void
remove_turn(SsmBudget *budget, int place)
{
	budget->nturns--;
	memmove(&budget->turns[place], &budget->turns[place + 1],
			sizeof(SsmTurn) * (budget->nturns - place));
}

/*
 * A sender's place, after the late ones have lost theirs.  nturns if it has none.
 */
static int
find_turn(SsmBudget *budget, uint64_t sender, int64_t now)
{
	int			place = 0;
	int			i = 0;

	while (i < budget->nturns)
	{
		const SsmTurn *turn = &budget->turns[i];

		if (turn->sender != sender && turn->due + LATE < now)
		{
			remove_turn(budget, i);
			continue;
		}
		place += turn->sender != sender && place == i;
		i++;
	}
	return place;
}

/*
 * Take a token for a request of the sender, to be sent now, in milliseconds of
 * ssm_loop_now's clock.  Returns 0, or when to come back as it is not the
 * sender's turn.
 */
int64_t
ssm_budget_take(SsmBudget *budget, uint64_t sender, int64_t now)
{
	int			place;
	int64_t		due;

	if (budget->limiter.phase == SSM_LIMITER_FREE)
	{
		budget->nturns = 0;
		return 0;
	}
	place = find_turn(budget, sender, now);
	due = ssm_limiter_take(&budget->limiter, place, now);
	if (due == 0)
	{
		if (place < budget->nturns)
			remove_turn(budget, place);
		return 0;
	}
	if (due > now + NAP)
		due = now + NAP;

	/*
	 * too many: the last loses its place, so that none stands outside for
	 * ever
	 */
	if (place == SSM_BUDGET_TURNS)
		place--;
	if (place == budget->nturns)
		budget->nturns++;
	budget->turns[place] = (SsmTurn) {sender, due};
	return due;
}

/*
 * An attempt of any sender's has ended: as ssm_limiter_note.
 */
void
ssm_budget_note(SsmBudget *budget, bool refused, int64_t sent, int64_t now)
{
	ssm_limiter_note(&budget->limiter, refused, sent, now);
}

/*
 * The sender sends no more.
 */
void
ssm_budget_leave(SsmBudget *budget, uint64_t sender)
{
	int			i;

	for (i = 0; i < budget->nturns; i++)
		if (budget->turns[i].sender == sender)
		{
			remove_turn(budget, i);
			return;
		}
}
