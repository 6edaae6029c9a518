/*
 * totals.h
 *		What all calls of each server's operations have cost since the last reset.
 */
#ifndef SSM_FDW_TOTALS_H
#define SSM_FDW_TOTALS_H

#include "foreign/foreign.h"

#include "fdw/session/shared.h"

extern SsmAccount *ssm_totals_account(const ForeignServer *server, const char *operation);
extern void ssm_totals_add(SsmAccount *account, const SsmCounters *counters, SsmCounters *added);
extern int64 ssm_totals_sent(void);
extern void ssm_totals_attempt(SsmAccount *account, const SsmAttempt *attempt);
extern double ssm_totals_quantile(const SsmAccount *account, double share);
extern void ssm_totals_reset(void);

#endif							/* SSM_FDW_TOTALS_H */
