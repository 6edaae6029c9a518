/*
 * test_credentials.c
 *		Keys: how long they hold, and how they are copied and wiped.
 */
#include "aws/credentials.h"
#include "base/array.h"
#include "tap.h"

/* Keys of a lifetime, looked at when so many seconds are left of it. */
static const struct
{
	int			lifetime;
	int			left;
	SsmCredentialsAge age;
}			ages[] = {
	{900, 900, SSM_CREDENTIALS_FRESH},
	{900, 301, SSM_CREDENTIALS_FRESH},
	{900, 300, SSM_CREDENTIALS_AGING},
	{1200, 301, SSM_CREDENTIALS_FRESH},
	{1201, 301, SSM_CREDENTIALS_AGING},
	{3600, 901, SSM_CREDENTIALS_FRESH},
	{3600, 900, SSM_CREDENTIALS_AGING},
	{5399, 901, SSM_CREDENTIALS_FRESH},
	{5400, 901, SSM_CREDENTIALS_AGING},
	{43200, 3601, SSM_CREDENTIALS_FRESH},
	{43200, 3600, SSM_CREDENTIALS_AGING},
	{43200, 61, SSM_CREDENTIALS_AGING},
	{43200, 60, SSM_CREDENTIALS_STALE},
	{900, -5, SSM_CREDENTIALS_STALE},
};

/*
 * When keys are renewed depends on how long they were to hold.
 */
static void
test_age(void)
{
	const int64_t now = 1800000000;
	SsmCredentials keys = {0};
	size_t		i;

	is_int(ssm_credentials_age(&keys, now), SSM_CREDENTIALS_FRESH, "keys that never expire are fresh");
	for (i = 0; i < lengthof(ages); i++)
	{
		keys.expires_at = now + ages[i].left;
		keys.obtained_at = keys.expires_at - ages[i].lifetime;
		ok(ssm_credentials_age(&keys, now) == ages[i].age, "%d seconds left of %d",
		   ages[i].left, ages[i].lifetime);
	}
	is_int(ssm_credentials_renewal_pause(0), 300, "the shortest pause");
	is_int(ssm_credentials_renewal_pause(0.999999), 599, "the longest");
}

/* Keys that are or are not AWS's, and part of what is wrong. */
static const struct
{
	const char *id;
	const char *secret;
	const char *token;
	const char *problem;		/* NULL: nothing */
}			looks[] = {
	{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", NULL, NULL},
	{"ASIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "IQoJb3JpZ2luX2VjE//+=", NULL},
	{"test", "test", "test", NULL},
	{"mock_access_key", "mock secret", NULL, "secret access key contains a blank"},
	{"AKIAIOSFODNN7EXAMPLE\n", "x", NULL, "access key id contains a line break"},
	{" AKIAIOSFODNN7EXAMPLE", "x", NULL, "access key id contains a blank"},
	{"AKIAIOSFODNN7EXAMPLE\r\n", "x", NULL, "access key id contains a line break"},
	{"AKIAIOSFODNN7\302\240EXAMPLE", "x", NULL, "access key id contains a character that is not"},
	{"AKIA/IOSFODNN7", "x", NULL, "access key id contains other characters"},
	{"AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY\n", NULL, "secret access key contains a line break"},
	{"AKIAIOSFODNN7EXAMPLE", "\twJalrXUtnFEMI", NULL, "secret access key contains a blank"},
	{"AKIAIOSFODNN7EXAMPLE", "x", "a\nb", "session token contains a line break"},
	{"AKIAIOSFODNN7EXAMPLE", "x", "a b", "session token contains a blank"},
	{"wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "AKIAIOSFODNN7EXAMPLE", NULL, "access key id looks like a secret"},
	{"wJalrXUtnFEMIaK7MDENGabPxRfiCYEXAMPLEKEY", "x", NULL, "access key id looks like a secret"},
	{"AKIAIOSFODNN7EXAMPLE", "ASIAIOSFODNN7EXAMPLE", NULL, "secret access key looks like an access key id"},
};

/*
 * What cannot be anyone's keys is told from what can, and never shown.
 */
static void
test_check(void)
{
	size_t		i;

	for (i = 0; i < lengthof(looks); i++)
	{
		SsmCredentials keys = {(char *) looks[i].id, (char *) looks[i].secret, (char *) looks[i].token};
		SsmError	error = {0};
		bool		good = ssm_credentials_check(&keys, &error);

		ok(good == (looks[i].problem == NULL), "keys %d", (int) i);
		if (looks[i].problem)
			ok(strstr(error.message, looks[i].problem) && !strstr(error.message, "IOSFO") && !strstr(error.message, "wJalr"),
			   "what is wrong is told, and no more: %s", error.message);
	}
}

/*
 * A copy has strings of its own, and can be made of itself; what the keys'
 * owner may know alone is not shown.
 */
static void
test_copy(void)
{
	char		id[] = "AKIDEXAMPLE";
	char		secret[] = "secret-of-some-length";
	char		swapped[] = "wJalrXUtnFEMI/K7";
	SsmCredentials given = {.access_key_id = id, .secret_access_key = secret,
	.source = "test", .obtained_at = 1, .expires_at = 2, .renewable = true};
	SsmCredentials copy = {0};
	SsmError	error;
	SsmSecrets	secrets = {{NULL}};
	const char *text = "id AKIDEXAMPLE, secret secret-of-some-length, wJalrXUtnFEMI/K7.";
	char		shown[80];

	ok(ssm_credentials_copy(&copy, &given, &error), "keys are copied");
	id[0] = '-';
	is_str(copy.access_key_id, "AKIDEXAMPLE", "with their strings");
	is_str(copy.session_token, NULL, "no token is none in the copy");
	ok(copy.expires_at == 2 && copy.obtained_at == 1 && copy.renewable, "with their times");
	ok(ssm_credentials_copy(&copy, &copy, &error), "and copied onto themselves");
	is_str(copy.secret_access_key, "secret-of-some-length", "nothing is lost by that");
	ssm_credentials_secrets(&copy, &secrets);
	ssm_print(shown, sizeof(shown), text, strlen(text), &secrets);
	is_str(shown, "id AKIDEXAMPLE, secret ***, wJalrXUtnFEMI/K7.", "the id is no secret, the rest is");
	given.access_key_id = swapped;
	ssm_credentials_secrets(&given, &secrets);
	ssm_print(shown, sizeof(shown), text, strlen(text), &secrets);
	is_str(shown, "id AKIDEXAMPLE, secret ***, ***.", "nor is an id that looks like a secret");
	ssm_credentials_clear(&copy);
	ok(!copy.access_key_id && !copy.secret_access_key && !copy.expires_at, "nothing is left");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_age();
	test_check();
	test_copy();
	return done_testing();
}
