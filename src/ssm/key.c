/*
 * key.c
 *		What ListCommandInvocations can be asked for.
 */
#include "ssm/key.h"

#include <string.h>

#include "base/utf8.h"

/*
 * The values AWS documents for the Status filter.  several: rows of that
 * status stay what they are, so that requests for several of them, one after
 * the other, lose none.
 */
static const struct
{
	const char *word;
	bool		detail;			/* a value of StatusDetails only */
	bool		several;
}			status_words[] = {
	{"Pending", false, false},
	{"InProgress", false, false},
	{"Delayed", false, false},
	{"Success", false, true},
	{"Cancelled", false, true},
	{"Failed", false, true},
	{"TimedOut", false, true},
	{"AccessDenied", true, true},
	{"DeliveryTimedOut", true, true},
	{"ExecutionTimedOut", true, true},
	{"Undeliverable", true, true},
	{"InvalidPlatform", true, true},
	{"Terminated", true, true},
};

#define LENGTH(array)	((int) (sizeof(array) / sizeof((array)[0])))

/*
 * CommandId has exactly 36 characters (AWS's service model).
 */
static SsmFit
fit_command_id(const char *value)
{
	return ssm_utf8_count(value) == 36 ? SSM_FIT_MANY : SSM_FIT_NEVER;
}

/*
 * InstanceId is "i-" and 8 or 17 word characters, or "mi-" and 17 (AWS's
 * service model).
 */
static SsmFit
fit_instance_id(const char *value)
{
	bool		managed = value[0] == 'm';
	const char *rest = value + managed;
	size_t		n;

	if (strncmp(rest, "i-", 2) != 0)
		return SSM_FIT_NEVER;
	rest += 2;
	n = strspn(rest, "0123456789_"
			   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");
	if (rest[n] != '\0')
		return SSM_FIT_NEVER;
	return n == 17 || (n == 8 && !managed) ? SSM_FIT_MANY : SSM_FIT_NEVER;
}

/*
 * A status of the 13 that the filter takes.  Of several, only those fan out
 * that no invocation leaves again.
 */
static SsmFit
fit_status(const char *value)
{
	int			i;

	for (i = 0; i < LENGTH(status_words); i++)
		if (strcmp(value, status_words[i].word) == 0)
			return status_words[i].several && !status_words[i].detail ? SSM_FIT_MANY : SSM_FIT_ALONE;
	return SSM_FIT_LOCAL;
}

/*
 * Does an invocation keep that status, or those details, once it has them?
 */
bool
ssm_status_final(const char *value)
{
	int			i;

	for (i = 0; i < LENGTH(status_words); i++)
		if (strcmp(value, status_words[i].word) == 0)
			return status_words[i].several;
	return false;
}

/*
 * Details that are values of the Status filter and of no other level.
 */
static SsmFit
fit_status_details(const char *value)
{
	int			i;

	for (i = 0; i < LENGTH(status_words); i++)
		if (status_words[i].detail && strcmp(value, status_words[i].word) == 0)
			return SSM_FIT_MANY;
	return SSM_FIT_LOCAL;
}

/*
 * A document's name or ARN.
 */
static SsmFit
fit_document_name(const char *value)
{
	size_t		n = strspn(value, "0123456789_.:/-"
						   "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ");

	return value[n] == '\0' && n >= 3 && n <= 128 ? SSM_FIT_ALONE : SSM_FIT_LOCAL;
}

typedef struct KeyRule
{
	SsmKeyPlace place;
	SsmFit		(*fit) (const char *value);
} KeyRule;

static const KeyRule key_rules[SSM_KEY_COUNT] = {
	[SSM_KEY_COMMAND_ID] = {{"CommandId", false}, fit_command_id},
	[SSM_KEY_INSTANCE_ID] = {{"InstanceId", false}, fit_instance_id},
	[SSM_KEY_STATUS_DETAILS] = {{"Status", true}, fit_status_details},
	[SSM_KEY_STATUS] = {{"Status", true}, fit_status},
	[SSM_KEY_DOCUMENT_NAME] = {{"DocumentName", true}, fit_document_name},
};

/*
 * Where values of a key stand in a request.
 */
SsmKeyPlace
ssm_key_place(SsmKey key)
{
	return key_rules[key].place;
}

/*
 * What can be done with one value of a key.  value is any C string.
 */
SsmFit
ssm_key_fit(SsmKey key, const char *value)
{
	return key_rules[key].fit(value);
}
