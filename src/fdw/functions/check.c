/*
 * check.c
 *		ssm_fdw_check: try a server out, and find out how the service reads filters.
 *
 * The service does not document all that matters to a scan: whether the Status
 * filter also compares details, and whose time the time filters judge.  A page
 * without filters shows rows that tell: they are asked for again with a filter,
 * and come or do not.
 */
#include "postgres.h"

#include "access/xact.h"
#include "catalog/pg_foreign_server.h"
#include "foreign/fdwapi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

#include "fdw/compat.h"
#include "fdw/executor/analyze.h"
#include "fdw/executor/bound.h"
#include "fdw/functions/probe.h"

#define LEAST_TRAIL	(3 * USECS_PER_SEC) /* that tells times apart */

/* What one check has found: a row of the result. */
typedef struct Finding
{
	SsmAnswer	ok;
	const char *detail;
	const char *hint;			/* what to do, or NULL */
} Finding;

/* All checks of one server. */
typedef struct Check
{
	SsmProbe	probe;			/* options as the server has them, but to ask
								 * exactly */
	SsmStatusFilter status_filter;	/* the server's */
	int64		slack;			/* the server's invoked_after_slack */
	SsmService *service;
	List	   *rows;			/* SsmProbeRow: of the page without filters */
	bool		more;			/* it had a token */
} Check;

/*
 * Where the calls go.
 */
static void
check_endpoint(Check *check, Finding *finding)
{
	check->probe.options = ssm_options_server(check->probe.server);
	check->status_filter = check->probe.options->status_filter;
	check->slack = check->probe.options->invoked_after_slack;
	check->probe.options->status_filter = SSM_STATUS_EXACT;
	check->probe.options->invoked_after_slack = 0;
	check->service = ssm_session_locate(check->probe.server, GetUserId(), check->probe.options);
	finding->detail = check->service->endpoint.url;
}

/*
 * What region they are signed for, and whether the server's tables have it.
 */
static void
check_region(Check *check, Finding *finding)
{
	finding->detail = check->service->endpoint.region;
	if (!ssm_bound_server(&ssm_command_invocations, check->probe.server->serverid, &finding->detail, &finding->hint))
		finding->ok = SSM_ANSWER_NO;
}

/*
 * Whose credentials there are, and until when.
 */
static void
check_credentials(Check *check, Finding *finding)
{
	const SsmCredentials *credentials;

	check->probe.fetch = ssm_fetch_open(&ssm_command_invocations, check->probe.server, GetUserId(),
										check->probe.options, check->service);
	credentials = ssm_fetch_credentials(check->probe.fetch);
	/* keys that need no search have no source */
	finding->detail = credentials->source ? credentials->source : "user mapping";
	if (credentials->expires_at != 0)
		finding->detail = psprintf("%s, until %s", finding->detail,
								   timestamptz_to_str(time_t_to_timestamptz(credentials->expires_at)));
}

/*
 * Whether the service answers.
 */
static void
check_access(Check *check, Finding *finding)
{
	const SsmPage *page = ssm_probe_ask(&check->probe, ssm_probe_request(NULL, SSM_KEY_STATUS, NULL));

	check->rows = ssm_probe_rows(page);
	check->more = page->token != NULL;
	finding->detail = psprintf("ssm:%s is allowed; %d row%s on the first page",
							   ssm_command_invocations.operation, page->nrows,
							   page->nrows == 1 ? "" : "s");
}

/*
 * How far this machine's clock is from the service's: signatures hold for five
 * minutes.  Any answer tells, also that of a call that failed.
 */
static void
check_clock(Check *check, Finding *finding)
{
	const SsmClient *client = check->probe.fetch ? ssm_fetch_client(check->probe.fetch) : NULL;
	int64		offset = client ? client->identity->clock.offset / 1000 : 0;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "there was no answer to tell";
	if (client == NULL || client->counters->bytes == 0)
		return;
	if (client->identity->clock.uncorrected)
	{
		finding->detail = "not looked at, as disable_clock_skew_correction is set";
		return;
	}
	finding->ok = llabs(offset) < 300 ? SSM_ANSWER_YES : SSM_ANSWER_NO;
	finding->detail = offset == 0 ? "the service has the same time" :
		psprintf("the service is %lld s %s", llabs(offset), offset > 0 ? "ahead" : "behind");
	if (finding->ok == SSM_ANSWER_NO)
		finding->hint = "Set this machine's clock; until then calls are signed by the service's.";
}

/*
 * How long answers take.
 */
static void
check_latency(Check *check, Finding *finding)
{
	double		first = check->probe.latency;

	ssm_probe_ask(&check->probe, ssm_probe_request(NULL, SSM_KEY_STATUS, NULL));
	finding->detail = psprintf("%.0f ms for the first answer, %.0f ms for the next", first, check->probe.latency);
}

/*
 * A row whose details are a value of the Status filter by themselves and say
 * more than its status, or NULL.  Those of TimedOut are documented.
 */
static const SsmProbeRow *
find_detailed(List *rows)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		const SsmProbeRow *row = lfirst(lc);

		if (strcmp(row->status, row->details) != 0 && strcmp(row->status, "TimedOut") != 0 &&
			ssm_key_fit(SSM_KEY_STATUS_DETAILS, row->details) == SSM_FIT_MANY &&
			ssm_key_fit(SSM_KEY_STATUS, row->status) == SSM_FIT_MANY)
			return row;
	}
	return NULL;
}

/* What follows from whether a row comes by its status, and by its details. */
static const struct
{
	const char *detail;			/* of status and details */
	bool		fits[3];		/* to each SsmStatusFilter */
	const char *option;			/* that does */
}			status_readings[2][2] = {

	[true][true] = {
		"it compares both: what is %s with details %s comes by either",
		{true, true, true}, "exact"
	},
	[true][false] = {
		"it compares the status only: what is %1$s with details %2$s comes by %1$s, not by %2$s",
		{false, false, true}, "off"
	},
	[false][true] = {
		"it compares the details only: what is %1$s with details %2$s comes by %2$s, not by %1$s",
		{false, true, true}, "expanded"
	},
	[false][false] = {
		"it compares something else: what is %s with details %s comes by neither",
		{false, false, true}, "off"
	},
};

/*
 * What the Status filter compares, and whether option status_filter fits.
 */
static void
check_status(Check *check, Finding *finding)
{
	const SsmProbeRow *row = find_detailed(check->rows);
	SsmAnswer	by_status;
	SsmAnswer	by_details;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "no invocation was found that tells, such as one that is Failed with details Undeliverable";
	if (row == NULL)
		row = find_detailed(ssm_probe_rows(ssm_probe_ask(&check->probe, ssm_probe_request(NULL, SSM_KEY_STATUS_DETAILS, "Undeliverable"))));
	if (row == NULL)
		return;
	by_status = ssm_probe_brings(&check->probe, ssm_probe_request(row->command_id, SSM_KEY_STATUS, row->status), row);
	by_details = ssm_probe_brings(&check->probe, ssm_probe_request(row->command_id, SSM_KEY_STATUS_DETAILS, row->details), row);
	if (by_status == SSM_ANSWER_UNKNOWN || by_details == SSM_ANSWER_UNKNOWN)
		return;
	finding->ok = status_readings[by_status][by_details].fits[check->status_filter] ? SSM_ANSWER_YES : SSM_ANSWER_NO;
	finding->detail = psprintf(status_readings[by_status][by_details].detail, row->status, row->details);
	if (finding->ok == SSM_ANSWER_NO)
		finding->hint = psprintf("Set the option status_filter to '%s', or rows are missing.",
								 status_readings[by_status][by_details].option);
}

/*
 * The row that came longest after another one of its command.  *trail is how
 * long, in microseconds.
 */
static const SsmProbeRow *
find_trailing(List *rows, int64 *trail)
{
	const SsmProbeRow *found = NULL;
	ListCell   *lc;
	ListCell   *lo;

	*trail = 0;
	foreach(lc, rows)
	{
		const SsmProbeRow *row = lfirst(lc);

		foreach(lo, rows)
		{
			const SsmProbeRow *other = lfirst(lo);

			if (!row->timed || !other->timed || row->at - other->at <= *trail ||
				strcmp(row->command_id, other->command_id) != 0)
				continue;
			*trail = row->at - other->at;
			found = row;
		}
	}
	return found;
}

/*
 * Whose time the time filters judge, and whether option invoked_after_slack
 * fits.  A row that came well after its command must come again if only later
 * ones are asked for.
 */
static void
check_times(Check *check, Finding *finding)
{
	int64		trail;
	const SsmProbeRow *row = find_trailing(check->rows, &trail);
	SsmBinding *binding;
	SsmAnswer	answer;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "no invocation was found that tells: one that came some seconds after another of its command";
	if (row == NULL || trail < LEAST_TRAIL)
		return;
	binding = ssm_probe_request(row->command_id, SSM_KEY_STATUS, NULL);
	ssm_bounds_lower(&binding->bounds, row->at, false);
	answer = ssm_probe_brings(&check->probe, binding, row);
	if (answer == SSM_ANSWER_UNKNOWN)
		return;
	finding->ok = answer == SSM_ANSWER_YES || check->slack >= trail ? SSM_ANSWER_YES : SSM_ANSWER_NO;
	finding->detail = answer == SSM_ANSWER_YES ? "they judge the invocation's time: invoked_after_slack may be '0'" :
		psprintf("they judge the command's time, and an invocation came %lld s after another of its command",
				 (long long) (trail / USECS_PER_SEC));
	if (finding->ok == SSM_ANSWER_NO)
		finding->hint = "Set the option invoked_after_slack to as long as a command may take, or rows are missing.";
}

/*
 * Whether time filters save reading, and so whether option scan_windows fits:
 * what comes after the first page is asked for by its time.
 */
static void
check_windows(Check *check, Finding *finding)
{
	int64		oldest = PG_INT64_MAX;
	SsmBinding *binding = ssm_probe_request(NULL, SSM_KEY_STATUS, NULL);
	const SsmPage *page;
	ListCell   *lc;

	foreach(lc, check->rows)
		if (((SsmProbeRow *) lfirst(lc))->timed)
		oldest = Min(oldest, ((SsmProbeRow *) lfirst(lc))->at);
	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "all rows fit on one page";
	if (!check->more || oldest == PG_INT64_MAX)
		return;
	ssm_bounds_upper(&binding->bounds, oldest - 2 * USECS_PER_SEC, false);
	page = ssm_probe_ask(&check->probe, binding);
	if (page->nrows == 0 && page->token == NULL)
		finding->detail = "no invocation was found that is older than the first page";
	else
	{
		bool		saves = page->nrows > 0;

		finding->ok = saves || check->probe.options->scan_windows == 1 ? SSM_ANSWER_YES : SSM_ANSWER_NO;
		finding->detail = saves ? "a time filter saves reading: scan_windows may pay" :
			"a time filter saves no reading, as pages before come without rows: scan_windows does not pay";
		finding->hint = finding->ok ? NULL : "Set the option scan_windows to '1'.";
	}
}

static const struct
{
	const char *item;
	void		(*run) (Check *check, Finding *finding);
	bool		anyway;			/* also after an error */
}			checks[] = {

	{"endpoint", check_endpoint},
	{"region", check_region},
	{"credentials", check_credentials},
	{"access", check_access},
	{"clock", check_clock, true},
	{"latency", check_latency},
	{"status filter", check_status},
	{"time filters", check_times},
	{"time windows", check_windows},
};

/*
 * Run one check.  An error that it raises is what it has found, unless that is
 * a cancel; false then.
 */
static bool
run(Check *check, int i, Finding *finding)
{
	MemoryContext cxt = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool ok = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(cxt);
	PG_TRY();
	{
		finding->ok = SSM_ANSWER_YES;
		checks[i].run(check, finding);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		MemoryContextSwitchTo(cxt);
		error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
			ReThrowError(error);
		finding->ok = SSM_ANSWER_NO;
		finding->detail = error->detail ? psprintf("%s. %s", error->message, error->detail) :
			error->message;
		finding->hint = error->hint;
		ok = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(cxt);
	CurrentResourceOwner = owner;
	return ok;
}

/*
 * Is the server one of this extension's?
 */
static bool
ours(const ForeignServer *server)
{
	Oid			handler = GetForeignDataWrapper(server->fdwid)->fdwhandler;

	return OidIsValid(handler) &&
		GetFdwRoutine(handler)->AnalyzeForeignTable == ssmAnalyzeForeignTable;
}

/*
 * The server of that name, which must be of this extension's and the current
 * user's to use.
 */
static ForeignServer *
find_server(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	AclResult	allowed = ssm_server_aclcheck(server->serverid, GetUserId());

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_SERVER, server->servername);
	if (!ours(server))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of ssm_fdw", server->servername)));
	return server;
}

/*
 * Text as Datum; NULL is SQL NULL.
 */
static Datum
text_datum(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

SSM_SQL_FUNCTION(ssm_fdw_check);

/*
 * ssm_fdw_check(server_name name) → setof (item, ok, detail, hint): try the
 * server out as the current user, by a handful of requests.  After an error the
 * others are not checked.
 */
Datum
ssm_fdw_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	Check		check = {.probe.server = find_server(NameStr(*PG_GETARG_NAME(0)))};
	bool		failed = false;
	int			i;

	InitMaterializedSRF(fcinfo, 0);
	for (i = 0; i < (int) lengthof(checks); i++)
	{
		Finding		finding = {SSM_ANSWER_UNKNOWN, "not checked", NULL};
		Datum		values[4];
		bool		nulls[4] = {0};

		if (!failed || checks[i].anyway)
			failed |= !run(&check, i, &finding);
		values[0] = CStringGetTextDatum(checks[i].item);
		values[1] = BoolGetDatum(finding.ok == SSM_ANSWER_YES);
		nulls[1] = finding.ok == SSM_ANSWER_UNKNOWN;
		values[2] = text_datum(finding.detail, &nulls[2]);
		values[3] = text_datum(finding.hint, &nulls[3]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
