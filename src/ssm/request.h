/*
 * request.h
 *		Bounds on columns to disjoint requests; request to body.
 */
#ifndef SSM_SSM_REQUEST_H
#define SSM_SSM_REQUEST_H

#include "base/buf.h"
#include "ssm/bounds.h"
#include "ssm/estimate.h"
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
	int64_t		slack;			/* microseconds InvokedAfter is sent early */
	int			max_results;	/* 1..50 */
	bool		details;
	int			limit;			/* rows that will do if all ids are named, or
								 * 0 */
	SsmEstimate estimate;		/* of rows 0: name all ids */
	bool		instances_must; /* a row of an InstanceId not named is none */
	int			windows;		/* to cut scans without an id into; 0 as 1 */
	int64_t		now;			/* microseconds since 1970, to cut by */
} SsmRequestStyle;

/* One member or filter of the body, with the values it takes in turn. */
typedef struct SsmTerm
{
	SsmKey		key;
	SsmKeyPlace place;
	SsmValues	values;
	bool		shared;			/* a row may be several values' */
} SsmTerm;

/*
 * All requests of a scan: in each window, one for each combination of the
 * terms' values.  Two of them never ask for the same row, unless overlap says
 * so.
 */
typedef struct SsmRequestSet
{
	SsmTerm		terms[SSM_KEY_COUNT];
	int			nterms;
	int64_t		count;			/* number of requests, 0 if no row can match */
	bool		overlap;		/* rows may come twice */
	bool		sent[SSM_KEY_COUNT];	/* whose values are in the terms */
	bool		left_out[SSM_KEY_COUNT];	/* not named, as that takes fewer
											 * requests */
	int			max_results;
	bool		details;
	SsmWindows	windows;		/* the time filters */
} SsmRequestSet;

extern bool ssm_request_plan(SsmRequestSet *set, const SsmBounds *bounds, const SsmRequestStyle *style, SsmError *error);
extern const SsmTerm *ssm_request_term(const SsmRequestSet *set, const char *name);
extern int	ssm_request_place(const SsmRequestSet *set, int64_t n, const SsmTerm *term);
extern int	ssm_request_window(const SsmRequestSet *set, int64_t n);
extern const char *ssm_request_value(const SsmRequestSet *set, int64_t n, const char *name);
extern bool ssm_request_body(const SsmRequestSet *set, int64_t n, const char *token, SsmBuf *body, SsmError *error);
extern void ssm_request_free(SsmRequestSet *set);

#endif							/* SSM_SSM_REQUEST_H */
