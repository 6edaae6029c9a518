/*
 * fit.c
 *		Which values the API's ids and names can have.
 */
#include "ssm/fit.h"

#include <string.h>

#include "base/utf8.h"

#define WORD_CHARACTERS \
	"0123456789_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

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
 * A document's name or ARN.
 */
SsmFit
ssm_fit_document_name(const char *value)
{
	size_t		n = strspn(value, WORD_CHARACTERS ".:/-");

	return value[n] == '\0' && n >= 3 && n <= 128 ? SSM_FIT_ALONE : SSM_FIT_LOCAL;
}
