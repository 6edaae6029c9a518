/*
 * activity.h
 *		What each scan under way in the cluster is doing.
 */
#ifndef SSM_FDW_ACTIVITY_H
#define SSM_FDW_ACTIVITY_H

#include "foreign/foreign.h"

#include "fdw/options.h"
#include "fdw/session/shared.h"

extern SsmActivity *ssm_activity_begin(const ForeignServer *server, const SsmOptions *options);
extern void ssm_activity_tell(SsmActivity *activity, SsmDoing doing, const SsmCounters *counters);
extern void ssm_activity_end(SsmActivity *activity);
extern bool ssm_activity_read(const SsmActivity *activity, SsmActivity *copy);

#endif							/* SSM_FDW_ACTIVITY_H */
