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

static const char *const columns[SSM_PROBE_COLUMNS] = {
	[SSM_PROBE_COMMAND_ID] = "command_id",
	[SSM_PROBE_INSTANCE_ID] = "instance_id",
	[SSM_PROBE_STATUS] = "status",
	[SSM_PROBE_STATUS_DETAILS] = "status_details",
	[SSM_PROBE_TIME] = "requested_date_time",
};

/*
 * The field that a column is.
 */
static const SsmField *
probe_field(const SsmProbe *probe, SsmProbeColumn column)
{
	const SsmOperation *operation = probe->options->operation;

	return &operation->fields[ssm_operation_column(operation, columns[column])];
}

/*
 * The parameter that clauses on a column become, or NULL.
 */
const SsmParameter *
ssm_probe_parameter(const SsmProbe *probe, SsmProbeColumn column)
{
	return probe_field(probe, column)->parameter;
}

/*
 * A member's text; one longer than any that the API has is as good as none.
 */
static const char *
member_text(const SsmJsonValue *value)
{
	bool		usable = value->kind == SSM_JSON_STRING && ssm_json_text_size(value) <= LONGEST;
	char	   *text = palloc(usable ? ssm_json_text_size(value) + 1 : 1);
	int			len = usable ? ssm_json_text(value, text) : 0;

	text[len] = '\0';
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

		row->command_id = member_text(&values[SSM_PROBE_COMMAND_ID]);
		row->instance_id = member_text(&values[SSM_PROBE_INSTANCE_ID]);
		row->status = member_text(&values[SSM_PROBE_STATUS]);
		row->details = member_text(&values[SSM_PROBE_STATUS_DETAILS]);
		row->timed = ssm_json_epoch(&values[SSM_PROBE_TIME], &row->at);
		rows = lappend(rows, row);
	}
	return rows;
}

/*
 * Narrow a binding to one value of a column; NULL is any.
 */
static void
narrow(const SsmProbe *probe, SsmBinding *binding, SsmProbeColumn column, const char *value)
{
	int			place = ssm_operation_place(binding->operation, ssm_probe_parameter(probe, column));
	SsmError	error;

	if (value && !ssm_bounds_values(&binding->bounds, place, &value, 1, &error))
		ssm_report(&error, "", "");
}

/*
 * A request for rows of a command (NULL: of any) that have a value (NULL: any) in
 * a column.  The texts must outlive it.
 */
SsmBinding *
ssm_probe_request(const SsmProbe *probe, const char *command_id, SsmProbeColumn column, const char *value)
{
	SsmBinding *binding = ssm_bind_create(probe->options->operation);

	narrow(probe, binding, SSM_PROBE_COMMAND_ID, command_id);
	narrow(probe, binding, column, value);
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
	const char *members[SSM_PROBE_COLUMNS];
	SsmPageShape shape = {
		.list = probe->options->operation->list,
		.token = probe->options->operation->token,
		.members = members,
		.nmembers = SSM_PROBE_COLUMNS
	};
	int			i;

	for (i = 0; i < SSM_PROBE_COLUMNS; i++)
		members[i] = probe_field(probe, i)->member;
	INSTR_TIME_SET_CURRENT(before);
	page = ssm_fetch_page(probe->fetch, &binding->requests, token, &shape, &error);
	if (page == NULL)
		ssm_report(&error, probe->options->operation->name, probe->server->servername);
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
