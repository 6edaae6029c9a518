/*
 * early.c
 *		Scans that have begun before a loop asked for them.
 *
 * A read-ahead knows the rows that a loop will give next, and so the keys that a
 * scan below it will be asked for.  Its requests are sent early, and a row's own
 * scan takes over the early one whose requests are the same.  So it does not
 * matter how the loop goes on: a wrong guess costs a request, never a row.
 *
 * Where the operation takes many ids in one request, one early scan is for the rows
 * of a batch, and its own rows are stored by their id.
 */
#include "postgres.h"

#include "fdw/executor/early.h"

#include "common/hashfn.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#define MOST_ASKED	10000		/* keys remembered below a Memoize */

/* What requests ask for. */
typedef struct SsmWanted
{
	const char *signature;		/* without the id */
	const char *id;				/* that may go into a batch, or NULL */
} SsmWanted;

struct SsmEarly
{
	SsmScanSource *source;
	const SsmParameter *batched;	/* whose values go into batches, or NULL */
	int			place;			/* of it */
	SsmAhead   *ahead;			/* NULL until it is needed: subplans begin
								 * before what feeds them */
	List	   *scans;			/* SsmEarlyScan */
	int64		looked;			/* rows before this one have been looked at */
	int			credit;			/* early scans that may yet prove useless */
	HTAB	   *asked;			/* hashes of what a Memoize may have, or NULL */
};

/*
 * Prepare for a scan that a read-ahead feeds, in the current memory context, which
 * must live as long as the query.  NULL if none does, or nothing may be early.
 */
SsmEarly *
ssm_early_create(SsmScanSource *source)
{
	SsmEarly   *early;

	if (source->spec->ahead < 0 || source->options->max_concurrency == 1)
		return NULL;
	early = palloc0(sizeof(SsmEarly));
	early->source = source;
	early->batched = ssm_operation_batched(source->options->operation);
	early->place = early->batched ? ssm_operation_place(source->options->operation, early->batched) : -1;
	early->credit = source->options->max_concurrency;
	return early;
}

/*
 * Are there any under way?
 */
bool
ssm_early_any(const SsmEarly *early)
{
	return early && early->scans != NIL;
}

/*
 * Drop an early scan that nobody has taken over.
 */
static void
drop(SsmEarlyScan *scan)
{
	if (scan->rows)
		ssm_store_free(scan->rows);
	MemoryContextDelete(scan->cxt);
}

/*
 * Drop all of them.
 */
void
ssm_early_end(SsmEarly *early)
{
	ListCell   *lc;

	foreach(lc, early->scans)
		drop(lfirst(lc));
	early->scans = NIL;
}

/*
 * The one id that these requests have and that may go into a batch, or NULL.
 */
const char *
ssm_early_id(const SsmEarly *early, const SsmBinding *binding)
{
	const SsmValues *ids;

	if (early->batched == NULL || !binding->requests.sent[early->place])
		return NULL;
	ids = &binding->bounds.values[early->place];
	return ids->n == 1 ? ids->values[0] : NULL;
}

/*
 * What the requests ask for; the signature is palloc'ed.
 */
static SsmWanted
wanted_by(const SsmEarly *early, const SsmBinding *binding)
{
	SsmWanted	wanted = {.id = ssm_early_id(early, binding)};

	wanted.signature = ssm_bind_signature(binding, wanted.id ? early->batched : NULL);
	return wanted;
}

/*
 * Note that a key is asked for.  True if it has been before, so that a Memoize has
 * most likely kept its rows.
 */
static bool
note_asked(SsmEarly *early, const SsmWanted *wanted)
{
	const char *id = wanted->id ? wanted->id : "";
	uint64		hash = hash_bytes_extended((const unsigned char *) id, strlen(id), 0);
	HASHCTL		ctl = {.keysize = sizeof(uint64), .entrysize = sizeof(uint64)};
	bool		found;

	if (!early->source->spec->memoized)
		return false;
	hash = hash_bytes_extended((const unsigned char *) wanted->signature, strlen(wanted->signature), hash);
	if (early->asked && hash_get_num_entries(early->asked) >= MOST_ASKED)
	{
		hash_destroy(early->asked);
		early->asked = NULL;
	}
	if (early->asked == NULL)
	{
		ctl.hcxt = GetMemoryChunkContext(early);
		early->asked = hash_create("ssm_fdw asked", 256, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	}
	hash_search(early->asked, &hash, HASH_ENTER, &found);
	return found;
}

/*
 * Does an early scan bring what is wanted?
 */
static bool
brings(const SsmEarly *early, const SsmEarlyScan *scan, const SsmWanted *wanted)
{
	if (scan->batch == SSM_BATCH_FAILED || (wanted->id == NULL) != (scan->batch == SSM_BATCH_NONE))
		return false;
	return strcmp(scan->signature, wanted->signature) == 0 &&
		(wanted->id == NULL || ssm_values_has(&scan->binding->bounds.values[early->place], wanted->id));
}

/*
 * The scan of the present row, which has these requests, begins: hand over the
 * early one that brings the same, or NULL.  It belongs to the current memory context
 * from then on, but for a batch, which stays until all its rows have gone by.
 * Others whose rows have are dropped.
 */
SsmEarlyScan *
ssm_early_take(SsmEarly *early, const SsmBinding *binding)
{
	SsmWanted	wanted = wanted_by(early, binding);
	SsmEarlyScan *taken = NULL;
	int64		row;
	ListCell   *lc;

	if (early->ahead == NULL)
		early->ahead = ssm_ahead_get(early->source->node->ss.ps.state, early->source->spec->ahead);
	row = ssm_ahead_current(early->ahead);
	note_asked(early, &wanted);
	foreach(lc, early->scans)
	{
		SsmEarlyScan *scan = lfirst(lc);

		if (taken == NULL && brings(early, scan, &wanted))
		{
			taken = scan;
			early->credit = Min(early->credit + 2, 2 * early->source->options->max_concurrency);
			if (scan->batch)
				continue;
			MemoryContextSetParent(scan->cxt, CurrentMemoryContext);
		}
		else if (scan->row < row)
			drop(scan);
		else
			continue;
		early->scans = foreach_delete_current(early->scans, lc);
	}
	return taken;
}

/*
 * Is what is wanted under way, by the present row's scan or an early one?
 */
static bool
is_under_way(const SsmEarly *early, const SsmWanted *wanted, const SsmWanted *present)
{
	ListCell   *lc;

	foreach(lc, early->scans)
		if (brings(early, lfirst(lc), wanted))
		return true;
	return (wanted->id == NULL || (present->id && strcmp(present->id, wanted->id) == 0)) &&
		strcmp(present->signature, wanted->signature) == 0;
}

/*
 * Start a scan for a row of the read-ahead, or a batch for it and those after it.
 * Its context is the current one.  False if it needs none, or cannot start: what
 * fails now fails again when it is the row's turn, if that comes.
 */
static bool
start(SsmEarly *early, SsmEarlyScan *scan, const SsmBinding *present)
{
	int			most = ssm_parameter_batch(early->batched);
	SsmWanted	here = wanted_by(early, present);
	const char **ids = palloc(sizeof(char *) * most);
	int			n = 0;
	int64		row;
	SsmError	error;

	for (row = scan->row; row < ssm_ahead_end(early->ahead) && n < most; row++)
	{
		SsmBinding *binding = ssm_source_bind(early->source, early->ahead, row);
		SsmWanted	wanted = wanted_by(early, binding);

		if (n > 0 && binding->requests.count > 0 &&
			(wanted.id == NULL || strcmp(scan->signature, wanted.signature) != 0))
			break;
		scan->row = row;
		if (binding->requests.count == 0 || is_under_way(early, &wanted, &here) || note_asked(early, &wanted))
			continue;
		scan->signature = wanted.signature;
		scan->binding = binding;
		if (wanted.id == NULL)
			break;
		ids[n++] = wanted.id;
	}
	if (scan->binding == NULL)
		return false;
	if (n > 0)
	{
		scan->batch = SSM_BATCH_ASKED;
		scan->binding = ssm_bind_instead(scan->binding, early->batched, ids, n);
	}
	scan->cursor = ssm_source_open(early->source, &scan->binding->requests, NULL);
	return ssm_cursor_drive(scan->cursor, &error);
}

/*
 * May one more scan be started early?  Requests that may prove useless must not
 * use up max_requests.
 */
static bool
may_start(const SsmEarly *early)
{
	const SsmScanSource *source = early->source;
	int			n = list_length(early->scans);
	int64		most = source->options->max_requests;

	return n < source->options->max_concurrency - 1 && early->credit > 0 &&
		(most == 0 || source->client.counters->calls + n + 1 < most) &&
		ssm_session_widen(source->lease, n + 2) == n + 2;
}

/*
 * Are there rows that have not been looked at, and of what goes into batches as many
 * as there will be for the next one?
 */
static bool
has_rows(const SsmEarly *early)
{
	int64		n = ssm_ahead_end(early->ahead) - early->looked;

	if (early->batched == NULL || ssm_ahead_done(early->ahead))
		return n > 0;
	return n >= Min(ssm_parameter_batch(early->batched), ssm_ahead_width(early->ahead));
}

/*
 * Start scans for the rows that come next.  present is what the present row's scan
 * asks for.  The lease must be ready.
 */
void
ssm_early_start(SsmEarly *early, const SsmBinding *present)
{
	MemoryContext query_cxt = early->source->node->ss.ps.state->es_query_cxt;
	MemoryContext old = CurrentMemoryContext;

	early->looked = Max(early->looked, ssm_ahead_current(early->ahead) + 1);
	while (has_rows(early) && may_start(early))
	{
		MemoryContext cxt = AllocSetContextCreate(query_cxt, "ssm_fdw early scan", ALLOCSET_DEFAULT_SIZES);
		SsmEarlyScan *scan = MemoryContextAllocZero(cxt, sizeof(SsmEarlyScan));
		bool		started;

		scan->cxt = cxt;
		scan->row = early->looked;
		MemoryContextSwitchTo(cxt);
		started = start(early, scan, present);
		early->looked = scan->row + 1;
		if (started)
		{
			MemoryContextSwitchTo(query_cxt);
			early->scans = lappend(early->scans, scan);
			early->credit--;
		}
		else
		{
			MemoryContextSwitchTo(old);
			MemoryContextDelete(cxt);
		}
	}
	MemoryContextSwitchTo(old);
}

/*
 * Store a row that an early scan has brought, by way of the node's slot, which is
 * empty as long as its row has yet to come.
 */
static void
store_row(SsmEarly *early, SsmEarlyScan *scan, const SsmJsonValue *row)
{
	SsmScanSource *source = early->source;
	SsmRowPlaces places;
	char		id[SSM_MAX_ID] = "";

	ssm_column_shape(source->columns, &places);
	if (scan->batch && !ssm_json_string(&row[places.parameters[early->place]], id, sizeof(id)))
		return;
	if (scan->rows == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(scan->cxt);

		scan->rows = ssm_store_create(work_mem / source->options->max_concurrency);
		MemoryContextSwitchTo(old);
	}
	ssm_store_fill(scan->rows, id, source->columns, row, source->node->ss.ss_ScanTupleSlot);
}

/*
 * Has the service rejected one of a batch's ids, and with it all of them?
 */
static bool
is_rejected(const SsmEarlyScan *scan)
{
	SsmValues	rejected;
	SsmError	error;
	bool		failed = !ssm_cursor_rejected(scan->cursor, &rejected, &error) || rejected.n > 0;

	free(rejected.values);
	return failed;
}

/*
 * Bring an early scan as far as it goes without waiting; with drain, and if it is a
 * batch, take its rows too, so that it asks for its next pages.
 */
static bool
drive(SsmEarly *early, SsmEarlyScan *scan, bool drain)
{
	const SsmJsonValue *row;
	SsmRowState state;
	SsmError	error;

	if (scan->batch == SSM_BATCH_READ || scan->batch == SSM_BATCH_FAILED)
		return true;
	if (!drain && !scan->batch)
		return ssm_cursor_drive(scan->cursor, &error);
	while ((state = ssm_cursor_next(scan->cursor, &row, &error)) == SSM_ROW)
	{
		CHECK_FOR_INTERRUPTS();
		store_row(early, scan, row);
	}
	if (scan->batch && state == SSM_ROW_END)
		scan->batch = is_rejected(scan) ? SSM_BATCH_FAILED : SSM_BATCH_READ;
	return state != SSM_ROW_FAILED;
}

/*
 * The present row's scan waits: see to the early ones first, as the loop is theirs
 * as well, and what it has done must be seen before the next wait.  drain: scans
 * are read to their ends.  One that fails is dropped: if its row comes, it is
 * asked for again.
 */
void
ssm_early_drive(SsmEarly *early, bool drain)
{
	ListCell   *lc;

	foreach(lc, early->scans)
	{
		SsmEarlyScan *scan = lfirst(lc);

		if (drive(early, scan, drain))
			continue;
		if (scan->batch)
		{
			scan->batch = SSM_BATCH_FAILED;
			continue;
		}
		drop(scan);
		early->scans = foreach_delete_current(early->scans, lc);
	}
}
