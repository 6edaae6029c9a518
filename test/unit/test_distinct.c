/*
 * test_distinct.c
 *		What is remembered so that rows come distinct, and for how long.
 */
#include "ssm/distinct.h"

#include <stdio.h>
#include <string.h>

#include "invocations.h"
#include "tap.h"

#define NOW		INT64_C(1530921600)
static SsmRequestSet requests;
static SsmDistinct distinct;
static SsmError error;

/*
 * Begin a scan.
 */
static void
begin(SsmDistinctScope scope)
{
	static const SsmRowPlaces places = {.key = {0, 1, -1}, .parameters = {0, 1, -1, -1, -1}, .time = 2};
	SsmRequestStyle style = {.page_size = 50};
	SsmBounds	bounds = {0};

	ssm_distinct_free(&distinct);
	ssm_request_free(&requests);
	ssm_request_plan(&requests, INVOCATIONS, &bounds, &style, &error);
	ssm_distinct_init(&distinct, &requests, &places, scope, 1, NULL, &error);
}

/*
 * A request brings the n-th row, of a time, or one without a key (-1): is it one to
 * give?
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

	row[1].len = n < 0 ? 0 : snprintf(instance, sizeof(instance), "i-%08d", n);
	row[2].len = snprintf(seconds, sizeof(seconds), "%lld.5", (long long) time);
	return ssm_distinct_check(&distinct, 0, request, page, row, 3, &fresh, &error) && fresh;
}

/*
 * Rows remembered at present.
 */
static int
remembered(void)
{
	int			n = distinct.pages ? distinct.pages[0].seen.n + distinct.pages[0].previous.n : distinct.keys.n;

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

	begin(SSM_DISTINCT_PAGE);
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
 * A scan that is cut remembers all rows, and those without a key by all that they
 * have.
 */
static void
test_scan(void)
{
	int			again = 0;
	int			i;

	begin(SSM_DISTINCT_SCAN);
	for (i = 0; i < 1000; i++)
		bring(0, i / 50, i, NOW);
	for (i = 0; i < 1000; i += 50)
		again += bring(0, 100, i, NOW);
	is_int(again, 0, "a scan that may be cut gives no row again");
	is_int(remembered(), 1000, "as it remembers all");
	ok(bring(0, 101, -1, NOW) && bring(0, 102, -1, NOW), "rows without a key are given as they come");
	distinct.cut = true;
	ok(bring(0, 101, -1, NOW + 1) && !bring(0, 102, -1, NOW + 1), "but once when it has been cut");
	ok(bring(0, 102, -1, NOW + 2), "each that is different");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_pages();
	test_scan();
	ssm_distinct_free(&distinct);
	ssm_request_free(&requests);
	return done_testing();
}
