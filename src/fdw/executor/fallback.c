/*
 * fallback.c
 *		The rows of values that the service does not know any more.
 *
 * History outlives the node: an InstanceId that the service rejects may still
 * have invocations.  They are found by asking the same without it, once for
 * all rejected ids of a scan, and keeping only their rows.
 *
 * Under a nested loop each new id could be rejected, and each would read the
 * whole history again.  So the first time all rows are stored by id, and later
 * ids are looked up, for as long as the rest of the request is the same.
 */
#include "postgres.h"

#include "fdw/executor/fallback.h"

#include "miscadmin.h"

#include "fdw/executor/store.h"

struct SsmFallback
{
	/* for the whole query */
	MemoryContext query_cxt;
	SsmScanSource *source;
	const SsmParameter *parameter;	/* whose values may be rejected, or NULL */
	bool		repeats;
	SsmStore   *store;			/* rows by the parameter's values, or NULL */
	char	   *stored;			/* signature of the requests of which it has
								 * all rows; or NULL */

	/* for one scan */
	SsmValues	rejected;
	int			next;			/* of these is looked up next */
	SsmCursor  *cursor;			/* NULL if all rows are in the store */
	char	   *wanted;			/* signature of what goes from the cursor to
								 * the store; or NULL */
};

/*
 * Prepare in the current memory context, which must live as long as the query.
 * repeats: the scan may be repeated with other values.
 */
SsmFallback *
ssm_fallback_create(SsmScanSource *source, bool repeats)
{
	SsmFallback *fallback = palloc0(sizeof(SsmFallback));

	fallback->query_cxt = CurrentMemoryContext;
	fallback->source = source;
	fallback->parameter = ssm_operation_rescanned(source->options->operation);
	fallback->repeats = repeats;
	return fallback;
}

/*
 * Note the values that were rejected; palloc'ed.
 */
static void
copy_rejected(SsmFallback *fallback, const SsmCursor *main_cursor)
{
	SsmValues	rejected;
	SsmError	error;

	if (!ssm_cursor_rejected(main_cursor, &rejected, &error))
		ssm_source_fail(fallback->source, &error);
	fallback->rejected = rejected;
	fallback->rejected.values = MemoryContextAllocExtended(CurrentMemoryContext,
														   sizeof(char *) * (rejected.n + 1),
														   MCXT_ALLOC_NO_OOM);
	if (fallback->rejected.values)
		memcpy(fallback->rejected.values, rejected.values, sizeof(char *) * rejected.n);
	free(rejected.values);
	if (fallback->rejected.values == NULL)
	{
		ssm_fail_memory(&error);
		ssm_source_fail(fallback->source, &error);
	}
}

/*
 * The main cursor of a scan has ended: start to ask for the rows of what was
 * rejected, in the current memory context, which the scan's end resets.  False if
 * there is nothing to ask: no value was rejected, or the store has their rows.
 */
bool
ssm_fallback_begin(SsmFallback *fallback, const SsmBinding *binding, const SsmCursor *main_cursor)
{
	SsmBinding *requests;
	char	   *signature;
	SsmKeep		keep = {0};

	fallback->cursor = NULL;
	fallback->wanted = NULL;
	fallback->next = 0;
	copy_rejected(fallback, main_cursor);
	if (fallback->rejected.n == 0)
		return false;
	requests = ssm_bind_instead(binding, fallback->parameter, NULL, 0);
	signature = ssm_bind_signature(requests, NULL);

	/*
	 * rows given before the rejection are known by their keys, which need the
	 * JSON row: leave these scans out of the store
	 */
	keep.given = ssm_cursor_given(main_cursor);
	if (!fallback->repeats || keep.given)
	{
		keep.only = &fallback->rejected;
		keep.only_place = ssm_operation_place(binding->operation, fallback->parameter);
	}
	else if (fallback->stored && strcmp(fallback->stored, signature) == 0)
		return false;
	else
	{
		MemoryContext old = MemoryContextSwitchTo(fallback->query_cxt);

		ssm_fallback_end(fallback);
		fallback->store = ssm_store_create(work_mem);
		fallback->wanted = signature;
		MemoryContextSwitchTo(old);
	}
	fallback->cursor = ssm_source_open(fallback->source, &requests->requests, &keep);
	return true;
}

/*
 * Put all rows of the cursor into the store.  Any that has no value that could be
 * rejected is never looked for.
 */
static SsmRowState
fill_store(SsmFallback *fallback, TupleTableSlot *slot, SsmError *error)
{
	SsmColumnMap *columns = fallback->source->columns;
	const SsmJsonValue *row;
	SsmRowPlaces places;
	SsmRowState state;
	int			place = ssm_operation_place(fallback->source->options->operation, fallback->parameter);
	char		key[SSM_MAX_ID];

	ssm_column_shape(columns, &places);
	while ((state = ssm_cursor_next(fallback->cursor, &row, error)) == SSM_ROW)
	{
		CHECK_FOR_INTERRUPTS();
		if (ssm_json_string(&row[places.parameters[place]], key, sizeof(key)))
			ssm_store_fill(fallback->store, key, columns, row, slot);
	}
	return state;
}

/*
 * Bring the next row of a rejected value from the store into the slot.
 */
static SsmRowState
read_store(SsmFallback *fallback, TupleTableSlot *slot)
{
	while (fallback->next == 0 || !ssm_store_next(fallback->store, slot))
	{
		if (fallback->next == fallback->rejected.n)
			return SSM_ROW_END;
		ssm_store_find(fallback->store, fallback->rejected.values[fallback->next++]);
	}
	return SSM_ROW;
}

/*
 * Bring the next row into the slot, without waiting; as ssm_cursor_next.
 */
SsmRowState
ssm_fallback_next(SsmFallback *fallback, TupleTableSlot *slot, SsmError *error)
{
	const SsmJsonValue *row;
	SsmRowState state;

	if (fallback->wanted)
	{
		state = fill_store(fallback, slot, error);
		if (state != SSM_ROW_END)
			return state;
		fallback->stored = MemoryContextStrdup(fallback->query_cxt, fallback->wanted);
		fallback->wanted = NULL;
		fallback->cursor = NULL;
	}
	if (fallback->cursor == NULL)
		return read_store(fallback, slot);
	state = ssm_cursor_next(fallback->cursor, &row, error);
	if (state == SSM_ROW)
		ssm_column_fill(fallback->source->columns, row, slot);
	return state;
}

/*
 * Forget the stored rows.
 */
void
ssm_fallback_end(SsmFallback *fallback)
{
	if (fallback->store)
		ssm_store_free(fallback->store);
	fallback->store = NULL;
	fallback->stored = NULL;
}
