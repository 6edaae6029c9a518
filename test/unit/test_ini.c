/*
 * test_ini.c
 *		Files of sections and properties, as the AWS CLI reads them.
 */
#include "aws/ini.h"
#include "base/array.h"
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
	{"the last bracket ends a section", "[a]b]\n[c # ]\n[d = e]\n", "a]b|c #|d = e|"},
	{"text after a section", "[a] b\n", "a|"},
	{"a property", "[a]\nRegion = us-east-1\n", "a|a region=us-east-1|"},
	{"no blanks", "[a]\nregion=us-east-1", "a|a region=us-east-1|"},
	{"equals signs in a value", "[a]\nk = b=c==\n", "a|a k=b=c==|"},
	{"an empty value", "[a]\nk =\nl=  \n", "a|a k=|a l=|"},
	{"an empty key", "[a]\n = b\n", NULL, "line 2 has no name before its = or :"},
	{"CR LF", "[a]\r\nk = v\r\n", "a|a k=v|"},
	{"CR", "[a]\rk = v\r\rl = w", "a|a k=v|a l=w|"},
	{"a byte order mark", "\xEF\xBB\xBF[a]\nk = v\n", "a|a k=v|"},
	{"no comment follows a value", "[a]\nk = v # c\nl = x ; y\nm = # c\n", "a|a k=v # c|a l=x ; y|a m=# c|"},
	{"a colon", "[a]\nk: v=w\nl = x:y\nm : z\n", "a|a k=v=w|a l=x:y|a m=z|"},
	{"the key's rest is the value's", "[a]\nk:l = v\n", "a|a k=l = v|"},
	{"case", "[A]\nKey = Value\n", "A|A key=Value|"},
	{"what comes twice stays twice", "[a]\nk=1\n[b]\n[a]\nk=2\n", "a|a k=1|b|a|a k=2|"},
	{"a continued value", "[a]\nk = v\n  w # x\n\t y \nl = z\n", "a|a k=v\nw # x\ny|a l=z|"},
	{"blank lines in between", "[a]\nk = v\n\n\r\n  w\n#\n  x\n\n", "a|a k=v\n\n\nw\nx|"},
	{"indented properties", "[a]\n    k = v\n    l = w\n  m = x\n", "a|a k=v|a l=w|a m=x|"},
	{"a section is not continued", "[a]\n  k = v\n[b]\n  k = v\n", "a|a k=v|b|b k=v|"},
	{"an indented section", "[a]\n  k = v\n  [b]\n  l = w\n", "a|a k=v|b|b l=w|"},
	{"which may be a line of a value", "[a]\n  k = v\n    [b]\n", "a|a k=v\n[b]|"},
	{"an indented value, continued", "[a]\n  k = v\n   w = x\n  l = y\n", "a|a k=v\nw = x|a l=y|"},
	{"an indented nested one", "[a]\n\tssm =\n\t\tendpoint_url = http://x:1\n\tk = v\n",
	"a|a ssm=|a ssm>endpoint_url=http://x:1|a k=v|"},
	{"indented comments", "[a]\n  # c = d\n  k = v\n    ; e\n    w\n", "a|a k=v\nw|"},
	{"blanks of a web page", "[a]\n\xC2\xA0\xE2\x80\x83k\xC2\xA0= v\xE3\x80\x80\n\xC2\xA0 l = w\n", "a|a k=v|a l=w|"},
	{"nested properties", "[a]\nssm =\n  Endpoint_URL = http://x\n  b = \nk = v\n",
	"a|a ssm=|a ssm>endpoint_url=http://x|a ssm>b=|a k=v|"},

	{"no bracket", "[a]\n\n[b\n", NULL, "line 3 lacks the closing ] of a section"},
	{"a property first", "k = v\n", NULL, "line 1 stands before any section"},
	{"an indented one", "  k = v\n", NULL, "line 1 stands before any section"},
	{"no equals sign", "[a]\nsecret\n", NULL, "line 2 is neither a section nor a property"},
	{"lines are counted by their ends", "[a]\r\n\rk\n", NULL, "line 3 is neither a section nor a property"},
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
		if (entry->name)
			ssm_buf_printf(out, " %s%s%s=%s", entry->name, entry->nested ? ">" : "",
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
	for (i = 0; i < lengthof(cases); i++)
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
	is_str(ini.entries[1001].name, "k", "the last one's parent");
	is_str(ini.entries[1001].nested, "key999", "the last one's key");
	is_str(ini.entries[1001].value, "999", "the last one's value");
	ssm_ini_free(&ini);
	ssm_buf_free(&buf);
	return done_testing();
}
