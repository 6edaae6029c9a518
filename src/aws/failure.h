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
	bool		expired;		/* fatal, unless there are newer credentials */
} SsmFailure;

/* Who was asked, in the words of messages. */
typedef struct SsmPeer
{
	const char *name;			/* such as "AWS STS" */
	const char *operation;		/* of the API: max_response_size caps its
								 * response; NULL: whoever gives credentials */
	const char *reach;			/* hint where that cannot be reached, %s the
								 * server's name; NULL: the kind's own */
} SsmPeer;

/* What an error response says; "" what it does not. */
typedef struct SsmFailureText
{
	char		code[SSM_ERROR_CODE];
	char		message[400];
} SsmFailureText;

extern SsmFailure ssm_failure_of_curl(CURLcode result);
extern SsmFailure ssm_failure_of_response(long status, const char *code);
extern SsmFailure ssm_failure_of_agent(const SsmHttp *http, const SsmPeer *peer, SsmError *error);
extern SsmFailure ssm_failure_of_text(long status, const SsmPeer *peer, const char *what,
									  SsmFailureText *said, SsmError *error);
extern SsmFailure ssm_failure_no_response(const SsmHttp *http, const SsmPeer *peer, SsmError *error);
extern SsmFailure ssm_failure_classify(const SsmHttp *http, const SsmPeer *peer, SsmError *error);
extern void ssm_failure_read(const SsmHttp *http, SsmFailureText *text);
extern void ssm_failure_set_hint(const SsmPeer *peer, SsmError *error);

#endif							/* SSM_AWS_FAILURE_H */
