/*
 * fetcher.c
 *		A provider that asks a service over HTTP.
 */
#include "aws/credentials/fetcher.h"

#include <stdlib.h>

/*
 * Make a provider of size bytes, zeroed but for the SsmFetcher that it starts
 * with.  It advances by ssm_fetcher_advance unless its maker sets another
 * function.  NULL if malloc fails.  All that is pointed to outlives it.
 */
void *
ssm_fetcher_new(size_t size, void (*release) (SsmProvider *provider),
				const SsmExchangeMethods *methods, const SsmExchangePolicy *policy,
				SsmLoop *loop, const char *user_agent, SsmError *error)
{
	SsmFetcher *fetcher = calloc(1, size);

	if (fetcher == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	fetcher->base = (SsmProvider) {ssm_fetcher_advance, release};
	fetcher->exchange.methods = methods;
	fetcher->exchange.policy = policy;
	fetcher->exchange.arg = fetcher;
	fetcher->exchange.loop = loop;
	fetcher->exchange.user_agent = user_agent;
	return fetcher;
}

/*
 * SsmProvider.advance of a provider for which one exchange is all.
 */
SsmProgress
ssm_fetcher_advance(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	return ssm_exchange_advance(&((SsmFetcher *) provider)->exchange, out, error);
}
