/*
 * rewind.h
 *		Rows to be given again.
 */
#ifndef SSM_FDW_REWIND_H
#define SSM_FDW_REWIND_H

#include "nodes/execnodes.h"

typedef struct SsmRewind SsmRewind;

extern SsmRewind *ssm_rewind_create(TupleTableSlot *slot, const Bitmapset *params, int eflags);
extern bool ssm_rewind_read(SsmRewind *rewind, TupleTableSlot *slot);
extern void ssm_rewind_store(SsmRewind *rewind, TupleTableSlot *slot);
extern bool ssm_rewind_restart(SsmRewind *rewind, const Bitmapset *changed, bool started);
extern void ssm_rewind_end(SsmRewind *rewind);

#endif							/* SSM_FDW_REWIND_H */
