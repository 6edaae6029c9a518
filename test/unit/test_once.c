/*
 * test_once.c
 *		What is remembered so that rows come once, and for how long.
 */
#include "ssm/once.h"

#include <stdio.h>
#include <string.h>

#include "invocations.h"
#include "tap.h"

#define NOW		INT64_C(1530921600)
#define WINDOWS	6
#define LENGTH	(SSM_RETAINED / WINDOWS)	/* seconds of a window */

static SsmRequestSet requests;
static SsmOnce once;
static SsmError error;

/*
 * Begin a scan cut into that many windows.
 */
static void
begin(int windows, SsmOnceScope scope)
{
	static const SsmRowPlaces places = {.key = {0, 1, -1}, .parameters = {0, 1, -1, -1, -1}, .time = 2};
	SsmRequestStyle style = {.page_size = 50, .windows = windows, .now = NOW * 1000000};
	SsmBounds	bounds = {0};

	ssm_once_free(&once);
	ssm_request_free(&requests);
	ssm_request_plan(&requests, INVOCATIONS, &bounds, &style, &error);
	ssm_once_init(&once, &requests, &places, scope, 1, NULL, &error);
}

/*
 * A request brings the n-th row, of a time: is it one to give?
 */
static bool
bring(int64_t request, int page, int n, int64_t time)
{
	char		instance[32];
	char		seconds[32];
	SsmJsonValue row[] = {
		{.text = "c", .len = 1, .kind = SSM_JSON_STRING},
		{.text = instance, .kind = SSM_JSON_STRING},
		{.text = seconds, .kind = SSM_JSON_NUMBER},
	};
	bool		fresh;

	row[1].len = snprintf(instance, sizeof(instance), "i-%08d", n);
	row[2].len = snprintf(seconds, sizeof(seconds), "%lld.5", (long long) time);
	return ssm_once_check(&once, 0, request, page, row, &fresh, &error) && fresh;
}

/*
 * Rows remembered at present.
 */
static int
remembered(void)
{
	int			n = once.pages ? once.pages[0].seen.n + once.pages[0].previous.n : 0;
	int			i;

	for (i = 0; i < SSM_MAX_WINDOWS; i++)
		n += once.windows[i].keys.n;
	return n;
}

/*
 * A plain chain remembers two pages, however many there are.
 */
static void
test_pages(void)
{
	int			fresh = 0;
	int			i;

	begin(1, SSM_ONCE_PAGE);
	for (i = 0; i < 1000; i++)
		fresh += bring(0, i / 50, i, NOW);
	is_int(fresh, 1000, "rows of 20 pages");
	is_int(remembered(), 100, "the last two are remembered");
	ok(!bring(0, 19, 999, NOW) && !bring(0, 19, 901, NOW), "their rows do not come again");
	ok(!bring(0, 20, 999, NOW) && bring(0, 20, 1000, NOW), "nor on the next page");
	ok(bring(1, 20, 999, NOW), "another request is another list");
	is_int(remembered(), 1, "which remembers nothing of the one before");
}

/*
 * Each window in turn brings the rows of its own time, and those that its filters
 * find of its neighbours'.
 */
static void
test_windows(void)
{
	int			wrong = 0;
	int			most = 0;
	int			w;

	begin(WINDOWS, SSM_ONCE_SCAN);
	for (w = 0; w < WINDOWS; w++)
	{
		int64_t		end = NOW - w * LENGTH;
		int			i;

		for (i = 0; i < 100; i++)
			wrong += !bring(w, 0, w * 1000 + i, end - 10 - i);
		wrong += w > 0 && bring(w, 0, (w - 1) * 1000 + 999, end);
		wrong += !bring(w, 0, w * 1000 + 999, end - LENGTH);
		most = remembered() > most ? remembered() : most;
		ssm_once_end(&once, w);
	}
	is_int(wrong, 0, "windows one after the other, each row once");
	ok(most <= 3 * 101, "with the rows of three remembered (%d)", most);
}

/*
 * A row from a window that it is not in says that others may come, too: at any
 * time later.
 */
static void
test_strays(void)
{
	int			w;
	int			given = 0;

	for (w = -1; w <= 1; w += 2)
	{
		int			i;

		begin(WINDOWS, SSM_ONCE_SCAN);
		given = bring(1, 0, 1, NOW - LENGTH + w * 2 * LENGTH);
		for (i = 0; i < WINDOWS; i++)
		{
			given += bring(i, 0, 1, NOW - LENGTH + w * 2 * LENGTH) + bring(i, 0, 2, NOW - 10);
			ssm_once_end(&once, i);
		}
		is_int(given, 2, "a row from every window comes once");
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_pages();
	test_windows();
	test_strays();
	ssm_once_free(&once);
	ssm_request_free(&requests);
	return done_testing();
}
