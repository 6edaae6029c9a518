/*
 * rows.c
 *		The rows of a foreign scan, as they come.
 *
 * They come from requests of its own, which may have begun early, or from a batch for
 * rows of a loop; in order, if that is planned; then from requests for what the service
 * rejected.  Those given may be kept, to be given again.
 */
#include "postgres.h"

#include "fdw/executor/rows.h"

#include "miscadmin.h"
#include "utils/memutils.h"

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
 * Find out where to call, once for the query.  False if that has yet to come.
 */
static bool
locate(SsmScan *scan)
{
	EState	   *estate = scan->source.node->ss.ps.state;
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
start(SsmScan *scan)
{
	MemoryContext old;

	if (!locate(scan))
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
		ssm_early_drive(scan->early, scan->deep && !scan->order);
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
 * Bring the next row of the cursor into the slot, without waiting; as
 * ssm_cursor_next.
 */
static SsmRowState
read_cursor(SsmScan *scan, TupleTableSlot *slot, SsmError *error)
{
	SsmColumnMap *columns = scan->source.columns;
	const SsmJsonValue *row;
	SsmRowState state;

	if (scan->order)
		return ssm_order_next(scan->order, scan->cursor, columns, slot, error);
	state = ssm_cursor_next(scan->cursor, &row, error);
	if (state == SSM_ROW)
		ssm_column_fill(columns, row, slot);
	return state;
}

/*
 * Bring the next row of the scan's own requests into the slot, or, after these, of
 * those for what was rejected.
 */
static SsmRowState
read_own(SsmScan *scan, TupleTableSlot *slot)
{
	SsmRowState state = SSM_ROW_END;
	SsmError	error;

	if (!scan->in_fallback)
	{
		drive_early(scan);
		if (scan->rows && ssm_store_next(scan->rows, slot))
			return SSM_ROW;
		state = read_cursor(scan, slot, &error);
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
SsmRowState
ssm_rows_next(SsmScan *scan, TupleTableSlot *slot)
{
	SsmScanSource *source = &scan->source;
	SsmRowState state;

	if (!scan->started && !start(scan))
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
 * Forget the scan under way.
 */
void
ssm_rows_stop(SsmScan *scan)
{
	if (scan->started && scan->cursor && !scan->ended)
		scan->deep = false;
	if (scan->rows && scan->batch == NULL)
		ssm_store_free(scan->rows);
	scan->rows = NULL;
	scan->batch = NULL;
	if (scan->order)
		ssm_order_reset(scan->order);
	scan->lacking = false;
	scan->started = false;
	scan->binding = NULL;
	scan->cursor = NULL;
	scan->in_fallback = scan->ended = false;
	scan->pending = false;
	MemoryContextReset(scan->scan_cxt);
}
