/*
 * pager.h
 *		All pages of all requests of a scan, row by row.
 */
#ifndef SSM_SSM_PAGER_H
#define SSM_SSM_PAGER_H

#include "ssm/chain.h"
#include "ssm/once.h"

typedef struct SsmPager SsmPager;

typedef enum SsmRowState
{
	SSM_ROW,					/* here is a row */
	SSM_ROW_PENDING,			/* wait for the loop's descriptor, then ask
								 * again */
	SSM_ROW_END,
	SSM_ROW_FAILED
} SsmRowState;

/* What to read; all that it points to outlives the pager. */
typedef struct SsmPagerSetup
{
	SsmSource	source;
	int			width;			/* chains to follow at once, 1 or more */
	SsmRowPlaces places;		/* in the shape */
	const SsmValues *only;		/* keep only rows with these values, or NULL */
	int			only_place;		/* of that parameter */
	const SsmHashSet *given;	/* keep only rows not among these, or NULL */
} SsmPagerSetup;

extern SsmPager *ssm_pager_create(const SsmPagerSetup *setup, SsmError *error);
extern SsmRowState ssm_pager_next(SsmPager *pager, const SsmJsonValue **row, SsmError *error);
extern bool ssm_pager_drive(SsmPager *pager, SsmError *error);
extern bool ssm_pager_rejected(const SsmPager *pager, SsmValues *rejected, SsmError *error);
extern const SsmHashSet *ssm_pager_given(const SsmPager *pager);
extern void ssm_pager_free(SsmPager *pager);

#endif							/* SSM_SSM_PAGER_H */
