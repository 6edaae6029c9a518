/*
 * test_pager.c
 *		Scans of the stand-in service that succeed, and their pages.
 */
#include "drive.h"
#include "base/array.h"
#include "invocations.h"
#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

/*
 * Scan all rows, which should be that many by so many requests, each once.
 */
static void
scan_all(int rows, int requests, const char *name)
{
	Drive		d;

	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == rows && d.repeated == 0,
	   "%s: %d rows, each once (%d, %d repeated)", name, rows, d.nrows, d.repeated);
	is_int(d.counters.requests, requests, "requests");
	is_int(d.counters.pages, requests, "pages");
	is_int(d.counters.retries + d.counters.throttles, 0, "none twice");
	is_int(d.attempts, requests, "attempts in the log");
	ok(d.counters.bytes > 0, "bytes");
	is_int(drive_stat("requests"), requests, "the service counts as many");
	is_int(drive_stat("invalid"), 0, "and refuses none");
	drive_free(&d);
}

/*
 * The bodies of a chain: the same again and again, with the token of the page
 * before.
 */
static void
test_bodies(void)
{
	json_t	   *log = drive_log();
	json_t	   *first = json_object_get(json_array_get(log, 0), "body");
	json_t	   *second = json_object_get(json_array_get(log, 1), "body");
	json_t	   *third = json_object_get(json_array_get(log, 2), "body");
	const char *token2 = json_string_value(json_object_get(second, "NextToken"));
	const char *token3 = json_string_value(json_object_get(third, "NextToken"));

	ok(json_object_get(first, "NextToken") == NULL, "no token to begin with");
	ok(token2 && token3 && strcmp(token2, token3) != 0, "another one each time");
	json_object_del(second, "NextToken");
	json_object_del(third, "NextToken");
	ok(json_equal(first, second) && json_equal(first, third), "and otherwise the same body");
	json_decref(log);
}

/*
 * Pages full, short and empty, with and without rows that come again, and all
 * the ways in which the last says so.
 */
static void
test_pages(void)
{
	drive_configure("{\"rows\": 130}");
	scan_all(130, 3, "three pages");
	test_bodies();
	drive_configure("{\"rows\": 100}");
	scan_all(100, 2, "two full pages");
	drive_configure("{\"rows\": 0}");
	scan_all(0, 1, "no row");
	drive_configure("{\"rows\": 130, \"last_token\": \"null\"}");
	scan_all(130, 3, "null instead of a token");
	drive_configure("{\"rows\": 130, \"last_token\": \"empty\"}");
	scan_all(130, 3, "an empty token");
	drive_configure("{\"rows\": 144, \"repeat_rows\": 3}");
	scan_all(144, 3, "pages that repeat rows");
	drive_configure("{\"rows\": 130, \"faults\": [{\"on\": \"all\", \"do\": {\"token_bytes\": 20000}}]}");
	scan_all(130, 3, "long tokens");
	drive_configure("{\"rows\": 130, \"faults\": [{\"on\": \"all\", \"do\": {\"chunked\": true, "
					"\"merge\": {\"New\": [{\"CommandInvocations\": 1}]}, \"rows_patch\": {\"New\": {}}}}]}");
	scan_all(130, 3, "chunked bodies with unknown members");
	drive_configure("{\"rows\": 130, \"faults\": [{\"on\": [2], \"do\": {\"drip\": 200000}}]}");
	scan_all(130, 3, "a body that comes in pieces");
}

/*
 * How many of the rows read have a status, or details.
 */
static int
count_status(const Drive *d, const char *status, const char *details)
{
	int			n = 0;
	int			i;

	for (i = 0; i < d->nrows; i++)
		n += strcmp(d->rows[i].status, status) == 0 || strcmp(d->rows[i].details, details) == 0;
	return n;
}

/*
 * Filters that leave few rows of a page, or none, end no scan.
 */
static void
test_filters(void)
{
	static const char *const values[] = {"Failed", "TimedOut", "Undeliverable", "InvalidPlatform"};
	Drive		all;
	Drive		d;
	size_t		i;

	drive_configure("{\"rows\": 400}");
	drive_init(&all);
	ok(drive_all(&all) == SSM_ROW_END && all.nrows == 400, "all rows");
	for (i = 0; i < lengthof(values); i++)
	{
		const char *value = values[i];

		drive_configure("{\"rows\": 400, \"short_pages\": true}");
		drive_init(&d);
		ssm_bounds_values(&d.bounds, STATUS, &value, 1, &d.error);
		ok(drive_all(&d) == SSM_ROW_END && d.repeated == 0, "those of status %s", value);
		is_int(d.nrows, count_status(&all, value, value), "as many as there are");
		ok(d.counters.pages > 8, "in many pages (%d)", (int) d.counters.pages);
		drive_free(&d);
	}
	is_int(count_status(&all, values[3], values[3]), 0, "the last had no rows at all");

	/* requests that overlap */
	drive_configure("{\"rows\": 400}");
	drive_init(&d);
	d.style.status_filter = SSM_STATUS_EXPANDED;
	d.setup.width = 3;
	ssm_bounds_values(&d.bounds, STATUS, (const char **) values, 1, &d.error);
	ok(drive_all(&d) == SSM_ROW_END && d.requests.count == 5, "five requests for one status");
	is_int(d.repeated, 0, "bring no row twice");
	is_int(d.nrows, count_status(&all, "Failed", "Terminated"), "and all of them");
	drive_free(&d);
	drive_free(&all);
}

/*
 * Rows are told apart by their key, and those without are all given.
 */
static void
test_keys(void)
{
	Drive		d;

	drive_configure("{\"rows\": 130, \"faults\": [{\"on\": \"all\", \"do\": {\"rows_patch\": "
					"{\"InstanceId\": null}}}]}");
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 130, "rows without a key are all given");
	drive_free(&d);
	drive_configure("{\"rows\": 130, \"faults\": [{\"on\": \"all\", \"do\": {\"rows_patch\": "
					"{\"InstanceId\": \"i\", \"CommandId\": \"c\"}}}]}");
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 1, "of rows with one key only the first is");
	drive_free(&d);
}

/*
 * When pages are asked for, by the service's own count.
 */
static void
test_prefetch(void)
{
	Drive		d;

	drive_configure("{\"rows\": 230}");
	drive_init(&d);
	d.setup.source.prefetch = true;
	ok(drive_open(&d) && drive_read(&d, 25) == SSM_ROW, "half of the first page, with prefetch");
	usleep(50000);
	is_int(drive_stat("requests"), 1, "one request");
	ok(drive_read(&d, 1) == SSM_ROW && drive_stat_becomes("requests", 2), "one row more: another");
	ok(drive_read(&d, 24) == SSM_ROW, "the rest of the page");
	usleep(50000);
	is_int(drive_stat("requests"), 2, "no further one");
	ok(drive_read(&d, 1) == SSM_ROW && drive_stat_becomes("requests", 3), "the second page: the third, at once");
	ok(drive_read(&d, 50) == SSM_ROW && drive_stat_becomes("requests", 4), "the third page: the fourth");
	ok(drive_read(&d, 1000) == SSM_ROW_END && d.nrows == 230, "to the end");
	is_int(drive_stat("requests"), 5, "in five requests");
	is_int(drive_stat("connections"), 1, "over one connection");
	is_int(drive_stat("peak_in_flight"), 1, "never two at once");
	drive_free(&d);

	drive_configure("{\"rows\": 130}");
	drive_init(&d);
	ok(drive_open(&d) && drive_read(&d, 50) == SSM_ROW, "the first page, without prefetch");
	usleep(50000);
	is_int(drive_stat("requests"), 1, "one request");
	ok(drive_read(&d, 1) == SSM_ROW && drive_stat("requests") == 2, "one row more: another");
	drive_free(&d);
}

/*
 * Many chains, some at once.
 */
static void
test_width(void)
{
	Drive		all;
	Drive		d;
	const char *ids[20];
	int			found = 0;
	int			i;

	drive_configure("{\"rows\": 2400, \"nodes\": 20}");
	drive_init(&all);
	ok(drive_all(&all) == SSM_ROW_END && all.nrows == 2400, "20 nodes with 120 rows each");
	for (i = 0; i < 20; i++)
		ids[i] = all.rows[i].instance_id;

	drive_configure("{\"rows\": 2400, \"nodes\": 20, \"page_latency\": 0.02, \"repeat_rows\": 2}");
	drive_init(&d);
	d.setup.source.prefetch = true;
	d.setup.width = 4;
	ssm_bounds_values(&d.bounds, INSTANCE_ID, ids, 20, &d.error);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 2400 && d.repeated == 0, "all of them by id, each once");
	for (i = 0; i < all.nrows; i++)
		found += ssm_hashset_has(&d.keys, drive_key(&all.rows[i]));
	is_int(found, 2400, "none missing");
	is_int(drive_stat("requests"), 60, "three requests for each id");
	is_int(drive_stat("invalid"), 0, "all valid");
	i = drive_stat("peak_in_flight");
	ok(i >= 2 && i <= 4, "two to four at once (%d)", i);
	i = drive_stat("connections");
	ok(i >= 2 && i <= 4, "over as many connections (%d)", i);
	drive_close(&d);

	/* more chains than requests; the same loop again */
	d.nrows = 0;
	ssm_hashset_clear(&d.keys);
	d.setup.width = 64;
	ssm_bounds_values(&d.bounds, INSTANCE_ID, ids, 2, &d.error);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 240, "more chains than requests");
	drive_close(&d);

	/* none at all */
	drive_configure("{}");
	d.bounds.impossible = true;
	d.nrows = 0;
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 0, "a contradiction");
	is_int(drive_stat("requests"), 0, "makes no request");
	drive_free(&d);
	drive_free(&all);
}

/*
 * A scan that needs more than max_requests fails; repeats are not counted, nor
 * pages that are only prefetched.
 */
static void
test_max_requests(void)
{
	Drive		d;
	int			prefetch;

	for (prefetch = 0; prefetch < 2; prefetch++)
	{
		drive_configure("{\"rows\": 130}");
		drive_init(&d);
		d.setup.source.prefetch = prefetch;
		d.setup.source.max_requests = 2;
		ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_LIMIT, "two requests are not enough");
		is_int(d.nrows, 100, "for more than 100 rows");
		ok(strstr(d.error.message, "max_requests (2)") != NULL, "the message names the limit");
		is_int(drive_stat("requests"), 2, "no third one is made");
		drive_free(&d);

		drive_configure("{\"rows\": 130, \"faults\": [{\"on\": [1, 3], \"do\": {\"status\": 503}}]}");
		drive_init(&d);
		d.setup.source.prefetch = prefetch;
		d.setup.source.max_requests = 3;
		ok(drive_all(&d) == SSM_ROW_END && d.nrows == 130, "three are");
		is_int(drive_stat("requests"), 5, "besides those that failed");
		drive_free(&d);
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	if (!drive_server_start())
		return 1;
	test_pages();
	test_filters();
	test_keys();
	test_prefetch();
	test_width();
	test_max_requests();
	drive_server_stop();
	return done_testing();
}
