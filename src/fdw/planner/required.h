/*
 * required.h
 *		Relations that a scan could take values from, by join clauses.
 */
#ifndef SSM_FDW_REQUIRED_H
#define SSM_FDW_REQUIRED_H

#include "nodes/pathnodes.h"

extern List *ssm_required_find(PlannerInfo *root, RelOptInfo *baserel);

#endif							/* SSM_FDW_REQUIRED_H */
