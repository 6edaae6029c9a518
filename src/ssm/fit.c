/*
 * fit.c
 *		Which values the API's ids and names can have.
 */
#include "ssm/fit.h"

#include <string.h>

#include "base/utf8.h"

#define DIGITS	"0123456789"
#define WORD_CHARACTERS \
	DIGITS "_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

/*
 * A command's id has exactly 36 characters (AWS's service model).
 */
SsmFit
ssm_fit_command_id(const char *value)
{
	return ssm_utf8_count(value) == 36 ? SSM_FIT_MANY : SSM_FIT_NEVER;
}

/*
 * A node's id is "i-" and 8 or 17 word characters, or "mi-" and 17 (AWS's
 * service model).
 */
SsmFit
ssm_fit_instance_id(const char *value)
{
	bool		managed = value[0] == 'm';
	const char *rest = value + managed;
	size_t		n;

	if (strncmp(rest, "i-", 2) != 0)
		return SSM_FIT_NEVER;
	rest += 2;
	n = strspn(rest, WORD_CHARACTERS);
	if (rest[n] != '\0')
		return SSM_FIT_NEVER;
	return n == 17 || (n == 8 && !managed) ? SSM_FIT_MANY : SSM_FIT_NEVER;
}

/*
 * What to do with a value: as fit says if it has least to most characters, all of
 * them of those given, else the API does not take it.
 */
static SsmFit
fit_text(const char *value, size_t least, size_t most, const char *characters, SsmFit fit)
{
	size_t		n = strspn(value, characters);

	return value[n] == '\0' && n >= least && n <= most ? fit : SSM_FIT_LOCAL;
}

/*
 * A document's name or ARN.
 */
SsmFit
ssm_fit_document_name(const char *value)
{
	return fit_text(value, 3, 128, WORD_CHARACTERS ".:/-", SSM_FIT_ALONE);
}

/*
 * The name of a step: four characters at least (AWS's service model).
 */
SsmFit
ssm_fit_plugin_name(const char *value)
{
	return ssm_utf8_count(value) >= 4 ? SSM_FIT_MANY : SSM_FIT_LOCAL;
}

/*
 * The version of an agent, which changes: three or four numbers.
 */
SsmFit
ssm_fit_agent_version(const char *value)
{
	return fit_text(value, 5, 27, DIGITS ".", SSM_FIT_ALONE);
}

/*
 * The id of an activation: a UUID in lower case.
 */
SsmFit
ssm_fit_activation_id(const char *value)
{
	return fit_text(value, 36, 36, DIGITS "abcdef-", SSM_FIT_MANY);
}

/*
 * The role of a node that is no EC2 instance, which may change: at most 64
 * characters in AWS's service model, of those that IAM has in names and paths.
 */
SsmFit
ssm_fit_iam_role(const char *value)
{
	return fit_text(value, 1, 64, WORD_CHARACTERS "+=,.@/-", SSM_FIT_ALONE);
}

/*
 * The id of what a node is, such as an IoT thing's (AWS's service model).
 */
SsmFit
ssm_fit_source_id(const char *value)
{
	return fit_text(value, 1, 128, WORD_CHARACTERS ":-", SSM_FIT_MANY);
}
