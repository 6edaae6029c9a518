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
	SsmSchedule told;			/* as far as the counters know */
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
	SsmRejected rejected;
	SsmNewest	newest;			/* if they come first */
	bool		turned;			/* its reader knows how far it is */
};

/*
 * Allocate what a cursor has of each.  False if malloc fails.
 */
static bool
allocate(SsmCursor *cursor)
{
	int			i;

	cursor->npages = 2 * cursor->setup.width;
	cursor->askers = calloc(cursor->schedule.size, sizeof(Asker));
	cursor->pages = calloc(cursor->npages, sizeof(HeldPage));
	cursor->spare = calloc(cursor->npages, sizeof(HeldPage *));
	cursor->unread = calloc(cursor->npages, sizeof(HeldPage *));
	if (!cursor->askers || !cursor->pages || !cursor->spare || !cursor->unread)
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
	SsmSchedulePlan plan = {requests->count, requests->range, requests->kept, setup->width,
	requests->group, requests->groups};
	SsmNewestPlan newest = {requests->range, setup->slack, setup->now, setup->wanted, requests->page_size, setup->width};
	bool		ok;

	if (cursor)
	{
		cursor->setup = *setup;
		/* else all is read before the first row can be given */
		plan.newest = setup->newest && plan.kept.from < plan.kept.to && plan.requests <= SSM_NEWEST_REQUESTS &&
			plan.groups == 0;
		ssm_newest_init(&cursor->newest, &newest);
		ok = ssm_schedule_init(&cursor->schedule, &plan) && allocate(cursor) &&
			ssm_rejected_init(&cursor->rejected, requests);
		/* a value may be rejected after it gave rows: remember these */
		if (ok && ssm_distinct_init(&cursor->distinct, requests, &setup->places,
									requests->overlap || cursor->schedule.cut || plan.newest ||
									(cursor->rejected.term && setup->source.invalid_instance_id == SSM_INVALID_RESCAN) ?
									SSM_DISTINCT_SCAN : SSM_DISTINCT_PAGE,
									cursor->schedule.size, setup->given, error))
		{
			setup->source.client->counters->parts += requests->count;
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
	ssm_rejected_free(&cursor->rejected);
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
	if (*fresh)
		ssm_rejected_gave(&cursor->rejected, held->request);
	return true;
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
 * A page of a task has come: read it after those cursor->told.  The second page of a
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
		facts = ssm_distinct_facts(&cursor->distinct, page->values, page->nrows, page->nmembers,
								   cursor->schedule.plan.newest ? &cursor->newest : NULL);
		facts.more = asker->paginator.token != NULL;
	}
	else if (asker->paginator.rejected)
		ssm_rejected_note(&cursor->rejected, asker->paginator.request);
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
			ssm_schedule_widen(schedule, cursor->read);
		if (!ask(cursor, &started, error))
			return false;
	} while (started);
	counters->parts += schedule->windows - cursor->told.windows;
	counters->parts_done += schedule->ended - cursor->told.ended;
	counters->windows += schedule->windows - cursor->told.windows;
	counters->splits += schedule->splits - cursor->told.splits;
	counters->reverted += schedule->reverted - cursor->told.reverted;
	cursor->told = *schedule;
	cursor->distinct.cut = schedule->windows > 0;
	return true;
}

/*
 * Give the next row of the pages that have come; SSM_ROW_PENDING if they have been
 * read.
 */
static SsmRowState
read_pages(SsmCursor *cursor, const SsmJsonValue **row, SsmError *error)
{
	HeldPage   *held;
	bool		fresh;

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
	return SSM_ROW_PENDING;
}

/*
 * Nothing is under way, as older rows are to be asked for: do so, but before that
 * let the reader know, once, that newer ones can be given.
 */
static SsmRowState
turn(SsmCursor *cursor)
{
	cursor->turned = cursor->newest.open && !cursor->turned;
	if (cursor->turned)
		return SSM_ROW_TURN;
	ssm_newest_next(&cursor->newest, &cursor->schedule);
	return SSM_ROW_PENDING;
}

/*
 * Give the next row.  *row points to one value for each member of the shape
 * and holds until the next call.  Never waits: SSM_ROW_PENDING asks to come
 * back when the loop's descriptor is readable.  After SSM_ROW_FAILED only
 * ssm_cursor_free may follow.  Where the newest rows come first, they come in any
 * order until SSM_ROW_TURN, or the end, tells that some can be sorted: older ones
 * come by further calls.
 */
SsmRowState
ssm_cursor_next(SsmCursor *cursor, const SsmJsonValue **row, SsmError *error)
{
	SsmRowState state;

	for (;;)
	{
		state = read_pages(cursor, row, error);
		if (state != SSM_ROW_PENDING)
			return state;
		if (!ssm_cursor_drive(cursor, error))
			return SSM_ROW_FAILED;
		if (cursor->nunread > 0)
			continue;
		if (ssm_schedule_ended(&cursor->schedule))
			return SSM_ROW_END;
		if (!ssm_schedule_waits(&cursor->schedule))
			return SSM_ROW_PENDING;
		if (turn(cursor) == SSM_ROW_TURN)
			return SSM_ROW_TURN;
	}
}

/*
 * After SSM_ROW_TURN: the time, in microseconds since 1970, from which on all rows
 * have been given.
 */
int64_t
ssm_cursor_ready(const SsmCursor *cursor)
{
	return ssm_newest_ready(&cursor->newest, &cursor->schedule);
}

/*
 * After the end: the rejected values, as ssm_rejected_values.
 */
bool
ssm_cursor_rejected(const SsmCursor *cursor, SsmValues *values, SsmError *error)
{
	return ssm_rejected_values(&cursor->rejected, values, error);
}

/*
 * Rows already given that a scan without the rejected values would give again,
 * or NULL if there are none.
 */
const SsmHashSet *
ssm_cursor_given(const SsmCursor *cursor)
{
	return ssm_rejected_any_gave(&cursor->rejected) ? ssm_distinct_given(&cursor->distinct) : NULL;
}
