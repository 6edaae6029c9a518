/*
 * flight.c
 *		One search for credentials that scans wait for together.
 *
 * 40 partitions that lack keys must not ask STS 40 times.  The search has a loop of
 * its own, which belongs to none of the scans: each that waits for it may drive it,
 * and the last to leave ends it.  So it does not matter whose scan is ended,
 * cancelled, or at rest.
 *
 * Who may share what others asked for?  Scans by the same user mapping; and by
 * others if all that decides which keys come is the same, the secret ones that they
 * are asked for with included: these would get the same if they asked.
 */
#include "postgres.h"

#include "fdw/session/flight.h"

#include "utils/memutils.h"

#include "fdw/session/pool.h"

#define DESCRIPTORS		3		/* epoll, timer and a connection */
#define SPARE			4		/* left for others, such as the wait itself */
#define REST			1000	/* milliseconds with nobody there that may
								 * have made a search fail */

static dlist_head flights = DLIST_STATIC_INIT(flights);

/*
 * Copy a text into the current memory context; NULL stays NULL.
 */
static char *
copy(const char *text)
{
	return text ? pstrdup(text) : NULL;
}

/*
 * Say what is searched for, by copies of all that the first user may take along.
 */
static bool
describe(SsmFlight *flight, const SsmOptions *options, const char *region, SsmError *error)
{
	SsmMapping *mapping = flight->mapping;
	const SsmMappingOptions *own = &mapping->options;
	const char *profile = mapping->ambient ? own->profile : NULL;

	flight->options = *options;
	flight->options.region = copy(options->region);
	flight->options.endpoint_url = copy(options->endpoint_url);
	flight->options.ca_bundle = copy(options->ca_bundle);
	if (!ssm_ambient_load(&flight->ambient, &flight->options, profile, copy(region), error))
		return false;
	flight->inputs = (SsmSearchInputs)
	{
		.settings = &flight->ambient.settings,
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
	flight->shared = ssm_search_digest(&flight->inputs, flight->digest);
	return true;
}

/*
 * Start the search, or start it again.
 */
static bool
search(SsmFlight *flight, SsmError *error)
{
	ssm_search_free(flight->search);
	flight->search = NULL;
	if (flight->loop == NULL)
	{
		if (!ssm_pool_acquire(DESCRIPTORS, SPARE))
			return ssm_fail(error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection");
		flight->descriptors = DESCRIPTORS;
		flight->loop = ssm_loop_create(error);
		if (flight->loop == NULL)
			return false;
	}
	flight->started = ssm_loop_now();
	flight->driven = ssm_loop_driven(flight->loop);
	flight->search = ssm_search_start(flight->loop, &flight->inputs, error);
	return flight->search != NULL;
}

/*
 * A flight under way that brings what the mapping needs: its own, or with the
 * same digest.  NULL if there is none.
 */
static SsmFlight *
find(const SsmMapping *mapping, const SsmFlight *like)
{
	dlist_iter	iter;

	dlist_foreach(iter, &flights)
	{
		SsmFlight  *flight = dlist_container(SsmFlight, node, iter.cur);

		if (like ? like->shared && flight->shared &&
			memcmp(flight->digest, like->digest, SSM_SEARCH_DIGEST) == 0 : flight->mapping == mapping)
			return flight;
	}
	return NULL;
}

/*
 * Another mapping that asked for the same may have keys that hold for long yet.
 */
static bool
borrow(SsmFlight *flight, SsmError *error)
{
	const SsmIdentity *lender = flight->shared ? ssm_mapping_lender(flight->mapping, flight->digest) : NULL;

	if (lender == NULL)
		return false;
	flight->state = SSM_PROVIDER_DONE;
	return ssm_credentials_copy(&flight->keys, &lender->credentials, error);
}

/*
 * Release a flight that nobody uses.
 */
static void
end(SsmFlight *flight)
{
	if (flight->node.next)
		dlist_delete(&flight->node);
	ssm_search_free(flight->search);
	ssm_loop_free(flight->loop);
	ssm_pool_release(flight->descriptors);
	ssm_credentials_clear(&flight->keys);
	ssm_ambient_free(&flight->ambient);
	ssm_mapping_release(flight->mapping);
	MemoryContextDelete(flight->context);
}

/*
 * Take part in the search for the mapping's credentials, which is started if there
 * is none under way.  options and region (the instance's, or NULL) say where
 * the scan calls.  NULL if there is nothing to search; else to be given to
 * ssm_flight_leave.
 */
SsmFlight *
ssm_flight_board(SsmMapping *mapping, const SsmOptions *options, const char *region, SsmError *error)
{
	SsmFlight  *flight = find(mapping, NULL);
	SsmFlight  *other;
	MemoryContext context;
	MemoryContext old;
	bool		described;

	if (flight)
	{
		flight->users++;
		return flight;
	}
	context = AllocSetContextCreate(TopMemoryContext, "ssm_fdw credentials", ALLOCSET_SMALL_SIZES);
	flight = MemoryContextAllocZero(context, sizeof(SsmFlight));
	flight->context = context;
	flight->mapping = ssm_mapping_use(mapping);
	flight->users = 1;
	old = MemoryContextSwitchTo(context);
	described = describe(flight, options, region, error);
	MemoryContextSwitchTo(old);
	other = described ? find(mapping, flight) : NULL;
	if (other)
		other->users++;
	else if (described && (borrow(flight, error) || search(flight, error)))
	{
		if (flight->search)
			dlist_push_head(&flights, &flight->node);
		return flight;
	}
	end(flight);
	return other;
}

/*
 * Has nobody driven the search for so long that it may have failed for that:
 * keys of a role that came meanwhile may have expired meanwhile.
 */
static bool
rested(const SsmFlight *flight)
{
	return ssm_loop_now() - flight->started - (ssm_loop_driven(flight->loop) - flight->driven) >= REST;
}

/*
 * Go on as far as possible without waiting; once it is over, keys or error hold.
 * Until then the loop's descriptor becomes readable when there is something to do.
 */
SsmProviderState
ssm_flight_advance(SsmFlight *flight)
{
	SsmProviderState state = flight->state;

	if (state != SSM_PROVIDER_PENDING)
		return state;
	state = SSM_PROVIDER_FAILED;
	if (ssm_loop_pump(flight->loop, &flight->error))
		state = ssm_search_advance(flight->search, &flight->keys, &flight->error);
	if (state == SSM_PROVIDER_FAILED && rested(flight) && !ssm_loop_broken(flight->loop) &&
		search(flight, &flight->error))
	{
		ssm_loop_alarm(flight->loop, ssm_loop_now());
		state = SSM_PROVIDER_PENDING;
	}
	flight->state = state;
	if (state == SSM_PROVIDER_PENDING)
		return state;
	/* whoever still lacks keys starts another */
	dlist_delete(&flight->node);
	flight->node.next = NULL;
	ssm_search_free(flight->search);
	flight->search = NULL;
	return state;
}

/*
 * One user less; without any the search is ended, wherever it is.
 */
void
ssm_flight_leave(SsmFlight *flight)
{
	if (--flight->users == 0)
		end(flight);
}
