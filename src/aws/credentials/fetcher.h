/*
 * fetcher.h
 *		A provider that asks a service over HTTP.
 */
#ifndef SSM_AWS_CREDENTIALS_FETCHER_H
#define SSM_AWS_CREDENTIALS_FETCHER_H

#include "aws/credentials/provider.h"
#include "aws/exchange.h"

/* Each such provider starts its own struct with this. */
typedef struct SsmFetcher
{
	SsmProvider base;
	SsmExchange exchange;		/* whose methods get the provider as arg, and
								 * SsmCredentials as out */
} SsmFetcher;

extern void *ssm_fetcher_new(size_t size, void (*release) (SsmProvider *provider),
							 const SsmExchangeMethods *methods, const SsmExchangePolicy *policy,
							 SsmLoop *loop, const char *user_agent, SsmError *error);
extern SsmProgress ssm_fetcher_advance(SsmProvider *provider, SsmCredentials *out, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_FETCHER_H */
