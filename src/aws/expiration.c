/*
 * expiration.c
 *		Until when credentials hold, in any of the forms that say so.
 *
 * AWS writes 2026-11-26T13:03:45Z.  Programs and files made by others have what
 * their languages print, and botocore takes all that dateutil does: so do we,
 * as far as it has one meaning only.
 */
#include "aws/expiration.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include "base/array.h"
#include "base/ascii.h"

#define BLANKS	" \t\r\n"

/* A number as large as this counts milliseconds: in seconds it would be the
 * year 5138. */
#define FIRST_MILLISECONDS	INT64_C(100000000000)

/*
 * Read a number of at least min and at most max digits; *at is moved behind it.
 */
static bool
read_digits(const char **at, int min, int max, int *value)
{
	int			n = 0;

	*value = 0;
	for (; n < max && **at >= '0' && **at <= '9'; n++)
		*value = *value * 10 + (*(*at)++ - '0');
	return n >= min;
}

/*
 * Step over one byte if it stands here.
 */
static bool
skip(const char **at, char c)
{
	if (**at != c)
		return false;
	++*at;
	return true;
}

/*
 * Read a date: 2026-11-26 or 20261126.
 */
static bool
read_date(const char **at, struct tm *tm)
{
	char		separator;

	if (!read_digits(at, 4, 4, &tm->tm_year))
		return false;
	separator = **at;
	if (separator != '-' && separator != '/' && separator != '.')
		return read_digits(at, 2, 2, &tm->tm_mon) && read_digits(at, 2, 2, &tm->tm_mday);
	++*at;
	return read_digits(at, 1, 2, &tm->tm_mon) && skip(at, separator) && read_digits(at, 1, 2, &tm->tm_mday);
}

/*
 * Read a time: hours, minutes, seconds and a fraction, which is dropped; the last
 * ones may be missing.  Its colons may be, too.
 */
static bool
read_time(const char **at, struct tm *tm)
{
	int		   *parts[] = {&tm->tm_min, &tm->tm_sec};
	bool		colons;
	int			i;

	if (!read_digits(at, 1, 2, &tm->tm_hour))
		return false;
	colons = **at == ':';
	for (i = 0; i < 2; i++)
	{
		if (colons ? **at != ':' : strspn(*at, "0123456789") == 0)
			return true;
		*at += colons;
		if (!read_digits(at, colons ? 1 : 2, 2, parts[i]))
			return false;
	}
	if (**at == '.' || **at == ',')
		*at += 1 + strspn(*at + 1, "0123456789");
	return true;
}

/*
 * Read all that is left as a time zone: a name of UTC, an offset of hours or of
 * hours and minutes, or nothing, which is UTC.  *offset is in seconds east.
 */
static bool
read_zone(const char *at, int *offset)
{
	static const char *const utc[] = {"", "Z", "UTC", "GMT"};
	int			hours = 0;
	int			minutes = 0;
	bool		west = *at == '-';
	size_t		i;

	*offset = 0;
	for (i = 0; i < lengthof(utc); i++)
		if (ssm_ascii_casecmp(at, utc[i]) == 0)
			return true;
	if ((*at != '+' && *at != '-') || (++at, !read_digits(&at, 1, 2, &hours)))
		return false;
	if (*at != '\0' && ((at += *at == ':'), !read_digits(&at, 2, 2, &minutes)))
		return false;
	*offset = (west ? -1 : 1) * (hours * 60 + minutes) * 60;
	return *at == '\0' && hours < 24 && minutes < 60;
}

/*
 * Read a time of ISO 8601, to the end of the text, as seconds since 1970.
 */
static bool
read_iso(const char *at, int64_t *seconds)
{
	struct tm	tm = {0};
	struct tm	normal;
	time_t		utc;
	int			offset;

	if (!read_date(&at, &tm))
		return false;
	if (*at == 'T' || *at == 't')
		at++;
	else
		at += strspn(at, BLANKS);
	if (*at >= '0' && *at <= '9' && !read_time(&at, &tm))
		return false;
	if (!read_zone(at + strspn(at, BLANKS), &offset))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon--;
	normal = tm;
	utc = timegm(&normal);

	/* timegm takes the 31st of April for the 1st of May: that is no time */
	if (normal.tm_mon != tm.tm_mon || normal.tm_mday != tm.tm_mday ||
		normal.tm_hour != tm.tm_hour || normal.tm_min != tm.tm_min || normal.tm_sec != tm.tm_sec)
		return false;
	*seconds = utc - offset;
	return true;
}

/*
 * Read seconds or milliseconds since 1970, told apart by their size.
 */
static bool
read_number(const SsmJsonValue *value, int64_t *seconds)
{
	int64_t		n;

	if (!ssm_json_epoch(value, &n))
		return false;
	n /= 1000000;
	*seconds = n >= FIRST_MILLISECONDS ? n / 1000 : n;
	return true;
}

/*
 * Read a time: ISO 8601 with all, some or none of its separators, a number of
 * seconds or milliseconds since 1970, or what mail and HTTP have (RFC 1123 and its
 * kin).  Without a time zone it is UTC.  False if it is something else.
 */
bool
ssm_expiration_parse(const char *text, int64_t *seconds)
{
	char		trimmed[64];
	SsmJsonValue number = {.kind = SSM_JSON_NUMBER, .text = trimmed};
	size_t		digits;
	size_t		len;
	time_t		date;

	text += strspn(text, BLANKS);
	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	if (len == 0 || len >= sizeof(trimmed))
		return false;
	memcpy(trimmed, text, len);
	trimmed[len] = '\0';
	number.len = len;
	digits = strspn(trimmed, "0123456789");
	/* a date without separators has 8 digits, or 12 or 14 with the time */
	if ((digits < len || digits == 8 || digits == 12 || digits == 14) && read_iso(trimmed, seconds))
		return true;
	if (read_number(&number, seconds))
		return true;
	/* what starts with a year is ISO's, of which curl has its own idea */
	if (digits > 2)
		return false;
	date = curl_getdate(trimmed, NULL);
	*seconds = date;
	return date >= 0;
}

/*
 * Read a member that is a time, as text or as a number.
 */
bool
ssm_expiration_read(const SsmJsonValue *value, int64_t *seconds)
{
	char	   *text;
	bool		good;

	if (value->kind == SSM_JSON_NUMBER)
		return read_number(value, seconds);
	text = value->kind == SSM_JSON_STRING ? ssm_json_copy(value) : NULL;
	good = text && ssm_expiration_parse(text, seconds);
	free(text);
	return good;
}
