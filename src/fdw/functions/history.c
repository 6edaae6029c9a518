/*
 * history.c
 *		ssm_fdw_create_history and ssm_fdw_keep_history: a local table of what the
 *		service forgets.
 *
 * What they do in the database is PL/pgSQL, in the extension's script.  Here is
 * what that cannot do: call those functions by their exact types, so that no
 * overload can come between; find the caller's schema though they have a
 * search_path of their own; and commit between the slices of a long run, which a
 * procedure with such a setting may not.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "parser/parse_func.h"
#include "tcop/pquery.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "fdw/compat.h"

#define RETENTION	(30 * USECS_PER_DAY)	/* what the service keeps */
#define NARROWEST	(2 * USECS_PER_SEC) /* slice: bounds are sent in seconds */
#define MOST_ARGS	6

/* When a status is final, to format with what stands before the column's name. */
static const char final_status[] =
"(%sstatus::text IN ('Success', 'Failed', 'Cancelled', 'TimedOut')) IS TRUE";

/* What a history is made of, and a source must have. */
static const char *const needed_columns[] =
{"command_id", "instance_id", "region", "account_id", "status", "requested_date_time"};

/* A function of the extension that only this file calls. */
typedef struct Internal
{
	const char *name;
	int			nargs;
	Oid			types[MOST_ARGS];
} Internal;

static const Internal history_create =
{"ssm_fdw_history_create", 4, {NAMEOID, NAMEOID, REGCLASSOID, TEXTOID}};
static const Internal history_start =
{"ssm_fdw_history_start", 3, {REGCLASSOID, REGCLASSOID, INTERVALOID}};
static const Internal history_statement =
{"ssm_fdw_history_statement", 4, {REGCLASSOID, REGCLASSOID, TEXTOID, BOOLOID}};
static const Internal history_read =
{"ssm_fdw_history_read", 6, {TEXTOID, REGCLASSOID, REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID, BOOLOID}};
static const Internal history_unfinished =
{"ssm_fdw_history_unfinished", 4, {TEXTOID, REGCLASSOID, TEXTOID, TIMESTAMPTZOID}};

/* What is counted, in the order of the arrays that the functions return. */
enum
{
	ROWS_READ,
	ROWS_INSERTED,
	ROWS_UPDATED,
	NCOUNTS
};

/* One run of ssm_fdw_keep_history. */
typedef struct Run
{
	Oid			schema;			/* the extension's */
	Oid			history;
	Oid			progress;
	Oid			source;
	Datum		overlap;		/* interval */
	bool		atomic;			/* the caller's transaction goes on after us */
	bool		timed;			/* requested_date_time can be a bound */
	NullableDatum since;		/* timestamptz; NULL is from the beginning */
	int64		counts[NCOUNTS];
} Run;

/*
 * An argument or result that is there.
 */
static NullableDatum
given(Datum value)
{
	return (NullableDatum) {.value = value};
}

static const NullableDatum nothing = {.isnull = true};

/*
 * Call a function of the extension, whose schema it is given.
 */
static NullableDatum
call(const Internal *internal, Oid schema, const NullableDatum *args)
{
	List	   *name = list_make2(makeString(get_namespace_name(schema)),
								  makeString(pstrdup(internal->name)));
	FmgrInfo	function;
	NullableDatum result;

	LOCAL_FCINFO(fcinfo, MOST_ARGS);

	fmgr_info(LookupFuncName(name, internal->nargs, internal->types, false), &function);
	InitFunctionCallInfoData(*fcinfo, &function, internal->nargs, DEFAULT_COLLATION_OID, NULL, NULL);
	memcpy(fcinfo->args, args, internal->nargs * sizeof(NullableDatum));
	result.value = FunctionCallInvoke(fcinfo);
	result.isnull = fcinfo->isnull;
	return result;
}

/*
 * Raise an error if a procedure's argument is NULL.
 */
static void
check_given(FunctionCallInfo fcinfo, int arg, const char *name)
{
	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name)));
}

/*
 * Raise an error if a relation, which should be of these kinds, cannot be a
 * history, or its source.
 */
static void
check_relation(Oid relid, const char *kinds, const char *hint)
{
	char	   *name = get_rel_name(relid);
	size_t		i;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("there is no relation with OID %u", relid)));
	if (strchr(kinds, get_rel_relkind(relid)) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not of the right kind", name),
				 errhint("%s", hint)));
	for (i = 0; i < lengthof(needed_columns); i++)
		if (get_attnum(relid, needed_columns[i]) == InvalidAttrNumber)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("\"%s\" has no column \"%s\"", name, needed_columns[i]),
					 errdetail("A history needs command_id, instance_id, region, account_id, status and requested_date_time."),
					 errhint("Add it with ALTER FOREIGN TABLE, or make a view that gives a column of another name this one.")));
}

/*
 * Raise an error if a relation cannot be a source.
 */
static void
check_source(Oid relid)
{
	check_relation(relid, "rpfvm",
				   "A source is a foreign table of ssm_fdw, or a partitioned table or a view over some.");
}

SSM_SQL_FUNCTION(ssm_fdw_create_history);

/*
 * ssm_fdw_create_history(history text, source regclass): make a table for
 * ssm_fdw_keep_history, and the table of its progress.  history is read as the
 * name of a relation is, with or without a schema.
 */
Datum
ssm_fdw_create_history(PG_FUNCTION_ARGS)
{
	RangeVar   *history;
	NullableDatum args[4];
	NameData	schema;
	NameData	name;

	check_given(fcinfo, 0, "history");
	check_given(fcinfo, 1, "source");
	history = makeRangeVarFromNameList(textToQualifiedNameList(PG_GETARG_TEXT_PP(0)));
	if (strlen(history->relname) + strlen("_progress") >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("\"%s\" is too long for the name of a history table", history->relname),
				 errhint("Its name and \"_progress\" together must be a name, too.")));
	if (history->schemaname == NULL && fetch_search_path(false) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("no schema has been selected to create \"%s\" in", history->relname),
				 errhint("Name its schema, as in 'public.%s', or set search_path.", history->relname)));
	check_source(PG_GETARG_OID(1));

	namestrcpy(&schema, get_namespace_name(RangeVarGetCreationNamespace(history)));
	namestrcpy(&name, history->relname);
	args[0] = given(NameGetDatum(&schema));
	args[1] = given(NameGetDatum(&name));
	args[2] = given(PG_GETARG_DATUM(1));
	args[3] = given(CStringGetTextDatum(final_status));
	call(&history_create, get_func_namespace(fcinfo->flinfo->fn_oid), args);
	return (Datum) 0;
}

/*
 * The statement that copies rows, as text.
 */
static NullableDatum
copy_statement(const Run *run, bool by_command)
{
	NullableDatum args[] = {
		given(ObjectIdGetDatum(run->history)), given(ObjectIdGetDatum(run->source)),
		given(CStringGetTextDatum(final_status)), given(BoolGetDatum(by_command))
	};

	return call(&history_statement, run->schema, args);
}

/*
 * Keep others out until the end of the transaction, and return since when to
 * read.
 */
static NullableDatum
start(const Run *run)
{
	NullableDatum args[] = {
		given(ObjectIdGetDatum(run->progress)), given(ObjectIdGetDatum(run->source)), given(run->overlap)
	};

	return call(&history_start, run->schema, args);
}

/*
 * Keep what has been done, whatever becomes of the rest.
 */
static void
commit(const Run *run)
{
	if (run->atomic)
		return;
	SPI_commit();
	EnsurePortalSnapshotExists();
	start(run);
}

/*
 * Add what a function has counted; returns how many rows it read.
 */
static int64
add_counts(Run *run, NullableDatum result)
{
	const int64 *counts = (const int64 *) ARR_DATA_PTR(DatumGetArrayTypeP(result.value));
	int			i;

	for (i = 0; i < NCOUNTS; i++)
		run->counts[i] += counts[i];
	return counts[ROWS_READ];
}

/*
 * Copy what is new, by time.  If that takes too many requests, do it in slices,
 * the oldest first, and commit after each.
 *
 * Of a slice that takes too many, a quarter is tried, and one that brings less than half
 * of what the fullest has brought makes the next twice as wide.  The last has no
 * end: the machine's clock is good enough to guess how wide slices are, but does
 * not say where rows end.
 */
static void
copy_by_time(Run *run)
{
	TimestampTz now = GetCurrentTimestamp();
	TimestampTz from = run->since.isnull || TIMESTAMP_IS_NOBEGIN(DatumGetTimestampTz(run->since.value))
	? now - RETENTION : DatumGetTimestampTz(run->since.value);
	int64		width = Max(now - from, USECS_PER_DAY);
	int64		fullest = 0;
	bool		last = true;
	NullableDatum args[] = {
		copy_statement(run, false), given(ObjectIdGetDatum(run->progress)),
		given(ObjectIdGetDatum(run->source)), run->since, nothing, nothing
	};

	for (;;)
	{
		NullableDatum result;
		int64		rows;

		CHECK_FOR_INTERRUPTS();
		args[4] = last ? nothing : given(TimestampTzGetDatum(from + width));
		args[5] = given(BoolGetDatum(run->timed && width > NARROWEST));
		result = call(&history_read, run->schema, args);
		if (result.isnull)
		{
			width = Max(width / 4, NARROWEST);
			last = false;
			continue;
		}
		rows = add_counts(run, result);
		if (last)
			return;
		commit(run);
		from += width;
		args[3] = given(TimestampTzGetDatum(from));
		fullest = Max(fullest, rows);
		if (rows <= fullest / 2)
			width *= 2;
		last = from + width >= now;
	}
}

/*
 * Copy, by command, what was not final and is older than what has been read by
 * time.  Where all has been read, that is nothing.
 */
static void
copy_unfinished(Run *run)
{
	NullableDatum args[] = {
		nothing, given(ObjectIdGetDatum(run->history)),
		given(CStringGetTextDatum(final_status)), run->since
	};

	if (run->since.isnull || !run->timed)
		return;
	args[0] = copy_statement(run, true);
	add_counts(run, call(&history_unfinished, run->schema, args));
}

/*
 * The progress table beside a history table.
 */
static Oid
find_progress(Oid history)
{
	const char *name = get_rel_name(history);
	Oid			progress;

	progress = get_relname_relid(psprintf("%s_progress", name), get_rel_namespace(history));
	if (!OidIsValid(progress))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("%s is no history table: it has no table %s_progress beside it",
						quote_qualified_identifier(get_namespace_name(get_rel_namespace(history)), name),
						name),
				 errhint("Make one with CALL ssm_fdw_create_history.")));
	return progress;
}

/*
 * Can a relation's requested_date_time be compared with a time, whatever the
 * session's settings?
 */
static bool
has_time(Oid relid)
{
	return get_atttype(relid, get_attnum(relid, "requested_date_time")) == TIMESTAMPTZOID;
}

/*
 * Raise an error if overlap is negative.
 */
static void
check_overlap(Datum overlap)
{
	Interval	zero = {0};

	if (DatumGetBool(DirectFunctionCall2(interval_lt, overlap, IntervalPGetDatum(&zero))))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("overlap must not be negative"),
				 errhint("It should be as long as a command may take, such as '1 day'.")));
}

SSM_SQL_FUNCTION(ssm_fdw_keep_history);

/*
 * ssm_fdw_keep_history(history regclass, source regclass, overlap interval, INOUT
 * rows_read bigint, INOUT rows_inserted bigint, INOUT rows_updated bigint): copy
 * what is new or has changed in the source, in two kinds of scans: by time, from
 * overlap before the newest that has been seen; and by command, what was not final
 * then and is older.
 */
Datum
ssm_fdw_keep_history(PG_FUNCTION_ARGS)
{
	Run			run = {0};
	TupleDesc	desc;
	Datum		values[NCOUNTS];
	bool		nulls[NCOUNTS] = {0};
	int			i;

	check_given(fcinfo, 0, "history");
	check_given(fcinfo, 1, "source");
	check_given(fcinfo, 2, "overlap");
	run.history = PG_GETARG_OID(0);
	run.source = PG_GETARG_OID(1);
	run.overlap = PG_GETARG_DATUM(2);
	check_overlap(run.overlap);
	check_relation(run.history, "rp", "Make a history table with CALL ssm_fdw_create_history.");
	check_source(run.source);
	run.progress = find_progress(run.history);
	run.schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	run.timed = has_time(run.history) && has_time(run.source);
	run.atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
				   !castNode(CallContext, fcinfo->context)->atomic);

	SPI_connect_ext(run.atomic ? 0 : SPI_OPT_NONATOMIC);
	run.since = start(&run);
	copy_by_time(&run);
	copy_unfinished(&run);
	SPI_finish();

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ssm_fdw_keep_history must return a record");
	for (i = 0; i < NCOUNTS; i++)
		values[i] = Int64GetDatum(run.counts[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
