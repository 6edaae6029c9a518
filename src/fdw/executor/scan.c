/*
 * scan.c
 *		The executor's callbacks.
 *
 * All that a scan holds outside PostgreSQL's memory hangs on memory contexts
 * by reset callbacks, so that End, ReScan and an abort (which never calls End)
 * free it by one path.
 */
#include "postgres.h"

#include "fdw/executor/scan.h"

#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "fdw/executor/early.h"
#include "fdw/executor/fallback.h"
#include "fdw/executor/log.h"
#include "fdw/executor/source.h"

/* A foreign scan's state; the node's fdw_state. */
typedef struct SsmScan
{
	/* for the whole query */
	SsmScanSource source;
	SsmFallback *fallback;		/* rows of rejected values; NULL until located */
	bool		again;			/* it may have to give the same rows again */
	SsmEarly   *early;			/* scans for rows to come, or NULL */
	bool		deep;			/* the last scan was read to its end */
	bool		rescanned;		/* for rejected values */
	MemoryContext scan_cxt;		/* reset by ReScan */
	MemoryContext row_cxt;		/* reset for each row */

	/* for one scan; scan_cxt's */
	bool		started;
	SsmBinding *binding;
	SsmCursor  *cursor;			/* NULL if no request is needed */
	SsmEarlyScan *batch;		/* that brings the rows instead; or NULL */
	SsmStore   *rows;			/* that come before the cursor's: read early,
								 * or given already; or NULL */
	const char *key;			/* of these rows: "", or a batch's id */
	bool		lacking;		/* of those given, it does not have all */
	bool		in_fallback;	/* the cursor has ended */
	bool		ended;			/* so have all rows */
	bool		pending;		/* the last row asked for has yet to come */
} SsmScan;

/*
 * Is one of the parameters set anew by a join for each of its rows?  Those of
 * initplans have a plan until they are evaluated, but not yet in Begin.
 */
static bool
has_join_param(const Bitmapset *params, const EState *estate)
{
	int			param = -1;

	while ((param = bms_next_member(params, param)) >= 0)
		if (estate->es_param_exec_vals[param].execPlan == NULL)
			return true;
	return false;
}

/*
 * ssmBeginForeignScan: read plan and options.  Evaluates nothing and sends
 * nothing; for a plain EXPLAIN there is nothing to do.
 */
void
ssmBeginForeignScan(ForeignScanState *node, int eflags)
{
	EState	   *estate = node->ss.ps.state;
	SsmScan    *scan;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	scan = palloc0(sizeof(SsmScan));
	node->fdw_state = scan;
	scan->scan_cxt = AllocSetContextCreate(estate->es_query_cxt, "ssm_fdw scan",
										   ALLOCSET_DEFAULT_SIZES);
	scan->row_cxt = AllocSetContextCreate(estate->es_query_cxt, "ssm_fdw row",
										  ALLOCSET_DEFAULT_SIZES);
	ssm_source_init(&scan->source, node);
	scan->again = (eflags & EXEC_FLAG_REWIND) != 0;
	scan->early = ssm_early_create(&scan->source);
}

/*
 * Find out where to call, once for the query.  False if that has yet to come.
 */
static bool
locate(ForeignScanState *node, SsmScan *scan)
{
	EState	   *estate = node->ss.ps.state;
	MemoryContext old;

	if (!ssm_source_locate(&scan->source))
		return false;
	if (scan->fallback)
		return true;
	old = MemoryContextSwitchTo(estate->es_query_cxt);
	scan->fallback = ssm_fallback_create(&scan->source, has_join_param(scan->source.spec->params, estate));
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * Go on with an early scan that asks for the same.  False if there is none.
 */
static bool
adopt(SsmScan *scan)
{
	SsmEarlyScan *early = scan->early ? ssm_early_take(scan->early, scan->binding) : NULL;

	if (early == NULL)
		return false;
	if (early->batch)
	{
		scan->batch = early;
		return true;
	}
	scan->binding = early->binding;
	scan->cursor = early->cursor;
	scan->rows = early->rows;
	if (scan->rows)
		ssm_store_find(scan->rows, scan->key);
	return true;
}

/*
 * Start the scan, from the first Iterate after Begin or ReScan on.  False if it
 * has yet to be found out where to call.
 */
static bool
start(ForeignScanState *node, SsmScan *scan)
{
	MemoryContext old;

	if (!locate(node, scan))
		return false;
	old = MemoryContextSwitchTo(scan->scan_cxt);
	scan->started = true;
	scan->key = "";
	scan->binding = ssm_source_bind(&scan->source, NULL, 0);
	if (scan->binding->requests.count > 0)
	{
		ssm_source_call(&scan->source);
		if (!adopt(scan))
			scan->cursor = ssm_source_open(&scan->source, &scan->binding->requests, NULL);
	}
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * The cursor has ended: if the service rejected values, look for their rows without
 * naming them.
 */
static void
start_fallback(SsmScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_cxt);

	scan->in_fallback = true;
	scan->rescanned |= ssm_fallback_begin(scan->fallback, scan->binding, scan->cursor);
	MemoryContextSwitchTo(old);
}

/*
 * Let the early scans go on, and the present row's begin before further ones do.
 */
static void
drive_early(SsmScan *scan)
{
	SsmError	error;

	if (scan->early == NULL)
		return;
	if (scan->pending)
		ssm_early_drive(scan->early, scan->deep);
	if (!ssm_cursor_drive(scan->cursor, &error))
		ssm_source_fail(&scan->source, &error);
	ssm_early_start(scan->early, scan->binding);
}

/*
 * Keep the row that is given, if it may be wanted again.  The planner puts a Material
 * above a scan that it expects to be repeated with the same values, but where it
 * expects one repetition, or may not materialise, all pages would be asked for
 * again.  That a scan has given no row needs no store, so it is never found out
 * twice.
 */
static void
keep_row(SsmScan *scan, TupleTableSlot *slot)
{
	MemoryContext old;

	scan->lacking |= !scan->again;
	if (scan->lacking)
		return;
	if (scan->rows == NULL)
	{
		old = MemoryContextSwitchTo(scan->scan_cxt);
		scan->rows = ssm_store_create(work_mem);
		MemoryContextSwitchTo(old);
	}
	ssm_store_put(scan->rows, scan->key, slot);
}

/*
 * Let the batch that brings the scan's rows go on.  One that has failed is left for
 * requests of the scan's own.
 */
static void
drive_batch(SsmScan *scan)
{
	MemoryContext old;

	ssm_early_drive(scan->early, scan->deep);
	ssm_early_start(scan->early, scan->binding);
	if (scan->batch->batch != SSM_BATCH_FAILED)
		return;
	old = MemoryContextSwitchTo(scan->scan_cxt);
	scan->batch = NULL;
	scan->cursor = ssm_source_open(&scan->source, &scan->binding->requests, NULL);
	MemoryContextSwitchTo(old);
}

/*
 * Bring the next row from the batch into the slot.
 */
static SsmRowState
read_batch(SsmScan *scan, TupleTableSlot *slot)
{
	if (scan->batch->batch == SSM_BATCH_ASKED)
		return SSM_ROW_PENDING;
	if (scan->rows == NULL && scan->batch->rows)
	{
		scan->rows = scan->batch->rows;
		scan->key = ssm_early_id(scan->early, scan->binding);
		ssm_store_find(scan->rows, scan->key);
	}
	return scan->rows && ssm_store_next(scan->rows, slot) ? SSM_ROW : SSM_ROW_END;
}

/*
 * Bring the next row of the scan's own requests into the slot, or, after these, of
 * those for what was rejected.
 */
static SsmRowState
read_own(SsmScan *scan, TupleTableSlot *slot)
{
	const SsmJsonValue *row;
	SsmRowState state;
	SsmError	error;

	if (!scan->in_fallback)
	{
		drive_early(scan);
		if (scan->rows && ssm_store_next(scan->rows, slot))
			return SSM_ROW;
		state = ssm_cursor_next(scan->cursor, &row, &error);
		if (state == SSM_ROW)
			ssm_column_fill(scan->source.columns, row, slot);
		if (state == SSM_ROW_END)
			start_fallback(scan);
	}
	if (scan->in_fallback)
		state = ssm_fallback_next(scan->fallback, slot, &error);
	if (state == SSM_ROW_FAILED)
		ssm_source_fail(&scan->source, &error);
	if (state == SSM_ROW)
		keep_row(scan, slot);
	return state;
}

/*
 * Bring the scan to its next row, without waiting.  SSM_ROW: it is in the slot.
 * The current memory context holds the row.
 */
static SsmRowState
step(ForeignScanState *node, SsmScan *scan, TupleTableSlot *slot)
{
	SsmScanSource *source = &scan->source;
	SsmRowState state;

	if (!scan->started && !start(node, scan))
		return SSM_ROW_PENDING;
	scan->ended |= scan->cursor == NULL && scan->batch == NULL;
	if (scan->ended)
		return SSM_ROW_END;
	if (!ssm_session_ready(source->lease))
		return SSM_ROW_PENDING;
	source->client.loop = ssm_session_loop(source->lease);
	if (scan->batch)
		drive_batch(scan);
	state = scan->batch ? read_batch(scan, slot) : read_own(scan, slot);
	scan->ended = state == SSM_ROW_END;
	scan->deep |= scan->ended;
	return state;
}

/*
 * Bring the next row into the cleared slot, which stays empty at the end and,
 * if the scan is not to wait, where the row has yet to come.
 */
static void
fetch(ForeignScanState *node, SsmScan *scan, TupleTableSlot *slot)
{
	SsmLease   *lease;

	if (scan->rows && ssm_store_next(scan->rows, slot))
		return;
	while ((scan->pending = step(node, scan, slot) == SSM_ROW_PENDING) &&
		   !node->ss.ps.async_capable)
		ssm_session_wait(scan->source.lease);
	lease = scan->source.lease;
	if (lease && !scan->pending)
		(scan->ended && !ssm_early_any(scan->early) ? ssm_session_rest : ssm_session_pause) (lease);
}

/*
 * ssmIterateForeignScan: the next row, or an empty slot at the end.  Under an
 * Append that waits for several scans at once, an empty slot may also mean that
 * the row has yet to come: ssm_scan_pending tells.
 */
TupleTableSlot *
ssmIterateForeignScan(ForeignScanState *node)
{
	SsmScan    *scan = node->fdw_state;
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ErrorContextCallback context = {
		.callback = ssm_column_context, .arg = scan->source.columns, .previous = error_context_stack
	};
	MemoryContext old;

	ExecClearTuple(slot);
	MemoryContextReset(scan->row_cxt);
	old = MemoryContextSwitchTo(scan->row_cxt);
	error_context_stack = &context;
	fetch(node, scan, slot);
	error_context_stack = context.previous;
	MemoryContextSwitchTo(old);
	return slot;
}

/*
 * Forget the scan under way.
 */
static void
stop(SsmScan *scan)
{
	if (scan->started && scan->cursor && !scan->ended)
		scan->deep = false;
	if (scan->rows && scan->batch == NULL)
		ssm_store_free(scan->rows);
	scan->rows = NULL;
	scan->batch = NULL;
	scan->lacking = false;
	scan->started = false;
	scan->binding = NULL;
	scan->cursor = NULL;
	scan->in_fallback = scan->ended = false;
	scan->pending = false;
	MemoryContextReset(scan->scan_cxt);
}

/*
 * ssmReScanForeignScan: give the rows again, those first that have been kept, and
 * then those that the scan has left; or, if parameters of the requests have changed
 * or not all rows are there, start again at the next Iterate with the values they
 * have then.
 */
void
ssmReScanForeignScan(ForeignScanState *node)
{
	SsmScan    *scan = node->fdw_state;
	bool		same = scan->started && !bms_overlap(scan->source.spec->params, node->ss.ps.chgParam);

	scan->again |= same;
	if (!same || scan->lacking)
		stop(scan);
	else if (scan->rows)
		ssm_store_find(scan->rows, scan->key);
}

/*
 * ssmEndForeignScan: free what the scan holds.  The lease ends with the query's
 * memory.
 */
void
ssmEndForeignScan(ForeignScanState *node)
{
	SsmScan    *scan = node->fdw_state;

	if (scan == NULL)
		return;
	if (scan->source.lease)
		ssm_log_scan(scan->source.options, scan->source.lease, scan->binding);
	stop(scan);
	if (scan->early)
		ssm_early_end(scan->early);
	if (scan->source.lease)
		ssm_session_rest(scan->source.lease);
	if (scan->fallback)
		ssm_fallback_end(scan->fallback);
}

/*
 * Did the last Iterate give no row because it has yet to come?
 */
bool
ssm_scan_pending(ForeignScanState *node)
{
	return ((SsmScan *) node->fdw_state)->pending;
}

/*
 * What a scan whose row has yet to come calls by.
 */
SsmLease *
ssm_scan_lease(ForeignScanState *node)
{
	return ((SsmScan *) node->fdw_state)->source.lease;
}

/*
 * What the scan has done, for EXPLAIN ANALYZE.  False if it did not run.
 */
bool
ssm_scan_done(ForeignScanState *node, SsmScanDone *done)
{
	static const SsmCounters none;
	SsmScan    *scan = node->fdw_state;
	SsmLease   *lease = scan ? scan->source.lease : NULL;

	if (scan == NULL)
		return false;
	*done = (SsmScanDone)
	{
		.counters = lease ? ssm_session_counters(lease) : &none,
			.waited = lease ? ssm_session_waited(lease) : 0,
			.left_out = scan->source.left_out,
			.rescanned = scan->rescanned
	};
	return true;
}
