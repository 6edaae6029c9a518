/*
 * cost.h
 *		What a scan costs, in requests.
 */
#ifndef SSM_FDW_COST_H
#define SSM_FDW_COST_H

#include "fdw/bind.h"

#define SSM_DEFAULT_ROWS	10000.0 /* of a table that was never analyzed */

/* What the costs of a relation's scans rest on. */
typedef struct SsmCosting
{
	const SsmRelColumns *columns;
	const SsmOptions *options;
	SsmBinding *constants;		/* the requests that constants alone make */
} SsmCosting;

extern void ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmCosting *costing);
extern void ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing,
						  List *clauses, double rows, Cost *startup, Cost *total);

#endif							/* SSM_FDW_COST_H */
