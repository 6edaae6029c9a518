/*
 * test_profile.c
 *		Profiles of AWS's config and credentials files.
 */
#include "aws/profile.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/ssm_fdw_profile_XXXXXX";
static char config[80];
static char credentials[80];

/*
 * Write a file.
 */
static void
write_file(const char *path, const char *text)
{
	FILE	   *out = fopen(path, "w");

	fputs(text, out);
	fclose(out);
}

/*
 * Load both files; NULL: no file.  The path of the config file is given as the
 * home directory's.
 */
static bool
load(SsmProfiles *profiles, const char *config_text, const char *credentials_text, SsmError *error)
{
	char		home[80];
	char		variable[120];
	char	   *variables[] = {home, variable, NULL};
	SsmEnvironment environment = {variables};

	snprintf(home, sizeof(home), "HOME=%s", folder);
	snprintf(variable, sizeof(variable), "AWS_SHARED_CREDENTIALS_FILE=~/keys");
	unlink(config);
	unlink(credentials);
	if (config_text)
		write_file(config, config_text);
	if (credentials_text)
		write_file(credentials, credentials_text);
	return ssm_profiles_load(profiles, &environment, error);
}

/*
 * Profiles of both files, merged by property.
 */
static void
test_merge(void)
{
	SsmProfiles p;
	SsmError	error;

	ok(load(&p, "[default]\nregion = r0\naws_access_key_id = A0\n"
			"[profile dev]\nregion = r1\noutput = text\n[profile \"my team\"]\nregion = r2\n"
			"[dev]\nregion = r9\n[profile Dev]\nregion = r3\n[profile dev]\nregion =\n"
			"[profile\t'a b'\"c\"]\nregion = r5\n[profile d\\ e]\nregion = r6\n[profile it's]\nregion = r7\n"
			"[DEFAULT]\nsts_regional_endpoints = legacy\nregion = r8\nssm =\n  endpoint_url = u\n",
			"[default]\naws_access_key_id = A1\n[dev]\noutput = json\nregion = r4\n"
			"[profile dev]\noutput = yaml\n[keys]\n", &error), "both files");
	is_str(ssm_profiles_get(&p, "default", "region"), "r0", "only in config");
	is_str(ssm_profiles_get(&p, "default", "aws_access_key_id"), "A1", "credentials go first");
	is_str(ssm_profiles_get_from(&p, SSM_FILE_CONFIG, "default", "aws_access_key_id"), "A0", "config's own");
	is_str(ssm_profiles_get_from(&p, SSM_FILE_CREDENTIALS, "default", "region"), NULL, "credentials' own");
	is_str(ssm_profiles_get_from(&p, SSM_FILE_CONFIG, "dev", "region"), NULL, "a later value wins, even if empty");
	is_str(ssm_profiles_get(&p, "dev", "region"), "r4", "per property");
	is_str(ssm_profiles_get(&p, "dev", "output"), "json", "[profile dev] is no profile of credentials");
	is_str(ssm_profiles_get(&p, "Dev", "region"), "r3", "names are case-sensitive");
	is_str(ssm_profiles_get(&p, "my team", "region"), "r2", "a name in quotes");
	is_str(ssm_profiles_get(&p, "a bc", "region"), "r5", "quotes as the shell's");
	is_str(ssm_profiles_get(&p, "d e", "region"), "r6", "and its backslash");
	is_str(ssm_profiles_get(&p, "dev", "sts_regional_endpoints"), "legacy", "[DEFAULT] speaks for every section");
	is_str(ssm_profiles_get_from(&p, SSM_FILE_CONFIG, "Dev", "region"), "r3", "that does not speak itself");
	is_str(ssm_profiles_get(&p, "keys", "region"), NULL, "and is there, in the same file");
	is_str(ssm_profiles_section(&p, "profile", "Dev", "ssm", "endpoint_url"), "u", "also of what is nested");
	ok(!ssm_profiles_have(&p, "DEFAULT"), "it is no profile");
	ok(ssm_profiles_have(&p, "keys"), "an empty profile is there");
	ok(ssm_profiles_have(&p, "profile dev"), "a name in credentials may have a blank");
	ok(!ssm_profiles_have(&p, "prod"), "another is not");
	ssm_profiles_free(&p);
}

/*
 * [profile default] in the config file, and the other kinds of sections.
 */
static void
test_sections(void)
{
	SsmProfiles p;
	SsmError	error;

	ok(load(&p, "[profile default]\nuse_fips_endpoint = TRUE\n[default]\nregion = r0\nuse_dualstack_endpoint = 1\n"
			"[sso-session s]\nsso_region = r1\n[services v]\nssm =\n  endpoint_url = http://x\nsts = 1\n"
			"[services]\n[servicesv]\n", NULL, &error), "only config");
	is_str(ssm_profiles_get(&p, "default", "region"), NULL, "[profile default] replaces [default]");
	is_str(ssm_profiles_get(&p, "default", "use_fips_endpoint"), "TRUE", "a flag as it stands");
	is_str(ssm_profiles_get(&p, "default", "use_dualstack_endpoint"), NULL, "nor has it [default]'s");
	is_str(ssm_profiles_section(&p, "sso-session", "s", "sso_region", NULL), "r1", "a session");
	is_str(ssm_profiles_section(&p, "services", "v", "ssm", "endpoint_url"), "http://x", "a service");
	is_str(ssm_profiles_section(&p, "services", "v", "sts", "endpoint_url"), NULL, "no such service");
	is_str(ssm_profiles_section(&p, "services", "v", "ssm", NULL), NULL, "a parent has no value");
	ok(ssm_profiles_have_section(&p, "services", "v"), "a section that is there");
	ok(!ssm_profiles_have_section(&p, "services", "w"), "one that is not");
	ok(!ssm_profiles_have(&p, "s"), "no profile");
	is_str(p.files[SSM_FILE_CREDENTIALS].problem, "No such file or directory", "why there is no other file");
	is_str(p.files[SSM_FILE_CREDENTIALS].path, credentials, "and where it was looked for");
	ssm_profiles_free(&p);
}

/*
 * A broken file matters only to those who need it.
 */
static void
test_broken(void)
{
	SsmProfiles p;
	SsmError	error;
	char		want[160];

	ok(load(&p, "[default\n", "[default]\nregion = r1\n", &error), "a broken file");
	is_str(ssm_profiles_get(&p, "default", "region"), "r1", "and one that is not");
	ok(!ssm_profiles_check(&p, &error), "is an error where it is needed");
	snprintf(want, sizeof(want), "AWS file \"%s\": line 1 lacks the closing ] of a section", config);
	is_str(error.message, want, "and named with the line");
	is_int(error.kind, SSM_ERROR_CONFIG, "of configuration");
	ssm_profiles_free(&p);
	ok(load(&p, NULL, NULL, &error) && ssm_profiles_check(&p, &error), "files that are not there are none");
	ssm_profiles_free(&p);
}

/*
 * What is there, but no file, is not as good as none, and makes nobody wait.
 */
static void
test_no_file(void)
{
	char		variable[120];
	char	   *variables[] = {variable, "HOME=/nowhere", NULL};
	SsmEnvironment environment = {variables};
	SsmProfiles p;
	SsmError	error;
	int			pipe;

	snprintf(variable, sizeof(variable), "AWS_CONFIG_FILE=%s", credentials);
	for (pipe = 0; pipe <= 1; pipe++)
	{
		if (pipe)
			mkfifo(credentials, 0600);
		else
			mkdir(credentials, 0700);
		ok(ssm_profiles_load(&p, &environment, &error), pipe ? "a pipe" : "a folder");
		is_str(p.files[SSM_FILE_CONFIG].problem, "it is not a regular file", "what it is not");
		ok(!ssm_profiles_check(&p, &error), "which is an error where it is needed");
		ssm_profiles_free(&p);
		remove(credentials);
	}
}

/*
 * Which profile is meant.
 */
static void
test_chosen(void)
{
	char	   *variables[] = {"AWS_PROFILE=dev", NULL};
	char	   *nothing[] = {"AWS_PROFILE=", NULL};
	SsmEnvironment some = {variables};
	SsmEnvironment none = {nothing};

	is_str(ssm_profiles_chosen(&some, "prod"), "prod", "the one given");
	is_str(ssm_profiles_chosen(&some, NULL), "dev", "the environment's");
	is_str(ssm_profiles_chosen(&none, NULL), "default", "the default");
}

/*
 * Run all tests.
 */
int
main(void)
{
	if (mkdtemp(folder) == NULL)
		return 1;
	snprintf(credentials, sizeof(credentials), "%s/keys", folder);
	snprintf(config, sizeof(config), "%s/.aws", folder);
	mkdir(config, 0700);
	snprintf(config, sizeof(config), "%s/.aws/config", folder);
	test_merge();
	test_sections();
	test_broken();
	test_no_file();
	test_chosen();
	unlink(config);
	*strrchr(config, '/') = '\0';
	rmdir(config);
	rmdir(folder);
	return done_testing();
}
