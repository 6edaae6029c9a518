/*
 * cost.c
 *		What a scan costs, in requests.
 *
 * A request takes as long as tens of thousands of local rows, so little else
 * counts.  Ids and time ranges make the API read less; a filter on status or
 * document may only make its pages shorter, so it saves nothing here.
 */
#include "postgres.h"

#include "fdw/planner/cost.h"

#include "access/xact.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "fdw/compat.h"

/*
 * The share of the time that the API keeps which a comparison leaves, or -1 if
 * what it compares with is not known yet.
 */
static double
time_share(PlannerInfo *root, const SsmCosting *costing, const SsmQual *qual)
{
	const SsmMember *member = &costing->columns->table->members[qual->member];
	SsmBinding *binding = ssm_bind_create();
	SsmQual		known = *qual;
	int64		to = GetCurrentStatementStartTimestamp() + SSM_POSTGRES_EPOCH;
	int64		from = to - SSM_RETAINED * USECS_PER_SEC;

	known.values = list_make1(estimate_expression_value(root, linitial(qual->values)));
	if (qual->op == SSM_OP_EQ || !ssm_bind_constant(binding, member, &known, costing->options))
		return -1;
	if (binding->bounds.lower.bound)
		from = Max(from, binding->bounds.lower.at);
	if (binding->bounds.upper.bound)
		to = Min(to, binding->bounds.upper.at);
	if (binding->bounds.impossible || to < from)
		return 0;
	return (double) (to - from) / (SSM_RETAINED * USECS_PER_SEC);
}

/*
 * Bind what is constant among the relation's own clauses, and correct what the
 * planner thinks of some of them.  region and account_id have one value in all
 * rows, so a clause on them keeps all or none, and makes no scan cheaper.  Of a
 * table that was never analyzed, rows are taken to be spread evenly over the
 * time that the API keeps.
 */
void
ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmCosting *costing)
{
	const SsmMember *members = costing->columns->table->members;
	SsmSpec		spec = {.limited = true};
	List	   *fixed = NIL;
	ListCell   *lc;

	costing->unknown = baserel->tuples < 0;
	if (costing->unknown)
		baserel->tuples = SSM_DEFAULT_ROWS;
	costing->constants = ssm_bind_create();
	foreach(lc, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst(lc);
		ListCell   *lq;

		foreach(lq, ssm_qual_match(root, costing->columns, rinfo->clause))
		{
			SsmQual    *qual = lfirst(lq);
			SsmPush		push = members[qual->member].push;

			ssm_bind_constant(costing->constants, &members[qual->member], qual, costing->options);
			if (qual->whole && push == SSM_PUSH_CONSTANT)
				fixed = lappend(fixed, rinfo);
			/* -1 leaves it to the planner */
			if (qual->whole && push == SSM_PUSH_TIME && costing->unknown)
				rinfo->norm_selec = rinfo->outer_selec = time_share(root, costing, qual);
		}
	}
	ssm_bind_finish(costing->constants, costing->options, &spec);
	foreach(lc, fixed)
	{
		RestrictInfo *rinfo = lfirst(lc);

		rinfo->norm_selec = rinfo->outer_selec = costing->constants->requests.count > 0 ? 1.0 : 0.0;
	}
}

/*
 * How many values the qual is expected to allow.
 */
static double
count_values(PlannerInfo *root, const SsmQual *qual)
{
	double		n = 0;
	int			i;

	for (i = 0; i < list_length(qual->values); i++)
		n += list_nth_int(qual->arrays, i) ?
			ssm_array_length(root, list_nth(qual->values, i)) : 1;
	return Max(n, 1);
}

/*
 * How many different values a member has in the relation's rows.  No column that
 * is bound lacks a place.
 */
static double
count_distinct(PlannerInfo *root, RelOptInfo *baserel, const SsmRelColumns *columns, int member)
{
	Oid			relid = planner_rt_fetch(baserel->relid, root)->relid;
	AttrNumber	attnum = 1;
	VariableStatData data;
	Oid			type;
	Oid			collation;
	int32		typmod;
	bool		isdefault;
	double		distinct;

	while (columns->members[attnum - 1] != member || !columns->pushable[attnum - 1])
		attnum++;
	get_atttypetypmodcoll(relid, attnum, &type, &typmod, &collation);
	examine_variable(root, (Node *) makeVar(baserel->relid, attnum, type, typmod, collation, 0),
					 baserel->relid, &data);
	distinct = get_variable_numdistinct(&data, &isdefault);
	ReleaseVariableStats(data);
	return Max(distinct, 1);
}

/*
 * Note a qual on an id: of several lists the shortest counts.
 */
static void
add_id(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing, const SsmQual *qual,
	   double *n, double *share)
{
	double		count = count_values(root, qual);

	*n = *n > 0 ? Min(*n, count) : count;
	*share = 1 / count_distinct(root, baserel, costing->columns, qual->member);
}

/*
 * What all the clauses of a scan (RestrictInfos) make the API read.
 */
SsmReading
ssm_cost_read(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing, List *clauses)
{
	const SsmTerm *statuses = ssm_request_term(&costing->constants->requests, "Status");
	SsmReading	reading = {.nstatuses = statuses ? statuses->values.n : 1};
	SsmEstimate *estimate = &reading.estimate;
	List	   *time = NIL;
	ListCell   *lc;
	ListCell   *lq;

	estimate->per_command = estimate->per_instance = 1;
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst(lc);

		foreach(lq, ssm_qual_match(root, costing->columns, rinfo->clause))
		{
			SsmQual    *qual = lfirst(lq);
			const SsmMember *member = &costing->columns->table->members[qual->member];

			/* what else a clause says would be taken for what time says */
			if (member->push == SSM_PUSH_TIME && qual->whole)
				time = lappend(time, rinfo);
			else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_COMMAND_ID)
				add_id(root, baserel, costing, qual, &reading.ncommands, &estimate->per_command);
			else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_INSTANCE_ID)
				add_id(root, baserel, costing, qual, &reading.ninstances, &estimate->per_instance);
		}
	}
	estimate->rows = Max(baserel->tuples *
						 clauselist_selectivity(root, time, baserel->relid, JOIN_INNER, NULL), 1);
	return reading;
}

/*
 * Cost a scan that gives rows rows with these clauses (RestrictInfos) besides
 * the relation's own.  No row comes before the first answer.
 */
void
ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing,
			  List *clauses, double rows, Cost *startup, Cost *total)
{
	const SsmOptions *options = costing->options;
	SsmReading	reading = ssm_cost_read(root, baserel, costing,
										list_concat_copy(clauses, baserel->baserestrictinfo));
	SsmNaming	naming = ssm_estimate_naming(&reading.estimate, reading.ncommands, reading.ninstances,
											 reading.nstatuses, costing->constants->style.instances_must, options->page_size);
	double		local = cpu_tuple_cost + baserel->baserestrictcost.per_tuple;

	*startup = *total = baserel->baserestrictcost.startup;
	if (costing->constants->requests.count == 0)
		return;
	*startup += options->fdw_startup_cost + options->fdw_page_cost;
	*total = *startup + (naming.requests - 1) * options->fdw_page_cost +
		Max(naming.rows, rows) * (options->fdw_tuple_cost + local);
}
