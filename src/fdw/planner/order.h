/*
 * order.h
 *		Whether a query wants the newest rows first.
 */
#ifndef SSM_FDW_PLANNER_ORDER_H
#define SSM_FDW_PLANNER_ORDER_H

#include "nodes/pathnodes.h"

extern List *ssm_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel);
extern int	ssm_order_wanted(PlannerInfo *root);

#endif							/* SSM_FDW_PLANNER_ORDER_H */
