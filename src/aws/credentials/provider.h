/*
 * provider.h
 *		What all ways to get credentials have in common.
 */
#ifndef SSM_AWS_CREDENTIALS_PROVIDER_H
#define SSM_AWS_CREDENTIALS_PROVIDER_H

#include "aws/credentials.h"
#include "base/loop.h"

typedef enum SsmProviderState
{
	SSM_PROVIDER_PENDING,		/* wait for the loop's descriptor */
	SSM_PROVIDER_DONE,
	SSM_PROVIDER_FAILED
} SsmProviderState;

/*
 * A provider at work; each starts its own struct with this.  advance goes on as
 * far as possible without waiting: to be called after each ssm_loop_pump until
 * it returns something else than SSM_PROVIDER_PENDING, and not again after that.
 * Only SSM_PROVIDER_DONE fills *out, which had no keys, and only SSM_PROVIDER_FAILED
 * *error.  free ends it, wherever it is.
 */
typedef struct SsmProvider SsmProvider;
struct SsmProvider
{
	SsmProviderState (*advance) (SsmProvider *provider, SsmCredentials *out, SsmError *error);
	void		(*free) (SsmProvider *provider);
};

#endif							/* SSM_AWS_CREDENTIALS_PROVIDER_H */
