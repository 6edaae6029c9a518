/*
 * pace.h
 *		When a scan's calls may send: by a budget that backends share.
 */
#ifndef SSM_FDW_PACE_H
#define SSM_FDW_PACE_H

#include "fdw/session/mapping.h"
#include "fdw/session/shared.h"

/* A scan's part in a budget. */
typedef struct SsmPace
{
	SsmPacer	pacer;			/* for the scan's client */
	SsmMapping *mapping;		/* who calls */
	const char *url;			/* which endpoint */
	int64		generation;		/* of the keys that the digest is of */
	unsigned char digest[SSM_SHARED_DIGEST];
	SsmSharedBudget *budget;	/* that was found last, or NULL */
} SsmPace;

extern void ssm_pace_open(SsmPace *pace, SsmMapping *mapping, const char *url);
extern void ssm_pace_close(SsmPace *pace);

#endif							/* SSM_FDW_PACE_H */
