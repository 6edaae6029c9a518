/*
 * ahead.c
 *		Plans that read ahead: nested loops.
 *
 * A nested loop asks its inner side for one outer row after the other, and if that
 * is a scan of ours, each costs a round trip.  So a node is put over the outer
 * side, which reads some rows more than the loop has asked for, and the scans
 * below the inner side ask early for what they will be asked.  Rows, their order
 * and the join itself stay PostgreSQL's: a wrong guess costs a request, never a
 * row.
 *
 * This works on a finished plan.  Paths would see one join at a time, and neither
 * LATERAL subqueries nor SubPlans.
 */
#include "postgres.h"

#include "fdw/planner/ahead.h"

#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"

#include "fdw/options.h"
#include "fdw/planner/plan.h"
#include "fdw/planner/spec.h"

/*
 * The places where a plan node keeps its children: pointers to Plan pointers.
 */
List *
ssm_ahead_children(Plan *plan)
{
	List	   *places = NIL;
	List	   *more = NIL;
	ListCell   *lc;

	if (plan->lefttree)
		places = lappend(places, &plan->lefttree);
	if (plan->righttree)
		places = lappend(places, &plan->righttree);
	if (IsA(plan, Append))
		more = ((Append *) plan)->appendplans;
	else if (IsA(plan, MergeAppend))
		more = ((MergeAppend *) plan)->mergeplans;
	else if (IsA(plan, CustomScan))
		more = ((CustomScan *) plan)->custom_plans;
	else if (IsA(plan, SubqueryScan))
		places = lappend(places, &((SubqueryScan *) plan)->subplan);
	foreach(lc, more)
		places = lappend(places, &lfirst(lc));
	return places;
}

/*
 * Is it a scan of ours, and by values that are known when it starts?
 */
static bool
is_ours(const ForeignScan *scan)
{
	return scan->fdw_exprs != NIL && scan->scan.scanrelid > 0 && scan->operation == CMD_SELECT &&
		ssm_plan_ours(scan->fs_server);
}

/*
 * Is there such a scan in a plan?
 */
static bool
has_scan(Plan *plan)
{
	ListCell   *lc;

	check_stack_depth();
	if (IsA(plan, ForeignScan) && is_ours((ForeignScan *) plan))
		return true;
	foreach(lc, ssm_ahead_children(plan))
		if (has_scan(*(Plan **) lfirst(lc)))
		return true;
	return false;
}

/*
 * Replace the loop's parameters by what they are in terms of its rows.
 */
static Node *
replace_params(Node *node, void *context)
{
	SsmAheadLoop *loop = context;
	ListCell   *lp;
	ListCell   *le;

	if (node == NULL)
		return NULL;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		forboth(lp, loop->params, le, loop->exprs)
			if (lfirst_int(lp) == ((Param *) node)->paramid)
			return copyObject(lfirst(le));
	return expression_tree_mutator(node, replace_params, context);
}

/*
 * Does the expression use only the loop's parameters, and such as stay while it
 * runs?
 */
static bool
uses_only(const SsmAheadLoop *loop, Node *node)
{
	Bitmapset  *params = NULL;
	int			param = -1;

	ssm_spec_params(node, &params);
	while ((param = bms_next_member(params, param)) >= 0)
		if (!list_member_int(loop->params, param) && !bms_is_member(param, loop->outside))
			return false;
	return true;
}

/*
 * Let the loop feed a scan, if it has what the scan needs.  An expression that may
 * fail is not evaluated for rows that may never be reached.
 */
static void
feed_scan(SsmAheadLoop *loop, ForeignScan *scan)
{
	SsmAheadPass *pass = loop->pass;
	List	   *keys = NIL;
	List	   *facts;
	ListCell   *lc;
	const SsmOptions *options;
	int			batch;

	if (!is_ours(scan) || list_member_ptr(pass->fed, scan) || !uses_only(loop, (Node *) scan->fdw_exprs))
		return;
	facts = list_make3_int(loop->slot, list_length(loop->keys), loop->memoized);
	foreach(lc, scan->fdw_exprs)
	{
		Node	   *key = replace_params(lfirst(lc), loop);

		if (equal(key, lfirst(lc)))
			continue;
		if (contain_leaked_vars(key))
			return;
		keys = lappend(keys, key);
		facts = lappend_int(facts, foreach_current_index(lc));
	}
	if (keys == NIL)
		return;
	if (loop->slot < 0)
	{
		loop->slot = list_length(pass->stmt->paramExecTypes);
		pass->stmt->paramExecTypes = lappend_oid(pass->stmt->paramExecTypes, InvalidOid);
	}
	list_nth_cell(facts, SSM_FEED_SLOT)->int_value = loop->slot;
	options = ssm_options_get(rt_fetch(scan->scan.scanrelid, pass->stmt->rtable)->relid);
	batch = ssm_parameter_batch(ssm_operation_batched(options->operation));
	loop->width = Max(loop->width, Min(options->max_concurrency * batch, pass->most));
	loop->keys = list_concat(loop->keys, keys);
	scan->fdw_private = lappend(scan->fdw_private, facts);
	pass->fed = lappend(pass->fed, scan);
}

/*
 * Let the loop feed all scans in a plan below it.
 */
void
ssm_ahead_feed(SsmAheadLoop *loop, Plan *plan)
{
	bool		memoized = loop->memoized;
	ListCell   *lc;

	check_stack_depth();
	loop->memoized |= IsA(plan, Memoize);
	if (IsA(plan, ForeignScan))
		feed_scan(loop, (ForeignScan *) plan);
	foreach(lc, ssm_ahead_children(plan))
		ssm_ahead_feed(loop, *(Plan **) lfirst(lc));
	loop->memoized = memoized;
}

/*
 * A read-ahead over a child, for a loop that feeds a scan: gives the child's rows
 * as they are.
 */
CustomScan *
ssm_ahead_make(SsmAheadLoop *loop, Plan *child)
{
	CustomScan *ahead = makeNode(CustomScan);
	Plan	   *plan = &ahead->scan.plan;
	Bitmapset  *params = NULL;
	ListCell   *lc;

	plan->startup_cost = child->startup_cost;
	plan->total_cost = child->total_cost;
	plan->plan_rows = child->plan_rows;
	plan->plan_width = child->plan_width;
	plan->plan_node_id = ++loop->pass->last_id;
	/* here EXPLAIN, changed parameters and shutdown find it */
	plan->lefttree = child;
	foreach(lc, child->targetlist)
	{
		TargetEntry *below = flatCopyTargetEntry(lfirst(lc));
		TargetEntry *above = flatCopyTargetEntry(lfirst(lc));
		Node	   *expr = (Node *) below->expr;

		below->expr = (Expr *) makeVar(OUTER_VAR, below->resno, exprType(expr), exprTypmod(expr),
									   exprCollation(expr), 0);
		above->expr = (Expr *) makeVar(INDEX_VAR, above->resno, exprType(expr), exprTypmod(expr),
									   exprCollation(expr), 0);
		ahead->custom_scan_tlist = lappend(ahead->custom_scan_tlist, below);
		plan->targetlist = lappend(plan->targetlist, above);
	}
	ahead->custom_exprs = loop->keys;
	ssm_spec_params((Node *) loop->keys, &params);
	plan->extParam = bms_union(child->extParam, params);
	plan->allParam = bms_union(child->allParam, params);
	ahead->custom_private = list_make2_int(loop->slot, loop->width);
	ahead->methods = &ssm_ahead_methods;
	return ahead;
}

/*
 * The outer side's Vars as what the read-ahead has read.
 */
static Node *
outer_to_index(Node *node, void *context)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && ((Var *) node)->varno == OUTER_VAR)
	{
		Var		   *var = copyObject((Var *) node);

		var->varno = INDEX_VAR;
		return (Node *) var;
	}
	return expression_tree_mutator(node, outer_to_index, context);
}

/*
 * Put a read-ahead over the outer side of a nested loop, if that feeds a scan.
 */
static void
wrap_loop(SsmAheadPass *pass, NestLoop *join)
{
	SsmAheadLoop loop = {.pass = pass, .outside = join->join.plan.extParam, .slot = -1};
	ListCell   *lc;

	if (join->nestParams == NIL || !has_scan(innerPlan(join)) || !ssm_ahead_allowed(pass->stmt, outerPlan(join)))
		return;
	foreach(lc, join->nestParams)
	{
		NestLoopParam *param = lfirst(lc);

		loop.params = lappend_int(loop.params, param->paramno);
		loop.exprs = lappend(loop.exprs, outer_to_index((Node *) param->paramval, NULL));
	}
	ssm_ahead_feed(&loop, innerPlan(join));
	if (loop.slot >= 0)
		outerPlan(join) = (Plan *) ssm_ahead_make(&loop, outerPlan(join));
}

/*
 * Go through a plan, inner loops first: they know more of what comes next.
 * marked: a MergeJoin above goes back to rows of this node.
 */
static void
wrap(SsmAheadPass *pass, Plan **plan, bool subplans, bool marked)
{
	Plan	   *node = *plan;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, ssm_ahead_children(node))
	{
		Plan	  **child = lfirst(lc);

		wrap(pass, child, subplans,
			 (IsA(node, MergeJoin) && child == &node->righttree) || (marked && IsA(node, Result)));
	}
	if (IsA(node, NestLoop))
		wrap_loop(pass, (NestLoop *) node);
	if (subplans && !marked)
		ssm_ahead_subplans(pass, plan);
}

/*
 * The highest plan_node_id in a plan.
 */
static int
last_id(Plan *plan)
{
	int			last = plan->plan_node_id;
	ListCell   *lc;

	check_stack_depth();
	foreach(lc, ssm_ahead_children(plan))
		last = Max(last, last_id(*(Plan **) lfirst(lc)));
	return last;
}

/*
 * Has a statement's plan a scan that could be fed?
 */
bool
ssm_ahead_useful(const PlannedStmt *stmt)
{
	ListCell   *lc;

	foreach(lc, stmt->subplans)
		if (lfirst(lc) && has_scan(lfirst(lc)))
		return true;
	return has_scan(stmt->planTree);
}

/*
 * Let a statement's plans read ahead, at most so many rows.  Changes them in
 * place.  backward: rows may be asked for in reverse, so that no node may be put
 * over one that can do that.
 */
void
ssm_ahead_plan(PlannedStmt *stmt, int most, bool backward)
{
	SsmAheadPass pass = {.stmt = stmt, .most = most};
	ListCell   *lc;

	pass.last_id = last_id(stmt->planTree);
	foreach(lc, stmt->subplans)
		if (lfirst(lc))
		pass.last_id = Max(pass.last_id, last_id(lfirst(lc)));
	foreach(lc, stmt->subplans)
		if (lfirst(lc))
		wrap(&pass, (Plan **) &lfirst(lc), !backward, false);
	wrap(&pass, &stmt->planTree, !backward, false);
}
