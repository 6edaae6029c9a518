/*
 * probe.c
 *		Questions whose answers are rows to be looked at.
 */
#include "postgres.h"

#include "fdw/functions/probe.h"

#include "portability/instr_time.h"

#include "fdw/report.h"

#define MOST_PAGES	5			/* read in search of a row */
#define LONGEST		1024		/* bytes of a text that is looked at */

/* The members of a row that are looked at. */
enum
{
	COMMAND_ID, INSTANCE_ID, STATUS, DETAILS, REQUESTED, NMEMBERS
};

static const char *const members[NMEMBERS] = {
	"CommandId", "InstanceId", "Status", "StatusDetails", "RequestedDateTime"
};

static const SsmPageShape shape = {
	.list = "CommandInvocations", .token = "NextToken", .members = members, .nmembers = NMEMBERS
};

/*
 * A member's text; one longer than any that the API has is as good as none.
 */
static const char *
member_text(const SsmJsonValue *value)
{
	bool		usable = value->kind == SSM_JSON_STRING && ssm_json_text_size(value) <= LONGEST;
	char	   *text = palloc(usable ? ssm_json_text_size(value) + 1 : 1);
	int			len = usable ? ssm_json_text(value, text) : 0;

	text[		len] = '\0';
	return text;
}

/*
 * The rows of a page, as a List of SsmProbeRow; palloc'ed.
 */
List *
ssm_probe_rows(const SsmPage *page)
{
	List	   *rows = NIL;
	int			i;

	for (i = 0; i < page->nrows; i++)
	{
		const SsmJsonValue *values = page->values + (size_t) i * page->nmembers;
		SsmProbeRow *row = palloc0(sizeof(SsmProbeRow));

		row->command_id = member_text(&values[COMMAND_ID]);
		row->instance_id = member_text(&values[INSTANCE_ID]);
		row->status = member_text(&values[STATUS]);
		row->details = member_text(&values[DETAILS]);
		row->timed = ssm_json_epoch(&values[REQUESTED], &row->at);
		rows = lappend(rows, row);
	}
	return rows;
}

/*
 * A request for rows of a command (NULL: of any) that have a value (NULL: any).
 * The texts must outlive it.
 */
SsmBinding *
ssm_probe_request(const char *command_id, SsmKey key, const char *value)
{
	SsmBinding *binding = ssm_bind_create();
	SsmError	error;

	if ((command_id &&
		 !ssm_bounds_values(&binding->bounds, SSM_KEY_COMMAND_ID, &command_id, 1, &error)) ||
		(value && !ssm_bounds_values(&binding->bounds, key, &value, 1, &error)))
		ssm_report(&error, "", "");
	return binding;
}

/*
 * Ask for a page of a request that has been finished.  Errors are raised.
 */
static const SsmPage *
ask(SsmProbe *probe, const SsmBinding *binding, const char *token)
{
	instr_time	before;
	instr_time	after;
	SsmError	error;
	const SsmPage *page;

	INSTR_TIME_SET_CURRENT(before);
	page = ssm_fetch_page(probe->fetch, &binding->requests, token, &shape, &error);
	if (page == NULL)
		ssm_report(&error, ssm_command_invocations.operation, probe->server->servername);
	INSTR_TIME_SET_CURRENT(after);
	INSTR_TIME_SUBTRACT(after, before);
	probe->latency = INSTR_TIME_GET_MILLISEC(after);
	return page;
}

/*
 * Finish a request and ask for its first page.  Errors are raised.
 */
const SsmPage *
ssm_probe_ask(SsmProbe *probe, SsmBinding *binding)
{
	SsmSpec		spec = {.limited = true};

	ssm_bind_finish(binding, probe->options, &spec);
	return ask(probe, binding, NULL);
}

/*
 * Does a request bring the row?  Unknown if it is not on so many pages as are
 * read.
 */
SsmAnswer
ssm_probe_brings(SsmProbe *probe, SsmBinding *binding, const SsmProbeRow *wanted)
{
	const SsmPage *page = ssm_probe_ask(probe, binding);
	int			pages;

	for (pages = 1;; pages++)
	{
		ListCell   *lc;

		foreach(lc, ssm_probe_rows(page))
		{
			const SsmProbeRow *row = lfirst(lc);

			if (strcmp(row->command_id, wanted->command_id) == 0 &&
				strcmp(row->instance_id, wanted->instance_id) == 0)
				return SSM_ANSWER_YES;
		}
		if (page->token == NULL)
			return SSM_ANSWER_NO;
		if (pages == MOST_PAGES)
			return SSM_ANSWER_UNKNOWN;
		page = ask(probe, binding, page->token);
	}
}
