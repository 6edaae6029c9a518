/*
 * cost.h
 *		What a scan costs, in requests.
 */
#ifndef SSM_FDW_COST_H
#define SSM_FDW_COST_H

#include "fdw/planner/bind.h"

#define SSM_DEFAULT_ROWS	10000.0 /* of a table that was never analyzed */

/* What the costs of a relation's scans rest on. */
typedef struct SsmCosting
{
	const SsmRelColumns *columns;
	const SsmOptions *options;
	SsmBinding *constants;		/* the requests that constants alone make */
	bool		unknown;		/* the table was never analyzed */
} SsmCosting;

/* How a scan's clauses bound what the API reads. */
typedef struct SsmReading
{
	SsmEstimate estimate;
	double		ncommands;		/* values to ask for in turn, 0 if any may be */
	double		ninstances;
	double		nstatuses;		/* 1 or more */
} SsmReading;

extern void ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmCosting *costing);
extern SsmReading ssm_cost_read(PlannerInfo *root, RelOptInfo *baserel,
								const SsmCosting *costing, List *clauses);
extern void ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing,
						  List *clauses, double rows, Cost *startup, Cost *total);

#endif							/* SSM_FDW_COST_H */
