/*
 * flight.h
 *		One search, for credentials or the instance's region, that scans wait for
 *		together.
 */
#ifndef SSM_FDW_FLIGHT_H
#define SSM_FDW_FLIGHT_H

#include "aws/imds_region.h"
#include "aws/credentials/provider_chain.h"
#include "fdw/session/ambient.h"
#include "fdw/session/mapping.h"

/* Whoever is on board may read it. */
typedef struct SsmFlight
{
	bool		for_region;		/* else for credentials */
	dlist_node	node;			/* while it is under way */
	MemoryContext context;		/* what it lives in */
	int			users;
	SsmMapping *mapping;		/* whose options it goes by; in use */
	SsmOptions	options;		/* where its first user called; a copy */
	SsmAmbient	ambient;
	SsmCredentialsInputs inputs;
	bool		shared;			/* digest tells who else may have the keys */
	unsigned char digest[SSM_CREDENTIALS_DIGEST];
	int			descriptors;	/* accounted for the loop */
	SsmLoop    *loop;			/* NULL if nothing had to be asked, or others
								 * have the descriptors */
	int64		began;			/* of ssm_loop_now's clock, when it was wanted */
	SsmProviderChain *chain;
	SsmImdsRegion *region_fetch;
	int64		started;		/* of ssm_loop_now's clock */
	int64		driven;			/* of ssm_loop_driven's, then */
	SsmProgress state;
	SsmCredentials keys;		/* if done */
	char		region[64];		/* likewise */
	SsmError	error;			/* if failed */
} SsmFlight;

/* A scan's part in a flight.  Zeroed, it has none. */
typedef struct SsmBoarding
{
	SsmFlight  *flight;			/* or NULL */
	SsmLoop    *loop;			/* the scan's own */
	int			watched;		/* the flight's descriptor in it, or -1 */
} SsmBoarding;

extern bool ssm_flight_board(SsmBoarding *boarding, bool for_region, SsmMapping *mapping, SsmLoop *loop,
							 const SsmOptions *options, const char *region, SsmError *error);
extern SsmProgress ssm_flight_advance(SsmBoarding *boarding, SsmError *error);
extern void ssm_flight_before_wait(SsmBoarding *boarding);
extern void ssm_flight_leave(SsmBoarding *boarding);

#endif							/* SSM_FDW_FLIGHT_H */
