/*
 * session.c
 *		How a scan calls: by a lease; the only place that waits.
 *
 * A lease says who calls, for as long as the query lasts, even if the user mapping
 * is altered meanwhile.  It holds a client of the pool only while the scan has
 * something to ask for.
 */
#include "postgres.h"

#include "fdw/session/session.h"

#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/latch.h"
#include "utils/inval.h"
#include "utils/syscache.h"
#include "utils/wait_event.h"

#include "fdw/compat.h"
#include "fdw/report.h"
#include "fdw/session/activity.h"
#include "fdw/session/locate.h"
#include "fdw/session/mapping.h"
#include "fdw/session/pace.h"
#include "fdw/session/pool.h"
#include "fdw/session/renew.h"
#include "fdw/session/totals.h"

struct SsmLease
{
	Oid			serverid;
	SsmAccount *account;		/* of its server and operation */
	SsmActivity *activity;
	SsmDoing	doing;			/* that was told last */
	SsmPace		pace;
	SsmMapping *mapping;		/* who calls; in use by this lease */
	const char *server;			/* the server's name */
	const SsmOptions *options;
	SsmPooled  *client;			/* or NULL while there is nothing to ask for,
								 * or others need its descriptors more */
	SsmCounters counters;		/* what its calls have cost */
	SsmCounters added;			/* of that, to the account */
	instr_time	waited;			/* for them */
	instr_time	opened;			/* when the lease was */
	SsmRenewal	renewal;
	SsmBoarding discovery;
	MemoryContextCallback callback;
};

/*
 * What the scan does, by what has come of its calls.
 */
static SsmDoing
find_doing(const SsmLease *lease)
{
	/* one answer to come may be all that is needed */
	static const struct
	{
		SsmCallWait wait;
		SsmDoing	doing;
	}			order[] = {
		{SSM_CALL_ANSWER, SSM_DOING_ANSWER}, {SSM_CALL_CONNECTION, SSM_DOING_CONNECTION},
		{SSM_CALL_TURN, SSM_DOING_TURN}, {SSM_CALL_PAUSE, SSM_DOING_PAUSE},
		{SSM_CALL_CREDENTIALS, SSM_DOING_CREDENTIALS},
	};
	int			i;

	if (lease->renewal.boarding.flight && !lease->renewal.early)
		return SSM_DOING_CREDENTIALS;
	if (lease->discovery.flight)
		return SSM_DOING_REGION;
	for (i = 0; i < (int) lengthof(order); i++)
		if (lease->counters.waiting[order[i].wait] > 0)
			return order[i].doing;
	return SSM_DOING_READER;
}

/*
 * Tell others what the scan is doing, and what it has cost.
 */
static void
tell(SsmLease *lease, SsmDoing doing)
{
	lease->doing = doing;
	ssm_activity_tell(lease->activity, doing, &lease->counters);
	ssm_totals_add(lease->account, &lease->counters, &lease->added);
}

/*
 * SsmClient.log: an attempt of the lease's has ended.
 */
static void
note_attempt(void *arg, const SsmAttempt *attempt)
{
	SsmLease   *lease = arg;

	ssm_totals_attempt(lease->account, attempt);
	ssm_report_attempt(attempt);
}

/*
 * The scan has nothing to ask for: give its client back.  Calls under way must have
 * been freed.
 */
void
ssm_session_rest(SsmLease *lease)
{
	ssm_renew_stop(&lease->renewal);
	ssm_flight_leave(&lease->discovery);
	if (lease->client)
		ssm_pool_give(lease->client);
	lease->client = NULL;
	tell(lease, SSM_DOING_READER);
}

/*
 * Memory context callback: a scan has ended, by whatever way.
 */
static void
end_lease(void *arg)
{
	SsmLease   *lease = arg;

	ssm_session_rest(lease);
	ssm_pace_close(&lease->pace);
	ssm_activity_end(lease->activity);
	if (lease->mapping)
		ssm_mapping_release(lease->mapping);
}

/*
 * Syscache callback: a server or user mapping has changed; hash 0 means all of
 * them have.
 */
static void
invalidate(Datum arg, int cacheid, uint32 hash)
{
	ssm_mapping_invalidate(cacheid, hash);
	ssm_pool_close_stale();
}

/*
 * Lease the right to call the server as the user.  It ends when the
 * current memory context is reset or deleted; server and options must live as
 * long, and calls under way must have been freed by then.
 */
SsmLease *
ssm_session_lease(ForeignServer *server, Oid userid, const SsmOptions *options)
{
	static bool registered = false;
	SsmLease   *lease = palloc0(sizeof(SsmLease));

	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, invalidate, (Datum) 0);
		registered = true;
	}
	lease->account = ssm_totals_account(server, options->operation->name);
	lease->serverid = server->serverid;
	lease->server = server->servername;
	lease->options = options;
	INSTR_TIME_SET_ZERO(lease->waited);
	INSTR_TIME_SET_CURRENT(lease->opened);
	lease->callback.func = end_lease;
	lease->callback.arg = lease;
	pg_atomic_fetch_add_u64(&lease->account->totals[SSM_TOTAL_SCANS], 1);
	lease->activity = ssm_activity_begin(server, options);
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &lease->callback);
	lease->mapping = ssm_mapping_use(ssm_mapping_find(server, userid));
	return lease;
}

/*
 * The loop to call by.  Its owner must not keep it beyond ssm_session_rest or
 * ssm_session_pause.
 */
SsmLoop *
ssm_session_loop(SsmLease *lease)
{
	if (lease->client == NULL)
		ssm_pool_take(lease->mapping, lease->serverid, lease->server, &lease->client);
	lease->client->pinned = true;
	return lease->client->loop;
}

/*
 * Has the scan a client?
 */
bool
ssm_session_at_work(const SsmLease *lease)
{
	return lease && lease->client;
}

/*
 * Has the scan a client, or may it take one although others may need descriptors?
 * lease is NULL for one that has not called yet.
 */
bool
ssm_session_has_room(const SsmLease *lease)
{
	return ssm_session_at_work(lease) || ssm_pool_has_room();
}

/*
 * The scan has a row, and is busy with other things until it asks for its loop
 * again.  If it has nothing under way, its descriptors may serve others.
 */
void
ssm_session_pause(SsmLease *lease)
{
	if (lease->doing != SSM_DOING_READER)
		tell(lease, SSM_DOING_READER);
	if (lease->client)
		lease->client->pinned = lease->renewal.boarding.flight || lease->discovery.flight;
}

/*
 * How many connections at once may be used, of that many: at least 1.
 */
int
ssm_session_widen(SsmLease *lease, int connections)
{
	(void) ssm_session_loop(lease);
	return ssm_pool_widen(lease->client, connections);
}

/*
 * How to call by the lease, once ssm_session_direct has said where; the lease
 * counts what that costs, beginning with zero.  What is pointed to is the
 * lease's, and shared with other scans by the same user mapping as far as it is
 * who calls.
 */
SsmClient
ssm_session_client(SsmLease *lease)
{
	return (SsmClient)
	{
		.loop = ssm_session_loop(lease),
			.identity = &lease->mapping->identity,
			.counters = &lease->counters,
			.log = note_attempt,
			.log_arg = lease,
	};
}

/*
 * Let the client call this service, which must outlive its calls, and sign with the
 * service's clock.
 */
void
ssm_session_direct(SsmClient *client, const SsmService *service)
{
	SsmLease   *lease = client->log_arg;

	if (lease->pace.url != service->endpoint.url)
		ssm_pace_open(&lease->pace, lease->mapping, service->endpoint.url);
	client->pacer = &lease->pace.pacer;
	client->service = service;
	client->identity->clock.uncorrected = service->keep_clock;
}

/*
 * What calls by the lease have cost so far.
 */
const SsmCounters *
ssm_session_counters(const SsmLease *lease)
{
	return &lease->counters;
}

/*
 * How long ago the lease was opened, in milliseconds.
 */
double
ssm_session_took(const SsmLease *lease)
{
	instr_time	now;

	INSTR_TIME_SET_CURRENT(now);
	INSTR_TIME_SUBTRACT(now, lease->opened);
	return INSTR_TIME_GET_MILLISEC(now);
}

/*
 * How long calls by the lease have been waited for, in milliseconds.
 */
double
ssm_session_waited(const SsmLease *lease)
{
	return INSTR_TIME_GET_MILLISEC(lease->waited);
}

/*
 * Ask the instance for its region, without waiting: false means that the answer
 * has yet to come.  If it gives none, an error says what to set.
 */
bool
ssm_session_discover(SsmLease *lease)
{
	return ssm_discover(&lease->discovery, lease->mapping, ssm_session_loop(lease),
						lease->options, lease->server);
}

/*
 * See to it that there are keys to call with, without waiting: false means that
 * they have yet to come.  Call it before each step of the scan; raises an
 * error if there are no keys.
 */
bool
ssm_session_ready(SsmLease *lease)
{
	return ssm_renew(&lease->renewal, lease->mapping, ssm_session_loop(lease),
					 lease->options, ssm_instance_region(), lease->server);
}

/*
 * The descriptor to wait on; to be asked for before each wait.
 */
int
ssm_session_fd(SsmLease *lease)
{
	SsmLoop    *loop = ssm_session_loop(lease);

	ssm_flight_before_wait(&lease->renewal.boarding);
	ssm_flight_before_wait(&lease->discovery);
	tell(lease, find_doing(lease));
	return ssm_loop_fd(loop);
}

/*
 * Wait until the client's loop has something to do, and keep account of it.
 * Cancel, termination and the death of the postmaster end the wait at once.
 */
void
ssm_session_wait(SsmLease *lease)
{
	static uint32 wait_event = 0;
	instr_time	before;
	instr_time	after;

	INSTR_TIME_SET_CURRENT(before);
	if (wait_event == 0)
		wait_event = ssm_wait_event_new("SsmFdwGetResult");
	WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH,
					  ssm_session_fd(lease), -1, wait_event);
	INSTR_TIME_SET_CURRENT(after);
	INSTR_TIME_ACCUM_DIFF(lease->waited, after, before);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * The same as ssm_locate, but wait for the region, if need be.
 */
SsmService *
ssm_session_locate(ForeignServer *server, Oid userid, const SsmOptions *options)
{
	SsmService *service = ssm_locate(server, userid, options);
	SsmLease   *lease;

	if (service)
		return service;
	lease = ssm_session_lease(server, userid, options);
	while (!ssm_session_discover(lease))
		ssm_session_wait(lease);
	ssm_session_rest(lease);
	return ssm_locate(server, userid, options);
}
