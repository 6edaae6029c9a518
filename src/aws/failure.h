/*
 * failure.h
 *		What an exchange that went wrong means.
 */
#ifndef SSM_AWS_FAILURE_H
#define SSM_AWS_FAILURE_H

#include "aws/secrets.h"
#include "base/http.h"

typedef enum SsmVerdict
{
	SSM_VERDICT_FATAL,			/* a further attempt would answer the same */
	SSM_VERDICT_TRANSIENT,		/* may pass: 5xx, cut connection, broken body */
	SSM_VERDICT_THROTTLED		/* may pass after a longer pause */
} SsmVerdict;

/* What a failed attempt means: try again or not, and what to tell the user. */
typedef struct SsmFailure
{
	SsmVerdict	verdict;
	SsmErrorKind kind;
	bool		clock;			/* fatal, unless our clock is wrong */
	bool		expired;		/* fatal, unless there are newer keys */
} SsmFailure;

/* What to say of the exchange besides what it says itself, and what not to. */
typedef struct SsmFailureContext
{
	const char *operation;
	const char *host;
	const SsmCredentials *credentials;	/* not to be quoted, as the signature */
	const char *signature;		/* NULL: unsigned */
} SsmFailureContext;

extern SsmFailure ssm_failure_transport(CURLcode result);
extern SsmFailure ssm_failure_answer(long status, const char *code);
extern SsmFailure ssm_failure_judge(SsmHttp *http, const SsmFailureContext *context, SsmError *error);

#endif							/* SSM_AWS_FAILURE_H */
