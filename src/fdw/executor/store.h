/*
 * store.h
 *		Rows kept by key, to be given again.
 */
#ifndef SSM_FDW_STORE_H
#define SSM_FDW_STORE_H

#include "executor/tuptable.h"

#include "fdw/executor/column.h"

typedef struct SsmStore SsmStore;

extern SsmStore *ssm_store_create(int kilobytes);
extern void ssm_store_put(SsmStore *store, const char *key, TupleTableSlot *slot);
extern void ssm_store_fill(SsmStore *store, const char *key, SsmColumnMap *columns,
						   const SsmJsonValue *row, TupleTableSlot *slot);
extern void ssm_store_find(SsmStore *store, const char *key);
extern bool ssm_store_next(SsmStore *store, TupleTableSlot *slot);
extern void ssm_store_free(SsmStore *store);

#endif							/* SSM_FDW_STORE_H */
