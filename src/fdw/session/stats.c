/*
 * stats.c
 *		What this backend's calls to each server have cost.
 */
#include "postgres.h"

#include "fdw/session/stats.h"

#include "utils/memutils.h"

static dlist_head servers = DLIST_STATIC_INIT(servers);

/*
 * A server's account, which is opened if there is none.
 */
SsmServerStats *
ssm_stats_get(Oid serverid)
{
	SsmServerStats *stats;
	dlist_iter	iter;

	dlist_foreach(iter, &servers)
	{
		stats = dlist_container(SsmServerStats, node, iter.cur);
		if (stats->serverid == serverid)
			return stats;
	}
	stats = MemoryContextAllocZero(TopMemoryContext, sizeof(SsmServerStats));
	stats->serverid = serverid;
	dlist_push_tail(&servers, &stats->node);
	return stats;
}

/*
 * Add what some calls have cost.  Never fails.
 */
void
ssm_stats_add(SsmServerStats *stats, const SsmCounters *counters, const instr_time *waited)
{
	stats->counters.requests += counters->requests;
	stats->counters.retries += counters->retries;
	stats->counters.throttles += counters->throttles;
	stats->counters.pages += counters->pages;
	stats->counters.rows += counters->rows;
	stats->counters.bytes += counters->bytes;
	stats->waited += INSTR_TIME_GET_MILLISEC(*waited);
}

/*
 * All accounts: a list of SsmServerStats, in the order in which they were
 * opened.
 */
dlist_head *
ssm_stats_all(void)
{
	return &servers;
}
