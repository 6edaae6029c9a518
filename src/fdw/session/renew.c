/*
 * renew.c
 *		Get and renew an identity's credentials while a scan runs.
 *
 * A scan that lacks credentials searches for them, together with all that lack the
 * same: see flight.c.  Keys that age are renewed by one scan, which goes on with
 * them meanwhile.
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
 * Take part in a search for the mapping's keys.
 */
static bool
start(SsmRenewal *renewal, SsmLoop *loop, const SsmOptions *options, const char *region, SsmError *error)
{
	if (!ssm_flight_board(&renewal->boarding, false, renewal->mapping, loop, options, region, error))
		return false;
	renewal->generation = renewal->mapping->identity.generation;
	renewal->mapping->renewing |= renewal->early;
	return true;
}

/*
 * Make the keys that have been found the mapping's.
 */
static bool
publish(SsmRenewal *renewal, SsmError *error)
{
	SsmMapping *mapping = renewal->mapping;
	const SsmFlight *flight = renewal->boarding.flight;

	if (!ssm_identity_set_credentials(&mapping->identity, &flight->keys, error))
		return false;
	mapping->shared = flight->shared;
	memcpy(mapping->digest, flight->digest, SSM_CREDENTIALS_DIGEST);
	/* a source may give keys that are old already: do not ask without end */
	if (keys_age(mapping) == SSM_CREDENTIALS_STALE)
		mapping->serve_until = time(NULL) + SERVE;
	else if (renewal->early)
		mapping->renew_at = time(NULL) + SERVE;
	return true;
}

/*
 * Go on with the search, as far as possible without waiting.
 */
static SsmProgress
advance(SsmRenewal *renewal, SsmError *error)
{
	SsmProgress state = ssm_flight_advance(&renewal->boarding, error);

	if (state == SSM_PENDING)
		return state;
	if (state == SSM_DONE && !publish(renewal, error))
		state = SSM_FAILED;
	ssm_renew_stop(renewal);
	return state;
}

/*
 * See to it that the mapping's identity has keys that serve, without waiting:
 * false means that they have yet to come, and that the loop's descriptor becomes
 * readable when there is something to do.  options and region (the instance's,
 * or NULL) say where the scan calls.  If there are no keys, an error is raised
 * that lists all that was tried.
 */
bool
ssm_renew(SsmRenewal *renewal, SsmMapping *mapping, SsmLoop *loop,
		  const SsmOptions *options, const char *region, const char *server)
{
	SsmCredentialsAge age = keys_age(mapping);
	SsmProgress state;
	SsmError	error;

	/* another scan was faster, or in vain: then it is this one's turn */
	if (renewal->boarding.flight && (renewal->generation != mapping->identity.generation ||
									 renewal->boarding.flight->state == SSM_FAILED))
		ssm_renew_stop(renewal);
	if (renewal->boarding.flight == NULL)
	{
		renewal->mapping = mapping;
		renewal->early = age == SSM_CREDENTIALS_AGING;
		if (age == SSM_CREDENTIALS_FRESH ||
			(renewal->early && (mapping->renewing || time(NULL) < mapping->renew_at)))
			return true;
	}
	if (renewal->boarding.flight || start(renewal, loop, options, region, &error))
		state = advance(renewal, &error);
	else
		state = SSM_FAILED;
	if (state == SSM_FAILED)
	{
		if (keys_age(mapping) == SSM_CREDENTIALS_STALE)
			ssm_report(&error, "", server);
		mapping->renew_at = time(NULL) +
			ssm_credentials_renewal_pause(pg_prng_double(&pg_global_prng_state));
		ereport(DEBUG1,
				(errmsg_internal("ssm_fdw: the credentials could not be renewed yet: %s",
								 ssm_report_text(error.message))));
	}
	return state != SSM_PENDING || age != SSM_CREDENTIALS_STALE;
}

/*
 * Leave the search, wherever it is.
 */
void
ssm_renew_stop(SsmRenewal *renewal)
{
	if (renewal->boarding.flight == NULL)
		return;
	ssm_flight_leave(&renewal->boarding);
	if (renewal->early)
		renewal->mapping->renewing = false;
}
