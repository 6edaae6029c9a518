/*
 * checks.h
 *		What ssm_fdw_check tries, one by one.
 */
#ifndef SSM_FDW_CHECKS_H
#define SSM_FDW_CHECKS_H

#include "fdw/functions/probe.h"

/* What one check has found: a row of the result. */
typedef struct SsmFinding
{
	SsmAnswer	ok;
	const char *detail;
	const char *hint;			/* what to do, or NULL */
	const char *fix;			/* SQL that does it, or NULL */
} SsmFinding;

/* All checks of one server. */
typedef struct SsmCheck
{
	SsmProbe	probe;			/* options as the server has them, but to ask
								 * exactly */
	SsmStatusFilter status_filter;	/* the server's */
	int64		slack;			/* the server's invoked_after_slack */
	SsmService *service;
	List	   *rows;			/* SsmProbeRow: of the page without filters */
	bool		more;			/* it had a token */
} SsmCheck;

/* A check.  It raises what it cannot do. */
typedef struct SsmCheckItem SsmCheckItem;
struct SsmCheckItem
{
	const char *item;
	void		(*run) (const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding);
	bool		anyway;			/* also after an error */
	const SsmOperation *operation;	/* to try, or NULL */
};

extern const SsmCheckItem ssm_checks[]; /* ends in a NULL item */

#endif							/* SSM_FDW_CHECKS_H */
