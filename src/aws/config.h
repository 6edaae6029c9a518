/*
 * config.h
 *		Region, endpoints and certificates, where AWS clients look for them.
 */
#ifndef SSM_AWS_CONFIG_H
#define SSM_AWS_CONFIG_H

#include "aws/endpoint.h"
#include "aws/profile.h"

/* A flag that may be left to others. */
typedef enum SsmFlag
{
	SSM_FLAG_UNSET = 0,
	SSM_FLAG_OFF,
	SSM_FLAG_ON
} SsmFlag;

/* The services that endpoints are wanted of. */
typedef enum SsmServiceName
{
	SSM_SERVICE_SSM,
	SSM_SERVICE_STS,
	SSM_SERVICE_SSO,
	SSM_SERVICE_SSO_OIDC
} SsmServiceName;

/* What is set explicitly, and where to look for the rest; nothing is owned. */
typedef struct SsmConfig
{
	const SsmEnvironment *environment;
	const SsmProfiles *profiles;
	const char *profile;		/* the one in use; it need not exist */
	const char *region;			/* or NULL */
	const char *endpoint_url;	/* of SSM, or NULL */
	const char *ca_bundle;		/* file, or NULL */
	SsmFlag		use_fips;
	SsmFlag		use_dualstack;
} SsmConfig;

extern const char *ssm_config_get(const SsmConfig *config, const char *variable, const char *property);
extern const char *ssm_config_region(const SsmConfig *config);
extern const char *ssm_config_ca_bundle(const SsmConfig *config);
extern bool ssm_config_flag(const SsmConfig *config, SsmFlag given, const char *variable,
							const char *property);
extern bool ssm_config_keep_clock(const SsmConfig *config);
extern bool ssm_config_endpoint(const SsmConfig *config, SsmServiceName service,
								const char *region, SsmEndpoint *out, SsmError *error);

#endif							/* SSM_AWS_CONFIG_H */
