/*
 * renew.h
 *		Get and renew an identity's credentials while a scan runs.
 */
#ifndef SSM_FDW_RENEW_H
#define SSM_FDW_RENEW_H

#include "fdw/session/flight.h"

/* One scan's work on credentials.  Zeroed, it does none. */
typedef struct SsmRenewal
{
	SsmBoarding boarding;		/* the search that it takes part in */
	SsmMapping *mapping;		/* whose */
	int64		generation;		/* the identity's when it started */
	bool		early;			/* the keys there are still serve */
} SsmRenewal;

extern bool ssm_renew(SsmRenewal *renewal, SsmMapping *mapping, SsmLoop *loop,
					  const SsmOptions *options, const char *region, const char *server);
extern void ssm_renew_stop(SsmRenewal *renewal);

#endif							/* SSM_FDW_RENEW_H */
