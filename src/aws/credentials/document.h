/*
 * document.h
 *		Credentials in a JSON document.
 */
#ifndef SSM_AWS_CREDENTIALS_DOCUMENT_H
#define SSM_AWS_CREDENTIALS_DOCUMENT_H

#include "aws/secrets.h"
#include "base/buf.h"
#include "base/members.h"

/* What a document calls the four parts. */
typedef struct SsmDocumentNames
{
	const char *access_key_id;
	const char *secret_access_key;
	const char *session_token;
	const char *expiration;
	bool		temporary;		/* token and expiration must be there */
} SsmDocumentNames;

extern bool ssm_document_credentials(const char *text, size_t len, const SsmDocumentNames *names,
									 SsmCredentials *out, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_DOCUMENT_H */
