/*
 * answered.c
 *		The endpoints that have ever answered this process.
 *
 * One that has answered is there, and will be again after a fault.  One that
 * never has may be a wrong name, port or scheme, which asking often does not mend.
 */
#include "aws/answered.h"

#include <stddef.h>
#include <stdint.h>

/* More than a process calls; beyond that the oldest are forgotten. */
#define MOST	256

static uint64_t known[MOST];
static unsigned newest = 0;

/*
 * A hash (FNV-1a) of a URL, never 0.  Two URLs of one hash only share what is
 * known of them.
 */
static uint64_t
hash(const char *url)
{
	uint64_t	h = UINT64_C(14695981039346656037);

	for (; *url; url++)
		h = (h ^ (unsigned char) *url) * UINT64_C(1099511628211);
	return h | 1;
}

/*
 * The endpoint at this URL has sent an answer, whatever it was.
 */
void
ssm_answered_note(const char *url)
{
	if (!ssm_answered(url))
		known[newest++ % MOST] = hash(url);
}

/*
 * Has the endpoint at this URL ever sent one?
 */
bool
ssm_answered(const char *url)
{
	uint64_t	h = hash(url);
	size_t		i;

	for (i = 0; i < MOST; i++)
		if (known[i] == h)
			return true;
	return false;
}
