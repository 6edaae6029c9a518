/*
 * identity.h
 *		What all calls of one identity share in this process.
 */
#ifndef SSM_ENGINE_IDENTITY_H
#define SSM_ENGINE_IDENTITY_H

#include "engine/secrets.h"

/* Zeroed, an identity has no keys. */
typedef struct SsmIdentity
{
	SsmCredentials credentials;
} SsmIdentity;

extern bool ssm_identity_set_keys(SsmIdentity *identity, const SsmCredentials *keys, SsmError *error);
extern void ssm_identity_clear(SsmIdentity *identity);

#endif							/* SSM_ENGINE_IDENTITY_H */
