/*
 * required.c
 *		Relations that a scan could take values from, by join clauses.
 */
#include "postgres.h"

#include "fdw/planner/required.h"

#include "optimizer/paths.h"

#include "fdw/compat.h"
#include "fdw/planner/cost.h"

#define MOST_SETS	64			/* of relations to make paths for */

/* What column_matches looks for, and what it has found before. */
typedef struct MemberSearch
{
	const SsmRelColumns *columns;
	AttrNumber	attnum;
} MemberSearch;

/*
 * Callback of generate_implied_equalities_for_column: is this member of an
 * equivalence class the column looked for?
 */
static bool
column_matches(PlannerInfo *root, RelOptInfo *rel, EquivalenceClass *ec,
			   EquivalenceMember *em, void *arg)
{
	MemberSearch *search = arg;
	Node	   *node = (Node *) em->em_expr;

	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	return node && IsA(node, Var) &&
		((Var *) node)->varno == (int) search->columns->relid &&
		((Var *) node)->varattno == search->attnum;
}

/*
 * Add a set of relations to a list, unless it is there.
 */
static List *
add_set(List *sets, Relids set)
{
	ListCell   *lc;

	foreach(lc, sets)
		if (bms_equal(lfirst(lc), set))
		return sets;
	return lappend(sets, set);
}

/*
 * Collect the relations that each join clause on a column of ours would need,
 * as a list of Relids without repeats (as postgres_fdw.c does for its remote
 * estimates).
 */
static List *
collect_required(PlannerInfo *root, RelOptInfo *baserel, List *clauses, List *found)
{
	SsmRelInfo *info = baserel->fdw_private;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst(lc);
		List	   *quals = NIL;
		Relids		required;

		if (join_clause_is_movable_to(rinfo, baserel))
			quals = ssm_qual_match(root, info->columns, rinfo->clause);
		if (quals == NIL)
			continue;
		ssm_cost_available(info, quals);
		required = bms_union(rinfo->clause_relids, baserel->lateral_relids);
		required = bms_del_member(required, baserel->relid);
		if (bms_is_empty(required))
			continue;
		found = add_set(found, required);
	}
	return found;
}

/*
 * Add the unions of sets of relations: where an operation requires several values,
 * they may come from different ones.
 */
static List *
add_unions(List *sets)
{
	int			i;
	int			j;

	for (i = 0; i < list_length(sets); i++)
		for (j = 0; j < i && list_length(sets) < MOST_SETS; j++)
			sets = add_set(sets, bms_union(list_nth(sets, i), list_nth(sets, j)));
	return sets;
}

/*
 * The sets of relations that the scan could take values from, as a list of Relids.
 */
List *
ssm_required_find(PlannerInfo *root, RelOptInfo *baserel)
{
	SsmRelInfo *info = baserel->fdw_private;
	List	   *required = collect_required(root, baserel, baserel->joininfo, NIL);
	int			i;

	for (i = 0; baserel->has_eclass_joins && i < info->columns->natts; i++)
	{
		MemberSearch search = {info->columns, i + 1};

		if (info->columns->pushable[i])
			required = collect_required(root, baserel,
										generate_implied_equalities_for_column(root, baserel,
																			   column_matches, &search,
																			   baserel->lateral_referencers),
										required);
	}
	return info->columns->operation->required_from ? add_unions(required) : required;
}
