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
 * Correct the clock by the Date of an answer, of whatever status; one that
 * comes from a cache, as its Age says, or took too long tells nothing.  True if
 * the request was signed so far off the service's time that this may be why it
 * failed.
 */
bool
ssm_clock_correct(SsmClock *clock, const SsmClockReading *reading)
{
	int64_t		trip = reading->received - reading->sent;
	int64_t		date = (int64_t) curl_getdate(reading->date, NULL) * SECOND;
	int64_t		off;

	if (clock->uncorrected || date < 0 || reading->age[0] ||
		trip < 0 || trip > LONGEST_TRIP)
		return false;
	/* Date is cut to seconds */
	if (clock->offset < date - reading->received ||
		clock->offset > date + SECOND - reading->sent)
		clock->offset = date - (reading->sent + trip / 2);
	off = clock->offset - reading->offset;
	return off > TOLERANCE || off < -TOLERANCE;
}
