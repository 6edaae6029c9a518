/*
 * store.c
 *		Rows kept for the rest of a query.
 *
 * Up to work_mem they are in memory, beyond that in a file.  A store without
 * rows holds nothing but its slot.
 */
#include "postgres.h"

#include "fdw/executor/store.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

struct SsmStore
{
	MemoryContext cxt;
	int			kilobytes;		/* of memory at most */
	Tuplestorestate *rows;		/* NULL while there are none */
	TupleTableSlot *slot;		/* holds the row read last; other stores' too */
};

/*
 * A slot for what the stores of one scan give.  It lives as long as the query.
 */
TupleTableSlot *
ssm_store_slot(EState *estate, Relation rel)
{
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	TupleTableSlot *slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel), &TTSOpsMinimalTuple);

	MemoryContextSwitchTo(old);
	return slot;
}

/*
 * Prepare an empty store, which gives its rows in a slot, in the current memory
 * context.  To be cleared before that goes, but not after an abort.
 */
SsmStore *
ssm_store_create(TupleTableSlot *slot, int kilobytes)
{
	SsmStore   *store = palloc0(sizeof(SsmStore));

	store->cxt = CurrentMemoryContext;
	store->kilobytes = Max(kilobytes, 64);
	store->slot = slot;
	return store;
}

/*
 * Read the next row into the store's slot; false at the end.  A row from a file
 * is palloc'ed and belongs to the slot until the next one is read, which may be
 * after the caller's memory context has been reset: so in the query's.
 */
static bool
read_row(SsmStore *store)
{
	MemoryContext old = MemoryContextSwitchTo(store->cxt);
	bool		found = tuplestore_gettupleslot(store->rows, true, false, store->slot);

	MemoryContextSwitchTo(old);
	return found;
}

/*
 * Add the row in the slot.  It is not read until ssm_store_restart.
 */
void
ssm_store_put(SsmStore *store, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(store->cxt);

	if (store->rows == NULL)
	{
		store->rows = tuplestore_begin_heap(false, false, store->kilobytes);
		/* now at its end: what is added is not read next */
		read_row(store);
	}
	tuplestore_puttupleslot(store->rows, slot);
	MemoryContextSwitchTo(old);
}

/*
 * The next row, in a slot that holds it until the next call; NULL at the end.
 */
TupleTableSlot *
ssm_store_next(SsmStore *store)
{
	return store->rows && read_row(store) ? store->slot : NULL;
}

/*
 * Read the rows from the first on.
 */
void
ssm_store_restart(SsmStore *store)
{
	if (store->rows)
		tuplestore_rescan(store->rows);
}

/*
 * Forget the rows, and close the file they may be in.  After an abort, which
 * does not come here, PostgreSQL closes the file itself.
 */
void
ssm_store_clear(SsmStore *store)
{
	ExecClearTuple(store->slot);
	if (store->rows)
		tuplestore_end(store->rows);
	store->rows = NULL;
}
