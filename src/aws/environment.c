/*
 * environment.c
 *		Environment variables as AWS clients read them.
 */
#include "aws/environment.h"

#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/ascii.h"

/*
 * The value of a variable, or NULL if it is not set or empty, which is the same
 * to AWS.  The text stays the environment's.
 */
const char *
ssm_environment_get(const SsmEnvironment *environment, const char *name)
{
	size_t		len = strlen(name);
	char	   *const *at;

	for (at = environment->variables; *at; at++)
		if (strncmp(*at, name, len) == 0 && (*at)[len] == '=')
			return (*at)[len + 1] ? *at + len + 1 : NULL;
	return NULL;
}

/*
 * Is a flag set?  Only "true", in any case, is true.
 */
bool
ssm_environment_true(const SsmEnvironment *environment, const char *name)
{
	const char *value = ssm_environment_get(environment, name);

	return value && ssm_ascii_casecmp(value, "true") == 0;
}

/*
 * Write a path with a leading ~ replaced by the home directory: HOME's, else
 * the one of this process's user.  False if there is none or the result does
 * not fit.
 */
bool
ssm_environment_path(const SsmEnvironment *environment, const char *path, char *out, size_t size)
{
	const char *home = "";
	char		buffer[2048];
	struct passwd entry;
	struct passwd *found = NULL;
	int			len;

	if (path[0] == '~' && (path[1] == '/' || path[1] == '\0'))
	{
		path++;
		home = ssm_environment_get(environment, "HOME");
		if (home == NULL &&
			getpwuid_r(geteuid(), &entry, buffer, sizeof(buffer), &found) == 0 && found)
			home = found->pw_dir;
		if (home == NULL)
			return false;
	}
	len = snprintf(out, size, "%s%s", home, path);
	return len >= 0 && (size_t) len < size;
}
