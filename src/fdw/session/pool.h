/*
 * pool.h
 *		The backend's clients: loops with their kept-alive connections.
 */
#ifndef SSM_FDW_POOL_H
#define SSM_FDW_POOL_H

#include "lib/ilist.h"

#include "base/loop.h"
#include "fdw/session/mapping.h"

/* A client, which makes the calls of one user mapping. */
typedef struct SsmPooled
{
	dlist_node	node;			/* in idle or lent */
	Oid			serverid;
	SsmMapping *mapping;		/* in use by it */
	SsmLoop    *loop;
	int			descriptors;	/* accounted with AcquireExternalFD */
	int64		given_at;		/* of ssm_loop_now's clock, if idle */
	struct SsmPooled **holder;	/* if lent: where it is held; becomes NULL
								 * when the client is taken away */
	bool		pinned;			/* it must not be: its holder is at work */
} SsmPooled;

/* What SQL shows of a client. */
typedef struct SsmConnection
{
	Oid			serverid;
	Oid			umid;			/* pg_user_mapping's; whose calls it makes */
	bool		valid;			/* server and mapping are as they were */
	bool		in_use;			/* lent */
} SsmConnection;

extern void ssm_pool_take(SsmMapping *mapping, Oid serverid, const char *server, SsmPooled **holder);
extern void ssm_pool_give(SsmPooled *client);
extern int	ssm_pool_widen(SsmPooled *client, int connections);
extern bool ssm_pool_acquire(int n, int spare);
extern bool ssm_pool_has_room(void);
extern void ssm_pool_release(int n);
extern List *ssm_pool_connections(void);
extern bool ssm_pool_close(Oid serverid);
extern void ssm_pool_close_stale(void);

#endif							/* SSM_FDW_POOL_H */
