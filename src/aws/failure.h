/*
 * failure.h
 *		What an exchange that went wrong means.
 */
#ifndef SSM_AWS_FAILURE_H
#define SSM_AWS_FAILURE_H

#include "base/http.h"

typedef enum SsmFailureClass
{
	SSM_FAILURE_FATAL,			/* a further attempt would answer the same */
	SSM_FAILURE_TRANSIENT,		/* may pass: 5xx, cut connection, broken body */
	SSM_FAILURE_THROTTLED		/* may pass after a longer pause */
} SsmFailureClass;

/* What a failed attempt means: try again or not, and what to tell the user. */
typedef struct SsmFailure
{
	SsmFailureClass class;
	SsmErrorKind kind;
	bool		clock;			/* fatal, unless our clock is wrong */
	bool		expired;		/* fatal, unless there are newer keys */
} SsmFailure;

/* What to say of the exchange besides what it says itself. */
typedef struct SsmFailureContext
{
	const char *operation;
	const char *host;
} SsmFailureContext;

/* What an error answer says; "" what it does not. */
typedef struct SsmFailureText
{
	char		code[SSM_ERROR_CODE];
	char		message[400];
} SsmFailureText;

extern SsmFailure ssm_failure_of_curl(CURLcode result);
extern SsmFailure ssm_failure_of_response(long status, const char *code);
extern void ssm_failure_read(const SsmHttp *http, SsmFailureText *text);
extern SsmFailure ssm_failure_no_response(const SsmHttp *http, const char *peer, SsmError *error);
extern SsmFailure ssm_failure_classify(const SsmHttp *http, const SsmFailureContext *context, SsmError *error);

#endif							/* SSM_AWS_FAILURE_H */
