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
 * The scan that a node is, or NULL if it is none of ours, or does not run.
 */
SsmScan *
ssm_scan_get(PlanState *node)
{
	ForeignScanState *scan = (ForeignScanState *) node;

	return IsA(node, ForeignScanState) && scan->fdwroutine->IterateForeignScan == ssmIterateForeignScan ?
		scan->fdw_state : NULL;
}

/*
 * Bring the next row into the node's slot, without waiting.  The slot stays empty at
 * the end, and where the row has yet to come: scan->pending tells.
 */
static void
advance(ForeignScanState *node, SsmScan *scan)
{
	TupleTableSlot *slot = node->ss.ss_ScanTupleSlot;
	ErrorContextCallback context = {
		.callback = ssm_column_context, .arg = scan->source.columns, .previous = error_context_stack
	};
	SsmLease   *lease;
	MemoryContext old;

	ExecClearTuple(slot);
	MemoryContextReset(scan->row_cxt);
	old = MemoryContextSwitchTo(scan->row_cxt);
	error_context_stack = &context;
	if (scan->rows == NULL || !ssm_store_next(scan->rows, slot))
	{
		scan->pending = (node->ss.ps.async_capable && !ssm_session_has_room(scan->source.lease)) ||
			ssm_rows_next(scan, slot) == SSM_ROW_PENDING;
		lease = scan->source.lease;
		if (lease && !scan->pending)
			(scan->ended && !ssm_early_any(scan->early) ? ssm_session_rest : ssm_session_pause) (lease);
	}
	error_context_stack = context.previous;
	MemoryContextSwitchTo(old);
}

/*
 * Let a scan go on that has not been asked for its first row yet, but will be.  True
 * if it is waiting for something.
 */
static bool
advance_other(ForeignScanState *node, SsmScan *scan)
{
	if (scan->asked || scan->ready || !ssm_session_has_room(scan->source.lease))
		return false;
	/* as ExecProcNode does */
	if (node->ss.ps.chgParam)
		ExecReScan(&node->ss.ps);
	advance(node, scan);
	scan->ready = !scan->pending;
	return scan->pending;
}

/*
 * Let the scans go on that the MergeAppend above a scan will ask next.  Returns what
 * those are waiting for, SsmLeases.  Inlined, its list would seem to gcc to be
 * clobbered by the caller's PG_TRY.
 */
static pg_noinline List *
advance_others(SsmScan *scan)
{
	MergeAppendState *merge = scan->merge;
	List	   *leases = NIL;
	int			i = -1;

	while ((i = bms_next_member(merge->ms_valid_subplans, i)) >= 0)
	{
		SsmScan    *other = ssm_scan_get(merge->mergeplans[i]);

		if (other && other != scan && other->merge == merge &&
			advance_other((ForeignScanState *) merge->mergeplans[i], other))
			leases = lappend(leases, other->source.lease);
	}
	return leases;
}

/*
 * Wait for a scan that has no row yet, or for one of others that go on meanwhile.
 */
static void
wait_for_row(SsmScan *scan)
{
	List	   *volatile leases = scan->merge ? advance_others(scan) : NIL;
	SsmLoop    *loop = ssm_session_loop(scan->source.lease);
	List	   *volatile watched = NIL;
	ListCell   *lc;
	SsmError	error;

	PG_TRY();
	{
		foreach(lc, leases)
		{
			int			fd = ssm_session_fd(lfirst(lc));

			if (!ssm_loop_watch(loop, fd, &error))
				ssm_source_fail(&scan->source, &error);
			watched = lappend_int(watched, fd);
		}
		ssm_session_wait(scan->source.lease);
	}
	PG_FINALLY();
	{
		foreach(lc, watched)
			ssm_loop_unwatch(loop, lfirst_int(lc));
	}
	PG_END_TRY();
	list_free(leases);
	list_free(watched);
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

	scan->asked = true;
	while (!scan->ready)
	{
		advance(node, scan);
		if (!scan->pending || node->ss.ps.async_capable)
			break;
		wait_for_row(scan);
	}
	scan->ready = false;
	return node->ss.ss_ScanTupleSlot;
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

	scan->asked = scan->ready = false;
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
 * What a scan whose row has yet to come calls by.  One that had to wait for
 * descriptors, and may no longer or has room, begins at once; else NULL.
 */
SsmLease *
ssm_scan_lease(ForeignScanState *node, bool may_wait)
{
	SsmScanSource *source = &((SsmScan *) node->fdw_state)->source;

	if (ssm_session_at_work(source->lease))
		return source->lease;
	if (may_wait && !ssm_session_has_room(source->lease))
		return NULL;
	ssm_loop_alarm(ssm_session_loop(ssm_source_lease(source)), ssm_loop_now());
	return source->lease;
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
