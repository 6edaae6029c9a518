/*
 * locate.c
 *		Where a scan calls.
 */
#include "postgres.h"

#include "fdw/session/locate.h"

#include "fdw/report.h"

/* The region that the instance's metadata told, which does not change, or "". */
static char instance_region[64];

/*
 * The region that metadata has told, or NULL.
 */
const char *
ssm_instance_region(void)
{
	return instance_region[0] ? instance_region : NULL;
}

/*
 * Where to call and within what limits, by the options and, where they leave it
 * open, by what is set for the server process and the user mapping's profile.
 * palloc'ed.  An endpoint that cannot be is an error.  NULL if the region is not
 * known before ssm_discover.
 */
SsmService *
ssm_locate(ForeignServer *server, Oid userid, const SsmOptions *options)
{
	SsmService *service = palloc0(sizeof(SsmService));
	const char *ca_bundle;
	SsmAmbient	ambient;
	SsmError	error;
	bool		known;
	bool		ok;

	if (!ssm_ambient_load(&ambient, options, ssm_mapping_profile(server, userid), ssm_instance_region(), &error))
		ssm_report(&error, "", server->servername);
	known = ssm_settings_region(&ambient.settings) != NULL;
	ok = known ? ssm_settings_endpoint(&ambient.settings, SSM_SERVICE_SSM, NULL, &service->endpoint, &error) :
		ssm_profiles_check(&ambient.profiles, &error);
	service->keep_clock = ssm_settings_keep_clock(&ambient.settings);
	ca_bundle = ssm_settings_ca_bundle(&ambient.settings);
	service->ca_bundle = ca_bundle ? pstrdup(ca_bundle) : NULL;
	ssm_ambient_free(&ambient);
	if (!ok)
		ssm_report(&error, "", server->servername);
	service->user_agent = ssm_ambient_user_agent();
	service->connect_timeout = options->connect_timeout / 1000;
	service->request_timeout = options->request_timeout / 1000;
	service->max_response = options->max_response_size;
	service->max_attempts = options->max_attempts;
	service->retry_mode = options->retry_mode;
	return known ? service : NULL;
}

/*
 * End the question, wherever it is, also before it is asked.
 */
void
ssm_discover_stop(SsmDiscovery *discovery)
{
	ssm_region_search_free(discovery->search);
	discovery->search = NULL;
	ssm_ambient_free(&discovery->ambient);
}

/*
 * Ask the instance's metadata for the region, without waiting: false means that
 * the answer has yet to come, and that the loop's descriptor becomes readable
 * when there is something to do.  If it gives none, an error says what to set.
 */
bool
ssm_discover(SsmDiscovery *discovery, const SsmMapping *mapping, SsmLoop *loop,
			 const SsmOptions *options, const char *server)
{
	SsmProviderState state = SSM_PROVIDER_FAILED;
	char		region[sizeof(instance_region)];
	char		profile[64];
	SsmError	error;

	if (discovery->search == NULL)
	{
		if (!ssm_ambient_load(&discovery->ambient, options, mapping->ambient ?
							  mapping->options.profile : NULL, NULL, &error))
			ssm_report(&error, "", server);
		discovery->search = ssm_region_search_start(loop, &discovery->ambient.settings,
													ssm_ambient_user_agent(), &error);
	}
	if (discovery->search && ssm_loop_pump(loop, &error))
		state = ssm_region_search_advance(discovery->search, region, sizeof(region), &error);
	if (state == SSM_PROVIDER_PENDING)
		return false;
	strlcpy(profile, discovery->ambient.settings.profile, sizeof(profile));
	ssm_discover_stop(discovery);
	if (state == SSM_PROVIDER_FAILED)
	{
		if (error.kind != SSM_ERROR_MEMORY && error.kind != SSM_ERROR_RESOURCES)
			ssm_fail(&error, SSM_ERROR_CONFIG,
					 "Invalid Configuration: Missing Region (option region, AWS_REGION, "
					 "AWS_DEFAULT_REGION and profile \"%s\" set none; %.500s)",
					 profile, error.message);
		ssm_report(&error, "", server);
	}
	strlcpy(instance_region, region, sizeof(instance_region));
	return true;
}
