/*
 * test_environment.c
 *		Environment variables as AWS clients read them.
 */
#include "aws/environment.h"
#include "tap.h"

#include <pwd.h>
#include <unistd.h>

static char *const variables[] = {
	"AWS_REGIONS=no", "AWS_REGION=eu-west-3", "AWS_PROFILE=", "A=True", "B=1", "HOME=/people/x", NULL
};
static const SsmEnvironment environment = {variables};

/*
 * Values are found by their whole name; an empty one is not set.
 */
static void
test_get(void)
{
	is_str(ssm_environment_get(&environment, "AWS_REGION"), "eu-west-3", "a value");
	is_str(ssm_environment_get(&environment, "AWS_REG"), NULL, "a prefix of a name");
	is_str(ssm_environment_get(&environment, "AWS_PROFILE"), NULL, "an empty value");
	is_str(ssm_environment_get(&environment, "AWS_ROLE_ARN"), NULL, "none");
	ok(ssm_environment_true(&environment, "A"), "true in any case");
	ok(!ssm_environment_true(&environment, "B"), "nothing else is true");
	ok(!ssm_environment_true(&environment, "C"), "nor is nothing");
}

/*
 * A path's ~ is the home directory, of the variable or of the user.
 */
static void
test_path(void)
{
	static char *const nothing[] = {NULL};
	SsmEnvironment empty = {nothing};
	char		path[64];
	char		home[64];

	ok(ssm_environment_path(&environment, "~/.aws/config", path, sizeof(path)), "~ is known");
	is_str(path, "/people/x/.aws/config", "~ is HOME");
	ok(ssm_environment_path(&environment, "~", path, sizeof(path)), "~ alone");
	is_str(path, "/people/x", "~ alone is HOME");
	ok(ssm_environment_path(&environment, "a/~/b", path, sizeof(path)), "another path");
	is_str(path, "a/~/b", "only a leading ~ counts");
	ok(ssm_environment_path(&environment, "~x", path, sizeof(path)), "another user's");
	is_str(path, "~x", "another user's home is not looked up");
	ok(!ssm_environment_path(&environment, "~/123456789", path, 19), "a result that does not fit");
	ok(ssm_environment_path(&environment, "~/123456789", path, 20), "a result that just fits");
	snprintf(home, sizeof(home), "%s/x", getpwuid(geteuid())->pw_dir);
	ok(ssm_environment_path(&empty, "~/x", path, sizeof(path)), "~ without HOME");
	is_str(path, home, "~ without HOME is the user's");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_get();
	test_path();
	return done_testing();
}
