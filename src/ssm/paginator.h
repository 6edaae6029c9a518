/*
 * paginator.h
 *		One request followed through its pages.
 */
#ifndef SSM_SSM_PAGINATOR_H
#define SSM_SSM_PAGINATOR_H

#include "aws/call.h"
#include "base/hashset.h"
#include "ssm/page.h"
#include "ssm/request.h"

/* What an InstanceId that the service rejects means. */
typedef enum SsmInvalidInstanceId
{
	SSM_INVALID_RESCAN,			/* note it: its rows are to be found otherwise */
	SSM_INVALID_EMPTY,			/* it has no rows */
	SSM_INVALID_ERROR
} SsmInvalidInstanceId;

/* Where pages come from; all that it points to outlives the paginators. */
typedef struct SsmSource
{
	const SsmClient *client;
	const SsmRequestSet *requests;
	const SsmPageShape *shape;
	bool		prefetch;		/* ask for a page before it is needed */
	int64_t		max_requests;	/* 0: no limit */
	SsmInvalidInstanceId invalid_instance_id;
} SsmSource;

/* What has become of a page that was asked for. */
typedef enum SsmPageState
{
	SSM_PAGE_PENDING,
	SSM_PAGE_CAME,
	SSM_PAGE_NONE,				/* the request has no rows, or no more */
	SSM_PAGE_FAILED
} SsmPageState;

/* Zeroed, a paginator holds nothing. */
typedef struct SsmPaginator
{
	int64_t		request;		/* which of the source's requests */
	SsmWindow	window;			/* of time, that it asks for */
	int			pages;			/* answers that have come */
	char	   *token;			/* the next page's, NULL at the end */
	SsmHashSet	tokens;			/* every one so far */
	bool		rejected;		/* the service rejected the InstanceId */
	SsmCall    *call;			/* asks for the next page, or NULL */
	const SsmSource *source;	/* of the call */
	SsmPage    *page;			/* where it will be */
} SsmPaginator;

extern void ssm_paginator_open(SsmPaginator *paginator, int64_t request, const SsmWindow *window);
extern bool ssm_paginator_ask(SsmPaginator *paginator, const SsmSource *source, SsmPage *page, SsmError *error);
extern SsmPageState ssm_paginator_advance(SsmPaginator *paginator, SsmError *error);
extern void ssm_paginator_free(SsmPaginator *paginator);

#endif							/* SSM_SSM_PAGINATOR_H */
