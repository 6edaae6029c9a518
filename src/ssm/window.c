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
 * windows.  A row inside both comes twice and is given once (see distinct.c).
 *
 * The outer ends stay as the clauses have them, open where there is none, so
 * that a wrong clock costs time but no row.
 */
#include "ssm/window.h"

#include <stdio.h>
#include <time.h>

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
int64_t
ssm_window_second(int64_t at)
{
	return at / SSM_USEC - (at % SSM_USEC < 0);
}

/*
 * Whole seconds at or after a time in microseconds.
 */
static int64_t
ceil_seconds(int64_t at)
{
	return at / SSM_USEC + (at % SSM_USEC > 0);
}

/*
 * The window that surely covers the bounds' range of time.
 *
 * It is a second wider than asked on either side, because the filters may
 * exclude their bound, and slack (microseconds) wider below, because they may
 * judge the command, which may be older.
 */
SsmWindow
ssm_window_range(const SsmBounds *bounds, int64_t slack)
{
	SsmWindow	range = {SSM_OPEN_BELOW, SSM_OPEN_ABOVE};

	if (bounds->lower.bound)
		range.from = ssm_window_second(bounds->lower.at) - ceil_seconds(slack) - 1;
	if (bounds->upper.bound)
		range.to = ceil_seconds(bounds->upper.at) + 1;
	return range;
}

/*
 * The part of a range that the API keeps at now (microseconds since 1970): where
 * its rows are, by the clock.  None if from is not below to.
 */
SsmWindow
ssm_window_kept(const SsmWindow *range, int64_t now)
{
	SsmWindow	kept = {ssm_window_second(now) - SSM_RETAINED, ssm_window_second(now)};

	if (range->from > kept.from)
		kept.from = range->from;
	if (range->to < kept.to)
		kept.to = range->to;
	return kept;
}

/*
 * The piece of a window between two instants where it is cut.  An instant that is
 * an open end, or outside, does not cut: the piece ends where the window does.
 */
SsmWindow
ssm_window_piece(const SsmWindow *whole, int64_t older, int64_t newer)
{
	SsmWindow	piece = *whole;

	if (older > whole->from)
		piece.from = older - 1;
	if (newer < whole->to)
		piece.to = newer + 1;
	return piece;
}

/*
 * A window's filters.
 */
SsmWindowTexts
ssm_window_texts(const SsmWindow *window)
{
	SsmWindowTexts texts = {0};

	put_time(texts.after, sizeof(texts.after), window->from);
	put_time(texts.before, sizeof(texts.before), window->to);
	return texts;
}
