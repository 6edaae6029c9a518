/*
 * plan.c
 *		The planner's callbacks.
 */
#include "postgres.h"

#include "fdw/planner/plan.h"

#include "access/htup_details.h"
#include "access/sysattr.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "optimizer/paths.h"
#include "optimizer/planmain.h"
#include "optimizer/prep.h"

#include "fdw/compat.h"
#include "fdw/field.h"
#include "fdw/options.h"
#include "fdw/planner/cost.h"
#include "fdw/planner/order.h"
#include "fdw/planner/required.h"
#include "fdw/planner/spec.h"
#include "fdw/planner/statistics.h"

static get_relation_stats_hook_type previous_relation_stats_hook;

/*
 * get_relation_stats_hook: for a column of a relation that is ours and whose
 * callbacks have begun, statistics that are better than the catalog's.
 */
static bool
relation_stats(PlannerInfo *root, RangeTblEntry *rte, AttrNumber attnum, VariableStatData *vardata)
{
	int			i;

	for (i = 1; rte->relkind == RELKIND_FOREIGN_TABLE && i < root->simple_rel_array_size; i++)
	{
		RelOptInfo *rel = root->simple_rel_array[i];

		if (root->simple_rte_array[i] != rte || rel == NULL || rel->fdwroutine == NULL ||
			rel->fdwroutine->GetForeignRelSize != ssmGetForeignRelSize || rel->fdw_private == NULL)
			continue;
		vardata->statsTuple = ssm_statistics_get(rte->relid, attnum, rel->tuples,
												 rel->fdw_private);
		if (vardata->statsTuple == NULL)
			break;
		vardata->freefunc = heap_freetuple;
		/* they hold no user's data */
		vardata->acl_ok = true;
		return true;
	}
	return previous_relation_stats_hook && previous_relation_stats_hook(root, rte, attnum, vardata);
}

/*
 * Put the planner's hook in place, once for a process.
 */
void
ssm_plan_init(void)
{
	previous_relation_stats_hook = get_relation_stats_hook;
	get_relation_stats_hook = relation_stats;
}

/*
 * ssmGetForeignRelSize: find the columns and estimate the rows.
 */
void
ssmGetForeignRelSize(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	SsmRelInfo *info = palloc0(sizeof(SsmRelInfo));

	info->options = ssm_options_get(foreigntableid);
	info->columns = ssm_qual_columns(info->options->operation, foreigntableid, baserel->relid);
	info->async_capable = info->options->async_capable;
	baserel->fdw_private = info;
	ssm_cost_prepare(root, baserel, info);
	set_baserel_size_estimates(root, baserel);
}

/*
 * How often a path that takes values from these relations runs at least, as
 * get_loop_count of indxpath.c has it.
 */
static double
loop_count(PlannerInfo *root, Relids required)
{
	double		count = 0;
	int			relid = -1;

	while ((relid = bms_next_member(required, relid)) >= 0)
	{
		RelOptInfo *rel = relid < root->simple_rel_array_size ? root->simple_rel_array[relid] : NULL;

		if (rel && rel->rows > 0 && (count == 0 || rel->rows < count))
			count = rel->rows;
	}
	return Max(count, 1);
}

/*
 * Add a path that takes values from the relations in required.
 */
static void
add_scan_path(PlannerInfo *root, RelOptInfo *baserel, Relids required)
{
	SsmRelInfo *info = baserel->fdw_private;
	ParamPathInfo *param = get_baserel_parampathinfo(root, baserel, required);
	double		rows = param ? param->ppi_rows : baserel->rows;
	Cost		startup;
	Cost		total;

	ssm_cost_scan(root, baserel, info, param ? param->ppi_clauses : NIL, rows,
				  &startup, &total);
	if (param)
		ssm_cost_ahead(info->options, loop_count(root, required), &startup, &total);
	add_path(baserel, (Path *) ssm_create_foreignscan_path(root, baserel, rows, startup, total, NIL, required));
}

/*
 * Add a path that gives the newest rows first, if the query wants them in that order
 * and they can be read so.
 */
static void
add_newest_path(PlannerInfo *root, RelOptInfo *baserel)
{
	List	   *pathkeys = ssm_order_pathkeys(root, baserel);
	Cost		startup;
	Cost		total;
	ForeignPath *path;

	if (pathkeys == NIL || !ssm_cost_newest(root, baserel, baserel->fdw_private, &startup, &total))
		return;
	path = ssm_create_foreignscan_path(root, baserel, baserel->rows, startup, total, pathkeys, baserel->lateral_relids);
	path->fdw_private = list_make1(makeBoolean(true));
	add_path(baserel, (Path *) path);
}

/*
 * Will a LIMIT end the scan?  That is so where this is the query's only
 * relation, or one of the parts of it that an Append reads, and nothing sorts or
 * groups.
 */
static bool
is_limited(PlannerInfo *root, RelOptInfo *baserel)
{
	return root->limit_tuples > 0 &&
		root->parse->sortClause == NIL && root->parse->distinctClause == NIL &&
		bms_membership(root->all_baserels) == BMS_SINGLETON;
}

/*
 * The quals among some clauses (Exprs).
 */
static List *
match_quals(PlannerInfo *root, const SsmRelInfo *info, List *clauses)
{
	List	   *quals = NIL;
	ListCell   *lc;
	ListCell   *lq;

	foreach(lc, clauses)
		foreach(lq, ssm_qual_match(root, info->columns, lfirst(lc)))
	{
		SsmQual    *qual = lfirst(lq);

		qual->clause = foreach_current_index(lc);
		quals = lappend(quals, qual);
	}
	return quals;
}

/*
 * Rows that will surely do, or 0.  It is a hint for the size of pages only:
 * given where a LIMIT ends the scan and every clause is an id that is sent or
 * one that holds for all rows or none, so that all rows that come are used.
 */
static int
limit_hint(PlannerInfo *root, RelOptInfo *baserel, int nclauses, List *quals)
{
	const SsmOperation *operation = ((SsmRelInfo *) baserel->fdw_private)->columns->operation;
	ListCell   *lc;

	if (!is_limited(root, baserel) || root->limit_tuples > PG_INT32_MAX ||
		list_length(quals) != nclauses)
		return 0;
	foreach(lc, quals)
	{
		SsmQual    *qual = lfirst(lc);
		const SsmParameter *parameter = operation->fields[qual->field].parameter;

		if (!qual->whole || !(parameter ? parameter->id :
							  ssm_operation_push(operation, qual->field) == SSM_PUSH_CONSTANT))
			return 0;
	}
	return (int) root->limit_tuples;
}

/*
 * Will the first page surely end the query, if it has rows?  Then the parts that
 * an Append reads had better be asked one after the other: fewer requests.
 */
static bool
first_page_does(PlannerInfo *root, RelOptInfo *baserel)
{
	SsmRelInfo *info = baserel->fdw_private;
	List	   *clauses;
	int			limit;

	if (!is_limited(root, baserel))
		return false;
	clauses = extract_actual_clauses(baserel->baserestrictinfo, false);
	limit = limit_hint(root, baserel, list_length(clauses), match_quals(root, info, clauses));
	return limit > 0 && limit <= info->options->page_size;
}

/*
 * ssmGetForeignPaths: one path for the scan by itself, one that gives the newest rows
 * first, if that is of use, and one for each set of relations that join clauses on
 * columns of ours take their values from.
 */
void
ssmGetForeignPaths(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid)
{
	SsmRelInfo *info = baserel->fdw_private;
	List	   *required = ssm_required_find(root, baserel);
	ListCell   *lc;

	info->async_capable &= !first_page_does(root, baserel);
	add_scan_path(root, baserel, baserel->lateral_relids);
	add_newest_path(root, baserel);
	foreach(lc, required)
		add_scan_path(root, baserel, lfirst(lc));
}

/*
 * May the relation's scan run beside others under an Append?
 */
bool
ssm_plan_async(RelOptInfo *baserel)
{
	SsmRelInfo *info = baserel->fdw_private;

	return info->async_capable;
}

/*
 * Does the query itself refer to the relation's whole row?  A row mark does, too
 * (so that EvalPlanQual has the row again), which is no use of its columns.
 */
static bool
names_whole_row(PlannerInfo *root, RelOptInfo *baserel)
{
	Query	   *parse = root->parse;
	Index		relid = baserel->relid;
	Bitmapset  *used = NULL;
	ListCell   *lc;

	if (get_plan_rowmark(root->rowMarks, relid) == NULL)
		return true;
	if (baserel->top_parent_relids)
		relid = bms_singleton_member(baserel->top_parent_relids);
	foreach(lc, parse->targetList)
	{
		TargetEntry *entry = lfirst(lc);

		/* the planner adds those of row marks to the query's, by this name */
		if (!entry->resjunk || entry->resname == NULL || strncmp(entry->resname, "wholerow", 8) != 0)
			pull_varattnos((Node *) entry->expr, relid, &used);
	}
	pull_varattnos((Node *) parse->jointree, relid, &used);
	pull_varattnos(parse->havingQual, relid, &used);
	pull_varattnos((Node *) parse->returningList, relid, &used);
	return bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, used);
}

/*
 * Attributes that the query uses, as a list of integers.  A reference to the
 * whole row uses all.  To use one that is none of the API's is an error.
 */
static List *
used_attnums(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
			 const SsmRelColumns *columns)
{
	Bitmapset  *used = NULL;
	List	   *attnums = NIL;
	ListCell   *lc;
	bool		all;
	bool		named;
	int			i;

	pull_varattnos((Node *) baserel->reltarget->exprs, baserel->relid, &used);
	foreach(lc, baserel->baserestrictinfo)
		pull_varattnos((Node *) ((RestrictInfo *) lfirst(lc))->clause, baserel->relid, &used);
	all = bms_is_member(InvalidAttrNumber - FirstLowInvalidHeapAttributeNumber, used);
	named = all && names_whole_row(root, baserel);
	for (i = 1; i <= columns->natts; i++)
	{
		int			field = columns->fields[i - 1];
		bool		single = bms_is_member(i - FirstLowInvalidHeapAttributeNumber, used);

		if (field >= 0 && (all || single))
			attnums = lappend_int(attnums, i);
		else if (field != SSM_COLUMN_DROPPED && (named || single))
			ssm_field_find(columns->operation, foreigntableid, i);
	}
	return attnums;
}

/*
 * ssmGetForeignPlan: pack what the scan is to do.  All clauses stay with the
 * executor, which checks them again.
 */
ForeignScan *
ssmGetForeignPlan(PlannerInfo *root, RelOptInfo *baserel, Oid foreigntableid,
				  ForeignPath *best_path, List *tlist, List *scan_clauses, Plan *outer_plan)
{
	SsmRelInfo *info = baserel->fdw_private;
	SsmSpec		spec = {0};
	SsmScanEstimate scan;
	List	   *private;
	List	   *exprs;
	ListCell   *lc;

	ssm_cost_estimate(root, baserel, info, scan_clauses, &scan);
	spec.requests = ssm_cost_requests(info, &scan).requests;
	spec.estimate = scan.estimate;
	memcpy(spec.ids, scan.ids, sizeof(spec.ids));
	spec.attnums = used_attnums(root, baserel, foreigntableid, info->columns);
	scan_clauses = extract_actual_clauses(scan_clauses, false);
	spec.quals = match_quals(root, info, scan_clauses);
	spec.limited = is_limited(root, baserel);
	spec.limit = limit_hint(root, baserel, list_length(scan_clauses), spec.quals);
	if (best_path->fdw_private != NIL)
	{
		spec.newest = info->columns->time;
		spec.requests = ssm_cost_first_requests(info, &scan);
		spec.limit = ssm_order_wanted(root);
	}
	foreach(lc, spec.attnums)
		spec.details |= info->columns->operation->fields[info->columns->fields[lfirst_int(lc) - 1]].details;
	private = ssm_spec_pack(&spec, &exprs);
	return make_foreignscan(tlist, scan_clauses, baserel->relid, exprs, private, NIL, NIL, outer_plan);
}

/*
 * Is the server one of this extension's?  A plan may name one that has been dropped,
 * if it is of a table that is not read.
 */
bool
ssm_plan_ours(Oid serverid)
{
	ForeignServer *server = GetForeignServerExtended(serverid, FSV_MISSING_OK);
	ForeignDataWrapper *wrapper = server ? GetForeignDataWrapperExtended(server->fdwid, FDW_MISSING_OK) : NULL;

	return wrapper && OidIsValid(wrapper->fdwhandler) &&
		GetFdwRoutine(wrapper->fdwhandler)->GetForeignPaths == ssmGetForeignPaths;
}
