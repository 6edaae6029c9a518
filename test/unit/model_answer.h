/*
 * model_answer.h
 *		How the service in model.h answers, in place of aws/call.c.
 */
#ifndef SSM_TEST_MODEL_ANSWER_H
#define SSM_TEST_MODEL_ANSWER_H

#include "model.h"

/* A request, read. */
typedef struct ModelRequest
{
	const char *command;		/* NULL where it does not say */
	const char *instance;
	const char *status;
	const char *document;
	int64_t		after;
	int64_t		before;
	int			max_results;
	int			from;			/* the row from which it reads on */
	int			repeat;			/* so many rows it gives again ... */
	int			again[4];		/* ... which are these */
	int			page;			/* pages given before */
} ModelRequest;

/*
 * Forget what the service does not read.
 */
static void
ignore(ModelRequest *request)
{
	if (model.ignored & IGNORES_COMMAND)
		request->command = NULL;
	if (model.ignored & IGNORES_INSTANCE)
		request->instance = NULL;
	if (model.ignored & IGNORES_STATUS)
		request->status = NULL;
	if (model.ignored & IGNORES_DOCUMENT)
		request->document = NULL;
	if (model.ignored & IGNORES_AFTER)
		request->after = INT64_MIN;
	if (model.ignored & IGNORES_BEFORE)
		request->before = INT64_MAX;
}

/*
 * Read a request, whose texts stay the root's.  Notes what AWS does not allow.
 */
static ModelRequest
read_request(json_t *root)
{
	ModelRequest request = {.after = INT64_MIN, .before = INT64_MAX};
	const char *token = json_string_value(json_object_get(root, "NextToken"));
	json_t	   *filter;
	size_t		i;

	request.command = json_string_value(json_object_get(root, "CommandId"));
	request.instance = json_string_value(json_object_get(root, "InstanceId"));
	request.max_results = json_integer_value(json_object_get(root, "MaxResults"));
	json_array_foreach(json_object_get(root, "Filters"), i, filter)
	{
		const char *key = json_string_value(json_object_get(filter, "key"));
		const char *value = json_string_value(json_object_get(filter, "value"));
		struct tm	tm = {0};

		if (strcmp(key, "Status") == 0)
			request.status = value;
		else if (strcmp(key, "DocumentName") == 0)
			request.document = value;
		else if (strptime(value, "%Y-%m-%dT%H:%M:%SZ", &tm) == NULL)
			model.complaint = "an invalid time";
		else if (strcmp(key, "InvokedAfter") == 0)
			request.after = timegm(&tm) * USEC;
		else
			request.before = timegm(&tm) * USEC;
	}
	if (token && sscanf(token, "%d.%d.%d.%d.%d.%d", &request.from, &request.page, &request.again[0], &request.again[1],
						&request.again[2], &request.again[3]) < 2)
		model.complaint = "an unknown token";
	for (i = 0; token && token[i]; i++)
		request.repeat += token[i] == '.';
	request.repeat -= request.repeat > 0;
	if (request.max_results < 1 || request.max_results > 50)
		model.complaint = "MaxResults";
	if (request.instance && request.status && strcmp(request.status, "Pending") == 0)
		model.complaint = "Pending and an InstanceId";
	ignore(&request);
	return request;
}

/*
 * Do the Status and DocumentName filters find the row?
 */
static bool
filters_find(const ModelRequest *request, const ModelRow *row)
{
	const char *status = states[row->state].status;
	bool		found = true;

	if (request->status)
	{
		bool		same = strcmp(status, request->status) == 0;
		bool		detail = strcmp(states[row->state].details, request->status) == 0;

		/* no details are called TimedOut */
		if (strcmp(request->status, "TimedOut") == 0 || model.by_status)
			found = same;
		else
			found = detail || (same && !model.by_details);
	}
	return found && (request->document == NULL || strcmp(documents[row->document], request->document) == 0);
}

/*
 * Do the time filters find the row?
 */
static bool
times_find(const ModelRequest *request, const ModelRow *row)
{
	int64_t		at = model.by_command_time ? row->command_at : row->at;

	return (at > request->after || (at == request->after && model.after_closed)) &&
		(at < request->before || (at == request->before && model.before_closed));
}

/*
 * Write a row, whose Comment is its number.
 */
static void
write_row(SsmBuf *body, const ModelRow *row, int number, bool first)
{
	ssm_buf_printf(body, "%s{\"CommandId\":\"%s\",\"InstanceId\":\"%s\",\"Comment\":\"%d\","
				   "\"Status\":\"%s\",\"StatusDetails\":\"%s\"", first ? "" : ",",
				   row->command, row->instance, number, states[row->state].status, states[row->state].details);
	if (!model.untimed)
		ssm_buf_printf(body, ",\"RequestedDateTime\":%.6f", row->at / 1e6);
	ssm_buf_puts(body, "}");
}

/*
 * The next row that the request reads, from the i-th on, or the number of rows.
 */
static int
next_read(const ModelRequest *request, int i)
{
	for (; i < model.nrows; i++)
	{
		const ModelRow *row = &model.rows[i];

		if ((request->command == NULL || strcmp(row->command, request->command) == 0) &&
			(request->instance == NULL || strcmp(row->instance, request->instance) == 0) &&
			(model.filters_page || filters_find(request, row)) &&
			(model.times_page || times_find(request, row)))
			break;
	}
	return i;
}

/*
 * Let some invocations go on, whatever is being read.
 */
static void
move_rows(void)
{
	int			n;

	for (n = model.moves ? pick(MAX_ROWS) : 0; n > 0 && model.nrows > 0; n--)
	{
		ModelRow   *row = &model.rows[pick(model.nrows)];

		if (row->state < FINAL_STATES)
			continue;
		row->state = row->state + 1 < lengthof(states) && pick(6) ? row->state + 1 : pick(FINAL_STATES);
		row->had |= 1 << row->state;
		model.moved++;
	}
}

/*
 * Write the request's next page.  Rows that come again are those before a token's.
 */
static void
write_page(const ModelRequest *request, SsmBuf *body)
{
	int			size = model.short_pages ? 1 + pick(request->max_results) : request->max_results;
	int			read[MAX_ROWS];
	int			n = 0;
	int			given = 0;
	int			next = next_read(request, request->from);
	int			i;

	move_rows();
	if (model.empty_pages && pick(4) == 0)
		size = 0;
	/* with those that come again, no more than asked for */
	if (size > request->max_results - request->repeat)
		size = request->max_results - request->repeat;
	for (; n < size && next < model.nrows; next = next_read(request, next + 1))
		read[n++] = next;
	ssm_buf_puts(body, "{\"CommandInvocations\":[");
	for (i = n > 0 ? -request->repeat : 0; i < n; i++)
	{
		int			number = i < 0 ? request->again[request->repeat + i] : read[i];
		const ModelRow *row = &model.rows[number];

		if (filters_find(request, row) && times_find(request, row))
		{
			write_row(body, row, number, given++ == 0);
			model.again += model.written[number]++ > 0;
		}
	}
	ssm_buf_puts(body, "]");
	if (next < model.nrows || (model.empty_pages && pick(4) == 0))
	{
		int			repeat = n == 0 ? 0 : n > model.repeat ? model.repeat : n - 1;

		ssm_buf_printf(body, ",\"NextToken\":\"%d.%d", next, request->page + 1);
		for (i = n - repeat; i < n; i++)
			ssm_buf_printf(body, ".%d", read[i]);
		ssm_buf_puts(body, "\"");
		model.empty += given == 0;
	}
	else
		ssm_buf_puts(body, pick(3) == 0 ? ",\"NextToken\":null" : pick(2) ? ",\"NextToken\":\"\"" : "");
	ssm_buf_puts(body, "}");
}

struct SsmCall
{
	SsmAccept	accept;
	void	   *arg;
	json_t	   *request;
	int			delay;			/* times to say that it is pending */
	bool		broken;			/* the answer comes cut short once */
};

/*
 * As in aws/call.c.
 */
SsmCall *
ssm_call_start(const SsmClient *client, const char *operation, SsmBuf *body,
			   SsmAccept accept, void *arg, SsmError *error)
{
	SsmCall    *call = calloc(1, sizeof(SsmCall));

	(void) operation;
	(void) error;
	call->accept = accept;
	call->arg = arg;
	call->request = json_loads(ssm_buf_text(body), 0, NULL);
	call->delay = pick(3);
	call->broken = model.broken && pick(4) == 0;
	client->counters->calls++;
	model.calls++;
	return call;
}

/*
 * An error of the API; FAILED if there is one.
 */
static SsmProgress
refuse(const ModelRequest *request, SsmError *error)
{
	int			instance = request->instance ? atoi(request->instance + 2) : INSTANCES;
	int			rejected = instance < INSTANCES ? model.rejected[instance] : 0;

	if (model.fail_at > 0 && model.calls >= model.fail_at)
	{
		model.must_fail = true;
		ssm_fail(error, SSM_ERROR_THROTTLED, "enough");
		return SSM_FAILED;
	}
	if (model.unknown_refused && request->command && atoi(request->command) >= COMMANDS)
	{
		ssm_fail(error, SSM_ERROR_API, "no such command");
		strcpy(error->code, "InvalidCommandId");
		return SSM_FAILED;
	}
	if (rejected > 0 && request->page + 1 >= rejected)
	{
		model.late += request->page > 0;
		model.must_fail |= model.mode == SSM_INVALID_ERROR ||
			(model.mode == SSM_INVALID_EMPTY && request->page > 0);
		ssm_fail(error, SSM_ERROR_API, "no such instance");
		strcpy(error->code, "InvalidInstanceId");
		return SSM_FAILED;
	}
	return SSM_DONE;
}

/*
 * As in aws/call.c.
 */
SsmProgress
ssm_call_advance(SsmCall *call, SsmError *error)
{
	SsmProgress state = SSM_PENDING;
	ModelRequest request;
	SsmBuf		body;

	if (call->delay-- > 0)
		return SSM_PENDING;
	request = read_request(call->request);
	if (refuse(&request, error) == SSM_FAILED)
		return SSM_FAILED;
	ssm_buf_init(&body, 1 << 20);
	write_page(&request, &body);
	if (call->broken)
	{
		body.data[--body.len] = '\0';
		call->broken = false;
		if (call->accept(call->arg, &body, error))
			model.complaint = "half a page was taken";
	}
	else if (call->accept(call->arg, &body, error))
		state = SSM_DONE;
	else
		state = SSM_FAILED;
	ssm_buf_free(&body);
	return state;
}

/*
 * As in aws/call.c.
 */
void
ssm_call_free(SsmCall *call)
{
	if (call)
		json_decref(call->request);
	free(call);
}

#endif							/* SSM_TEST_MODEL_ANSWER_H */
