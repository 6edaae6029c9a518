/*
 * window.c
 *		A range of time to the filters that find its rows.
 *
 * The service does not document which time its filters judge (the
 * invocation's or its command's, which may be hours apart) nor whether they
 * include their bound.  Cutting the range at an instant e is right all the
 * same: the older window asks for what is before e + 1 s, the newer one for
 * what is after e - 1 s.  Whichever time the service gives a row, that time is
 * at or before e, or at or after e, and so a full second inside one of the two
 * windows.  A row inside both comes twice and is given once (see once.c).
 *
 * The outer ends stay as the clauses have them, open where there is none, so
 * that a wrong clock costs time but no row.
 */
#include "ssm/window.h"

#include <stdio.h>
#include <time.h>

#define USEC		INT64_C(1000000)

/*
 * Seconds that a window has at least.  Three would keep all but neighbouring
 * windows apart; below a minute, a window is not worth its request.
 */
#define SHORTEST	INT64_C(60)

/* Seconds since 1970 that no time has: the end is open. */
#define OPEN_BELOW	INT64_MIN
#define OPEN_ABOVE	INT64_MAX

/*
 * Write seconds since 1970 as text with whole seconds and Z, the one form AWS
 * documents.  Years before 1 and after 9999 are not sent.
 */
static void
put_time(char *text, size_t size, int64_t seconds)
{
	time_t		t = seconds;
	struct tm	tm;

	text[0] = '\0';

	if (seconds < INT64_C(-62135596800) || seconds > INT64_C(253402300799))
		return;
	gmtime_r(&t, &tm);
	/* strftime does not pad the year to four digits */
	snprintf(text, size, "%04d", tm.tm_year + 1900);
	strftime(text + 4, size - 4, "-%m-%dT%H:%M:%SZ", &tm);
}

/*
 * Whole seconds at or before a time in microseconds.
 */
static int64_t
floor_seconds(int64_t at)
{
	return at / USEC - (at % USEC < 0);
}

/*
 * Whole seconds at or after a time in microseconds.
 */
static int64_t
ceil_seconds(int64_t at)
{
	return at / USEC + (at % USEC > 0);
}

/*
 * Turn the bounds' range of time into filters that surely cover it, cut into
 * so many windows at most: fewer if they would be shorter than SHORTEST.
 * Never fails.
 *
 * The whole range is a second wider than asked on either side, because the
 * filters may exclude their bound, and slack (microseconds) wider below,
 * because they may judge the command, which may be older.  Cuts need no slack.
 * They are spread evenly over the part of the range that the API keeps at now
 * (microseconds since 1970, used for nothing else).
 */
void
ssm_window_plan(SsmWindows *windows, const SsmBounds *bounds, int64_t slack, int wanted, int64_t now)
{
	int64_t		after = OPEN_BELOW;
	int64_t		before = OPEN_ABOVE;
	int64_t		newest = floor_seconds(now);
	int64_t		oldest = newest - SSM_RETAINED;
	int64_t		n = wanted;
	int			i;

	if (bounds->lower.bound)
		after = floor_seconds(bounds->lower.at) - ceil_seconds(slack) - 1;
	if (bounds->upper.bound)
		before = ceil_seconds(bounds->upper.at) + 1;
	if (after > oldest)
		oldest = after;
	if (before < newest)
		newest = before;
	if (n > SSM_MAX_WINDOWS)
		n = SSM_MAX_WINDOWS;
	if (newest - oldest < n * SHORTEST)
		n = (newest - oldest) / SHORTEST;
	if (n < 1)
		n = 1;
	windows->n = n;
	for (i = 0; i < n; i++)
	{
		SsmWindow  *window = &windows->windows[i];
		int64_t		upper = newest - (newest - oldest) * i / n;
		int64_t		lower = newest - (newest - oldest) * (i + 1) / n;

		window->to = i == 0 ? before : upper + 1;
		window->from = i == n - 1 ? after : lower - 1;
		put_time(window->before, sizeof(window->before), window->to);
		put_time(window->after, sizeof(window->after), window->from);
	}
}
