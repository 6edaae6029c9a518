/*
 * rewind.c
 *		Rows to be given again.
 *
 * The planner puts a Material above a scan that it expects to be repeated with
 * the same values.  Where it expects one repetition, or may not materialise, a
 * repeated scan would ask for all its pages again.  So rows are stored as they
 * are given, if the executor announces that the scan may be rewound or has
 * rewound it once, and a scan that is left early goes on where it was left.
 */
#include "postgres.h"

#include "fdw/rewind.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/rel.h"
#include "utils/tuplestore.h"

struct SsmRewind
{
	Bitmapset  *params;			/* executor parameters that the requests use */
	bool		wanted;			/* store the rows of the scan */
	MemoryContext query_cxt;
	Tuplestorestate *store;		/* NULL if nothing is stored */
	TupleTableSlot *stored_slot;
};

/*
 * Collect the executor's parameters in a tree into the Bitmapset *params.
 */
static bool
collect_params(Node *node, void *params)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*(Bitmapset **) params = bms_add_member(*(Bitmapset **) params, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, params);
}

/*
 * Prepare in the current memory context, which must live as long as the query,
 * for a scan whose requests depend on exprs.
 */
SsmRewind *
ssm_rewind_create(EState *estate, Relation rel, List *exprs, int eflags)
{
	SsmRewind  *rewind = palloc0(sizeof(SsmRewind));

	collect_params((Node *) exprs, &rewind->params);
	rewind->wanted = (eflags & EXEC_FLAG_REWIND) != 0;
	rewind->query_cxt = CurrentMemoryContext;
	rewind->stored_slot = ExecInitExtraTupleSlot(estate, RelationGetDescr(rel), &TTSOpsMinimalTuple);
	return rewind;
}

/*
 * Bring the next stored row into the slot.  False if it is up to the scan to
 * give the next.
 */
bool
ssm_rewind_read(SsmRewind *rewind, TupleTableSlot *slot)
{
	MemoryContext old;
	bool		found;

	if (rewind->store == NULL)
		return false;
	/* a row read from a file is the stored slot's until the next */
	old = MemoryContextSwitchTo(rewind->query_cxt);
	found = tuplestore_gettupleslot(rewind->store, true, false, rewind->stored_slot);
	MemoryContextSwitchTo(old);
	if (found)
		ExecCopySlot(slot, rewind->stored_slot);
	return found;
}

/*
 * The scan gives the row in the slot: store it if it may be wanted again.
 */
void
ssm_rewind_store(SsmRewind *rewind, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(rewind->query_cxt);

	if (rewind->wanted && rewind->store == NULL)
	{
		rewind->store = tuplestore_begin_heap(false, false, work_mem);
		/* at its end, as if all had been read: what is added is not read next */
		tuplestore_gettupleslot(rewind->store, true, false, rewind->stored_slot);
	}
	if (rewind->store)
		tuplestore_puttupleslot(rewind->store, slot);
	MemoryContextSwitchTo(old);
}

/*
 * Forget the stored rows, and close the file they may be in.
 */
void
ssm_rewind_end(SsmRewind *rewind)
{
	if (rewind->store)
		tuplestore_end(rewind->store);
	rewind->store = NULL;
}

/*
 * The scan is to give its rows again, after these parameters have changed.
 * True if stored rows come first and then those that the scan has left; false
 * if the scan must begin anew.  started is whether it has begun.
 */
bool
ssm_rewind_restart(SsmRewind *rewind, const Bitmapset *changed, bool started)
{
	bool		same = started && !bms_overlap(rewind->params, changed);

	if (same && rewind->store)
	{
		tuplestore_rescan(rewind->store);
		return true;
	}
	rewind->wanted |= same;
	ssm_rewind_end(rewind);
	return false;
}
