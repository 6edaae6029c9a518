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

#include "fdw/session.h"

#include "access/htup_details.h"
#include "catalog/pg_user_mapping.h"
#include "lib/ilist.h"
#include "miscadmin.h"
#include "pgstat.h"
#include "storage/fd.h"
#include "storage/latch.h"
#include "utils/builtins.h"
#include "utils/inval.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "engine/buf.h"
#include "fdw/report.h"
#include "fdw/version.h"

#define MAX_IDLE		8
#define DESCRIPTORS		3		/* epoll, timer and a first connection */
#define SPARE			4		/* left for others, such as the wait itself */

struct SsmLease
{
	dlist_node	node;			/* in idle or leased */
	Oid			umid;			/* the user mapping */
	uint32		server_hash;	/* what invalidation messages name */
	uint32		mapping_hash;
	bool		stale;			/* not to be used for another scan */
	int			descriptors;	/* accounted with AcquireExternalFD */
	SsmLoop    *loop;
	SsmCredentials credentials;
	MemoryContextCallback callback;
};

static dlist_head idle = DLIST_STATIC_INIT(idle);
static dlist_head leased = DLIST_STATIC_INIT(leased);
static int	nidle = 0;

/*
 * Wipe and free a string that malloc made; NULL is ignored.
 */
static void
free_secret(char *secret)
{
	if (secret)
		ssm_wipe(secret, strlen(secret));
	free(secret);
}

/*
 * Close a client.  It must be in neither list.
 */
static void
destroy(SsmLease *lease)
{
	ssm_loop_free(lease->loop);
	free_secret(lease->credentials.access_key_id);
	free_secret(lease->credentials.secret_access_key);
	free_secret(lease->credentials.session_token);
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
	dlist_delete(&lease->node);
	nidle--;
	destroy(lease);
	return true;
}

/*
 * Account for n more descriptors, which idle clients give up if need be.  False
 * if they are not to be had with some to spare: who waits needs one as well.
 */
static bool
acquire(int n)
{
	int			got;
	int			extra;

	for (got = 0; got < n + SPARE; got++)
		while (!AcquireExternalFD())
			if (!close_oldest())
			{
				while (got-- > 0)
					ReleaseExternalFD();
				return false;
			}
	for (extra = 0; extra < SPARE; extra++)
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
	if (lease->stale)
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
	dlist_mutable_iter mutable;
	dlist_iter	iter;

#define CHANGED(lease) \
	(hash == 0 || \
	 (cacheid == FOREIGNSERVEROID ? (lease)->server_hash : (lease)->mapping_hash) == hash)

	dlist_foreach_modify(mutable, &idle)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, mutable.cur);

		if (!CHANGED(lease))
			continue;
		dlist_delete(&lease->node);
		nidle--;
		destroy(lease);
	}
	dlist_foreach(iter, &leased)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);

		lease->stale |= CHANGED(lease);
	}
}

/*
 * The user mapping for that user.  GetUserMapping's own error has no hint that
 * tells what to run.
 */
static UserMapping *
find_mapping(ForeignServer *server, Oid userid)
{
	if (!SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							   ObjectIdGetDatum(server->serverid)) &&
		!SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
							   ObjectIdGetDatum(server->serverid)))
	{
		char	   *user = GetUserNameFromId(userid, false);

		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user mapping not found for user \"%s\", server \"%s\"",
						user, server->servername),
				 errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_key_id '...', secret_access_key '...');",
						 quote_identifier(user), quote_identifier(server->servername))));
	}
	return GetUserMapping(userid, server->serverid);
}

/*
 * Copy a string with malloc, as the engine's lifetimes want it.  NULL stays
 * NULL.
 */
static char *
copy_secret(const char *secret)
{
	char	   *copy = secret ? strdup(secret) : NULL;

	if (secret && copy == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_OUT_OF_MEMORY),
				 errmsg("out of memory")));
	return copy;
}

/*
 * Fill in the keys of a user mapping.
 */
static void
read_credentials(SsmLease *lease, UserMapping *mapping, ForeignServer *server)
{
	SsmMappingOptions options;

	ssm_options_mapping(mapping->options, &options);
	if (options.access_key_id == NULL || options.secret_access_key == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no AWS credentials found for server \"%s\"", server->servername),
				 errdetail("User mapping: option %s is not set.",
						   options.access_key_id ? "secret_access_key" : "access_key_id"),
				 errhint("ALTER USER MAPPING FOR %s SERVER %s OPTIONS (ADD %s '...');",
						 OidIsValid(mapping->userid) ?
						 quote_identifier(GetUserNameFromId(mapping->userid, false)) : "PUBLIC",
						 quote_identifier(server->servername),
						 options.access_key_id ? "secret_access_key" : "access_key_id")));
	lease->credentials.access_key_id = copy_secret(options.access_key_id);
	lease->credentials.secret_access_key = copy_secret(options.secret_access_key);
	lease->credentials.session_token = copy_secret(options.session_token);
}

/*
 * Take an idle client of the mapping out of its list, or return NULL.
 */
static SsmLease *
find_idle(Oid umid)
{
	dlist_iter	iter;

	dlist_foreach(iter, &idle)
	{
		SsmLease   *lease = dlist_container(SsmLease, node, iter.cur);

		if (lease->umid == umid)
		{
			dlist_delete(&lease->node);
			nidle--;
			return lease;
		}
	}
	return NULL;
}

/*
 * Open what a new client needs.  The caller has put it where an error finds
 * it.
 */
static void
open_client(SsmLease *lease, ForeignServer *server, UserMapping *mapping)
{
	SsmError	error;

	if (!acquire(DESCRIPTORS))
	{
		ssm_fail(&error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection");
		ssm_report(&error, "", server->servername);
	}
	lease->descriptors = DESCRIPTORS;
	lease->loop = ssm_loop_create(&error);
	if (lease->loop == NULL)
		ssm_report(&error, "", server->servername);
	read_credentials(lease, mapping, server);
}

/*
 * Lease a client of the server for calls as the user.  It goes back when the
 * current memory context is reset or deleted; calls under way must have been
 * freed by then.
 */
SsmLease *
ssm_session_lease(ForeignServer *server, Oid userid)
{
	static bool registered = false;
	UserMapping *mapping = find_mapping(server, userid);
	SsmLease   *lease;
	bool		new;

	if (!registered)
	{
		CacheRegisterSyscacheCallback(FOREIGNSERVEROID, invalidate, (Datum) 0);
		CacheRegisterSyscacheCallback(USERMAPPINGOID, invalidate, (Datum) 0);
		registered = true;
	}
	lease = find_idle(mapping->umid);
	new = lease == NULL;
	if (new)
	{
		lease = MemoryContextAllocZero(TopMemoryContext, sizeof(SsmLease));
		lease->umid = mapping->umid;
		lease->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												   ObjectIdGetDatum(server->serverid));
		lease->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
													ObjectIdGetDatum(mapping->umid));
		lease->stale = true;	/* until it is complete */
	}
	dlist_push_head(&leased, &lease->node);
	lease->callback.func = give_back;
	lease->callback.arg = lease;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &lease->callback);
	if (new)
	{
		open_client(lease, server, mapping);
		lease->stale = false;
	}
	return lease;
}

/*
 * Account for that many connections at once, if so many descriptors are to be
 * had.  Returns how many may be used, at least 1.
 */
int
ssm_session_widen(SsmLease *lease, int connections)
{
	while (lease->descriptors < DESCRIPTORS + connections - 1 && acquire(1))
		lease->descriptors++;
	return Min(connections, lease->descriptors - DESCRIPTORS + 1);
}

/*
 * The client's loop; it stays the lease's.
 */
SsmLoop *
ssm_session_loop(SsmLease *lease)
{
	return lease->loop;
}

/*
 * The keys to sign with; they stay the lease's.
 */
const SsmCredentials *
ssm_session_credentials(SsmLease *lease)
{
	return &lease->credentials;
}

/*
 * Where to call and within what limits, by the options.  palloc'ed; strings
 * are the options'.  An endpoint that cannot be is an error.
 */
SsmService *
ssm_session_service(const SsmOptions *options, const char *server)
{
	static char user_agent[128];
	SsmService *service = palloc0(sizeof(SsmService));
	SsmEndpointRule rule = {
		.service = "ssm",
		.region = options->region,
		.endpoint_url = options->endpoint_url,
		.use_fips = options->use_fips_endpoint,
		.use_dualstack = options->use_dualstack_endpoint,
	};
	SsmError	error;

	if (!ssm_endpoint_resolve(&rule, &service->endpoint, &error))
		ssm_report(&error, "", server);
	/* a custom endpoint needs no region to be found, but one to be signed for */
	if (service->endpoint.region[0] == '\0')
	{
		ssm_fail(&error, SSM_ERROR_CONFIG, "Invalid Configuration: Missing Region");
		ssm_report(&error, "", server);
	}
	/* a package's PG_VERSION goes on in parentheses */
	snprintf(user_agent, sizeof(user_agent), "ssm_fdw/%s postgresql/%.*s libcurl/%s",
			 SSM_FDW_VERSION, (int) strcspn(PG_VERSION, " "), PG_VERSION,
			 curl_version_info(CURLVERSION_NOW)->version);
	service->user_agent = user_agent;
	service->ca_bundle = options->ca_bundle;
	service->connect_timeout = options->connect_timeout / 1000;
	service->request_timeout = options->request_timeout / 1000;
	service->max_response = options->max_response_size;
	service->max_attempts = options->max_attempts;
	return service;
}

/*
 * Wait until the client's loop has something to do.  Cancel, termination and
 * the death of the postmaster end the wait at once.
 */
void
ssm_session_wait(SsmLease *lease)
{
	WaitLatchOrSocket(MyLatch, WL_LATCH_SET | WL_SOCKET_READABLE | WL_EXIT_ON_PM_DEATH,
					  ssm_loop_fd(lease->loop), -1, PG_WAIT_EXTENSION);
	ResetLatch(MyLatch);
	CHECK_FOR_INTERRUPTS();
}
