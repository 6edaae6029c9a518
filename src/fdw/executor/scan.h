/*
 * scan.h
 *		The executor's callbacks.
 */
#ifndef SSM_FDW_SCAN_H
#define SSM_FDW_SCAN_H

#include "foreign/fdwapi.h"

#include "aws/client.h"
#include "fdw/executor/rows.h"

/* What a scan has done. */
typedef struct SsmScanDone
{
	const SsmCounters *counters;
	double		waited;			/* milliseconds */
	const bool *left_out;		/* lists of ids that were not sent: by place
								 * among the parameters */
	bool		rescanned;		/* without ids that the service rejected */
} SsmScanDone;

extern void ssmBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *ssmIterateForeignScan(ForeignScanState *node);
extern void ssmReScanForeignScan(ForeignScanState *node);
extern void ssmEndForeignScan(ForeignScanState *node);

extern SsmScan *ssm_scan_get(PlanState *node);
extern bool ssm_scan_pending(ForeignScanState *node);
extern SsmLease *ssm_scan_lease(ForeignScanState *node, bool may_wait);
extern bool ssm_scan_done(ForeignScanState *node, SsmScanDone *done);

#endif							/* SSM_FDW_SCAN_H */
