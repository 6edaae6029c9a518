/*
 * ahead.c
 *		Rows that a loop will give next, so that the scans below it can ask for them
 *		in time.
 *
 * planner/ahead.c says where such a node is put.  The library may be loaded by the
 * very statement that needs it, while that is being planned, so plans are changed
 * when they start to run, which comes later.  A plan may be one of the plan
 * cache's: a copy is changed, which goes with the executor's memory.
 */
#include "postgres.h"

#include "fdw/executor/ahead.h"

#include "catalog/pg_class.h"
#include "commands/explain.h"
#include "executor/executor.h"
#include "nodes/extensible.h"
#include "utils/memutils.h"
#include "utils/ruleutils.h"

#include "fdw/compat.h"
#include "fdw/options.h"
#include "fdw/planner/ahead.h"

/*
 * A read-ahead.  Rows are numbered as they are read, and never again alike, also
 * after a rescan: so no scan takes one for another.
 */
struct SsmAhead
{
	CustomScanState css;
	List	   *keys;			/* ExprStates */
	int			width;
	TupleTableSlot **rows;		/* a ring of width + 1 */
	int64		current;		/* row given last */
	int64		end;			/* after the row read last */
	bool		going;			/* has given a row since the start */
	bool		done;
	int64		most;			/* rows ahead, for EXPLAIN */
};

static ExecutorStart_hook_type previous_start;

/*
 * Can the statement have a loop that feeds a scan of ours?  Quick, as every
 * statement comes here: the plan is looked at only if there is a foreign table,
 * and then the catalogs if some scan of one starts by values.
 */
static bool
is_candidate(const PlannedStmt *stmt)
{
	ListCell   *lc;

	if (ssm_read_ahead == 0 || stmt->commandType == CMD_UTILITY || stmt->paramExecTypes == NIL)
		return false;
	foreach(lc, stmt->rtable)
	{
		RangeTblEntry *rte = lfirst(lc);

		if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_FOREIGN_TABLE)
			return ssm_ahead_useful(stmt);
	}
	return false;
}

/*
 * ExecutorStart_hook: let the plan read ahead.
 */
static void
start_statement(QueryDesc *query, int eflags)
{
	MemoryContext cxt = NULL;

	if (is_candidate(query->plannedstmt))
	{
		MemoryContext old;

		cxt = AllocSetContextCreate(GetMemoryChunkContext(query), "ssm_fdw plan", ALLOCSET_SMALL_SIZES);
		old = MemoryContextSwitchTo(cxt);
		query->plannedstmt = copyObject(query->plannedstmt);
		ssm_ahead_plan(query->plannedstmt, ssm_read_ahead, (eflags & EXEC_FLAG_BACKWARD) != 0);
		MemoryContextSwitchTo(old);
	}
	if (previous_start)
		previous_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	if (cxt)
		MemoryContextSetParent(cxt, query->estate->es_query_cxt);
}

/*
 * The read-ahead that has this slot of the executor's parameters.
 */
SsmAhead *
ssm_ahead_get(EState *estate, int slot)
{
	return (SsmAhead *) DatumGetPointer(estate->es_param_exec_vals[slot].value);
}

/*
 * The number of the row that was given last.
 */
int64
ssm_ahead_current(const SsmAhead *ahead)
{
	return ahead->current;
}

/*
 * The number after that of the row that was read last.
 */
int64
ssm_ahead_end(const SsmAhead *ahead)
{
	return ahead->end;
}

/*
 * The number of rows that may be ahead of the current one.
 */
int
ssm_ahead_width(const SsmAhead *ahead)
{
	return ahead->width;
}

/*
 * Has the last row been read?
 */
bool
ssm_ahead_done(const SsmAhead *ahead)
{
	return ahead->done;
}

/*
 * A key of one of the rows from the current one on and before the end.  Evaluated
 * in the current memory context.
 */
Datum
ssm_ahead_value(SsmAhead *ahead, int64 row, int key, bool *isnull)
{
	ExprContext *econtext = ahead->css.ss.ps.ps_ExprContext;
	TupleTableSlot *old = econtext->ecxt_scantuple;
	Datum		value;

	econtext->ecxt_scantuple = ahead->rows[row % (ahead->width + 1)];
	value = ExecEvalExpr((ExprState *) list_nth(ahead->keys, key), econtext, isnull);
	econtext->ecxt_scantuple = old;
	return value;
}

/*
 * BeginCustomScan.
 */
static void
begin(CustomScanState *node, EState *estate, int eflags)
{
	SsmAhead   *ahead = (SsmAhead *) node;
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	ParamExecData *param = &estate->es_param_exec_vals[list_nth_int(plan->custom_private, SSM_AHEAD_SLOT)];
	int			i;

	outerPlanState(node) = ExecInitNode(outerPlan(plan), estate, eflags);
	ahead->keys = ExecInitExprList(plan->custom_exprs, (PlanState *) node);
	ahead->width = list_nth_int(plan->custom_private, SSM_AHEAD_WIDTH);
	ahead->rows = palloc(sizeof(TupleTableSlot *) * (ahead->width + 1));
	for (i = 0; i <= ahead->width; i++)
		ahead->rows[i] = ExecInitExtraTupleSlot(estate, node->ss.ss_ScanTupleSlot->tts_tupleDescriptor,
												&TTSOpsVirtual);
	ahead->current = -1;
	param->value = PointerGetDatum(ahead);
	param->isnull = false;
}

/*
 * The next row, or NULL.  Nothing is read ahead of the first one, as many a query
 * stops there; afterwards as much as scans can use.
 */
static TupleTableSlot *
next_row(SsmAhead *ahead)
{
	int			distance = ahead->going ? ahead->width : 0;

	ahead->current = Min(ahead->current + 1, ahead->end);
	while (!ahead->done && ahead->end - ahead->current <= distance)
	{
		TupleTableSlot *row = ExecProcNode(outerPlanState(ahead));

		if (TupIsNull(row))
			ahead->done = true;
		else
			ExecCopySlot(ahead->rows[ahead->end++ % (ahead->width + 1)], row);
	}
	if (ahead->current == ahead->end)
		return NULL;
	ahead->going = true;
	ahead->most = Max(ahead->most, ahead->end - ahead->current - 1);
	return ahead->rows[ahead->current % (ahead->width + 1)];
}

/*
 * ExecCustomScan.  A read-ahead for a loop has neither quals nor a projection;
 * one for subplans may have both.
 */
static TupleTableSlot *
next(CustomScanState *node)
{
	PlanState  *ps = &node->ss.ps;
	ExprContext *econtext = ps->ps_ExprContext;
	TupleTableSlot *row;

	while ((row = next_row((SsmAhead *) node)) != NULL)
	{
		ResetExprContext(econtext);
		econtext->ecxt_scantuple = row;
		if (ExecQual(ps->qual, econtext))
			return ps->ps_ProjInfo ? ExecProject(ps->ps_ProjInfo) : row;
		InstrCountFiltered1(node, 1);
	}
	return ExecClearTuple(ps->ps_ProjInfo ? ps->ps_ResultTupleSlot : node->ss.ss_ScanTupleSlot);
}

/*
 * EndCustomScan.
 */
static void
end(CustomScanState *node)
{
	ExecEndNode(outerPlanState(node));
}

/*
 * ReScanCustomScan.
 */
static void
rescan(CustomScanState *node)
{
	SsmAhead   *ahead = (SsmAhead *) node;

	ahead->current = ahead->end - 1;
	ahead->going = false;
	ahead->done = false;
	if (outerPlanState(node)->chgParam == NULL)
		ExecReScan(outerPlanState(node));
}

/*
 * ExplainCustomScan: what is read ahead for, and how far.
 */
static void
explain(CustomScanState *node, List *ancestors, ExplainState *es)
{
	CustomScan *plan = (CustomScan *) node->ss.ps.plan;
	List	   *context = set_deparse_context_plan(es->deparse_cxt, &plan->scan.plan, ancestors);
	bool		prefix = es->verbose || list_length(es->rtable) > 1;
	List	   *keys = NIL;
	ListCell   *lc;

	foreach(lc, plan->custom_exprs)
		keys = lappend(keys, deparse_expression(lfirst(lc), context, prefix, false));
	ExplainPropertyList("Keys", keys, es);
	if (es->analyze)
		ExplainPropertyInteger("Rows Ahead", NULL, ((SsmAhead *) node)->most, es);
}

static const CustomExecMethods exec_methods = {
	.CustomName = "SsmReadAhead",
	.BeginCustomScan = begin,
	.ExecCustomScan = next,
	.EndCustomScan = end,
	.ReScanCustomScan = rescan,
	.ExplainCustomScan = explain
};

/*
 * CreateCustomScanState.
 */
static Node *
create_state(CustomScan *plan)
{
	SsmAhead   *ahead = palloc0(sizeof(SsmAhead));

	NodeSetTag(ahead, T_CustomScanState);
	ahead->css.methods = &exec_methods;
	return (Node *) ahead;
}

const CustomScanMethods ssm_ahead_methods = {"SsmReadAhead", create_state};

/*
 * Put the executor's hook in place, once for a process.
 */
void
ssm_ahead_init(void)
{
	RegisterCustomScanMethods(&ssm_ahead_methods);
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_statement;
}
