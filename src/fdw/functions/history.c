/*
 * history.c
 *		ssm_fdw_create_history and ssm_fdw_keep_history: a local table of what the
 *		service forgets.
 *
 * They check what they are given, find the caller's schema, which a function with a
 * search_path of its own does not see, and keep partitions apart.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "storage/lockdefs.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/varlena.h"

#include "fdw/compat.h"
#include "fdw/functions/history.h"
#include "fdw/functions/history_run.h"

/* What a history is made of, and a source must have. */
static const char *const needed_columns[] =
{"command_id", "instance_id", "region", "account_id", "status", "requested_date_time"};

static const SsmHistoryFunction history_create =
{"ssm_fdw_history_create", 3, {NAMEOID, NAMEOID, REGCLASSOID}};

/* What stands beside a history table, and has its name before this. */
#define PROGRESS	"_progress"
#define UNFINISHED	"_unfinished"

/* Settings, in seconds but for the last, a share; the extension's script reads them. */
static int	overlap_setting = 10 * SECS_PER_MINUTE;
static int	long_overlap_setting = SECS_PER_DAY;
static int	long_interval_setting = SECS_PER_DAY / 4;
static double growth_setting = 0.5;

/*
 * Define the settings, once per backend.
 */
void
ssm_history_init(void)
{
	DefineCustomIntVariable("ssm_fdw.history_overlap",
							"How far back each run of ssm_fdw_keep_history reads again.",
							NULL, &overlap_setting, 10 * SECS_PER_MINUTE, 0, 30 * SECS_PER_DAY,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("ssm_fdw.history_long_overlap",
							"How far back ssm_fdw_keep_history reads again now and then.",
							NULL, &long_overlap_setting, SECS_PER_DAY, 0, 30 * SECS_PER_DAY,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("ssm_fdw.history_long_interval",
							"How long after it read that far back ssm_fdw_keep_history does so again.",
							NULL, &long_interval_setting, SECS_PER_DAY / 4, 0, 30 * SECS_PER_DAY,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomRealVariable("ssm_fdw.history_growth",
							 "By what share of its age an unfinished invocation grows older until ssm_fdw_keep_history asks for it again.",
							 NULL, &growth_setting, 0.5, 0, 100,
							 PGC_USERSET, 0, NULL, NULL, NULL);
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
 * ssm_fdw_keep_history, and those beside it.  history is read as the name of a
 * relation is, with or without a schema.
 */
Datum
ssm_fdw_create_history(PG_FUNCTION_ARGS)
{
	RangeVar   *history;
	NullableDatum args[3];
	NameData	schema;
	NameData	name;

	check_given(fcinfo, 0, "history");
	check_given(fcinfo, 1, "source");
	history = makeRangeVarFromNameList(textToQualifiedNameList(PG_GETARG_TEXT_PP(0)));
	if (strlen(history->relname) + strlen(UNFINISHED) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("\"%s\" is too long for the name of a history table", history->relname),
				 errhint("Its name and \"%s\" together must be a name, too.", UNFINISHED)));
	if (history->schemaname == NULL && fetch_search_path(false) == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_SCHEMA),
				 errmsg("no schema has been selected to create \"%s\" in", history->relname),
				 errhint("Name its schema, as in 'public.%s', or set search_path.", history->relname)));
	check_source(PG_GETARG_OID(1));

	namestrcpy(&schema, get_namespace_name(RangeVarGetCreationNamespace(history)));
	namestrcpy(&name, history->relname);
	args[0] = ssm_given(NameGetDatum(&schema));
	args[1] = ssm_given(NameGetDatum(&name));
	args[2] = ssm_given(PG_GETARG_DATUM(1));
	ssm_history_call(&history_create, get_func_namespace(fcinfo->flinfo->fn_oid), args);
	return (Datum) 0;
}

/*
 * A relation's name with its schema; if it has been dropped meanwhile its number, as
 * regclass has it.
 */
static const char *
full_name(Oid relid)
{
	if (get_rel_name(relid) == NULL)
		return psprintf("%u", relid);
	return quote_qualified_identifier(get_namespace_name(get_rel_namespace(relid)), get_rel_name(relid));
}

/*
 * A table beside a history table, by what its name has more.
 */
static Oid
find_beside(Oid history, const char *suffix)
{
	const char *name = get_rel_name(history);
	Oid			beside = get_relname_relid(psprintf("%s%s", name, suffix), get_rel_namespace(history));

	if (!OidIsValid(beside))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("%s is no history table: it has no table %s%s beside it", full_name(history), name, suffix),
				 errhint("Make one with CALL ssm_fdw_create_history.")));
	return beside;
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

/*
 * What is read by itself: the partitions of a source, or itself.
 */
static List *
find_parts(Oid source)
{
	List	   *parts = NIL;
	ListCell   *lc;

	if (get_rel_relkind(source) != RELKIND_PARTITIONED_TABLE)
		return list_make1_oid(source);
	foreach(lc, find_all_inheritors(source, AccessShareLock, NULL))
		if (get_rel_relkind(lfirst_oid(lc)) != RELKIND_PARTITIONED_TABLE)
		parts = lappend_oid(parts, lfirst_oid(lc));
	return parts;
}

/*
 * Tell that a partition could not be read.
 */
static void
warn(const char *part, const ErrorData *error)
{
	ereport(WARNING,
			(errcode(error->sqlerrcode),
			 errmsg("could not read partition %s: %s", part, error->message),
			 error->detail ? errdetail_internal("%s", error->detail) : 0,
			 error->hint ? errhint("%s", error->hint) : 0));
}

/*
 * Run for each part of a source, and commit after each; add up what was read.  A
 * part that fails holds up no other; at the end it is an error.  One that has been
 * dropped since another was committed has nothing to read.
 */
static void
run_parts(const SsmHistoryRun *common, int64 *counts)
{
	List	   *parts = find_parts(common->source);
	const ErrorData *first = NULL;
	StringInfoData failed_parts;
	int			failed = 0;
	ListCell   *lc;
	int			i;

	initStringInfo(&failed_parts);
	foreach(lc, parts)
	{
		SsmHistoryRun run = *common;
		const char *name = full_name(lfirst_oid(lc));

		if (get_rel_name(lfirst_oid(lc)) == NULL)
			continue;
		run.source = lfirst_oid(lc);
		run.timed = has_time(run.history) && has_time(run.source);
		if (!ssm_history_run(&run))
		{
			if (list_length(parts) == 1 || run.error->sqlerrcode == ERRCODE_QUERY_CANCELED)
				ReThrowError(run.error);
			warn(name, run.error);
			appendStringInfo(&failed_parts, "%s%s", failed > 0 ? ", " : "", name);
			failed++;
			first = first ? first : run.error;
		}
		for (i = 0; i < SSM_HISTORY_NCOUNTS; i++)
			counts[i] += run.counts[i];
	}
	if (failed > 0)
		ereport(ERROR,
				(errcode(first->sqlerrcode),
				 errmsg("could not read %d of %d partitions of %s",
						failed, list_length(parts), full_name(common->source)),
				 errdetail("Not read: %s. The first error was: %s", failed_parts.data, first->message),
				 errhint("The others are kept. The column error of %s tells of each.", full_name(common->progress))));
}

SSM_SQL_FUNCTION(ssm_fdw_keep_history);

/*
 * ssm_fdw_keep_history(history regclass, source regclass, overlap interval, INOUT
 * rows_read bigint, INOUT rows_inserted bigint, INOUT rows_updated bigint): copy
 * what is new or has changed in the source, in two kinds of scans: by command or
 * pair of ids, what was not final; and by time, what is no older than overlap.
 */
Datum
ssm_fdw_keep_history(PG_FUNCTION_ARGS)
{
	SsmHistoryRun run = {0};
	int64		counts[SSM_HISTORY_NCOUNTS] = {0};
	TupleDesc	desc;
	Datum		values[SSM_HISTORY_NCOUNTS];
	bool		nulls[SSM_HISTORY_NCOUNTS] = {0};
	int			i;

	check_given(fcinfo, 0, "history");
	check_given(fcinfo, 1, "source");
	run.history = PG_GETARG_OID(0);
	run.source = PG_GETARG_OID(1);
	run.overlap = (NullableDatum) {.value = PG_GETARG_DATUM(2), .isnull = PG_ARGISNULL(2)};
	if (!run.overlap.isnull)
		check_overlap(run.overlap.value);
	check_relation(run.history, "rp", "Make a history table with CALL ssm_fdw_create_history.");
	check_source(run.source);
	run.progress = find_beside(run.history, PROGRESS);
	run.unfinished = find_beside(run.history, UNFINISHED);
	run.schema = get_func_namespace(fcinfo->flinfo->fn_oid);
	run.atomic = !(fcinfo->context && IsA(fcinfo->context, CallContext) &&
				   !castNode(CallContext, fcinfo->context)->atomic);

	SPI_connect_ext(run.atomic ? 0 : SPI_OPT_NONATOMIC);
	run_parts(&run, counts);
	SPI_finish();

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ssm_fdw_keep_history must return a record");
	for (i = 0; i < SSM_HISTORY_NCOUNTS; i++)
		values[i] = Int64GetDatum(counts[i]);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
