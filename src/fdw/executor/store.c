/*
 * store.c
 *		Rows kept by key, to be given again.
 *
 * The rows of a key are found by its hash and come in the order in which they were
 * put, whatever was put between them.  The first rows are in memory, what exceeds
 * that in a file.  Where each is takes 8 bytes of memory, which are not counted.
 */
#include "postgres.h"

#include "fdw/executor/store.h"

#include "access/htup_details.h"
#include "commands/tablespace.h"
#include "executor/executor.h"
#include "storage/buffile.h"
#include "utils/hsearch.h"
#include "utils/memutils.h"

#include "base/hashset.h"

/* The rows of a key. */
typedef struct Rows
{
	char		key[sizeof(SsmHash)];
	List	   *places;			/* pointers to tuples, then offsets in the
								 * file */
	int			in_memory;		/* so many are tuples */
} Rows;

struct SsmStore
{
	MemoryContext cxt;			/* of all this */
	MemoryContext row_cxt;		/* reset for each row that is filled in */
	Size		room;			/* bytes that tuples may yet take in memory */
	HTAB	   *rows;			/* Rows by key */
	BufFile    *file;			/* NULL while there is none */
	intptr_t	size;			/* of the file */
	const Rows *reading;		/* NULL if there is nothing to read */
	int			next;			/* of these rows is read next ... */
	int			end;			/* ... and this one no more */
};

/*
 * Make an empty store that keeps at most so much in memory.  It lives in the
 * current memory context, and must be freed before that goes, but not after an
 * abort: PostgreSQL closes its file then.
 */
SsmStore *
ssm_store_create(int kilobytes)
{
	MemoryContext cxt = AllocSetContextCreate(CurrentMemoryContext, "ssm_fdw rows", ALLOCSET_DEFAULT_SIZES);
	SsmStore   *store = MemoryContextAllocZero(cxt, sizeof(SsmStore));
	HASHCTL		ctl = {.keysize = sizeof(SsmHash), .entrysize = sizeof(Rows), .hcxt = cxt};

	store->cxt = cxt;
	store->row_cxt = AllocSetContextCreate(cxt, "ssm_fdw stored row", ALLOCSET_DEFAULT_SIZES);
	store->room = Max(kilobytes, 64) * (Size) 1024;
	store->rows = hash_create("ssm_fdw rows by key", 32, &ctl, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
	return store;
}

/*
 * The rows of a key, or NULL; with add, made if there are none.
 */
static Rows *
find_rows(SsmStore *store, const char *key, bool add)
{
	SsmHash		hash = ssm_hash_add(ssm_hash_start(), key, strlen(key));
	bool		found;
	Rows	   *rows = hash_search(store->rows, &hash, add ? HASH_ENTER : HASH_FIND, &found);

	if (add && !found)
	{
		rows->places = NIL;
		rows->in_memory = 0;
	}
	return rows;
}

/*
 * Go to a place in the file.
 */
static void
seek(SsmStore *store, intptr_t offset)
{
	/* counted from the first of its segments */
	if (BufFileSeek(store->file, 0, offset, SEEK_SET) != 0)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not seek in a temporary file of stored rows")));
}

/*
 * Add a tuple to the file; returns its offset.
 */
static intptr_t
write_tuple(SsmStore *store, MinimalTuple tuple)
{
	intptr_t	offset = store->size;

	if (store->file == NULL)
	{
		PrepareTempTablespaces();
		store->file = BufFileCreateTemp(false);
	}
	seek(store, offset);
	BufFileWrite(store->file, tuple, tuple->t_len);
	store->size += tuple->t_len;
	return offset;
}

/*
 * Read some bytes of the file.
 */
static void
read_bytes(SsmStore *store, void *to, size_t size)
{
	size_t		had = BufFileRead(store->file, to, size);

	if (had != size)
		ereport(ERROR,
				(errcode_for_file_access(),
				 errmsg("could not read a temporary file of stored rows: only %zu of %zu bytes", had, size)));
}

/*
 * Read the tuple at an offset in the file, into the current memory context.
 */
static MinimalTuple
read_tuple(SsmStore *store, intptr_t offset)
{
	MinimalTuple tuple;
	uint32		len;

	seek(store, offset);
	read_bytes(store, &len, sizeof(len));
	tuple = palloc(len);
	tuple->t_len = len;
	read_bytes(store, (char *) tuple + sizeof(len), len - sizeof(len));
	return tuple;
}

/*
 * Add the row in the slot to those of a key.  It is not read before the next
 * ssm_store_find.
 */
void
ssm_store_put(SsmStore *store, const char *key, TupleTableSlot *slot)
{
	Rows	   *rows = find_rows(store, key, true);
	MemoryContext old = MemoryContextSwitchTo(store->cxt);
	MinimalTuple tuple = ExecCopySlotMinimalTuple(slot);
	Size		space = GetMemoryChunkSpace(tuple);

	/* all that comes after the first tuple in the file, for the order */
	if (store->file == NULL && space <= store->room)
	{
		store->room -= space;
		rows->places = lappend(rows->places, tuple);
		rows->in_memory++;
	}
	else
	{
		rows->places = lappend(rows->places, (void *) write_tuple(store, tuple));
		pfree(tuple);
	}
	MemoryContextSwitchTo(old);
}

/*
 * Add a row of an answer, by way of the slot, which is empty again afterwards.
 */
void
ssm_store_fill(SsmStore *store, const char *key, SsmColumnMap *columns,
			   const SsmJsonValue *row, TupleTableSlot *slot)
{
	MemoryContext old;

	MemoryContextReset(store->row_cxt);
	old = MemoryContextSwitchTo(store->row_cxt);
	ssm_column_fill(columns, row, slot);
	ssm_store_put(store, key, slot);
	ExecClearTuple(slot);
	MemoryContextSwitchTo(old);
}

/*
 * Read the rows of a key that there are now, from the first on.
 */
void
ssm_store_find(SsmStore *store, const char *key)
{
	store->reading = find_rows(store, key, false);
	store->next = 0;
	store->end = store->reading ? list_length(store->reading->places) : 0;
}

/*
 * Bring the next row into the slot, where it holds as long as the store and the
 * current memory context; false at the end.
 */
bool
ssm_store_next(SsmStore *store, TupleTableSlot *slot)
{
	void	   *place;
	bool		in_memory;

	if (store->next == store->end)
		return false;
	in_memory = store->next < store->reading->in_memory;
	place = list_nth(store->reading->places, store->next++);
	ExecForceStoreMinimalTuple(in_memory ? place : read_tuple(store, (intptr_t) place), slot, false);
	return true;
}

/*
 * Forget the rows and their file.
 */
void
ssm_store_free(SsmStore *store)
{
	if (store->file)
		BufFileClose(store->file);
	MemoryContextDelete(store->cxt);
}
