/*
 * retry.h
 *		Whether and when to try again.
 */
#ifndef SSM_AWS_RETRY_H
#define SSM_AWS_RETRY_H

#include <stdint.h>

#include "aws/failure.h"

/* What keeps a throttled identity from asking too often. */
typedef enum SsmRetryMode
{
	SSM_RETRY_ADAPTIVE,			/* pauses, and a send rate for all its calls */
	SSM_RETRY_STANDARD			/* pauses */
} SsmRetryMode;

extern double ssm_retry_random(void);
extern int	ssm_retry_delay(SsmFailureClass class, int attempt, double u01, int64_t retry_after);
extern bool ssm_retry_take(int *spent, SsmFailureClass class, int *taken);
extern void ssm_retry_refund(int *spent, int taken);

#endif							/* SSM_AWS_RETRY_H */
