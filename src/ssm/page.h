/*
 * page.h
 *		One page of an API's answer: its rows and the next page's token.
 *
 * A page is scanned once: the text is checked to be JSON, and for every row
 * the places of the members asked for are noted.
 */
#ifndef SSM_SSM_PAGE_H
#define SSM_SSM_PAGE_H

#include "base/buf.h"
#include "base/value.h"

/* Where an operation's answer has its rows and its token. */
typedef struct SsmPageShape
{
	const char *list;			/* member that holds the rows, or NULL: it is
								 * the one row */
	const char *token;			/* member that holds the next page's token */
	const char *const *members; /* the row's members to note */
	int			nmembers;
	const bool *noted;			/* for each, whether what is inside is noted;
								 * NULL: for none */
} SsmPageShape;

/* A parsed page. */
typedef struct SsmPage
{
	SsmBuf		body;			/* what the values point into */
	SsmJsonValue *values;		/* nrows × nmembers, row by row */
	SsmJsonItems items;			/* what is inside of those noted */
	size_t		max;			/* bytes that its body might have had */
	int			nmembers;
	int			nrows;
	int			size;			/* rows allocated */
	char	   *token;			/* the next page's token, or NULL at the end */
} SsmPage;

extern bool ssm_page_parse(SsmPage *page, const SsmPageShape *shape, int max_rows,
						   SsmBuf *body, SsmError *error);
extern bool ssm_page_small(const SsmPage *page);
extern void ssm_page_done(SsmPage *page);
extern void ssm_page_free(SsmPage *page);

#endif							/* SSM_SSM_PAGE_H */
