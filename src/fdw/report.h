/*
 * report.h
 *		Engine error to ereport.
 */
#ifndef SSM_FDW_REPORT_H
#define SSM_FDW_REPORT_H

#include "aws/client.h"
#include "fdw/compat.h"

pg_noreturn extern void ssm_report(const SsmError *error, const char *operation, const char *server);
extern char *ssm_report_text(const char *message);
extern void ssm_report_attempt(const SsmAttempt *attempt);

#endif							/* SSM_FDW_REPORT_H */
