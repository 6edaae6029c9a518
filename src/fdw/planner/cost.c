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

#include <math.h>

#include "access/xact.h"
#include "nodes/makefuncs.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "utils/lsyscache.h"

#include "fdw/compat.h"
#include "ssm/newest.h"

/* Requests that reading all by windows, one after the other, takes more: for each
 * chain, and for each page. */
#define MORE_CHAIN		4
#define MORE_PAGE		0.1

/* Requests in flight that count; see shared_width. */
#define SHARED_WIDTH	4

/*
 * By how much requests overlap.  Time is divided by max_concurrency.  But requests
 * are a good that all who use the account share, so that a plan with fewer of them
 * is to win where times are near: at most SHARED_WIDTH counts.
 */
static double
shared_width(const SsmOptions *options)
{
	return Min(options->max_concurrency, SHARED_WIDTH);
}

/*
 * The share of the time that the API keeps which a comparison leaves, or -1 if
 * what it compares with is not known yet.
 */
static double
time_share(PlannerInfo *root, const SsmRelInfo *info, const SsmQual *qual)
{
	SsmBinding *binding = ssm_bind_create(info->columns->operation);
	SsmQual		known = *qual;
	int64		to = GetCurrentStatementStartTimestamp() + SSM_POSTGRES_EPOCH;
	int64		from = to - SSM_RETAINED * USECS_PER_SEC;

	known.values = list_make1(estimate_expression_value(root, linitial(qual->values)));
	if (qual->op == SSM_OP_EQ || !ssm_bind_constant(binding, &known, info->options))
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
ssm_cost_prepare(PlannerInfo *root, RelOptInfo *baserel, SsmRelInfo *info)
{
	const SsmOperation *operation = info->columns->operation;
	SsmSpec		spec = {.limited = true};
	List	   *fixed = NIL;
	ListCell   *lc;

	info->unknown = baserel->tuples < 0;
	if (info->unknown)
		baserel->tuples = SSM_DEFAULT_ROWS;
	info->tuples = baserel->tuples;
	info->constants = ssm_bind_create(operation);
	foreach(lc, baserel->baserestrictinfo)
	{
		RestrictInfo *rinfo = lfirst(lc);
		ListCell   *lq;

		foreach(lq, ssm_qual_match(root, info->columns, rinfo->clause))
		{
			SsmQual    *qual = lfirst(lq);
			SsmPush		push = ssm_operation_push(operation, qual->field);

			ssm_bind_constant(info->constants, qual, info->options);
			if (qual->whole && push == SSM_PUSH_CONSTANT)
				fixed = lappend(fixed, rinfo);
			/* -1 leaves it to the planner */
			if (qual->whole && push == SSM_PUSH_TIME && info->unknown)
				rinfo->norm_selec = rinfo->outer_selec = time_share(root, info, qual);
		}
	}
	ssm_bind_finish(info->constants, info->options, &spec);
	foreach(lc, fixed)
	{
		RestrictInfo *rinfo = lfirst(lc);

		rinfo->norm_selec = rinfo->outer_selec = info->constants->requests.count > 0 ? 1.0 : 0.0;
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
 * How many different values a field has in the relation's rows.  No column that
 * is bound lacks a place.
 */
static double
count_distinct(PlannerInfo *root, RelOptInfo *baserel, const SsmRelColumns *columns, int field)
{
	Oid			relid = planner_rt_fetch(baserel->relid, root)->relid;
	AttrNumber	attnum = 1;
	VariableStatData data;
	Oid			type;
	Oid			collation;
	int32		typmod;
	bool		isdefault;
	double		distinct;

	while (columns->fields[attnum - 1] != field || !columns->pushable[attnum - 1])
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
add_id(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info, const SsmQual *qual,
	   double *n, double *share)
{
	double		count = count_values(root, qual);

	*n = *n > 0 ? Min(*n, count) : count;
	*share = 1 / count_distinct(root, baserel, info->columns, qual->field);
}

/*
 * What all the clauses of a scan (RestrictInfos) make the API read, in *result.
 */
void
ssm_cost_estimate(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info, List *clauses,
				  SsmScanEstimate *result)
{
	const SsmOperation *operation = info->columns->operation;
	const SsmRequestSet *constants = &info->constants->requests;
	List	   *time = NIL;
	ListCell   *lc;
	ListCell   *lq;
	int			i;

	*result = (SsmScanEstimate) {.others = 1};
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		result->estimate.share[i] = 1;
	for (i = 0; i < constants->nterms; i++)
		if (!constants->terms[i].parameter->id)
			result->others *= ssm_term_requests(&constants->terms[i]);
	foreach(lc, clauses)
	{
		RestrictInfo *rinfo = lfirst(lc);

		foreach(lq, ssm_qual_match(root, info->columns, rinfo->clause))
		{
			SsmQual    *qual = lfirst(lq);
			const SsmParameter *parameter = operation->fields[qual->field].parameter;

			/* what else a clause says would be taken for what time says */
			if (qual->whole && ssm_operation_push(operation, qual->field) == SSM_PUSH_TIME)
				time = lappend(time, rinfo);
			if (parameter == NULL)
				continue;
			i = ssm_operation_place(operation, parameter);
			result->given[i] = true;
			if (parameter->id)
				add_id(root, baserel, info, qual, &result->ids[i], &result->estimate.share[i]);
		}
	}
	result->estimate.rows = Max(baserel->tuples *
								clauselist_selectivity(root, time, baserel->relid, JOIN_INNER, NULL), 1);
}

/*
 * Which requests a scan is expected to make: none, if no row can match.
 */
SsmChoice
ssm_cost_requests(const SsmRelInfo *info, const SsmScanEstimate *scan)
{
	if (info->constants->requests.count == 0)
		return (SsmChoice) {0};
	return ssm_estimate_choose(info->columns->operation, &scan->estimate, scan->ids, scan->others,
							   info->constants->style.must, info->options->page_size);
}

/*
 * Note the parameters that a join clause's quals could give values.
 */
void
ssm_cost_available(SsmRelInfo *info, List *quals)
{
	const SsmOperation *operation = info->columns->operation;
	ListCell   *lc;

	foreach(lc, quals)
	{
		const SsmParameter *parameter = operation->fields[((SsmQual *) lfirst(lc))->field].parameter;

		if (parameter)
			info->available[ssm_operation_place(operation, parameter)] = true;
	}
}

/*
 * Has the scan values for all that the operation requires, or wants where another
 * plan could have it?
 */
static bool
has_required(const SsmRelInfo *info, const SsmScanEstimate *scan)
{
	const SsmOperation *operation = info->columns->operation;
	int			i;

	for (i = 0; i < operation->nparameters; i++)
	{
		const SsmParameter *parameter = &operation->parameters[i];

		if ((parameter->required || (parameter->wanted && info->available[i])) && !scan->given[i])
			return false;
	}
	return true;
}

/*
 * Cost a scan that gives rows rows with these clauses (RestrictInfos) besides
 * the relation's own.  No row comes before the first answer.
 */
void
ssm_cost_scan(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info,
			  List *clauses, double rows, Cost *startup, Cost *total)
{
	const SsmOptions *options = info->options;
	double		local = cpu_tuple_cost + baserel->baserestrictcost.per_tuple;
	SsmScanEstimate scan;
	SsmChoice	choice;

	ssm_cost_estimate(root, baserel, info, list_concat_copy(clauses, baserel->baserestrictinfo), &scan);
	choice = ssm_cost_requests(info, &scan);
	*startup = *total = baserel->baserestrictcost.startup;
	if (info->constants->requests.count == 0)
		return;
	if (!has_required(info, &scan))
		*startup += SSM_IMPOSSIBLE_COST;
	*startup += options->fdw_startup_cost + options->fdw_page_cost;
	*total = *startup + (choice.requests - 1) / shared_width(options) * options->fdw_page_cost +
		Max(choice.rows, rows) * (options->fdw_tuple_cost + local);
}

/*
 * The same for each of so many scans, one for each row of a loop, that are read
 * ahead: only the first connects, and they overlap, or share a request that takes
 * many ids.
 */
void
ssm_cost_ahead(const SsmOptions *options, double loops, Cost *startup, Cost *total)
{
	int			batch = ssm_parameter_batch(ssm_operation_batched(options->operation));
	double		width = Min(loops, Min(shared_width(options) * batch, ssm_read_ahead));
	Cost		once = Min(options->fdw_startup_cost, *startup) * (1 - 1 / loops);

	if (width <= 1)
		return;
	*startup = (*startup - once) / width;
	*total = (*total - once) / width;
}

/*
 * How many requests it takes before the newest rows can be given: the first page,
 * and a window of what is no older than them by the slack.
 */
double
ssm_cost_first_requests(const SsmRelInfo *info, const SsmScanEstimate *scan)
{
	const SsmOptions *options = info->options;
	double		slack = (double) options->invoked_after_slack / USECS_PER_SEC / SSM_RETAINED;
	double		rows = Min(info->tuples * slack, scan->estimate.rows);

	return scan->others * (2 + ceil(rows / scan->others / options->page_size));
}

/*
 * Cost a scan that gives the newest rows first.  False if it cannot, or had better
 * not: where ids are named, as a rejected one's rows come last, and what has a few
 * pages is read whole.
 */
bool
ssm_cost_newest(PlannerInfo *root, RelOptInfo *baserel, const SsmRelInfo *info, Cost *startup, Cost *total)
{
	const SsmOptions *options = info->options;
	const SsmRequestSet *constants = &info->constants->requests;
	SsmScanEstimate scan;
	double		rows;
	Cost		request = options->fdw_page_cost / shared_width(options);
	int			i;

	ssm_cost_scan(root, baserel, info, NIL, baserel->rows, startup, total);
	ssm_cost_estimate(root, baserel, info, baserel->baserestrictinfo, &scan);
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		if (scan.ids[i] > 0)
			return false;
	if (constants->count == 0 || constants->count > SSM_NEWEST_REQUESTS || constants->groups > 0)
		return false;
	rows = Max(scan.estimate.rows, 2);
	*startup += (ssm_cost_first_requests(info, &scan) - 1) * request;
	/* besides, it sorts as a sort does */
	*total = Max(*total, *startup) +
		(MORE_CHAIN * scan.others + MORE_PAGE * ssm_cost_requests(info, &scan).requests) * request +
		2 * cpu_operator_cost * rows * log2(rows);
	return true;
}
