/*
 * history_run.c
 *		One run of ssm_fdw_keep_history for one source.
 *
 * What it does in the database is PL/pgSQL, in the extension's script.  Here is what
 * that cannot do: call those functions by their exact types, so that no overload can
 * come between; commit between the slices of a long run, which a procedure with a
 * search_path of its own may not; and leave a line about a run that failed.
 */
#include "postgres.h"

#include "fdw/functions/history_run.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "fdw/compat.h"
#include "fdw/functions/attempt.h"
#include "fdw/session/totals.h"

#define RETENTION	(30 * USECS_PER_DAY)	/* what the service keeps */
#define NARROWEST	(2 * USECS_PER_SEC) /* slice: bounds are sent in seconds */

static const SsmHistoryFunction history_start =
{"ssm_fdw_history_start", 3, {REGCLASSOID, REGCLASSOID, INTERVALOID}};
static const SsmHistoryFunction history_finish =
{"ssm_fdw_history_finish", 8, {REGCLASSOID, REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, INT8ARRAYOID, INT8OID, TEXTOID}};
static const SsmHistoryFunction history_statement =
{"ssm_fdw_history_statement", 5, {REGCLASSOID, REGCLASSOID, REGCLASSOID, TEXTOID, TEXTOID}};
static const SsmHistoryFunction history_read =
{"ssm_fdw_history_read", 7, {TEXTOID, REGCLASSOID, REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID, BOOLOID}};
static const SsmHistoryFunction history_unfinished =
{"ssm_fdw_history_unfinished", 8, {TEXTOID, TEXTOID, REGCLASSOID, REGCLASSOID, REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TIMESTAMPTZOID}};

/*
 * A relation as an argument.
 */
static NullableDatum
relation(Oid relid)
{
	return ssm_given(ObjectIdGetDatum(relid));
}

/*
 * Text as an argument.
 */
static NullableDatum
text_of(const char *string)
{
	return ssm_given(CStringGetTextDatum(string));
}

/*
 * Call a function of the extension, whose schema it is given.
 */
NullableDatum
ssm_history_call(const SsmHistoryFunction *function, Oid schema, const NullableDatum *args)
{
	List	   *name = list_make2(makeString(get_namespace_name(schema)),
								  makeString(pstrdup(function->name)));
	FmgrInfo	info;
	NullableDatum result;

	LOCAL_FCINFO(fcinfo, SSM_HISTORY_MOST_ARGS);

	fmgr_info(LookupFuncName(name, function->nargs, function->types, false), &info);
	InitFunctionCallInfoData(*fcinfo, &info, function->nargs, DEFAULT_COLLATION_OID, NULL, NULL);
	memcpy(fcinfo->args, args, function->nargs * sizeof(NullableDatum));
	result.value = FunctionCallInvoke(fcinfo);
	result.isnull = fcinfo->isnull;
	return result;
}

/* A call that may fail, and its result. */
typedef struct Call
{
	const SsmHistoryFunction *function;
	Oid			schema;
	const NullableDatum *args;
	NullableDatum *result;
} Call;

/*
 * For ssm_attempt.
 */
static void
call_function(void *arg)
{
	Call	   *call = arg;

	*call->result = ssm_history_call(call->function, call->schema, call->args);
}

/*
 * Call a function that may fail without ending the run's transaction.  False, and
 * run->error, if it does.  In a transaction of the caller's, an error is raised: what
 * has been done is its to keep or not.
 */
static bool
attempt(SsmHistoryRun *run, const SsmHistoryFunction *function, const NullableDatum *args, NullableDatum *result)
{
	Call		call = {function, run->schema, args, result};

	*result = ssm_nothing();
	if (run->atomic)
		call_function(&call);
	else
		run->error = ssm_attempt(call_function, &call);
	return run->error == NULL;
}

/*
 * The statement that copies rows, by "time", "command" or "pair", as text.
 */
static NullableDatum
copy_statement(const SsmHistoryRun *run, const char *by)
{
	NullableDatum args[] = {
		relation(run->history), relation(run->unfinished), relation(run->source),
		text_of(SSM_HISTORY_FINAL), text_of(by)
	};

	return ssm_history_call(&history_statement, run->schema, args);
}

/*
 * Keep others out until the end of the transaction.  Returns since when to read, the
 * time, and the next run's, as an array of timestamptz.
 */
static ArrayType *
start(const SsmHistoryRun *run)
{
	NullableDatum args[] = {relation(run->progress), relation(run->source), run->overlap};

	return DatumGetArrayTypeP(ssm_history_call(&history_start, run->schema, args).value);
}

/*
 * Begin: take from start what the run needs to know.
 */
static void
begin(SsmHistoryRun *run)
{
	NullableDatum *const times[] = {&run->since, &run->now, &run->next};
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			i;

	deconstruct_array(start(run), TIMESTAMPTZOID, sizeof(TimestampTz), true, TYPALIGN_DOUBLE,
					  &values, &nulls, &n);
	for (i = 0; i < n && i < (int) lengthof(times); i++)
		*times[i] = (NullableDatum) {.value = values[i], .isnull = nulls[i]};
}

/*
 * Keep what has been done, whatever becomes of the rest.
 */
static void
commit(const SsmHistoryRun *run)
{
	if (run->atomic)
		return;
	SPI_commit();
	EnsurePortalSnapshotExists();
}

/*
 * Add what a function has counted; returns how many rows it read.
 */
static int64
add_counts(SsmHistoryRun *run, NullableDatum result)
{
	const int64 *counts = (const int64 *) ARR_DATA_PTR(DatumGetArrayTypeP(result.value));
	int			i;

	for (i = 0; i < SSM_HISTORY_NCOUNTS; i++)
		run->counts[i] += counts[i];
	return counts[SSM_HISTORY_READ];
}

/*
 * Copy what is new, by time.  If that takes too many requests, do it in slices,
 * the oldest first, and commit after each.  False, and run->error, if that fails.
 *
 * Of a slice that takes too many, a quarter is tried, and one that brings less than half
 * of what the fullest has brought makes the next twice as wide.  The last has no
 * end: the machine's clock is good enough to guess how wide slices are, but does
 * not say where rows end.
 */
static bool
copy_by_time(SsmHistoryRun *run)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz from = run->since.isnull || TIMESTAMP_IS_NOBEGIN(DatumGetTimestampTz(run->since.value))
	? now - RETENTION : DatumGetTimestampTz(run->since.value);
	int64		width = Max(now - from, USECS_PER_DAY);
	int64		fullest = 0;
	bool		last = true;
	NullableDatum args[] = {
		copy_statement(run, "time"), relation(run->progress), relation(run->source), run->now,
		run->since, ssm_nothing(), ssm_nothing()
	};

	for (;;)
	{
		NullableDatum result;
		int64		rows;

		CHECK_FOR_INTERRUPTS();
		args[5] = last ? ssm_nothing() : ssm_given(TimestampTzGetDatum(from + width));
		args[6] = ssm_given(BoolGetDatum(run->timed && width > NARROWEST));
		if (!attempt(run, &history_read, args, &result))
			return false;
		if (result.isnull)
		{
			width = Max(width / 4, NARROWEST);
			last = false;
			continue;
		}
		rows = add_counts(run, result);
		if (last)
			return true;
		commit(run);
		start(run);
		from += width;
		args[4] = ssm_given(TimestampTzGetDatum(from));
		fullest = Max(fullest, rows);
		if (rows <= fullest / 2)
			width *= 2;
		last = from + width >= now;
	}
}

/*
 * Copy, by command or by pair, what was not final and is older than what is read by
 * time, some at a time.  Where all is read, that is nothing.  False, and run->error,
 * if that fails.
 */
static bool
copy_unfinished(SsmHistoryRun *run)
{
	NullableDatum args[] = {
		ssm_nothing(), ssm_nothing(), relation(run->history), relation(run->unfinished),
		relation(run->source), run->since, run->now, run->next
	};
	NullableDatum result;

	if (run->since.isnull || !run->timed)
		return true;
	args[0] = copy_statement(run, "command");
	args[1] = copy_statement(run, "pair");
	for (;;)
	{
		CHECK_FOR_INTERRUPTS();
		if (!attempt(run, &history_unfinished, args, &result))
			return false;
		if (result.isnull)
			return true;
		add_counts(run, result);
		commit(run);
		start(run);
	}
}

/*
 * Leave the run's line in the progress table.
 */
static void
finish(const SsmHistoryRun *run, TimestampTz began, int64 requests)
{
	Datum		counts[SSM_HISTORY_NCOUNTS];
	NullableDatum args[] = {
		relation(run->progress), relation(run->source), run->since, run->now, ssm_given(TimestampTzGetDatum(began)),
		ssm_nothing(), ssm_given(Int64GetDatum(requests)), ssm_nothing()
	};
	int			i;

	for (i = 0; i < SSM_HISTORY_NCOUNTS; i++)
		counts[i] = Int64GetDatum(run->counts[i]);
	args[5] = ssm_given(PointerGetDatum(construct_array(counts, lengthof(counts), INT8OID, sizeof(int64), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE)));
	if (run->error)
		args[7] = text_of(psprintf("%s: %s", unpack_sql_state(run->error->sqlerrcode), run->error->message));
	ssm_history_call(&history_finish, run->schema, args);
}

/*
 * Copy what is new or has changed in a source, and commit.  What was unfinished is
 * asked for first: it is judged by what was known before.  False, and run->error, if
 * the service or the database cannot; what was done before that is kept, and the
 * progress table tells.  Within SPI, at its procedure's memory context.
 */
bool
ssm_history_run(SsmHistoryRun *run)
{
	TimestampTz began = GetCurrentTimestamp();
	int64		requests = ssm_totals_sent();
	bool		ok;

	begin(run);
	ok = copy_unfinished(run) && copy_by_time(run);
	finish(run, began, ssm_totals_sent() - requests);
	commit(run);
	return ok;
}
