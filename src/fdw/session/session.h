/*
 * session.h
 *		How a scan calls: by a lease; the only place that waits.
 */
#ifndef SSM_FDW_SESSION_H
#define SSM_FDW_SESSION_H

#include "foreign/foreign.h"

#include "aws/client.h"
#include "fdw/options.h"

/* The right to call a server as a user, for one scan. */
typedef struct SsmLease SsmLease;

extern SsmLease *ssm_session_lease(ForeignServer *server, Oid userid, const SsmOptions *options);
extern SsmLoop *ssm_session_loop(SsmLease *lease);
extern SsmClient ssm_session_client(SsmLease *lease);
extern bool ssm_session_at_work(const SsmLease *lease);
extern bool ssm_session_has_room(const SsmLease *lease);
extern void ssm_session_pause(SsmLease *lease);
extern void ssm_session_rest(SsmLease *lease);
extern void ssm_session_direct(SsmClient *client, const SsmService *service);
extern const SsmCounters *ssm_session_counters(const SsmLease *lease);
extern double ssm_session_waited(const SsmLease *lease);
extern double ssm_session_took(const SsmLease *lease);
extern bool ssm_session_discover(SsmLease *lease);
extern bool ssm_session_ready(SsmLease *lease);
extern SsmService *ssm_session_locate(ForeignServer *server, Oid userid, const SsmOptions *options);
extern int	ssm_session_widen(SsmLease *lease, int connections);
extern int	ssm_session_fd(SsmLease *lease);
extern void ssm_session_wait(SsmLease *lease);

#endif							/* SSM_FDW_SESSION_H */
