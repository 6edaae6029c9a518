/*
 * together.c
 *		Scans that a MergeAppend asks for their first rows one after the other.
 *
 * It needs a row of each before it gives one, but unlike an Append it does not wait
 * for several at once.  So its scans of ours know each other: while one waits for its
 * first row, those that have not been asked yet go on as well (see scan.c).
 */
#include "postgres.h"

#include "fdw/executor/together.h"

#include "executor/executor.h"
#include "nodes/nodeFuncs.h"

#include "fdw/executor/rows.h"
#include "fdw/executor/scan.h"

static ExecutorStart_hook_type previous_start;

/*
 * planstate_tree_walker's callback: let the scans of each MergeAppend know it.
 */
static bool
link_scans(PlanState *node, void *context)
{
	MergeAppendState *merge = (MergeAppendState *) node;
	int			i;

	for (i = 0; IsA(node, MergeAppendState) && i < merge->ms_nplans; i++)
	{
		SsmScan    *scan = ssm_scan_get(merge->mergeplans[i]);

		if (scan && scan->order)
			scan->merge = merge;
	}
	return planstate_tree_walker(node, link_scans, context);
}

/*
 * ExecutorStart_hook: if scans in order have begun, see what asks them.
 */
static void
start_statement(QueryDesc *query, int eflags)
{
	uint64		before = ssm_orders_created;

	if (previous_start)
		previous_start(query, eflags);
	else
		standard_ExecutorStart(query, eflags);
	if (ssm_orders_created > before + 1)
		link_scans(query->planstate, NULL);
}

/*
 * Put the executor's hook in place, once for a process.
 */
void
ssm_together_init(void)
{
	previous_start = ExecutorStart_hook;
	ExecutorStart_hook = start_statement;
}
