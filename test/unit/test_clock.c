/*
 * test_clock.c
 *		The time as the service has it.
 */
#include "base/clock.h"
#include "aws/failure.h"
#include "base/array.h"
#include "tap.h"

#include <time.h>

#define START	INT64_C(1767225600) /* the first day of 2026 */
#define MIN		60
#define DAY		(24 * 60 * MIN)
#define NONE	(-1)			/* no Date */

/* What becomes of an attempt. */
typedef enum Outcome
{
	SUCCESS,
	FAILURE,
	REPEATED
} Outcome;

/*
 * An attempt, in seconds since START.  A name begins a case, whose clock is as
 * far off as offset says; attempts without one go on with that of the one
 * before.  The first ten cases are those that AWS's SDKs are tested with.
 */
static const struct
{
	const char *name;
	int			offset;			/* before, where there is a name */
	int			sent;			/* by the machine's clock */
	int			received;
	int			signed_at;
	int			date;
	const char *age;
	long		status;
	const char *code;			/* NULL: none */
	Outcome		outcome;
	int			after;			/* the offset */
	bool		last;			/* of max_attempts */
}			attempts[] = {
	{"the clocks agree", 0, 0, 2, 0, 1, "", 200, NULL, SUCCESS, 0},

	{"too slow, corrected for good", 0, 0, 2, 0, 5 * MIN + 1, "", 403, "RequestTimeTooSkewed", REPEATED, 300},
	{NULL, 0, 2, 4, 5 * MIN + 2, 5 * MIN + 3, "", 200, NULL, SUCCESS, 300},
	{NULL, 0, 60, 62, 6 * MIN, 6 * MIN + 1, "", 200, NULL, SUCCESS, 300},

	{"corrected by an attempt that is the last", 0, 0, 2, 0, 5 * MIN + 1, "", 403, "RequestTimeTooSkewed",
	FAILURE, 300, true},

	{"16 minutes tell nothing", 0, 0, 16 * MIN, 0, 10 * MIN, "", 200, NULL, SUCCESS, 0},
	{NULL, 0, 17 * MIN, 17 * MIN + 2, 17 * MIN, 22 * MIN + 1, "", 200, NULL, SUCCESS, 300},

	{"an old offset is dropped by success", 300, 0, 2, 5 * MIN, 1, "", 200, NULL, SUCCESS, 0},

	{"two minutes are not why it failed", 0, 0, 2, 0, 2 * MIN + 1, "", 400, "InvalidSignatureException", FAILURE, 120},

	{"five minutes may be", 0, 0, 2, 0, 5 * MIN + 1, "", 400, "InvalidSignatureException", REPEATED, 300},
	{NULL, 0, 2, 4, 5 * MIN + 2, 5 * MIN + 3, "", 200, NULL, SUCCESS, 300},

	{"no Date", 0, 0, 2, 0, NONE, "", 403, "RequestTimeTooSkewed", FAILURE, 0},

	{"from a cache", 0, 60660, 60662, 60660, 43381, "17280", 200, NULL, SUCCESS, 0},
	{NULL, 0, 60670, 60672, 60670, 60971, "", 200, NULL, SUCCESS, 300},

	{"from a cache, with clocks that agree", 0, 60660, 60662, 60660, 43381, "17280", 200, NULL, SUCCESS, 0},
	{NULL, 0, 60670, 60672, 60670, 60671, "", 200, NULL, SUCCESS, 0},

	/* ours */
	{"an hour fast", 0, 3600, 3602, 3600, 1, "", 400, "InvalidSignatureException", REPEATED, -3600},
	{NULL, 0, 3602, 3604, 2, 3, "", 200, NULL, SUCCESS, -3600},
	{"denied for the time?", 0, 0, 2, 0, 5 * MIN + 1, "", 400, "AccessDeniedException", REPEATED, 300},
	{NULL, 0, 2, 4, 5 * MIN + 2, 5 * MIN + 3, "", 400, "AccessDeniedException", FAILURE, 300},
	{"a code that no clock explains tells nothing", 0, 0, 2, 0, 60 * MIN, "", 400, "ValidationException", FAILURE, 0},
	{"nor has a proxy that answers the service's time", 0, 0, 2, 0, 60 * MIN, "", 502, "", FAILURE, 0},
	{"who takes a signature is a quarter of an hour off at most", 0, 0, 0, 0, 15 * MIN, "", 200, NULL, SUCCESS, 900},
	{"whatever he says", 0, 0, 0, 0, 15 * MIN + 1, "", 200, NULL, SUCCESS, 0},
	{"on either side", 20 * MIN, 20 * MIN, 20 * MIN, 40 * MIN, 20 * MIN, "", 200, NULL, SUCCESS, 1200},
	{"a year is the most that clocks are off", 0, 0, 0, 0, 365 * DAY, "", 403, "RequestExpired", REPEATED, 365 * DAY},
	{"the year 2049 is not", 0, 0, 0, 0, 23 * 365 * DAY, "", 403, "RequestExpired", FAILURE, 0},
	{"four minutes are not enough", 0, 0, 0, 0, 4 * MIN, "", 403, "SignatureDoesNotMatch", FAILURE, 240},
	{"a second more is", 0, 0, 0, 0, 4 * MIN + 1, "", 403, "SignatureDoesNotMatch", REPEATED, 241},
	{"nor are they on the other side", 0, 4 * MIN, 4 * MIN, 4 * MIN, 0, "", 403, "AuthFailure", FAILURE, -240},
	{"where a second more is, too", 0, 4 * MIN + 1, 4 * MIN + 1, 4 * MIN + 1, 0, "", 403, "AuthFailure", REPEATED, -241},
	{"an age of nothing is a cache's, too", 0, 0, 2, 0, 60 * MIN, "0", 400, "InvalidSignatureException", FAILURE, 0},
	{"seen 14 minutes late", 0, 0, 14 * MIN, 0, 0, "", 200, NULL, SUCCESS, 0},
	{"seen 14 minutes late, corrected before", 3600, 0, 14 * MIN, 60 * MIN, 60 * MIN, "", 200, NULL, SUCCESS, 3600},
	{"seen 14 minutes late, and wrong", 0, 0, 14 * MIN, 0, 60 * MIN, "", 400, "RequestExpired", REPEATED, 3180},
	{"the clock was set back meanwhile", 0, 3600, 2, 3600, 1, "", 200, NULL, SUCCESS, 0},
};

/*
 * Go through the attempts.
 */
static void
test_attempts(void)
{
	const char *name = NULL;
	SsmClock	clock = {0};
	size_t		i;

	for (i = 0; i < lengthof(attempts); i++)
	{
		int64_t		date = START + attempts[i].date;
		char		header[40] = "";
		bool		skewed;
		struct tm	tm;
		SsmClockReading reading;
		Outcome		outcome;

		if (attempts[i].name)
		{
			name = attempts[i].name;
			clock.offset = attempts[i].offset * 1000;
		}
		if (attempts[i].date != NONE)
			strftime(header, sizeof(header), "%a, %d %b %Y %H:%M:%S GMT", gmtime_r((time_t *) &date, &tm));
		reading.date = header;
		reading.age = attempts[i].age;
		reading.sent = (START + attempts[i].sent) * 1000;
		reading.received = (START + attempts[i].received) * 1000;
		reading.offset = clock.offset;
		ok(reading.sent + clock.offset == (START + attempts[i].signed_at) * 1000, "%s: signed", name);
		reading.accepted = attempts[i].code == NULL;
		/* as call.c and sts.c do it */
		skewed = (reading.accepted || ssm_failure_of_response(attempts[i].status, attempts[i].code).clock) &&
			ssm_clock_correct(&clock, &reading);
		if (attempts[i].code == NULL)
			outcome = SUCCESS;
		else if (skewed && !attempts[i].last)
			outcome = REPEATED;
		else
			outcome = FAILURE;
		is_int(outcome, attempts[i].outcome, "the outcome");
		is_int(clock.offset, attempts[i].after * INT64_C(1000), "the offset");
	}
}

/*
 * Other things that a clock is to do.
 */
static void
test_rest(void)
{
	SsmClock	clock = {.uncorrected = true};
	SsmClockReading reading = {.date = "Thu, 01 Jan 2026 01:00:00 GMT", .age = ""};
	int64_t		now;

	reading.sent = reading.received = START * 1000;
	ok(!ssm_clock_correct(&clock, &reading) && clock.offset == 0, "not to be corrected");

	clock.uncorrected = false;
	reading.date = "tomorrow";
	ok(!ssm_clock_correct(&clock, &reading) && clock.offset == 0, "an invalid Date");

	/* two requests were under way when the first answer came */
	reading.date = "Thu, 01 Jan 2026 01:00:00 GMT";
	ok(ssm_clock_correct(&clock, &reading), "the first was off");
	ok(ssm_clock_correct(&clock, &reading), "and so was the second");
	reading.offset = clock.offset;
	ok(!ssm_clock_correct(&clock, &reading), "what is sent from then on is not");

	now = ssm_clock_machine();
	ok(now / 1000 - time(NULL) <= 0 && now / 1000 - time(NULL) > -10, "the machine's time");
	now = ssm_clock_now(&clock) - now;
	ok(now >= 3600000 && now < 3610000, "the service's is an hour later");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_attempts();
	test_rest();
	return done_testing();
}
