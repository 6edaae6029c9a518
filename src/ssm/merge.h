/*
 * merge.h
 *		Rows that several requests bring, each given once.
 */
#ifndef SSM_SSM_MERGE_H
#define SSM_SSM_MERGE_H

#include "base/keyset.h"
#include "ssm/request.h"

/* The rows given of one window. */
typedef struct SsmMergeWindow
{
	SsmKeySet	keys;
	int64_t		left;			/* requests that have not ended */
} SsmMergeWindow;

/* The rows given of a scan, as far as they may come again.  Owned by a pager. */
typedef struct SsmMerge
{
	const SsmRequestSet *requests;
	bool		keep;			/* free no keys before ssm_merge_free */
	SsmMergeWindow windows[SSM_MAX_WINDOWS];
} SsmMerge;

extern void ssm_merge_init(SsmMerge *merge, const SsmRequestSet *requests, bool keep);
extern SsmKeySetAdd ssm_merge_add(SsmMerge *merge, int64_t request, SsmHash key);
extern void ssm_merge_end(SsmMerge *merge, int64_t request);
extern void ssm_merge_free(SsmMerge *merge);

#endif							/* SSM_SSM_MERGE_H */
