/*
 * pace.c
 *		When a scan's calls may send: by a budget that backends share.
 *
 * What the service lets through is learned once for all sessions that call the same
 * endpoint as the same caller.  The lock is held for some arithmetic only, never
 * while anything is waited for.
 */
#include "postgres.h"

#include "fdw/session/pace.h"

#include <openssl/sha.h>

#include "miscadmin.h"

StaticAssertDecl(SSM_SHARED_DIGEST == SHA256_DIGEST_LENGTH && SSM_CREDENTIALS_DIGEST == SHA256_DIGEST_LENGTH,
				 "all are SHA-256");

#define FORGOTTEN	60000		/* milliseconds after which a budget that
								 * nobody asks may become another's */

/*
 * Say whose budget it is: the endpoint's and the caller's.  A caller is an assumed
 * role, whoever assumes it; else, with keys that come and go, what they were searched
 * for by; else the access key.
 */
static void
make_digest(SsmPace *pace)
{
	const SsmMapping *mapping = pace->mapping;
	const SsmCredentials *keys = &mapping->identity.credentials;
	bool		temporary = keys->session_token != NULL && mapping->shared;
	const char *caller = mapping->options.role_arn ? mapping->options.role_arn : keys->access_key_id;
	unsigned char parts[2][SSM_SHARED_DIGEST];

	SHA256((const unsigned char *) pace->url, strlen(pace->url), parts[0]);
	if (temporary && mapping->options.role_arn == NULL)
		memcpy(parts[1], mapping->digest, SSM_CREDENTIALS_DIGEST);
	else
		SHA256((const unsigned char *) caller, strlen(caller), parts[1]);
	SHA256(&parts[0][0], sizeof(parts), pace->digest);
	pace->generation = mapping->identity.generation;
	pace->budget = NULL;
}

/*
 * The budget with the digest; else one that nobody asks any more, made this one's;
 * NULL if there is none.  The lock is held.
 */
static SsmSharedBudget *
find_budget(SsmShared *shared, const unsigned char *digest, int64 now)
{
	SsmSharedBudget *oldest = NULL;
	int			i;

	for (i = 0; i < SSM_SHARED_BUDGETS; i++)
	{
		SsmSharedBudget *budget = &shared->budgets[i];

		if (budget->used && memcmp(budget->digest, digest, SSM_SHARED_DIGEST) == 0)
			return budget;
		if ((!budget->used || now - budget->asked > FORGOTTEN) &&
			(oldest == NULL || budget->asked < oldest->asked))
			oldest = budget;
	}
	if (oldest == NULL)
		return NULL;
	memset(oldest, 0, sizeof(SsmSharedBudget));
	oldest->used = true;
	memcpy(oldest->digest, digest, SSM_SHARED_DIGEST);
	return oldest;
}

/*
 * Take the lock, and find the pace's budget: NULL if there is none.
 */
static SsmBudget *
lock_budget(SsmPace *pace, int64 now)
{
	SsmShared  *shared = ssm_shared_get();

	if (pace->generation != pace->mapping->identity.generation)
		make_digest(pace);
	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	if (pace->budget == NULL || memcmp(pace->budget->digest, pace->digest, SSM_SHARED_DIGEST) != 0)
		pace->budget = find_budget(shared, pace->digest, now);
	if (pace->budget == NULL)
		return NULL;
	pace->budget->asked = now;
	return &pace->budget->budget;
}

/*
 * SsmPacer.take.
 */
static int64
take(void *arg, int64 now)
{
	SsmPace    *pace = arg;
	SsmBudget  *budget = lock_budget(pace, now);
	int64		due = budget ? ssm_budget_take(budget, MyProcPid, now) : 0;

	LWLockRelease(&ssm_shared_get()->lock);
	return budget ? due : ssm_limiter_take(&pace->mapping->identity.limiter, 0, now);
}

/*
 * SsmPacer.note.
 */
static void
note(void *arg, bool refused, int64 sent, int64 now)
{
	SsmPace    *pace = arg;
	SsmBudget  *budget = lock_budget(pace, now);

	if (budget)
		ssm_budget_note(budget, refused, sent, now);
	LWLockRelease(&ssm_shared_get()->lock);
	if (budget == NULL)
		ssm_limiter_note(&pace->mapping->identity.limiter, refused, sent, now);
}

/*
 * Let calls by the mapping to an endpoint, whose URL outlives the pace, go by its
 * pacer.
 */
void
ssm_pace_open(SsmPace *pace, SsmMapping *mapping, const char *url)
{
	(void) ssm_shared_get();
	*pace = (SsmPace)
	{
		.pacer =
		{
			take, note, pace
		}, .mapping = mapping, .url = url, .generation = -1
	};
}

/*
 * The scan sends no more: leave the queue.  Never fails, and may be repeated.
 */
void
ssm_pace_close(SsmPace *pace)
{
	SsmShared  *shared;

	if (pace->budget == NULL)
		return;
	shared = ssm_shared_get();
	LWLockAcquire(&shared->lock, LW_EXCLUSIVE);
	ssm_budget_leave(&pace->budget->budget, MyProcPid);
	LWLockRelease(&shared->lock);
	pace->budget = NULL;
}
