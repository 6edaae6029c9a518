/*
 * rewind.c
 *		Rows to be given again.
 *
 * The planner puts a Material above a scan that it expects to be repeated with
 * the same values.  Where it expects one repetition, or may not materialise, a
 * repeated scan would ask for all its pages again.  So rows are stored as they
 * are given, if the executor announces that the scan may be rewound or has
 * rewound it once, and a scan that is left early goes on where it was left.  That
 * a scan has given no row needs no store, so it is never found out twice.
 */
#include "postgres.h"

#include "fdw/executor/rewind.h"

#include "executor/executor.h"
#include "miscadmin.h"

#include "fdw/executor/store.h"

struct SsmRewind
{
	const Bitmapset *params;	/* executor parameters that the requests use */
	bool		wanted;			/* store the rows of the scan */
	bool		missing;		/* rows were given that the store lacks */
	SsmStore   *store;
};

/*
 * Prepare in the current memory context, which must live as long as the query,
 * for a scan whose requests depend on these executor parameters.  Stored rows
 * are given in slot.
 */
SsmRewind *
ssm_rewind_create(TupleTableSlot *slot, const Bitmapset *params, int eflags)
{
	SsmRewind  *rewind = palloc0(sizeof(SsmRewind));

	rewind->params = params;
	rewind->wanted = (eflags & EXEC_FLAG_REWIND) != 0;
	rewind->store = ssm_store_create(slot, work_mem);
	return rewind;
}

/*
 * Bring the next stored row into the slot.  False if it is up to the scan to
 * give the next.
 */
bool
ssm_rewind_read(SsmRewind *rewind, TupleTableSlot *slot)
{
	TupleTableSlot *row = ssm_store_next(rewind->store);

	if (row)
		ExecCopySlot(slot, row);
	return row != NULL;
}

/*
 * The scan gives the row in the slot: store it if it may be wanted again.
 */
void
ssm_rewind_store(SsmRewind *rewind, TupleTableSlot *slot)
{
	if (rewind->wanted)
		ssm_store_put(rewind->store, slot);
	else
		rewind->missing = true;
}

/*
 * Forget the stored rows.
 */
void
ssm_rewind_end(SsmRewind *rewind)
{
	ssm_store_clear(rewind->store);
	rewind->missing = false;
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

	rewind->wanted |= same;
	if (same && !rewind->missing)
	{
		ssm_store_restart(rewind->store);
		return true;
	}
	ssm_rewind_end(rewind);
	return false;
}
