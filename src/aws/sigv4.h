/*
 * sigv4.h
 *		Sign one request with AWS Signature Version 4.
 */
#ifndef SSM_AWS_SIGV4_H
#define SSM_AWS_SIGV4_H

#include <time.h>

#include "base/http.h"

#define SSM_SIGV4_TIMESTAMP	20	/* bytes of one, and a NUL */

typedef struct SsmSignInput
{
	const char *method;
	const char *path;			/* absolute path as on the wire; "" means "/" */
	const SsmHeader *headers;	/* exactly the headers to sign, any order */
	int			nheaders;
	const char *body;
	size_t		body_len;
	const char *region;
	const char *service;
	const char *access_key_id;
	const char *secret_access_key;
	const char *timestamp;		/* YYYYMMDDTHHMMSSZ, also the X-Amz-Date sent */
} SsmSignInput;

extern bool ssm_sigv4_canonical_request(const SsmSignInput *in, SsmBuf *out, SsmBuf *signed_headers);
extern bool ssm_sigv4_string_to_sign(const SsmSignInput *in, const SsmBuf *canonical, SsmBuf *out);
extern void ssm_sigv4_timestamp(time_t at, char out[SSM_SIGV4_TIMESTAMP]);
extern bool ssm_sigv4_sign(const SsmSignInput *in, SsmBuf *authorization, SsmError *error);
extern const char *ssm_sigv4_signature(const SsmBuf *authorization);

#endif							/* SSM_AWS_SIGV4_H */
