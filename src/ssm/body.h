/*
 * body.h
 *		A request as the service reads it, and as people do.
 */
#ifndef SSM_SSM_BODY_H
#define SSM_SSM_BODY_H

#include "base/buf.h"
#include "ssm/request.h"

#define SSM_TOKEN_MAX	65536	/* bytes */
#define SSM_REQUEST_MAX	(SSM_TOKEN_MAX * 8) /* with such a token, escaped */

/* What stands in a request's text for values that are not known yet. */
typedef struct SsmExpressions
{
	const char *parameters[SSM_MAX_PARAMETERS]; /* NULL: the values are known */
	const char *after;
	const char *before;
} SsmExpressions;

extern bool ssm_body_write(const SsmRequestSet *set, int64_t n, const SsmWindow *window, const char *token,
						   SsmBuf *body, SsmError *error);
extern bool ssm_body_describe(const SsmRequestSet *set, const SsmExpressions *expressions, SsmBuf *text, SsmError *error);

#endif							/* SSM_SSM_BODY_H */
