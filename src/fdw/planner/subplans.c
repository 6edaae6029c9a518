/*
 * subplans.c
 *		Plans that read ahead: correlated subqueries.
 *
 * A node that evaluates a correlated subquery for each of its rows is a loop, too.
 * It is made to give what the subquery starts from, and the subquery is evaluated
 * above a read-ahead of that.
 */
#include "postgres.h"

#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"

#include "fdw/planner/ahead.h"

/*
 * Does only the node itself know what that is?
 */
static bool
is_leaf(Node *node)
{
	return IsA(node, Var) || IsA(node, Aggref) || IsA(node, WindowFunc) || IsA(node, GroupingFunc);
}

/*
 * Collect the correlated SubPlans that a node evaluates for each of its rows.
 */
static bool
collect_subplans(Node *node, void *found)
{
	if (node == NULL || is_leaf(node))
		return false;
	if (IsA(node, SubPlan) && ((SubPlan *) node)->parParam != NIL)
		*(List **) found = lappend(*(List **) found, node);
	return expression_tree_walker(node, collect_subplans, found);
}

/*
 * Move an expression up: what it starts from is the read-ahead's row.  The node is to
 * give that: it is added to the List of TargetEntries that context points to.
 */
static Node *
move_up(Node *node, void *context)
{
	List	  **below = context;
	TargetEntry *entry = NULL;
	ListCell   *lc;

	if (node == NULL)
		return NULL;
	if (!is_leaf(node))
		return expression_tree_mutator(node, move_up, context);
	foreach(lc, *below)
		if (equal(((TargetEntry *) lfirst(lc))->expr, node))
		entry = lfirst(lc);
	if (entry == NULL)
	{
		entry = makeTargetEntry((Expr *) node, list_length(*below) + 1, NULL, false);
		*below = lappend(*below, entry);
	}
	return (Node *) makeVar(INDEX_VAR, entry->resno, exprType(node), exprTypmod(node), exprCollation(node), 0);
}

/*
 * Does the node compute its own target list, for each row?
 */
static bool
has_target_list(const Plan *plan)
{
	switch (nodeTag(plan))
	{
		case T_SeqScan:
		case T_IndexScan:
		case T_IndexOnlyScan:
		case T_BitmapHeapScan:
		case T_TidScan:
		case T_TidRangeScan:
		case T_SubqueryScan:
		case T_FunctionScan:
		case T_ValuesScan:
		case T_CteScan:
		case T_NamedTuplestoreScan:
		case T_ForeignScan:
		case T_NestLoop:
		case T_MergeJoin:
		case T_HashJoin:
		case T_Agg:
		case T_Group:
		case T_WindowAgg:
		case T_Result:
			return true;
		default:
			return false;
	}
}

/*
 * The quals from the first with a correlated SubPlan on, in *moved, without them
 * the others.  Their order stays, as it may be a matter of security.
 */
static List *
split_quals(List *quals, List **moved, List **subplans)
{
	List	   *kept = NIL;
	ListCell   *lc;

	foreach(lc, quals)
	{
		collect_subplans(lfirst(lc), subplans);
		if (*subplans)
			*moved = lappend(*moved, lfirst(lc));
		else
			kept = lappend(kept, lfirst(lc));
	}
	return kept;
}

/*
 * If a node evaluates correlated subplans with scans of ours, put a read-ahead
 * over it that does so in its place.
 */
void
ssm_ahead_subplans(SsmAheadPass *pass, Plan **plan)
{
	Plan	   *node = *plan;
	SsmAheadLoop loop = {.pass = pass, .outside = node->extParam, .slot = -1};
	List	   *targets = node->targetlist;
	List	   *quals = node->qual;
	List	   *moved = NIL;
	List	   *subplans = NIL;
	List	   *below = NIL;
	CustomScan *ahead;
	ListCell   *lc;

	if (!has_target_list(node))
		return;
	node->qual = split_quals(quals, &moved, &subplans);
	collect_subplans((Node *) targets, &subplans);
	node->targetlist = NIL;
	if (subplans && ssm_ahead_allowed(pass->stmt, node))
	{
		List	   *above = (List *) move_up((Node *) targets, &below);

		subplans = NIL;
		moved = (List *) move_up((Node *) moved, &below);
		collect_subplans((Node *) moved, &subplans);
		collect_subplans((Node *) above, &subplans);
		foreach(lc, subplans)
		{
			SubPlan    *subplan = lfirst(lc);

			loop.params = subplan->parParam;
			loop.exprs = subplan->args;
			ssm_ahead_feed(&loop, list_nth(pass->stmt->subplans, subplan->plan_id - 1));
		}
		if (loop.slot >= 0)
		{
			node->targetlist = below;
			node->async_capable = false;
			ahead = ssm_ahead_make(&loop, node);
			ahead->scan.plan.targetlist = above;
			ahead->scan.plan.qual = moved;
			*plan = &ahead->scan.plan;
			return;
		}
	}
	node->targetlist = targets;
	node->qual = quals;
}
