/*
 * closest.h
 *		The known name that a misspelt one may stand for.
 */
#ifndef SSM_FDW_CLOSEST_H
#define SSM_FDW_CLOSEST_H

#include "ssm/operation.h"

/* Zeroed but for wanted, then offered candidates one by one. */
typedef struct SsmClosest
{
	const char *wanted;
	const char *best;			/* or NULL */
	int			distance;
} SsmClosest;

extern const char *ssm_closest_member(const SsmOperation *operation, const char *name);
extern void ssm_closest_offer(SsmClosest *closest, const char *candidate);

#endif							/* SSM_FDW_CLOSEST_H */
