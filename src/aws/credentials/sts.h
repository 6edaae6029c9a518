/*
 * sts.h
 *		Credentials of a role, from AWS's Security Token Service.
 */
#ifndef SSM_AWS_CREDENTIALS_STS_H
#define SSM_AWS_CREDENTIALS_STS_H

#include "aws/credentials/provider.h"
#include "aws/endpoint.h"
#include "base/clock.h"

/* What is asked of STS; what it points to outlives the provider, but the token. */
typedef struct SsmRole
{
	SsmEndpoint endpoint;
	SsmClock   *clock;			/* STS's */
	const char *ca_bundle;		/* NULL: the system's */
	const char *user_agent;
	const char *role_arn;
	const char *session_name;	/* NULL: one of our own */
	const char *external_id;	/* NULL: none */
	int			duration;		/* seconds, 0: STS's default */
	const SsmCredentials *keys; /* whose bearer takes the role */
	const char *web_identity_token; /* instead of keys; copied */
} SsmRole;

extern SsmProvider *ssm_sts_start(SsmLoop *loop, const SsmRole *role, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_STS_H */
