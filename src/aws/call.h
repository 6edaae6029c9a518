/*
 * call.h
 *		One call of an API operation: sign, send, back off, until done.
 */
#ifndef SSM_AWS_CALL_H
#define SSM_AWS_CALL_H

#include "aws/client.h"
#include "aws/exchange.h"
#include "base/buf.h"

typedef struct SsmCall SsmCall;

/*
 * Takes an answer's body.  False if it is not what the operation promises; the
 * call is then tried again, unless the error is SSM_ERROR_MEMORY.
 */
typedef bool (*SsmAccept) (void *arg, SsmBuf *body, SsmError *error);

extern SsmCall *ssm_call_start(const SsmClient *client, const char *operation,
							   SsmBuf *body, SsmAccept accept, void *arg, SsmError *error);
extern SsmProgress ssm_call_advance(SsmCall *call, SsmError *error);
extern void ssm_call_free(SsmCall *call);

#endif							/* SSM_AWS_CALL_H */
