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
#include "utils/json.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

#include "fdw/compat.h"
#include "fdw/encoding.h"
#include "fdw/executor/clauses.h"
#include "fdw/executor/scan.h"
#include "fdw/planner/bind.h"
#include "fdw/planner/spec.h"

/* The request as text, while it is put together. */
typedef struct Picture
{
	SsmBinding *binding;		/* of the constants */
	const SsmOptions *options;
	List	   *context;		/* to deparse by */
	StringInfoData keys[SSM_KEY_COUNT]; /* expressions; "" if there is none */
	StringInfoData after;
	StringInfoData before;
} Picture;

/*
 * Append an expression to those that bound the same thing.
 */
static void
add_expression(Picture *picture, StringInfo to, const SsmQual *qual)
{
	int			i;

	if (to->len > 0)
		appendStringInfoString(to, " and ");
	for (i = 0; i < list_length(qual->values); i++)
		appendStringInfo(to, "%s%s%s", i > 0 ? " or " : "",
						 list_nth_int(qual->arrays, i) ? "any of " : "",
						 deparse_expression(list_nth(qual->values, i), picture->context, false, false));
}

/*
 * Take in one qual: bind it if all its values are constants, else show it.
 */
static void
add_qual(Picture *picture, const SsmMember *member, const SsmQual *qual)
{
	if (ssm_bind_constant(picture->binding, member, qual, picture->options))
		return;
	if (member->push == SSM_PUSH_KEY)
		add_expression(picture, &picture->keys[member->key], qual);
	else if (member->push == SSM_PUSH_TIME)
	{
		if (qual->op != SSM_OP_LT && qual->op != SSM_OP_LE)
			add_expression(picture, &picture->after, qual);
		if (qual->op != SSM_OP_GT && qual->op != SSM_OP_GE)
			add_expression(picture, &picture->before, qual);
	}
}

/*
 * Append the constants that a term takes.
 */
static void
add_values(StringInfo out, const SsmValues *values)
{
	int			i;

	if (values->n != 1)
		appendStringInfoString(out, "any of [");
	for (i = 0; i < values->n; i++)
	{
		char	   *value = unconstify(char *, values->values[i]);

		CHECK_FOR_INTERRUPTS();
		if (i > 0)
			appendStringInfoString(out, ", ");
		escape_json(out, ssm_encoding_from_utf8(value, strlen(value)));
	}
	if (values->n != 1)
		appendStringInfoChar(out, ']');
}

/*
 * Append one member or filter: its expression if it has one, or else its
 * constants, or nothing.
 */
static void
add_term(Picture *picture, StringInfo out, const char *name, const char *expression)
{
	const SsmTerm *term = ssm_request_term(&picture->binding->requests, name);

	if (expression[0] == '\0' && term == NULL)
		return;
	appendStringInfo(out, "%s\"%s\": ", out->len > 0 ? ", " : "", name);
	if (expression[0] != '\0')
		appendStringInfoString(out, expression);
	else
		add_values(out, &term->values);
}

/*
 * Append a time filter of the whole range: its expression if it has one, or
 * else its constant, or nothing.
 */
static void
add_time(StringInfo out, const char *name, const char *expression, const char *constant)
{
	if (expression[0] != '\0' || constant[0] != '\0')
		appendStringInfo(out, expression[0] != '\0' ? "%s\"%s\": %s" : "%s\"%s\": \"%s\"",
						 out->len > 0 ? ", " : "", name,
						 expression[0] != '\0' ? expression : constant);
}

/*
 * The expression for the one Status filter, of the two columns that use it.
 */
static const char *
status_expression(const Picture *picture)
{
	if (picture->options->status_filter == SSM_STATUS_OFF)
		return "";
	if (picture->keys[SSM_KEY_STATUS_DETAILS].len > 0)
		return picture->keys[SSM_KEY_STATUS_DETAILS].data;
	/* constant details go before any status */
	if (picture->binding->bounds.keys[SSM_KEY_STATUS_DETAILS].bound &&
		ssm_request_term(&picture->binding->requests, "Status"))
		return "";
	return picture->keys[SSM_KEY_STATUS].data;
}

/*
 * Put the request together.
 */
static char *
request_text(Picture *picture)
{
	SsmRequestSet *requests = &picture->binding->requests;
	StringInfoData members;
	StringInfoData filters;

	if (requests->count == 0)
		return "none, as no row can match";
	initStringInfo(&members);
	initStringInfo(&filters);
	add_term(picture, &members, "CommandId", picture->keys[SSM_KEY_COMMAND_ID].data);
	add_term(picture, &members, "InstanceId", picture->keys[SSM_KEY_INSTANCE_ID].data);
	add_term(picture, &filters, "Status", status_expression(picture));
	add_term(picture, &filters, "DocumentName", picture->keys[SSM_KEY_DOCUMENT_NAME].data);
	add_time(&filters, "InvokedAfter", picture->after.data,
			 requests->windows.windows[requests->windows.n - 1].after);
	add_time(&filters, "InvokedBefore", picture->before.data,
			 requests->windows.windows[0].before);
	return psprintf("{%s%s%s%s%s\"MaxResults\": %d, \"Details\": %s}",
					members.data, members.len > 0 ? ", " : "",
					filters.len > 0 ? "\"Filters\": {" : "", filters.data,
					filters.len > 0 ? "}, " : "",
					requests->max_results, requests->details ? "true" : "false");
}

/*
 * Bind or show all quals of the plan.
 */
static Picture *
draw(ForeignScanState *node, ExplainState *es, const SsmSpec *spec)
{
	Picture    *picture = palloc0(sizeof(Picture));
	ListCell   *lc;
	int			i;

	picture->options = ssm_options_get(RelationGetRelid(node->ss.ss_currentRelation));
	picture->context = set_deparse_context_plan(es->deparse_cxt, node->ss.ps.plan, NIL);
	picture->binding = ssm_bind_create();
	for (i = 0; i < SSM_KEY_COUNT; i++)
		initStringInfo(&picture->keys[i]);
	initStringInfo(&picture->after);
	initStringInfo(&picture->before);
	foreach(lc, spec->quals)
	{
		SsmQual    *qual = lfirst(lc);

		add_qual(picture, &ssm_command_invocations.members[qual->member], qual);
	}
	/* ids known at run time count in the rules for constants */
	if (picture->keys[SSM_KEY_COMMAND_ID].len > 0)
		picture->binding->bounds.later[SSM_KEY_COMMAND_ID] = spec->ncommands;
	if (picture->keys[SSM_KEY_INSTANCE_ID].len > 0)
		picture->binding->bounds.later[SSM_KEY_INSTANCE_ID] = spec->ninstances;
	ssm_bind_finish(picture->binding, picture->options, spec);
	for (i = 0; i < SSM_KEY_COUNT; i++)
		if (picture->binding->requests.left_out[i])
			resetStringInfo(&picture->keys[i]);
	return picture;
}

/*
 * Show which lists are not sent, to make fewer requests; two columns have one
 * filter.
 */
static void
show_left_out(const bool *left_out, ExplainState *es)
{
	List	   *names = NIL;
	int			i;

	for (i = 0; i < SSM_KEY_COUNT; i++)
		if (left_out[i] && (names == NIL || strcmp(llast(names), ssm_key_place(i).name) != 0))
			names = lappend(names, pstrdup(ssm_key_place(i).name));
	if (names != NIL)
		ExplainPropertyList("Not Sent", names, es);
}

/*
 * Does the qual make a difference to what is sent, or is it told elsewhere that
 * it does not?
 */
static bool
qual_counts(const Picture *picture, const SsmQual *qual)
{
	const SsmMember *member = &ssm_command_invocations.members[qual->member];
	const SsmRequestSet *requests = &picture->binding->requests;
	const SsmWindows *windows = &requests->windows;
	const char *expression;

	if (member->push == SSM_PUSH_TIME)
		return ((qual->op != SSM_OP_LT && qual->op != SSM_OP_LE) &&
				(picture->after.len > 0 || windows->windows[windows->n - 1].after[0] != '\0')) ||
			((qual->op != SSM_OP_GT && qual->op != SSM_OP_GE) &&
			 (picture->before.len > 0 || windows->windows[0].before[0] != '\0'));
	if (member->push != SSM_PUSH_KEY || requests->sent[member->key] || requests->left_out[member->key])
		return true;
	expression = picture->keys[member->key].data;
	if (member->key == SSM_KEY_STATUS || member->key == SSM_KEY_STATUS_DETAILS)
		return expression[0] != '\0' && expression == status_expression(picture);
	return expression[0] != '\0';
}

/*
 * Show the clauses that make no difference to what is sent.
 */
static void
show_local(const Picture *picture, const SsmSpec *spec, List *clauses, ExplainState *es)
{
	bool		prefix = list_length(es->rtable) > 1 || es->verbose;
	List	   *texts = NIL;
	ListCell   *lc;
	ListCell   *lq;

	if (picture->binding->requests.count == 0)
		return;
	foreach(lc, clauses)
	{
		bool		counts = false;

		foreach(lq, spec->quals)
		{
			SsmQual    *qual = lfirst(lq);

			counts |= qual->clause == foreach_current_index(lc) && qual_counts(picture, qual);
		}
		if (!counts)
			texts = lappend(texts, deparse_expression(lfirst(lc), picture->context, prefix, false));
	}
	if (texts != NIL)
		ExplainPropertyList("Only Checked Here", texts, es);
}

/*
 * Show the statuses that no row is known to have.
 */
static void
show_undocumented(ForeignScanState *node, List *clauses, ExplainState *es)
{
	SsmRelColumns *columns = ssm_qual_columns(&ssm_command_invocations,
											  RelationGetRelid(node->ss.ss_currentRelation),
											  ((Scan *) node->ss.ps.plan)->scanrelid);
	List	   *words = ssm_clauses_undocumented(columns, clauses);

	if (words != NIL)
		ExplainPropertyList("Undocumented Status", words, es);
}

/*
 * Did the service read through other windows' rows for each window?  Only time
 * filters tell: others leave pages empty that are inside the window.
 */
static bool
windows_idle(const Picture *picture, const SsmCounters *counters)
{
	const SsmRequestSet *requests = &picture->binding->requests;

	return requests->windows.n > 1 && counters->chains > 1 &&
		counters->empty_chains == counters->chains &&
		!ssm_request_term(requests, "Status") && status_expression(picture)[0] == '\0' &&
		!ssm_request_term(requests, "DocumentName") && picture->keys[SSM_KEY_DOCUMENT_NAME].len == 0;
}

/*
 * ssmExplainForeignScan: the operation and its request; with ANALYZE what the
 * scan has cost.
 */
void
ssmExplainForeignScan(ForeignScanState *node, ExplainState *es)
{
	SsmSpec    *spec = ssm_spec_unpack((ForeignScan *) node->ss.ps.plan);
	Picture    *picture = draw(node, es, spec);
	const SsmCounters *counters;
	double		waited;

	/* plain "Operation" is EXPLAIN's own in formats other than text */
	ExplainPropertyText("API Operation", ssm_command_invocations.operation, es);
	ExplainPropertyText("Request", request_text(picture), es);
	if (picture->binding->requests.windows.n > 1)
		ExplainPropertyInteger("Windows", NULL, picture->binding->requests.windows.n, es);
	if (picture->binding->requests.count > 1)
		ExplainPropertyInteger("Chains", NULL, picture->binding->requests.count, es);
	counters = es->analyze ? ssm_scan_counters(node, &waited) : NULL;
	show_left_out(counters ? ssm_scan_left_out(node) : picture->binding->requests.left_out, es);
	show_local(picture, spec, node->ss.ps.plan->qual, es);
	show_undocumented(node, node->ss.ps.plan->qual, es);
	if (counters == NULL)
		return;
	ExplainPropertyInteger("Requests", NULL, counters->requests, es);
	ExplainPropertyInteger("Pages", NULL, counters->pages, es);
	if (counters->empty_pages > 0)
		ExplainPropertyInteger("Empty Pages", NULL, counters->empty_pages, es);
	if (windows_idle(picture, counters))
		ExplainPropertyText("Note", "every window read pages outside it, so scan_windows does not pay here", es);
	ExplainPropertyInteger("Retries", NULL, counters->retries, es);
	ExplainPropertyInteger("Received", "bytes", counters->bytes, es);
	/* an Append's wait is for all of its scans */
	if (es->timing && !node->ss.ps.async_capable)
		ExplainPropertyFloat("Waited", "ms", waited, 3, es);
}
