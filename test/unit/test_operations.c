/*
 * test_operations.c
 *		Every operation's tables hold together, and what only some of them have:
 *		values in batches, a word for several values, values that are required.
 */
#include "ssm/body.h"
#include "ssm/page.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/array.h"

/*
 * Can each of an operation's parameters be sent: by a rule for its values, at a place
 * that requests have, and with a value to try if it is required?
 */
static bool
are_parameters_sound(const SsmOperation *operation)
{
	bool		sound = operation->nparameters <= SSM_MAX_PARAMETERS;
	int			i;

	for (i = 0; i < operation->nparameters; i++)
	{
		const SsmParameter *parameter = &operation->parameters[i];

		sound &= parameter->words != NULL || parameter->fit != NULL;
		sound &= parameter->place == SSM_PLACE_MEMBER || operation->filters != NULL;
		sound &= !parameter->required || (parameter->id && operation->required_from &&
										  ssm_parameter_fit(parameter, parameter->nobody) == SSM_FIT_MANY);
	}
	return sound;
}

/*
 * Are each of an operation's fields one of a kind, narrowed by its own parameters,
 * and what tells rows apart and their time among them?
 */
static bool
are_fields_sound(const SsmOperation *operation)
{
	bool		sound = true;
	int			i;

	for (i = 0; i < operation->nfields; i++)
	{
		const SsmParameter *parameter = operation->fields[i].parameter;
		int			place = parameter ? ssm_operation_place(operation, parameter) : 0;

		sound &= ssm_operation_column(operation, operation->fields[i].column) == i;
		sound &= parameter == NULL || (place >= 0 && place < operation->nparameters);
	}
	for (i = 0; i < SSM_MAX_KEY && operation->key[i]; i++)
		sound &= ssm_operation_member(operation, operation->key[i]) >= 0;
	return sound && (operation->time == NULL || ssm_operation_member(operation, operation->time) >= 0);
}

/*
 * Plan the requests for n values of a parameter, numbered from 0 by a format, or
 * for those given; *bodies is all of them, each with its line end.
 */
static bool
plan(const SsmOperation *operation, int parameter, const char **values, int n, SsmRequestSet *set, char *bodies)
{
	SsmRequestStyle style = {.page_size = 50};
	SsmBounds	bounds = {0};
	SsmError	error;
	SsmBuf		body;
	bool		good = n == 0 || ssm_bounds_values(&bounds, parameter, values, n, &error);
	int			i;

	good = good && ssm_request_plan(set, operation, &bounds, &style, &error);
	bodies[0] = '\0';
	ssm_buf_init(&body, 65536);
	for (i = 0; good && i < set->count; i++)
	{
		good = ssm_body_write(set, i, &set->range, NULL, &body, &error);
		snprintf(bodies + strlen(bodies), 65536 - strlen(bodies), "%.*s\n", (int) body.len, ssm_buf_text(&body));
	}
	ssm_buf_free(&body);
	ssm_request_free(set);
	ssm_bounds_free(&bounds);
	return good;
}

/*
 * Values that go into one request together.
 */
static void
test_batches(void)
{
	const SsmOperation *operation = &ssm_describe_instance_information;
	static char texts[110][32];
	static char bodies[65536];
	const char *values[110];
	const char *versions[] = {"3.2.1.0", "3.3.1.0"};
	SsmRequestSet set;
	int			lines[] = {1, 50, 51, 100, 101};
	int			i;

	for (i = 0; i < 110; i++)
	{
		snprintf(texts[i], sizeof(texts[i]), "i-%08d", i);
		values[i] = texts[i];
	}
	for (i = 0; i < (int) lengthof(lines); i++)
	{
		int			n = 0;
		int			ids = 0;
		char	   *at;

		ok(plan(operation, 0, values, lines[i], &set, bodies), "%d ids", lines[i]);
		for (at = bodies; *at; at++)
		{
			n += *at == '\n';
			ids += strncmp(at, "\"i-", 3) == 0;
		}
		is_int(n, (lines[i] + 49) / 50, "as many requests as it takes");
		is_int(ids, lines[i], "each id once");
	}
	ok(plan(operation, 3, versions, 2, &set, bodies), "versions");
	is_str(bodies, "{\"Filters\":[{\"Key\":\"AgentVersion\",\"Values\":[\"3.2.1.0\",\"3.3.1.0\"]}],\"MaxResults\":50}\n",
		   "what changes, in one request");
}

/*
 * A word that is sent instead of several values.
 */
static void
test_sums(void)
{
	static const struct
	{
		const char *values[4];
		int			n;
		const char *filter;
	}			cases[] = {
		{{"Failed", "Success"}, 2, "\"Filters\":[{\"key\":\"ExecutionStage\",\"value\":\"Complete\"}],"},
		{{"Cancelling", "InProgress", "Pending"}, 3, "\"Filters\":[{\"key\":\"ExecutionStage\",\"value\":\"Executing\"}],"},
		{{"Cancelling", "Success"}, 2, ""},
		{{"Failed", "Undeliverable"}, 2, ""},
		{{"Cancelling"}, 1, ""},
		{{"Success"}, 1, "\"Filters\":[{\"key\":\"Status\",\"value\":\"Success\"}],"},
	};
	static char bodies[65536];
	const SsmOperation *operation = &ssm_list_commands;
	const SsmField *status = &operation->fields[ssm_operation_column(operation, "status")];
	SsmRequestSet set;
	int			i;

	for (i = 0; i < (int) lengthof(cases); i++)
	{
		const char *values[4];
		char		wanted[256];

		memcpy(values, cases[i].values, sizeof(values));
		snprintf(wanted, sizeof(wanted), "{%s\"MaxResults\":50}\n", cases[i].filter);
		ok(plan(operation, ssm_operation_place(operation, status->parameter), values, cases[i].n, &set, bodies), "%s", cases[i].values[0]);
		is_str(bodies, wanted, "one request");
	}
}

/*
 * A value that is required is missing or there.
 */
static void
test_required(void)
{
	const SsmOperation *operation = &ssm_get_command_invocation;
	SsmRequestStyle style = {.page_size = 50};
	SsmBounds	bounds = {0};
	SsmRequestSet set;
	SsmError	error;
	int			given;

	for (given = 0; given < 2; given++)
	{
		ok(ssm_request_plan(&set, operation, &bounds, &style, &error), "with %d of 2 values", given);
		is_str(set.missing ? set.missing->name : "none", operation->parameters[given].name, "one is missing");
		ssm_request_free(&set);
		ssm_bounds_values(&bounds, given, (const char *[]) {operation->parameters[given].nobody}, 1, &error);
	}
	ok(ssm_request_plan(&set, operation, &bounds, &style, &error) && set.missing == NULL, "with both");
	is_int(set.count, 1, "there is a request");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
}

/*
 * An answer that is the one row.
 */
static void
test_single(void)
{
	static const struct
	{
		const char *answer;
		bool		good;
	}			cases[] = {
		{" {\"CommandId\":\"c\",\"Other\":{\"CommandId\":1}} ", true},
		{"{\"Other\":1}", false},
		{"{}", false},
		{"[{\"CommandId\":\"c\"}]", false},
		{"{\"CommandId\":\"c\"", false},
		{"{\"CommandId\":\"c\"}{}", false},
		{"", false},
		{"   ", false},
	};
	const char *members[] = {"CommandId", "InstanceId"};
	SsmPageShape shape = {.members = members, .nmembers = 2};
	SsmPage		page = {0};
	SsmError	error;
	int			i;

	for (i = 0; i < (int) lengthof(cases); i++)
	{
		SsmBuf		body;
		bool		good;

		ssm_buf_init(&body, 65536);
		ssm_buf_puts(&body, cases[i].answer);
		good = ssm_page_parse(&page, &shape, 1, &body, &error);
		ok(good == cases[i].good && (!good || (page.nrows == 1 && page.token == NULL)), "answer: %s", cases[i].answer);
		ok(good || error.kind == SSM_ERROR_PROTOCOL, "an error of the protocol");
		ssm_buf_free(&body);
	}
	ssm_page_free(&page);
}

/*
 * All tests.
 */
int
main(void)
{
	int			i;

	for (i = 0; ssm_operations[i]; i++)
		ok(are_parameters_sound(ssm_operations[i]) && are_fields_sound(ssm_operations[i]), "%s is sound", ssm_operations[i]->name);
	ok(ssm_operation_find("ListCommands") == &ssm_list_commands && ssm_operation_find("SendCommand") == NULL, "by name");
	test_batches();
	test_sums();
	test_required();
	test_single();
	return done_testing();
}
