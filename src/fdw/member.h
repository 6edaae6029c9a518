/*
 * member.h
 *		Which of the API's members a column holds.
 */
#ifndef SSM_FDW_MEMBER_H
#define SSM_FDW_MEMBER_H

#include "access/attnum.h"

#include "fdw/tables.h"

extern int	ssm_member_lookup(const SsmTable *table, Oid relid, AttrNumber attnum, bool *pushdown);
extern int	ssm_member_find(const SsmTable *table, Oid relid, AttrNumber attnum);

#endif							/* SSM_FDW_MEMBER_H */
