/*
 * test_equivalence.c
 *		Every way to read gives the same rows.
 *
 * A seed decides about rows, clauses, the service's ways and how the scan asks:
 * all rows in one chain, or by lists, their product, windows, status by status,
 * with and without prefetch, the newest first.  What remains after the clauses have been checked
 * again must be exactly the rows that satisfy them.  An argument is a seed to
 * look at alone.
 */
#include "clauses.h"
#include "held.h"
#include "model_answer.h"
#include "ssm/cursor.h"
#include "invocations.h"
#include "tap.h"

#define SEEDS	4000

/* What is to be tested, so often at least. */
enum Seen
{
	ROWS, WINDOWS, SPLITS, REVERTED, PRODUCT, ONE_LIST, NO_LIST, STATUSES, LIVE, MOVED, REJECTED, LATE, EMPTY, FAILED,
	IGNORANT, TURNS, EARLY, SEEN_COUNT
};
static const struct
{
	const char *what;
	int			least;
}			wanted[SEEN_COUNT] = {
	[ROWS] = {"rows", 10000},
	[WINDOWS] = {"scans in windows", 500},
	[SPLITS] = {"scans whose windows were cut again", 100},
	[REVERTED] = {"scans that went on without windows", 20},
	[PRODUCT] = {"products of lists", 50},
	[ONE_LIST] = {"one list of two", 100},
	[NO_LIST] = {"lists left out", 100},
	[STATUSES] = {"several statuses", 100},
	[LIVE] = {"several statuses, of which some are live", 100},
	[MOVED] = {"rows that changed in a scan of these", 10000},
	[REJECTED] = {"scans with rejected instances", 100},
	[LATE] = {"rejections after some pages", 20},
	[EMPTY] = {"empty pages", 1000},
	[FAILED] = {"scans that fail", 100},
	[IGNORANT] = {"rows that came to several requests", 1000},
	[TURNS] = {"times that the newest rows were known", 3000},
	[EARLY] = {"rows given before the end, the newest first", 10000},
};
static int	seen[SEEN_COUNT];

/* Ways to read. */
typedef enum Way
{
	PLAIN,						/* in one chain */
	ANY,
	NEWEST						/* the newest rows first */
} Way;

/*
 * Add a list of ids, some of which have no rows, repeat or are none.
 */
static void
add_ids(Clauses *clauses, int key, void (*id) (char *, int), int count)
{
	int			n = pick(3) ? 1 + pick(MOST - 1) : 1;

	while (n-- > 0)
	{
		char		text[40] = "none";

		if (pick(20))
			id(text, pick(count + 2));
		add_value(clauses, key, text);
	}
}

/*
 * Choose clauses.  The service must be able to find what they say: one that
 * compares details finds a status only if it is asked for them, too.
 */
static void
choose_clauses(Clauses *clauses, const SsmRequestStyle *style)
{
	int			i;

	memset(clauses, 0, sizeof(*clauses));
	if (pick(5) < 2)
		add_ids(clauses, COMMAND_ID, model_command, COMMANDS);
	if (pick(5) < 2)
		add_ids(clauses, INSTANCE_ID, model_instance, INSTANCES);
	for (i = pick(3) * pick(3); i > 0; i--)
		add_value(clauses, STATUS, states[pick(lengthof(states))].status);
	for (i = FINAL_STATES; i < lengthof(states) && model.moves; i++)
		add_value(clauses, STATUS, states[i].status);
	if (pick(8) == 0)
		add_value(clauses, STATUS_DETAILS, states[3 + pick(7)].details);
	if (pick(6) == 0)
		add_value(clauses, DOCUMENT_NAME, documents[pick(lengthof(documents))]);
	if (pick(3) == 0)
		clauses->lower = (SsmTimeBound) {true, pick(2), pick_time()};
	if (pick(3) == 0)
		clauses->upper = (SsmTimeBound) {true, pick(2), pick_time()};
	model.by_status = !clauses->bound[STATUS_DETAILS] && pick(3) == 0;
	model.by_details = !model.by_status && style->status_filter == SSM_STATUS_EXPANDED && pick(2);
}

/*
 * Read all of a cursor, and count how often each row came.
 */
static SsmRowState
read_pager(SsmCursor *cursor, int *times, SsmError *error)
{
	const SsmJsonValue *row;
	SsmRowState state;
	Held		held = {.last = INT64_MAX};

	while ((state = ssm_cursor_next(cursor, &row, error)) < SSM_ROW_END)
	{
		char		text[200];

		if (state == SSM_ROW_TURN)
		{
			seen[TURNS]++;
			seen[EARLY] += held_give(&held, ssm_cursor_ready(cursor));
		}
		if (state != SSM_ROW)
			continue;
		text[ssm_json_text(&row[2], text)] = '\0';

		times[atoi(text)]++;
		held_add(&held, atoi(text));
	}
	held_give(&held, INT64_MIN);
	return state;
}

/*
 * What the requests are tells what is being tested.
 */
static void
note_requests(const SsmRequestSet *requests)
{
	const SsmTerm *commands = ssm_request_term(requests, &INVOCATIONS->parameters[COMMAND_ID]);
	const SsmTerm *instances = ssm_request_term(requests, &INVOCATIONS->parameters[INSTANCE_ID]);
	const SsmTerm *status = ssm_request_term(requests, &INVOCATIONS->parameters[STATUS]);
	bool		left_out = requests->left_out[COMMAND_ID] || requests->left_out[INSTANCE_ID];

	seen[PRODUCT] += commands && instances && commands->values.n > 1 && instances->values.n > 1;
	seen[ONE_LIST] += left_out && (commands || instances);
	seen[NO_LIST] += left_out && !commands && !instances;
	seen[STATUSES] += status && status->values.n > 1;
	seen[LIVE] += status && status->live > 0;
}

/*
 * Read the rows within bounds, and those of rejected instances as the FDW does:
 * by the same bounds without them.
 */
static SsmRowState
scan(SsmCursorSetup *setup, SsmBounds *bounds, SsmRequestStyle *style, int *times)
{
	SsmRequestSet requests;
	SsmRequestSet without;
	SsmValues	rejected = {0};
	SsmRowState state = SSM_ROW_FAILED;
	SsmCursor  *cursor = NULL;
	SsmCursor  *again = NULL;
	SsmError	error;

	if (!ssm_request_plan(&requests, INVOCATIONS, bounds, style, &error))
		return SSM_ROW_FAILED;
	note_requests(&requests);
	setup->source.requests = &requests;
	cursor = ssm_cursor_create(setup, &error);
	state = read_pager(cursor, times, &error);
	if (state == SSM_ROW_END && ssm_cursor_rejected(cursor, &rejected, &error) && rejected.n > 0)
	{
		seen[REJECTED]++;
		bounds->values[INSTANCE_ID].bound = false;
		style->limit = 0;
		if (ssm_request_plan(&without, INVOCATIONS, bounds, style, &error))
		{
			setup->source.requests = &without;
			setup->only = &rejected;
			setup->only_place = INSTANCE_ID;
			setup->given = ssm_cursor_given(cursor);
			again = ssm_cursor_create(setup, &error);
			state = read_pager(again, times, &error);
			ssm_cursor_free(again);
			ssm_request_free(&without);
		}
	}
	ssm_cursor_free(cursor);
	ssm_request_free(&requests);
	free(rejected.values);
	return state;
}

/*
 * Choose how to ask.
 */
static void
choose_ways(SsmCursorSetup *setup, SsmRequestStyle *style, int64_t lag)
{
	memset(style, 0, sizeof(*style));
	style->status_filter = pick(3);
	style->slack = lag;
	style->page_size = 1 + pick(pick(3) ? 6 : 50);
	style->limit = pick(4) ? 0 : 1 + pick(50);
	style->now = pick(6) == 0 ? 0 : NOW + (pick(3) ? 0 : (pick(9) - 4) * 9 * DAY);
	model.mode = setup->source.invalid_instance_id = pick(4) ? SSM_INVALID_RESCAN : 1 + pick(2);
	style->must = model.mode != SSM_INVALID_RESCAN ? 1u << INSTANCE_ID : 0;
	if (pick(3))
		style->estimate = (SsmEstimate)
	{
		1 + pick(300),
		{
			1.0 / (1 + pick(10)), 1.0 / (1 + pick(10))
		}
	};
	setup->width = 1 + pick(8);
	setup->source.prefetch = pick(2);
	setup->limited = pick(4) == 0;
	setup->slack = lag;
	setup->now = style->now;
	setup->wanted = pick(3) ? pick(30) : 0;
}

/*
 * All in one chain, but for the range of time.
 */
static void
be_plain(SsmCursorSetup *setup, SsmRequestStyle *style)
{
	style->status_filter = SSM_STATUS_OFF;
	style->now = 0;
	style->limit = 0;
	style->estimate.rows = 0;
	setup->width = 1;
	setup->source.prefetch = false;
	setup->limited = false;
}

/*
 * May the row come?  Not if it does not satisfy the clauses, nor if its instance
 * was named and rejected, and that means that it has no rows.
 */
static bool
is_wanted(const Clauses *clauses, const ModelRow *row)
{
	bool		rejected = clauses->bound[INSTANCE_ID] && !clauses->plain &&
	!(model.ignored & IGNORES_INSTANCE) && model.rejected[atoi(row->instance + 2)] == 1;

	return satisfies(clauses, row, true) && !(rejected && model.mode == SSM_INVALID_EMPTY);
}

/*
 * Judge how a scan ended, and how often each row came.  NULL if all is well.
 */
static const char *
judge(const Clauses *clauses, bool failed, const int *times)
{
	int			i;

	if (model.complaint)
		return model.complaint;
	if (model.must_fail != failed)
		return failed ? "it failed" : "it did not fail";
	for (i = 0; i < model.nrows; i++)
	{
		bool		want = is_wanted(clauses, &model.rows[i]);

		seen[ROWS] += want;
		if (times[i] > 1 && satisfies(clauses, &model.rows[i], false))
			return "a row came twice";
		if (want && times[i] == 0 && !failed)
			return "a row is missing";
		if (!want && times[i] > 0 && satisfies(clauses, &model.rows[i], true))
			return "a row came that must not";
	}
	return NULL;
}

/*
 * One seed.  NULL if all is well.
 */
static const char *
run(uint64_t seed, SsmLoop *loop, Way way)
{
	static const char *const members[] = {"CommandId", "InstanceId", "Comment", "Status", "StatusDetails", "RequestedDateTime"};
	static const SsmPageShape shape = {"CommandInvocations", "NextToken", members, lengthof(members)};
	int64_t		lag = seed % 2 ? DAY : 0;
	SsmCounters counters = {0};
	SsmClient	client = {.loop = loop, .counters = &counters};
	SsmCursorSetup setup = {
		.source = {.client = &client, .shape = &shape},
		.places = {
			.key = {0, 1, -1},
			.parameters = {
				[COMMAND_ID] = 0, [INSTANCE_ID] = 1, [DOCUMENT_NAME] = -1,
				[STATUS] = 3, [STATUS_DETAILS] = 4
			},
			.time = 5
		}
	};
	SsmRequestStyle style;
	Clauses		clauses;
	SsmBounds	bounds;
	SsmRowState state;
	int			times[MAX_ROWS] = {0};
	int			live = seen[LIVE];

	model_create(seed, lag);
	choose_ways(&setup, &style, lag);
	choose_clauses(&clauses, &style);
	clauses.plain = way != ANY;
	setup.newest = way == NEWEST;
	if (way == PLAIN)
		be_plain(&setup, &style);
	bounds = bind_clauses(&clauses);
	state = scan(&setup, &bounds, &style, times);
	ssm_bounds_free(&bounds);
	seen[LATE] += model.late;
	seen[EMPTY] += model.empty;
	seen[MOVED] += seen[LIVE] > live ? model.moved : 0;
	seen[FAILED] += model.must_fail;
	seen[WINDOWS] += counters.windows > 0;
	seen[SPLITS] += counters.splits > 0;
	seen[REVERTED] += counters.reverted > 0;
	seen[IGNORANT] += model.ignored ? model.again : 0;
	return judge(&clauses, state == SSM_ROW_FAILED, times);
}

/*
 * Run all seeds, or the one given.
 */
int
main(int argc, char **argv)
{
	SsmError	error;
	SsmLoop    *loop = ssm_loop_create(&error);
	uint64_t	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
	uint64_t	last = argc > 1 ? seed : SEEDS;
	int			wrong = 0;
	int			i;

	for (; seed <= last; seed++)
	{
		for (i = PLAIN; i <= NEWEST; i++)
		{
			static const char *const ways[] = {", plain", "", ", newest first"};
			const char *what = run(seed, loop, i);

			if (what)
				printf("# seed %llu%s: %s\n", (unsigned long long) seed, ways[i], what);
			wrong += what != NULL;
		}
	}
	ssm_loop_free(loop);
	is_int(wrong, 0, "seeds for which some way to read gives other rows");
	for (i = 0; i < SEEN_COUNT && argc == 1; i++)
		ok(seen[i] >= wanted[i].least, "%s: %d", wanted[i].what, seen[i]);
	return done_testing();
}
