/*
 * spec.h
 *		Plan-time facts packed for the executor.
 */
#ifndef SSM_FDW_SPEC_H
#define SSM_FDW_SPEC_H

#include "nodes/plannodes.h"

#include "fdw/planner/qual.h"
#include "ssm/estimate.h"

/* What a scan is to do, as the plan knows it. */
typedef struct SsmSpec
{
	List	   *attnums;		/* attributes to fill, 1-based integers */
	bool		details;		/* some of them come only with details */
	int			limit;			/* rows that will do, or 0 */
	bool		limited;		/* the scan may well be left before its end */
	double		requests;		/* expected by the planner */
	SsmEstimate estimate;		/* of what the clauses make the API read */
	double		ids[SSM_MAX_PARAMETERS];	/* values of each id expected, or
											 * 0 */
	List	   *quals;			/* SsmQual, with values from fdw_exprs */
	Bitmapset  *params;			/* executor parameters that the values use */
} SsmSpec;

extern List *ssm_spec_pack(const SsmSpec *spec, List **exprs);
extern SsmSpec *ssm_spec_unpack(const ForeignScan *plan);

#endif							/* SSM_FDW_SPEC_H */
