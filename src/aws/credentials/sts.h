/*
 * sts.h
 *		Credentials of a role, from AWS's Security Token Service.
 */
#ifndef SSM_AWS_CREDENTIALS_STS_H
#define SSM_AWS_CREDENTIALS_STS_H

#include "aws/credentials/provider.h"
#include "aws/endpoint.h"
#include "base/clock.h"

/* A role to assume. */
typedef struct SsmRole
{
	const char *arn;
	const char *external_id;	/* NULL: none */
	const char *session_name;	/* NULL: one of our own */
	int			duration;		/* seconds, 0: STS's default */
} SsmRole;

/* How; what it points to outlives the provider, but the token. */
typedef struct SsmAssumeRole
{
	SsmRole		role;
	SsmEndpoint endpoint;
	SsmClock   *clock;			/* STS's */
	const char *ca_bundle;		/* NULL: the system's */
	const char *user_agent;
	const SsmCredentials *credentials;	/* whose bearer assumes the role */
	const char *web_identity_token; /* instead of those; copied */
} SsmAssumeRole;

extern SsmProvider *ssm_sts_start(SsmLoop *loop, const SsmAssumeRole *request, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_STS_H */
