/*
 * from_json.h
 *		Credentials in a JSON document.
 */
#ifndef SSM_AWS_CREDENTIALS_FROM_JSON_H
#define SSM_AWS_CREDENTIALS_FROM_JSON_H

#include "aws/credentials.h"
#include "base/buf.h"
#include "base/members.h"

/* What the members of credentials are called. */
typedef struct SsmCredentialsNames
{
	const char *access_key_id;
	const char *secret_access_key;
	const char *session_token;
	const char *expiration;
	bool		temporary;		/* token and expiration must be there */
} SsmCredentialsNames;

/* What the agents of containers and instances call them. */
extern const SsmCredentialsNames ssm_agent_names;

extern bool ssm_credentials_from_json(const char *text, size_t len, const SsmCredentialsNames *names,
									  SsmCredentials *out, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_FROM_JSON_H */
