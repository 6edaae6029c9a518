/*
 * totals.c
 *		What all calls of each server's operations have cost since the last reset.
 *
 * Totals are atomics, so that adding to them takes no lock.
 */
#include "postgres.h"

#include "fdw/session/totals.h"

#include <math.h>

#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

#define A_DOUBLING	2.0			/* latencies' ranges: 1, 1.4, 2, 2.8, 4 ... ms */

/* What of a scan's counters goes into which total. */
static const struct
{
	SsmTotal	total;
	size_t		counter;
}			sources[] = {
	{SSM_TOTAL_REQUESTS, offsetof(SsmCounters, requests)},
	{SSM_TOTAL_RETRIES, offsetof(SsmCounters, retries)},
	{SSM_TOTAL_THROTTLES, offsetof(SsmCounters, throttles)},
	{SSM_TOTAL_PAGES, offsetof(SsmCounters, pages)},
	{SSM_TOTAL_ROWS, offsetof(SsmCounters, rows)},
	{SSM_TOTAL_BYTES, offsetof(SsmCounters, bytes)},
	{SSM_TOTAL_HELD, offsetof(SsmCounters, held)},
};

/* How many requests this backend has sent. */
static int64 sent = 0;

/*
 * The account in use for a server's operation, or one that is free for it, or NULL.
 */
static SsmAccount *
find_account(SsmShared *shared, Oid serverid, const char *operation)
{
	int			i;

	for (i = 0; i < SSM_SHARED_ACCOUNTS; i++)
	{
		SsmAccount *account = &shared->accounts[i];

		if (!account->used ||
			(account->database == MyDatabaseId && account->serverid == serverid &&
			 strcmp(NameStr(account->operation), operation) == 0))
			return account;
	}
	return NULL;
}

/*
 * The account of a server's operation, which is opened if there is none.  Those
 * beyond the last one that can be are this backend's own, and seen by nobody.
 */
SsmAccount *
ssm_totals_account(const ForeignServer *server, const char *operation)
{
	static SsmAccount excess;
	SsmShared  *shared = ssm_shared_get();
	SsmAccount *account;

	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	account = find_account(shared, server->serverid, operation);
	if (account)
	{
		account->used = true;
		account->database = MyDatabaseId;
		account->serverid = server->serverid;
		namestrcpy(&account->server, server->servername);
		namestrcpy(&account->operation, operation);
	}
	LWLockRelease(&shared->lock);
	return account ? account : &excess;
}

/*
 * Add what a scan has cost beyond what *added, zeroed at first, says.
 */
void
ssm_totals_add(SsmAccount *account, const SsmCounters *counters, SsmCounters *added)
{
	int			i;

	for (i = 0; i < (int) lengthof(sources); i++)
	{
		int64		more = *(const int64 *) ((const char *) counters + sources[i].counter) -
		*(int64 *) ((char *) added + sources[i].counter);

		if (more != 0)
			pg_atomic_fetch_add_u64(&account->totals[sources[i].total], more);
	}
	sent += counters->requests - added->requests;
	*added = *counters;
}

/*
 * How many requests this backend has sent, of all servers.
 */
int64
ssm_totals_sent(void)
{
	return sent;
}

/*
 * Count an attempt that ended, by how that was.
 */
void
ssm_totals_attempt(SsmAccount *account, const SsmAttempt *attempt)
{
	int			range = attempt->milliseconds <= 1 ? 0 : (int) ceil(A_DOUBLING * log2(attempt->milliseconds));

	if (attempt->kind == SSM_ERROR_NONE)
		pg_atomic_fetch_add_u64(&account->latencies[Min(range, SSM_LATENCIES - 1)], 1);
	else if (attempt->kind == SSM_ERROR_DENIED || attempt->kind == SSM_ERROR_CREDENTIALS)
		pg_atomic_fetch_add_u64(&account->totals[SSM_TOTAL_DENIED], 1);
	else if (attempt->kind != SSM_ERROR_THROTTLED)
		pg_atomic_fetch_add_u64(&account->totals[SSM_TOTAL_FAILED], 1);
}

/*
 * The milliseconds within which that share of the answers came, to the next of the
 * ranges that are counted; negative if there were none.
 */
double
ssm_totals_quantile(const SsmAccount *account, double share)
{
	uint64		counts[SSM_LATENCIES];
	uint64		all = 0;
	double		left;
	int			i;

	for (i = 0; i < SSM_LATENCIES; i++)
		all += counts[i] = pg_atomic_read_u64(unconstify(pg_atomic_uint64 *, &account->latencies[i]));
	if (all == 0)
		return -1;
	left = share * all;
	for (i = 0; i < SSM_LATENCIES - 1 && left > counts[i]; i++)
		left -= counts[i];
	return rint(exp2(i / A_DOUBLING));
}

/*
 * Begin again with zero.
 */
void
ssm_totals_reset(void)
{
	SsmShared  *shared = ssm_shared_get();
	int			i;
	int			k;

	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	for (i = 0; i < SSM_SHARED_ACCOUNTS; i++)
	{
		for (k = 0; k < SSM_TOTAL_COUNT; k++)
			pg_atomic_write_u64(&shared->accounts[i].totals[k], 0);
		for (k = 0; k < SSM_LATENCIES; k++)
			pg_atomic_write_u64(&shared->accounts[i].latencies[k], 0);
	}
	shared->reset = GetCurrentTimestamp();
	LWLockRelease(&shared->lock);
}
