/*
 * test_reject.c
 *		Ids that the service rejects.
 */
#include "drive.h"
#include "invocations.h"
#include "tap.h"

#include <stdlib.h>

#define ROWS		1300		/* of 10 nodes: 130 each */
#define ERROR(code)	"\"do\": {\"status\": 400, \"code\": \"" code "\"}}"

static Drive all;				/* every row, for comparison */

/*
 * Bind a scan to the instances of the first n rows, which are all different.
 */
static void
bind_instances(Drive *d, int n)
{
	const char *ids[10];
	int			i;

	for (i = 0; i < n; i++)
		ids[i] = all.rows[i].instance_id;
	ssm_bounds_values(&d->bounds, INSTANCE_ID, ids, n, &d->error);
}

/*
 * How many rows of the first n instances a scan did not give.
 */
static int
missing(const Drive *d, int n)
{
	int			lost = 0;
	int			i;

	for (i = 0; i < all.nrows; i++)
		if (i % 10 < n && !ssm_hashset_has(&d->keys, drive_key(&all.rows[i])))
			lost++;
	return lost;
}

/*
 * Go on with a scan that ended as a caller does: one chain without InstanceId
 * for the ids that were rejected, without the rows given already.
 */
static void
rescan(Drive *d, int want_rejected, int want_rows)
{
	Drive		again;
	SsmValues	rejected;
	int			i;

	ok(ssm_cursor_rejected(d->cursor, &rejected, &d->error), "the rejected ids");
	is_int(rejected.n, want_rejected, "their number");
	is_int(rejected.bound, want_rejected > 0, "there are some");
	for (i = 1; i < rejected.n; i++)
		ok(strcmp(rejected.values[i - 1], rejected.values[i]) < 0, "in order");
	drive_init(&again);
	again.bounds.later[INSTANCE_ID] = 1;
	again.setup.only = &rejected;
	again.setup.only_place = INSTANCE_ID;
	again.setup.given = ssm_cursor_given(d->cursor);
	ok(drive_all(&again) == SSM_ROW_END, "a scan for these without InstanceId");
	is_int(again.nrows, want_rows, "brings the rows that are missing");
	for (i = 0; i < again.nrows; i++)
		d->repeated += ssm_hashset_add(&d->keys, drive_key(&again.rows[i])) == SSM_HASHSET_PRESENT;
	is_int(d->repeated, 0, "and no other");
	drive_free(&again);
	free(rejected.values);
}

/*
 * Ids that are rejected at once, some of several.
 */
static void
test_at_once(void)
{
	Drive		d;
	int			width;

	for (width = 1; width <= 3; width += 2)
	{
		drive_configure("{\"rows\": %d, \"rejected\": [\"%s\", \"%s\"]}", ROWS,
						all.rows[1].instance_id, all.rows[4].instance_id);
		drive_init(&d);
		d.setup.width = width;
		d.setup.source.prefetch = true;
		bind_instances(&d, 5);
		ok(drive_all(&d) == SSM_ROW_END && d.nrows == 3 * 130, "two of five rejected");
		is_int(drive_stat("requests"), 3 * 3 + 2, "one request for each of these");
		is_int(d.counters.retries, 0, "not repeated");
		ok(ssm_cursor_given(d.cursor) == NULL, "no row of theirs was given");
		rescan(&d, 2, 2 * 130);
		is_int(missing(&d, 5), 0, "none is missing");
		drive_free(&d);
	}
}

/*
 * An id that is rejected when the first page has come already.
 */
static void
test_in_the_middle(void)
{
	Drive		d;
	int			prefetch;

	for (prefetch = 0; prefetch < 2; prefetch++)
	{
		drive_configure("{\"rows\": %d, \"faults\": [{\"on\": 2, " ERROR("InvalidInstanceId") "]}", ROWS);
		drive_init(&d);
		d.setup.source.prefetch = prefetch;
		bind_instances(&d, 1);
		ok(drive_all(&d) == SSM_ROW_END && d.nrows == 50, "rejected after a page");
		is_int(ssm_cursor_given(d.cursor)->n, 50, "its rows are remembered");
		ok(ssm_hashset_has(ssm_cursor_given(d.cursor), drive_key(&d.rows[0])) &&
		   ssm_hashset_has(ssm_cursor_given(d.cursor), drive_key(&d.rows[49])), "these and no others");
		rescan(&d, 1, 80);
		is_int(missing(&d, 1), 0, "none is missing");
		drive_free(&d);
	}

	/* one of several chains, the others being read on */
	drive_configure("{\"rows\": %d, \"faults\": [{\"on\": 5, " ERROR("InvalidInstanceId") "]}", ROWS);
	drive_init(&d);
	bind_instances(&d, 3);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 130 + 50 + 130, "the second of three chains");
	rescan(&d, 1, 80);
	is_int(missing(&d, 3), 0, "none is missing");
	drive_free(&d);
}

/*
 * An id that is rejected with some commands' ids and not with others': what
 * was given under the latter is not given again.
 */
static void
test_with_commands(void)
{
	const char *commands[2];
	Drive		d;

	commands[0] = all.rows[0].command_id;
	commands[1] = all.rows[10].command_id;
	ok(strcmp(commands[0], commands[1]) != 0 && strcmp(all.rows[0].instance_id, all.rows[10].instance_id) == 0,
	   "two commands that ran on one instance");
	drive_configure("{\"rows\": %d, \"faults\": [{\"on\": {\"match\": {\"CommandId\": \"%s\"}}, "
					ERROR("InvalidInstanceId") "]}", ROWS, commands[1]);
	drive_init(&d);
	bind_instances(&d, 1);
	ssm_bounds_values(&d.bounds, COMMAND_ID, commands, 2, &d.error);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 1, "rejected with one of two commands");
	ok(ssm_hashset_has(ssm_cursor_given(d.cursor), drive_key(&all.rows[0])), "the other's row is remembered");
	rescan(&d, 1, 129);
	drive_free(&d);
}

/*
 * The other ways to take it: no rows, or an error.
 */
static void
test_modes(void)
{
	SsmValues	rejected;
	Drive		d;
	int			mode;

	for (mode = SSM_INVALID_EMPTY; mode <= SSM_INVALID_ERROR; mode++)
	{
		drive_configure("{\"rows\": %d, \"rejected\": [\"%s\"]}", ROWS, all.rows[1].instance_id);
		drive_init(&d);
		d.setup.source.invalid_instance_id = mode;
		bind_instances(&d, 2);
		if (mode == SSM_INVALID_EMPTY)
		{
			ok(drive_all(&d) == SSM_ROW_END && d.nrows == 130, "empty: the other's rows");
			ok(ssm_cursor_rejected(d.cursor, &rejected, &d.error) && rejected.n == 0 && !rejected.bound,
			   "nothing to be found otherwise");
			free(rejected.values);
		}
		else
			ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_API &&
			   strcmp(d.error.code, "InvalidInstanceId") == 0, "error: an error");
		drive_free(&d);

		/* rows have come, so this is no empty result */
		drive_configure("{\"rows\": %d, \"faults\": [{\"on\": 2, " ERROR("InvalidInstanceId") "]}", ROWS);
		drive_init(&d);
		d.setup.source.invalid_instance_id = mode;
		bind_instances(&d, 1);
		ok(drive_all(&d) == SSM_ROW_FAILED && strcmp(d.error.code, "InvalidInstanceId") == 0 && d.nrows == 50,
		   "rejected after a page: an error");
		drive_free(&d);
	}
	for (mode = SSM_INVALID_RESCAN; mode <= SSM_INVALID_ERROR; mode++)
	{
		drive_configure("{\"faults\": [{\"on\": 1, " ERROR("InvalidInstanceId") "]}");
		drive_init(&d);
		d.setup.source.invalid_instance_id = mode;
		ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_API,
		   "without an InstanceId in the request: an error");
		drive_free(&d);
	}
}

/*
 * A rejected CommandId has no rows; in the middle of a chain it is an error.
 */
static void
test_commands(void)
{
	const char *ids[2];
	Drive		d;

	ids[0] = all.rows[0].command_id;
	ids[1] = all.rows[10].command_id;
	drive_configure("{\"rows\": %d, \"invalid_commands\": [\"%s\"]}", ROWS, ids[0]);
	drive_init(&d);
	ssm_bounds_values(&d.bounds, COMMAND_ID, ids, 2, &d.error);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 5, "a rejected CommandId has no rows");
	is_str(d.rows ? d.rows[0].command_id : NULL, ids[1], "the other has");
	drive_free(&d);

	drive_configure("{\"rows\": %d, \"faults\": [{\"on\": 2, " ERROR("InvalidCommandId") "]}", ROWS);
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_FAILED && d.nrows == 50, "rejected after a page: an error");
	drive_free(&d);
	drive_configure("{\"rows\": 10, \"faults\": [{\"on\": 1, " ERROR("InvalidFilterKey") "]}");
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_FAILED && strcmp(d.error.code, "InvalidFilterKey") == 0, "no other error is forgiven");
	drive_free(&d);
}

/*
 * Run all tests.
 */
int
main(void)
{
	if (!drive_server_start())
		return 1;
	drive_configure("{\"rows\": %d}", ROWS);
	drive_init(&all);
	ok(drive_all(&all) == SSM_ROW_END && all.nrows == ROWS, "all rows");
	test_at_once();
	test_in_the_middle();
	test_with_commands();
	test_modes();
	test_commands();
	drive_free(&all);
	drive_server_stop();
	return done_testing();
}
