/*
 * fallback.h
 *		The rows of values that the service does not know any more.
 */
#ifndef SSM_FDW_FALLBACK_H
#define SSM_FDW_FALLBACK_H

#include "fdw/executor/source.h"

typedef struct SsmFallback SsmFallback;

extern SsmFallback *ssm_fallback_create(SsmScanSource *source, bool repeats);
extern bool ssm_fallback_begin(SsmFallback *fallback, const SsmBinding *binding, const SsmCursor *main_cursor);
extern SsmRowState ssm_fallback_next(SsmFallback *fallback, TupleTableSlot *slot, SsmError *error);
extern void ssm_fallback_end(SsmFallback *fallback);

#endif							/* SSM_FDW_FALLBACK_H */
