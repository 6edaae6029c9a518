/*
 * monitor.c
 *		The SQL functions that tell what all sessions do, and have done.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_authid.h"
#include "catalog/pg_foreign_server.h"
#include "commands/dbcommands.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "fdw/compat.h"
#include "fdw/session/activity.h"
#include "fdw/session/totals.h"

#define ACTIVITY_COLUMNS	18

/* What a scan waits for, as the view has it; NULL: for nothing of the service's. */
static const char *const doing_words[] = {
	[SSM_DOING_CONNECTION] = "connection",
	[SSM_DOING_ANSWER] = "answer",
	[SSM_DOING_TURN] = "budget",
	[SSM_DOING_PAUSE] = "pause",
	[SSM_DOING_CREDENTIALS] = "credentials",
	[SSM_DOING_REGION] = "region",
	[SSM_DOING_READER] = "reader",
};

/* One row that is being filled from left to right. */
typedef struct Row
{
	Datum		values[ACTIVITY_COLUMNS];
	bool		nulls[ACTIVITY_COLUMNS];
	int			n;
} Row;

/*
 * Add a value.
 */
static void
add(Row *row, Datum value)
{
	row->values[row->n++] = value;
}

/*
 * Add a text; NULL is SQL NULL.
 */
static void
add_text(Row *row, const char *text)
{
	row->nulls[row->n] = text == NULL;
	add(row, text ? CStringGetTextDatum(text) : (Datum) 0);
}

/*
 * Add that many milliseconds as an interval.
 */
static void
add_milliseconds(Row *row, int64 milliseconds)
{
	Interval   *interval = palloc0(sizeof(Interval));

	interval->time = milliseconds * 1000;
	add(row, IntervalPGetDatum(interval));
}

/*
 * Add a number; a negative one is SQL NULL.
 */
static void
add_double(Row *row, double value)
{
	row->nulls[row->n] = value < 0;
	add(row, Float8GetDatum(value));
}

SSM_SQL_FUNCTION(ssm_fdw_shared_memory);

/*
 * ssm_fdw_shared_memory() → (ok, detail): does this session share with others, and
 * if not, why?
 */
Datum
ssm_fdw_shared_memory(PG_FUNCTION_ARGS)
{
	const char *lack = ssm_shared_lack();
	Row			row = {.n = 0};
	TupleDesc	desc;

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "return type must be a row type");
	add(&row, BoolGetDatum(lack == NULL));
	add_text(&row, lack ? lack : ssm_shared_reserved() ? "reserved when the server started" :
			 "made by the first session that needed it");
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), row.values, row.nulls)));
}

/*
 * Add what everyone sees of a scan, and the rest by the rule of pg_stat_activity: for
 * members of its role or of pg_read_all_stats.
 */
static void
fill_activity(Row *row, const SsmActivity *activity)
{
	const SsmCounters *counters = &activity->counters;
	Oid			pid_user = activity->userid;
	const char *relation = NameStr(activity->relation);

	add(row, Int32GetDatum((int32) pg_atomic_read_u32(unconstify(pg_atomic_uint32 *, &activity->pid))));
	add_text(row, get_database_name(activity->database));
	add_text(row, GetUserNameFromId(pid_user, true));
	if (!has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS) && !has_privs_of_role(GetUserId(), pid_user))
	{
		while (row->n < ACTIVITY_COLUMNS)
			row->nulls[row->n++] = true;
		return;
	}
	add_text(row, NameStr(activity->server));
	add_text(row, relation[0] ? quote_qualified_identifier(NameStr(activity->schema), relation) : NULL);
	add_text(row, NameStr(activity->operation));
	add(row, TimestampTzGetDatum(activity->started));
	add_text(row, doing_words[activity->doing]);
	add(row, Int64GetDatum(counters->requests));
	add(row, Int64GetDatum(counters->pages));
	add(row, Int64GetDatum(counters->rows));
	add(row, Int64GetDatum(counters->bytes));
	add(row, Int64GetDatum(counters->retries));
	add(row, Int64GetDatum(counters->throttles));
	add_milliseconds(row, counters->held);
	add(row, Int64GetDatum(counters->parts_done));
	add(row, Int64GetDatum(counters->parts));
	/* of one list of pages nobody knows how long it is */
	add_double(row, counters->parts > 1 ? (double) counters->parts_done / counters->parts : -1);
}

SSM_SQL_FUNCTION(ssm_fdw_get_activity);

/*
 * ssm_fdw_get_activity(ssm_fdw_scope) → setof record: the view ssm_fdw_activity.
 */
Datum
ssm_fdw_get_activity(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SsmShared  *shared = ssm_shared_get();
	SsmActivity activity;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < SSM_SHARED_ACTIVITIES; i++)
	{
		Row			row = {.n = 0};

		if (!ssm_activity_read(&shared->activities[i], &activity))
			continue;
		fill_activity(&row, &activity);
		tuplestore_putvalues(result->setResult, result->setDesc, row.values, row.nulls);
	}
	return (Datum) 0;
}

/*
 * May the user see what a server's calls have cost?  Those of servers that he may
 * use, and with pg_read_all_stats all.
 */
static bool
may_see(const SsmAccount *account)
{
	if (has_privs_of_role(GetUserId(), ROLE_PG_READ_ALL_STATS))
		return true;
	return account->database == MyDatabaseId &&
		GetForeignServerExtended(account->serverid, FSV_MISSING_OK) != NULL &&
		ssm_server_aclcheck(account->serverid, GetUserId()) == ACLCHECK_OK;
}

/*
 * An account's totals as a row.
 */
static void
fill_statistics(Row *row, SsmAccount *account, TimestampTz reset)
{
	int64		totals[SSM_TOTAL_COUNT];
	int			i;

	for (i = 0; i < SSM_TOTAL_COUNT; i++)
		totals[i] = (int64) pg_atomic_read_u64(&account->totals[i]);
	add_text(row, get_database_name(account->database));
	add_text(row, NameStr(account->server));
	add_text(row, NameStr(account->operation));
	for (i = 0; i <= SSM_TOTAL_THROTTLES; i++)
		add(row, Int64GetDatum(totals[i]));
	add_double(row, totals[SSM_TOTAL_REQUESTS] > 0 ?
			   (double) totals[SSM_TOTAL_THROTTLES] / totals[SSM_TOTAL_REQUESTS] : -1);
	for (i = SSM_TOTAL_DENIED; i <= SSM_TOTAL_BYTES; i++)
		add(row, Int64GetDatum(totals[i]));
	add_milliseconds(row, totals[SSM_TOTAL_HELD]);
	add_double(row, ssm_totals_quantile(account, 0.5));
	add_double(row, ssm_totals_quantile(account, 0.95));
	add(row, TimestampTzGetDatum(reset));
}

SSM_SQL_FUNCTION(ssm_fdw_get_statistics);

/*
 * ssm_fdw_get_statistics(ssm_fdw_scope) → setof record: the view ssm_fdw_statistics.
 */
Datum
ssm_fdw_get_statistics(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SsmShared  *shared = ssm_shared_get();
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < SSM_SHARED_ACCOUNTS && shared->accounts[i].used; i++)
	{
		SsmAccount *account = &shared->accounts[i];
		Row			row = {.n = 0};

		if (!may_see(account))
			continue;
		fill_statistics(&row, account, shared->reset);
		tuplestore_putvalues(result->setResult, result->setDesc, row.values, row.nulls);
	}
	return (Datum) 0;
}

SSM_SQL_FUNCTION(ssm_fdw_reset_statistics);

/*
 * ssm_fdw_reset_statistics() → void: begin to count anew, for all databases.
 */
Datum
ssm_fdw_reset_statistics(PG_FUNCTION_ARGS)
{
	ssm_totals_reset();
	PG_RETURN_VOID();
}
