/*
 * field.h
 *		Which of the API's members a column holds.
 */
#ifndef SSM_FDW_FIELD_H
#define SSM_FDW_FIELD_H

#include "access/attnum.h"

#include "ssm/operation.h"

extern int	ssm_field_lookup(const SsmOperation *operation, Oid relid, AttrNumber attnum, bool *pushdown);
extern int	ssm_field_find(const SsmOperation *operation, Oid relid, AttrNumber attnum);

#endif							/* SSM_FDW_FIELD_H */
