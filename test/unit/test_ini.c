/*
 * test_ini.c
 *		Files of sections and properties, by AWS's own rules.
 */
#include "aws/ini.h"
#include "base/buf.h"
#include "tap.h"

/* A file, and what it says: "section", "section key=value", "... key>nested=value" */
static const struct
{
	const char *name;
	const char *text;
	const char *want;			/* entries, each ended by '|'; or NULL */
	const char *error;			/* or NULL */
}			cases[] = {

	{"nothing", "", ""},
	{"blank lines and comments", "\n  \n# a\n; b\n\t\r\n", ""},
	{"a section", "[default]", "default|"},
	{"a section's blanks", "[ profile\tx  ]\n", "profile\tx|"},
	{"a section's comments", "[a] # one\n[b];two\n[c]#\n", "a|b|c|"},
	{"text after a section", "[a] b\n", "a|"},
	{"a property", "[a]\nRegion = us-east-1\n", "a|a region=us-east-1|"},
	{"no blanks", "[a]\nregion=us-east-1", "a|a region=us-east-1|"},
	{"equals signs in a value", "[a]\nk = b=c==\n", "a|a k=b=c==|"},
	{"an empty value", "[a]\nk =\nl=  \n", "a|a k=|a l=|"},
	{"an empty key", "[a]\n = b\n", NULL, "line 2 continues no property"},
	{"CR LF", "[a]\r\nk = v\r\n", "a|a k=v|"},
	{"comments in a value", "[a]\nk = v # c\nl = v\t; c\nm = v#c;d\nn = # c\n", "a|a k=v|a l=v|a m=v#c;d|a n=|"},
	{"case", "[A]\nKey = Value\n", "A|A key=Value|"},
	{"what comes twice stays twice", "[a]\nk=1\n[b]\n[a]\nk=2\n", "a|a k=1|b|a|a k=2|"},
	{"a continued value", "[a]\nk = v\n  w # x\n\t y \nl = z\n", "a|a k=v\nw # x\ny|a l=z|"},
	{"blank lines in between", "[a]\nk = v\n\n  w\n#\n  x", "a|a k=v\nw\nx|"},
	{"nested properties", "[a]\nssm =\n  Endpoint_URL = http://x\n  b = \nk = v\n",
	"a|a ssm=|a ssm>endpoint_url=http://x|a ssm>b=|a k=v|"},
	{"a colon is no equals sign", "[a]\nk: v=w\n", "a|a k: v=w|"},

	{"no bracket", "[a]\n\n[b\n", NULL, "line 3 lacks the ] of a section"},
	{"a bracket in a comment", "[b # ]\n", NULL, "line 1 lacks the ] of a section"},
	{"a property first", "k = v\n", NULL, "line 1 stands before any section"},
	{"a continuation first", "  k = v\n", NULL, "line 1 continues no property"},
	{"a section continued", "[a]\n  k = v\n", NULL, "line 2 continues no property"},
	{"a second section continued", "[a]\nk=v\n[b]\n  k = v\n", NULL, "line 4 continues no property"},
	{"no equals sign", "[a]\nsecret\n", NULL, "line 2 is neither a section nor a property"},
	{"an equals sign in a comment", "[a]\nk # = v\n", NULL, "line 2 is neither a section nor a property"},
	{"a nested line without one", "[a]\nk =\n  v\n", NULL, "line 3 is no property within a property"},
};

/*
 * Write a parsed file as the cases do.
 */
static void
write_entries(const SsmIni *ini, SsmBuf *out)
{
	int			i;

	for (i = 0; i < ini->n; i++)
	{
		const SsmIniEntry *entry = &ini->entries[i];

		ssm_buf_puts(out, entry->section);
		if (entry->key)
			ssm_buf_printf(out, " %s%s%s=%s", entry->key, entry->nested ? ">" : "",
						   entry->nested ? entry->nested : "", entry->value);
		ssm_buf_puts(out, "|");
	}
}

/*
 * All cases, and a file of many entries.
 */
int
main(void)
{
	SsmIni		ini;
	SsmError	error;
	SsmBuf		buf;
	size_t		i;

	ssm_buf_init(&buf, 1 << 20);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
	{
		bool		parsed = ssm_ini_parse(&ini, cases[i].text, strlen(cases[i].text), &error);

		ssm_buf_clear(&buf);
		write_entries(&ini, &buf);
		if (cases[i].error)
			is_str(parsed ? "no error" : error.message, cases[i].error, cases[i].name);
		is_str(ssm_buf_text(&buf), cases[i].want ? cases[i].want : "", cases[i].name);
		ssm_ini_free(&ini);
	}
	ok(!ssm_ini_parse(&ini, "[a]\0", 4, &error), "a NUL");
	is_str(error.message, "it is not a text file", "a NUL: the error");

	ssm_buf_clear(&buf);
	ssm_buf_puts(&buf, "[a]\nk=\n");
	for (i = 0; i < 1000; i++)
		ssm_buf_printf(&buf, " key%zu = %zu\n", i, i);
	ok(ssm_ini_parse(&ini, buf.data, buf.len, &error), "many entries");
	is_int(ini.n, 1002, "all of them");
	is_str(ini.entries[1001].key, "k", "the last one's parent");
	is_str(ini.entries[1001].nested, "key999", "the last one's key");
	is_str(ini.entries[1001].value, "999", "the last one's value");
	ssm_ini_free(&ini);
	ssm_buf_free(&buf);
	return done_testing();
}
