/*
 * xml.c
 *		Read texts out of a small XML document.
 *
 * What AWS's Query protocol answers: elements, attributes, text, entities and
 * comments.  A document type, which could define entities, is refused, and so
 * is all that is not well-formed.
 */
#include "aws/credentials/xml.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/utf8.h"

#define MAX_PATH_LENGTH	512
#define BLANKS		" \t\r\n"
#define NAME_CHARACTERS	\
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.:-"

typedef struct SsmXmlReader
{
	const char *at;
	const char *end;			/* a NUL stands there */
	const SsmXmlField *fields;
	int			n;
	char		path[MAX_PATH_LENGTH];	/* of the innermost open element */
	const SsmXmlField *field;	/* that it is, or NULL */
	bool		begun;			/* the root has been opened */
} SsmXmlReader;

/*
 * Step over a text if it stands here.
 */
static bool
skip(SsmXmlReader *r, const char *text)
{
	size_t		len = strlen(text);

	if ((size_t) (r->end - r->at) < len || memcmp(r->at, text, len) != 0)
		return false;
	r->at += len;
	return true;
}

/*
 * Step over everything up to and including a text.  False if it does not come.
 */
static bool
skip_past(SsmXmlReader *r, const char *text)
{
	const char *found = strstr(r->at, text);

	if (found == NULL)
		return false;
	r->at = found + strlen(text);
	return true;
}

/*
 * Step over white space; true if there was some.
 */
static bool
skip_blanks(SsmXmlReader *r)
{
	size_t		len = strspn(r->at, BLANKS);

	r->at += len;
	return len > 0;
}

/*
 * The field that an element at this path is, or NULL.
 */
static const SsmXmlField *
find_field(const SsmXmlReader *r)
{
	size_t		len = strlen(r->path);
	int			i;

	for (i = 0; i < r->n; i++)
	{
		const char *wanted = r->fields[i].path;
		size_t		wanted_len = strlen(wanted);
		bool		whole = wanted[0] == '/' ? wanted_len == len :
		wanted_len < len && r->path[len - wanted_len - 1] == '/';

		if (whole && strcmp(r->path + len - wanted_len, wanted) == 0 &&
			r->fields[i].text->len == 0)
			return &r->fields[i];
	}
	return NULL;
}

/*
 * Append a character or text to the field being read, if there is one.
 */
static void
keep(SsmXmlReader *r, const char *text, size_t len)
{
	if (r->field)
		ssm_buf_add(r->field->text, text, len);
}

/*
 * Read a character's number; r->at is behind the '#'.
 */
static bool
read_number(SsmXmlReader *r)
{
	bool		hex = skip(r, "x");
	size_t		digits = strspn(r->at, hex ? "0123456789abcdefABCDEF" : "0123456789");
	uint32_t	c;
	char		out[4];

	if (digits == 0 || digits > 7)
		return false;
	c = strtoul(r->at, NULL, hex ? 16 : 10);
	r->at += digits;
	if (c == 0 || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000) || !skip(r, ";"))
		return false;
	keep(r, out, ssm_utf8_put(c, out));
	return true;
}

/*
 * Read an entity; r->at is behind the '&'.
 */
static bool
read_entity(SsmXmlReader *r)
{
	static const char *const entities[][2] = {
		{"amp;", "&"}, {"lt;", "<"}, {"gt;", ">"}, {"quot;", "\""}, {"apos;", "'"},
	};
	size_t		i;

	if (skip(r, "#"))
		return read_number(r);
	for (i = 0; i < lengthof(entities); i++)
		if (skip(r, entities[i][0]))
		{
			keep(r, entities[i][1], 1);
			return true;
		}
	return false;
}

/*
 * Read text up to the next tag.  Outside the root there is only white space.
 */
static bool
read_text(SsmXmlReader *r)
{
	size_t		len = strcspn(r->at, "<&");

	if (r->path[0] == '\0' && strspn(r->at, BLANKS) < len)
		return false;
	keep(r, r->at, len);
	r->at += len;
	if (r->at < r->end && *r->at == '&')
	{
		r->at++;
		return r->path[0] != '\0' && read_entity(r);
	}
	return true;
}

/*
 * Read a name into a buffer.
 */
static bool
read_name(SsmXmlReader *r, char *name, size_t size)
{
	size_t		len = strspn(r->at, NAME_CHARACTERS);

	if (len == 0 || len >= size)
		return false;
	memcpy(name, r->at, len);
	name[len] = '\0';
	r->at += len;
	return true;
}

/*
 * Step over attributes and white space, up to the tag's end.
 */
static bool
skip_attributes(SsmXmlReader *r)
{
	char		name[128];
	char		quote[2] = "";

	while (skip_blanks(r) && *r->at != '>' && *r->at != '/' && *r->at != '?')
	{
		if (!read_name(r, name, sizeof(name)))
			return false;
		skip_blanks(r);
		if (!skip(r, "="))
			return false;
		skip_blanks(r);
		quote[0] = *r->at;
		if ((quote[0] != '"' && quote[0] != '\'') || !skip(r, quote) || !skip_past(r, quote))
			return false;
	}
	return true;
}

/*
 * Close the innermost element.
 */
static void
pop(SsmXmlReader *r)
{
	*strrchr(r->path, '/') = '\0';
	r->field = NULL;
}

/*
 * Read an element's opening tag; r->at is behind the '<'.
 */
static bool
open_element(SsmXmlReader *r)
{
	size_t		len = strlen(r->path);

	if ((len == 0 && r->begun) || len + 2 >= sizeof(r->path))
		return false;
	r->begun = true;
	r->path[len] = '/';
	if (!read_name(r, r->path + len + 1, sizeof(r->path) - len - 1) || !skip_attributes(r))
		return false;
	r->field = find_field(r);
	if (skip(r, "/>"))
	{
		pop(r);
		return true;
	}
	return skip(r, ">");
}

/*
 * Read an element's closing tag; r->at is behind the "</".
 */
static bool
close_element(SsmXmlReader *r)
{
	const char *name = strrchr(r->path, '/');

	if (name == NULL || !skip(r, name + 1))
		return false;
	skip_blanks(r);
	if (!skip(r, ">"))
		return false;
	pop(r);
	return true;
}

/*
 * Read what starts with '<'; r->at is behind it.
 */
static bool
read_tag(SsmXmlReader *r)
{
	const char *start;

	if (skip(r, "/"))
		return close_element(r);
	if (skip(r, "!--"))
		return skip_past(r, "-->");
	if (skip(r, "?"))
		return skip_past(r, "?>");
	if (skip(r, "![CDATA["))
	{
		start = r->at;
		if (r->path[0] == '\0' || !skip_past(r, "]]>"))
			return false;
		keep(r, start, r->at - start - 3);
		return true;
	}
	return open_element(r);
}

/*
 * Read a document of len bytes, behind which stands a NUL, and append the texts
 * of the wanted elements to their buffers.  False if it is not well-formed, or
 * a buffer failed.
 */
bool
ssm_xml_read(const char *source, size_t len, const SsmXmlField *fields, int n)
{
	SsmXmlReader r = {.at = source, .end = source + len, .fields = fields, .n = n};
	int			i;

	if (strlen(source) != len)
		return false;
	while (r.at < r.end)
		if (!(skip(&r, "<") ? read_tag(&r) : read_text(&r)))
			return false;
	for (i = 0; i < n; i++)
		if (!ssm_buf_ok(fields[i].text))
			return false;
	return r.begun && r.path[0] == '\0';
}
