/*
 * stopwatch.c
 *		Time that somebody was there to see what happens.
 *
 * Deadlines are for the other side.  What the reader of a scan does between two
 * rows, an hour's rest included, must not run against them, so they are judged
 * by a clock that runs only while a loop is waited for or at work.
 *
 * One wait may be for several loops, and tells only those of them that something
 * has happened to.  So the stopwatches that wait are listed, and the first that
 * is woken ends the wait of all.  A wait that ended otherwise (nothing had
 * happened, or an error ended it) shows only later, when it is not known any more
 * how long it was: that is a GLANCE at most.
 */
#include "base/stopwatch.h"

#include <stddef.h>

#define GLANCE	100				/* milliseconds */

/* Those that wait, in one process. */
static SsmStopwatch *waiting = NULL;
static int64_t since;			/* when the first began */

/*
 * The wait of all is over, after so many milliseconds.
 */
static void
end_wait(int64_t length)
{
	while (waiting)
	{
		SsmStopwatch *watch = waiting;

		waiting = watch->next;
		watch->waiting = false;
		watch->elapsed += length;
	}
}

/*
 * The owner is about to wait, perhaps with others.  now, as everywhere here, is in
 * milliseconds of a clock that never goes back.
 */
void
ssm_stopwatch_wait(SsmStopwatch *watch, int64_t now)
{
	if (waiting && now - since > GLANCE)
		end_wait(GLANCE);
	if (waiting == NULL)
		since = now;
	if (watch->waiting)
		return;
	watch->waiting = true;
	watch->next = waiting;
	waiting = watch;
}

/*
 * The owner is at work: if it has waited, something has happened to it right
 * now.
 */
void
ssm_stopwatch_wake(SsmStopwatch *watch, int64_t now)
{
	if (waiting)
		end_wait(watch->waiting || now - since < GLANCE ? now - since : GLANCE);
}

/*
 * The stopwatch goes away: nothing points to it any more.
 */
void
ssm_stopwatch_forget(SsmStopwatch *watch)
{
	SsmStopwatch **at = &waiting;

	while (*at && *at != watch)
		at = &(*at)->next;
	if (*at)
		*at = watch->next;
	watch->waiting = false;
}
