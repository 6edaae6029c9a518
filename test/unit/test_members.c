/*
 * test_members.c
 *		What sources of credentials write: command lines, XML, JSON; and the
 *		hosts that a container may name.
 */
#include "aws/credentials/container.h"
#include "aws/credentials/from_json.h"
#include "aws/argv.h"
#include "aws/credentials/xml.h"
#include "base/array.h"
#include "tap.h"

#include <stdlib.h>

/* Command lines, and their words with '|' behind each, or an error. */
static const char *const lines[][2] = {
	{"a", "a|"},
	{"  a  b\tc\r\n", "a|b|c|"},
	{"/opt/my\\ tool --x=\"y z\" 'a b'c", "/opt/my tool|--x=y z|a bc|"},
	{"a '' \"\" b", "a|||b|"},
	{"a \"b \\\" c \\\\ d \\n\"", "a|b \" c \\ d \\n|"},
	{"a 'b \\\" c'", "a|b \\\" c|"},
	{"a $HOME `b` ; c | d > e & *", "a|$HOME|`b`|;|c|||d|>|e|&|*|"},
	{"a b#c # d", "a|b#c|#|d|"},
	{"a \"b", "a quotation mark is not closed"},
	{"a 'b\\'", "a|b\\|"},
	{"a b\\", "nothing follows the last backslash"},
	{"", "it names no program"},
	{" \t ", "it names no program"},
	{"'' a", "it names no program"},
};

/*
 * Command lines are split as AWS's clients do.
 */
static void
test_words(void)
{
	size_t		i;

	for (i = 0; i < lengthof(lines); i++)
	{
		char		joined[200] = "";
		SsmError	error;
		char	  **words = ssm_argv_split(lines[i][0], &error);
		int			w;

		for (w = 0; words && words[w]; w++)
			strcat(strcat(joined, words[w]), "|");
		is_str(words ? joined : error.message, lines[i][1], lines[i][0]);
		ssm_argv_free(words);
	}
}

/* Documents, and the texts of /r/a and of any b/c; NULL: refused. */
static const struct
{
	const char *xml;
	const char *a;
	const char *c;
}			documents[] = {
	{"<r><a>x</a><b><c>y</c></b></r>", "x", "y"},
	{"<?xml version=\"1.0\"?>\n<!-- a --><r xmlns='u' >\n <a >x</a ><z><b><c>y</c></b></z>\n</r>\n", "x", "y"},
	{"<r><a>&lt;&amp;&gt;&quot;&apos;&#65;&#x20AC;</a></r>", "<&>\"'A\xE2\x82\xAC", ""},
	{"<r><a><![CDATA[<&amp;>]]> z</a></r>", "<&amp;> z", ""},
	{"<r><a>x</a><a>y</a></r>", "x", ""},
	{"<r><a/><b><c attr=\"a>b\"/></b></r>", "", ""},
	{"<q><r><a>x</a></r></q>", "", ""},
	{"<b><c>y</c></b>", "", "y"},
	{"<r><a>x<i>y</i></a></r>", "x", ""},
	{"<r><xb><c>y</c></xb><b><xc>y</xc></b></r>", "", ""},
	{"", NULL, NULL},
	{"text", NULL, NULL},
	{"<r>", NULL, NULL},
	{"<r></q>", NULL, NULL},
	{"<r></r><r></r>", NULL, NULL},
	{"<r></r>x", NULL, NULL},
	{"</r>", NULL, NULL},
	{"<r><a>&unknown;</a></r>", NULL, NULL},
	{"<r><a>&#0;</a></r>", NULL, NULL},
	{"<r><a>&#xD800;</a></r>", NULL, NULL},
	{"<r><a>&#x110000;</a></r>", NULL, NULL},
	{"<r><a>&#;</a></r>", NULL, NULL},
	{"<r><a>&amp</a></r>", NULL, NULL},
	{"<!DOCTYPE r [<!ENTITY e 'x'>]><r><a>&e;</a></r>", NULL, NULL},
	{"<r a=b></r>", NULL, NULL},
	{"<r a=\"b></r>", NULL, NULL},
	{"<r><!-- </r>", NULL, NULL},
	{"<r><![CDATA[x</r>", NULL, NULL},
	{"< r></r>", NULL, NULL},
};

/*
 * XML is read strictly, and only what is wanted of it.
 */
static void
test_xml(void)
{
	size_t		i;

	for (i = 0; i < lengthof(documents); i++)
	{
		SsmBuf		a;
		SsmBuf		c;
		SsmXmlField fields[] = {{"/r/a", &a}, {"b/c", &c}};
		char	   *text = strdup(documents[i].xml);
		bool		good;

		ssm_buf_init(&a, 100);
		ssm_buf_init(&c, 100);
		good = ssm_xml_read(text, strlen(text), fields, 2);
		ok(good == (documents[i].a != NULL), "%s", documents[i].xml);
		if (good && documents[i].a)
		{
			is_str(ssm_buf_text(&a), documents[i].a, "/r/a");
			is_str(ssm_buf_text(&c), documents[i].c, "b/c");
		}
		ssm_buf_free(&a);
		ssm_buf_free(&c);
		free(text);
	}
}

/* Documents that should hold credentials, and what is found or missed. */
static const struct
{
	const char *json;
	bool		temporary;
	const char *found;			/* id secret token expiry, or the error */
}			answers[] = {
	{"{\"I\":\"a\",\"S\":\"b\"}", false, "a b - 0"},
	{" {\"S\":\"b\\u002f\\n\", \"x\":[{\"I\":1}], \"I\":\"a\", \"T\":\"c\",\"E\":\"2026-11-24T12:00:00Z\"} ", false,
	"a b/\n c 1795521600"},
	{"{\"I\":\"a\",\"S\":\"b\",\"T\":\"c\",\"E\":1795521600123}", true, "a b c 1795521600"},
	{"{\"I\":\"a\",\"S\":\"b\",\"T\":\"c\",\"E\":1795521600}", true, "a b c 1795521600"},
	{"{\"I\":\"a\",\"S\":\"b\",\"T\":\"c\",\"E\":\"2026-11-24T12:00:00UTC\"}", true, "a b c 1795521600"},
	{"{\"I\":\"a\",\"S\":\"b\",\"T\":null,\"E\":null}", false, "a b - 0"},
	{"{\"I\":\"a\",\"S\":\"b\"}", true, "the answer has no T"},
	{"{\"I\":\"a\",\"S\":\"b\",\"T\":\"c\"}", true, "the answer's E is not a time"},
	{"{\"I\":\"a\",\"S\":\"b\",\"E\":\"soon\"}", false, "the answer's E is not a time"},
	{"{\"I\":\"a\"}", false, "the answer has no S"},
	{"{\"I\":\"\",\"S\":\"b\"}", false, "the answer has no I"},
	{"{\"I\":5,\"S\":\"b\"}", false, "the answer has no I"},
	{"[]", false, "the answer is not a JSON object"},
	{"{\"I\":\"a\",\"S\":\"b\"", false, "the answer is not a JSON object"},
	{"{\"I\":\"a\",\"S\":\"b\"} x", false, "the answer is not a JSON object"},
	{"", false, "the answer is not a JSON object"},
};

/*
 * Credentials are whole, or there are none.
 */
static void
test_credentials(void)
{
	size_t		i;

	for (i = 0; i < lengthof(answers); i++)
	{
		SsmCredentialsNames names = {"I", "S", "T", "E", answers[i].temporary};
		SsmCredentials keys;
		SsmError	error;
		char		found[200];

		if (ssm_credentials_from_json(answers[i].json, strlen(answers[i].json), &names, &keys, &error))
			snprintf(found, sizeof(found), "%s %s %s %lld", keys.access_key_id, keys.secret_access_key,
					 keys.session_token ? keys.session_token : "-", (long long) keys.expires_at);
		else
		{
			ok(!keys.access_key_id && !keys.secret_access_key && !keys.session_token, "nothing is left");
			snprintf(found, sizeof(found), "%.199s", error.message);
		}
		is_str(found, answers[i].found, answers[i].json);
		ssm_credentials_clear(&keys);
	}
}

#define RELATIVE	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI="
#define FULL		"AWS_CONTAINER_CREDENTIALS_FULL_URI="

/* Variables of a container, and the URL to ask; NULL: refused. */
static const struct
{
	char	   *variables[3];
	const char *url;
}			containers[] = {
	{{RELATIVE "/v2/x?id=1"}, "http://169.254.170.2/v2/x?id=1"},
	{{RELATIVE "/v2", FULL "http://127.0.0.1/x"}, "http://169.254.170.2/v2"},
	{{RELATIVE, FULL "http://127.0.0.1/x"}, "http://127.0.0.1/x"},
	{{RELATIVE ".evil.example/x"}, NULL},
	{{RELATIVE "@evil.example/x"}, NULL},
	{{FULL "http://127.9.8.7:81/x"}, "http://127.9.8.7:81/x"},
	{{FULL "http://localhost/x"}, "http://localhost/x"},
	{{FULL "http://LOCALHOST/x"}, "http://LOCALHOST/x"},
	{{FULL "http://[::1]:81/x"}, "http://[::1]:81/x"},
	{{FULL "http://[0:0::0:1]/x"}, "http://[0:0::0:1]/x"},
	{{FULL "http://169.254.170.2/x"}, "http://169.254.170.2/x"},
	{{FULL "http://169.254.170.23/v1/credentials"}, "http://169.254.170.23/v1/credentials"},
	{{FULL "http://[fd00:ec2::23]/v1/credentials"}, "http://[fd00:ec2::23]/v1/credentials"},
	{{FULL "https://any.example/x"}, "https://any.example/x"},
	{{FULL "http://any.example/x"}, NULL},
	{{FULL "http://169.254.169.254/x"}, NULL},
	{{FULL "http://127.0.0.1.evil.example/x"}, NULL},
	{{FULL "http://[fd00:ec2::24]/x"}, NULL},
	{{FULL "http://localhost@evil.example/x"}, NULL},
	{{FULL "http://128.0.0.1/x"}, NULL},
	{{FULL "file:///etc/passwd"}, NULL},
	{{FULL "ftp://127.0.0.1/x"}, NULL},
	{{FULL "nonsense"}, NULL},
};

/*
 * A token goes in plain text to the host itself and AWS's agents only.
 */
static void
test_containers(void)
{
	size_t		i;

	for (i = 0; i < lengthof(containers); i++)
	{
		SsmEnvironment environment = {containers[i].variables};
		char		url[300] = "";
		SsmError	error;

		ok(ssm_container_configured(&environment), "%s", containers[i].variables[0]);
		is_str(ssm_container_url(&environment, url, sizeof(url), &error) ? url : NULL,
			   containers[i].url, "its URL");
	}
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_words();
	test_xml();
	test_credentials();
	test_containers();
	return done_testing();
}
