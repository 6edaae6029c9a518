/*
 * session.h
 *		The backend's clients, leased to scans; the only place that waits.
 */
#ifndef SSM_FDW_SESSION_H
#define SSM_FDW_SESSION_H

#include "foreign/foreign.h"

#include "aws/client.h"
#include "fdw/options.h"

/* A loop with its kept-alive connections, and who calls by it. */
typedef struct SsmLease SsmLease;

/* What is to be known of a client. */
typedef struct SsmConnection
{
	Oid			serverid;
	Oid			umid;			/* pg_user_mapping's; whose calls it makes */
	bool		valid;			/* server and mapping are as they were */
	bool		in_use;			/* leased */
} SsmConnection;

extern SsmLease *ssm_session_lease(ForeignServer *server, Oid userid, const SsmOptions *options);
extern SsmClient ssm_session_client(SsmLease *lease);
extern void ssm_session_direct(SsmClient *client, const SsmService *service);
extern double ssm_session_waited(const SsmLease *lease);
extern bool ssm_session_discover(SsmLease *lease);
extern bool ssm_session_ready(SsmLease *lease);
extern SsmService *ssm_session_locate(ForeignServer *server, Oid userid, const SsmOptions *options);
extern int	ssm_session_widen(SsmLease *lease, int connections);
extern void ssm_session_wait(SsmLease *lease);
extern List *ssm_session_connections(void);
extern bool ssm_session_disconnect(Oid serverid);

#endif							/* SSM_FDW_SESSION_H */
