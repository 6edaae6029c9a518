/*
 * test_expiration.c
 *		The forms in which AWS, botocore and others write until when credentials
 *		hold.
 */
#include "aws/expiration.h"
#include "base/array.h"
#include "tap.h"

#define NONE	INT64_MIN
#define NOON	INT64_C(1795608000) /* of 2026-11-25, UTC */

/*
 * Texts, and their seconds since 1970.  dateutil 2.8, by which botocore reads
 * them, finds the same where it knows the zone and takes no date for a number.
 */
static const struct
{
	const char *text;
	int64_t		seconds;
}			times[] = {

	/* ISO 8601 */
	{"2026-11-25T12:00:00Z", NOON},
	{"2026-11-25t12:00:00z", NOON},
	{"2026-11-25T12:00:00", NOON},
	{"2026-11-25T12:00:00UTC", NOON},
	{"2026-11-25 12:00:00 gmt", NOON},
	{"2026-11-25 12:00:00.999Z", NOON},
	{"2026-11-25T12:00:00.123456789+00:00", NOON},
	{"2026-11-25T12:00:00,5Z", NOON},
	{"2026-11-25T14:00:00+02:00", NOON},
	{"2026-11-25T14:00:00+0200", NOON},
	{"2026-11-25T14:00:00+02", NOON},
	{"2026-11-25T14:00:00 +02:00", NOON},
	{"2026-11-25T08:30:00.5-0330", NOON},
	{"2026-11-26T00:00:00+12", NOON},
	{"2026-11-25T12:00Z", NOON},
	{"2026-11-25T12Z", NOON},
	{"2026/11/25 12:00:00", NOON},
	{"2026-11-25", NOON - 43200},
	{"2026-1-5T1:2:3Z", 1767574923},
	{" 2026-11-25T12:00:00Z\n", NOON},
	{"2024-02-29T00:00:00Z", 1709164800},
	{"9999-12-31T23:59:59Z", INT64_C(253402300799)},

	/* the same in its basic format */
	{"20261125T120000Z", NOON},
	{"20261125T120000.25+0000", NOON},
	{"20261125T1200Z", NOON},
	{"20261125T12Z", NOON},
	{"2026-11-25T120000Z", NOON},
	{"20261125120000", NOON},
	{"202611251200", NOON},
	{"20261125", NOON - 43200},

	/* mail and HTTP */
	{"Wed, 25 Nov 2026 12:00:00 GMT", NOON},
	{"Wednesday, 25-Nov-26 12:00:00 GMT", NOON},
	{"Wed Nov 25 12:00:00 2026", NOON},
	{"25 Nov 2026 13:00:00 +0100", NOON},

	/* numbers */
	{"1795608000", NOON},
	{"1795608000.75", NOON},
	{"1.795608E9", NOON},
	{"1795608000123", NOON},
	{"1712101112", 1712101112},

	/* nothing of the kind */
	{"", NONE},
	{"soon", NONE},
	{"2026", 2026},
	{"2026-13-25T12:00:00Z", NONE},
	{"2026-02-29T12:00:00Z", NONE},
	{"2026-11-31", NONE},
	{"2026-11-25T24:00:00Z", NONE},
	{"2026-11-25T12:60:00Z", NONE},
	{"2026-11-25T12:00:60Z", NONE},
	{"2026-11-25T12:00:00Q", NONE},
	{"2026-11-25T12:00:00+24", NONE},
	{"2026-11-25T12:00:00+02:60", NONE},
	{"2026-11-25T12:00:00+02:00:00", NONE},
	{"2026-11-25T12:00:00+", NONE},
	{"2026-11-25T12:00:00 EST", NONE},
	{"2026-11-25T12:00:00UTC+3", NONE},
	{"2026-11-25T12:00:00Z and more", NONE},
	{"2026-11:25T12:00:00Z", NONE},
	{"2026-11-25T12:", NONE},
	{"20261125T120Z", NONE},
	{"Wed, 25 Nov 2026 12:00:00 nonsense", NONE},
	{"1e30", NONE},
};

/*
 * Each form is read, and nothing else is.
 */
int
main(void)
{
	size_t		i;

	for (i = 0; i < lengthof(times); i++)
	{
		int64_t		seconds = NONE;
		bool		good = ssm_expiration_parse(times[i].text, &seconds);

		if (times[i].seconds == NONE)
			ok(!good, "\"%s\" is no time", times[i].text);
		else
		{
			ok(good, "\"%s\" is a time", times[i].text);
			is_int(seconds, times[i].seconds, "this one");
		}
	}
	return done_testing();
}
