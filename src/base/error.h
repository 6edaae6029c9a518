/*
 * error.h
 *		An error as a value: what went wrong in the engine, in fixed buffers.
 *
 * The engine never raises; it fills an SsmError and returns false (or NULL).
 * src/fdw/report.c turns the value into an ereport.
 */
#ifndef SSM_BASE_ERROR_H
#define SSM_BASE_ERROR_H

#include <stdbool.h>
#include <stddef.h>

#include "base/printable.h"

/* What happened, from the user's point of view; report.c maps it to SQLSTATE. */
typedef enum SsmErrorKind
{
	SSM_ERROR_NONE = 0,
	SSM_ERROR_MEMORY,			/* malloc failed */
	SSM_ERROR_RESOURCES,		/* no descriptor, epoll or timer available */
	SSM_ERROR_CONFIG,			/* region, endpoint or CA that cannot be used */
	SSM_ERROR_CONNECT,			/* no connection: DNS, refused, TLS */
	SSM_ERROR_CONNECTION,		/* a connection broke or timed out */
	SSM_ERROR_PROTOCOL,			/* the body is not what the API promises */
	SSM_ERROR_THROTTLED,		/* throttled beyond the last attempt */
	SSM_ERROR_DENIED,			/* the identity may not call the action */
	SSM_ERROR_CREDENTIALS,		/* key, token or signature rejected, or none */
	SSM_ERROR_LIMIT,			/* max_requests or max_response_size reached */
	SSM_ERROR_EXCESS,			/* more than was asked for, or of what nobody
								 * needs */
	SSM_ERROR_CANCELLED,		/* ssm_cancel_wanted said so */
	SSM_ERROR_API				/* any other error the API answered */
} SsmErrorKind;

#define SSM_ERROR_CODE	96		/* bytes of a code */

typedef struct SsmError
{
	SsmErrorKind kind;
	char		code[SSM_ERROR_CODE];	/* AWS's error code, or "" */
	char		message[1024];	/* one sentence, printable, no secrets */
	const char *hint;			/* a constant, %s the server's name; NULL: the
								 * kind's own */
	char		request_id[96]; /* AWS's request id, or "" */
	int			attempts;		/* attempts made, 0 if none was sent */
} SsmError;

/* A printf format check where the compiler has one. */
#if defined(__GNUC__)
#define SSM_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))
#else
#define SSM_PRINTF(fmt, args)
#endif

extern void ssm_error_set(SsmError *error, SsmErrorKind kind, const char *fmt,...) SSM_PRINTF(3, 4);

/*
 * What ssm_fail returns: here, so that whoever reads one file sees what it is.
 */
static inline bool
ssm_failed(void)
{
	return false;
}

/* Set an error, and be false: "return ssm_fail(...)". */
#define ssm_fail(error, ...)	(ssm_error_set(error, __VA_ARGS__), ssm_failed())

/* The same, with a hint for this very cause: a constant, %s the server's name. */
#define ssm_fail_hint(error, text, ...) \
	(ssm_error_set(error, __VA_ARGS__), (error)->hint = (text), ssm_failed())

/* The failure of a malloc, likewise, and work that is not wanted any more. */
#define ssm_fail_memory(error)	ssm_fail(error, SSM_ERROR_MEMORY, "out of memory")
#define ssm_fail_cancelled(error)	ssm_fail(error, SSM_ERROR_CANCELLED, "canceled")

#endif							/* SSM_BASE_ERROR_H */
