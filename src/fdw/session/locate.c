/*
 * locate.c
 *		Where a scan calls.
 */
#include "postgres.h"

#include "fdw/session/locate.h"

#include <unistd.h>

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
	known = ssm_config_region(&ambient.config) != NULL;
	ok = known ? ssm_config_endpoint(&ambient.config, SSM_SERVICE_SSM, NULL, &service->endpoint, &error) :
		ssm_profiles_check(&ambient.profiles, &error);
	service->keep_clock = ssm_config_keep_clock(&ambient.config);
	ca_bundle = ssm_config_ca_bundle(&ambient.config);
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
 * Ask the instance's metadata for the region, together with all scans that lack it
 * and without waiting: false means that the answer has yet to come, and that the
 * loop's descriptor becomes readable when there is something to do.  If it gives
 * none, an error says what to set.
 */
bool
ssm_discover(SsmBoarding *boarding, SsmMapping *mapping, SsmLoop *loop,
			 const SsmOptions *options, const char *server)
{
	SsmProgress state = SSM_FAILED;
	SsmEnvironment environment = {environ};
	SsmError	error;

	/* another scan was faster, or in vain: then it is this one's turn */
	if (boarding->flight && (instance_region[0] || boarding->flight->state == SSM_FAILED))
		ssm_flight_leave(boarding);
	if (instance_region[0])
		return true;
	if (boarding->flight || ssm_flight_board(boarding, true, mapping, loop, options, NULL, &error))
		state = ssm_flight_advance(boarding, &error);
	if (state == SSM_PENDING)
		return false;
	if (state == SSM_DONE)
		strlcpy(instance_region, boarding->flight->region, sizeof(instance_region));
	ssm_flight_leave(boarding);
	if (state == SSM_FAILED)
	{
		if (error.kind != SSM_ERROR_MEMORY && error.kind != SSM_ERROR_RESOURCES)
			ssm_fail_hint(&error, SSM_REGION_HINT, SSM_ERROR_CONFIG,
						  "Invalid Configuration: Missing Region (option region, AWS_REGION, "
						  "AWS_DEFAULT_REGION and profile \"%.64s\" set none; %.500s)",
						  ssm_profiles_chosen(&environment, mapping->ambient ? mapping->options.profile : NULL),
						  error.message);
		ssm_report(&error, "", server);
	}
	return true;
}
