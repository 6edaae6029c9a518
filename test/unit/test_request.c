/*
 * test_request.c
 *		Bounds to requests, requests to bodies.
 */
#include "ssm/request.h"
#include "base/array.h"
#include "invocations.h"
#include "ssm/body.h"
#include "tap.h"

#include <stdlib.h>

#define C1	"11111111-1111-4111-8111-111111111111"
#define C2	"22222222-2222-4222-8222-222222222222"
#define I1	"i-11111111"
#define I2	"mi-2222222222222222_"
#define DAY	INT64_C(86400000000)

#define BODY(members)	"{" members "\"MaxResults\":50,\"Details\":false}\n"
#define COMMAND(id)		"\"CommandId\":\"" id "\","
#define INSTANCE(id)	"\"InstanceId\":\"" id "\","
#define FILTERS(list)	"\"Filters\":[" list "],"
#define STATUS(value)	"{\"key\":\"Status\",\"value\":\"" value "\"}"
#define DOCUMENT(value)	"{\"key\":\"DocumentName\",\"value\":\"" value "\"}"
#define BY_STATUS(value)	BODY(FILTERS(STATUS(value)))
#define NOTHING	""

/* Flags of a case. */
#define EXPANDED	0x01		/* status_filter */
#define OFF			0x02
#define LATER		0x04		/* an InstanceId will come */
#define OVERLAP		0x08		/* the requests overlap */

/*
 * Clauses, "column=value,value;column=value", and the bodies of all requests
 * that they make, each with its line end.
 */
static const struct
{
	const char *clauses;
	int			flags;
	const char *bodies;
}			plans[] = {
	{"", 0, BODY("")},

	/* ids: one request for each; malformed ones drop out */
	{"command=" C1, 0, BODY(COMMAND(C1))},
	{"command=" C2 "," C1, 0, BODY(COMMAND(C1)) BODY(COMMAND(C2))},
	{"command=" C1 "," C1, 0, BODY(COMMAND(C1))},
	{"command=" C1 "x," C2, 0, BODY(COMMAND(C2))},
	{"command=bad", 0, NOTHING},
	{"command=bad,worse", 0, NOTHING},
	{"command=" C1 ";command=" C2, 0, NOTHING},
	{"command=" C1 "," C2 ";command=" C2 ",bad", 0, BODY(COMMAND(C2))},
	{"command=\"\\x'\303\244\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", 0,
		BODY("\"CommandId\":\"\\\"\\\\x'\303\244\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\""
			 "\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\",")},
	{"instance=" I1, 0, BODY(INSTANCE(I1))},
	{"instance=" I2 "," I1 ",i-1", 0, BODY(INSTANCE(I1)) BODY(INSTANCE(I2))},
	{"instance=i-1", 0, NOTHING},
	{"command=" C1 ";instance=i-1", 0, NOTHING},
	{"command=bad;status=Success", 0, NOTHING},
	{"instance=" I1 "," I2 ";command=" C1 "," C2, 0,
		BODY(COMMAND(C1) INSTANCE(I1)) BODY(COMMAND(C1) INSTANCE(I2))
	BODY(COMMAND(C2) INSTANCE(I1)) BODY(COMMAND(C2) INSTANCE(I2))},

	/*
	 * status: only what the filter takes; what is live first, as a row lives
	 * through it
	 */
	{"status=Success", 0, BY_STATUS("Success")},
	{"status=Pending", 0, BY_STATUS("Pending")},
	{"status=Delayed", 0, BY_STATUS("Delayed")},
	{"status=Undeliverable", 0, BY_STATUS("Undeliverable")},
	{"status=Cancelling", 0, BODY("")},
	{"status=success", 0, BODY("")},
	{"status=", 0, BODY("")},
	{"status=Failed,TimedOut", 0, BY_STATUS("Failed") BY_STATUS("TimedOut")},
	{"status=Success,Failed,Cancelled,TimedOut,Failed", 0,
	BY_STATUS("Cancelled") BY_STATUS("Failed") BY_STATUS("Success") BY_STATUS("TimedOut")},
	{"status=Failed,Cancelling", 0, BODY("")},
	{"status=Failed,InProgress", OVERLAP, BY_STATUS("InProgress") BY_STATUS("Failed")},
	{"status=Pending,InProgress", OVERLAP, BY_STATUS("Pending") BY_STATUS("InProgress")},
	{"status=TimedOut,InProgress,Success,Pending,Failed,Delayed", OVERLAP,
		BY_STATUS("Pending") BY_STATUS("Delayed") BY_STATUS("InProgress")
	BY_STATUS("Failed") BY_STATUS("Success") BY_STATUS("TimedOut")},
	{"status=InProgress,Delayed;command=" C1 "," C2, OVERLAP,
		BODY(COMMAND(C1) FILTERS(STATUS("Delayed"))) BODY(COMMAND(C2) FILTERS(STATUS("Delayed")))
	BODY(COMMAND(C1) FILTERS(STATUS("InProgress"))) BODY(COMMAND(C2) FILTERS(STATUS("InProgress")))},
	{"status=Pending,Cancelling", 0, BODY("")},
	{"status=Pending,Undeliverable", 0, BODY("")},
	{"status=Failed,Terminated", 0, BODY("")},
	{"status=Failed,InProgress;status=InProgress,Success", 0, BY_STATUS("InProgress")},
	{"status=Failed;status=Success", 0, NOTHING},

	/* details share the filter, and go first */
	{"details=Terminated", 0, BY_STATUS("Terminated")},
	{"details=DeliveryTimedOut,Undeliverable", 0, BY_STATUS("DeliveryTimedOut") BY_STATUS("Undeliverable")},
	{"details=Failed", 0, BODY("")},
	{"details=Failed,Terminated", 0, BODY("")},
	{"details=Terminated;status=Cancelled", 0, BY_STATUS("Terminated")},
	{"details=Terminated,Undeliverable;status=Failed,Cancelled", 0,
	BY_STATUS("Terminated") BY_STATUS("Undeliverable")},
	{"details=Failed;status=Failed", 0, BY_STATUS("Failed")},
	{"details=Failed,Terminated;status=Failed", 0, BY_STATUS("Failed")},
	{"details=Terminated;status=Cancelling", 0, BY_STATUS("Terminated")},
	{"details=Terminated;details=Undeliverable;status=Failed", 0, NOTHING},

	/* a managed node's id and Pending exclude each other */
	{"status=Pending;instance=" I1, 0, BODY(INSTANCE(I1))},
	{"status=Pending;instance=" I1 ";document=AWS-X", 0, BODY(INSTANCE(I1) FILTERS(DOCUMENT("AWS-X")))},
	{"status=Pending", LATER, BODY("")},
	{"status=Pending,InProgress;instance=" I1, 0, BODY(INSTANCE(I1))},
	{"status=Pending,InProgress", LATER, BODY("")},
	{"status=InProgress;instance=" I1, 0, BODY(INSTANCE(I1) FILTERS(STATUS("InProgress")))},
	{"status=InProgress", LATER, BY_STATUS("InProgress")},
	{"status=Pending;command=" C1, 0, BODY(COMMAND(C1) FILTERS(STATUS("Pending")))},
	{"details=Terminated;status=Pending;instance=" I1, 0, BODY(INSTANCE(I1) FILTERS(STATUS("Terminated")))},

	/* how far the filter is trusted */
	{"status=Success", OFF, BODY("")},
	{"details=Terminated", OFF, BODY("")},
	{"status=Failed;details=Terminated;command=" C1, OFF, BODY(COMMAND(C1))},
	{"status=Failed;status=Success", OFF, NOTHING},
	{"status=Success", EXPANDED, BY_STATUS("Success")},
	{"status=TimedOut", EXPANDED, BY_STATUS("TimedOut")},
	{"status=Pending", EXPANDED, BODY("")},
	{"status=InProgress", EXPANDED, BODY("")},
	{"status=Pending;details=Undeliverable", EXPANDED, BY_STATUS("Undeliverable")},
	{"status=Terminated", EXPANDED, BY_STATUS("Terminated")},
	{"details=Terminated", EXPANDED, BY_STATUS("Terminated")},
	{"status=Cancelled", EXPANDED | OVERLAP, BY_STATUS("Cancelled") BY_STATUS("Terminated")},
	{"status=Failed", EXPANDED | OVERLAP,
		BY_STATUS("AccessDenied") BY_STATUS("Failed") BY_STATUS("InvalidPlatform")
	BY_STATUS("Terminated") BY_STATUS("Undeliverable")},
	{"status=Success,Failed,Cancelled", EXPANDED | OVERLAP,
		BY_STATUS("AccessDenied") BY_STATUS("Cancelled") BY_STATUS("Failed") BY_STATUS("InvalidPlatform")
	BY_STATUS("Success") BY_STATUS("Terminated") BY_STATUS("Undeliverable")},
	{"status=Failed,InProgress", EXPANDED, BODY("")},
	{"status=Failed;details=Undeliverable", EXPANDED, BY_STATUS("Undeliverable")},

	/* a document's name; alone, as names are no partition of commands */
	{"document=AWS-RunShellScript", 0, BODY(FILTERS(DOCUMENT("AWS-RunShellScript")))},
	{"document=arn:aws:ssm:us-east-1::document/AWS-X", 0,
	BODY(FILTERS(DOCUMENT("arn:aws:ssm:us-east-1::document/AWS-X")))},
	{"document=ab", 0, BODY("")},
	{"document=a b c", 0, BODY("")},
	{"document=AWS-X,AWS-Y", 0, BODY("")},
	{"document=AWS-X,AWS-Y;document=AWS-Y,AWS-Z", 0, BODY(FILTERS(DOCUMENT("AWS-Y")))},

	/* all at once */
	{"document=AWS-X;status=Failed,Success;instance=" I1 ";command=" C1, 0,
		BODY(COMMAND(C1) INSTANCE(I1) FILTERS(STATUS("Failed") "," DOCUMENT("AWS-X")))
	BODY(COMMAND(C1) INSTANCE(I1) FILTERS(STATUS("Success") "," DOCUMENT("AWS-X")))},
};

/*
 * Narrow bounds by clauses, written as above.  *memory keeps the strings and is
 * to be freed after the bounds.
 */
static void
bind(SsmBounds *bounds, const char *clauses, char **memory)
{
	static const char *const columns[PARAMETERS] = {
		[COMMAND_ID] = "command", [INSTANCE_ID] = "instance",
		[STATUS_DETAILS] = "details", [STATUS] = "status",
		[DOCUMENT_NAME] = "document"
	};
	char	   *rest = *memory = strdup(clauses);
	char	   *clause;

	memset(bounds, 0, sizeof(*bounds));
	while ((clause = strsep(&rest, ";")) != NULL && *clause)
	{
		char	   *column = strsep(&clause, "=");
		const char *values[10];
		SsmError	error;
		int			n = 0;
		int			key = 0;

		while (strcmp(columns[key], column) != 0)
			key++;
		while (clause)
			values[n++] = strsep(&clause, ",");
		ssm_bounds_values(bounds, key, values, n, &error);
	}
}

/*
 * The value that the n-th request has for a parameter, or NULL.
 */
static const char *
value_of(const SsmRequestSet *set, int64_t n, int parameter)
{
	const SsmTerm *term = ssm_request_term(set, &INVOCATIONS->parameters[parameter]);

	return term ? term->values.values[ssm_request_place(set, n, term)] : NULL;
}

/*
 * The bodies of all requests of a set, each with a line end, in static memory.
 */
static const char *
all_bodies(const SsmRequestSet *set, const char *token)
{
	static char result[20000];
	SsmBuf		body;
	SsmError	error;
	int64_t		n;

	result[0] = '\0';
	ssm_buf_init(&body, sizeof(result));
	for (n = 0; n < set->count; n++)
	{
		if (!ssm_body_write(set, n, &set->range, token, &body, &error))
			ssm_buf_printf(&body, "failed: %s", error.message);
		strncat(strncat(result, ssm_buf_text(&body), 2000), "\n", 2);
	}
	ssm_buf_free(&body);
	return result;
}

/*
 * The table of clauses.
 */
static void
test_plans(void)
{
	size_t		i;

	for (i = 0; i < lengthof(plans); i++)
	{
		SsmRequestStyle style = {SSM_STATUS_EXACT, DAY, 50, false};
		SsmBounds	bounds;
		SsmRequestSet set;
		SsmError	error;
		char	   *memory;

		if (plans[i].flags & EXPANDED)
			style.status_filter = SSM_STATUS_EXPANDED;
		if (plans[i].flags & OFF)
			style.status_filter = SSM_STATUS_OFF;
		bind(&bounds, plans[i].clauses, &memory);
		bounds.later[INSTANCE_ID] = (plans[i].flags & LATER) != 0;
		if (ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error), "plan of %s", plans[i].clauses))
		{
			is_str(all_bodies(&set, NULL), plans[i].bodies, "its bodies");
			is_int(set.overlap, (plans[i].flags & OVERLAP) != 0, "its requests overlap or not");
		}
		ssm_request_free(&set);
		ok(set.nterms == 0 && set.count == 0, "freed");
		ssm_request_free(&set);
		ssm_bounds_free(&bounds);
		free(memory);
	}
}

/* Tokens, and how they stand in a body. */
static const struct
{
	const char *token;
	const char *json;
}			tokens[] = {
	{"abc+/=", "\"abc+/=\""},
	{"", "\"\""},
	{"\"\\/\b\f\n\r\t\001\037\177", "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\u001F\177\""},
	{"\303\244\342\202\254\360\237\230\200", "\"\303\244\342\202\254\360\237\230\200\""},
	{"'$1%s\\u0041", "\"'$1%s\\\\u0041\""},
};

/*
 * A later page's body is the first page's and the token.  Style shows.
 */
static void
test_bodies(void)
{
	SsmRequestStyle style = {SSM_STATUS_EXACT, DAY, 7, true};
	SsmBounds	bounds;
	SsmRequestSet set;
	SsmBuf		body;
	SsmError	error;
	char	   *memory;
	char		want[300];
	size_t		i;

	bind(&bounds, "command=" C1 ";status=Failed", &memory);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error), "a plan");
	is_str(all_bodies(&set, NULL), "{" COMMAND(C1) FILTERS(STATUS("Failed"))
		   "\"MaxResults\":7,\"Details\":true}\n", "the first page");
	for (i = 0; i < lengthof(tokens); i++)
	{
		snprintf(want, sizeof(want), "{" COMMAND(C1) FILTERS(STATUS("Failed"))
				 "\"MaxResults\":7,\"Details\":true,\"NextToken\":%s}\n", tokens[i].json);
		is_str(all_bodies(&set, tokens[i].token), want, "a later page");
	}
	ssm_buf_init(&body, 50);
	ok(!ssm_body_write(&set, 0, &set.range, NULL, &body, &error) && error.kind == SSM_ERROR_MEMORY,
	   "a body without room");
	body.max = 1000;
	ok(ssm_body_write(&set, 0, &set.range, NULL, &body, &error) && body.data[0] == '{', "and with it");
	ssm_buf_free(&body);
	is_str(value_of(&set, 0, COMMAND_ID), C1, "a value");
	is_str(value_of(&set, 0, STATUS), "Failed", "a filter's value");
	is_str(value_of(&set, 0, INSTANCE_ID), NULL, "no value");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
	free(memory);
}

#define COMMANDS	5
#define INSTANCES	7
#define STATUSES	3

/*
 * The place of a value in the form "…n" among the values of a term.
 */
static int
last_digit(const char *value)
{
	return value[strlen(value) - 1] - '0';
}

/*
 * The numbers from 0 to count - 1 are all combinations, each once.
 */
static void
test_numbering(void)
{
	SsmRequestStyle style = {SSM_STATUS_EXACT, DAY, 50, false};
	SsmBounds	bounds;
	SsmRequestSet set;
	SsmError	error;
	char	   *memory;
	char		clauses[1000] = "status=Failed,Success,TimedOut";
	int			times[COMMANDS][INSTANCES][STATUSES] = {0};
	int			once = 0;
	int64_t		n;
	int			i;

	for (i = 0; i < COMMANDS; i++)
		sprintf(clauses + strlen(clauses), "%s%035d%d", i ? "," : ";command=", 0, i);
	for (i = 0; i < INSTANCES; i++)
		sprintf(clauses + strlen(clauses), "%si-%07d%d", i ? "," : ";instance=", 0, i);
	bind(&bounds, clauses, &memory);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error), "a plan of lists");
	is_int(set.count, COMMANDS * INSTANCES * STATUSES, "their product");
	for (n = 0; n < set.count; n++)
	{
		const char *status = value_of(&set, n, STATUS);

		times[last_digit(value_of(&set, n, COMMAND_ID))]
			[last_digit(value_of(&set, n, INSTANCE_ID))]
			[*status == 'F' ? 0 : *status == 'S' ? 1 : 2]++;
	}
	for (i = 0; i < COMMANDS * INSTANCES * STATUSES; i++)
		once += times[i / (INSTANCES * STATUSES)][i / STATUSES % INSTANCES][i % STATUSES] == 1;
	is_int(once, COMMANDS * INSTANCES * STATUSES, "each combination once");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
	free(memory);
}

/*
 * Bounds that are impossible make no request, whatever else they say.
 */
static void
test_impossible(void)
{
	SsmRequestStyle style = {SSM_STATUS_EXACT, DAY, 50, false};
	SsmBounds	bounds;
	SsmRequestSet set;
	SsmError	error;
	char	   *memory;

	bind(&bounds, "command=" C1 ";document=AWS-X", &memory);
	bounds.impossible = true;
	ssm_bounds_lower(&bounds, 0, false);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error), "a plan");
	is_int(set.count, 0, "of nothing");
	ssm_request_free(&set);
	bounds.impossible = false;
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error), "a plan of the same, possible");
	is_int(set.count, 1, "of one request");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
	free(memory);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_plans();
	test_bodies();
	test_numbering();
	test_impossible();
	return done_testing();
}
