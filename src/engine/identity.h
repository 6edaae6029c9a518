/*
 * identity.h
 *		What all calls of one identity share in this process.
 */
#ifndef SSM_ENGINE_IDENTITY_H
#define SSM_ENGINE_IDENTITY_H

#include "engine/error.h"

/* Keys to sign with; session_token is NULL for long-term keys. */
typedef struct SsmCredentials
{
	char	   *access_key_id;
	char	   *secret_access_key;
	char	   *session_token;
} SsmCredentials;

/* Zeroed, an identity has no keys. */
typedef struct SsmIdentity
{
	SsmCredentials credentials;
} SsmIdentity;

extern bool ssm_identity_set_keys(SsmIdentity *identity, const SsmCredentials *keys, SsmError *error);
extern void ssm_identity_clear(SsmIdentity *identity);

#endif							/* SSM_ENGINE_IDENTITY_H */
