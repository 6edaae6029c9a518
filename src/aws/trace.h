/*
 * trace.h
 *		What calls cost, wait for and meet, for whoever watches them.
 */
#ifndef SSM_AWS_TRACE_H
#define SSM_AWS_TRACE_H

#include <stdint.h>

#include "base/error.h"

/* What a call waits for. */
typedef enum SsmCallWait
{
	SSM_CALL_CONNECTION,
	SSM_CALL_ANSWER,
	SSM_CALL_TURN,				/* to send: the rate allows no more yet */
	SSM_CALL_PAUSE,				/* after a failure */
	SSM_CALL_CREDENTIALS,		/* newer ones */
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
	int64_t		empty_pages;	/* without a row, yet not the last */
	int64_t		given;			/* rows, each once */
	int64_t		windows;		/* of time that a scan was cut into */
	int64_t		splits;			/* of those that were cut again */
	int64_t		reverted;		/* requests for which windows did not pay */
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

#endif							/* SSM_AWS_TRACE_H */
