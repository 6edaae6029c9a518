/*
 * log.h
 *		A line in the server's log for a scan that has cost much.
 */
#ifndef SSM_FDW_LOG_H
#define SSM_FDW_LOG_H

#include "fdw/planner/bind.h"
#include "fdw/session/session.h"
#include "ssm/body.h"

extern void ssm_log_init(void);
extern void ssm_log_scan(const SsmOptions *options, const SsmLease *lease, const SsmBinding *binding);
extern char *ssm_log_request(const SsmRequestSet *requests, const SsmExpressions *expressions);

#endif							/* SSM_FDW_LOG_H */
