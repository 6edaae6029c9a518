/*
 * fallback.c
 *		The rows of values that the service does not know any more.
 *
 * History outlives the node: an InstanceId that the service rejects may still
 * have invocations.  They are found by asking the same without it, once for
 * all rejected ids of a scan, and keeping only their rows.
 *
 * Under a nested loop each new id could be rejected, and each would read the
 * whole history again.  So the first time all rows are stored, and later ids
 * are looked up in the store, for as long as the rest of the request is the
 * same.
 */
#include "postgres.h"

#include "fdw/executor/fallback.h"

#include "executor/executor.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/lsyscache.h"

#include "fdw/encoding.h"
#include "fdw/executor/store.h"
#include "fdw/field.h"
#include "fdw/report.h"

typedef enum Phase
{
	PHASE_NONE,					/* no value was rejected */
	PHASE_STREAM,				/* rows go to the slot */
	PHASE_FILL,					/* rows go to the store */
	PHASE_READ					/* rows come from the store */
} Phase;

struct SsmFallback
{
	MemoryContext query_cxt;
	MemoryContext row_cxt;		/* reset for each row on its way to or from
								 * the store */
	const SsmOperation *operation;
	const SsmParameter *parameter;	/* whose values may be rejected, or NULL */
	AttrNumber	attnum;			/* attribute that it narrows, or 0 */
	FmgrInfo	output;			/* of its type */
	Phase		phase;
	SsmValues	rejected;		/* palloc'ed for one scan */
	SsmCursor  *cursor;
	char	   *wanted;			/* signature of what is to be stored */
	char	   *stored;			/* signature of what the store holds, or NULL */
	SsmStore   *store;			/* NULL if rows are not to be stored */
};

/*
 * Prepare in the current memory context, which must live as long as the query.
 * slot: the scan may be repeated with other values, and stored rows are given in
 * it; or NULL.
 */
SsmFallback *
ssm_fallback_create(const SsmOperation *operation, Relation rel, List *attnums, TupleTableSlot *slot)
{
	SsmFallback *fallback = palloc0(sizeof(SsmFallback));
	ListCell   *lc;

	fallback->query_cxt = CurrentMemoryContext;
	fallback->row_cxt = AllocSetContextCreate(CurrentMemoryContext, "ssm_fdw stored row",
											  ALLOCSET_DEFAULT_SIZES);
	fallback->operation = operation;
	fallback->parameter = ssm_operation_rescanned(operation);
	foreach(lc, attnums)
	{
		AttrNumber	attnum = lfirst_int(lc);
		Oid			function;
		bool		varlena;

		const SsmField *field = &operation->fields[ssm_field_find(operation, RelationGetRelid(rel), attnum)];

		if (fallback->parameter == NULL || field->parameter != fallback->parameter)
			continue;
		fallback->attnum = attnum;
		getTypeOutputInfo(TupleDescAttr(RelationGetDescr(rel), attnum - 1)->atttypid,
						  &function, &varlena);
		fmgr_info(function, &fallback->output);
	}
	/* without the column there is nothing to look up by */
	if (slot && fallback->attnum != 0)
		fallback->store = ssm_store_create(slot, work_mem);
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
		ssm_report(&error, "", "");
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
		ssm_report(&error, "", "");
	}
}

/*
 * The main cursor of a scan has ended.  Returns the requests to read now, made
 * in the current memory context, or NULL if none is needed: no value was
 * rejected, or the store has their rows.
 */
SsmBinding *
ssm_fallback_begin(SsmFallback *fallback, const SsmBinding *binding,
				   const SsmCursor *main_cursor)
{
	SsmBinding *requests;

	fallback->phase = PHASE_NONE;
	copy_rejected(fallback, main_cursor);
	if (fallback->rejected.n == 0)
		return NULL;
	requests = ssm_bind_without(binding, fallback->parameter);

	/*
	 * rows given before the rejection are known by their keys, which need the
	 * JSON row: leave these scans out of the store
	 */
	if (fallback->store == NULL || ssm_cursor_given(main_cursor))
	{
		fallback->phase = PHASE_STREAM;
		return requests;
	}
	fallback->wanted = ssm_bind_signature(requests);
	if (fallback->stored && strcmp(fallback->stored, fallback->wanted) == 0)
	{
		ssm_store_restart(fallback->store);
		fallback->phase = PHASE_READ;
		return NULL;
	}
	fallback->stored = NULL;
	ssm_store_clear(fallback->store);
	fallback->phase = PHASE_FILL;
	return requests;
}

/*
 * The values whose rows the cursor shall keep, or NULL for all of them; *place is
 * their parameter's.
 */
const SsmValues *
ssm_fallback_only(const SsmFallback *fallback, int *place)
{
	*place = ssm_operation_place(fallback->operation, fallback->parameter);
	return fallback->phase == PHASE_STREAM ? &fallback->rejected : NULL;
}

/*
 * Read from the cursor made for what ssm_fallback_begin returned.
 */
void
ssm_fallback_read(SsmFallback *fallback, SsmCursor *cursor)
{
	fallback->cursor = cursor;
}

/*
 * Is the stored row one of a rejected value?  Leaves garbage in the current
 * memory context.
 */
static bool
row_wanted(SsmFallback *fallback, TupleTableSlot *row)
{
	bool		isnull;
	Datum		value = slot_getattr(row, fallback->attnum, &isnull);
	char	   *text;
	char	   *sent;

	if (isnull)
		return false;
	text = OutputFunctionCall(&fallback->output, value);

	sent = ssm_encoding_to_utf8(text);
	return sent && ssm_values_has(&fallback->rejected, sent);
}

/*
 * The next row from the store.
 */
static SsmRowState
read_store(SsmFallback *fallback, TupleTableSlot *slot)
{
	TupleTableSlot *row;

	while ((row = ssm_store_next(fallback->store)) != NULL)
	{
		MemoryContext old;
		bool		wanted;

		CHECK_FOR_INTERRUPTS();
		MemoryContextReset(fallback->row_cxt);
		old = MemoryContextSwitchTo(fallback->row_cxt);
		wanted = row_wanted(fallback, row);
		MemoryContextSwitchTo(old);
		if (wanted)
		{
			ExecCopySlot(slot, row);
			return SSM_ROW;
		}
	}
	return SSM_ROW_END;
}

/*
 * Put a row into the store.  All of a request's rows are stored before the scan
 * gives its next one, so what each leaves behind goes at once.
 */
static void
fill_store(SsmFallback *fallback, SsmColumnMap *columns, const SsmJsonValue *row, TupleTableSlot *slot)
{
	MemoryContext old;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(fallback->row_cxt);
	old = MemoryContextSwitchTo(fallback->row_cxt);
	ssm_column_fill(columns, row, slot);
	ssm_store_put(fallback->store, slot);
	ExecClearTuple(slot);
	MemoryContextSwitchTo(old);
}

/*
 * All rows are in the store: read it from the start.
 */
static void
finish_store(SsmFallback *fallback)
{
	fallback->stored = MemoryContextStrdup(fallback->query_cxt, fallback->wanted);
	ssm_store_restart(fallback->store);
	fallback->phase = PHASE_READ;
}

/*
 * Bring the next row into the slot, without waiting; as ssm_cursor_next.
 */
SsmRowState
ssm_fallback_next(SsmFallback *fallback, SsmColumnMap *columns,
				  TupleTableSlot *slot, SsmError *error)
{
	const SsmJsonValue *row;
	SsmRowState state;

	if (fallback->phase == PHASE_NONE)
		return SSM_ROW_END;
	while (fallback->phase != PHASE_READ)
	{
		state = ssm_cursor_next(fallback->cursor, &row, error);
		if (state == SSM_ROW && fallback->phase == PHASE_FILL)
		{
			fill_store(fallback, columns, row, slot);
			continue;
		}
		if (state == SSM_ROW)
			ssm_column_fill(columns, row, slot);
		if (state == SSM_ROW_END && fallback->phase == PHASE_FILL)
		{
			finish_store(fallback);
			break;
		}
		return state;
	}
	return read_store(fallback, slot);
}

/*
 * Forget the stored rows.
 */
void
ssm_fallback_end(SsmFallback *fallback)
{
	if (fallback->store)
		ssm_store_clear(fallback->store);
	fallback->stored = NULL;
}
