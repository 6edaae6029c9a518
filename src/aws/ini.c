/*
 * ini.c
 *		Files of sections and properties, as the AWS CLI reads them.
 *
 * The CLI and botocore read them by Python's configparser: a line continues a
 * value if it is indented deeper than the value's first line, '=' or ':' ends a
 * name, and a comment has a line of its own, at any depth.  What is an error there
 * but has one meaning only is read here, as by AWS's other SDKs: sections and
 * properties that come twice, and a byte order mark.  The text is copied once and cut
 * up in place: all that is kept of a line is no longer than the line.
 */
#include "aws/ini.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"
#include "base/buf.h"

#define BYTE_ORDER_MARK	"\xEF\xBB\xBF"

typedef struct Parser
{
	SsmIni	   *ini;
	int			allocated;		/* entries there is room for */
	int			line;			/* 1-based */
	char	   *section;		/* NULL before the first */
	int			property;		/* entry that lines may continue, or -1 */
	int			indent;			/* characters before it */
	int			gap;			/* blank lines since */
	char	   *end;			/* where its value ends */
} Parser;

/*
 * Fail for what is wrong with the line being read; its text stays unsaid as
 * it may be a secret.  Always returns false.
 */
static bool
bad_line(const Parser *parser, const char *what, SsmError *error)
{
	return ssm_fail(error, SSM_ERROR_CONFIG, "line %d %s", parser->line, what);
}

/*
 * How many bytes of white space a text starts with: ASCII's, and what a page on the
 * web may have put in its place.
 */
static size_t
blank(const char *at)
{
	static const char *const wide[] = {
		"\xC2\x85", "\xC2\xA0", "\xE1\x9A\x80", "\xE2\x80\x80", "\xE2\x80\x81", "\xE2\x80\x82",
		"\xE2\x80\x83", "\xE2\x80\x84", "\xE2\x80\x85", "\xE2\x80\x86", "\xE2\x80\x87", "\xE2\x80\x88",
		"\xE2\x80\x89", "\xE2\x80\x8A", "\xE2\x80\xA8", "\xE2\x80\xA9", "\xE2\x80\xAF", "\xE2\x81\x9F",
		"\xE3\x80\x80"
	};
	size_t		i;

	if (*at == ' ' || (*at >= '\t' && *at <= '\r') || (*at >= 0x1C && *at <= 0x1F))
		return 1;
	if (*at == '\xC2' || (*at >= '\xE1' && *at <= '\xE3'))
		for (i = 0; i < lengthof(wide); i++)
			if (strncmp(at, wide[i], strlen(wide[i])) == 0)
				return strlen(wide[i]);
	return 0;
}

/*
 * Take the white space off both ends, in place.  *indent, which may be NULL, is
 * how many characters of it came first.
 */
static char *
trim(char *text, int *indent)
{
	char	   *at;
	char	   *end;
	size_t		len;
	int			n = 0;

	for (; (len = blank(text)) > 0; n++)
		text += len;
	for (at = end = text; *at; at += len)
	{
		len = blank(at);
		if (len == 0)
			end = at + (len = 1);
	}
	*end = '\0';
	if (indent)
		*indent = n;
	return text;
}

/*
 * Add an entry to the section at hand.
 */
static bool
add_entry(Parser *parser, const char *name, const char *nested, const char *value, SsmError *error)
{
	SsmIni	   *ini = parser->ini;

	if (ini->n == parser->allocated)
	{
		int			size = ini->n ? ini->n * 2 : 32;
		SsmIniEntry *entries = realloc(ini->entries, size * sizeof(SsmIniEntry));

		if (entries == NULL)
			return ssm_fail_memory(error);
		ini->entries = entries;
		parser->allocated = size;
	}
	ini->entries[ini->n++] = (SsmIniEntry)
	{
		parser->section, name, nested, value
	};
	return true;
}

/*
 * "[section]", up to the last bracket; blanks inside are of no account.
 */
static bool
read_section(Parser *parser, char *line, char *close, SsmError *error)
{
	*close = '\0';
	parser->section = trim(line + 1, NULL);
	parser->property = -1;
	return add_entry(parser, NULL, NULL, NULL, error);
}

/*
 * Split a line at a delimiter within it; the value may be empty.
 */
static void
split(char *line, char *delimiter, char **name, char **value)
{
	*delimiter = '\0';
	*name = ssm_ascii_fold(trim(line, NULL));
	*value = trim(delimiter + 1, NULL);
}

/*
 * "name = value" or "name: value".
 */
static bool
read_property(Parser *parser, char *line, SsmError *error)
{
	char	   *delimiter = strpbrk(line, "=:");
	char	   *name;
	char	   *value;

	if (delimiter == NULL)
		return bad_line(parser, line[0] == '[' ? "lacks the closing ] of a section" :
						"is neither a section nor a property", error);
	if (parser->section == NULL)
		return bad_line(parser, "stands before any section", error);
	split(line, delimiter, &name, &value);
	if (name[0] == '\0')
		return bad_line(parser, "has no name before its = or :", error);
	if (!add_entry(parser, name, NULL, value, error))
		return false;
	parser->property = parser->ini->n - 1;
	parser->end = value + strlen(value);
	return true;
}

/*
 * A further line of a value, or a nested property if that is empty so far.  The
 * line breaks and blanks that it took to get here leave room for line feeds.
 */
static bool
read_continuation(Parser *parser, char *line, SsmError *error)
{
	const SsmIniEntry *property = &parser->ini->entries[parser->property];
	char	   *equals;
	char	   *name;
	char	   *value;
	size_t		len;

	if (property->value[0] != '\0')
	{
		len = strlen(line);
		for (; parser->gap >= 0; parser->gap--)
			*parser->end++ = '\n';
		memmove(parser->end, line, len + 1);
		parser->end += len;
		return true;
	}
	equals = strchr(line, '=');
	if (equals == NULL)
		return bad_line(parser, "is no property within a property", error);
	split(line, equals, &name, &value);
	return add_entry(parser, property->name, name, value, error);
}

/*
 * Read one line, without its end: cuts it up in place.
 */
static bool
read_line(Parser *parser, char *line, SsmError *error)
{
	char	   *close;
	bool		ok;
	int			indent;

	line = trim(line, &indent);
	if (line[0] == '\0')
	{
		parser->gap++;
		return true;
	}
	if (line[0] == '#' || line[0] == ';')
		return true;
	if (parser->property >= 0 && indent > parser->indent)
		ok = read_continuation(parser, line, error);
	else
	{
		parser->indent = indent;
		close = line[0] == '[' ? strrchr(line + 1, ']') : NULL;
		ok = close && close > line + 1 ? read_section(parser, line, close, error) :
			read_property(parser, line, error);
	}
	parser->gap = 0;
	return ok;
}

/*
 * End a line, in place, where it ends by a line feed, a carriage return, or both.
 * Returns the next one, or NULL.
 */
static char *
end_line(char *line)
{
	char	   *end = line + strcspn(line, "\r\n");
	char	   *next = end + 1;

	if (*end == '\0')
		return NULL;
	if (*end == '\r' && *next == '\n')
		next++;
	*end = '\0';
	return next;
}

/*
 * Parse a file's text.  On failure ini is empty, and the error names the line,
 * not the file.  The text is not changed and not needed any more.
 */
bool
ssm_ini_parse(SsmIni *ini, const char *text, size_t len, SsmError *error)
{
	Parser		parser = {.ini = ini, .property = -1};
	bool		ok = true;
	char	   *line;
	char	   *next;

	memset(ini, 0, sizeof(*ini));
	if (memchr(text, '\0', len))
		return ssm_fail(error, SSM_ERROR_CONFIG, "it is not a text file");
	ini->text = malloc(len + 1);
	if (ini->text == NULL)
		return ssm_fail_memory(error);
	ini->size = len + 1;
	memcpy(ini->text, text, len);
	ini->text[len] = '\0';
	line = ini->text;
	if (strncmp(line, BYTE_ORDER_MARK, strlen(BYTE_ORDER_MARK)) == 0)
		line += strlen(BYTE_ORDER_MARK);
	for (; ok && line; line = next)
	{
		parser.line++;
		next = end_line(line);
		ok = read_line(&parser, line, error);
	}
	if (!ok)
		ssm_ini_free(ini);
	return ok;
}

/*
 * Wipe and release a parsed file, which is then an empty one.
 */
void
ssm_ini_free(SsmIni *ini)
{
	ssm_wipe(ini->text, ini->size);
	free(ini->text);
	free(ini->entries);
	memset(ini, 0, sizeof(*ini));
}
