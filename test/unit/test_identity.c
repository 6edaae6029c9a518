/*
 * test_identity.c
 *		What all calls of one identity share.
 */
#include "aws/identity.h"
#include "tap.h"

/*
 * Keys are copied, replaced as a whole, and forgotten.
 */
static void
test_keys(void)
{
	char		id[] = "AKIDEXAMPLE";
	char		secret[] = "secret";
	char		token[] = "token";
	SsmCredentials given = {.access_key_id = id, .secret_access_key = secret, .session_token = token};
	SsmIdentity identity = {0};
	SsmError	error;

	ok(ssm_identity_set_credentials(&identity, &given, &error), "keys are set");
	id[0] = secret[0] = token[0] = '-';
	is_str(identity.credentials.access_key_id, "AKIDEXAMPLE", "the id is a copy");
	is_str(identity.credentials.secret_access_key, "secret", "the secret is a copy");
	is_str(identity.credentials.session_token, "token", "the token is a copy");

	given = identity.credentials;
	given.session_token = NULL;
	ok(ssm_identity_set_credentials(&identity, &given, &error), "keys are set anew, from their own");
	is_str(identity.credentials.secret_access_key, "secret", "the secret is as it was");
	is_str(identity.credentials.session_token, NULL, "the token is gone");

	ssm_identity_clear(&identity);
	is_str(identity.credentials.access_key_id, NULL, "nothing is left");
	is_str(identity.credentials.secret_access_key, NULL, "no secret either");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_keys();
	return done_testing();
}
