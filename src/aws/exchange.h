/*
 * exchange.h
 *		One request to a service, sent again where that may help.
 *
 * Everything that is asked over HTTP is asked by this one loop: API operations,
 * STS, SSO, containers, the instance's metadata.  What differs is a policy, which
 * is data, and a few functions.
 */
#ifndef SSM_AWS_EXCHANGE_H
#define SSM_AWS_EXCHANGE_H

#include <stdint.h>

#include "aws/failure.h"
#include "base/http.h"

/* How often and how patiently a service is asked. */
typedef struct SsmExchangePolicy
{
	SsmPeer		peer;
	int			attempts;		/* at most */
	int			first_attempts; /* at most, while the peer has never answered
								 * this process; 0: attempts */
	int			pause;			/* milliseconds between two; 0: as retry.h
								 * says */
	long		connect_timeout;	/* milliseconds per attempt */
	long		timeout;		/* milliseconds per attempt, that included */
	size_t		max_response;	/* bytes of a body; 0: more than any with
								 * credentials has */
	bool		direct;			/* by no proxy */
} SsmExchangePolicy;

typedef struct SsmExchange SsmExchange;

/* What only the owner of an exchange knows; it finds itself by arg. */
typedef struct SsmExchangeMethods
{
	/* fill in what is sent, beside what the policy says; for each attempt */
	bool		(*build) (void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error);

	/*
	 * Take a response into *out, which is ssm_exchange_advance's.  False,
	 * with *error and *failure set, if it is an error or not what it should
	 * be; *failure is transient to begin with.
	 */
	bool		(*parse) (void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error);

	/* the rest may be NULL */

	/* 0 to send now, or when to ask again (ssm_loop_now's milliseconds) */
	int64_t		(*take) (void *arg, int64_t now);
	/* an attempt has been sent */
	void		(*sent) (void *arg);
	/* it has ended; error is NULL if well */
	void		(*ended) (void *arg, const SsmFailure *failure, const SsmError *error);

	/*
	 * the credentials are taken for expired: others will be there before the
	 * next ssm_exchange_advance
	 */
	bool		(*renew) (void *arg);
} SsmExchangeMethods;

/* Set up by its owner, with all before http, in zeroed memory. */
struct SsmExchange
{
	const SsmExchangeMethods *methods;
	const SsmExchangePolicy *policy;
	void	   *arg;			/* for the methods */
	SsmLoop    *loop;
	const char *user_agent;		/* outlives it, as ca_bundle */
	const char *ca_bundle;		/* or NULL */
	SsmClock   *clock;			/* the service's, which its responses correct,
								 * or NULL */
	bool		is_signed;		/* so a response without an error proves the
								 * time */
	int		   *retry_spent;	/* of a quota for repeats, see retry.h, or
								 * NULL */

	SsmHttp    *http;			/* the attempt under way, or NULL */
	const char *url;			/* of the newest attempt */
	int			attempt;		/* 1-based; 0 before the first */
	int			retry_taken;	/* of the quota, for the newest repeat */
	int64_t		started;		/* when the attempt was sent */
	int64_t		offset;			/* of the clock then */
	int64_t		resume_at;		/* when the next may be sent */
	CURLcode	result;			/* of the last attempt that ended */
	bool		connected;		/* it had a connection */
};

#define SSM_EXCHANGE_HEADERS	10	/* at most, in build's array */

extern SsmProgress ssm_exchange_advance(SsmExchange *exchange, void *out, SsmError *error);
extern void ssm_exchange_restart(SsmExchange *exchange);
extern void ssm_exchange_end(SsmExchange *exchange);

#endif							/* SSM_AWS_EXCHANGE_H */
