/*
 * fallback.h
 *		The rows of values that the service does not know any more.
 */
#ifndef SSM_FDW_FALLBACK_H
#define SSM_FDW_FALLBACK_H

#include "nodes/execnodes.h"

#include "fdw/executor/column.h"
#include "fdw/planner/bind.h"
#include "ssm/cursor.h"

typedef struct SsmFallback SsmFallback;

extern SsmFallback *ssm_fallback_create(const SsmOperation *operation, Relation rel,
										List *attnums, TupleTableSlot *slot);
extern SsmBinding *ssm_fallback_begin(SsmFallback *fallback, const SsmBinding *binding,
									  const SsmCursor *main_cursor);
extern const SsmValues *ssm_fallback_only(const SsmFallback *fallback, int *place);
extern void ssm_fallback_read(SsmFallback *fallback, SsmCursor *cursor);
extern SsmRowState ssm_fallback_next(SsmFallback *fallback, SsmColumnMap *columns,
									 TupleTableSlot *slot, SsmError *error);
extern void ssm_fallback_end(SsmFallback *fallback);

#endif							/* SSM_FDW_FALLBACK_H */
