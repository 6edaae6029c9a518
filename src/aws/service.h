/*
 * service.h
 *		A service, and the limits of calls to it.
 */
#ifndef SSM_AWS_SERVICE_H
#define SSM_AWS_SERVICE_H

#include "aws/endpoint.h"
#include "aws/retry.h"

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

#endif							/* SSM_AWS_SERVICE_H */
