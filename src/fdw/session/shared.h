/*
 * shared.h
 *		What the backends of a cluster share.
 */
#ifndef SSM_FDW_SHARED_H
#define SSM_FDW_SHARED_H

#include "datatype/timestamp.h"
#include "port/atomics.h"
#include "storage/lwlock.h"

#include "aws/budget.h"
#include "aws/client.h"

#define SSM_SHARED_BUDGETS		64
#define SSM_SHARED_ACCOUNTS		256
#define SSM_SHARED_ACTIVITIES	384
#define SSM_SHARED_DIGEST		32	/* bytes of SHA-256 */
#define SSM_LATENCIES			36	/* counts of answers, by how long they
									 * took */

/* What all calls to an endpoint with a key share. */
typedef struct SsmSharedBudget
{
	bool		used;
	unsigned char digest[SSM_SHARED_DIGEST];	/* of these two */
	int64		asked;			/* when it was last, by ssm_loop_now's clock */
	SsmBudget	budget;
} SsmSharedBudget;

/* What an account counts, each an atomic. */
typedef enum SsmTotal
{
	SSM_TOTAL_SCANS,
	SSM_TOTAL_REQUESTS,
	SSM_TOTAL_RETRIES,
	SSM_TOTAL_THROTTLES,
	SSM_TOTAL_DENIED,			/* answers: not allowed, or keys rejected */
	SSM_TOTAL_FAILED,			/* other attempts that failed */
	SSM_TOTAL_PAGES,
	SSM_TOTAL_ROWS,
	SSM_TOTAL_BYTES,
	SSM_TOTAL_HELD,				/* milliseconds: as SsmCounters */
	SSM_TOTAL_COUNT
} SsmTotal;

/* What calls of an operation of a server have cost. */
typedef struct SsmAccount
{
	bool		used;
	Oid			database;
	Oid			serverid;
	NameData	server;			/* its name when the account was opened */
	NameData	operation;
	pg_atomic_uint64 totals[SSM_TOTAL_COUNT];
	pg_atomic_uint64 latencies[SSM_LATENCIES];	/* of answers with a page */
} SsmAccount;

/* What a scan is doing. */
typedef enum SsmDoing
{
	SSM_DOING_CONNECTION,		/* as SsmCallWait */
	SSM_DOING_ANSWER,
	SSM_DOING_TURN,
	SSM_DOING_PAUSE,
	SSM_DOING_CREDENTIALS,
	SSM_DOING_REGION,
	SSM_DOING_READER			/* it has what its reader has asked for */
} SsmDoing;

/*
 * A scan under way.  Only its backend writes, and makes changes odd while it does,
 * so that who reads meanwhile reads again.
 */
typedef struct SsmActivity
{
	pg_atomic_uint32 pid;		/* whose; 0: nobody's */
	pg_atomic_uint32 changes;
	Oid			database;
	Oid			userid;			/* the session's user */
	NameData	server;
	NameData	schema;
	NameData	relation;		/* "" for what reads no table, such as a check */
	NameData	operation;
	TimestampTz started;
	SsmDoing	doing;
	SsmCounters counters;
} SsmActivity;

/* Fixed in size, whatever the cluster's settings are. */
typedef struct SsmShared
{
	char		layout[32];		/* which version of this it is */
	int			tranche;
	LWLock		lock;			/* of budgets, and of accounts' keys */
	TimestampTz reset;			/* of the totals */
	SsmSharedBudget budgets[SSM_SHARED_BUDGETS];
	SsmAccount	accounts[SSM_SHARED_ACCOUNTS];
	SsmActivity activities[SSM_SHARED_ACTIVITIES];
} SsmShared;

extern void ssm_shared_init(void);
extern SsmShared *ssm_shared_get(void);
extern const char *ssm_shared_lack(void);
extern bool ssm_shared_reserved(void);

#endif							/* SSM_FDW_SHARED_H */
