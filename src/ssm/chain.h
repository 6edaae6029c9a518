/*
 * chain.h
 *		One request followed through its pages.
 */
#ifndef SSM_SSM_CHAIN_H
#define SSM_SSM_CHAIN_H

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

/* Where pages come from; all that it points to outlives the chains. */
typedef struct SsmSource
{
	const SsmClient *client;
	const SsmRequestSet *requests;
	const SsmPageShape *shape;
	bool		prefetch;		/* ask for a page before it is needed */
	int64_t		max_requests;	/* 0: no limit */
	SsmInvalidInstanceId invalid_instance_id;
} SsmSource;

/* Zeroed, a chain is closed and holds nothing. */
typedef struct SsmChain
{
	bool		open;			/* follows a request that has not ended */
	int64_t		request;		/* which of the source's requests */
	SsmCall    *call;			/* fetches the page after the newest, or NULL */
	const SsmSource *source;	/* of the call */
	SsmPage		page;			/* the page being read */
	int			row;			/* next row of it */
	SsmPage		arrived;		/* the page after it, if has_arrived */
	bool		has_arrived;
	int			pages;			/* answers that have come */
	int			turned;			/* pages that have been turned to */
	bool		empty;			/* one of them was empty, yet not the last */
	bool		rejected;		/* the service rejected the InstanceId */
	SsmHashSet	tokens;			/* every token of the chain so far */
} SsmChain;

extern void ssm_chain_open(SsmChain *chain, int64_t request);
extern bool ssm_chain_advance(SsmChain *chain, const SsmSource *source, bool *started, SsmError *error);
extern bool ssm_chain_has_rows(const SsmChain *chain);
extern const SsmJsonValue *ssm_chain_take_row(SsmChain *chain);
extern void ssm_chain_free(SsmChain *chain);

#endif							/* SSM_SSM_CHAIN_H */
