/*
 * cost.c
 *		What a scan costs, in requests.
 *
 * A request takes as long as tens of thousands of local rows, so little else
 * counts.  Ids and time ranges make the API read less; a filter on status or
 * document may only make its pages shorter, so it saves nothing here.
 */
#include "postgres.h"

#include "fdw/cost.h"

#include <math.h>

#include "optimizer/cost.h"
#include "optimizer/optimizer.h"

#include "fdw/compat.h"

/* How a scan's clauses bound what the API reads. */
typedef struct Reading
{
	List	   *time;			/* RestrictInfos on the time */
	List	   *commands;		/* on command_id */
	List	   *instances;		/* on instance_id */
	double		ncommands;		/* values to ask for in turn, 0 if any may be */
	double		ninstances;
	double		nstatuses;		/* 1 or more */
} Reading;

/*
 * Bind what is constant among the relation's own clauses, and correct what the
 * planner thinks of region and account_id: these have one value in all rows, so
 * a clause on them keeps all or none, and makes no scan cheaper.
 */
void
ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmCosting *costing)
{
	const SsmMember *members = costing->columns->table->members;
	List	   *fixed = NIL;
	ListCell   *lc;

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
	}
	ssm_bind_finish(costing->constants, costing->options, false, 0, 1);
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
 * Note a clause on an id: the shortest list counts.
 */
static void
read_id(PlannerInfo *root, const SsmQual *qual, RestrictInfo *rinfo, List **clauses, double *n)
{
	double		count = count_values(root, qual);

	*clauses = lappend(*clauses, rinfo);
	*n = *n > 0 ? Min(*n, count) : count;
}

/*
 * Sort the clauses by what they do to the requests.
 */
static Reading
read_clauses(PlannerInfo *root, const SsmCosting *costing, List *clauses)
{
	const SsmTerm *statuses = ssm_request_term(&costing->constants->requests, "Status");
	Reading		reading = {.nstatuses = statuses ? statuses->values.n : 1};
	ListCell   *lc;

	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst(lc);
		SsmQual    *qual = ssm_qual_match(root, costing->columns, rinfo->clause);
		const SsmMember *member = qual ? &costing->columns->table->members[qual->member] : NULL;

		if (qual == NULL)
			continue;
		if (member->push == SSM_PUSH_TIME)
			reading.time = lappend(reading.time, rinfo);
		else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_COMMAND_ID)
			read_id(root, qual, rinfo, &reading.commands, &reading.ncommands);
		else if (member->push == SSM_PUSH_KEY && member->key == SSM_KEY_INSTANCE_ID)
			read_id(root, qual, rinfo, &reading.instances, &reading.ninstances);
	}
	return reading;
}

/*
 * The requests of a scan that names these ids, in *read the rows they bring.
 */
static double
count_requests(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing,
			   const Reading *reading, bool commands, bool instances, double *read)
{
	List	   *cutting = list_copy(reading->time);
	double		chains = (commands ? reading->ncommands : 1) * (instances ? reading->ninstances : 1);

	if (commands)
		cutting = list_concat(cutting, reading->commands);
	if (instances)
		cutting = list_concat(cutting, reading->instances);
	*read = baserel->tuples *
		clauselist_selectivity(root, cutting, baserel->relid, JOIN_INNER, NULL);
	return chains * reading->nstatuses *
		Max(ceil(*read / chains / costing->options->page_size), 1.0);
}

/*
 * Cost a scan that gives rows rows with these clauses (RestrictInfos) besides
 * the relation's own.  Of two lists of ids, both, one or none may be the
 * cheapest to ask for.  No row comes before the first answer.
 */
void
ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmCosting *costing,
			  List *clauses, double rows, Cost *startup, Cost *total)
{
	Reading		reading = read_clauses(root, costing,
									   list_concat_copy(clauses, baserel->baserestrictinfo));
	double		least = 0;
	double		least_read = 0;
	double		local = cpu_tuple_cost + baserel->baserestrictcost.per_tuple;
	int			ids;

	*startup = *total = baserel->baserestrictcost.startup;
	if (costing->constants->requests.count == 0)
		return;
	for (ids = 0; ids < 4; ids++)
	{
		bool		commands = ids & 1;
		bool		instances = ids & 2;
		double		read;
		double		requests;

		if ((commands && reading.ncommands == 0) || (instances && reading.ninstances == 0))
			continue;
		requests = count_requests(root, baserel, costing, &reading, commands, instances, &read);
		/* at the same price, naming more brings fewer rows */
		if (ids == 0 || requests <= least)
		{
			least = requests;
			least_read = read;
		}
	}
	least_read = Max(least_read, rows);
	*startup += costing->options->fdw_startup_cost + costing->options->fdw_page_cost;
	*total = *startup + (least - 1) * costing->options->fdw_page_cost +
		least_read * (costing->options->fdw_tuple_cost + local);
}
