/*
 * sso_token.h
 *		The token that aws sso login left in a file, and its renewal.
 */
#ifndef SSM_AWS_CREDENTIALS_SSO_TOKEN_H
#define SSM_AWS_CREDENTIALS_SSO_TOKEN_H

#include "aws/credentials/from_json.h"
#include "aws/environment.h"
#include "base/buf.h"

/* Members of the file; all but the first two are there for renewal only. */
typedef enum SsmSsoTokenPart
{
	SSM_SSO_TOKEN_ACCESS,
	SSM_SSO_TOKEN_EXPIRES_AT,
	SSM_SSO_TOKEN_REFRESH,
	SSM_SSO_TOKEN_CLIENT_ID,
	SSM_SSO_TOKEN_CLIENT_SECRET,
	SSM_SSO_TOKEN_REGISTRATION, /* until when id and secret hold */
	SSM_SSO_TOKEN_PARTS
} SsmSsoTokenPart;

/* No token if it is zeroed, except text, which is ssm_buf_init'ed. */
typedef struct SsmSsoToken
{
	char		path[1024];
	SsmBuf		text;			/* the file's */
	SsmMember	parts[SSM_SSO_TOKEN_PARTS]; /* of it */
	int64_t		expires_at;		/* seconds since 1970 */
} SsmSsoToken;

#define SSM_MAX_TOKEN_FILE	((size_t) 64 * 1024)
#define SSM_SSO_LOGIN		"run: aws sso login"

extern bool ssm_sso_token_load(SsmSsoToken *token, const SsmEnvironment *environment, const char *name,
							   SsmError *error);
extern bool ssm_sso_token_renewable(const SsmSsoToken *token, int64_t now);
extern bool ssm_sso_token_request(const SsmSsoToken *token, SsmBuf *body);
extern bool ssm_sso_token_renew(SsmSsoToken *token, const char *response, size_t len, int64_t now);
extern void ssm_sso_token_free(SsmSsoToken *token);

#endif							/* SSM_AWS_CREDENTIALS_SSO_TOKEN_H */
