/*
 * scan.h
 *		The executor's callbacks.
 */
#ifndef SSM_FDW_SCAN_H
#define SSM_FDW_SCAN_H

#include "foreign/fdwapi.h"

#include "aws/client.h"
#include "fdw/session/session.h"

extern void ssmBeginForeignScan(ForeignScanState *node, int eflags);
extern TupleTableSlot *ssmIterateForeignScan(ForeignScanState *node);
extern void ssmReScanForeignScan(ForeignScanState *node);
extern void ssmEndForeignScan(ForeignScanState *node);

extern bool ssm_scan_pending(ForeignScanState *node);
extern SsmLease *ssm_scan_lease(ForeignScanState *node);
extern const bool *ssm_scan_left_out(ForeignScanState *node);
extern const SsmCounters *ssm_scan_counters(ForeignScanState *node, double *waited);

#endif							/* SSM_FDW_SCAN_H */
