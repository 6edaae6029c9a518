/*
 * test_digest.c
 *		Which searches for credentials bring the same.
 */
#include "aws/credentials/provider_chain.h"
#include "base/array.h"
#include "tap.h"

#include <string.h>

static char *variables[] = {"AWS_EC2_METADATA_DISABLED=true", NULL};

/* All that may differ between two searches. */
typedef struct Case
{
	const char *name;
	SsmCredentialsInputs inputs;
	SsmConfig	config;
	const char *file;			/* the config file's text */
} Case;

#define KEYS	.access_key_id = "AKID", .secret_access_key = "secret"
#define ROLE	KEYS, .role_arn = "arn:aws:iam::1:role/r"

/* No two of them bring the same. */
static const Case cases[] = {
	{"keys", {KEYS}},
	{"another id", {.access_key_id = "AKI", .secret_access_key = "Dsecret"}},
	{"a token", {KEYS, .session_token = "t"}},
	{"a role", {ROLE}},
	{"an external id", {ROLE, .external_id = "x"}},
	{"a session name", {ROLE, .role_session_name = "x"}},
	{"a duration", {ROLE, .duration_seconds = 900}},
	{"another secret", {.access_key_id = "AKID", .secret_access_key = "Secret", .role_arn = "arn:aws:iam::1:role/r"}},
	{"another region's STS", {ROLE}, {.region = "eu-west-1"}},
	{"a FIPS endpoint", {ROLE}, {.use_fips = SSM_FLAG_ON}},
	{"other certificates", {ROLE}, {.ca_bundle = "/ca.pem"}},
	{"a role, and the process's keys", {ROLE, .ambient = true}},
	{"what the process has", {.ambient = true}},
	{"a profile", {.ambient = true, .profile = "p"}, {.profile = "p"}, "[profile p]\ncredential_process = a\n"},
	{"the same profile, altered", {.ambient = true, .profile = "p"}, {.profile = "p"}, "[profile p]\ncredential_process = b\n"},
};

/*
 * Digest a case's inputs, in a region of their own if it says none.
 */
static bool
digest(const Case *c, const char *region, unsigned char out[SSM_CREDENTIALS_DIGEST])
{
	SsmEnvironment environment = {variables};
	SsmProfiles profiles = {0};
	SsmConfig	config = c->config;
	SsmCredentialsInputs inputs = c->inputs;
	SsmClock	clock = {0};
	SsmError	error;
	bool		done;

	if (c->file)
		ssm_ini_parse(&profiles.files[SSM_FILE_CONFIG].ini, c->file, strlen(c->file), &error);
	config.environment = &environment;
	config.profiles = &profiles;
	if (config.profile == NULL)
		config.profile = "default";
	if (config.region == NULL)
		config.region = region;
	inputs.config = &config;
	inputs.clock = &clock;
	done = ssm_credentials_digest(&inputs, out);
	ssm_profiles_free(&profiles);
	return done;
}

/*
 * Run all tests.
 */
int
main(void)
{
	unsigned char digests[lengthof(cases)][SSM_CREDENTIALS_DIGEST];
	unsigned char again[SSM_CREDENTIALS_DIGEST];
	static const Case nothing = {"nothing", {0}};
	size_t		i;
	size_t		j;

	for (i = 0; i < lengthof(cases); i++)
	{
		ok(digest(&cases[i], "us-east-1", digests[i]) && digest(&cases[i], "us-east-1", again) &&
		   memcmp(digests[i], again, SSM_CREDENTIALS_DIGEST) == 0, "%s: the same again", cases[i].name);
		for (j = 0; j < i && memcmp(digests[i], digests[j], SSM_CREDENTIALS_DIGEST) != 0; j++)
			;
		if (!ok(j == i, "%s: like no other", cases[i].name))
			printf("# it is like: %s\n", cases[j].name);
	}
	ok(digest(&cases[0], "us-west-2", again) && memcmp(digests[0], again, SSM_CREDENTIALS_DIGEST) == 0,
	   "without a role the region does not matter");
	ok(!digest(&nothing, "us-east-1", again), "nothing to search");
	return done_testing();
}
