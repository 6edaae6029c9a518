/*
 * rows.h
 *		The rows of a foreign scan, as they come.
 */
#ifndef SSM_FDW_ROWS_H
#define SSM_FDW_ROWS_H

#include "fdw/executor/early.h"
#include "fdw/executor/fallback.h"
#include "fdw/executor/order.h"
#include "fdw/executor/source.h"

/* A foreign scan's state; the node's fdw_state. */
typedef struct SsmScan
{
	/* for the whole query */
	SsmScanSource source;
	SsmFallback *fallback;		/* rows of rejected values; NULL until located */
	bool		again;			/* it may have to give the same rows again */
	SsmEarly   *early;			/* scans for rows to come, or NULL */
	SsmOrder   *order;			/* its rows come the newest first; or NULL */
	MergeAppendState *merge;	/* that asks for them, or NULL */
	bool		deep;			/* the last scan was read to its end */
	bool		rescanned;		/* for rejected values */
	MemoryContext scan_cxt;		/* reset by ReScan */
	MemoryContext row_cxt;		/* reset for each row */

	/* for one scan; scan_cxt's */
	bool		started;
	SsmBinding *binding;
	SsmCursor  *cursor;			/* NULL if no request is needed */
	SsmEarlyScan *batch;		/* that brings the rows instead; or NULL */
	SsmStore   *rows;			/* that come before the cursor's: read early,
								 * or given already; or NULL */
	const char *key;			/* of these rows: "", or a batch's id */
	bool		lacking;		/* of those given, it does not have all */
	bool		in_fallback;	/* the cursor has ended */
	bool		ended;			/* so have all rows */
	bool		pending;		/* the last row asked for has yet to come */
	bool		ready;			/* the first is in the slot, or there is none */
	bool		asked;			/* for a row */
} SsmScan;

extern SsmRowState ssm_rows_next(SsmScan *scan, TupleTableSlot *slot);
extern void ssm_rows_stop(SsmScan *scan);

#endif							/* SSM_FDW_ROWS_H */
