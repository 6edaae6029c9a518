/*
 * test_cancel.c
 *		Long loops over what comes from outside look for a cancel.
 */
#include "base/cancel.h"
#include "base/array.h"
#include "ssm/page.h"
#include "ssm/request.h"
#include "invocations.h"
#include "tap.h"

#include <limits.h>

#define MEGABYTES	4
#define IDS			100000

static int	asked;				/* how often it has been asked */
static int	last;				/* the question that is answered by yes */

/*
 * ssm_cancel_wanted.
 */
static bool
wanted(void)
{
	return ++asked >= last;
}

/*
 * Parse a page of a text, another repeated and a third; *error is how it ends.
 */
static bool
parse(const char *before, const char *text, const char *after, SsmError *error)
{
	static const char *const members[] = {"Comment"};
	static const bool noted[] = {true};
	static const SsmPageShape shape = {"Rows", "NextToken", members, 1, noted};
	SsmPage		page = {0};
	SsmBuf		body;
	bool		good;

	memset(error, 0, sizeof(*error));
	ssm_buf_init(&body, (size_t) 1 << 30);
	ssm_buf_puts(&body, before);
	while (body.len < MEGABYTES << 20)
		ssm_buf_puts(&body, text);
	ssm_buf_puts(&body, after);
	good = ssm_page_parse(&page, &shape, 50, &body, error);
	ssm_page_free(&page);
	ssm_buf_free(&body);
	return good;
}

/*
 * Pages of long things: one question for each megabyte at least, and an end at
 * whichever is answered by yes.
 */
static void
test_pages(void)
{
	static const char *const pages[][4] = {
		{"a text", "{\"Rows\":[{\"Comment\":\"", "plain text ", "\"}]}"},
		{"escapes", "{\"Rows\":[{\"Comment\":\"", "\\n\\u00e4", "\"}]}"},
		{"wide characters", "{\"Rows\":[{\"Comment\":\"", "\303\244", "\"}]}"},
		{"a number", "{\"Rows\":[{\"Comment\":", "7777777777", "}]}"},
		{"an array", "{\"Rows\":[{\"Comment\":[", "[],1,\"\",{\"a\":null},", "1]}]}"},
		{"members", "{\"Rows\":[{\"Comment\":{", "\"a\":1,", "\"a\":1}}]}"},
		{"what nobody knows", "{\"New\":[", "true,", "true]}"},
		{"white space", "{\"Rows\":[]", "          ", "}"},
		{"white space at the end", "{\"Rows\":[]}", "\n\t\r ", ""},
	};
	SsmError	error;
	size_t		i;

	for (i = 0; i < lengthof(pages); i++)
	{
		int			questions;
		int			wrong = 0;

		asked = 0;
		last = INT_MAX;
		ok(parse(pages[i][1], pages[i][2], pages[i][3], &error), "%s", pages[i][0]);
		questions = asked;
		ok(questions >= MEGABYTES && questions < 100, "%s: asked %d times", pages[i][0], questions);
		for (last = 1; last <= questions; last++)
		{
			asked = 0;
			wrong += parse(pages[i][1], pages[i][2], pages[i][3], &error) ||
				error.kind != SSM_ERROR_CANCELLED || asked != last;
		}
		ok(wrong == 0, "%s: ended at each question", pages[i][0]);
	}
}

/*
 * Narrow command_id to the values twice, and plan requests.  With check, see that
 * they are sorted and each is there once.
 */
static bool
take_list(const char **values, bool check, SsmError *error)
{
	SsmRequestStyle style = {.page_size = 50};
	SsmRequestSet set;
	SsmBounds	bounds = {0};
	const SsmValues *sorted = &bounds.values[COMMAND_ID];
	bool		good;
	int			i;

	asked = 0;
	memset(error, 0, sizeof(*error));
	good = ssm_bounds_values(&bounds, COMMAND_ID, values, IDS, error) &&
		ssm_bounds_values(&bounds, COMMAND_ID, values, IDS, error) &&
		ssm_request_plan(&set, INVOCATIONS, &bounds, &style, error);
	if (good)
	{
		good = sorted->n == IDS / 2 && set.count == IDS / 2;
		ssm_request_free(&set);
	}
	for (i = 1; check && i < sorted->n; i++)
		good = good && strcmp(sorted->values[i - 1], sorted->values[i]) < 0;
	ssm_bounds_free(&bounds);
	return good;
}

/*
 * Lists of many ids, in an order that suits nobody and with each twice: sorted,
 * intersected and sent.
 */
static void
test_lists(void)
{
	static char texts[IDS][37];
	static const char *values[IDS];
	SsmError	error;
	int			questions;
	int			wrong = 0;
	int			i;

	for (i = 0; i < IDS; i++)
	{
		snprintf(texts[i], sizeof(texts[i]), "%036d", i / 2 * 7919 % (IDS / 2));
		values[i] = texts[i];
	}
	last = INT_MAX;
	ok(take_list(values, true, &error), "sorted, and each once");
	questions = asked;
	ok(questions > 17 * IDS / SSM_CANCEL_STEPS, "asked %d times", questions);
	/* all of the last questions, some of the others */
	for (last = 1; last <= questions; last += last < questions - 10 ? questions / 20 : 1)
		wrong += take_list(values, false, &error) || error.kind != SSM_ERROR_CANCELLED || asked != last;
	is_int(wrong, 0, "ended at each question");
}

/*
 * Run all tests.
 */
int
main(void)
{
	ssm_cancel_wanted = wanted;
	test_pages();
	test_lists();
	return done_testing();
}
