/*
 * held.h
 *		Rows of the service in model.h that wait until no newer one can come.
 */
#ifndef SSM_TEST_HELD_H
#define SSM_TEST_HELD_H

#include "model.h"

/* Rows, by number.  Zeroed, but for last: the latest time there is. */
typedef struct Held
{
	int			rows[MAX_ROWS * 2];
	int			n;
	int64_t		last;			/* given */
} Held;

/*
 * Hold a row.
 */
static void
held_add(Held *held, int row)
{
	if (held->n < lengthof(held->rows))
		held->rows[held->n++] = row;
}

/*
 * Give the rows held that are of that time or newer, the newest first.  Returns how
 * many there were.
 */
static int
held_give(Held *held, int64_t ready)
{
	int			given;

	for (given = 0;; given++)
	{
		int			newest = -1;
		int64_t		at;
		int			i;

		for (i = 0; i < held->n; i++)
			if (newest < 0 || model.rows[held->rows[i]].at > model.rows[held->rows[newest]].at)
				newest = i;
		if (newest < 0 || (at = model.rows[held->rows[newest]].at) < ready)
			return given;
		if (at > held->last)
			model.complaint = "a newer row came after an older one";
		held->last = at;
		held->rows[newest] = held->rows[--held->n];
	}
}

#endif							/* SSM_TEST_HELD_H */
