/*
 * ini.c
 *		Files of sections and properties, by AWS's own rules.
 *
 * AWS: SDKs and Tools reference, shared config and credentials files.  The
 * text is copied once and cut up in place: all that is kept of a line is no
 * longer than the line.
 */
#include "aws/ini.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"
#include "base/buf.h"

#define BLANKS	" \t\r\f\v"

typedef struct Parser
{
	SsmIni	   *ini;
	int			allocated;		/* entries there is room for */
	int			line;			/* 1-based */
	const char *section;		/* NULL before the first */
	int			property;		/* entry that lines may continue, or -1 */
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
 * Take the blanks off both ends, in place.
 */
static char *
trim(char *text)
{
	size_t		len;

	text	  +=strspn(text, BLANKS);

	len = strlen(text);
	while (len > 0 && strchr(BLANKS, text[len - 1]))
		len--;
	text[		len] = '\0';
	return text;
}

/*
 * Add an entry to the section at hand.
 */
static bool
add_entry(Parser *parser, const char *key, const char *nested, const char *value, SsmError *error)
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
		parser->section, key, nested, value
	};
	return true;
}

/*
 * "[section]": blanks inside the brackets and what follows them are of no
 * account.
 */
static bool
read_section(Parser *parser, char *line, SsmError *error)
{
	char	   *close;

	line[strcspn(line, "#;")] = '\0';
	close = strchr(line, ']');
	if (close == NULL)
		return bad_line(parser, "lacks the ] of a section", error);
	*close = '\0';
	parser->section = trim(line + 1);
	parser->property = -1;
	return add_entry(parser, NULL, NULL, NULL, error);
}

/*
 * Split "key = value" at its first equals sign; value may be empty.  False if
 * there is none.
 */
static bool
split(char *line, char **key, char **value)
{
	char	   *equals = strchr(line, '=');

	if (equals == NULL)
		return false;
	*equals = '\0';
	*key = ssm_ascii_fold(trim(line));
	*value = trim(equals + 1);
	return true;
}

/*
 * "key = value", with a comment after a blank.
 */
static bool
read_property(Parser *parser, char *line, SsmError *error)
{
	char	   *key;
	char	   *value;
	char	   *at;

	if (parser->section == NULL)
		return bad_line(parser, "stands before any section", error);
	for (at = line; (at = strpbrk(at, "#;")) != NULL; at++)
		if (strchr(BLANKS, at[-1]))
		{
			*at = '\0';
			break;
		}
	if (!split(line, &key, &value))
		return bad_line(parser, "is neither a section nor a property", error);
	if (!add_entry(parser, key, NULL, value, error))
		return false;
	parser->property = parser->ini->n - 1;
	parser->end = value + strlen(value);
	return true;
}

/*
 * A line that starts with a blank: a further line of the value, or a nested
 * property if that is empty so far.  The line's own blank leaves room for the
 * line feed.
 */
static bool
read_continuation(Parser *parser, char *line, SsmError *error)
{
	const SsmIniEntry *property;
	char	   *text = trim(line);
	char	   *key;
	char	   *value;
	size_t		len;

	if (parser->property < 0)
		return bad_line(parser, "continues no property", error);
	property = &parser->ini->entries[parser->property];
	if (property->value[0] != '\0')
	{
		len = strlen(text);
		*parser->end++ = '\n';
		memmove(parser->end, text, len + 1);
		parser->end += len;
		return true;
	}
	if (!split(text, &key, &value))
		return bad_line(parser, "is no property within a property", error);
	return add_entry(parser, property->key, key, value, error);
}

/*
 * Read one line, without its line feed.
 */
static bool
read_line(Parser *parser, char *line, SsmError *error)
{
	if (line[strspn(line, BLANKS)] == '\0' || line[0] == '#' || line[0] == ';')
		return true;
	if (line[0] == '[')
		return read_section(parser, line, error);
	if (strchr(BLANKS, line[0]))
		return read_continuation(parser, line, error);
	return read_property(parser, line, error);
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
	for (line = ini->text; ok && line; line = next)
	{
		parser.line++;
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
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
