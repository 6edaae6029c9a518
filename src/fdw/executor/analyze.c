/*
 * analyze.c
 *		ANALYZE by a few pages.
 *
 * The first page is asked for as it comes: the newest rows.  If it is not all,
 * each of the other pages begins at another point of the 30 days that the API
 * keeps, so that the sample has old and new rows.  How many rows there are
 * follows from how much time the pages cover.  Three things are not documented
 * and found out on the way: that the newest rows come first (if not, pages
 * cover no time), that time filters save reading (if not, the other pages are
 * the next of the first list), and that 30 days are kept at all.  An operation whose
 * rows have no time is read from its start.
 *
 * Rows come in bursts, as a command goes to many nodes at once.  A page that has but
 * a part of one does not show how large it is.  So some pages are spent on reading on
 * where the first such page ends, to count its burst's rows.
 */
#include "postgres.h"

#include "fdw/executor/analyze.h"

#include <math.h>

#include "executor/tuptable.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"

#include "fdw/executor/bound.h"
#include "fdw/executor/column.h"
#include "fdw/executor/fetch.h"
#include "fdw/field.h"
#include "fdw/planner/bind.h"
#include "fdw/planner/cost.h"
#include "fdw/report.h"

/* A range of time, in microseconds since 1970: from lower to before upper. */
typedef struct Span
{
	int64		lower;			/* PG_INT64_MIN: open */
	int64		upper;			/* PG_INT64_MAX: open */
} Span;

static const Span everything = {PG_INT64_MIN, PG_INT64_MAX};

/* What a page told. */
typedef struct Reading
{
	double		rows;			/* inside the span */
	int64		newest;			/* of the rows, or the span's end */
	int64		oldest;
	char	   *token;			/* of the page after it, or NULL; palloc'ed */
} Reading;

typedef struct Sample
{
	Relation	rel;
	ForeignServer *server;
	SsmOptions *options;
	SsmFetch   *fetch;
	SsmColumnMap *columns;
	bool		details;		/* a column needs them */
	int64		now;			/* microseconds since 1970 */
	MemoryContext cxt;			/* of all this */
	MemoryContext page_cxt;		/* reset for each page */
	/* the rows */
	MemoryContext rows_cxt;		/* ANALYZE's */
	TupleTableSlot *slot;
	HeapTuple  *rows;
	int			size;
	int			nrows;
	int64		bytes;			/* of these */
	/* how many there may be */
	double		read;			/* in what was read whole */
	double		part_rows;		/* in what was read in part */
	int64		part_time;		/* covered by these */
	double		bursts;			/* of which a page has a part */
	int64		burst_time;		/* from each to the end of its span, in sum */
	double		burst_rows;		/* of one, as far as they were counted */
	int64		burst_cycle;	/* from that one to the next; 0: not known */
	int64		left;			/* microseconds of which not all is read */
	bool		more;			/* not all is read */
	bool		unordered;		/* the newest do not come first, if any is */
} Sample;

/*
 * Add a row to the sample, if it has room: no more bytes than an answer may have,
 * as the rows of all pages are held at once.
 */
static void
add_row(Sample *sample, const SsmJsonValue *row)
{
	if (sample->nrows == sample->size || sample->bytes > sample->options->max_response_size)
		return;
	ssm_column_fill(sample->columns, row, sample->slot);
	MemoryContextSwitchTo(sample->rows_cxt);
	sample->rows[sample->nrows++] = ExecCopySlotHeapTuple(sample->slot);
	sample->bytes += sample->rows[sample->nrows - 1]->t_len;
	MemoryContextSwitchTo(sample->page_cxt);
	ExecClearTuple(sample->slot);
}

/*
 * Take a page's rows whose time, which has that place in a row (-1: none), is
 * inside the span (filters are a second or more wider), and see whether the page begins with
 * the newer ones: those of its first half.
 */
static Reading
take_rows(Sample *sample, const SsmPage *page, int time, const Span *span)
{
	int64		upper = Min(span->upper, sample->now);
	int64		oldest[2] = {upper, upper}; /* in each half */
	int64		newest[2] = {PG_INT64_MIN, PG_INT64_MIN};
	Reading		reading = {0};
	int			i;

	for (i = 0; i < page->nrows; i++)
	{
		const SsmJsonValue *row = page->values + (size_t) i * page->nmembers;
		int			half = i * 2 / page->nrows;
		int64		at;

		if (time >= 0 && ssm_json_epoch(&row[time], &at))
		{
			if (at < span->lower || at >= span->upper)
				continue;
			oldest[half] = Min(oldest[half], at);
			newest[half] = Max(newest[half], at);
		}
		reading.rows++;
		add_row(sample, row);
	}
	reading.oldest = Min(oldest[0], oldest[1]);
	reading.newest = Max(newest[0], newest[1]);
	if (reading.newest == PG_INT64_MIN)
		reading.newest = upper;
	if (newest[1] > oldest[0] && newest[1] - oldest[0] > (upper - reading.oldest) / 2)
		sample->unordered = true;
	return reading;
}

/*
 * Ask for a page of the rows in a span of time.  It and the current memory context
 * hold until the next one.  *time is the place of the time in its rows, or -1.
 */
static const SsmPage *
fetch_page(Sample *sample, const Span *span, const char *token, int *time)
{
	SsmSpec		spec = {.details = sample->details, .limited = true};
	SsmBinding *binding;
	const SsmPage *page;
	const SsmPageShape *shape;
	SsmError	error;
	SsmRowPlaces places;

	MemoryContextReset(sample->page_cxt);
	MemoryContextSwitchTo(sample->page_cxt);
	binding = ssm_bind_create(sample->options->operation);
	if (span->lower != PG_INT64_MIN)
		ssm_bounds_lower(&binding->bounds, span->lower, false);
	if (span->upper != PG_INT64_MAX)
		ssm_bounds_upper(&binding->bounds, span->upper, false);
	ssm_bind_finish(binding, sample->options, &spec);
	shape = ssm_column_shape(sample->columns, &places);
	*time = places.time;
	page = ssm_fetch_page(sample->fetch, &binding->requests, token, shape, &error);
	if (page == NULL)
		ssm_report(&error, sample->options->operation->name, sample->server->servername);
	return page;
}

/*
 * Take a page of the rows in a span of time.
 */
static Reading
read_page(Sample *sample, const Span *span, const char *token)
{
	int			time;
	const SsmPage *page = fetch_page(sample, span, token, &time);
	Reading		reading = take_rows(sample, page, time, span);

	MemoryContextSwitchTo(sample->cxt);
	reading.token = page->token ? pstrdup(page->token) : NULL;
	return reading;
}

/*
 * Count the rows of the burst in which a page of a span ends, by at most so many more
 * pages.  Its rows are closer to its newest than that is to the span's end.  They do
 * not go into the sample, which would have too many of one command.  Returns how many
 * pages were read.
 */
static int
count_burst(Sample *sample, const Span *span, const Reading *reading, int most)
{
	int64		lower = reading->newest - (span->upper - reading->newest);
	char	   *token = reading->token;
	int			pages = 0;

	sample->burst_rows = reading->rows;
	while (token && sample->burst_cycle == 0 && pages < most)
	{
		int			time;
		const SsmPage *page = fetch_page(sample, span, token, &time);
		int			i;

		pages++;
		for (i = 0; i < page->nrows; i++)
		{
			int64		at;

			if (!ssm_json_epoch(&page->values[(size_t) i * page->nmembers + time], &at))
				continue;
			if (at >= lower)
				sample->burst_rows++;
			else if (sample->burst_cycle == 0)
				sample->burst_cycle = reading->newest - at;
		}
		MemoryContextSwitchTo(sample->cxt);
		token = page->token ? pstrdup(page->token) : NULL;
	}
	return pages;
}

/*
 * A page has not all rows of a span: note what it has.  Returns how many more pages
 * were read for that, at most so many.
 */
static int
note_part(Sample *sample, const Span *span, const Reading *reading, int most)
{
	sample->more = true;
	if (reading->newest - reading->oldest >= span->upper - reading->newest)
	{
		sample->part_rows += reading->rows;
		sample->part_time += span->upper - reading->oldest;
		return 0;
	}
	sample->burst_time += span->upper - reading->oldest;
	return sample->bursts++ == 0 ? count_burst(sample, span, reading, most) : 0;
}

/*
 * Read pages, at most so many, from ranges of equal length between the oldest
 * row read so far and the end of what is kept.  False if it turns out that this
 * tells nothing: rows are in no order, or time filters do not make the service
 * read less; *pages is what may still be read.
 */
static bool
read_ranges(Sample *sample, int64 newest, int *pages)
{
	int64		length = sample->left / *pages;
	int			n = *pages;
	int			i;

	if (sample->unordered || length < USECS_PER_MINUTE)
		return false;
	for (i = 0; i < n && *pages > 0; i++)
	{
		Span		span = {newest - (i + 1) * length, newest - i * length};
		Reading		reading;

		if (i == n - 1)
			span.lower = PG_INT64_MIN;
		reading = read_page(sample, &span, NULL);
		(*pages)--;
		if (sample->unordered || (reading.rows == 0 && reading.token))
			return false;
		if (reading.token == NULL)
		{
			sample->read += reading.rows;
			sample->left -= length;
			continue;
		}
		*pages -= note_part(sample, &span, &reading, Min(n / 3, *pages));
	}
	return true;
}

/*
 * Read the sample's pages.
 */
static void
read_pages(Sample *sample, int pages)
{
	const int64 end = sample->now - SSM_RETAINED * USECS_PER_SEC;
	Reading		reading = read_page(sample, &everything, NULL);
	int64		oldest = reading.oldest;

	sample->read = reading.rows;
	sample->left = Max(oldest - end, 0);
	pages--;
	if (reading.token == NULL || (pages > 0 && read_ranges(sample, oldest, &pages)))
		return;
	while (reading.token && pages-- > 0)
	{
		reading = read_page(sample, &everything, reading.token);
		sample->read += reading.rows;
		oldest = Min(oldest, reading.oldest);
	}
	sample->more = reading.token != NULL;
	sample->left = Max(oldest - end, 0);
	if (sample->part_time + sample->burst_time == 0)
	{
		sample->part_rows = sample->read;
		sample->part_time = sample->now - oldest;
	}
}

/*
 * How many rows the table has: those read, and for the rest of the time as many
 * an hour as were found.  Pages without order tell nothing of the rest, so that
 * it may be as much as if nothing had been read.
 */
static double
estimate_rows(const Sample *sample)
{
	double		total = sample->read;
	double		rows = sample->part_rows + sample->bursts * sample->burst_rows;
	double		time = sample->part_time + sample->burst_time;

	if (!sample->more)
		return total;

	/* regular bursts are twice as far apart as a moment is from one */
	if (sample->burst_cycle > 0)
		time = sample->part_time + (sample->burst_time + sample->bursts * sample->burst_cycle) / 2;
	if (time > 0)
		total += rows / time * sample->left;
	if (sample->unordered)
		total = Max(total, SSM_DEFAULT_ROWS);
	return Max(rint(total), sample->nrows + 1);
}

/*
 * Prepare to fill all of the table's columns that are the API's.
 */
static void
bind_columns(Sample *sample)
{
	const SsmOperation *operation = sample->options->operation;
	TupleDesc	desc = RelationGetDescr(sample->rel);
	List	   *attnums = NIL;
	int			i;

	for (i = 1; i <= desc->natts; i++)
	{
		bool		pushdown;
		int			field;

		if (TupleDescAttr(desc, i - 1)->attisdropped)
			continue;
		field = ssm_field_lookup(operation, RelationGetRelid(sample->rel), i, &pushdown);
		if (field < 0)
			continue;
		attnums = lappend_int(attnums, i);
		sample->details |= operation->fields[field].details;
	}
	sample->columns = ssm_column_bind(operation, sample->rel, attnums);
	sample->slot = MakeSingleTupleTableSlot(desc, &TTSOpsVirtual);
}

/*
 * How many pages to read for so many rows.  A limit to requests cuts no result
 * short here, so it is one more limit.
 */
static int
count_pages(const SsmOptions *options, int targrows)
{
	int			pages = Min(options->analyze_pages, (targrows - 1) / options->page_size + 1);

	if (options->max_requests > 0)
		pages = Min(pages, options->max_requests);
	return pages;
}

/*
 * AcquireSampleRowsFunc: read rows, at most targrows, and estimate how many
 * there are.  ANALYZE runs as the table's owner.
 */
static int
acquire_rows(Relation rel, int elevel, HeapTuple *rows, int targrows,
			 double *totalrows, double *totaldeadrows)
{
	Sample		sample = {.rel = rel, .rows = rows, .size = targrows};
	SsmService *service;
	ErrorContextCallback context = {
		.callback = ssm_column_context, .previous = error_context_stack
	};

	sample.rows_cxt = CurrentMemoryContext;
	sample.cxt = AllocSetContextCreate(CurrentMemoryContext, "ssm_fdw sample", ALLOCSET_DEFAULT_SIZES);
	sample.page_cxt = AllocSetContextCreate(sample.cxt, "ssm_fdw page", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(sample.cxt);
	sample.now = GetCurrentTimestamp() + SSM_POSTGRES_EPOCH;
	sample.server = GetForeignServer(GetForeignServerIdByRelId(RelationGetRelid(rel)));
	sample.options = ssm_options_get(RelationGetRelid(rel));
	sample.options->invoked_after_slack = 0;
	sample.unordered = sample.options->operation->time == NULL;
	bind_columns(&sample);
	context.arg = sample.columns;
	error_context_stack = &context;
	service = ssm_session_locate(sample.server, rel->rd_rel->relowner, sample.options);
	ssm_bound_check(sample.options->operation, rel, service->endpoint.region, sample.options->account_id);
	ssm_column_constants(sample.columns, service->endpoint.region, sample.options->account_id);
	sample.fetch = ssm_fetch_open(sample.server, rel->rd_rel->relowner, sample.options, service);
	read_pages(&sample, count_pages(sample.options, targrows));
	error_context_stack = context.previous;

	*totalrows = estimate_rows(&sample);
	*totaldeadrows = 0;
	ereport(elevel,
			(errcode(ERRCODE_SUCCESSFUL_COMPLETION),
			 errmsg("\"%s\": read %lld pages with %d rows; about %.0f rows in all",
					RelationGetRelationName(rel),
					(long long) ssm_fetch_client(sample.fetch)->counters->pages,
					sample.nrows, *totalrows)));
	ExecDropSingleTupleTableSlot(sample.slot);
	MemoryContextSwitchTo(sample.rows_cxt);
	MemoryContextDelete(sample.cxt);
	return sample.nrows;
}

/*
 * ssmAnalyzeForeignTable: say who reads the sample, and how many pages there
 * are, as far as the last ANALYZE knew.  ANALYZE shares out a parent's sample
 * by that.
 */
bool
ssmAnalyzeForeignTable(Relation rel, AcquireSampleRowsFunc *func, BlockNumber *totalpages)
{
	SsmOptions *options = ssm_options_get(RelationGetRelid(rel));
	double		rows = rel->rd_rel->reltuples < 0 ? SSM_DEFAULT_ROWS : rel->rd_rel->reltuples;

	if (options->operation->list == NULL)
		return false;			/* there is no reading what there is */
	*func = acquire_rows;
	*totalpages = Max(ceil(rows / options->page_size), 1);
	return true;
}
