/*
 * endpoint.h
 *		Region and flags to the URL of a service.
 */
#ifndef SSM_AWS_ENDPOINT_H
#define SSM_AWS_ENDPOINT_H

#include "aws/region.h"
#include "base/error.h"

typedef struct SsmEndpointRule
{
	const char *service;		/* "ssm" or "sts" */
	const char *region;			/* may be NULL or "" */
	const char *endpoint_url;	/* the user's own, or NULL */
	bool		use_fips;
	bool		use_dualstack;
	bool		use_global_endpoint;	/* STS's legacy mode: old regions
										 * share https://sts.amazonaws.com */
} SsmEndpointRule;

typedef struct SsmEndpoint
{
	char		url[1024];		/* what to POST to, path included, ends in '/' */
	char		host[300];		/* the Host header: lower case, [..] round an
								 * IPv6 address, the port only where it is not
								 * the scheme's own */
	char		path[512];		/* "/" or the path of a custom endpoint */
	char		region[64];		/* the region to sign for; "" if none was
								 * given, which only an endpoint_url allows */
} SsmEndpoint;

extern bool ssm_endpoint_resolve(const SsmEndpointRule *rule, SsmEndpoint *out, SsmError *error);
extern bool ssm_endpoint_official(const char *url);

#endif							/* SSM_AWS_ENDPOINT_H */
