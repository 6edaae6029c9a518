/*
 * flight.c
 *		One search, for credentials or the instance's region, that scans wait for
 *		together.
 *
 * 40 partitions that lack keys must not ask STS 40 times.  The search has a loop of
 * its own, which belongs to none of the scans: each that waits for it may drive it,
 * and the last to leave ends it.  So it does not matter whose scan is ended,
 * cancelled, or at rest.
 *
 * Who may share what others asked for?  Scans by the same user mapping; and by
 * others if all that decides which keys come is the same, the secret ones that they
 * are asked for with included: these would get the same if they asked.  There is one
 * instance, and so one region.
 *
 * Many partitions, each by a role of its own, make as many searches.  Some at a time
 * leave the scans themselves enough descriptors; the rest wait for these.
 */
#include "postgres.h"

#include "fdw/session/flight.h"

#include "storage/fd.h"
#include "utils/memutils.h"

#include "fdw/session/pool.h"

#define DESCRIPTORS		3		/* epoll, timer and a connection */
#define SPARE			4		/* left for others, such as the wait itself */
#define REST			1000	/* milliseconds with nobody there that may
								 * have made a search fail */
#define MOST_AT_ONCE	(max_safe_fds / 72) /* searches; one may always be */
#define QUEUE_TRY		20		/* milliseconds between two tries to begin */
#define QUEUE_LONGEST	10000	/* and after which not to wait any longer */

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
	flight->inputs = (SsmCredentialsInputs)
	{
		.config = &flight->ambient.config,
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
	flight->shared = !flight->for_region && ssm_credentials_digest(&flight->inputs, flight->digest);
	return true;
}

/*
 * End the search, wherever it is.
 */
static void
stop(SsmFlight *flight)
{
	ssm_provider_chain_free(flight->chain);
	ssm_imds_region_free(flight->region_fetch);
	flight->chain = NULL;
	flight->region_fetch = NULL;
}

/*
 * How many others search now, and give descriptors back when they end.
 */
static int
count_others(const SsmFlight *flight)
{
	dlist_iter	iter;
	int			n = 0;

	dlist_foreach(iter, &flights)
	{
		const SsmFlight *other = dlist_container(SsmFlight, node, iter.cur);

		n += other != flight && other->loop;
	}
	return n;
}

/*
 * Have a loop to search by; or, if others search, stay without one for a while.
 * MOST_AT_ONCE have about an eighth of what AcquireExternalFD gives.
 */
static bool
have_loop(SsmFlight *flight, SsmError *error)
{
	int			others = count_others(flight);
	bool		may_wait = others > 0 && ssm_loop_now() - flight->began < QUEUE_LONGEST;

	if (flight->loop || (may_wait && others >= MOST_AT_ONCE))
		return true;
	if (!ssm_pool_acquire(DESCRIPTORS, SPARE))
		return may_wait || ssm_fail(error, SSM_ERROR_RESOURCES, "no file descriptors left for a connection");
	flight->descriptors = DESCRIPTORS;
	flight->loop = ssm_loop_create(error);
	return flight->loop != NULL;
}

/*
 * Start the search, or start it again.  It has no loop if it has to wait for others.
 */
static bool
search(SsmFlight *flight, SsmError *error)
{
	stop(flight);
	if (flight->began == 0)
		flight->began = ssm_loop_now();
	if (!have_loop(flight, error))
		return false;
	if (flight->loop == NULL)
		return true;
	flight->started = ssm_loop_now();
	flight->driven = ssm_loop_driven(flight->loop);
	if (flight->for_region)
		flight->region_fetch = ssm_imds_region_start(flight->loop, &flight->ambient.config,
													 ssm_ambient_user_agent(), error);
	else
		flight->chain = ssm_provider_chain_start(flight->loop, &flight->inputs, error);
	return flight->chain || flight->region_fetch;
}

/*
 * A flight under way that brings what the mapping needs: its own or, if like is
 * not NULL, one with the same digest.  NULL if there is none.
 */
static SsmFlight *
find(bool for_region, const SsmMapping *mapping, const SsmFlight *like)
{
	dlist_iter	iter;

	dlist_foreach(iter, &flights)
	{
		SsmFlight  *flight = dlist_container(SsmFlight, node, iter.cur);

		if (flight->for_region == for_region &&
			(for_region || flight->mapping == mapping ||
			 (like && like->shared && flight->shared &&
			  memcmp(flight->digest, like->digest, SSM_CREDENTIALS_DIGEST) == 0)))
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

	if (lender == NULL || !ssm_credentials_copy(&flight->keys, &lender->credentials, error))
		return false;
	flight->state = SSM_DONE;
	return true;
}

/*
 * Release a flight that nobody uses.
 */
static void
end(SsmFlight *flight)
{
	if (flight->node.next)
		dlist_delete(&flight->node);
	stop(flight);
	ssm_loop_free(flight->loop);
	ssm_pool_release(flight->descriptors);
	ssm_credentials_clear(&flight->keys);
	ssm_ambient_free(&flight->ambient);
	ssm_mapping_release(flight->mapping);
	MemoryContextDelete(flight->context);
}

/*
 * A new flight, or one found under way that is as good.  NULL if there is nothing
 * to search.
 */
static SsmFlight *
start(bool for_region, SsmMapping *mapping, const SsmOptions *options, const char *region, SsmError *error)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "ssm_fdw search", ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SsmFlight  *flight = palloc0(sizeof(SsmFlight));
	SsmFlight  *other;
	bool		described;

	flight->for_region = for_region;
	flight->context = context;
	flight->mapping = ssm_mapping_use(mapping);
	described = describe(flight, options, region, error);
	MemoryContextSwitchTo(old);
	other = described ? find(for_region, mapping, flight) : NULL;
	if (other == NULL && described && (borrow(flight, error) || search(flight, error)))
	{
		if (flight->state == SSM_PENDING)
			dlist_push_head(&flights, &flight->node);
		return flight;
	}
	end(flight);
	return other;
}

/*
 * Take part in the search for the instance's region or the mapping's
 * credentials, which is started if there is none under way.  options and region
 * (the instance's, or NULL) say where the scan calls, loop is its own.  False if
 * there is nothing to search.
 */
bool
ssm_flight_board(SsmBoarding *boarding, bool for_region, SsmMapping *mapping, SsmLoop *loop,
				 const SsmOptions *options, const char *region, SsmError *error)
{
	SsmFlight  *flight = find(for_region, mapping, NULL);

	if (flight == NULL)
		flight = start(for_region, mapping, options, region, error);
	if (flight == NULL)
		return false;
	flight->users++;
	boarding->flight = flight;
	boarding->loop = loop;
	boarding->watched = -1;
	return true;
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
 * Go on with a search under way, as far as possible without waiting.
 */
static void
go_on(SsmFlight *flight)
{
	SsmProgress state = SSM_FAILED;
	bool		begun = flight->loop || search(flight, &flight->error);

	if (begun && flight->loop == NULL)
		return;
	if (begun && ssm_loop_pump(flight->loop, &flight->error))
		state = flight->for_region ?
			ssm_imds_region_advance(flight->region_fetch, flight->region, &flight->error) :
			ssm_provider_chain_advance(flight->chain, &flight->keys, &flight->error);
	if (state == SSM_FAILED && begun && rested(flight) && !ssm_loop_broken(flight->loop) &&
		search(flight, &flight->error))
	{
		ssm_loop_alarm(flight->loop, ssm_loop_now());
		state = SSM_PENDING;
	}
	flight->state = state;
	if (state == SSM_PENDING)
		return;
	/* whoever still lacks something starts another */
	dlist_delete(&flight->node);
	flight->node.next = NULL;
	stop(flight);
}

/*
 * Have the scan's loop woken by the search, or to try to begin it.
 */
static bool
watch(SsmBoarding *boarding, SsmError *error)
{
	int			fd;

	if (boarding->flight->loop == NULL)
		ssm_loop_alarm(boarding->loop, ssm_loop_now() + QUEUE_TRY);
	if (boarding->flight->loop == NULL || boarding->watched >= 0)
		return true;
	fd = ssm_loop_fd(boarding->flight->loop);
	if (!ssm_loop_watch(boarding->loop, fd, error))
		return false;
	boarding->watched = fd;
	return true;
}

/*
 * Go on as far as possible without waiting.  While the search is pending the scan's
 * loop becomes readable when there is something to do; once it is done, what it has
 * found stands in the flight; if it failed, *error tells.
 */
SsmProgress
ssm_flight_advance(SsmBoarding *boarding, SsmError *error)
{
	SsmFlight  *flight = boarding->flight;

	if (flight->state == SSM_PENDING)
		go_on(flight);
	if (flight->state == SSM_FAILED)
		*error = flight->error;
	else if (flight->state == SSM_PENDING && !watch(boarding, error))
		return SSM_FAILED;
	return flight->state;
}

/*
 * The scan's loop is about to be waited for: have it woken by the search, also if
 * that is over, as another scan has seen.
 */
void
ssm_flight_before_wait(SsmBoarding *boarding)
{
	if (boarding->flight == NULL)
		return;
	if (boarding->flight->state == SSM_PENDING && boarding->flight->loop)
		(void) ssm_loop_fd(boarding->flight->loop);
	else if (boarding->flight->state == SSM_PENDING)
		ssm_loop_alarm(boarding->loop, ssm_loop_now() + QUEUE_TRY);
	else
		ssm_loop_alarm(boarding->loop, ssm_loop_now());
}

/*
 * One user less; without any the search is ended, wherever it is.
 */
void
ssm_flight_leave(SsmBoarding *boarding)
{
	SsmFlight  *flight = boarding->flight;

	if (flight == NULL)
		return;
	if (boarding->watched >= 0)
		ssm_loop_unwatch(boarding->loop, boarding->watched);
	boarding->flight = NULL;
	if (--flight->users == 0)
		end(flight);
}
