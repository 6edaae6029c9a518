/*
 * fuzz_ini.c
 *		AWS's config and credentials files.
 *
 * Whatever the bytes: a file that is taken is cut into entries that lie within
 * its copy and follow each other, keys are trimmed and in lower case; and reading
 * what was written of them gives the same entries.
 */
#include <string.h>

#include "base/buf.h"
#include "aws/ini.h"
#include "fuzz.h"

/*
 * Is the string one that ends within the file's text?
 */
static void
check_inside(const SsmIni *ini, const char *string)
{
	MUST(string >= ini->text && string < ini->text + ini->size);
	MUST(string + strlen(string) < ini->text + ini->size);
}

/*
 * Is it a key, or a section's name: without blanks around it, on one line?
 */
static void
check_name(const SsmIni *ini, const char *name, bool lower)
{
	size_t		len = strlen(name);
	size_t		i;

	check_inside(ini, name);
	MUST(len == 0 || (strchr(" \t\r\f\v", name[0]) == NULL && strchr(" \t\r\f\v", name[len - 1]) == NULL));
	for (i = 0; i < len; i++)
		MUST(name[i] != '\n' && !(lower && name[i] >= 'A' && name[i] <= 'Z'));
}

/*
 * Write an entry as a line, or several.
 */
static void
write_entry(SsmBuf *out, const SsmIniEntry *entry)
{
	const char *at;

	if (entry->name == NULL)
		ssm_buf_printf(out, "[%s]", entry->section);
	else if (entry->nested)
		ssm_buf_printf(out, "  %s = %s", entry->nested, entry->value);
	else
	{
		ssm_buf_printf(out, "%s = ", entry->name);
		for (at = entry->value; *at; at++)
		{
			ssm_buf_add(out, at, 1);
			if (*at == '\n')
				ssm_buf_puts(out, " ");
		}
	}
	ssm_buf_puts(out, "\n");
}

/*
 * Are the strings equal, or both NULL?
 */
static bool
same(const char *left, const char *right)
{
	return left && right ? strcmp(left, right) == 0 : left == right;
}

/*
 * Parse what was written of a file, and compare.
 */
static void
check_again(const SsmIni *ini, const SsmBuf *written)
{
	SsmIni		again;
	SsmError	error;
	int			i;

	MUST(ssm_ini_parse(&again, ssm_buf_text(written), written->len, &error));
	MUST(again.n == ini->n);
	for (i = 0; i < ini->n; i++)
		MUST(same(again.entries[i].section, ini->entries[i].section) &&
			 same(again.entries[i].name, ini->entries[i].name) &&
			 same(again.entries[i].nested, ini->entries[i].nested) &&
			 same(again.entries[i].value, ini->entries[i].value));
	ssm_ini_free(&again);
}

/*
 * Can the entry be written so that it reads the same?  A section named by blanks,
 * a comment's sign behind a blank, and a key without a letter cannot.
 */
static bool
writable(const SsmIniEntry *entry)
{
	const char *at;

	if (entry->name == NULL)
		return entry->section[0] != '\0';
	if (entry->nested ? entry->nested[0] == '\0' : strchr("#;[", entry->name[0]) != NULL)
		return false;
	for (at = entry->value; *at; at++)
		if (*at == '\n' && strchr("\n#;", at[1]))
			return false;
	return entry->value[0] == '\0' || strchr("#;", entry->value[0]) == NULL;
}

/*
 * Parse the bytes as a file.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SsmIni		ini;
	SsmBuf		written;
	SsmError	error;
	bool		all = true;
	int			i;

	ssm_buf_init(&written, 1 << 24);
	if (ssm_ini_parse(&ini, (const char *) data, size, &error))
	{
		for (i = 0; i < ini.n; i++)
		{
			const SsmIniEntry *entry = &ini.entries[i];

			check_name(&ini, entry->section, false);
			MUST((entry->name == NULL) == (entry->value == NULL));
			if (entry->name)
			{
				check_name(&ini, entry->name, true);
				check_inside(&ini, entry->value);
			}
			if (entry->nested)
				check_name(&ini, entry->nested, true);
			all = all && writable(entry);
			write_entry(&written, entry);
		}
		if (all)
			check_again(&ini, &written);
		ssm_ini_free(&ini);
	}
	else
		MUST(ini.n == 0 && error.kind == SSM_ERROR_CONFIG);
	ssm_buf_free(&written);
	return 0;
}
