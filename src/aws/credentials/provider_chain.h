/*
 * provider_chain.h
 *		Find credentials where AWS clients look for them.
 */
#ifndef SSM_AWS_CREDENTIALS_PROVIDER_CHAIN_H
#define SSM_AWS_CREDENTIALS_PROVIDER_CHAIN_H

#include "aws/credentials/inputs.h"
#include "aws/credentials/provider.h"

typedef struct SsmProviderChain SsmProviderChain;

#define SSM_CREDENTIALS_DIGEST	32	/* bytes */

extern bool ssm_credentials_digest(const SsmCredentialsInputs *inputs, unsigned char digest[SSM_CREDENTIALS_DIGEST]);
extern SsmProviderChain *ssm_provider_chain_start(SsmLoop *loop, const SsmCredentialsInputs *inputs, SsmError *error);
extern SsmProgress ssm_provider_chain_advance(SsmProviderChain *chain, SsmCredentials *out, SsmError *error);
extern void ssm_provider_chain_free(SsmProviderChain *chain);

#endif							/* SSM_AWS_CREDENTIALS_PROVIDER_CHAIN_H */
