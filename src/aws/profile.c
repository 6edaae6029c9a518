/*
 * profile.c
 *		Profiles of AWS's config and credentials files.
 *
 * AWS: SDKs and Tools reference, shared config and credentials files.
 */
#include "aws/profile.h"

#include <stdio.h>
#include <string.h>

#include "aws/argv.h"
#include "base/array.h"
#include "base/file.h"

#define HINT	"Correct the file or its permissions, or name another by AWS_CONFIG_FILE or " \
	"AWS_SHARED_CREDENTIALS_FILE in the environment of the server process."

#define MAX_FILE	(1024 * 1024)	/* bytes */

/* Where the files are. */
static const struct
{
	const char *variable;
	const char *path;
}			places[SSM_FILE_COUNT] = {
	[SSM_FILE_CREDENTIALS] = {"AWS_SHARED_CREDENTIALS_FILE", "~/.aws/credentials"},
	[SSM_FILE_CONFIG] = {"AWS_CONFIG_FILE", "~/.aws/config"},
};

/*
 * Write a section of the config file as "kind name", with one blank and no
 * quotes, whatever the shell's quotes and blanks were that the CLI takes off.
 * What it makes nothing of stays as it is.  False if memory is short.
 */
static bool
write_plainly(char *section)
{
	static const char *const kinds[] = {"profile", "sso-session", "services"};
	size_t		i;

	for (i = 0; i < lengthof(kinds); i++)
	{
		size_t		len = strlen(kinds[i]);
		SsmError	error;
		char	  **argv;

		if (strncmp(section, kinds[i], len) != 0)
			continue;
		argv = ssm_argv_split(section, &error);
		if (argv == NULL)
			return error.kind != SSM_ERROR_MEMORY;
		if (argv[1] && argv[2] == NULL)
		{
			section[len] = ' ';
			memcpy(section + len + 1, argv[1], strlen(argv[1]) + 1);
		}
		ssm_argv_free(argv);
	}
	return true;
}

/*
 * Parse a file's text; the config file's sections are then written plainly.
 * False if it is not a file of AWS's, or memory is short.
 */
static bool
parse_file(SsmProfiles *profiles, SsmProfileFile file, const SsmBuf *text, SsmError *error)
{
	SsmIni	   *ini = &profiles->files[file].ini;
	int			i;

	if (!ssm_ini_parse(ini, ssm_buf_text(text), text->len, error))
		return false;
	for (i = 0; file == SSM_FILE_CONFIG && i < ini->n; i++)
		if (ini->entries[i].name == NULL && !write_plainly(ini->entries[i].section))
			return ssm_fail_memory(error);
	return true;
}

/*
 * Load one of the files.  What is wrong with it is noted; only to be short of
 * memory is an error.
 */
static bool
load_file(SsmProfiles *profiles, SsmProfileFile file, const SsmEnvironment *environment, SsmError *error)
{
	const char *given = ssm_environment_get(environment, places[file].variable);
	char	   *path = profiles->files[file].path;
	char	   *problem = profiles->files[file].problem;
	size_t		size = sizeof(profiles->files[file].problem);
	const char *wrong;
	SsmError	line;
	SsmBuf		text;
	bool		ok = true;

	if (!ssm_environment_path(environment, given ? given : places[file].path,
							  path, sizeof(profiles->files[file].path)))
	{
		profiles->files[file].absent = given == NULL;
		snprintf(problem, size, "%s", given ? "there is no home directory, or its path is too long" :
				 "there is no home directory");
		return true;
	}
	ssm_buf_init(&text, MAX_FILE);
	wrong = ssm_file_load(path, &text, &profiles->files[file].absent);
	if (wrong)
		snprintf(problem, size, "%s", wrong);
	else if (!parse_file(profiles, file, &text, &line))
	{
		snprintf(problem, size, "%.150s", line.message);
		ok = line.kind != SSM_ERROR_MEMORY || ssm_fail_memory(error);
	}
	ssm_buf_free(&text);
	return ok;
}

/*
 * Load config and credentials file from where the environment says they are.
 * One that cannot be read counts as empty until ssm_profiles_check.  False if
 * memory is short; profiles are then empty.
 */
bool
ssm_profiles_load(SsmProfiles *profiles, const SsmEnvironment *environment, SsmError *error)
{
	int			file;

	memset(profiles, 0, sizeof(*profiles));
	for (file = 0; file < SSM_FILE_COUNT; file++)
		if (!load_file(profiles, file, environment, error))
		{
			ssm_profiles_free(profiles);
			return false;
		}
	return true;
}

/*
 * To be asked where it matters what the files say: false if one is there, but
 * could not be read or is not made as AWS's files are.
 */
bool
ssm_profiles_check(const SsmProfiles *profiles, SsmError *error)
{
	int			file;

	for (file = 0; file < SSM_FILE_COUNT; file++)
		if (profiles->files[file].problem[0] && !profiles->files[file].absent)
			return ssm_fail_hint(error, HINT, SSM_ERROR_CONFIG, "AWS file \"%.512s\": %s",
								 profiles->files[file].path, profiles->files[file].problem);
	return true;
}

/*
 * Wipe and release both files; the profiles are then empty.
 */
void
ssm_profiles_free(SsmProfiles *profiles)
{
	int			file;

	for (file = 0; file < SSM_FILE_COUNT; file++)
		ssm_ini_free(&profiles->files[file].ini);
}

/*
 * Is a section of the config file "[kind name]"?
 */
static bool
is_prefixed(const char *section, const char *kind, const char *name)
{
	size_t		len = strlen(kind);

	return strncmp(section, kind, len) == 0 && section[len] == ' ' && strcmp(section + len + 1, name) == 0;
}

/*
 * Is a section, by its first line, one of that kind and name?  In the config
 * file profiles are [profile NAME], and [default]; in the credentials file
 * there is nothing else, and they are just [NAME].
 */
static bool
is_section(SsmProfileFile file, const char *section, const char *kind, const char *name)
{
	bool		profile = strcmp(kind, "profile") == 0;

	if (file == SSM_FILE_CREDENTIALS)
		return profile && strcmp(section, name) == 0;
	return is_prefixed(section, kind, name) ||
		(profile && strcmp(section, "default") == 0 && strcmp(name, "default") == 0);
}

/*
 * Two texts, or NULLs, that are the same.
 */
static bool
is_same(const char *one, const char *other)
{
	return one && other ? strcmp(one, other) == 0 : one == other;
}

/*
 * Find the last entry that sets a property in a file's sections of a kind and
 * name; property NULL finds the sections' own lines.  What sections do not
 * say themselves [DEFAULT] says for all that are there, as by Python's rules.
 */
static const SsmIniEntry *
find(const SsmProfiles *profiles, SsmProfileFile file, const char *kind, const char *name,
	 const char *property, const char *nested)
{
	const SsmIni *ini = &profiles->files[file].ini;
	const SsmIniEntry *inherited = NULL;
	bool		prefixed = false;
	bool		there = false;
	int			i;

	/* in the config file, [profile default] stands for all of [default] */
	if (file == SSM_FILE_CONFIG)
		for (i = 0; !prefixed && i < ini->n; i++)
			prefixed = is_prefixed(ini->entries[i].section, kind, name);
	for (i = ini->n - 1; i >= 0; i--)
	{
		const SsmIniEntry *entry = &ini->entries[i];
		bool		here = prefixed ? is_prefixed(entry->section, kind, name) :
		is_section(file, entry->section, kind, name);

		there = there || here;
		if (!is_same(entry->name, property) || !is_same(entry->nested, nested))
			continue;
		if (here)
			return entry;
		if (inherited == NULL && strcmp(entry->section, "DEFAULT") == 0)
			inherited = entry;
	}
	return there && property ? inherited : NULL;
}

/*
 * The value that an entry has, or NULL if it is empty.
 */
static const char *
value_of(const SsmIniEntry *entry)
{
	return entry && entry->value && entry->value[0] ? entry->value : NULL;
}

/*
 * The profile in use: the one given, else the environment's, else "default".
 */
const char *
ssm_profiles_chosen(const SsmEnvironment *environment, const char *given)
{
	const char *named = given ? given : ssm_environment_get(environment, "AWS_PROFILE");

	return named ? named : "default";
}

/*
 * Is there a profile of that name, even an empty one?
 */
bool
ssm_profiles_have(const SsmProfiles *profiles, const char *profile)
{
	return find(profiles, SSM_FILE_CREDENTIALS, "profile", profile, NULL, NULL) ||
		find(profiles, SSM_FILE_CONFIG, "profile", profile, NULL, NULL);
}

/*
 * A property of a profile, or NULL where it is not set or empty; the
 * credentials file takes precedence over the config file.  property is in lower case.  Like
 * all values it stays the profiles'.
 */
const char *
ssm_profiles_get(const SsmProfiles *profiles, const char *profile, const char *property)
{
	const SsmIniEntry *entry = find(profiles, SSM_FILE_CREDENTIALS, "profile", profile, property, NULL);

	if (entry == NULL)
		entry = find(profiles, SSM_FILE_CONFIG, "profile", profile, property, NULL);
	return value_of(entry);
}

/*
 * The same, from one of the files: values of different files do not belong
 * together.
 */
const char *
ssm_profiles_get_from(const SsmProfiles *profiles, SsmProfileFile file, const char *profile, const char *property)
{
	return value_of(find(profiles, file, "profile", profile, property, NULL));
}

/*
 * Does the config file have a section "[kind name]", such as
 * "[sso-session dev]"?
 */
bool
ssm_profiles_have_section(const SsmProfiles *profiles, const char *kind, const char *name)
{
	return find(profiles, SSM_FILE_CONFIG, kind, name, NULL, NULL) != NULL;
}

/*
 * A property of the config file's section "[kind name]", or, if nested is not
 * NULL, that property within it.  NULL where it is not set or empty.
 */
const char *
ssm_profiles_section(const SsmProfiles *profiles, const char *kind, const char *name,
					 const char *property, const char *nested)
{
	return value_of(find(profiles, SSM_FILE_CONFIG, kind, name, property, nested));
}
