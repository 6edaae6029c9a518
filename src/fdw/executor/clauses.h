/*
 * clauses.h
 *		What EXPLAIN says of a scan's clauses.
 */
#ifndef SSM_FDW_CLAUSES_H
#define SSM_FDW_CLAUSES_H

#include "fdw/planner/qual.h"

extern List *ssm_clauses_undocumented(const SsmRelColumns *columns, List *clauses);

#endif							/* SSM_FDW_CLAUSES_H */
