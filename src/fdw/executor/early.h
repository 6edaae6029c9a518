/*
 * early.h
 *		Scans that have begun before a loop asked for them.
 */
#ifndef SSM_FDW_EARLY_H
#define SSM_FDW_EARLY_H

#include "fdw/executor/source.h"
#include "fdw/executor/store.h"

/* What has become of the rows of a batch. */
typedef enum SsmBatchState
{
	SSM_BATCH_NONE,				/* it is a scan for one key */
	SSM_BATCH_ASKED,
	SSM_BATCH_READ,
	SSM_BATCH_FAILED			/* each row is to ask for its own */
} SsmBatchState;

/*
 * A scan for the key of a row that is to come; or for those of several, where the
 * operation takes many ids in one request.
 */
typedef struct SsmEarlyScan
{
	MemoryContext cxt;			/* of all this */
	int64		row;			/* of the read-ahead, the last that it is for */
	SsmBatchState batch;
	const char *signature;		/* of its requests; a batch's has no ids */
	SsmBinding *binding;
	SsmCursor  *cursor;
	SsmStore   *rows;			/* taken from it so far, a batch's by id; or
								 * NULL */
} SsmEarlyScan;

typedef struct SsmEarly SsmEarly;

extern SsmEarly *ssm_early_create(SsmScanSource *source);
extern SsmEarlyScan *ssm_early_take(SsmEarly *early, const SsmBinding *binding);
extern const char *ssm_early_id(const SsmEarly *early, const SsmBinding *binding);
extern void ssm_early_start(SsmEarly *early, const SsmBinding *present);
extern void ssm_early_drive(SsmEarly *early, bool drain);
extern bool ssm_early_any(const SsmEarly *early);
extern void ssm_early_end(SsmEarly *early);

#endif							/* SSM_FDW_EARLY_H */
