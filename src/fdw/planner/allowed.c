/*
 * allowed.c
 *		Plans that read ahead: whose rows may be read before they are asked for.
 *
 * A row that is read ahead may never be asked for.  So reading it must do nothing
 * but give it: lock no row, change none, and call nothing volatile.
 */
#include "postgres.h"

#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"

#include "fdw/planner/ahead.h"

/*
 * Does the expression call something volatile, itself or by a subplan of the
 * statement?
 */
static bool
is_volatile(Node *node, void *stmt)
{
	if (node == NULL)
		return false;
	if (IsA(node, SubPlan) &&
		!ssm_ahead_allowed(stmt, list_nth(((PlannedStmt *) stmt)->subplans, ((SubPlan *) node)->plan_id - 1)))
		return true;
	return expression_tree_walker(node, is_volatile, stmt);
}

/*
 * The same of a node's expressions, which are lists or single.
 */
static bool
calls_volatile(const PlannedStmt *stmt, void *exprs)
{
	return contain_volatile_functions(exprs) || is_volatile(exprs, unconstify(PlannedStmt *, stmt));
}

/*
 * The expressions that a node has beside its target list and quals.  False for
 * nodes whose rows may not be read ahead, or that are not known.
 */
static bool
other_expressions(Plan *plan, List **exprs)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_BitmapIndexScan:
		case T_BitmapAnd:
		case T_BitmapOr:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_NamedTuplestoreScan:
		case T_Material:
		case T_Memoize:
		case T_Sort:
		case T_IncrementalSort:
		case T_Agg:
		case T_Group:
		case T_WindowAgg:
		case T_Unique:
		case T_SetOp:
		case T_Hash:
		case T_Limit:
		case T_Append:
		case T_MergeAppend:
		case T_Gather:
		case T_GatherMerge:
		case T_CteScan:
			return true;
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
			*exprs = ((Join *) plan)->joinqual;
			return true;
		case T_FunctionScan:
			*exprs = ((FunctionScan *) plan)->functions;
			return true;
		case T_ValuesScan:
			*exprs = ((ValuesScan *) plan)->values_lists;
			return true;
		case T_Result:
			*exprs = (List *) ((Result *) plan)->resconstantqual;
			return true;
		case T_ForeignScan:
			*exprs = ((ForeignScan *) plan)->fdw_exprs;
			return ((ForeignScan *) plan)->operation == CMD_SELECT;
		case T_CustomScan:
			return ((CustomScan *) plan)->methods == &ssm_ahead_methods;
		default:
			return false;
	}
}

/*
 * May the plan's rows be read before they are asked for?
 */
bool
ssm_ahead_allowed(const PlannedStmt *stmt, Plan *plan)
{
	List	   *exprs = NIL;
	ListCell   *lc;

	check_stack_depth();
	if (plan == NULL || !other_expressions(plan, &exprs) ||
		calls_volatile(stmt, exprs) || calls_volatile(stmt, plan->targetlist) || calls_volatile(stmt, plan->qual))
		return false;
	if (IsA(plan, CteScan) &&
		!ssm_ahead_allowed(stmt, list_nth(stmt->subplans, ((CteScan *) plan)->ctePlanId - 1)))
		return false;
	foreach(lc, ssm_ahead_children(plan))
		if (!ssm_ahead_allowed(stmt, *(Plan **) lfirst(lc)))
		return false;
	return true;
}
