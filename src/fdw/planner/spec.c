/*
 * spec.c
 *		Plan-time facts packed for the executor.
 *
 * A plan is copied, cached and run again and again, so it holds Lists of nodes
 * and nothing else.  The value expressions are in fdw_exprs, where the planner
 * replaces what refers to other relations.
 */
#include "postgres.h"

#include "fdw/planner/spec.h"

#include "nodes/nodeFuncs.h"
#include "nodes/value.h"

/* Places in fdw_private. */
enum SsmPrivateIndex
{
	SSM_PRIVATE_ATTNUMS,		/* IntList */
	SSM_PRIVATE_FACTS,			/* IntList: details, limit, limited,
								 * ncommands, ninstances */
	SSM_PRIVATE_ESTIMATE,		/* List of Floats: rows, per_command,
								 * per_instance */
	SSM_PRIVATE_QUALS			/* List of IntLists: member, operator, clause,
								 * and for each value whether it is an array */
};

/*
 * A number as a node.
 */
static Float *
pack_float(double value)
{
	return makeFloat(psprintf("%.17g", value));
}

/*
 * Make fdw_private, and fdw_exprs in *exprs.
 */
List *
ssm_spec_pack(const SsmSpec *spec, List **exprs)
{
	List	   *facts = list_make5_int(spec->details, spec->limit, spec->limited,
									   spec->ncommands, spec->ninstances);
	List	   *estimate = list_make3(pack_float(spec->estimate.rows),
									  pack_float(spec->estimate.per_command),
									  pack_float(spec->estimate.per_instance));
	List	   *quals = NIL;
	ListCell   *lc;

	*exprs = NIL;
	foreach(lc, spec->quals)
	{
		SsmQual    *qual = lfirst(lc);

		quals = lappend(quals, list_concat(list_make3_int(qual->member, qual->op, qual->clause),
										   qual->arrays));
		*exprs = list_concat(*exprs, qual->values);
	}
	return list_make4(spec->attnums, facts, estimate, quals);
}

/*
 * Collect the executor's parameters in a tree into the Bitmapset *params.
 */
static bool
collect_params(Node *node, void *params)
{
	if (node == NULL)
		return false;
	if (IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC)
		*(Bitmapset **) params = bms_add_member(*(Bitmapset **) params, ((Param *) node)->paramid);
	return expression_tree_walker(node, collect_params, params);
}

/*
 * Read them back.  palloc'ed; changes nothing in the plan.
 */
SsmSpec *
ssm_spec_unpack(const ForeignScan *plan)
{
	SsmSpec    *spec = palloc0(sizeof(SsmSpec));
	List	   *facts = list_nth(plan->fdw_private, SSM_PRIVATE_FACTS);
	List	   *estimate = list_nth(plan->fdw_private, SSM_PRIVATE_ESTIMATE);
	int			value = 0;
	ListCell   *lc;

	spec->attnums = list_nth(plan->fdw_private, SSM_PRIVATE_ATTNUMS);
	spec->details = linitial_int(facts);
	spec->limit = lsecond_int(facts);
	spec->limited = lthird_int(facts);
	spec->ncommands = lfourth_int(facts);
	spec->ninstances = list_nth_int(facts, 4);
	spec->estimate.rows = floatVal(linitial(estimate));
	spec->estimate.per_command = floatVal(lsecond(estimate));
	spec->estimate.per_instance = floatVal(lthird(estimate));
	foreach(lc, (List *) list_nth(plan->fdw_private, SSM_PRIVATE_QUALS))
	{
		List	   *packed = lfirst(lc);
		SsmQual    *qual = palloc0(sizeof(SsmQual));
		int			i;

		qual->member = linitial_int(packed);
		qual->op = lsecond_int(packed);
		qual->clause = lthird_int(packed);
		qual->arrays = list_copy_tail(packed, 3);
		for (i = 3; i < list_length(packed); i++)
			qual->values = lappend(qual->values, list_nth(plan->fdw_exprs, value++));
		spec->quals = lappend(spec->quals, qual);
	}
	collect_params((Node *) plan->fdw_exprs, &spec->params);
	return spec;
}
