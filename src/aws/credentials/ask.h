/*
 * ask.h
 *		One question to a service that gives credentials, repeated where that
 *		may help.
 */
#ifndef SSM_AWS_CREDENTIALS_ASK_H
#define SSM_AWS_CREDENTIALS_ASK_H

#include "aws/credentials/provider.h"
#include "aws/retry.h"
#include "base/http.h"

/* How a service is asked. */
typedef struct SsmAskRules
{
	const char *service;		/* its name in messages */
	const char *reach;			/* hint where it cannot be reached, %s the
								 * server's name */
	int			attempts;
	int			pause;			/* milliseconds between two; 0: as retry.h
								 * says */
	long		connect_timeout;	/* milliseconds per attempt */
	long		timeout;		/* milliseconds per attempt, that included */
	bool		direct;			/* by no proxy */
} SsmAskRules;

/* A question.  Its owner sets rules and functions before the first advance. */
typedef struct SsmAsk SsmAsk;
struct SsmAsk
{
	SsmProvider base;			/* the owner starts its own struct with this */
	const SsmAskRules *rules;
	SsmLoop    *loop;
	const char *user_agent;		/* outlives it, as ca_bundle */
	const char *ca_bundle;		/* or NULL */
	/* fill in what is asked, beside the rules; called for each attempt */
	bool		(*prepare) (SsmAsk *ask, SsmHttpRequest *request, SsmHeader *headers, SsmError *error);
	/* take an answer: true if it will do, else *error and *class are set */
	bool		(*take) (SsmAsk *ask, const SsmHttp *answer, SsmCredentials *out, SsmFailureClass *class, SsmError *error);
	SsmHttp    *http;			/* the attempt under way, or NULL */
	int			attempt;		/* 1-based; 0 before the first */
	int64_t		resume_at;		/* when the next may be sent */
	CURLcode	result;			/* of the last attempt that ended */
	bool		connected;		/* it had a connection */
};

#define SSM_ASK_HEADERS	8		/* at most, in prepare's array */

extern SsmProviderState ssm_ask_advance(SsmProvider *provider, SsmCredentials *out, SsmError *error);
extern bool ssm_ask_refused(const SsmAsk *ask, const SsmHttp *answer, SsmError *error);
extern void ssm_ask_end(SsmAsk *ask);

#endif							/* SSM_AWS_CREDENTIALS_ASK_H */
