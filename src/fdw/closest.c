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
