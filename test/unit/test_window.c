/*
 * test_window.c
 *		Ranges of time to the filters InvokedAfter and InvokedBefore.
 */
#include "ssm/request.h"
#include "base/array.h"
#include "invocations.h"
#include "ssm/body.h"
#include "tap.h"

#include <stdlib.h>
#include <time.h>

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
	SsmRequestStyle style = {.slack = slack, .page_size = 50};
	SsmRequestSet set;
	SsmError	error;
	SsmWindowTexts times;
	const char *value;

	if (!ssm_request_plan(&set, INVOCATIONS, bounds, &style, &error) || set.count != 1)
		return "no plan of one request";
	times = ssm_window_texts(&set.range);
	value = strcmp(name, "InvokedAfter") == 0 ? times.after : times.before;
	snprintf(result, sizeof(result), "%s", value);
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
	SsmRequestStyle style = {.slack = DAY, .page_size = 50};
	const char *status = "Failed";
	SsmBounds	bounds = {0};
	SsmRequestSet set;
	SsmBuf		body;
	SsmError	error;

	ssm_buf_init(&body, 1000);
	ssm_bounds_values(&bounds, STATUS, &status, 1, &error);
	ssm_bounds_lower(&bounds, JULY, false);
	ssm_bounds_upper(&bounds, JULY, false);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error) && ssm_body_write(&set, 0, &set.range, NULL, &body, &error),
	   "a range of one time");
	is_int(set.count, 1, "is one request");
	is_str(ssm_buf_text(&body), "{\"Filters\":[{\"key\":\"Status\",\"value\":\"Failed\"},"
		   "{\"key\":\"InvokedAfter\",\"value\":\"2018-07-05T23:59:59Z\"},"
		   "{\"key\":\"InvokedBefore\",\"value\":\"2018-07-07T00:00:01Z\"}],"
		   "\"MaxResults\":50,\"Details\":false}", "its body");
	ssm_request_free(&set);

	ssm_bounds_lower(&bounds, JULY, true);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error) && set.count == 0, "the same without that time sends none");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);

	ssm_bounds_lower(&bounds, YEAR_1, false);
	ssm_bounds_upper(&bounds, YEAR_9999, false);
	ok(ssm_request_plan(&set, INVOCATIONS, &bounds, &style, &error) && ssm_body_write(&set, 0, &set.range, NULL, &body, &error),
	   "a range that cannot be sent");
	is_str(ssm_buf_text(&body), "{\"MaxResults\":50,\"Details\":false}", "has no filter");
	ssm_request_free(&set);
	ssm_bounds_free(&bounds);
	ssm_buf_free(&body);
}

/*
 * Does a service whose filters include their bounds, or not, find a row of that
 * time in the window?  Texts of one length and form sort as their times do.
 */
static bool
in_window(const SsmWindow *window, int64_t at, bool after_closed, bool before_closed)
{
	SsmWindowTexts times = ssm_window_texts(window);
	time_t		seconds = at >= 0 ? at / S(1) : -((-at + S(1) - 1) / S(1));
	bool		whole = at % S(1) == 0;
	char		text[24];
	int			cmp;

	strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", gmtime(&seconds));
	if (times.after[0])
	{
		cmp = strcmp(text, times.after);
		if (cmp < 0 || (cmp == 0 && whole && !after_closed))
			return false;
	}
	if (times.before[0])
	{
		cmp = strcmp(text, times.before);
		if (cmp > 0 || (cmp == 0 && !(whole && before_closed)))
			return false;
	}
	return true;
}

/*
 * Whatever the bounds and the clock, and whether the filters include their
 * bounds or not: what the uncut range finds, one of its pieces finds, or two
 * neighbours; wherever it is cut, and where they are cut again.
 */
static void
test_cuts(void)
{
	int			lost = 0;
	int			apart = 0;
	int			extra = 0;
	int			n;

	srandom(1);
	for (n = 0; n < 20000; n++)
	{
		int64_t		now = JULY + random() % 1000000007 * 1000;
		int64_t		span = random() % 4 ? 40 * DAY : (8 + random() % 400) * S(1);
		int64_t		lower = now - random() % (span / 1000) * 1000;
		int64_t		upper = lower + random() % (span / 1000 + 1) * 1000;
		int64_t		cut = (now - span / 3) / S(1);
		int64_t		again = cut - 4 - random() % (span / 2 / S(1));
		int64_t		at = now - random() % (span / 1000) * 1000;
		int			which = random();
		SsmBounds	bounds = {0};
		SsmWindow	whole;
		SsmWindow	pieces[4];
		int			found = 0;
		int			last = 0;
		int			i;

		if (which & 1)
			ssm_bounds_lower(&bounds, lower, false);
		if (which & 2)
			ssm_bounds_upper(&bounds, upper, false);
		if (which & 8)
			at = (which & 64 ? cut : again) * S(1) + random() % 7 * 500000 - S(1);
		whole = ssm_window_range(&bounds, which & 4 ? DAY : 0);
		pieces[0] = ssm_window_piece(&whole, cut, INT64_MAX);
		pieces[3] = ssm_window_piece(&whole, INT64_MIN, cut);
		pieces[1] = ssm_window_piece(&pieces[3], again, INT64_MAX);
		pieces[2] = ssm_window_piece(&pieces[3], INT64_MIN, again);
		for (i = 0; i < 3; i++)
			if (in_window(&pieces[i], at, which >> 4 & 1, which >> 5 & 1))
			{
				apart += found > 0 && last != i - 1;
				last = i;
				found++;
			}
		if (in_window(&whole, at, which >> 4 & 1, which >> 5 & 1))
			lost += found == 0;
		else
			extra += found;
	}
	is_int(lost, 0, "no time is lost");
	is_int(extra, 0, "none outside the range is asked for");
	is_int(apart, 0, "no row is in pieces apart from each other");
}

/*
 * Where the rows of a range are: in the part that the API keeps.
 */
static void
test_kept(void)
{
	SsmBounds	bounds = {0};
	SsmWindow	range = ssm_window_range(&bounds, DAY);
	SsmWindow	kept = ssm_window_kept(&range, JULY + 1);

	is_str(ssm_window_texts(&range).after, "", "a range without bounds is open below");
	is_str(ssm_window_texts(&range).before, "", "and above");
	is_str(ssm_window_texts(&kept).after, "2018-06-07T00:00:00Z", "its rows are from 30 days ago");
	is_str(ssm_window_texts(&kept).before, "2018-07-07T00:00:00Z", "until now");
	ssm_bounds_lower(&bounds, JULY - DAY, false);
	range = ssm_window_range(&bounds, DAY);
	kept = ssm_window_kept(&range, JULY);
	is_str(ssm_window_texts(&kept).after, "2018-07-04T23:59:59Z", "a lower bound is one, with its slack");
	kept = ssm_window_kept(&range, JULY - 3 * DAY);
	ok(kept.from >= kept.to, "nothing is in the future");
	ssm_bounds_upper(&bounds, JULY - 30 * DAY, false);
	range = ssm_window_range(&bounds, DAY);
	kept = ssm_window_kept(&range, JULY + 2 * DAY);
	ok(kept.from >= kept.to, "nor in what the API has forgotten");
	ssm_bounds_free(&bounds);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_windows();
	test_ranges();
	test_cuts();
	test_kept();
	return done_testing();
}
