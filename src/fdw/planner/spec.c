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
	SSM_PRIVATE_FACTS,			/* IntList: details, limit, limited, newest */
	SSM_PRIVATE_ESTIMATE,		/* List of Floats: rows, and for each
								 * parameter ids and share */
	SSM_PRIVATE_QUALS,			/* List of IntLists: field, operator, clause,
								 * and for each value whether it is an array */
	SSM_PRIVATE_FEED			/* IntList of SsmFeedFacts, if a read-ahead
								 * feeds it */
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
	List	   *facts = list_make4_int(spec->details, spec->limit, spec->limited, spec->newest);
	List	   *estimate = list_make2(pack_float(spec->requests), pack_float(spec->estimate.rows));
	List	   *quals = NIL;
	ListCell   *lc;
	int			i;

	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		estimate = list_concat(estimate, list_make2(pack_float(spec->ids[i]),
													pack_float(spec->estimate.share[i])));
	*exprs = NIL;
	foreach(lc, spec->quals)
	{
		SsmQual    *qual = lfirst(lc);

		quals = lappend(quals, list_concat(list_make3_int(qual->field, qual->op, qual->clause),
										   qual->arrays));
		*exprs = list_concat(*exprs, qual->values);
	}
	return list_make4(spec->attnums, facts, estimate, quals);
}

/*
 * expression_tree_walker's callback for ssm_spec_params.
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
 * Collect the executor's parameters in a tree into *params.
 */
void
ssm_spec_params(Node *node, Bitmapset **params)
{
	(void) collect_params(node, params);
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
	int			i;
	ListCell   *lc;

	spec->attnums = list_nth(plan->fdw_private, SSM_PRIVATE_ATTNUMS);
	spec->details = linitial_int(facts);
	spec->limit = lsecond_int(facts);
	spec->limited = lthird_int(facts);
	spec->newest = lfourth_int(facts);
	spec->requests = floatVal(linitial(estimate));
	spec->estimate.rows = floatVal(lsecond(estimate));
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
	{
		spec->ids[i] = floatVal(list_nth(estimate, 2 + 2 * i));
		spec->estimate.share[i] = floatVal(list_nth(estimate, 3 + 2 * i));
	}
	foreach(lc, (List *) list_nth(plan->fdw_private, SSM_PRIVATE_QUALS))
	{
		List	   *packed = lfirst(lc);
		SsmQual    *qual = palloc0(sizeof(SsmQual));

		qual->field = linitial_int(packed);
		qual->op = lsecond_int(packed);
		qual->clause = lthird_int(packed);
		qual->arrays = list_copy_tail(packed, 3);
		for (i = 3; i < list_length(packed); i++)
			qual->values = lappend(qual->values, list_nth(plan->fdw_exprs, value++));
		spec->quals = lappend(spec->quals, qual);
	}
	spec->ahead = -1;
	if (list_length(plan->fdw_private) > SSM_PRIVATE_FEED)
	{
		List	   *feed = list_nth(plan->fdw_private, SSM_PRIVATE_FEED);

		spec->ahead = list_nth_int(feed, SSM_FEED_SLOT);
		spec->first_key = list_nth_int(feed, SSM_FEED_FIRST);
		spec->memoized = list_nth_int(feed, SSM_FEED_MEMOIZED);
		spec->fed = list_copy_tail(feed, SSM_FEED_VALUES);
	}
	ssm_spec_params((Node *) plan->fdw_exprs, &spec->params);
	return spec;
}
