/*
 * metadata.h
 *		Credentials and region from EC2's instance metadata service (IMDS).
 */
#ifndef SSM_AWS_CREDENTIALS_METADATA_H
#define SSM_AWS_CREDENTIALS_METADATA_H

#include "aws/credentials/provider.h"
#include "aws/config.h"
#include "base/clock.h"

typedef struct SsmRegionSearch SsmRegionSearch;

extern SsmProvider *ssm_metadata_start(SsmLoop *loop, const SsmConfig *config,
									   const char *user_agent, const SsmClock *clock, SsmError *error);
extern SsmRegionSearch *ssm_region_search_start(SsmLoop *loop, const SsmConfig *config,
												const char *user_agent, SsmError *error);
extern SsmProviderState ssm_region_search_advance(SsmRegionSearch *search, char *region, size_t size,
												  SsmError *error);
extern void ssm_region_search_free(SsmRegionSearch *search);

#endif							/* SSM_AWS_CREDENTIALS_METADATA_H */
