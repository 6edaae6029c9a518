/*
 * key.c
 *		What ListCommandInvocations can be asked for.
 */
#include "ssm/key.h"

#include <string.h>

#include "base/utf8.h"

/*
 * The values that AWS documents for Status and StatusDetails.  filter: the Status
 * filter takes it.  detail: a value of StatusDetails only.  several: rows of that
 * status stay what they are, so that requests for several of them, one after the
 * other, lose none.  The shares are what a fleet in order has of each, in status
 * and in details, to plan by as long as nothing is known.
 */
static const struct
{
	const char *word;
	bool		filter;
	bool		detail;
	bool		several;
	double		status_share;
	double		details_share;
}			status_words[] = {
	{"Pending", true, false, false, 0.01, 0.01},
	{"InProgress", true, false, false, 0.01, 0.01},
	{"Delayed", true, false, false, 0.003, 0.003},
	{"Cancelling", false, false, false, 0.002, 0.002},
	{"Success", true, false, true, 0.85, 0.85},
	{"Cancelled", true, false, true, 0.015, 0.01},
	{"Failed", true, false, true, 0.08, 0.05},
	{"TimedOut", true, false, true, 0.03, 0},
	{"AccessDenied", true, true, true, 0, 0.005},
	{"DeliveryTimedOut", true, true, true, 0, 0.01},
	{"ExecutionTimedOut", true, true, true, 0, 0.02},
	{"Undeliverable", true, true, true, 0, 0.02},
	{"InvalidPlatform", true, true, true, 0, 0.005},
	{"Terminated", true, true, true, 0, 0.005},
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
		if (status_words[i].filter && strcmp(value, status_words[i].word) == 0)
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
 * The n-th of the values that AWS documents for the key, one of the two of
 * statuses, and the share of rows that have it; NULL after the last.
 */
const char *
ssm_status_word(SsmKey key, int n, double *share)
{
	int			i;

	for (i = 0; i < LENGTH(status_words); i++)
	{
		if (status_words[i].detail && key == SSM_KEY_STATUS)
			continue;
		*share = key == SSM_KEY_STATUS ? status_words[i].status_share : status_words[i].details_share;
		if (n-- == 0)
			return status_words[i].word;
	}
	return NULL;
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
