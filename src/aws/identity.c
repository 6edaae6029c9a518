/*
 * identity.c
 *		What all calls of one identity share in this process.
 */
#include "aws/identity.h"

/*
 * Let the identity sign with a copy of these credentials from now on.  Those it had
 * are wiped; on failure, which is that of malloc, they stay.
 */
bool
ssm_identity_set_credentials(SsmIdentity *identity, const SsmCredentials *credentials, SsmError *error)
{
	if (!ssm_credentials_copy(&identity->credentials, credentials, error))
		return false;
	identity->generation++;
	return true;
}

/*
 * Wipe all that the identity holds.
 */
void
ssm_identity_clear(SsmIdentity *identity)
{
	ssm_credentials_clear(&identity->credentials);
}
