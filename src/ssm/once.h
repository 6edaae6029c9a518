/*
 * once.h
 *		Each invocation is given once.
 */
#ifndef SSM_SSM_ONCE_H
#define SSM_SSM_ONCE_H

#include "base/hashset.h"
#include "base/value.h"
#include "ssm/request.h"

/* Places in a row of the members that tell rows apart; -1: there is none. */
typedef struct SsmRowPlaces
{
	int			key[SSM_MAX_KEY];	/* the operation's key */
	int			parameters[SSM_MAX_PARAMETERS]; /* what each parameter narrows */
	int			time;			/* what the time filters judge */
} SsmRowPlaces;

/* Where a row can come again. */
typedef enum SsmOnceScope
{
	SSM_ONCE_PAGE,				/* on the next page of its request */
	SSM_ONCE_SCAN				/* from any request of the scan, and later */
} SsmOnceScope;

/* Rows given of the page that a chain reads, and of the one before. */
typedef struct SsmOncePages
{
	int64_t		request;
	int			page;
	SsmHashSet	seen;
	SsmHashSet	previous;
} SsmOncePages;

/* Rows given of one window of time. */
typedef struct SsmOnceWindow
{
	SsmHashSet	keys;
	int64_t		left;			/* requests that have not ended */
} SsmOnceWindow;

/* The rows given of a scan, as far as they can come again.  A pager's. */
typedef struct SsmOnce
{
	const SsmRequestSet *requests;
	SsmRowPlaces places;
	SsmOnceScope scope;
	const SsmHashSet *given;	/* rows that an earlier scan gave, or NULL */
	int			width;
	SsmOncePages *pages;		/* SSM_ONCE_PAGE: width of them */
	SsmOnceWindow windows[SSM_MAX_WINDOWS]; /* SSM_ONCE_SCAN */
	int			ended;			/* windows that have ended, from the first */
	bool		strayed;		/* a request brought a row of another window */
} SsmOnce;

extern bool ssm_once_init(SsmOnce *once, const SsmRequestSet *requests, const SsmRowPlaces *places,
						  SsmOnceScope scope, int width, const SsmHashSet *given, SsmError *error);
extern bool ssm_once_check(SsmOnce *once, int chain, int64_t request, int page,
						   const SsmJsonValue *row, bool *fresh, SsmError *error);
extern void ssm_once_end(SsmOnce *once, int64_t request);
extern const SsmHashSet *ssm_once_given(const SsmOnce *once);
extern void ssm_once_free(SsmOnce *once);

#endif							/* SSM_SSM_ONCE_H */
