/*
 * identity.h
 *		What all calls of one identity share in this process.
 */
#ifndef SSM_AWS_IDENTITY_H
#define SSM_AWS_IDENTITY_H

#include "aws/limiter.h"
#include "aws/credentials.h"
#include "base/clock.h"

/* Zeroed, an identity has no credentials, the machine's time, and may send at will. */
typedef struct SsmIdentity
{
	SsmCredentials credentials;
	SsmClock	clock;			/* to sign by, and to judge expiry by */
	int64_t		generation;		/* how often they have been set */
	int64_t		rejected;		/* the generation that the service refused as
								 * expired: fetch others */
	SsmLimiter	limiter;		/* of SSM_RETRY_ADAPTIVE */
	int			retry_spent;	/* tokens gone of the quota for repeats */
} SsmIdentity;

extern bool ssm_identity_set_credentials(SsmIdentity *identity, const SsmCredentials *credentials, SsmError *error);
extern void ssm_identity_clear(SsmIdentity *identity);

#endif							/* SSM_AWS_IDENTITY_H */
