/*
 * distinct.h
 *		Each invocation is given once.
 */
#ifndef SSM_SSM_DISTINCT_H
#define SSM_SSM_DISTINCT_H

#include "base/hashset.h"
#include "base/value.h"
#include "ssm/newest.h"
#include "ssm/request.h"

/* Places in a row of the members that tell rows apart; -1: there is none. */
typedef struct SsmRowPlaces
{
	int			key[SSM_MAX_KEY];	/* the operation's key */
	int			parameters[SSM_MAX_PARAMETERS]; /* what each parameter narrows */
	int			time;			/* what the time filters judge */
} SsmRowPlaces;

/* Where a row can come again. */
typedef enum SsmDistinctScope
{
	SSM_DISTINCT_PAGE,			/* on the next page of its request */
	SSM_DISTINCT_SCAN			/* from any request of the scan, and later */
} SsmDistinctScope;

/* Rows given of the page that is read, and of the one before. */
typedef struct SsmDistinctPages
{
	int64_t		request;
	int			page;
	SsmHashSet	seen;
	SsmHashSet	previous;
} SsmDistinctPages;

/* The rows given of a scan, as far as they can come again.  A cursor's. */
typedef struct SsmDistinct
{
	const SsmRequestSet *requests;
	SsmRowPlaces places;
	SsmDistinctScope scope;
	const SsmHashSet *given;	/* rows that an earlier scan gave, or NULL */
	const SsmValues *only;		/* give only rows with these values, or NULL */
	int			only_place;		/* of that parameter */
	int			width;
	SsmDistinctPages *pages;	/* SSM_DISTINCT_PAGE: width of them */
	SsmHashSet	keys;			/* SSM_DISTINCT_SCAN */
	bool		cut;			/* rows without a key may come again, too */
} SsmDistinct;

extern bool ssm_distinct_init(SsmDistinct *distinct, const SsmRequestSet *requests, const SsmRowPlaces *places,
							  SsmDistinctScope scope, int width, const SsmHashSet *given, SsmError *error);
extern bool ssm_distinct_check(SsmDistinct *distinct, int place, int64_t request, int page,
							   const SsmJsonValue *row, int nmembers, bool *fresh, SsmError *error);
extern SsmPageFacts ssm_distinct_facts(const SsmDistinct *distinct, const SsmJsonValue *rows, int nrows, int nmembers,
									   SsmNewest *newest);
extern const SsmHashSet *ssm_distinct_given(const SsmDistinct *distinct);
extern void ssm_distinct_free(SsmDistinct *distinct);

#endif							/* SSM_SSM_DISTINCT_H */
