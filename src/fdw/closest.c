/*
 * closest.c
 *		The known name that a misspelt one may stand for.
 */
#include "postgres.h"

#include "fdw/closest.h"

#include "utils/varlena.h"

#define MAX_DISTANCE	4

/*
 * Take the candidate if it is closer than the best so far and alike in more
 * than half of its letters, as varlena.c's updateClosestMatch does from
 * PostgreSQL 16 on.
 */
void
ssm_closest_offer(SsmClosest *closest, const char *candidate)
{
	int			wanted = strlen(closest->wanted);
	int			distance;

	if (wanted == 0 || wanted > 255)
		return;
	distance = varstr_levenshtein_less_equal(closest->wanted, wanted,
											 candidate, strlen(candidate), 1, 1, 1,
											 MAX_DISTANCE, true);
	if (distance <= MAX_DISTANCE && distance <= wanted / 2 &&
		(closest->best == NULL || distance < closest->distance))
	{
		closest->best = candidate;
		closest->distance = distance;
	}
}

/*
 * The member closest to a name that is neither column nor member, or NULL.
 */
const char *
ssm_closest_member(const SsmOperation *operation, const char *name)
{
	SsmClosest	columns = {name};
	SsmClosest	members = {name};
	int			i;

	for (i = 0; i < operation->nfields; i++)
	{
		ssm_closest_offer(&columns, operation->fields[i].column);
		ssm_closest_offer(&members, operation->fields[i].member);
	}
	if (columns.best && (members.best == NULL || columns.distance < members.distance))
		return operation->fields[ssm_operation_column(operation, columns.best)].member;
	return members.best;
}
