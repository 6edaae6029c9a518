/*
 * session.c
 *		The backend's clients, leased to scans; the only place that waits.
 *
 * A client belongs to one user mapping, so that one identity's connections
 * never serve another, and to one scan at a time, so that a scan never waits
 * for another.  Idle ones are kept for the next scan.  ALTER or DROP of the
 * server or the mapping retires a client: at once if it is idle, else when its
 * scan ends.
 */
#include "postgres.h"

#include "fdw/session/session.h"

#include "lib/ilist.h"
#include "miscadmin.h"
#include "portability/instr_time.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"
#include "utils/wait_event.h"

#include "fdw/compat.h"
#include "fdw/report.h"
#include "fdw/session/locate.h"
#include "fdw/session/mapping.h"
#include "fdw/session/renew.h"
#include "fdw/session/stats.h"

#define MAX_IDLE		8
#define DESCRIPTORS		3		/* epoll, timer and a first connection */
#define SPARE			4		/* left for others, such as the wait itself */

struct SsmLease
{
	dlist_node	node;			/* in idle or leased */
	SsmServerStats *stats;		/* of its server */
	SsmMapping *mapping;		/* who calls; in use by this client */
	int			descriptors;	/* accounted with AcquireExternalFD */
	SsmLoop    *loop;			/* NULL until the client is complete */

	/* of the scan that has it */
	const char *server;			/* the server's name */
	const SsmOptions *options;
	SsmCounters counters;		/* what its calls have cost */
	instr_time	waited;			/* for them */
	SsmRenewal	renewal;
	SsmDiscovery discovery;
	MemoryContextCallback callback;
};

static dlist_head leased = DLIST_STATIC_INIT(leased);
static dlist_head idle = DLIST_STATIC_INIT(idle);	/* the newest first */
static int	nidle = 0;

/*
 * Take an idle client out of its list.
 */
static void
remove_idle(SsmLease *lease)
{
	dlist_delete(&lease->node);
	nidle--;
}

/*
 * Close a client that is in no list.
 */
static void
destroy(SsmLease *lease)
{
	ssm_loop_free(lease->loop);
	ssm_mapping_release(lease->mapping);
	while (lease->descriptors-- > 0)
		ReleaseExternalFD();
	pfree(lease);
}

/*
 * Close the client that has been idle for longest.  False if none is idle.
 */
static bool
close_oldest(void)
{
	SsmLease   *lease;

	if (dlist_is_empty(&idle))
		return false;
	lease = dlist_tail_element(SsmLease, node, &idle);
	remove_idle(lease);
	destroy(lease);
	return true;
}

/*
 * Account for n more descriptors, which idle clients give up if need be.  False
 * if they are not to be had with that many to spare.
 */
static bool
acquire(int n, int spare)
{
	int			got;
	int			extra;

	for (got = 0; got < n + spare; got++)
		while (!AcquireExternalFD())
			if (!close_oldest())
			{
				while (got-- > 0)
					ReleaseExternalFD();
				return false;
			}
	for (extra = 0; extra < spare; extra++)
		ReleaseExternalFD();
	return true;
}

/*
 * Memory context callback: a scan has ended, by whatever way.
 */
static void
give_back(void *arg)
{
	SsmLease   *lease = arg;

	dlist_delete(&lease->node);
	ssm_stats_add(lease->stats, &lease->counters, &lease->waited);
	ssm_renew_stop(&lease->renewal);
	ssm_discover_stop(&lease->discovery);
	if (lease->mapping->stale || lease->loop == NULL || ssm_loop_broken(lease->loop))
	{
		destroy(lease);
		return;
	}
	if (nidle >= MAX_IDLE)
		close_oldest();
	dlist_push_head(&idle, &lease->node);
	nidle++;
}

/*
 * Syscache callback: a server or user mapping has changed; hash 0 means all of
 * them have.
 */
static void
invalidate(Datum arg, int cacheid, uint32 hash)
{
	dlist_mutable_iter iter;

	ssm_mapping_invalidate(cacheid, hash);
	dlist_foreach_modify(iter, &idle)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);

		if (!lease->mapping->stale)
			continue;
		remove_idle(lease);
		destroy(lease);
	}
}

/*
 * Take an idle client of the mapping out of its list, or return NULL.
 */
static SsmLease *
find_idle(const SsmMapping *mapping)
{
	dlist_iter	iter;

	dlist_foreach(iter, &idle)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);

		if (lease->mapping == mapping)
		{
			remove_idle(lease);
			return lease;
		}
	}
	return NULL;
}

/*
 * Has the process the descriptors that a wait or a new connection needs?  Idle
 * clients give up theirs if need be.
 */
static bool
have_spare(void)
{
	while (ssm_loop_starved())
		if (!close_oldest())
			return false;
	return true;
}

/*
 * See that the client has what it needs, and open it if it is new.  The caller
 * has put it where an error finds it.
 */
static void
open_client(SsmLease *lease, ForeignServer *server)
{
	SsmError	error;

	if (lease->loop == NULL && acquire(DESCRIPTORS, SPARE))
	{
		lease->descriptors = DESCRIPTORS;
		(void) have_spare();
		lease->loop = ssm_loop_create(&error);
		if (lease->loop == NULL)
			ssm_report(&error, "", server->servername);
	}
	if (lease->loop == NULL || !have_spare())
	{
		ssm_fail(&error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection");
		ssm_report(&error, "", server->servername);
	}
}

/*
 * Lease a client of the server for calls as the user.  It goes back when the
 * current memory context is reset or deleted; server and options must live as
 * long, and calls under way must have been freed by then.
 */
SsmLease *
ssm_session_lease(ForeignServer *server, Oid userid, const SsmOptions *options)
{
	static bool registered = false;
	SsmServerStats *stats;
	SsmMapping *mapping;
	SsmLease   *lease;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, invalidate, (Datum) 0);
		registered = true;
	}
	stats = ssm_stats_get(server->serverid);
	mapping = ssm_mapping_find(server, userid);
	lease = find_idle(mapping);
	if (lease == NULL)
	{
		lease = MemoryContextAllocZero(TopMemoryContext, sizeof(SsmLease));
		lease->mapping = ssm_mapping_use(mapping);
		lease->stats = stats;
	}
	dlist_push_head(&leased, &lease->node);
	lease->server = server->servername;
	lease->options = options;
	memset(&lease->counters, 0, sizeof(lease->counters));
	INSTR_TIME_SET_ZERO(lease->waited);
	lease->callback.func = give_back;
	lease->callback.arg = lease;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &lease->callback);
	open_client(lease, server);
	return lease;
}

/*
 * Account for that many connections at once, if so many descriptors are to be
 * had.  Half of all (a third of max_safe_fds, see AcquireExternalFD) are left for
 * the first connections of other scans, as an Append may have many.  Returns how
 * many may be used, at least 1.
 */
int
ssm_session_widen(SsmLease *lease, int connections)
{
	while (lease->descriptors < DESCRIPTORS + connections - 1 &&
		   acquire(1, Max(SPARE, max_safe_fds / 6)))
		lease->descriptors++;
	return Min(connections, lease->descriptors - DESCRIPTORS + 1);
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
		.loop = lease->loop,
			.identity = &lease->mapping->identity,
			.counters = &lease->counters,
			.log = ssm_report_attempt,
	};
}

/*
 * Let the client call this service, which must outlive its calls, and sign by the
 * clock that the service is to be called by.
 */
void
ssm_session_direct(SsmClient *client, const SsmService *service)
{
	client->service = service;
	client->identity->clock.uncorrected = service->keep_clock;
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
	return ssm_discover(&lease->discovery, lease->mapping, lease->loop, lease->options, lease->server);
}

/*
 * See to it that there are keys to call with, without waiting: false means that
 * they have yet to come.  To be called before each step of the scan; raises an
 * error if there are none to be had.
 */
bool
ssm_session_ready(SsmLease *lease)
{
	return ssm_renew(&lease->renewal, lease->mapping, lease->loop,
					 lease->options, ssm_instance_region(), lease->server);
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
					  ssm_loop_fd(lease->loop), -1, wait_event);
	INSTR_TIME_SET_CURRENT(after);
	INSTR_TIME_ACCUM_DIFF(lease->waited, after, before);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}

/*
 * The same as ssm_locate, but wait for the region, if need be.  Keeps a
 * lease meanwhile, up to the end of the current memory context.
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
	return ssm_locate(server, userid, options);
}

/*
 * Add what is to be known of the clients in a list to others.
 */
static List *
describe(List *list, dlist_head *clients, bool in_use)
{
	dlist_iter	iter;

	dlist_foreach(iter, clients)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);
		SsmConnection *connection = palloc(sizeof(SsmConnection));

		connection->serverid = lease->stats->serverid;
		connection->umid = lease->mapping->umid;
		connection->valid = !lease->mapping->stale;
		connection->in_use = in_use;
		list = lappend(list, connection);
	}
	return list;
}

/*
 * All clients, as a List of SsmConnection; palloc'ed.
 */
List *
ssm_session_connections(void)
{
	return describe(describe(NIL, &leased, true), &idle, false);
}

/*
 * Close the idle clients of a server, or of all with InvalidOid, and forget
 * whom no client calls by any more.  Returns whether there were any.
 */
bool
ssm_session_disconnect(Oid serverid)
{
	bool		any = false;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &idle)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);

		if (OidIsValid(serverid) && lease->stats->serverid != serverid)
			continue;
		remove_idle(lease);
		destroy(lease);
		any = true;
	}
	ssm_mapping_forget();
	return any;
}
