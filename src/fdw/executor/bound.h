/*
 * bound.h
 *		Whether a table's constraints fit the region and account it reads.
 */
#ifndef SSM_FDW_BOUND_H
#define SSM_FDW_BOUND_H

#include "utils/rel.h"

#include "ssm/operation.h"

extern bool ssm_bound_server(Oid serverid, const char **detail, const char **hint);
extern void ssm_bound_check(const SsmOperation *operation, Relation rel,
							const char *region, const char *account_id);

#endif							/* SSM_FDW_BOUND_H */
