/*
 * provider.h
 *		What all ways to get credentials have in common.
 */
#ifndef SSM_AWS_CREDENTIALS_PROVIDER_H
#define SSM_AWS_CREDENTIALS_PROVIDER_H

#include "aws/credentials.h"
#include "base/loop.h"

/*
 * A provider at work; each starts its own struct with this.  advance goes on as
 * far as possible without waiting: to be called after each ssm_loop_pump until
 * it returns something else than SSM_PENDING, and not again after that.
 * Only SSM_DONE fills *out, which had no credentials, and only SSM_FAILED
 * *error.  free cuts off
 * what is under way and releases it.
 */
typedef struct SsmProvider SsmProvider;
struct SsmProvider
{
	SsmProgress (*advance) (SsmProvider *provider, SsmCredentials *out, SsmError *error);
	void		(*free) (SsmProvider *provider);
};

#endif							/* SSM_AWS_CREDENTIALS_PROVIDER_H */
