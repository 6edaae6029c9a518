/*
 * source.c
 *		Where the rows of a foreign scan come from.
 */
#include "postgres.h"

#include "fdw/executor/source.h"

#include "access/xact.h"
#include "executor/executor.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "parser/parsetree.h"
#include "utils/memutils.h"

#include "fdw/compat.h"
#include "fdw/executor/bound.h"
#include "fdw/report.h"
#include "fdw/session/locate.h"

/*
 * Read plan and options.  Evaluates nothing and sends nothing.
 */
void
ssm_source_init(SsmScanSource *source, ForeignScanState *node)
{
	ForeignScan *plan = (ForeignScan *) node->ss.ps.plan;
	Relation	rel = node->ss.ss_currentRelation;
	Oid			user = ssm_check_as_user(plan, exec_rt_fetch(plan->scan.scanrelid, node->ss.ps.state));

	source->node = node;
	source->spec = ssm_spec_unpack(plan);
	source->options = ssm_options_get(RelationGetRelid(rel));
	source->server = GetForeignServer(GetForeignServerIdByRelId(RelationGetRelid(rel)));
	source->userid = OidIsValid(user) ? user : GetUserId();
	source->columns = ssm_column_bind(source->options->operation, rel, source->spec->attnums);
	source->values = ExecInitExprList(plan->fdw_exprs, (PlanState *) node);
}

/*
 * Find out as whom to call, now that a call is needed.
 */
static void
find_caller(SsmScanSource *source)
{
	source->lease = ssm_session_lease(source->server, source->userid, source->options);
	source->client = ssm_session_client(source->lease);
}

/*
 * Have what to call by.  Raises an error if there are no descriptors for it.
 */
SsmLease *
ssm_source_lease(SsmScanSource *source)
{
	MemoryContext old = MemoryContextSwitchTo(source->node->ss.ps.state->es_query_cxt);

	if (source->lease == NULL)
		find_caller(source);
	MemoryContextSwitchTo(old);
	(void) ssm_session_loop(source->lease);
	return source->lease;
}

/*
 * Find out where to call, once for the query.  False if that has yet to come.
 */
bool
ssm_source_locate(SsmScanSource *source)
{
	MemoryContext old;

	if (source->service)
		return true;
	old = MemoryContextSwitchTo(source->node->ss.ps.state->es_query_cxt);
	source->service = ssm_locate(source->server, source->userid, source->options);
	if (source->service == NULL)
	{
		if (source->lease == NULL)
			find_caller(source);
		if (ssm_session_discover(source->lease))
			source->service = ssm_locate(source->server, source->userid, source->options);
	}
	if (source->service)
	{
		const char *region = source->service->endpoint.region;

		ssm_bound_check(source->options->operation, source->node->ss.ss_currentRelation, region,
						source->options->account_id);
		ssm_column_constants(source->columns, region, source->options->account_id);
	}
	MemoryContextSwitchTo(old);
	return source->service != NULL;
}

/*
 * Evaluate the quals' values and make the requests, in the current memory
 * context: those of the present row, or, with a read-ahead, of one of its rows.
 */
SsmBinding *
ssm_source_bind(SsmScanSource *source, SsmAhead *ahead, int64 row)
{
	SsmBinding *binding = ssm_bind_create(source->options->operation);
	ExprContext *econtext = source->node->ss.ps.ps_ExprContext;
	const SsmSpec *spec = source->spec;
	int			key = spec->first_key;
	int			next = 0;
	ListCell   *lc;

	foreach(lc, spec->quals)
	{
		SsmQual    *qual = lfirst(lc);
		int			n = list_length(qual->values);
		SsmDatum   *values = palloc(sizeof(SsmDatum) * n);
		int			i;

		for (i = 0; i < n; i++)
		{
			ExprState  *state = list_nth(source->values, next);

			if (ahead && list_member_int(spec->fed, next))
				values[i].value = ssm_ahead_value(ahead, row, key++, &values[i].isnull);
			else
				values[i].value = ExecEvalExpr(state, econtext, &values[i].isnull);
			values[i].type = exprType(list_nth(qual->values, i));
			next++;
		}
		ssm_bind_qual(binding, qual, values, source->options, source->service->endpoint.region);
	}
	ssm_bind_finish(binding, source->options, spec);
	ssm_bind_check(binding, RelationGetRelationName(source->node->ss.ss_currentRelation));
	for (next = 0; next < SSM_MAX_PARAMETERS; next++)
		source->left_out[next] |= binding->requests.left_out[next];
	return binding;
}

/*
 * Get ready to call.
 */
void
ssm_source_call(SsmScanSource *source)
{
	MemoryContext old = MemoryContextSwitchTo(source->node->ss.ps.state->es_query_cxt);

	if (source->lease == NULL)
		find_caller(source);
	ssm_session_direct(&source->client, source->service);
	MemoryContextSwitchTo(old);
}

/*
 * Memory context callback: cut off what is under way.
 */
static void
free_cursor(void *arg)
{
	ssm_cursor_free(arg);
}

/*
 * Make a cursor of some requests, freed with the current memory context.  What *keep
 * points to must stay as long; NULL keeps all rows.
 */
SsmCursor *
ssm_source_open(SsmScanSource *source, const SsmRequestSet *requests, const SsmKeep *keep)
{
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));
	SsmCursorSetup setup = {
		.source = {
			.client = &source->client,
			.requests = requests,
			.prefetch = !source->spec->limited,
			.max_requests = source->options->max_requests,
			.invalid_instance_id = source->options->invalid_instance_id,
		},
		.limited = source->spec->limited,
		.newest = source->spec->newest != 0,
		.wanted = source->spec->limit,
		.slack = source->options->invoked_after_slack,
		.now = GetCurrentStatementStartTimestamp() + SSM_POSTGRES_EPOCH,
	};
	SsmCursor  *cursor;
	SsmError	error;

	if (keep)
	{
		setup.only = keep->only;
		setup.only_place = keep->only_place;
		setup.given = keep->given;
	}
	setup.width = source->options->max_concurrency;
	if (requests->kept.from >= requests->kept.to)
		setup.width = Min(setup.width, requests->count);
	setup.width = ssm_session_widen(source->lease, setup.width);
	setup.source.shape = ssm_column_shape(source->columns, &setup.places);
	cursor = ssm_cursor_create(&setup, &error);
	if (cursor == NULL)
		ssm_source_fail(source, &error);
	callback->func = free_cursor;
	callback->arg = cursor;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	return cursor;
}

/*
 * Raise what went wrong in the engine.
 */
void
ssm_source_fail(const SsmScanSource *source, const SsmError *error)
{
	ssm_report(error, source->options->operation->name, source->server->servername);
}
