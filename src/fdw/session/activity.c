/*
 * activity.c
 *		What each scan under way in the cluster is doing.
 *
 * As with PostgreSQL's own backend status, an entry is written by its backend alone,
 * without a lock: a counter of changes is odd meanwhile.
 */
#include "postgres.h"

#include "fdw/session/activity.h"

#include "miscadmin.h"
#include "storage/ipc.h"
#include "storage/procarray.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#define TRIES	1000			/* to read an entry that keeps changing */

/*
 * Begin to write an entry: who reads it waits for write_end.
 */
static void
write_begin(SsmActivity *activity)
{
	pg_atomic_write_u32(&activity->changes, pg_atomic_read_u32(&activity->changes) | 1);
	pg_write_barrier();
}

/*
 * The entry is whole again.
 */
static void
write_end(SsmActivity *activity)
{
	pg_write_barrier();
	pg_atomic_write_u32(&activity->changes, pg_atomic_read_u32(&activity->changes) + 1);
}

/*
 * before_shmem_exit callback: give up what this backend still has.
 */
static void
give_up(int code, Datum arg)
{
	SsmShared  *shared = ssm_shared_get();
	int			i;

	for (i = 0; i < SSM_SHARED_ACTIVITIES; i++)
		if (pg_atomic_read_u32(&shared->activities[i].pid) == (uint32) MyProcPid)
			ssm_activity_end(&shared->activities[i]);
}

/*
 * An entry of this backend's: one that is free or, with dead, one whose backend is
 * gone without giving it up.  NULL if there is none.
 */
static SsmActivity *
claim(SsmShared *shared, bool dead)
{
	int			i;

	for (i = 0; i < SSM_SHARED_ACTIVITIES; i++)
	{
		SsmActivity *activity = &shared->activities[i];
		uint32		pid = pg_atomic_read_u32(&activity->pid);

		if ((pid == 0 || (dead && BackendPidGetProc(pid) == NULL)) &&
			pg_atomic_compare_exchange_u32(&activity->pid, &pid, MyProcPid))
			return activity;
	}
	return NULL;
}

/*
 * Fill in a name, which may be NULL.
 */
static void
set_name(Name to, const char *name)
{
	namestrcpy(to, name ? name : "");
}

/*
 * Make the scan that is about to call the server seen.  One for which there is no
 * entry is not.  ssm_activity_end follows.
 */
SsmActivity *
ssm_activity_begin(const ForeignServer *server, const SsmOptions *options)
{
	static SsmActivity unseen;
	static bool registered = false;
	SsmShared  *shared = ssm_shared_get();
	char	   *relation = OidIsValid(options->relid) ? get_rel_name(options->relid) : NULL;
	char	   *schema = relation ? get_namespace_name(get_rel_namespace(options->relid)) : NULL;
	SsmActivity *activity;

	if (!registered)
		before_shmem_exit(give_up, (Datum) 0);
	registered = true;
	activity = claim(shared, false);
	if (activity == NULL)
		activity = claim(shared, true);
	if (activity == NULL)
		return &unseen;
	write_begin(activity);
	activity->database = MyDatabaseId;
	activity->userid = GetSessionUserId();
	set_name(&activity->server, server->servername);
	set_name(&activity->schema, schema);
	set_name(&activity->relation, relation);
	set_name(&activity->operation, options->operation->name);
	activity->started = GetCurrentTimestamp();
	activity->doing = SSM_DOING_READER;
	memset(&activity->counters, 0, sizeof(SsmCounters));
	write_end(activity);
	return activity;
}

/*
 * Say what the scan is doing now, and what it has cost so far.
 */
void
ssm_activity_tell(SsmActivity *activity, SsmDoing doing, const SsmCounters *counters)
{
	write_begin(activity);
	activity->doing = doing;
	activity->counters = *counters;
	write_end(activity);
}

/*
 * The scan is over.  Never fails.
 */
void
ssm_activity_end(SsmActivity *activity)
{
	write_begin(activity);
	activity->started = 0;
	write_end(activity);
	pg_atomic_write_u32(&activity->pid, 0);
}

/*
 * Copy an entry as it is at some moment.  False if no scan has it.
 */
bool
ssm_activity_read(const SsmActivity *activity, SsmActivity *copy)
{
	pg_atomic_uint32 *changes = unconstify(pg_atomic_uint32 *, &activity->changes);
	int			i;

	for (i = 0; i < TRIES; i++)
	{
		uint32		before = pg_atomic_read_u32(changes);

		pg_read_barrier();
		memcpy(copy, activity, sizeof(SsmActivity));
		pg_read_barrier();
		if ((before & 1) == 0 && before == pg_atomic_read_u32(changes))
			return pg_atomic_read_u32(&copy->pid) != 0 && copy->started != 0;
	}
	return false;
}
