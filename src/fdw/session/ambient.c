/*
 * ambient.c
 *		Settings, and what the server process has around it.
 *
 * Region, endpoint and certificates that the administrator has set for the
 * process hold for everyone.  Whether its credentials do is mapping.c's.
 */
#include "postgres.h"

#include "fdw/session/ambient.h"

#include <unistd.h>

#include "base/loop.h"
#include "fdw/version.h"

/*
 * Read the process's variables and files as they are now.  profile is the user
 * mapping's or NULL, region what the instance's metadata told or NULL.  The
 * config points to all of these.  False if memory is short; nothing is held
 * then.
 */
bool
ssm_ambient_load(SsmAmbient *ambient, const SsmOptions *options, const char *profile,
				 const char *region, SsmError *error)
{
	ambient->environment.variables = environ;
	if (!ssm_profiles_load(&ambient->profiles, &ambient->environment, error))
		return false;
	ambient->config = (SsmConfig)
	{
		.environment = &ambient->environment,
			.profiles = &ambient->profiles,
			.profile = ssm_profiles_chosen(&ambient->environment, profile),
			.region = options->region,
			.endpoint_url = options->endpoint_url,
			.ca_bundle = options->ca_bundle,
			.use_fips = options->use_fips_endpoint,
			.use_dualstack = options->use_dualstack_endpoint
	};
	if (ssm_config_region(&ambient->config) == NULL)
		ambient->config.region = region;
	return true;
}

/*
 * Wipe and release what was read.
 */
void
ssm_ambient_free(SsmAmbient *ambient)
{
	ssm_profiles_free(&ambient->profiles);
}

/*
 * What we call ourselves to AWS; a constant.
 */
char *
ssm_ambient_user_agent(void)
{
	static char user_agent[128];

	/* a package's PG_VERSION goes on in parentheses */
	if (user_agent[0] == '\0')
		snprintf(user_agent, sizeof(user_agent), "ssm_fdw/%s postgresql/%.*s libcurl/%s",
				 SSM_FDW_VERSION, (int) strcspn(PG_VERSION, " "), PG_VERSION,
				 curl_version_info(CURLVERSION_NOW)->version);
	return user_agent;
}
