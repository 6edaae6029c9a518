/*
 * stats.h
 *		What this backend's calls to each server have cost.
 */
#ifndef SSM_FDW_STATS_H
#define SSM_FDW_STATS_H

#include "lib/ilist.h"
#include "portability/instr_time.h"

#include "aws/client.h"

/* One server's, kept until the backend ends. */
typedef struct SsmServerStats
{
	dlist_node	node;
	Oid			serverid;
	SsmCounters counters;
	double		waited;			/* milliseconds */
} SsmServerStats;

extern SsmServerStats *ssm_stats_get(Oid serverid);
extern void ssm_stats_add(SsmServerStats *stats, const SsmCounters *counters, const instr_time *waited);
extern dlist_head *ssm_stats_all(void);

#endif							/* SSM_FDW_STATS_H */
