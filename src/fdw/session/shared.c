/*
 * shared.c
 *		What the backends of a cluster share.
 *
 * With shared_preload_libraries the memory is reserved when the server starts.
 * Without, the first backend that needs it makes it: from 17 on by the registry of
 * dynamic shared memory; before, from what the server has left of its own, as core's
 * autoprewarm did.  A backend that gets none has a copy of its own, and goes on as
 * if it were alone; it does not ask again.
 *
 * All of it is plain data of fixed size.  A cluster that restarts after a crash has it
 * zeroed.
 */
#include "postgres.h"

#include "fdw/session/shared.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/shmem.h"
#include "utils/memutils.h"
#include "utils/resowner.h"
#include "utils/timestamp.h"

#include "fdw/compat.h"
#include "fdw/version.h"

#define NAME		"ssm_fdw"

/* Raise the number when a struct changes. */
#define LAYOUT		"ssm_fdw " SSM_FDW_VERSION " layout 1"

/* The same in all versions, so that the layout tells them apart, not an error. */
#define SIZE		((Size) 512 * 1024)

StaticAssertDecl(sizeof(SsmShared) <= SIZE, "what backends share must fit");

static SsmShared *shared;		/* or this backend's own; NULL: not asked for */
static const char *lack;		/* why it is the backend's own, or NULL */
static bool reserved;			/* at the server's start */

static shmem_request_hook_type next_request_hook;
static shmem_startup_hook_type next_startup_hook;

/*
 * Make new memory what a cluster begins with.
 */
static void
clear(void *memory)
{
	SsmShared  *made = memory;
	int			i;
	int			k;

	memset(made, 0, sizeof(SsmShared));
	made->tranche = ssm_new_tranche(NAME);
	LWLockInitialize(&made->lock, made->tranche);
	made->reset = GetCurrentTimestamp();
	for (i = 0; i < SSM_SHARED_ACCOUNTS; i++)
	{
		for (k = 0; k < SSM_TOTAL_COUNT; k++)
			pg_atomic_init_u64(&made->accounts[i].totals[k], 0);
		for (k = 0; k < SSM_LATENCIES; k++)
			pg_atomic_init_u64(&made->accounts[i].latencies[k], 0);
	}
	for (i = 0; i < SSM_SHARED_ACTIVITIES; i++)
	{
		pg_atomic_init_u32(&made->activities[i].pid, 0);
		pg_atomic_init_u32(&made->activities[i].changes, 0);
	}
	strlcpy(made->layout, LAYOUT, sizeof(made->layout));
}

/*
 * Make or find it in the server's main shared memory.
 */
static SsmShared *
find_main(void)
{
	SsmShared  *memory;
	bool		found;

	LWLockAcquire(AddinShmemInitLock, LW_EXCLUSIVE);
	memory = ShmemInitStruct(NAME, SIZE, &found);
	if (!found)
		clear(memory);
	LWLockRelease(AddinShmemInitLock);
	return memory;
}

/*
 * shmem_request_hook: reserve the memory.
 */
static void
request(void)
{
	if (next_request_hook)
		next_request_hook();
	RequestAddinShmemSpace(SIZE);
}

/*
 * shmem_startup_hook: make it.  Backends inherit the pointer.
 */
static void
startup(void)
{
	if (next_startup_hook)
		next_startup_hook();
	shared = find_main();
	reserved = true;
}

/*
 * Called when the library is loaded: reserve memory, if that is at the server's
 * start.
 */
void
ssm_shared_init(void)
{
	if (!process_shared_preload_libraries_in_progress)
		return;
	next_request_hook = shmem_request_hook;
	shmem_request_hook = request;
	next_startup_hook = shmem_startup_hook;
	shmem_startup_hook = startup;
}

/*
 * Make or find the memory while the server runs.  Raises an error if it cannot
 * be had.
 */
static SsmShared *
find_late(void)
{
#if PG_VERSION_NUM >= 170000
	bool		found;

	return ssm_named_segment(NAME, SIZE, clear, &found);
#else
	return find_main();
#endif
}

/*
 * The same, but NULL and lack if it cannot be had.  No subtransaction, which is not
 * allowed while a query has parallel workers: locks are all that an error leaves
 * behind, and nobody holds one who asks for rows.
 */
static SsmShared *
try_late(void)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	uint32		holdoff = InterruptHoldoffCount;
	uint32		cancel_holdoff = QueryCancelHoldoffCount;
	SsmShared  *volatile memory = NULL;

	/* a segment that could not be made is not the transaction's to free */
	CurrentResourceOwner = NULL;
	PG_TRY();
	{
		memory = find_late();
	}
	PG_CATCH();
	{
		ErrorData  *error;

		LWLockReleaseAll();
		InterruptHoldoffCount = holdoff;
		QueryCancelHoldoffCount = cancel_holdoff;
		MemoryContextSwitchTo(TopMemoryContext);
		error = CopyErrorData();
		FlushErrorState();
		lack = psprintf("it could not be allocated (%s): add ssm_fdw to shared_preload_libraries", error->message);
		FreeErrorData(error);
	}
	PG_END_TRY();
	CurrentResourceOwner = owner;
	MemoryContextSwitchTo(context);
	if (memory && memcmp(memory->layout, LAYOUT, sizeof(LAYOUT)) != 0)
	{
		lack = "another version of ssm_fdw created it: restart the server";
		memory = NULL;
	}
	return memory;
}

/*
 * What backends share, or a copy of this backend's own.  Raises an error only if
 * there is no memory for that.
 */
SsmShared *
ssm_shared_get(void)
{
	static bool ready = false;

	if (ready)
		return shared;
	if (shared == NULL)
		shared = try_late();
	if (shared == NULL)
	{
		shared = MemoryContextAlloc(TopMemoryContext, sizeof(SsmShared));
		clear(shared);
	}
	LWLockRegisterTranche(shared->tranche, NAME);
	ready = true;
	return shared;
}

/*
 * Why this backend does not share, or NULL if it does.
 */
const char *
ssm_shared_lack(void)
{
	(void) ssm_shared_get();
	return lack;
}

/*
 * Was the memory reserved when the server started?
 */
bool
ssm_shared_reserved(void)
{
	return reserved;
}
