/*
 * test_bounds.c
 *		Which values can be sent, and what clauses leave of the values wanted.
 */
#include "ssm/bounds.h"
#include "base/array.h"
#include "invocations.h"
#include "tap.h"

#include <stdlib.h>

#define X32		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X128	X32 X32 X32 X32

static const struct
{
	int			parameter;
	const char *value;
	SsmFit		fit;
}			fits[] = {
	{COMMAND_ID, "0831e1a8-a1ac-4257-a1fd-c831bEXAMPLE", SSM_FIT_MANY},
	{COMMAND_ID, X32 "xxxx", SSM_FIT_MANY},
	{COMMAND_ID, X32 "xxx\303\244", SSM_FIT_MANY},
	{COMMAND_ID, X32 "xx\303\244", SSM_FIT_NEVER},
	{COMMAND_ID, X32 "xxx\303", SSM_FIT_NEVER},
	{COMMAND_ID, X32 "xxx", SSM_FIT_NEVER},
	{COMMAND_ID, X32 "xxxxx", SSM_FIT_NEVER},
	{COMMAND_ID, "", SSM_FIT_NEVER},

	{INSTANCE_ID, "i-02573cafc", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-02573caf", SSM_FIT_MANY},
	{INSTANCE_ID, "i-02573cafcfEXAMPLE", SSM_FIT_MANY},
	{INSTANCE_ID, "i-0_573CAF", SSM_FIT_MANY},
	{INSTANCE_ID, "mi-0123456789abcdef0", SSM_FIT_MANY},
	{INSTANCE_ID, "mi-02573caf", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-0123456789abcdef", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-0123456789abcdef01", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-02573ca-", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-02573caf ", SSM_FIT_NEVER},
	{INSTANCE_ID, " i-02573caf", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-02573caf\n", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-02573ca\303\244", SSM_FIT_NEVER},
	{INSTANCE_ID, "I-02573caf", SSM_FIT_NEVER},
	{INSTANCE_ID, "mmi-0123456789abcdef0", SSM_FIT_NEVER},
	{INSTANCE_ID, "m", SSM_FIT_NEVER},
	{INSTANCE_ID, "i-", SSM_FIT_NEVER},
	{INSTANCE_ID, "", SSM_FIT_NEVER},

	{STATUS, "Success", SSM_FIT_MANY},
	{STATUS, "Failed", SSM_FIT_MANY},
	{STATUS, "Cancelled", SSM_FIT_MANY},
	{STATUS, "TimedOut", SSM_FIT_MANY},
	{STATUS, "Pending", SSM_FIT_MANY},
	{STATUS, "InProgress", SSM_FIT_MANY},
	{STATUS, "Delayed", SSM_FIT_MANY},
	{STATUS, "AccessDenied", SSM_FIT_ALONE},
	{STATUS, "DeliveryTimedOut", SSM_FIT_ALONE},
	{STATUS, "ExecutionTimedOut", SSM_FIT_ALONE},
	{STATUS, "Undeliverable", SSM_FIT_ALONE},
	{STATUS, "InvalidPlatform", SSM_FIT_ALONE},
	{STATUS, "Terminated", SSM_FIT_ALONE},
	{STATUS, "Cancelling", SSM_FIT_LOCAL},
	{STATUS, "success", SSM_FIT_LOCAL},
	{STATUS, "SUCCESS", SSM_FIT_LOCAL},
	{STATUS, "Success ", SSM_FIT_LOCAL},
	{STATUS, "Succes", SSM_FIT_LOCAL},
	{STATUS, "In Progress", SSM_FIT_LOCAL},
	{STATUS, "", SSM_FIT_LOCAL},

	{STATUS_DETAILS, "AccessDenied", SSM_FIT_MANY},
	{STATUS_DETAILS, "DeliveryTimedOut", SSM_FIT_MANY},
	{STATUS_DETAILS, "ExecutionTimedOut", SSM_FIT_MANY},
	{STATUS_DETAILS, "Undeliverable", SSM_FIT_MANY},
	{STATUS_DETAILS, "InvalidPlatform", SSM_FIT_MANY},
	{STATUS_DETAILS, "Terminated", SSM_FIT_MANY},
	{STATUS_DETAILS, "Success", SSM_FIT_LOCAL},
	{STATUS_DETAILS, "Failed", SSM_FIT_LOCAL},
	{STATUS_DETAILS, "Pending", SSM_FIT_LOCAL},
	{STATUS_DETAILS, "terminated", SSM_FIT_LOCAL},
	{STATUS_DETAILS, "", SSM_FIT_LOCAL},

	{DOCUMENT_NAME, "AWS-RunShellScript", SSM_FIT_ALONE},
	{DOCUMENT_NAME, "arn:aws:ssm:us-east-1::document/AWS-RunShellScript", SSM_FIT_ALONE},
	{DOCUMENT_NAME, "a_.", SSM_FIT_ALONE},
	{DOCUMENT_NAME, "ab", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, X128, SSM_FIT_ALONE},
	{DOCUMENT_NAME, X128 "x", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, "AWS RunShellScript", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, "AWS-RunShellScript\n", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, "Gr\303\266\303\237e", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, "a%b", SSM_FIT_LOCAL},
	{DOCUMENT_NAME, "", SSM_FIT_LOCAL},
};

/*
 * The values of each parameter, and where they stand.
 */
static void
test_fits(void)
{
	static const struct
	{
		const char *name;
		SsmPlace	place;
	}			places[PARAMETERS] = {
		[COMMAND_ID] = {"CommandId", SSM_PLACE_MEMBER},
		[INSTANCE_ID] = {"InstanceId", SSM_PLACE_MEMBER},
		[STATUS_DETAILS] = {"Status", SSM_PLACE_FILTER},
		[STATUS] = {"Status", SSM_PLACE_FILTER},
		[DOCUMENT_NAME] = {"DocumentName", SSM_PLACE_FILTER},
	};
	const SsmParameter *parameters = INVOCATIONS->parameters;
	size_t		i;

	for (i = 0; i < lengthof(fits); i++)
		ok(ssm_parameter_fit(&parameters[fits[i].parameter], fits[i].value) == fits[i].fit,
		   "%s, fit %zu", parameters[fits[i].parameter].name, i);
	is_int(INVOCATIONS->nparameters, PARAMETERS, "all of them");
	for (i = 0; i < PARAMETERS; i++)
	{
		is_str(parameters[i].name, places[i].name, "the API's name");
		is_int(parameters[i].place, places[i].place, "a filter or not");
	}
}

#define MOST	6				/* values in a clause of these tests */

/* Clauses on one key, and what they leave. */
static const struct
{
	const char *name;
	const char *clauses[3][MOST];	/* each up to NULL */
	int			nclauses;
	const char *left;			/* joined by commas, or "impossible" */
}			narrowings[] = {
	{"no value", {{0}}, 1, "impossible"},
	{"one", {{"b"}}, 1, "b"},
	{"a list", {{"c", "a", "b"}}, 1, "a,b,c"},
	{"a list with repeated values", {{"b", "a", "b", "a", "b"}}, 1, "a,b"},
	{"an equality twice", {{"a"}, {"a"}}, 2, "a"},
	{"two equalities", {{"a"}, {"b"}}, 2, "impossible"},
	{"an equality in a list", {{"a", "b", "c"}, {"b"}}, 2, "b"},
	{"an equality, then a list", {{"b"}, {"a", "b", "c"}}, 2, "b"},
	{"an equality outside a list", {{"a", "b"}, {"c"}}, 2, "impossible"},
	{"lists that share values", {{"a", "b", "c", "d"}, {"e", "d", "b", "d"}}, 2, "b,d"},
	{"three lists", {{"a", "b", "c"}, {"b", "c", "d"}, {"c", "d", "a"}}, 3, "c"},
	{"three that share none", {{"a", "b"}, {"b", "c"}, {"c", "a"}}, 3, "impossible"},
	{"nothing, then something", {{0}, {"a"}}, 2, "impossible"},
	{"upper and lower case", {{"a", "A"}, {"A"}}, 2, "A"},
	{"an empty text", {{"", "a"}}, 1, ",a"},
	{"bytes over 127", {{"\303\244", "z"}}, 1, "z,\303\244"},
};

/*
 * Lists on a key are sorted, deduplicated and intersected; other keys are left
 * alone.
 */
static void
test_narrowings(void)
{
	size_t		i;

	for (i = 0; i < lengthof(narrowings); i++)
	{
		SsmBounds	bounds = {0};
		const SsmValues *left = &bounds.values[STATUS];
		SsmError	error;
		char		joined[64] = "";
		int			c;
		int			n;

		for (c = 0; c < narrowings[i].nclauses; c++)
		{
			const char *given[MOST];

			memcpy(given, narrowings[i].clauses[c], sizeof(given));
			for (n = 0; n < MOST && given[n]; n++)
				;
			ok(ssm_bounds_values(&bounds, STATUS, given, n, &error), "%s: clause", narrowings[i].name);
			ok(memcmp(given, narrowings[i].clauses[c], sizeof(given)) == 0, "its array is unchanged");
		}
		for (n = 0; n < left->n; n++)
		{
			strcat(strcat(joined, n ? "," : ""), left->values[n]);
			ok(ssm_values_has(left, left->values[n]), "it is among them");
		}
		if (bounds.impossible)
			strcat(joined, "impossible");
		is_str(joined, narrowings[i].left, narrowings[i].name);
		ok(left->bound && !bounds.values[STATUS_DETAILS].bound && !bounds.values[COMMAND_ID].bound, "only its key is bound");
		ok(!ssm_values_has(left, "aa") && !ssm_values_has(left, "0"), "others are not");
		ssm_bounds_free(&bounds);
		ok(!bounds.impossible && !bounds.values[STATUS].values, "freed");
	}
}

/*
 * Many values, by sorting and searching.
 */
static void
test_many_values(void)
{
	static char strings[2000][8];
	const char *values[2000];
	SsmBounds	bounds = {0};
	SsmError	error;
	int			found = 0;
	int			i;

	for (i = 0; i < 2000; i++)
	{
		snprintf(strings[i], sizeof(strings[i]), "v%04d", i * 7919 % 1000);
		values[i] = strings[i];
	}
	ssm_bounds_values(&bounds, INSTANCE_ID, values, 2000, &error);
	is_int(bounds.values[INSTANCE_ID].n, 1000, "2000 values, each twice");
	for (i = 0; i < 2000; i++)
		found += ssm_values_has(&bounds.values[INSTANCE_ID], strings[i]);
	is_int(found, 2000, "all found");
	ssm_bounds_values(&bounds, INSTANCE_ID, values, 500, &error);
	is_int(bounds.values[INSTANCE_ID].n, 500, "intersected");
	ssm_bounds_free(&bounds);
}

/* Comparisons with a time: '>' and '<', with '=' where the time is inside. */
static const struct
{
	const char *clauses;		/* like ">=5 <7" */
	const char *range;			/* the same of what is left, or "impossible" */
}			ranges[] = {
	{">5", ">5"},
	{">=5", ">=5"},
	{"<5", "<5"},
	{"<=-5", "<=-5"},
	{">5 >3", ">5"},
	{">3 >5", ">5"},
	{">=5 >5", ">5"},
	{">5 >=5", ">5"},
	{">=5 >=5", ">=5"},
	{">5 >=6", ">=6"},
	{"<5 <3", "<3"},
	{"<3 <5", "<3"},
	{"<=5 <5", "<5"},
	{"<5 <=5", "<5"},
	{">=5 <=5", ">=5 <=5"},
	{">5 <=5", "impossible"},
	{">=5 <5", "impossible"},
	{"<5 >5", "impossible"},
	{">=6 <=5", "impossible"},
	{">5 <6", ">5 <6"},
	{">=5 <=9 >7 <8", ">7 <8"},
	{">=5 <=9 >9", "impossible"},
	{"<9 >=-9223372036854775808", ">=-9223372036854775808 <9"},
	{">9 <=9223372036854775807", ">9 <=9223372036854775807"},
};

/*
 * Ranges of time.
 */
static void
test_ranges(void)
{
	size_t		i;

	for (i = 0; i < lengthof(ranges); i++)
	{
		SsmBounds	bounds = {0};
		const char *at = ranges[i].clauses;
		char		left[100] = "";

		while (*at)
		{
			bool		lower = *at == '>';
			bool		strict = at[1] != '=';
			char	   *end;
			long long	micros = strtoll(at + (strict ? 1 : 2), &end, 10);

			if (lower)
				ssm_bounds_lower(&bounds, micros, strict);
			else
				ssm_bounds_upper(&bounds, micros, strict);
			at = end + strspn(end, " ");
		}
		if (bounds.impossible)
			strcpy(left, "impossible");
		else if (bounds.lower.bound)
			sprintf(left, ">%s%lld", bounds.lower.strict ? "" : "=", (long long) bounds.lower.at);
		if (bounds.upper.bound && !bounds.impossible)
			sprintf(left + strlen(left), "%s<%s%lld", *left ? " " : "",
					bounds.upper.strict ? "" : "=", (long long) bounds.upper.at);
		is_str(left, ranges[i].range, ranges[i].clauses);
		ssm_bounds_free(&bounds);
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_fits();
	test_narrowings();
	test_many_values();
	test_ranges();
	return done_testing();
}
