/*
 * spec.h
 *		Plan-time facts packed for the executor.
 */
#ifndef SSM_FDW_SPEC_H
#define SSM_FDW_SPEC_H

#include "nodes/plannodes.h"

#include "fdw/planner/qual.h"
#include "ssm/estimate.h"

/* Places in the IntList at the end of fdw_private of a scan that is fed. */
enum SsmFeedFact
{
	SSM_FEED_SLOT,				/* of es_param_exec_vals, where the read-ahead
								 * is */
	SSM_FEED_FIRST,				/* of the read-ahead's keys that are its */
	SSM_FEED_MEMOIZED,			/* a Memoize in between keeps what is asked */
	SSM_FEED_VALUES				/* then: the values that come from keys */
};

/* What a scan is to do, as the plan knows it. */
typedef struct SsmSpec
{
	List	   *attnums;		/* attributes to fill, 1-based integers */
	bool		details;		/* some of them come only with details */
	AttrNumber	newest;			/* the rows latest by this one come first; or
								 * 0: in any order */
	int			limit;			/* rows that will do, or 0 */
	bool		limited;		/* the scan may well be left before its end */
	double		requests;		/* expected by the planner */
	SsmEstimate estimate;		/* of what the clauses make the API read */
	double		ids[SSM_MAX_PARAMETERS];	/* values of each id expected, or
											 * 0 */
	List	   *quals;			/* SsmQual, with values from fdw_exprs */
	int			ahead;			/* slot of the read-ahead that feeds it, or -1 */
	int			first_key;		/* of the read-ahead's keys */
	bool		memoized;		/* a Memoize above keeps its rows */
	List	   *fed;			/* places of values that come from keys */
	Bitmapset  *params;			/* executor parameters that the values use */
} SsmSpec;

extern List *ssm_spec_pack(const SsmSpec *spec, List **exprs);
extern SsmSpec *ssm_spec_unpack(const ForeignScan *plan);
extern void ssm_spec_params(Node *node, Bitmapset **params);

#endif							/* SSM_FDW_SPEC_H */
