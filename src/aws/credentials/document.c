/*
 * document.c
 *		Credentials in a JSON document, and times.
 *
 * The JSON is scanned where it stands, as a general parser would leave copies
 * of secrets behind.
 */
#include "aws/credentials/document.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define lengthof(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Find members of a JSON object; of equal names the last counts.  False if the
 * text is not one object.  The values point into the text.
 */
bool
ssm_document_members(const char *source, size_t len, SsmMember *members, int n)
{
	SsmScanner	s = {source, source + len};
	SsmJsonValue name;
	SsmJsonValue value;
	bool		first = true;
	int			more;
	int			i;

	for (i = 0; i < n; i++)
		memset(&members[i].value, 0, sizeof(members[i].value));
	if (!ssm_scan_byte(&s, '{'))
		return false;
	while ((more = ssm_scan_item(&s, '}', &first)) == 1)
	{
		if (!ssm_scan_name(&s, &name) || !ssm_scan_value(&s, &value, 1))
			return false;
		for (i = 0; i < n; i++)
			if (strlen(members[i].name) == name.len &&
				memcmp(members[i].name, name.text, name.len) == 0)
				members[i].value = value;
	}
	return more == 0 && !ssm_scan_space(&s);
}

/*
 * A member's text, malloc'ed: to be released by ssm_secret_free.  NULL if it is
 * not a string, or is empty, or memory is short.
 */
char *
ssm_document_string(const SsmMember *member)
{
	if (member->value.kind != SSM_JSON_STRING || member->value.len == 0)
		return NULL;
	return ssm_json_copy(&member->value);
}

/*
 * Read what follows a time's seconds: a fraction, which is dropped, and 'Z', an
 * offset, or nothing, which is UTC.  *offset is in seconds east of UTC.
 */
static bool
read_zone(const char *rest, int *offset)
{
	int			hours = 0;
	int			minutes = 0;
	int			used = 0;
	bool		west = false;

	if (*rest == '.' || *rest == ',')
		rest += 1 + strspn(rest + 1, "0123456789");
	if (*rest == 'Z' || *rest == 'z')
		rest++;
	else if (*rest == '+' || *rest == '-')
	{
		west = *rest++ == '-';
		if (sscanf(rest, "%2d:%2d%n", &hours, &minutes, &used) != 2 &&
			sscanf(rest, "%2d%2d%n", &hours, &minutes, &used) != 2)
			return false;
		rest += used;
	}
	*offset = (west ? -1 : 1) * (hours * 60 + minutes) * 60;
	return *rest == '\0';
}

/*
 * Read a time of ISO 8601: a date, 'T', a time with or without a fraction, and
 * 'Z' or an offset; without either it is UTC.  False if it is something else.
 */
bool
ssm_parse_time(const char *source, int64_t *seconds)
{
	struct tm	tm = {0};
	struct tm	normal;
	int			used = 0;
	int			offset;
	time_t		utc;

	if (sscanf(source, "%4d-%2d-%2d%*1[Tt ]%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday,
			   &tm.tm_hour, &tm.tm_min, &tm.tm_sec, &used) != 6 || used != 19 ||
		!read_zone(source + used, &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	normal = tm;
	utc = timegm(&normal);

	/*
	 * timegm takes the 31st of April for the 1st of May; nothing else may do
	 * so
	 */
	if (normal.tm_mon != tm.tm_mon || normal.tm_mday != tm.tm_mday || normal.tm_hour != tm.tm_hour ||
		normal.tm_min != tm.tm_min)
		return false;
	*seconds = utc - offset;
	return true;
}

/*
 * Read an expiration: a time as text, or milliseconds since 1970.
 */
static bool
read_expiration(const SsmMember *member, int64_t *seconds)
{
	char	   *time;
	bool		good;
	int64_t		number;

	if (member->value.kind == SSM_JSON_NUMBER)
	{
		/* of milliseconds it makes nanoseconds */
		good = ssm_json_epoch(&member->value, &number);
		*seconds = number / 1000000000;
		return good;
	}
	time = ssm_document_string(member);
	good = time && ssm_parse_time(time, seconds);
	ssm_secret_free(time);
	return good;
}

/*
 * Read credentials.  False, and *out empty, if the text is not a JSON object
 * or lacks a part; the error names the member.
 */
bool
ssm_document_credentials(const char *text, size_t len, const SsmDocumentNames *names,
						 SsmCredentials *out, SsmError *error)
{
	SsmMember	members[] = {
		{.name = names->access_key_id}, {.name = names->secret_access_key},
		{.name = names->session_token}, {.name = names->expiration},
	};
	char	  **fields[] = {&out->access_key_id, &out->secret_access_key, &out->session_token};
	size_t		i;

	memset(out, 0, sizeof(*out));
	if (!ssm_document_members(text, len, members, lengthof(members)))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer is not a JSON object");
	for (i = 0; i < lengthof(fields); i++)
	{
		*fields[i] = ssm_document_string(&members[i]);
		if ((i < 2 || names->temporary) && *fields[i] == NULL)
		{
			ssm_credentials_clear(out);
			return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer has no %s", members[i].name);
		}
	}
	if (members[3].value.kind == SSM_JSON_NULL && !names->temporary)
		return true;
	if (read_expiration(&members[3], &out->expires_at))
		return true;
	ssm_credentials_clear(out);
	return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer's %s is not a time", members[3].name);
}
