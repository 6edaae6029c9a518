/*
 * client.h
 *		Who calls a service.
 */
#ifndef SSM_AWS_CLIENT_H
#define SSM_AWS_CLIENT_H

#include <stdint.h>

#include "aws/identity.h"
#include "aws/service.h"
#include "aws/trace.h"
#include "base/loop.h"

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
