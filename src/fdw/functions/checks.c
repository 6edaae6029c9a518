/*
 * checks.c
 *		What ssm_fdw_check tries, one by one.
 *
 * The service does not document all that matters to a scan: whether the Status
 * filter also compares details, and whose time the time filters judge.  A page
 * without filters shows rows that tell: they are asked for again with a filter,
 * and come or do not.
 */
#include "postgres.h"

#include "fdw/functions/checks.h"

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#include "fdw/executor/bound.h"
#include "fdw/report.h"

#define LEAST_TRAIL	(3 * USECS_PER_SEC) /* that tells times apart */

/*
 * The command that gives the server's option a value.
 */
static const char *
set_option(const SsmCheck *check, const char *option, const char *value)
{
	const ForeignServer *server = check->probe.server;
	const char *action = "ADD";
	ListCell   *lc;

	foreach(lc, server->options)
		if (strcmp(((DefElem *) lfirst(lc))->defname, option) == 0)
		action = "SET";
	return psprintf("ALTER SERVER %s OPTIONS (%s %s %s)", quote_identifier(server->servername),
					action, option, quote_literal_cstr(value));
}

/*
 * Where the calls go.
 */
static void
check_endpoint(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
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
check_region(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	finding->detail = check->service->endpoint.region;
	if (!ssm_bound_server(check->probe.server->serverid, &finding->detail, &finding->hint))
		finding->ok = SSM_ANSWER_NO;
}

/*
 * Whose credentials there are, and until when.
 */
static void
check_credentials(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	const SsmCredentials *credentials;

	check->probe.fetch = ssm_fetch_open(check->probe.server, GetUserId(), check->probe.options, check->service);
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
check_access(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	const SsmPage *page = ssm_probe_ask(&check->probe, ssm_probe_request(&check->probe, NULL, SSM_PROBE_STATUS, NULL));

	check->rows = ssm_probe_rows(page);
	check->more = page->token != NULL;
	finding->detail = psprintf("ssm:%s is allowed; %d row%s on the first page",
							   check->probe.options->operation->name, page->nrows,
							   page->nrows == 1 ? "" : "s");
}

/*
 * How far this machine's clock is from the service's: signatures hold for five
 * minutes.  Any answer tells, also that of a call that failed.
 */
static void
check_clock(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	const SsmClient *client = check->probe.fetch ? ssm_fetch_client(check->probe.fetch) : NULL;
	int64		offset = client ? client->identity->clock.offset / 1000 : 0;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "there was no answer to judge by";
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
		finding->hint = "Set this machine's clock; until then, calls are signed with the service's time.";
}

/*
 * How long answers take.
 */
static void
check_latency(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	double		first = check->probe.latency;

	ssm_probe_ask(&check->probe, ssm_probe_request(&check->probe, NULL, SSM_PROBE_STATUS, NULL));
	finding->detail = psprintf("%.0f ms for the first answer, %.0f ms for the next", first, check->probe.latency);
}

/*
 * A row whose details are a value of the Status filter by themselves and say
 * more than its status, or NULL.
 */
static const SsmProbeRow *
find_detailed(const SsmParameter *parameter, List *rows)
{
	ListCell   *lc;

	foreach(lc, rows)
	{
		const SsmProbeRow *row = lfirst(lc);
		const SsmWord *status = ssm_parameter_word(parameter, row->status);
		const char *const *details;

		for (details = status ? status->expanded : NULL; details && *details; details++)
			if (strcmp(*details, row->details) == 0)
				return row;
	}
	return NULL;
}

/*
 * A status that has such details.
 */
static const SsmWord *
detailed_status(const SsmParameter *parameter)
{
	const SsmWord *word = parameter->words;

	while (word->expanded == NULL)
		word++;
	return word;
}

/* What follows from whether a row comes by its status, and by its details. */
static const struct
{
	const char *detail;			/* of status and details */
	bool		fits[3];		/* to each SsmStatusFilter */
	const char *option;			/* that does */
}			status_readings[2][2] = {

	[true][true] = {
		"it compares both: %s with details %s is found by either word",
		{true, true, true}, "exact"
	},
	[true][false] = {
		"it compares the status only: %1$s with details %2$s is found by %1$s, not by %2$s",
		{false, false, true}, "off"
	},
	[false][true] = {
		"it compares the details only: %1$s with details %2$s is found by %2$s, not by %1$s",
		{false, true, true}, "expanded"
	},
	[false][false] = {
		"it compares something else: %s with details %s is found by neither word",
		{false, false, true}, "off"
	},
};

/*
 * What the Status filter compares, and whether option status_filter fits.
 */
static void
check_status(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	const SsmParameter *parameter = ssm_probe_parameter(&check->probe, SSM_PROBE_STATUS);
	const SsmWord *status = detailed_status(parameter);
	const SsmProbeRow *row = find_detailed(parameter, check->rows);
	SsmBinding *binding;
	SsmAnswer	by_status;
	SsmAnswer	by_details;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = psprintf("no invocation was found to judge by, such as one that is %s with details %s",
							   status->word, status->expanded[0]);
	if (row == NULL)
	{
		binding = ssm_probe_request(&check->probe, NULL, SSM_PROBE_STATUS_DETAILS, status->expanded[0]);
		row = find_detailed(parameter, ssm_probe_rows(ssm_probe_ask(&check->probe, binding)));
	}
	if (row == NULL)
		return;
	binding = ssm_probe_request(&check->probe, row->command_id, SSM_PROBE_STATUS, row->status);
	by_status = ssm_probe_brings(&check->probe, binding, row);
	binding = ssm_probe_request(&check->probe, row->command_id, SSM_PROBE_STATUS_DETAILS, row->details);
	by_details = ssm_probe_brings(&check->probe, binding, row);
	if (by_status == SSM_ANSWER_UNKNOWN || by_details == SSM_ANSWER_UNKNOWN)
		return;
	finding->ok = status_readings[by_status][by_details].fits[check->status_filter] ? SSM_ANSWER_YES : SSM_ANSWER_NO;
	finding->detail = psprintf(status_readings[by_status][by_details].detail, row->status, row->details);
	if (finding->ok == SSM_ANSWER_YES)
		return;
	finding->hint = psprintf("Set the option status_filter to '%s', or rows will be missing.",
							 status_readings[by_status][by_details].option);
	finding->fix = set_option(check, "status_filter", status_readings[by_status][by_details].option);
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
check_times(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	int64		trail;
	const SsmProbeRow *row = find_trailing(check->rows, &trail);
	SsmBinding *binding;
	SsmAnswer	answer;

	finding->ok = SSM_ANSWER_UNKNOWN;
	finding->detail = "no invocation was found to judge by: one that came some seconds after another of its command";
	if (row == NULL || trail < LEAST_TRAIL)
		return;
	binding = ssm_probe_request(&check->probe, row->command_id, SSM_PROBE_STATUS, NULL);
	ssm_bounds_lower(&binding->bounds, row->at, false);
	answer = ssm_probe_brings(&check->probe, binding, row);
	if (answer == SSM_ANSWER_UNKNOWN)
		return;
	finding->ok = answer == SSM_ANSWER_YES || check->slack >= trail ? SSM_ANSWER_YES : SSM_ANSWER_NO;
	finding->detail = answer == SSM_ANSWER_YES ? "they judge the invocation's time: invoked_after_slack may be '0'" :
		psprintf("they judge the command's time, and an invocation came %lld s after another of its command",
				 (long long) (trail / USECS_PER_SEC));
	if (answer == SSM_ANSWER_YES && check->slack > 0)
		finding->fix = set_option(check, "invoked_after_slack", "0");
	if (finding->ok == SSM_ANSWER_YES)
		return;
	finding->hint = "Set the option invoked_after_slack to as long as a command may take, or rows will be missing.";
	if (trail < USECS_PER_DAY)
		finding->fix = set_option(check, "invoked_after_slack", "1 day");
}

/*
 * Whether time filters save reading, so that scans are read in windows of time:
 * what comes after the first page is asked for by its time.
 */
static void
check_windows(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	int64		oldest = PG_INT64_MAX;
	SsmBinding *binding = ssm_probe_request(&check->probe, NULL, SSM_PROBE_STATUS, NULL);
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

		finding->ok = SSM_ANSWER_YES;
		finding->detail = saves ? "a time filter saves reading: a scan without an id is read in windows of time" :
			"a time filter saves no reading: empty pages come before the first rows, so all scans are read in one chain";
	}
}

/*
 * Whether another operation may be called.  If it answers that there is nothing of
 * what was asked for, it may.
 */
static void
check_operation(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	const SsmOperation *operation = item->operation;
	SsmBinding *binding = ssm_bind_create(operation);
	const char *members[] = {operation->key[0]};
	SsmPageShape shape = {
		.list = operation->list, .token = operation->token, .members = members, .nmembers = lengthof(members)
	};
	SsmOptions	options;
	int			i;
	SsmSpec		spec = {.limited = true};
	SsmError	error;

	if (check->probe.fetch == NULL)
	{
		finding->ok = SSM_ANSWER_UNKNOWN;
		finding->detail = "not checked";
		return;
	}
	for (i = 0; i < operation->nparameters; i++)
	{
		const char *value = operation->parameters[i].nobody;

		if (value && !ssm_bounds_values(&binding->bounds, i, &value, 1, &error))
			ssm_report(&error, "", "");
	}
	options = *check->probe.options;
	ssm_options_operate(&options, operation);
	ssm_bind_finish(binding, &options, &spec);
	if (ssm_fetch_page(check->probe.fetch, &binding->requests, NULL, &shape, &error) == NULL &&
		!(error.kind == SSM_ERROR_API && ssm_operation_no_rows(operation, error.code)))
		ssm_report(&error, operation->name, check->probe.server->servername);
	finding->detail = psprintf("ssm:%s is allowed", operation->name);
}

const SsmCheckItem ssm_checks[] = {
	{"endpoint", check_endpoint},
	{"region", check_region},
	{"credentials", check_credentials},
	{"access", check_access},
	{"clock", check_clock, true},
	{"latency", check_latency},
	{"status filter", check_status},
	{"time filters", check_times},
	{"time windows", check_windows},
	{"commands", check_operation, .operation = &ssm_list_commands},
	{"instance_information", check_operation, .operation = &ssm_describe_instance_information},
	{"command_outputs", check_operation, .operation = &ssm_get_command_invocation},
	{NULL}
};
