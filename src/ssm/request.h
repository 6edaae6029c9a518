/*
 * request.h
 *		Bounds on columns to disjoint requests.
 */
#ifndef SSM_SSM_REQUEST_H
#define SSM_SSM_REQUEST_H

#include "ssm/bounds.h"
#include "ssm/estimate.h"
#include "ssm/term.h"
#include "ssm/window.h"

/* How far AWS's documentation of the Status filter is trusted. */
typedef enum SsmStatusFilter
{
	SSM_STATUS_EXACT,			/* one value finds all rows of that status */
	SSM_STATUS_EXPANDED,		/* ask for the detail-level values as well */
	SSM_STATUS_OFF				/* never send a Status filter */
} SsmStatusFilter;

/* How to ask. */
typedef struct SsmRequestStyle
{
	SsmStatusFilter status_filter;
	int64_t		slack;			/* microseconds the lower time filter is sent
								 * early */
	int			page_size;		/* most rows of a page */
	bool		details;
	int			limit;			/* rows that will do if all ids are named, or
								 * 0 */
	SsmEstimate estimate;		/* of rows 0: name all ids */
	unsigned	must;			/* ids that have to be named; see
								 * ssm_estimate_choose */
	int64_t		now;			/* microseconds since 1970; 0: no request may
								 * be cut into windows of time */
} SsmRequestStyle;

/*
 * All requests of a scan: one for each combination of the terms' values.  Two of
 * them never ask for the same row, unless overlap says so.
 */
typedef struct SsmRequestSet
{
	const SsmOperation *operation;
	SsmTerm		terms[SSM_MAX_PARAMETERS];
	int			nterms;
	int64_t		count;			/* number of requests, 0 if no row can match */
	int64_t		group;			/* the first groups times so many are to be
								 * read ... */
	int			groups;			/* ... group after group, before the others */
	bool		overlap;		/* rows may come twice */
	bool		sent[SSM_MAX_PARAMETERS];	/* whose values are in the terms */
	bool		left_out[SSM_MAX_PARAMETERS];	/* not named, as that takes
												 * fewer requests */
	const SsmParameter *missing;	/* required, but without a value; or NULL */
	int			page_size;
	bool		details;
	SsmWindow	range;			/* the time filters */
	SsmWindow	kept;			/* the part of it that can be cut; empty if it
								 * is not to be */
} SsmRequestSet;

extern bool ssm_request_plan(SsmRequestSet *set, const SsmOperation *operation, const SsmBounds *bounds,
							 const SsmRequestStyle *style, SsmError *error);
extern const SsmTerm *ssm_request_term(const SsmRequestSet *set, const SsmParameter *parameter);
extern int	ssm_request_place(const SsmRequestSet *set, int64_t n, const SsmTerm *term);
extern void ssm_request_free(SsmRequestSet *set);

#endif							/* SSM_SSM_REQUEST_H */
