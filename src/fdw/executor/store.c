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
	MemoryContext query_cxt;
	Tuplestorestate *rows;		/* NULL while there are none */
	TupleTableSlot *slot;		/* holds the row read last */
};

/*
 * Prepare an empty store for a relation's rows in the current memory context,
 * which must live as long as the query.
 */
SsmStore *
ssm_store_create(EState *estate, Relation rel)
{
	SsmStore   *store = palloc0(sizeof(SsmStore));

	store->query_cxt = CurrentMemoryContext;
	store->slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel), &TTSOpsMinimalTuple);
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
	MemoryContext old = MemoryContextSwitchTo(store->query_cxt);
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
	MemoryContext old = MemoryContextSwitchTo(store->query_cxt);

	if (store->rows == NULL)
	{
		store->rows = tuplestore_begin_heap(false, false, work_mem);
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
