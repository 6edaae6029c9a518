/*
 * flight.h
 *		One search for credentials that scans wait for together.
 */
#ifndef SSM_FDW_FLIGHT_H
#define SSM_FDW_FLIGHT_H

#include "aws/credentials/search.h"
#include "fdw/session/ambient.h"
#include "fdw/session/mapping.h"

/* Whoever holds it by ssm_flight_board may read it. */
typedef struct SsmFlight
{
	dlist_node	node;			/* while it is under way */
	MemoryContext context;		/* what it lives in */
	int			users;
	SsmMapping *mapping;		/* whose options it goes by; in use */
	SsmOptions	options;		/* where its first user called; a copy */
	SsmAmbient	ambient;
	SsmSearchInputs inputs;
	bool		shared;			/* digest tells who else may have the keys */
	unsigned char digest[SSM_SEARCH_DIGEST];
	int			descriptors;	/* accounted for the loop */
	SsmLoop    *loop;			/* NULL if nothing had to be asked */
	SsmSearch  *search;
	int64		started;		/* of ssm_loop_now's clock */
	int64		driven;			/* of ssm_loop_driven's, then */
	SsmProviderState state;
	SsmCredentials keys;		/* if done */
	SsmError	error;			/* if failed */
} SsmFlight;

extern SsmFlight *ssm_flight_board(SsmMapping *mapping, const SsmOptions *options,
								   const char *region, SsmError *error);
extern SsmProviderState ssm_flight_advance(SsmFlight *flight);
extern void ssm_flight_leave(SsmFlight *flight);

#endif							/* SSM_FDW_FLIGHT_H */
