/*
 * store.h
 *		Rows kept for the rest of a query.
 */
#ifndef SSM_FDW_STORE_H
#define SSM_FDW_STORE_H

#include "nodes/execnodes.h"

typedef struct SsmStore SsmStore;

extern TupleTableSlot *ssm_store_slot(EState *estate, Relation rel);
extern SsmStore *ssm_store_create(TupleTableSlot *slot, int kilobytes);
extern void ssm_store_put(SsmStore *store, TupleTableSlot *slot);
extern TupleTableSlot *ssm_store_next(SsmStore *store);
extern void ssm_store_restart(SsmStore *store);
extern void ssm_store_clear(SsmStore *store);

#endif							/* SSM_FDW_STORE_H */
