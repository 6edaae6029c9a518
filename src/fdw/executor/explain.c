/*
 * explain.c
 *		EXPLAIN: the request as it will be sent, and what it cost.
 *
 * Constants are put through the very code that makes requests; what is known
 * only at run time is shown as its expression.  Makes no call.
 */
#include "postgres.h"

#include "fdw/executor/explain.h"

#include "commands/explain.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "fdw/compat.h"
#include "fdw/encoding.h"
#include "fdw/executor/clauses.h"
#include "fdw/executor/log.h"
#include "fdw/executor/scan.h"
#include "fdw/planner/bind.h"
#include "fdw/planner/spec.h"
#include "fdw/report.h"

/* What is known of a scan's requests before it runs. */
typedef struct Requests
{
	SsmBinding *binding;		/* of the constants */
	const SsmOptions *options;
	List	   *context;		/* to deparse by */
	Plan	   *plan;
	StringInfoData parameters[SSM_MAX_PARAMETERS];	/* expressions; "" if
													 * there is none */
	StringInfoData after;
	StringInfoData before;
} Requests;

/*
 * Is the parameter the result of one of a plan's own initplans?
 */
static bool
is_initplan_result(const Plan *plan, int param)
{
	ListCell   *lc;

	foreach(lc, plan->initPlan)
		if (list_member_int(((SubPlan *) lfirst(lc))->setParam, param))
		return true;
	return false;
}

/*
 * Make parameters that nodes above set look like a client's: what they stand for is
 * not found from here, so they are shown as $N, which deparse_expression asserts that
 * only a client's are.
 */
static Node *
hide_origin(Node *node, void *plan)
{
	if (node && IsA(node, Param) && ((Param *) node)->paramkind == PARAM_EXEC &&
		!is_initplan_result(plan, ((Param *) node)->paramid))
	{
		Param	   *param = copyObject((Param *) node);

		param->paramkind = PARAM_EXTERN;
		return (Node *) param;
	}
	return node ? expression_tree_mutator(node, hide_origin, plan) : NULL;
}

/*
 * An expression of the plan as text.
 */
static char *
deparse(const Requests *requests, Node *expr, bool prefix)
{
	return deparse_expression(hide_origin(expr, requests->plan), requests->context, prefix, false);
}

/*
 * Append an expression to those that bound the same thing.
 */
static void
add_expression(Requests *requests, StringInfo to, const SsmQual *qual)
{
	int			i;

	if (to->len > 0)
		appendStringInfoString(to, " and ");
	for (i = 0; i < list_length(qual->values); i++)
		appendStringInfo(to, "%s%s%s", i > 0 ? " or " : "",
						 list_nth_int(qual->arrays, i) ? "any of " : "",
						 deparse(requests, list_nth(qual->values, i), false));
}

/*
 * Take in one qual: bind it if all its values are constants, else note what it
 * bounds.
 */
static void
add_qual(Requests *requests, const SsmQual *qual)
{
	const SsmOperation *operation = requests->options->operation;
	const SsmParameter *parameter = operation->fields[qual->field].parameter;

	if (ssm_bind_constant(requests->binding, qual, requests->options))
		return;
	if (parameter)
	{
		if (!parameter->status_filter || requests->options->status_filter != SSM_STATUS_OFF)
			add_expression(requests, &requests->parameters[ssm_operation_place(operation, parameter)], qual);
	}
	else if (ssm_operation_push(operation, qual->field) == SSM_PUSH_TIME)
	{
		if (qual->op != SSM_OP_LT && qual->op != SSM_OP_LE)
			add_expression(requests, &requests->after, qual);
		if (qual->op != SSM_OP_GT && qual->op != SSM_OP_GE)
			add_expression(requests, &requests->before, qual);
	}
}

/*
 * Bind or note all quals of the plan.
 */
static Requests *
read_plan(ForeignScanState *node, ExplainState *es, const SsmSpec *spec)
{
	Requests   *requests = palloc0(sizeof(Requests));
	ListCell   *lc;
	int			i;

	requests->options = ssm_options_get(RelationGetRelid(node->ss.ss_currentRelation));
	requests->plan = node->ss.ps.plan;
	requests->context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	requests->binding = ssm_bind_create(requests->options->operation);
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		initStringInfo(&requests->parameters[i]);
	initStringInfo(&requests->after);
	initStringInfo(&requests->before);
	foreach(lc, spec->quals)
		add_qual(requests, lfirst(lc));
	/* ids known at run time count in the rules for constants */
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		if (requests->parameters[i].len > 0)
			requests->binding->bounds.later[i] = (int) spec->ids[i];
	ssm_bind_finish(requests->binding, requests->options, spec);
	return requests;
}

/*
 * An expression in UTF-8, or NULL if there is none.
 */
static const char *
expression(const StringInfoData *text)
{
	const char *converted = text->len > 0 ? ssm_encoding_to_utf8(text->data) : NULL;

	/* what is no text in an SQL_ASCII database is shown as it is */
	return text->len > 0 && converted == NULL ? text->data : converted;
}

/*
 * Will the scan lack a value that the operation requires?
 */
static bool
lacks_value(const Requests *requests)
{
	const SsmRequestSet *set = &requests->binding->requests;
	int			i;

	for (i = 0; i < set->operation->nparameters; i++)
		if (set->operation->parameters[i].required && !set->sent[i] && requests->parameters[i].len == 0)
			return true;
	return false;
}

/*
 * The requests as text, by the code that writes them.
 */
static const char *
request_text(const Requests *requests)
{
	SsmExpressions expressions = {.after = expression(&requests->after), .before = expression(&requests->before)};
	int			i;

	if (requests->binding->requests.count == 0)
		return "none, as no row can match";
	if (lacks_value(requests))
		return "none, as a value that is required is missing";
	for (i = 0; i < SSM_MAX_PARAMETERS; i++)
		expressions.parameters[i] = expression(&requests->parameters[i]);
	return ssm_log_request(&requests->binding->requests, &expressions);
}

/*
 * Show which lists are not sent, to make fewer requests; of columns that have one
 * filter, the filter.
 */
static void
show_left_out(const SsmOperation *operation, const bool *left_out, ExplainState *es)
{
	List	   *names = NIL;
	int			i;

	for (i = 0; i < operation->nparameters; i++)
	{
		const char *name = operation->parameters[i].name;

		if (left_out[i] && (names == NIL || strcmp(llast(names), name) != 0))
			names = lappend(names, pstrdup(name));
	}
	if (names != NIL)
		ExplainPropertyList("Not Sent", names, es);
}

/*
 * Is the parameter's expression the one that is sent, of those with its name?
 */
static bool
is_expression_sent(const Requests *requests, int place)
{
	const SsmRequestSet *set = &requests->binding->requests;
	const SsmParameter *parameters = set->operation->parameters;
	int			i;

	if (requests->parameters[place].len == 0)
		return false;
	for (i = 0; i < place; i++)
		if (strcmp(parameters[i].name, parameters[place].name) == 0 &&
			(requests->parameters[i].len > 0 || set->sent[i]))
			return false;
	return true;
}

/*
 * Does the qual make a difference to what is sent, or is it told elsewhere that
 * it does not?
 */
static bool
qual_counts(const Requests *requests, const SsmQual *qual)
{
	const SsmRequestSet *set = &requests->binding->requests;
	SsmWindowTexts times = ssm_window_texts(&set->range);
	const SsmParameter *parameter = set->operation->fields[qual->field].parameter;
	int			place;

	if (ssm_operation_push(set->operation, qual->field) == SSM_PUSH_TIME)
		return ((qual->op != SSM_OP_LT && qual->op != SSM_OP_LE) &&
				(requests->after.len > 0 || times.after[0] != '\0')) ||
			((qual->op != SSM_OP_GT && qual->op != SSM_OP_GE) &&
			 (requests->before.len > 0 || times.before[0] != '\0'));
	if (parameter == NULL)
		return true;
	place = ssm_operation_place(set->operation, parameter);
	return set->sent[place] || set->left_out[place] || is_expression_sent(requests, place);
}

/*
 * Show the clauses that make no difference to what is sent.
 */
static void
show_local(const Requests *requests, const SsmSpec *spec, List *clauses, ExplainState *es)
{
	bool		prefix = list_length(es->rtable) > 1 || es->verbose;
	List	   *texts = NIL;
	ListCell   *lc;
	ListCell   *lq;

	if (requests->binding->requests.count == 0)
		return;
	foreach(lc, clauses)
	{
		bool		counts = false;

		foreach(lq, spec->quals)
		{
			SsmQual    *qual = lfirst(lq);

			counts |= qual->clause == foreach_current_index(lc) && qual_counts(requests, qual);
		}
		if (!counts)
			texts = lappend(texts, deparse(requests, lfirst(lc), prefix));
	}
	if (texts != NIL)
		ExplainPropertyList("Only Checked Here", texts, es);
}

/*
 * Show the values that no row is known to have, of columns whose values are known.
 */
static void
show_undocumented(ForeignScanState *node, const SsmOperation *operation, List *clauses, ExplainState *es)
{
	SsmRelColumns *columns = ssm_qual_columns(operation,
											  RelationGetRelid(node->ss.ss_currentRelation),
											  ((Scan *) node->ss.ps.plan)->scanrelid);
	List	   *words = ssm_clauses_undocumented(columns, clauses);

	if (words != NIL)
		ExplainPropertyList("Undocumented Value", words, es);
}

/*
 * Show what windows of time have been made, and what they have cost: the requests
 * that one after the other would not have taken.
 */
static void
show_windows(const SsmCounters *counters, int page_size, ExplainState *es)
{
	int64		needed = (counters->given + page_size - 1) / page_size;

	if (counters->windows == 0)
		return;
	ExplainPropertyInteger("Windows", NULL, counters->windows, es);
	ExplainPropertyInteger("Splits", NULL, counters->splits, es);
	ExplainPropertyInteger("Extra Requests", NULL, Max(counters->pages - needed, 0), es);
	if (counters->reverted > 0)
		ExplainPropertyText("Note", "the service reads all rows to find those of a window of time, so one chain was followed", es);
}

/*
 * Show what the scan has cost.
 */
static void
show_done(ForeignScanState *node, const Requests *requests, const SsmScanDone *done, ExplainState *es)
{
	const SsmCounters *counters = done->counters;

	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Pages", NULL, counters->pages, es);
	if (counters->empty_pages > 0)
		ExplainPropertyInteger("Empty Pages", NULL, counters->empty_pages, es);
	show_windows(counters, requests->binding->requests.page_size, es);
	ExplainPropertyInteger("Retries", NULL, counters->retries, es);
	if (counters->throttles > 0)
		ExplainPropertyInteger("Throttled", NULL, counters->throttles, es);
	if (done->rescanned)
		ExplainPropertyText("Rescan", "for the rows of ids that the service rejected", es);
	ExplainPropertyInteger("Received", "bytes", counters->bytes, es);
	if (es->timing && counters->held > 0)
		ExplainPropertyInteger("Held", "ms", counters->held, es);
	/* an Append's wait is for all of its scans */
	if (es->timing && !node->ss.ps.async_capable)
		ExplainPropertyFloat("Waited", "ms", done->waited, 3, es);
}

/*
 * ssmExplainForeignScan: the operation and its request; with ANALYZE what the
 * scan has cost.
 */
void
ssmExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	SsmSpec    *spec = ssm_spec_unpack((ForeignScan *) node->ss.ps.plan);
	Requests   *requests = read_plan(node, es, spec);
	SsmScanDone done;
	bool		ran = es->analyze && ssm_scan_done(node, &done);

	/* plain "Operation" is EXPLAIN's own in formats other than text */
	ExplainPropertyText("API Operation", requests->options->operation->name, es);
	ExplainPropertyText("Request", request_text(requests), es);
	if (spec->newest)
		ExplainPropertyText("Order", "newest first, by windows of time", es);
	if (requests->binding->requests.count > 1)
		ExplainPropertyInteger("Chains", NULL, requests->binding->requests.count, es);
	if (es->costs)
		ExplainPropertyFloat("Expected Requests", NULL, spec->requests, 0, es);
	show_left_out(requests->options->operation,
				  ran ? done.left_out : requests->binding->requests.left_out, es);
	show_local(requests, spec, node->ss.ps.plan->qual, es);
	show_undocumented(node, requests->options->operation, node->ss.ps.plan->qual, es);
	if (ran)
		show_done(node, requests, &done, es);
}
