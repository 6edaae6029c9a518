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
#include "utils/memutils.h"

#include "fdw/executor/log.h"
#include "fdw/executor/rows.h"

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
	if (scan->source.spec->newest)
		scan->order = ssm_order_create(node, scan->source.spec->newest);
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
	while ((scan->pending = ssm_rows_next(scan, slot) == SSM_ROW_PENDING) &&
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
		ssm_rows_stop(scan);
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
	ssm_rows_stop(scan);
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
