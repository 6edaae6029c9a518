/*
 * order.c
 *		Whether a query wants the newest rows first.
 *
 * Newest is what the operation's time filters go by: only that can be read in such an
 * order (see ssm/newest.c).
 */
#include "postgres.h"

#include "fdw/planner/order.h"

#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "optimizer/paths.h"
#include "utils/typcache.h"

#include "fdw/compat.h"
#include "fdw/planner/cost.h"

/*
 * The first of the query's pathkeys, as a list, if it is the relation's time, the
 * latest first; else NIL.  Rows without a time end the scan, so it does not matter
 * where NULLs go.  What else the query sorts by is left to PostgreSQL.
 */
List *
ssm_order_pathkeys(PlannerInfo *root, RelOptInfo *baserel)
{
	SsmRelInfo *info = baserel->fdw_private;
	PathKey    *pathkey;
	Var		   *time;

	if (root->query_pathkeys == NIL || info->columns->time == 0)
		return NIL;
	pathkey = linitial(root->query_pathkeys);
	time = makeVar(baserel->relid, info->columns->time, TIMESTAMPTZOID, -1, InvalidOid, 0);
	if (!ssm_pathkey_descends(pathkey) || pathkey->pk_eclass->ec_has_volatile ||
		pathkey->pk_opfamily != lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_BTREE_OPFAMILY)->btree_opf ||
		find_ec_member_matching_expr(pathkey->pk_eclass, (Expr *) time, baserel->relids) == NULL)
		return NIL;
	return list_make1(pathkey);
}

/*
 * How many rows the query wants of what its order brings first, or 0 if that is not
 * known.
 */
int
ssm_order_wanted(PlannerInfo *root)
{
	bool		known = root->limit_tuples > 0 && root->limit_tuples <= PG_INT32_MAX &&
	bms_membership(root->all_baserels) == BMS_SINGLETON;

	return known ? (int) root->limit_tuples : 0;
}
