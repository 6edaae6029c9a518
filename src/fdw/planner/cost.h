/*
 * cost.h
 *		What a scan costs, in requests.
 */
#ifndef SSM_FDW_COST_H
#define SSM_FDW_COST_H

#include "fdw/planner/bind.h"

#define SSM_IMPOSSIBLE_COST	1.0e10	/* of a scan that can only raise an error */
#define SSM_DEFAULT_ROWS	10000.0 /* of a table that was never analyzed */

/* What is found out about a relation; its fdw_private. */
typedef struct SsmRelInfo
{
	const SsmRelColumns *columns;
	const SsmOptions *options;
	SsmBinding *constants;		/* the requests that constants alone make */
	bool		unknown;		/* the table was never analyzed */
	double		tuples;			/* in the time that the API keeps */
	bool		available[SSM_MAX_PARAMETERS];	/* a clause could give it a
												 * value */
	bool		async_capable;	/* may run beside others under an Append */
} SsmRelInfo;

/* What a scan's clauses are expected to make the API read. */
typedef struct SsmScanEstimate
{
	SsmEstimate estimate;
	double		ids[SSM_MAX_PARAMETERS];	/* values of each id to ask for in
											 * turn, 0 if any may be */
	double		others;			/* values of all other lists, multiplied */
	bool		given[SSM_MAX_PARAMETERS];	/* a clause gives it a value */
} SsmScanEstimate;

extern void ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmRelInfo *info);
extern void ssm_cost_estimate(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info,
							  List *clauses, SsmScanEstimate *result);
extern void ssm_cost_available(SsmRelInfo *info, List *quals);
extern SsmChoice ssm_cost_requests(const SsmRelInfo *info, const SsmScanEstimate *scan);
extern void ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info,
						  List *clauses, double rows, Cost *startup, Cost *total);
extern void ssm_cost_ahead(const SsmOptions *options, double loops, Cost *startup, Cost *total);
extern double ssm_cost_first_requests(const SsmRelInfo *info, const SsmScanEstimate *scan);
extern bool ssm_cost_newest(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info, Cost *startup, Cost *total);

#endif							/* SSM_FDW_COST_H */
