/*
 * client.h
 *		Who calls which service, and how.
 */
#ifndef SSM_AWS_CLIENT_H
#define SSM_AWS_CLIENT_H

#include <stdint.h>

#include "aws/endpoint.h"
#include "aws/identity.h"
#include "aws/retry.h"
#include "base/loop.h"

/* A service and the limits of calls to it. */
typedef struct SsmService
{
	SsmEndpoint endpoint;
	const char *ca_bundle;		/* file of CA certificates, or NULL */
	const char *user_agent;
	bool		keep_clock;		/* sign by the machine's clock, come what may */
	long		connect_timeout;	/* milliseconds per attempt */
	long		request_timeout;	/* milliseconds per attempt */
	size_t		max_response;	/* bytes of one answer's body */
	int			max_attempts;	/* of one request, the first included */
	SsmRetryMode retry_mode;
} SsmService;

/* What a call waits for. */
typedef enum SsmCallWait
{
	SSM_CALL_CONNECTION,
	SSM_CALL_ANSWER,
	SSM_CALL_TURN,				/* to send: the rate allows no more yet */
	SSM_CALL_PAUSE,				/* after a failure */
	SSM_CALL_KEYS,				/* newer ones */
	SSM_CALL_NOTHING			/* it is over */
} SsmCallWait;

/* What calls have cost so far. */
typedef struct SsmCounters
{
	int64_t		calls;			/* started */
	int64_t		requests;		/* sent, repeats included */
	int64_t		retries;		/* repeats */
	int64_t		throttles;		/* answers that said: slow down */
	int64_t		pages;			/* answers with rows, or with none */
	int64_t		rows;			/* of the pages */
	int64_t		bytes;			/* of all answers' bodies */
	int64_t		chains;			/* requests that brought a page */
	int64_t		empty_pages;	/* without a row, yet not the chain's last */
	int64_t		empty_chains;	/* chains that had one */
	int64_t		held;			/* milliseconds that requests waited for their
								 * turn or paused after failures */
	int64_t		parts;			/* requests without repeats and further pages:
								 * values of lists, windows */
	int64_t		parts_done;		/* of these */
	int			waiting[SSM_CALL_NOTHING];	/* calls under way, by what they
											 * wait for */
} SsmCounters;

/* One attempt, for the log. */
typedef struct SsmAttempt
{
	const char *operation;
	const char *host;
	int			attempt;
	const char *outcome;		/* AWS's error code, curl's words, or "ok" */
	SsmErrorKind kind;			/* SSM_ERROR_NONE: it is "ok" */
	long		status;			/* HTTP status, 0 if there was no answer */
	int64_t		milliseconds;
	const char *request_id;		/* "" if there was none */
} SsmAttempt;

/*
 * Says when calls of SSM_RETRY_ADAPTIVE may send, and hears how that went: as
 * ssm_limiter_take and ssm_limiter_note.
 */
typedef struct SsmPacer
{
	int64_t		(*take) (void *arg, int64_t now);
	void		(*note) (void *arg, bool refused, int64_t sent, int64_t now);
	void	   *arg;
} SsmPacer;

/* What a call needs; everything outlives it. */
typedef struct SsmClient
{
	SsmLoop    *loop;
	const SsmService *service;
	SsmIdentity *identity;		/* shared with other clients */
	const SsmPacer *pacer;		/* NULL: the identity's own limiter */
	SsmCounters *counters;
	void		(*log) (void *arg, const SsmAttempt *attempt);
	void	   *log_arg;
} SsmClient;

extern int64_t ssm_client_take(const SsmClient *client, int64_t now);
extern void ssm_client_note(const SsmClient *client, bool refused, int64_t sent, int64_t now);

#endif							/* SSM_AWS_CLIENT_H */
