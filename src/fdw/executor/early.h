/*
 * early.h
 *		Scans that have begun before a loop asked for them.
 */
#ifndef SSM_FDW_EARLY_H
#define SSM_FDW_EARLY_H

#include "fdw/executor/source.h"
#include "fdw/executor/store.h"

/* A scan for the key of a row that is to come. */
typedef struct SsmEarlyScan
{
	MemoryContext cxt;			/* of all this */
	int64		row;			/* of the read-ahead */
	char	   *signature;		/* of its requests */
	SsmBinding *binding;
	SsmCursor  *cursor;
	SsmStore   *rows;			/* taken from it so far, without a key; or
								 * NULL */
} SsmEarlyScan;

typedef struct SsmEarly SsmEarly;

extern SsmEarly *ssm_early_create(SsmScanSource *source);
extern SsmEarlyScan *ssm_early_take(SsmEarly *early, const SsmBinding *binding);
extern void ssm_early_start(SsmEarly *early, const SsmBinding *present);
extern void ssm_early_drive(SsmEarly *early, bool drain);
extern bool ssm_early_any(const SsmEarly *early);
extern void ssm_early_end(SsmEarly *early);

#endif							/* SSM_FDW_EARLY_H */
