/*
 * merge.c
 *		Rows that several requests bring, each given once.
 *
 * Requests of one window may overlap, and windows overlap their neighbours but
 * no others.  So a row is looked up in its own window's keys and in the two
 * beside it, and a window's keys are freed once it and both neighbours have
 * ended.
 */
#include "ssm/merge.h"

#include <string.h>

/*
 * Start with no row given.  The requests must outlive the merge.
 */
void
ssm_merge_init(SsmMerge *merge, const SsmRequestSet *requests, bool keep)
{
	int			i;

	memset(merge, 0, sizeof(*merge));
	merge->requests = requests;
	merge->keep = keep;
	for (i = 0; i < requests->windows.n; i++)
		merge->windows[i].left = requests->count / requests->windows.n;
}

/*
 * A request brought the row with this key: was it given before?
 */
SsmKeySetAdd
ssm_merge_add(SsmMerge *merge, int64_t request, SsmHash key)
{
	int			w = ssm_request_window(merge->requests, request);

	if ((w > 0 && ssm_keyset_has(&merge->windows[w - 1].keys, key)) ||
		(w + 1 < merge->requests->windows.n && ssm_keyset_has(&merge->windows[w + 1].keys, key)))
		return SSM_KEYSET_PRESENT;
	return ssm_keyset_add(&merge->windows[w].keys, key);
}

/*
 * Has a window ended?  Those beyond the first and the last have.
 */
static bool
has_ended(const SsmMerge *merge, int w)
{
	return w < 0 || w >= merge->requests->windows.n || merge->windows[w].left == 0;
}

/*
 * A request has ended: it brings no further row.
 */
void
ssm_merge_end(SsmMerge *merge, int64_t request)
{
	int			w = ssm_request_window(merge->requests, request);
	int			i;

	merge->windows[w].left--;
	for (i = w - 1; i <= w + 1 && !merge->keep; i++)
		if (i >= 0 && i < merge->requests->windows.n &&
			has_ended(merge, i - 1) && has_ended(merge, i) && has_ended(merge, i + 1))
			ssm_keyset_free(&merge->windows[i].keys);
}

/*
 * Release all keys.  Does nothing to a zeroed merge.
 */
void
ssm_merge_free(SsmMerge *merge)
{
	int			i;

	for (i = 0; i < SSM_MAX_WINDOWS; i++)
		ssm_keyset_free(&merge->windows[i].keys);
}
