/*
 * token.h
 *		The token that aws sso login left in a file, and its renewal.
 */
#ifndef SSM_AWS_CREDENTIALS_TOKEN_H
#define SSM_AWS_CREDENTIALS_TOKEN_H

#include "aws/credentials/document.h"
#include "aws/environment.h"
#include "base/buf.h"

/* Members of the file; all but the first two are there for renewal only. */
typedef enum SsmTokenPart
{
	SSM_TOKEN_ACCESS,
	SSM_TOKEN_EXPIRES_AT,
	SSM_TOKEN_REFRESH,
	SSM_TOKEN_CLIENT_ID,
	SSM_TOKEN_CLIENT_SECRET,
	SSM_TOKEN_REGISTRATION,		/* until when id and secret hold */
	SSM_TOKEN_PARTS
} SsmTokenPart;

/* Zeroed but for text, which is ssm_buf_init'ed, there is none. */
typedef struct SsmToken
{
	char		path[1024];
	SsmBuf		text;			/* the file's */
	SsmMember	parts[SSM_TOKEN_PARTS]; /* of it */
	int64_t		expires_at;		/* seconds since 1970 */
} SsmToken;

#define SSM_MAX_TOKEN_FILE	((size_t) 64 * 1024)
#define SSM_SSO_LOGIN		"run: aws sso login"

extern bool ssm_token_load(SsmToken *token, const SsmEnvironment *environment, const char *name,
						   SsmError *error);
extern bool ssm_token_renewable(const SsmToken *token, int64_t now);
extern bool ssm_token_request(const SsmToken *token, SsmBuf *body);
extern bool ssm_token_renew(SsmToken *token, const char *answer, size_t len, int64_t now);
extern void ssm_token_free(SsmToken *token);

#endif							/* SSM_AWS_CREDENTIALS_TOKEN_H */
