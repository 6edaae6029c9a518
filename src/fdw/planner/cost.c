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
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"

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
	bool		unknown = baserel->tuples < 0;
	List	   *fixed = NIL;
	ListCell   *lc;

	if (unknown)
		baserel->tuples = SSM_DEFAULT_ROWS;
	costing->constants = ssm_bind_create();
	foreach(lc, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst(lc);
		SsmQual    *qual = ssm_qual_match(root, costing->columns, rinfo->clause);

		if (qual == NULL)
			continue;
		ssm_bind_constant(costing->constants, &members[qual->member], qual, costing->options);
		if (members[qual->member].push == SSM_PUSH_CONSTANT)
			fixed = lappend(fixed, rinfo);
		/* -1 leaves it to the planner */
		if (unknown && members[qual->member].push == SSM_PUSH_TIME)
			rinfo->norm_selec = rinfo->outer_selec = time_share(root, costing, qual);
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
 * Note a clause on an id: of several lists the shortest counts.
 */
static void
add_id(PlannerInfo *root, const SsmQual *qual, RestrictInfo *rinfo, List **clauses, double *n)
{
	double		count = count_values(root, qual);

	*clauses = lappend(*clauses, rinfo);
	*n = *n > 0 ? Min(*n, count) : count;
}

/*
 * The share of the relation's rows that some clauses keep, by n.
 */
static double
share(PlannerInfo *root, RelOptInfo *baserel, List *clauses, double n)
{
	return clauselist_selectivity(root, clauses, baserel->relid, JOIN_INNER, NULL) / Max(n, 1);
}

/*
 * What all the clauses of a scan (RestrictInfos) make the API read.
 */
SsmReading
ssm_cost_read(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing, List *clauses)
{
	const SsmTerm *statuses = ssm_request_term(&costing->constants->requests, "Status");
	SsmReading	reading = {.nstatuses = statuses ? statuses->values.n : 1};
	List	   *time = NIL;
	List	   *commands = NIL;
	List	   *instances = NIL;
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst(lc);
		SsmQual    *qual = ssm_qual_match(root, costing->columns, rinfo->clause);
		const SsmMember *member = qual ? &costing->columns->table->members[qual->member] : NULL;

		if (qual == NULL)
			continue;
		if (member->push == SSM_PUSH_TIME)
			time = lappend(time, rinfo);
		else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_COMMAND_ID)
			add_id(root, qual, rinfo, &commands, &reading.ncommands);
		else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_INSTANCE_ID)
			add_id(root, qual, rinfo, &instances, &reading.ninstances);
	}
	reading.estimate.rows = Max(baserel->tuples * share(root, baserel, time, 1), 1);
	reading.estimate.per_command = share(root, baserel, commands, reading.ncommands);
	reading.estimate.per_instance = share(root, baserel, instances, reading.ninstances);
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
											 costing->constants->style.instances_must, options->page_size);
	double		local = cpu_tuple_cost + baserel->baserestrictcost.per_tuple;

	*startup = *total = baserel->baserestrictcost.startup;
	if (costing->constants->requests.count == 0)
		return;
	*startup += options->fdw_startup_cost + options->fdw_page_cost;
	*total = *startup + (naming.requests * reading.nstatuses - 1) * options->fdw_page_cost +
		Max(naming.rows, rows) * (options->fdw_tuple_cost + local);
}
