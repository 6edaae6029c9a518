/*
 * plan.h
 *		The planner's callbacks.
 */
#ifndef SSM_FDW_PLAN_H
#define SSM_FDW_PLAN_H

#include "foreign/fdwapi.h"

extern void ssmGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern void ssmGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid);
extern ForeignScan *ssmGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
									  ForeignPath *best_path, List *tlist, List *scan_clauses,
									  Plan *outer_plan);

extern void ssm_plan_init(void);
extern bool ssm_plan_ours(Oid serverid);
extern bool ssm_plan_async(RelOptInfo *baserel);

#endif							/* SSM_FDW_PLAN_H */
