/*
 * statistics.h
 *		What the planner takes a column's values to be like.
 */
#ifndef SSM_FDW_STATISTICS_H
#define SSM_FDW_STATISTICS_H

#include "access/htup.h"

#include "fdw/planner/cost.h"

extern HeapTuple ssm_statistics_get(Oid relid, AttrNumber attnum, double rows, const SsmRelInfo *info);

#endif							/* SSM_FDW_STATISTICS_H */
