/*
 * config.c
 *		Region, endpoints and certificates, where AWS clients look for them.
 *
 * AWS: SDKs and Tools reference, AWS Region, service-specific endpoints, FIPS
 * and dual-stack endpoints.  What is set explicitly takes precedence over the
 * environment, and that over the profile.
 */
#include "aws/config.h"

#include <stdio.h>

#include "base/ascii.h"

/* What a service is called in host names, variables and profiles. */
static const struct
{
	const char *host;
	const char *variable;
	const char *section;
}			services[] = {
	[SSM_SERVICE_SSM] = {"ssm", "AWS_ENDPOINT_URL_SSM", "ssm"},
	[SSM_SERVICE_STS] = {"sts", "AWS_ENDPOINT_URL_STS", "sts"},
	[SSM_SERVICE_SSO] = {"portal.sso", "AWS_ENDPOINT_URL_SSO", "sso"},
	[SSM_SERVICE_SSO_OIDC] = {"oidc", "AWS_ENDPOINT_URL_SSO_OIDC", "sso_oidc"},
};

/*
 * A setting of the environment, else of the profile; NULL if neither has it.
 */
const char *
ssm_config_get(const SsmConfig *config, const char *variable, const char *property)
{
	const char *value = ssm_environment_get(config->environment, variable);

	return value ? value : ssm_profiles_get(config->profiles, config->profile, property);
}

/*
 * A flag, explicit or as environment or profile set it: only "true", in any case,
 * is true.
 */
bool
ssm_config_flag(const SsmConfig *config, SsmFlag given, const char *variable, const char *property)
{
	const char *value;

	if (given != SSM_FLAG_UNSET)
		return given == SSM_FLAG_ON;
	value = ssm_config_get(config, variable, property);
	return value && ssm_ascii_casecmp(value, "true") == 0;
}

/*
 * The region that is said outside of the files, or NULL.
 */
static const char *
stated_region(const SsmConfig *config)
{
	const char *region = config->region;

	if (region == NULL)
		region = ssm_environment_get(config->environment, "AWS_REGION");
	return region ? region : ssm_environment_get(config->environment, "AWS_DEFAULT_REGION");
}

/*
 * The region, or NULL if only the instance's metadata could tell.
 */
const char *
ssm_config_region(const SsmConfig *config)
{
	const char *region = stated_region(config);

	return region ? region : ssm_profiles_get(config->profiles, config->profile, "region");
}

/*
 * Say who has set an invalid region.  Always returns false.
 */
static bool
blame_region(const SsmConfig *config, SsmError *error)
{
	SsmError	cause = *error;

	if (config->region)
		return false;
	if (stated_region(config) == NULL)
		return ssm_fail_hint(error, cause.hint, cause.kind, "%s (region of profile \"%.100s\")", cause.message, config->profile);
	return ssm_fail_hint(error, cause.hint, cause.kind, "%s (%s)", cause.message,
						 ssm_environment_get(config->environment, "AWS_REGION") ? "AWS_REGION" : "AWS_DEFAULT_REGION");
}

/*
 * The file of certificates to verify AWS by, or NULL for the system's.
 */
const char *
ssm_config_ca_bundle(const SsmConfig *config)
{
	return config->ca_bundle ? config->ca_bundle :
		ssm_config_get(config, "AWS_CA_BUNDLE", "ca_bundle");
}

/*
 * Is the machine's clock to be believed, whatever answers say?
 */
bool
ssm_config_keep_clock(const SsmConfig *config)
{
	return ssm_config_flag(config, SSM_FLAG_UNSET, "AWS_DISABLE_CLOCK_SKEW_CORRECTION",
						   "disable_clock_skew_correction");
}

/*
 * The URL that the environment or the profile sets for a service into *url,
 * NULL if none does.  False if the profile names a section that is not there, or
 * what it says is not known.
 */
static bool
configured_url(const SsmConfig *config, SsmServiceName service, const char **url, SsmError *error)
{
	const char *section;

	*url = NULL;
	if (ssm_config_flag(config, SSM_FLAG_UNSET, "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
						"ignore_configured_endpoint_urls"))
		return ssm_profiles_check(config->profiles, error);
	*url = ssm_environment_get(config->environment, services[service].variable);
	if (*url == NULL)
		*url = ssm_environment_get(config->environment, "AWS_ENDPOINT_URL");
	if (*url)
		return true;
	if (!ssm_profiles_check(config->profiles, error))
		return false;
	section = ssm_profiles_get(config->profiles, config->profile, "services");
	if (section)
	{
		if (!ssm_profiles_have_section(config->profiles, "services", section))
			return ssm_fail_hint(error, "Add that section to the AWS config file, or take services out of the profile.", SSM_ERROR_CONFIG,
								 "profile \"%.64s\" names services \"%.64s\", but there is no section [services %.64s]",
								 config->profile, section, section);
		*url = ssm_profiles_section(config->profiles, "services", section,
									services[service].section, "endpoint_url");
	}
	if (*url == NULL)
		*url = ssm_profiles_get(config->profiles, config->profile, "endpoint_url");
	return true;
}

/*
 * Where to call a service, in the region given or, if that is NULL, the
 * config's own.  False if its settings contradict each other, an endpoint
 * cannot be used, or a file that would say more cannot be read; an SSM endpoint
 * of the user's own needs no region to be found.
 */
bool
ssm_config_endpoint(const SsmConfig *config, SsmServiceName service,
					const char *region, SsmEndpoint *out, SsmError *error)
{
	const char *legacy = ssm_config_get(config, "AWS_STS_REGIONAL_ENDPOINTS", "sts_regional_endpoints");
	SsmEndpointRule rule = {
		.service = services[service].host,
		.region = region ? region : ssm_config_region(config),
		.endpoint_url = service == SSM_SERVICE_SSM ? config->endpoint_url : NULL,
		.use_fips = ssm_config_flag(config, config->use_fips,
									"AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
		.use_dualstack = ssm_config_flag(config, config->use_dualstack,
										 "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
		.use_global_endpoint = legacy && ssm_ascii_casecmp(legacy, "legacy") == 0
	};

	if (region == NULL && stated_region(config) == NULL && !ssm_profiles_check(config->profiles, error))
		return false;
	if (rule.endpoint_url == NULL && !configured_url(config, service, &rule.endpoint_url, error))
		return false;
	if (ssm_endpoint_resolve(&rule, out, error))
		return true;
	return region == NULL && rule.region && !ssm_region_valid(rule.region) && blame_region(config, error);
}
