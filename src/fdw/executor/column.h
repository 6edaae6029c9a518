/*
 * column.h
 *		JSON row to tuple slot.
 */
#ifndef SSM_FDW_COLUMN_H
#define SSM_FDW_COLUMN_H

#include "executor/tuptable.h"
#include "utils/rel.h"

#include "ssm/distinct.h"
#include "ssm/page.h"

typedef struct SsmColumnMap SsmColumnMap;

extern SsmColumnMap *ssm_column_bind(const SsmOperation *operation, Relation rel, List *attnums);
extern const SsmPageShape *ssm_column_shape(const SsmColumnMap *map, SsmRowPlaces *places);
extern void ssm_column_constants(SsmColumnMap *map, const char *region, const char *account_id);
extern void ssm_column_fill(SsmColumnMap *map, const SsmJsonValue *row, TupleTableSlot *slot);
extern void ssm_column_context(void *map);

#endif							/* SSM_FDW_COLUMN_H */
