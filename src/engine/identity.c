/*
 * identity.c
 *		What all calls of one identity share in this process.
 */
#include "engine/identity.h"

#include <stdlib.h>
#include <string.h>

#include "engine/buf.h"

/*
 * Wipe and free a string that malloc made; NULL is ignored.
 */
static void
free_secret(char *secret)
{
	if (secret)
		ssm_wipe(secret, strlen(secret));
	free(secret);
}

/*
 * Wipe and free keys.
 */
static void
clear_keys(SsmCredentials *keys)
{
	free_secret(keys->access_key_id);
	free_secret(keys->secret_access_key);
	free_secret(keys->session_token);
	memset(keys, 0, sizeof(*keys));
}

/*
 * Copy a string with malloc; NULL stays NULL.  *ok becomes false if malloc
 * fails.
 */
static char *
copy_secret(const char *secret, bool *ok)
{
	char	   *copy = secret ? strdup(secret) : NULL;

	*ok &= secret == NULL || copy != NULL;
	return copy;
}

/*
 * Let the identity sign with a copy of these keys from now on.  Those it had
 * are wiped; on failure, which is that of malloc, they stay.
 */
bool
ssm_identity_set_keys(SsmIdentity *identity, const SsmCredentials *keys, SsmError *error)
{
	bool		ok = true;
	SsmCredentials copy;

	copy.access_key_id = copy_secret(keys->access_key_id, &ok);
	copy.secret_access_key = copy_secret(keys->secret_access_key, &ok);
	copy.session_token = copy_secret(keys->session_token, &ok);
	if (!ok)
	{
		clear_keys(&copy);
		return ssm_fail_memory(error);
	}
	clear_keys(&identity->credentials);
	identity->credentials = copy;
	return true;
}

/*
 * Wipe all that the identity holds.
 */
void
ssm_identity_clear(SsmIdentity *identity)
{
	clear_keys(&identity->credentials);
}
