/*
 * retry.h
 *		Classify a failure, pace the attempts.
 */
#ifndef SSM_ENGINE_RETRY_H
#define SSM_ENGINE_RETRY_H

#include <curl/curl.h>
#include <stdint.h>

#include "engine/error.h"

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
} SsmFailure;

extern SsmFailure ssm_retry_transport(CURLcode result);
extern SsmFailure ssm_retry_answer(long status, const char *code);
extern int	ssm_retry_delay(SsmVerdict verdict, int attempt, double u01, int64_t retry_after);

#endif							/* SSM_ENGINE_RETRY_H */
