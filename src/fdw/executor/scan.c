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
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "fdw/compat.h"
#include "fdw/executor/bound.h"
#include "fdw/executor/column.h"
#include "fdw/executor/fallback.h"
#include "fdw/executor/log.h"
#include "fdw/executor/rewind.h"
#include "fdw/planner/bind.h"
#include "fdw/planner/spec.h"
#include "fdw/report.h"
#include "fdw/session/locate.h"
#include "fdw/session/session.h"
#include "ssm/pager.h"

/* A foreign scan's state; the node's fdw_state. */
typedef struct SsmScan
{
	/* for the whole query */
	SsmSpec    *spec;
	SsmOptions *options;
	ForeignServer *server;
	Oid			userid;			/* whose rights apply */
	SsmColumnMap *columns;
	List	   *values;			/* ExprStates of the quals' values, in order */
	SsmLease   *lease;			/* NULL until the first request */
	SsmService *service;
	SsmClient	client;
	bool		left_out[SSM_MAX_PARAMETERS];	/* lists that were not sent */
	bool		rescanned;		/* for rejected ids */
	SsmFallback *fallback;		/* rows of rejected instances */
	SsmRewind  *rewind;			/* rows to be given again */
	MemoryContext query_cxt;	/* es_query_cxt */
	MemoryContext scan_cxt;		/* reset by ReScan */
	MemoryContext row_cxt;		/* reset for each row */

	/* for one scan; scan_cxt's */
	bool		started;
	SsmBinding *binding;
	SsmPager   *pager;			/* NULL if no request is needed */
	bool		in_fallback;	/* the pager has ended */
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
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	EState	   *estate = node->ss.ps.state;
	Relation	rel = node->ss.ss_currentRelation;
	Oid			user;
	SsmScan    *scan;

	if (eflags & EXEC_FLAG_EXPLAIN_ONLY)
		return;
	user = ssm_check_as_user(plan, exec_rt_fetch(plan->scan.scanrelid, estate));
	scan = palloc0(sizeof(SsmScan));
	node->fdw_state = scan;
	scan->query_cxt = estate->es_query_cxt;
	scan->scan_cxt = AllocSetContextCreate(estate->es_query_cxt, "ssm_fdw scan",
										   ALLOCSET_DEFAULT_SIZES);
	scan->row_cxt = AllocSetContextCreate(estate->es_query_cxt, "ssm_fdw row",
										  ALLOCSET_DEFAULT_SIZES);
	scan->spec = ssm_spec_unpack(plan);
	scan->options = ssm_options_get(RelationGetRelid(rel));
	scan->server = GetForeignServer(GetForeignServerIdByRelId(RelationGetRelid(rel)));
	scan->userid = OidIsValid(user) ? user : GetUserId();
	scan->columns = ssm_column_bind(scan->options->operation, rel, scan->spec->attnums);
	scan->values = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
	scan->rewind = ssm_rewind_create(estate, rel, scan->spec->params, eflags);
}

/*
 * Evaluate the quals' values and make the requests.
 */
static void
bind_values(ForeignScanState *node, SsmScan *scan)
{
	ExprContext *econtext = node->ss.ps.ps_ExprContext;
	int			next = 0;
	ListCell   *lc;

	scan->binding = ssm_bind_create(scan->options->operation);
	foreach(lc, scan->spec->quals)
	{
		SsmQual    *qual = lfirst(lc);
		int			n = list_length(qual->values);
		SsmDatum   *values = palloc(sizeof(SsmDatum) * n);
		int			i;

		for (i = 0; i < n; i++)
		{
			ExprState  *state = list_nth(scan->values, next++);

			values[i].value = ExecEvalExpr(state, econtext, &values[i].isnull);
			values[i].type = exprType(list_nth(qual->values, i));
		}
		ssm_bind_qual(scan->binding, qual, values,
					  scan->options, scan->service->endpoint.region);
	}
	ssm_bind_finish(scan->binding, scan->options, scan->spec);
	for (next = 0; next < SSM_MAX_PARAMETERS; next++)
		scan->left_out[next] |= scan->binding->requests.left_out[next];
}

/*
 * Memory context callback: cut off what is under way.
 */
static void
free_pager(void *arg)
{
	ssm_pager_free(arg);
}

/*
 * Make a pager of some requests, freed with the current
 * memory context.
 */
static SsmPager *
open_pager(SsmScan *scan, const SsmRequestSet *requests, const SsmValues *only, int only_place,
		   const SsmHashSet *given)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));
	SsmPagerSetup setup = {
		.source = {
			.client = &scan->client,
			.requests = requests,
			.prefetch = !scan->spec->limited,
			.max_requests = scan->options->max_requests,
			.invalid_instance_id = scan->options->invalid_instance_id,
		},
		.only = only,
		.only_place = only_place,
		.given = given,
	};
	SsmPager   *pager;
	SsmError	error;

	setup.width = scan->spec->limited ? 1 :
		Min(scan->options->max_concurrency, requests->count);
	setup.width = ssm_session_widen(scan->lease, setup.width);
	setup.source.shape = ssm_column_shape(scan->columns, &setup.places);
	pager = ssm_pager_create(&setup, &error);
	if (pager == NULL)
		ssm_report(&error, scan->options->operation->name, scan->server->servername);
	callback->func = free_pager;
	callback->arg = pager;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return pager;
}

/*
 * Find out as whom to call, now that a call is needed.
 */
static void
open_client(SsmScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->query_cxt);

	scan->lease = ssm_session_lease(scan->server, scan->userid, scan->options);
	scan->client = ssm_session_client(scan->lease);
	MemoryContextSwitchTo(old);
}

/*
 * Find out where to call, once for the query.  False if that has yet to come.
 */
static bool
locate(ForeignScanState *node, SsmScan *scan)
{
	MemoryContext old;

	if (scan->service)
		return true;
	old = MemoryContextSwitchTo(scan->query_cxt);
	scan->service = ssm_locate(scan->server, scan->userid, scan->options);
	if (scan->service == NULL)
	{
		if (scan->lease == NULL)
			open_client(scan);
		if (ssm_session_discover(scan->lease))
			scan->service = ssm_locate(scan->server, scan->userid, scan->options);
	}
	if (scan->service)
	{
		ssm_bound_check(scan->options->operation, node->ss.ss_currentRelation, scan->service->endpoint.region,
						scan->options->account_id);
		ssm_column_constants(scan->columns, scan->service->endpoint.region,
							 scan->options->account_id);
		scan->fallback = ssm_fallback_create(scan->options->operation, node->ss.ps.state,
											 node->ss.ss_currentRelation, scan->spec->attnums,
											 has_join_param(scan->spec->params, node->ss.ps.state));
	}
	MemoryContextSwitchTo(old);
	return scan->service != NULL;
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
	bind_values(node, scan);
	if (scan->binding->requests.count > 0)
	{
		if (scan->lease == NULL)
			open_client(scan);
		ssm_session_direct(&scan->client, scan->service);
		scan->pager = open_pager(scan, &scan->binding->requests, NULL, 0, NULL);
	}
	MemoryContextSwitchTo(old);
	return true;
}

/*
 * The pager has ended: if the service rejected InstanceIds, look for their
 * rows without naming them.
 */
static void
start_fallback(SsmScan *scan)
{
	MemoryContext old = MemoryContextSwitchTo(scan->scan_cxt);
	SsmBinding *requests;
	const SsmValues *only;
	int			place;

	scan->in_fallback = true;
	requests = ssm_fallback_begin(scan->fallback, scan->binding, scan->pager);
	if (requests)
	{
		scan->rescanned = true;
		only = ssm_fallback_only(scan->fallback, &place);
		ssm_fallback_read(scan->fallback,
						  open_pager(scan, &requests->requests, only, place, ssm_pager_given(scan->pager)));
	}
	MemoryContextSwitchTo(old);
}

/*
 * Bring the scan to its next row, without waiting.  SSM_ROW: it is in the slot.
 * The current memory context holds the row.
 */
static SsmRowState
step(ForeignScanState *node, SsmScan *scan, TupleTableSlot *slot)
{
	const SsmJsonValue *row;
	SsmRowState state = SSM_ROW_END;
	SsmError	error;

	if (!scan->started && !start(node, scan))
		return SSM_ROW_PENDING;
	scan->ended |= scan->pager == NULL;
	if (scan->ended)
		return SSM_ROW_END;
	if (!ssm_session_ready(scan->lease))
		return SSM_ROW_PENDING;
	scan->client.loop = ssm_session_loop(scan->lease);
	if (!scan->in_fallback)
	{
		state = ssm_pager_next(scan->pager, &row, &error);
		if (state == SSM_ROW)
			ssm_column_fill(scan->columns, row, slot);
		if (state == SSM_ROW_END)
			start_fallback(scan);
	}
	if (scan->in_fallback)
		state = ssm_fallback_next(scan->fallback, scan->columns, slot, &error);
	if (state == SSM_ROW_FAILED)
		ssm_report(&error, scan->options->operation->name, scan->server->servername);
	scan->ended = state == SSM_ROW_END;
	return state;
}

/*
 * Bring the next row into the cleared slot, which stays empty at the end and,
 * if the scan is not to wait, where the row has yet to come.
 */
static void
fetch(ForeignScanState *node, SsmScan *scan, TupleTableSlot *slot)
{
	if (ssm_rewind_read(scan->rewind, slot))
		return;
	while ((scan->pending = step(node, scan, slot) == SSM_ROW_PENDING) &&
		   !node->ss.ps.async_capable)
		ssm_session_wait(scan->lease);
	if (scan->lease && !scan->pending)
		(scan->ended ? ssm_session_rest : ssm_session_pause) (scan->lease);
	if (!TupIsNull(slot))
		ssm_rewind_store(scan->rewind, slot);
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
		.callback = ssm_column_context, .arg = scan->columns, .previous = error_context_stack
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
	scan->started = false;
	scan->binding = NULL;
	scan->pager = NULL;
	scan->in_fallback = scan->ended = false;
	scan->pending = false;
	MemoryContextReset(scan->scan_cxt);
}

/*
 * ssmReScanForeignScan: give the rows again, or, if parameters of the requests
 * have changed, start again at the next Iterate with the values they have then.
 */
void
ssmReScanForeignScan(ForeignScanState *node)
{
	SsmScan    *scan = node->fdw_state;

	if (!ssm_rewind_restart(scan->rewind, node->ss.ps.chgParam, scan->started))
		stop(scan);
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
	if (scan->lease)
		ssm_log_scan(scan->options, scan->lease, scan->binding);
	stop(scan);
	if (scan->lease)
		ssm_session_rest(scan->lease);
	ssm_rewind_end(scan->rewind);
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
	return ((SsmScan *) node->fdw_state)->lease;
}

/*
 * What the scan has done, for EXPLAIN ANALYZE.  False if it did not run.
 */
bool
ssm_scan_done(ForeignScanState *node, SsmScanDone *done)
{
	static const SsmCounters none;
	SsmScan    *scan = node->fdw_state;

	if (scan == NULL)
		return false;
	*done = (SsmScanDone)
	{
		.counters = scan->lease ? ssm_session_counters(scan->lease) : &none,
			.waited = scan->lease ? ssm_session_waited(scan->lease) : 0,
			.left_out = scan->left_out,
			.rescanned = scan->rescanned
	};
	return true;
}
