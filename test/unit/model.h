/*
 * model.h
 *		A service in the test program's memory, in place of aws/call.c.
 *
 * It answers requests about some rows in every way that AWS leaves open, each
 * decided by a seed.  For one program, which includes it once.
 */
#ifndef SSM_TEST_MODEL_H
#define SSM_TEST_MODEL_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE				/* strptime */
#endif

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "aws/call.h"
#include "ssm/chain.h"

#define lengthof(array) ((int) (sizeof(array) / sizeof((array)[0])))

#define USEC		INT64_C(1000000)
#define HOUR		(3600 * USEC)
#define DAY			(24 * HOUR)
#define NOW			(INT64_C(1530921600) * USEC)
#define MAX_ROWS	90
#define COMMANDS	12
#define INSTANCES	8

/* Statuses and their details; the first four are those of final ones. */
static const struct
{
	const char *status;
	const char *details;
}			states[] = {
	{"Success", "Success"}, {"Failed", "Failed"}, {"Cancelled", "Cancelled"},
	{"TimedOut", "ExecutionTimedOut"}, {"TimedOut", "DeliveryTimedOut"},
	{"Failed", "Undeliverable"}, {"Failed", "AccessDenied"}, {"Failed", "InvalidPlatform"},
	{"Failed", "Terminated"}, {"Cancelled", "Terminated"},
	{"Pending", "Pending"}, {"InProgress", "InProgress"}, {"Pending", "Delayed"},
};
static const char *const documents[] = {"AWS-RunShellScript", "AWS-X"};

/* An invocation. */
typedef struct ModelRow
{
	char		command[40];
	char		instance[40];
	int			state;
	int			document;
	int64_t		at;
	int64_t		command_at;		/* no later */
} ModelRow;

/* The service: its rows in the order in which it reads them, and its ways. */
static struct Model
{
	uint64_t	random;
	ModelRow	rows[MAX_ROWS];
	int			nrows;
	int			by_status;		/* the Status filter compares the status, 1, */
	int			by_details;		/* the details, or either */
	bool		by_command_time;
	bool		after_closed;
	bool		before_closed;
	bool		filters_page;	/* Status and DocumentName judge what was read */
	bool		times_page;		/* and so does time */
	bool		short_pages;
	bool		empty_pages;
	int			repeat;			/* rows of a page that the next one repeats */
	int			rejected[INSTANCES];	/* page at which the InstanceId is,
										 * from 1 */
	bool		broken;			/* some answers are cut short at first */
	bool		unknown_refused;	/* a CommandId without rows is an error */
	int			fail_at;		/* the call that fails for good, or 0 */
	SsmInvalidInstanceId mode;

	/* what happened */
	int			calls;
	int			empty;			/* pages without rows, but with a token */
	int			late;			/* rejections after the first page */
	bool		must_fail;		/* no row more may come */
	const char *complaint;		/* about a request, or NULL */
}			model;

/*
 * A random number below n, the same for the same seed (splitmix64).
 */
static int
pick(int n)
{
	uint64_t	z = (model.random += UINT64_C(0x9E3779B97F4A7C15));

	z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
	return (z ^ (z >> 31)) % n;
}

/*
 * A time, often on the second or half a second from where a range may be cut.
 */
static int64_t
pick_time(void)
{
	int			n = 1 + pick(8);

	if (pick(2))
		return NOW - 30 * DAY * pick(n + 1) / n + (pick(7) - 3) * USEC / 2;
	return NOW - pick(40 * 86400) * USEC - pick(2) * pick(1000000);
}

/*
 * Write the n-th command's id, to 40 bytes.  Those from COMMANDS on have no rows.
 */
static void
model_command(char *id, int n)
{
	snprintf(id, 40, "%08d-1111-4111-8111-111111111111", n);
}

/*
 * Write the n-th instance's id, to 40 bytes.  Those from INSTANCES on have no
 * rows.
 */
static void
model_instance(char *id, int n)
{
	snprintf(id, 40, "i-%08d", n);
}

/*
 * Make a service by a seed: rows whose commands are up to lag older, in two of
 * three services the newest first, and ways to answer.
 */
static void
model_create(uint64_t seed, int64_t lag)
{
	int			pairs[COMMANDS * INSTANCES];
	int			i;
	int			j;

	memset(&model, 0, sizeof(model));
	model.random = seed * UINT64_C(0xD1342543DE82EF95);
	model.nrows = pick(MAX_ROWS + 1);
	for (i = 0; i < lengthof(pairs); i++)
	{
		pairs[i] = pairs[j = pick(i + 1)];
		pairs[j] = i;
	}
	for (i = 0; i < model.nrows; i++)
	{
		ModelRow	row = {0};

		model_command(row.command, pairs[i] / INSTANCES);
		model_instance(row.instance, pairs[i] % INSTANCES);
		row.state = pick(lengthof(states));
		row.document = pick(lengthof(documents));
		row.at = pick_time();
		row.command_at = row.at - (lag > 0 ? pick(lag / USEC) * USEC : 0);
		model.rows[i] = row;
	}
	if (pick(3))
		for (i = 1; i < model.nrows; i++)
			for (j = i; j > 0 && model.rows[j - 1].at < model.rows[j].at; j--)
			{
				ModelRow	swap = model.rows[j];

				model.rows[j] = model.rows[j - 1];
				model.rows[j - 1] = swap;
			}
	model.by_command_time = pick(2);
	model.after_closed = pick(2);
	model.before_closed = pick(2);
	model.filters_page = pick(2);
	model.times_page = pick(3) == 0;
	model.short_pages = pick(2);
	model.empty_pages = pick(2);
	model.repeat = pick(3) * pick(3);
	model.broken = pick(3) == 0;
	model.unknown_refused = pick(2);
	for (i = 0; i < INSTANCES && pick(2); i++)
		model.rejected[pick(INSTANCES)] = 1 + pick(2) * pick(3);
	model.fail_at = pick(12) == 0 ? 1 + pick(20) : 0;
}

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
	int			from;			/* of the rows that it may read, the next */
	int			repeat;			/* how many before that it gives again */
	int			page;			/* pages given before */
} ModelRequest;

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
			model.complaint = "a time that is none";
		else if (strcmp(key, "InvokedAfter") == 0)
			request.after = timegm(&tm) * USEC;
		else
			request.before = timegm(&tm) * USEC;
	}
	if (token && sscanf(token, "%d.%d.%d", &request.from, &request.repeat, &request.page) != 3)
		model.complaint = "an unknown token";
	if (request.max_results < 1 || request.max_results > 50)
		model.complaint = "MaxResults";
	if (request.instance && request.status && strcmp(request.status, "Pending") == 0)
		model.complaint = "Pending and an InstanceId";
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
 * Write the request's next page.
 */
static void
write_page(const ModelRequest *request, SsmBuf *body)
{
	int			read[MAX_ROWS];
	int			n = 0;
	int			size = model.short_pages ? 1 + pick(request->max_results) : request->max_results;
	int			given = 0;
	int			i;

	for (i = 0; i < model.nrows; i++)
	{
		const ModelRow *row = &model.rows[i];

		if ((request->command == NULL || strcmp(row->command, request->command) == 0) &&
			(request->instance == NULL || strcmp(row->instance, request->instance) == 0) &&
			(model.filters_page || filters_find(request, row)) &&
			(model.times_page || times_find(request, row)))
			read[n++] = i;
	}
	if (model.empty_pages && pick(4) == 0)
		size = 0;
	/* with those that come again, no more than asked for */
	if (size > request->max_results - request->repeat)
		size = request->max_results - request->repeat;
	if (size > n - request->from)
		size = n - request->from;
	ssm_buf_puts(body, "{\"CommandInvocations\":[");
	for (i = request->from - (size > 0 ? request->repeat : 0); i < request->from + size; i++)
	{
		const ModelRow *row = &model.rows[read[i]];

		if (filters_find(request, row) && times_find(request, row))
			ssm_buf_printf(body, "%s{\"CommandId\":\"%s\",\"InstanceId\":\"%s\",\"Comment\":\"%d\"}",
						   given++ ? "," : "", row->command, row->instance, read[i]);
	}
	ssm_buf_puts(body, "]");
	if (request->from + size < n || (model.empty_pages && pick(4) == 0))
	{
		int			repeat = size == 0 ? 0 : size > model.repeat ? model.repeat : size - 1;

		ssm_buf_printf(body, ",\"NextToken\":\"%d.%d.%d\"", request->from + size, repeat, request->page + 1);
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
static SsmCallState
refuse(const ModelRequest *request, SsmError *error)
{
	int			instance = request->instance ? atoi(request->instance + 2) : INSTANCES;
	int			rejected = instance < INSTANCES ? model.rejected[instance] : 0;

	if (model.fail_at > 0 && model.calls >= model.fail_at)
	{
		model.must_fail = true;
		ssm_fail(error, SSM_ERROR_THROTTLED, "enough");
		return SSM_CALL_FAILED;
	}
	if (model.unknown_refused && request->command && atoi(request->command) >= COMMANDS)
	{
		ssm_fail(error, SSM_ERROR_API, "no such command");
		strcpy(error->code, "InvalidCommandId");
		return SSM_CALL_FAILED;
	}
	if (rejected > 0 && request->page + 1 >= rejected)
	{
		model.late += request->page > 0;
		model.must_fail |= model.mode == SSM_INVALID_ERROR ||
			(model.mode == SSM_INVALID_EMPTY && request->page > 0);
		ssm_fail(error, SSM_ERROR_API, "no such instance");
		strcpy(error->code, "InvalidInstanceId");
		return SSM_CALL_FAILED;
	}
	return SSM_CALL_DONE;
}

/*
 * As in aws/call.c.
 */
SsmCallState
ssm_call_advance(SsmCall *call, SsmError *error)
{
	SsmCallState state = SSM_CALL_PENDING;
	ModelRequest request;
	SsmBuf		body;

	if (call->delay-- > 0)
		return SSM_CALL_PENDING;
	request = read_request(call->request);
	if (refuse(&request, error) == SSM_CALL_FAILED)
		return SSM_CALL_FAILED;
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
		state = SSM_CALL_DONE;
	else
		state = SSM_CALL_FAILED;
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

#endif							/* SSM_TEST_MODEL_H */
