/*
 * pool.c
 *		The backend's clients: loops with their kept-alive connections.
 *
 * A client makes the calls of one user mapping, so that one identity's connections
 * never serve another, and is lent to one scan at a time, so that a scan never
 * waits for another.  What one statement has used, the next finds: idle clients
 * are kept as long as their connections are any good, in up to half of the
 * descriptors that AcquireExternalFD lets a backend have.
 *
 * Where these run out, idle clients give theirs up, the oldest first; then lent
 * ones that have nothing under way, such as those of cursors at rest: their
 * holders take another when they go on.
 */
#include "postgres.h"

#include "fdw/session/pool.h"

#include "storage/fd.h"
#include "utils/memutils.h"

#include "base/descriptors.h"
#include "fdw/report.h"

#define DESCRIPTORS		3		/* epoll, timer and a first connection */
#define SPARE			4		/* left for others, such as the wait itself */

/* Milliseconds; libcurl uses no connection that was idle for longer. */
#define MAX_IDLE		(118 * 1000)

static dlist_head lent = DLIST_STATIC_INIT(lent);	/* the newest first */
static dlist_head idle = DLIST_STATIC_INIT(idle);	/* likewise */
static int	idle_descriptors = 0;

/*
 * Close a client that is in no list.
 */
static void
destroy(SsmPooled *client)
{
	ssm_loop_free(client->loop);
	ssm_mapping_release(client->mapping);
	ssm_pool_release(client->descriptors);
	pfree(client);
}

/*
 * Take an idle client out of its list.
 */
static void
remove_idle(SsmPooled *client)
{
	dlist_delete(&client->node);
	idle_descriptors -= client->descriptors;
}

/*
 * Close the client that has been idle for longest.  False if none is idle.
 */
static bool
close_oldest(void)
{
	SsmPooled  *client;

	if (dlist_is_empty(&idle))
		return false;
	client = dlist_tail_element(SsmPooled, node, &idle);
	remove_idle(client);
	destroy(client);
	return true;
}

/*
 * Close the clients that have been idle for too long, or hold too much.
 */
static void
trim(void)
{
	int64		oldest = ssm_loop_now() - MAX_IDLE;

	while (!dlist_is_empty(&idle) &&
		   (idle_descriptors > max_safe_fds / 6 ||
			dlist_tail_element(SsmPooled, node, &idle)->given_at < oldest))
		close_oldest();
}

/*
 * Take a client with nothing under way from the holder that has had it longest.
 * False if there is none.
 */
static bool
take_away(void)
{
	dlist_iter	iter;

	dlist_reverse_foreach(iter, &lent)
	{
		SsmPooled  *client = dlist_container(SsmPooled, node, iter.cur);

		if (client->pinned || !ssm_loop_idle(client->loop))
			continue;
		*client->holder = NULL;
		dlist_delete(&client->node);
		destroy(client);
		return true;
	}
	return false;
}

/*
 * Account for n more descriptors, which idle clients give up if need be, and if taking
 * also lent ones.  False if they are not to be had with that many to spare.
 */
static bool
acquire(int n, int spare, bool taking)
{
	int			got;

	for (got = 0; got < n + spare; got++)
		while (!AcquireExternalFD())
			if (!close_oldest() && !(taking && take_away()))
			{
				ssm_pool_release(got);
				return false;
			}
	ssm_pool_release(spare);
	return true;
}

/*
 * Account for n more descriptors, which clients give up if need be.  False
 * if they are not to be had with that many to spare.
 */
bool
ssm_pool_acquire(int n, int spare)
{
	return acquire(n, spare, true);
}

/*
 * Should a scan that others are waited for with begin now?  If not, one of them will
 * give descriptors back.  An eighth is left for searches for credentials.
 */
bool
ssm_pool_has_room(void)
{
	if (dlist_is_empty(&lent))
		return true;
	if (!acquire(DESCRIPTORS, Max(SPARE, max_safe_fds / 24), false))
		return false;
	ssm_pool_release(DESCRIPTORS);
	return true;
}

/*
 * Account for n descriptors less.
 */
void
ssm_pool_release(int n)
{
	while (n-- > 0)
		ReleaseExternalFD();
}

/*
 * Has the process the descriptors that a wait or a new connection needs?  Clients
 * give up theirs if need be.
 */
static bool
have_spare(void)
{
	while (ssm_descriptors_short())
		if (!close_oldest() && !take_away())
			return false;
	return true;
}

/*
 * An idle client of the mapping, taken out of its list, or NULL.
 */
static SsmPooled *
find_idle(const SsmMapping *mapping)
{
	dlist_iter	iter;

	dlist_foreach(iter, &idle)
	{
		SsmPooled  *client = dlist_container(SsmPooled, node, iter.cur);

		if (client->mapping != mapping)
			continue;
		remove_idle(client);
		return client;
	}
	return NULL;
}

/*
 * Open a client that is new, and see that there are descriptors to go on with.
 * The caller has put it where an error finds it.
 */
static void
open_client(SsmPooled *client, const char *server)
{
	SsmError	error;

	if (client->loop == NULL && ssm_pool_acquire(DESCRIPTORS, SPARE))
	{
		client->descriptors = DESCRIPTORS;
		(void) have_spare();
		client->loop = ssm_loop_create(&error);
		if (client->loop == NULL)
			ssm_report(&error, "", server);
	}
	if (client->loop == NULL || !have_spare())
	{
		ssm_fail(&error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection");
		ssm_report(&error, "", server);
	}
}

/*
 * Lend a client that calls by the mapping, which is the server's, pinned, into
 * *holder, also where an error is raised.  It goes back by ssm_pool_give, unless
 * *holder has become NULL.
 */
void
ssm_pool_take(SsmMapping *mapping, Oid serverid, const char *server, SsmPooled **holder)
{
	SsmPooled  *client;

	trim();
	client = find_idle(mapping);
	if (client == NULL)
	{
		client = MemoryContextAllocZero(TopMemoryContext, sizeof(SsmPooled));
		client->mapping = ssm_mapping_use(mapping);
		client->serverid = serverid;
	}
	client->holder = holder;
	client->pinned = true;
	*holder = client;
	dlist_push_head(&lent, &client->node);
	open_client(client, server);
}

/*
 * Take a client back.  Its transfers have been removed.
 */
void
ssm_pool_give(SsmPooled *client)
{
	dlist_delete(&client->node);
	if (client->mapping->stale || client->loop == NULL || ssm_loop_broken(client->loop))
	{
		destroy(client);
		return;
	}
	client->given_at = ssm_loop_now();
	dlist_push_head(&idle, &client->node);
	idle_descriptors += client->descriptors;
	trim();
}

/*
 * Account for that many connections at once, if so many descriptors are to be
 * had.  Half of all (a third of max_safe_fds, see AcquireExternalFD) are left for
 * the first connections of other scans, as an Append may have many.  Returns how
 * many may be used, at least 1.
 */
int
ssm_pool_widen(SsmPooled *client, int connections)
{
	while (client->descriptors < DESCRIPTORS + connections - 1 &&
		   ssm_pool_acquire(1, Max(SPARE, max_safe_fds / 6)))
		client->descriptors++;
	return Min(connections, client->descriptors - DESCRIPTORS + 1);
}

/*
 * Add what SQL shows of the clients in a list to others.
 */
static List *
describe(List *list, dlist_head *clients, bool in_use)
{
	dlist_iter	iter;

	dlist_foreach(iter, clients)
	{
		SsmPooled  *client = dlist_container(SsmPooled, node, iter.cur);
		SsmConnection *connection = palloc(sizeof(SsmConnection));

		connection->serverid = client->serverid;
		connection->umid = client->mapping->umid;
		connection->valid = !client->mapping->stale;
		connection->in_use = in_use;
		list = lappend(list, connection);
	}
	return list;
}

/*
 * All clients, as a List of SsmConnection; palloc'ed.
 */
List *
ssm_pool_connections(void)
{
	return describe(describe(NIL, &lent, true), &idle, false);
}

/*
 * Close the idle clients of a server (InvalidOid: of all) or, if stale, only those
 * whose mapping is.  Returns whether there were any.
 */
static bool
close_idle(Oid serverid, bool stale)
{
	bool		any = false;
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &idle)
	{
		SsmPooled  *client = dlist_container(SsmPooled, node, iter.cur);

		if ((OidIsValid(serverid) && client->serverid != serverid) ||
			(stale && !client->mapping->stale))
			continue;
		remove_idle(client);
		destroy(client);
		any = true;
	}
	return any;
}

/*
 * Close the idle clients of a server, or of all with InvalidOid, and forget
 * whom no client calls by any more.  Returns whether there were any.
 */
bool
ssm_pool_close(Oid serverid)
{
	bool		any = close_idle(serverid, false);

	ssm_mapping_forget();
	return any;
}

/*
 * Close the idle clients whose server or user mapping has changed.
 */
void
ssm_pool_close_stale(void)
{
	(void) close_idle(InvalidOid, true);
}
