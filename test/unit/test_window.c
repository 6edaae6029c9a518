/*
 * test_window.c
 *		Ranges of time to the filters InvokedAfter and InvokedBefore.
 */
#include "engine/request.h"
#include "tap.h"

#include <stdlib.h>

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

#define S(seconds)	(INT64_C(seconds) * 1000000)
#define DAY			S(86400)
#define JULY		S(1530921600)	/* 2018-07-07T00:00:00Z */
#define LEAP		S(1709164800)	/* 2024-02-29T00:00:00Z */
#define YEAR_1		S(-62135596800) /* 0001-01-01T00:00:00Z */
#define YEAR_9999	S(253402300799) /* 9999-12-31T23:59:59Z */

/* One bound and its filter; "" where none is sent. */
static const struct
{
	int64_t		at;
	int64_t		slack;
	const char *after;			/* as a lower bound */
	const char *before;			/* as an upper bound */
}			windows[] = {

	/* a second more on either side, slack below only */
	{JULY, 0, "2018-07-06T23:59:59Z", "2018-07-07T00:00:01Z"},
	{JULY, DAY, "2018-07-05T23:59:59Z", "2018-07-07T00:00:01Z"},
	{JULY, S(2764800), "2018-06-04T23:59:59Z", "2018-07-07T00:00:01Z"},

	/* down and up to whole seconds */
	{JULY + 1, 0, "2018-07-06T23:59:59Z", "2018-07-07T00:00:02Z"},
	{JULY + 999999, 0, "2018-07-06T23:59:59Z", "2018-07-07T00:00:02Z"},
	{JULY - 1, 0, "2018-07-06T23:59:58Z", "2018-07-07T00:00:01Z"},
	{JULY - 999999, 0, "2018-07-06T23:59:58Z", "2018-07-07T00:00:01Z"},
	{JULY, 1, "2018-07-06T23:59:58Z", "2018-07-07T00:00:01Z"},
	{JULY, 999999, "2018-07-06T23:59:58Z", "2018-07-07T00:00:01Z"},
	{JULY, S(1), "2018-07-06T23:59:58Z", "2018-07-07T00:00:01Z"},
	{JULY, S(1) + 1, "2018-07-06T23:59:57Z", "2018-07-07T00:00:01Z"},
	{JULY + 500000, 500000, "2018-07-06T23:59:58Z", "2018-07-07T00:00:02Z"},

	/* the calendar */
	{LEAP, 0, "2024-02-28T23:59:59Z", "2024-02-29T00:00:01Z"},
	{LEAP + DAY, DAY, "2024-02-28T23:59:59Z", "2024-03-01T00:00:01Z"},
	{LEAP + S(45296), 0, "2024-02-29T12:34:55Z", "2024-02-29T12:34:57Z"},

	/* before 1970 */
	{0, 0, "1969-12-31T23:59:59Z", "1970-01-01T00:00:01Z"},
	{-1, 0, "1969-12-31T23:59:58Z", "1970-01-01T00:00:01Z"},
	{1, 0, "1969-12-31T23:59:59Z", "1970-01-01T00:00:02Z"},
	{S(-1), 0, "1969-12-31T23:59:58Z", "1970-01-01T00:00:00Z"},
	{S(-1) - 1, 0, "1969-12-31T23:59:57Z", "1970-01-01T00:00:00Z"},
	{S(-1) + 1, 0, "1969-12-31T23:59:58Z", "1970-01-01T00:00:01Z"},

	/* years 1 to 9999, four digits each */
	{YEAR_1 + S(1), 0, "0001-01-01T00:00:00Z", "0001-01-01T00:00:02Z"},
	{YEAR_1, 0, "", "0001-01-01T00:00:01Z"},
	{YEAR_1 - S(1), 0, "", "0001-01-01T00:00:00Z"},
	{YEAR_1 - S(2), 0, "", ""},
	{YEAR_1 + DAY, DAY, "", "0001-01-02T00:00:01Z"},
	{YEAR_1 + DAY + S(1), DAY, "0001-01-01T00:00:00Z", "0001-01-02T00:00:02Z"},
	{S(-30610224000), 0, "0999-12-31T23:59:59Z", "1000-01-01T00:00:01Z"},
	{YEAR_9999 - S(1), 0, "9999-12-31T23:59:57Z", "9999-12-31T23:59:59Z"},
	{YEAR_9999 - 999999, 0, "9999-12-31T23:59:57Z", ""},
	{YEAR_9999, 0, "9999-12-31T23:59:58Z", ""},
	{YEAR_9999 + S(1), 0, "9999-12-31T23:59:59Z", ""},
	{YEAR_9999 + S(2), 0, "", ""},

	/* what an infinity may have become */
	{INT64_MAX, 0, "", ""},
	{INT64_MAX, DAY, "", ""},
	{INT64_MIN, 0, "", ""},
	{INT64_MIN, DAY, "", ""},
	{INT64_MIN + 1, S(315360000), "", ""},
};

/*
 * The value that the only request of some bounds has for a filter, "" if none.
 */
static const char *
filter(const SsmBounds *bounds, int64_t slack, const char *name)
{
	static char result[64];
	SsmRequestStyle style = {SSM_STATUS_EXACT, slack, 50, false};
	SsmRequestSet set;
	SsmError	error;
	const char *value;

	if (!ssm_request_plan(&set, bounds, &style, &error) || set.count != 1)
		return "no plan of one request";
	value = ssm_request_value(&set, 0, name);
	snprintf(result, sizeof(result), "%s", value ? value : "");
	ssm_request_free(&set);
	return result;
}

/*
 * The table, each time as a lower and as an upper bound, and whether it is
 * inside makes no difference.
 */
static void
test_windows(void)
{
	size_t		i;
	int			strict;

	for (i = 0; i < lengthof(windows); i++)
	{
		for (strict = 0; strict < 2; strict++)
		{
			SsmBounds	lower = {0};
			SsmBounds	upper = {0};
			char		name[64];

			ssm_bounds_lower(&lower, windows[i].at, strict);
			ssm_bounds_upper(&upper, windows[i].at, strict);
			snprintf(name, sizeof(name), "window %zu: lower%s", i, strict ? ", strict" : "");
			is_str(filter(&lower, windows[i].slack, "InvokedAfter"), windows[i].after, name);
			is_str(filter(&lower, windows[i].slack, "InvokedBefore"), "", "and no upper");
			snprintf(name, sizeof(name), "window %zu: upper%s", i, strict ? ", strict" : "");
			is_str(filter(&upper, windows[i].slack, "InvokedBefore"), windows[i].before, name);
			is_str(filter(&upper, windows[i].slack, "InvokedAfter"), "", "and no lower");
		}
	}
}

/*
 * Both bounds in one body, after the other filters; the empty range makes none.
 */
static void
test_ranges(void)
{
	SsmRequestStyle style = {SSM_STATUS_EXACT, DAY, 50, false};
	const char *status = "Failed";
	SsmBounds	bounds = {0};
	SsmRequestSet set;
	SsmBuf		body;
	SsmError	error;

	ssm_buf_init(&body, 1000);
	ssm_bounds_values(&bounds, SSM_KEY_STATUS, &status, 1, &error);
	ssm_bounds_lower(&bounds, JULY, false);
	ssm_bounds_upper(&bounds, JULY, false);
	ok(ssm_request_plan(&set, &bounds, &style, &error) && ssm_request_body(&set, 0, NULL, &body, &error),
	   "a range of one time");
	is_int(set.count, 1, "is one request");
	is_str(ssm_buf_text(&body), "{\"Filters\":[{\"key\":\"Status\",\"value\":\"Failed\"},"
		   "{\"key\":\"InvokedAfter\",\"value\":\"2018-07-05T23:59:59Z\"},"
		   "{\"key\":\"InvokedBefore\",\"value\":\"2018-07-07T00:00:01Z\"}],"
		   "\"MaxResults\":50,\"Details\":false}", "its body");
	ok(ssm_request_drop_term(&set, "InvokedAfter") && set.count == 1, "a bound taken out");
	ok(ssm_request_body(&set, 0, NULL, &body, &error) && !strstr(body.data, "InvokedAfter") &&
	   strstr(body.data, "InvokedBefore"), "and the other left");
	ssm_request_free(&set);

	ssm_bounds_lower(&bounds, JULY, true);
	ok(ssm_request_plan(&set, &bounds, &style, &error) && set.count == 0, "the same without that time is none");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);

	ssm_bounds_lower(&bounds, YEAR_1, false);
	ssm_bounds_upper(&bounds, YEAR_9999, false);
	ok(ssm_request_plan(&set, &bounds, &style, &error) && ssm_request_body(&set, 0, NULL, &body, &error),
	   "a range that cannot be sent");
	is_str(ssm_buf_text(&body), "{\"MaxResults\":50,\"Details\":false}", "has no filter");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
	ssm_buf_free(&body);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_windows();
	test_ranges();
	return done_testing();
}
