/*
 * cursor.c
 *		All rows of all requests of a scan, one by one.
 *
 * Some pages are asked for at once, in the order that a schedule says, and read
 * in the order in which they come.  Asked for and unread are at most twice as many
 * as may be asked for at once, of which so many may be large: memory does not depend
 * on the number of requests or pages.  Each invocation is given once.
 */
#include "ssm/cursor.h"

#include <stdlib.h>
#include <string.h>

/* Pages of a task that may be unread while the next is asked for. */
#define AHEAD	2

/* Pages asked for at once that are worth windows where few rows may do. */
#define WIDTH_TO_CUT	4

/* A page that is asked for, or has come and is read. */
typedef struct HeldPage
{
	SsmPage		page;
	int			place;			/* of its task, which may have another
								 * meanwhile */
	int64_t		request;
	int			number;			/* among those of its request, from 1 */
	int			row;			/* next row to read */
} HeldPage;

/* Who asks: a task's paginator. */
typedef struct Asker
{
	SsmPaginator paginator;
	HeldPage   *held;			/* where its call's page will be */
	int			unread;			/* pages of this place that have come */
} Asker;

struct SsmCursor
{
	SsmCursorSetup setup;
	SsmSchedule schedule;
	bool		cut;			/* requests may be cut into windows */
	Asker	   *askers;			/* by place among the schedule's tasks */
	HeldPage   *pages;			/* npages of them */
	int			npages;
	HeldPage  **spare;			/* those in no use; the last is taken first */
	int			nspare;
	HeldPage  **unread;			/* those that have come, the first is read now */
	int			nunread;
	int			large;			/* of those */
	int			asked;			/* calls under way */
	int			read;			/* pages */
	SsmDistinct distinct;		/* the rows given */
	const SsmTerm *rejectable;	/* whose values the service may reject, or
								 * NULL */
	bool	   *rejected;		/* by its requests: one of their values is */
	bool	   *gave;			/* likewise: a row of theirs was given */
	int			nrejected;
};

/*
 * Allocate what a cursor has of each.  False if malloc fails.
 */
static bool
allocate(SsmCursor *cursor, size_t values)
{
	int			i;

	cursor->npages = 2 * cursor->setup.width;
	cursor->askers = calloc(cursor->schedule.size, sizeof(Asker));
	cursor->pages = calloc(cursor->npages, sizeof(HeldPage));
	cursor->spare = calloc(cursor->npages, sizeof(HeldPage *));
	cursor->unread = calloc(cursor->npages, sizeof(HeldPage *));
	cursor->rejected = calloc(values, sizeof(bool));
	cursor->gave = calloc(values, sizeof(bool));
	if (!cursor->askers || !cursor->pages || !cursor->spare || !cursor->unread ||
		!cursor->rejected || !cursor->gave)
		return false;
	for (i = 0; i < cursor->npages; i++)
		cursor->spare[cursor->nspare++] = &cursor->pages[i];
	return true;
}

/*
 * Make a cursor.  setup is copied, what it points to is not.  Sends nothing
 * yet.  NULL if malloc fails.
 */
SsmCursor *
ssm_cursor_create(const SsmCursorSetup *setup, SsmError *error)
{
	SsmCursor  *cursor = calloc(1, sizeof(SsmCursor));
	const SsmRequestSet *requests = setup->source.requests;
	const SsmParameter *rescanned = ssm_operation_rescanned(requests->operation);
	const SsmTerm *term = rescanned ? ssm_request_term(requests, rescanned) : NULL;
	bool		rescan = term && setup->source.invalid_instance_id == SSM_INVALID_RESCAN;
	SsmSchedulePlan plan = {requests->count, requests->range, requests->kept, setup->width,
	requests->group, requests->groups};

	if (cursor)
	{
		cursor->setup = *setup;
		cursor->rejectable = term;
		/* a value may be rejected after it gave rows: remember these */
		if (ssm_schedule_init(&cursor->schedule, &plan) &&
			allocate(cursor, term ? ssm_term_requests(term) : 1) &&
			ssm_distinct_init(&cursor->distinct, requests, &setup->places,
							  rescan || requests->overlap || cursor->schedule.cut ?
							  SSM_DISTINCT_SCAN : SSM_DISTINCT_PAGE,
							  cursor->schedule.size, setup->given, error))
		{
			setup->source.client->counters->parts += requests->count;
			cursor->cut = cursor->schedule.cut;
			cursor->distinct.only = setup->only;
			cursor->distinct.only_place = setup->only_place;
			return cursor;
		}
	}
	ssm_cursor_free(cursor);
	ssm_fail_memory(error);
	return NULL;
}

/*
 * Release a cursor, wherever it is.  NULL is ignored.
 */
void
ssm_cursor_free(SsmCursor *cursor)
{
	int			i;

	if (cursor == NULL)
		return;
	for (i = 0; cursor->askers && i < cursor->schedule.size; i++)
		ssm_paginator_free(&cursor->askers[i].paginator);
	for (i = 0; cursor->pages && i < cursor->npages; i++)
		ssm_page_free(&cursor->pages[i].page);
	free(cursor->askers);
	free(cursor->pages);
	free(cursor->spare);
	free(cursor->unread);
	free(cursor->rejected);
	free(cursor->gave);
	ssm_distinct_free(&cursor->distinct);
	ssm_schedule_free(&cursor->schedule);
	free(cursor);
}

/*
 * Is this a row to give out, not given before?  *fresh is the answer; false if
 * malloc fails.
 */
static bool
check_row(SsmCursor *cursor, const HeldPage *held, const SsmJsonValue *row, bool *fresh, SsmError *error)
{
	if (!ssm_distinct_check(&cursor->distinct, held->place, held->request, held->number, row,
							held->page.nmembers, fresh, error))
		return false;
	cursor->setup.source.client->counters->given += *fresh;
	if (*fresh && cursor->rejectable)
		cursor->gave[ssm_request_place(cursor->setup.source.requests, held->request, cursor->rejectable)] = true;
	return true;
}

/*
 * A request ended as its value was rejected: note that.
 */
static void
note_rejected(SsmCursor *cursor, const SsmPaginator *paginator)
{
	int			i = ssm_request_place(cursor->setup.source.requests, paginator->request, cursor->rejectable);

	cursor->nrejected += !cursor->rejected[i];
	cursor->rejected[i] = true;
}

/*
 * Nothing is left to read of a page: keep its memory for another.
 */
static void
put_away(SsmCursor *cursor, HeldPage *held)
{
	ssm_page_done(&held->page);
	cursor->spare[cursor->nspare++] = held;
}

/*
 * The page that is read now has been read.
 */
static void
turn_page(SsmCursor *cursor)
{
	HeldPage   *held = cursor->unread[0];

	memmove(cursor->unread, cursor->unread + 1, sizeof(HeldPage *) * --cursor->nunread);
	cursor->large -= !ssm_page_small(&held->page);
	cursor->read++;
	cursor->askers[held->place].unread--;
	ssm_schedule_hold(&cursor->schedule, held->place, false);
	put_away(cursor, held);
}

/*
 * A page of a task has come: read it after those before.  The second page of a
 * request waits until half of the first has been read, as many a query stops
 * there; and no page comes into memory beside many others of its request, or a
 * large one.
 */
static void
keep_page(SsmCursor *cursor, int place)
{
	Asker	   *asker = &cursor->askers[place];
	HeldPage   *held = asker->held;
	bool		large = !ssm_page_small(&held->page);

	held->number = asker->paginator.pages;
	held->row = 0;
	cursor->unread[cursor->nunread++] = held;
	cursor->large += large;
	asker->unread++;
	if (large || asker->unread >= AHEAD ||
		(asker->paginator.pages == 1 && cursor->schedule.tasks[place].root == NULL))
		ssm_schedule_hold(&cursor->schedule, place, true);
}

/*
 * See what has become of the page that a task has asked for.
 */
static bool
collect(SsmCursor *cursor, int place, SsmError *error)
{
	Asker	   *asker = &cursor->askers[place];
	SsmPageFacts facts = {.known = true};
	SsmPageState state = ssm_paginator_advance(&asker->paginator, error);
	SsmPage    *page = &asker->held->page;

	if (state == SSM_PAGE_PENDING || state == SSM_PAGE_FAILED)
		return state == SSM_PAGE_PENDING;
	cursor->asked--;
	if (state == SSM_PAGE_CAME)
	{
		facts = ssm_distinct_facts(&cursor->distinct, page->values, page->nrows, page->nmembers);
		facts.more = asker->paginator.token != NULL;
	}
	else if (asker->paginator.rejected)
		note_rejected(cursor, &asker->paginator);
	ssm_schedule_answer(&cursor->schedule, place, &facts);
	if (facts.rows > 0)
		keep_page(cursor, place);
	else
		put_away(cursor, asker->held);
	return true;
}

/*
 * May a page be asked for now?  Where few rows may do, not before those that came
 * have been read.
 */
static bool
may_ask(SsmCursor *cursor)
{
	SsmSchedule *schedule = &cursor->schedule;

	if (!cursor->setup.source.prefetch && cursor->nunread > 0)
		return false;
	return cursor->asked < schedule->width && cursor->asked + cursor->large < schedule->width &&
		cursor->asked + cursor->nunread < 2 * schedule->width;
}

/*
 * Few rows may do: after each batch of pages was read, ask for twice as many at
 * once, and cut nothing before it comes to some.
 */
static void
widen(SsmCursor *cursor)
{
	SsmSchedule *schedule = &cursor->schedule;
	int			width = 1;

	while (width * 2 - 1 <= cursor->read && width < cursor->setup.width)
		width *= 2;
	if (width > cursor->setup.width)
		width = cursor->setup.width;
	schedule->width = width;
	schedule->cut = cursor->cut && (width >= WIDTH_TO_CUT || width == cursor->setup.width);
}

/*
 * Ask for pages, as many as there may be.  With the last of max_requests spent, a
 * page that is not needed yet is not asked for, and one that is fails the scan.
 */
static bool
ask(SsmCursor *cursor, bool *started, SsmError *error)
{
	const SsmSource *source = &cursor->setup.source;
	const SsmCounters *counters = source->client->counters;
	SsmSchedule *schedule = &cursor->schedule;

	while (may_ask(cursor))
	{
		bool		spent = source->max_requests > 0 && counters->calls >= source->max_requests;
		const SsmTask *task;
		Asker	   *asker;
		int			place;

		if (spent && cursor->nunread + cursor->asked > 0)
			break;
		place = ssm_schedule_next(schedule);
		if (place < 0)
			break;
		if (spent)
			return ssm_fail(error, SSM_ERROR_LIMIT, "the scan needs more than max_requests (%lld) requests",
							(long long) source->max_requests);
		task = &schedule->tasks[place];
		asker = &cursor->askers[place];
		if (task->pages == 0)
			ssm_paginator_open(&asker->paginator, task->request, &task->window);
		asker->held = cursor->spare[--cursor->nspare];
		asker->held->place = place;
		asker->held->request = task->request;
		if (!ssm_paginator_ask(&asker->paginator, source, &asker->held->page, error))
			return false;
		cursor->asked++;
		*started = true;
	}
	return true;
}

/*
 * Take in the pages that have come, and ask for more.  Never waits.
 */
bool
ssm_cursor_drive(SsmCursor *cursor, SsmError *error)
{
	SsmSchedule *schedule = &cursor->schedule;
	SsmSchedule before = *schedule;
	SsmCounters *counters = cursor->setup.source.client->counters;
	bool		started;
	int			i;

	do
	{
		started = false;
		if (!ssm_loop_pump(cursor->setup.source.client->loop, error))
			return false;
		for (i = 0; i < schedule->size; i++)
			if (cursor->askers[i].paginator.call && !collect(cursor, i, error))
				return false;
		if (cursor->setup.limited)
			widen(cursor);
		if (!ask(cursor, &started, error))
			return false;
	} while (started);
	counters->parts += schedule->windows - before.windows;
	counters->parts_done += schedule->ended - before.ended;
	counters->windows += schedule->windows - before.windows;
	counters->splits += schedule->splits - before.splits;
	counters->reverted += schedule->reverted - before.reverted;
	cursor->distinct.cut = schedule->windows > 0;
	return true;
}

/*
 * Give the next row.  *row points to one value for each member of the shape
 * and holds until the next call.  Never waits: SSM_ROW_PENDING asks to come
 * back when the loop's descriptor is readable.  After SSM_ROW_FAILED only
 * ssm_cursor_free may follow.
 */
SsmRowState
ssm_cursor_next(SsmCursor *cursor, const SsmJsonValue **row, SsmError *error)
{
	HeldPage   *held;
	bool		fresh;

	for (;;)
	{
		while (cursor->nunread > 0)
		{
			held = cursor->unread[0];
			if (held->row >= held->page.nrows)
			{
				turn_page(cursor);
				if (cursor->nunread > 0 && !ssm_cursor_drive(cursor, error))
					return SSM_ROW_FAILED;
				continue;
			}
			/* reading on may be the moment to ask for the page after this */
			if (held->row == (held->page.nrows + 1) / 2)
			{
				if (cursor->askers[held->place].unread < AHEAD && ssm_page_small(&held->page))
					ssm_schedule_hold(&cursor->schedule, held->place, false);
				if (!ssm_cursor_drive(cursor, error))
					return SSM_ROW_FAILED;
			}
			*row = held->page.values + (size_t) held->row++ * held->page.nmembers;
			if (!check_row(cursor, held, *row, &fresh, error))
				return SSM_ROW_FAILED;
			if (fresh)
				return SSM_ROW;
		}
		if (!ssm_cursor_drive(cursor, error))
			return SSM_ROW_FAILED;
		if (cursor->nunread == 0)
			return ssm_schedule_ended(&cursor->schedule) ? SSM_ROW_END : SSM_ROW_PENDING;
	}
}

/*
 * After the end: the values of which the service rejected at least one in each
 * request, in *rejected, an array to be freed whose strings are the request set's.
 * False if malloc fails.
 */
bool
ssm_cursor_rejected(const SsmCursor *cursor, SsmValues *rejected, SsmError *error)
{
	const SsmTerm *term = cursor->rejectable;
	int			i;

	rejected->bound = cursor->nrejected > 0;
	rejected->n = 0;
	rejected->values = malloc(sizeof(char *) * (cursor->nrejected > 0 ? term->values.n : 1));
	if (rejected->values == NULL)
		return ssm_fail_memory(error);
	for (i = 0; cursor->nrejected > 0 && i < ssm_term_requests(term); i++)
	{
		SsmValues	batch = ssm_term_batch(term, i);

		if (!cursor->rejected[i])
			continue;
		memcpy(rejected->values + rejected->n, batch.values, sizeof(char *) * batch.n);
		rejected->n += batch.n;
	}
	return true;
}

/*
 * Rows already given that a scan without the rejected values would give again,
 * or NULL if there are none.
 */
const SsmHashSet *
ssm_cursor_given(const SsmCursor *cursor)
{
	int			i;

	for (i = 0; cursor->nrejected > 0 && i < ssm_term_requests(cursor->rejectable); i++)
		if (cursor->rejected[i] && cursor->gave[i])
			return ssm_distinct_given(&cursor->distinct);
	return NULL;
}
