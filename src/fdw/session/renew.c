/*
 * renew.c
 *		Get and renew an identity's credentials while a scan runs.
 *
 * A scan that lacks credentials fetches them on its own loop and publishes them
 * to all that call by the same user mapping, so no scan ever waits for another.
 * Keys that age are renewed by one scan, which goes on with them meanwhile.
 */
#include "postgres.h"

#include "fdw/session/renew.h"

#include <time.h>

#include "common/pg_prng.h"

#include "fdw/report.h"

#define SERVE	10				/* seconds that keys which came old are used
								 * before others are asked for */

/*
 * How old are the mapping's keys?  None, and those that the service took for
 * expired, are as good as expired.  Asked for each row, so no clock is read for
 * keys that never end.
 */
static SsmCredentialsAge
keys_age(const SsmMapping *mapping)
{
	const SsmIdentity *identity = &mapping->identity;

	if (identity->credentials.access_key_id == NULL ||
		identity->rejected == identity->generation)
		return SSM_CREDENTIALS_STALE;
	if (identity->credentials.expires_at == 0 || time(NULL) < mapping->serve_until)
		return SSM_CREDENTIALS_FRESH;
	return ssm_credentials_age(&identity->credentials, ssm_clock_now(&identity->clock) / 1000);
}

/*
 * Start to fetch.
 */
static bool
start(SsmRenewal *renewal, SsmMapping *mapping, SsmLoop *loop,
	  const SsmOptions *options, const char *region, SsmError *error)
{
	const SsmMappingOptions *own = &mapping->options;
	const char *profile = mapping->ambient ? own->profile : NULL;

	if (!ssm_ambient_load(&renewal->ambient, options, profile, region, error))
		return false;
	renewal->inputs = (SsmSearchInputs)
	{
		.settings = &renewal->ambient.settings,
			.profile = profile,
			.ambient = mapping->ambient,
			.access_key_id = own->access_key_id,
			.secret_access_key = own->secret_access_key,
			.session_token = own->session_token,
			.role_arn = own->role_arn,
			.external_id = own->external_id,
			.role_session_name = own->role_session_name,
			.duration_seconds = own->duration_seconds,
			.clock = &mapping->identity.clock,
			.user_agent = ssm_ambient_user_agent()
	};
	renewal->search = ssm_search_start(loop, &renewal->inputs, error);
	if (renewal->search == NULL)
	{
		ssm_ambient_free(&renewal->ambient);
		return false;
	}
	renewal->generation = mapping->identity.generation;
	mapping->renewing |= renewal->early;
	return true;
}

/*
 * Go on with the fetch, as far as possible without waiting.
 */
static SsmProviderState
advance(SsmRenewal *renewal, SsmLoop *loop, SsmError *error)
{
	SsmMapping *mapping = renewal->mapping;
	SsmCredentials keys = {0};
	SsmProviderState state = SSM_PROVIDER_FAILED;

	if (ssm_loop_pump(loop, error))
		state = ssm_search_advance(renewal->search, &keys, error);
	if (state == SSM_PROVIDER_PENDING)
		return state;
	ssm_renew_stop(renewal);
	if (state == SSM_PROVIDER_DONE)
	{
		if (!ssm_identity_set_keys(&mapping->identity, &keys, error))
			state = SSM_PROVIDER_FAILED;
		/* a source may give keys that are old already: do not ask without end */
		else if (keys_age(mapping) == SSM_CREDENTIALS_STALE)
			mapping->serve_until = time(NULL) + SERVE;
		else if (renewal->early)
			mapping->renew_at = time(NULL) + SERVE;
		ssm_credentials_clear(&keys);
	}
	return state;
}

/*
 * See to it that the mapping's identity has keys that serve, without waiting:
 * false means that they have yet to come, and that the loop's descriptor becomes
 * readable when there is something to do.  options and region (the instance's,
 * or NULL) say where the scan calls.  If there are no keys to be had, an error is
 * raised that lists all that was tried.
 */
bool
ssm_renew(SsmRenewal *renewal, SsmMapping *mapping, SsmLoop *loop,
		  const SsmOptions *options, const char *region, const char *server)
{
	SsmCredentialsAge age = keys_age(mapping);
	SsmProviderState state;
	SsmError	error;

	/* another scan was faster */
	if (renewal->search && renewal->generation != mapping->identity.generation)
		ssm_renew_stop(renewal);
	if (renewal->search == NULL)
	{
		renewal->mapping = mapping;
		renewal->early = age == SSM_CREDENTIALS_AGING;
		if (age == SSM_CREDENTIALS_FRESH ||
			(renewal->early && (mapping->renewing || time(NULL) < mapping->renew_at)))
			return true;
	}
	if (renewal->search || start(renewal, mapping, loop, options, region, &error))
		state = advance(renewal, loop, &error);
	else
		state = SSM_PROVIDER_FAILED;
	if (state == SSM_PROVIDER_FAILED)
	{
		if (keys_age(mapping) == SSM_CREDENTIALS_STALE)
			ssm_report(&error, "", server);
		mapping->renew_at = time(NULL) +
			ssm_credentials_renewal_pause(pg_prng_double(&pg_global_prng_state));
		ereport(DEBUG1,
				(errmsg_internal("ssm_fdw: the credentials could not be renewed yet: %s",
								 ssm_report_text(error.message))));
	}
	return state != SSM_PROVIDER_PENDING || age != SSM_CREDENTIALS_STALE;
}

/*
 * End the fetch, wherever it is.
 */
void
ssm_renew_stop(SsmRenewal *renewal)
{
	if (renewal->search == NULL)
		return;
	ssm_search_free(renewal->search);
	renewal->search = NULL;
	ssm_ambient_free(&renewal->ambient);
	if (renewal->early)
		renewal->mapping->renewing = false;
}
