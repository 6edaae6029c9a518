/*
 * clock.c
 *		The time as the service has it.
 *
 * The rules are those of AWS's SDKs of 2026, with one exception: an offset that
 * an answer bears out stays as it is.  We may see an answer long after it came,
 * as a cursor's owner takes a rest, and half of that would be taken for skew.
 */
#include "base/clock.h"

#include <curl/curl.h>
#include <time.h>

#define SECOND			INT64_C(1000)
#define LONGEST_TRIP	(15 * 60 * SECOND)	/* that tells anything */
#define MOST_OFF		(400 * 24 * 60 * 60 * SECOND)	/* longest that a
														 * certificate holds */
#define TAKEN_OFF		(15 * 60 * SECOND)	/* most that a service overlooks */
#define TOLERANCE		(4 * 60 * SECOND)	/* within which a request cannot
											 * have failed for its time */

/*
 * The machine's time, in milliseconds since 1970.
 */
int64_t
ssm_clock_machine(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * SECOND + now.tv_nsec / 1000000;
}

/*
 * The service's time, as far as we know, in milliseconds since 1970.
 */
int64_t
ssm_clock_now(const SsmClock *clock)
{
	return ssm_clock_machine() + clock->offset;
}

/*
 * How far two times are apart, in either direction.
 */
static int64_t
distance(int64_t one, int64_t other)
{
	return one > other ? one - other : other - one;
}

/*
 * Correct the clock by the Date of an answer that the service itself gave; one
 * that comes from a cache, as its Age says, or took too long tells nothing.  Nor
 * does a Date that cannot be: a service that took the signature had nearly its
 * time, and one whose certificate held had the machine's to within some months.  True if
 * the request was signed so far off the service's time that this may be why it
 * was refused.
 */
bool
ssm_clock_correct(SsmClock *clock, const SsmClockReading *reading)
{
	int64_t		trip = reading->received - reading->sent;
	int64_t		date = (int64_t) curl_getdate(reading->date, NULL) * SECOND;
	int64_t		offset = clock->offset;

	if (clock->uncorrected || date < 0 || reading->age[0] ||
		trip < 0 || trip > LONGEST_TRIP)
		return false;
	/* Date is cut to seconds */
	if (offset < date - reading->received || offset > date + SECOND - reading->sent)
		offset = date - (reading->sent + trip / 2);
	if (reading->accepted ? distance(offset, reading->offset) > TAKEN_OFF : distance(offset, 0) > MOST_OFF)
		return false;
	clock->offset = offset;
	return distance(offset, reading->offset) > TOLERANCE;
}
