/*
 * ahead.h
 *		Rows that a loop will give next, so that the scans below it can ask for them
 *		in time.
 */
#ifndef SSM_FDW_EXECUTOR_AHEAD_H
#define SSM_FDW_EXECUTOR_AHEAD_H

#include "nodes/execnodes.h"

typedef struct SsmAhead SsmAhead;

extern void ssm_ahead_init(void);
extern SsmAhead *ssm_ahead_get(EState *estate, int slot);
extern int64 ssm_ahead_current(const SsmAhead *ahead);
extern int	ssm_ahead_width(const SsmAhead *ahead);
extern bool ssm_ahead_done(const SsmAhead *ahead);
extern int64 ssm_ahead_end(const SsmAhead *ahead);
extern Datum ssm_ahead_value(SsmAhead *ahead, int64 row, int key, bool *isnull);

#endif							/* SSM_FDW_EXECUTOR_AHEAD_H */
