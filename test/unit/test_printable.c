/*
 * test_printable.c
 *		Text from outside, made fit to be shown.
 */
#include "base/printable.h"
#include "base/array.h"
#include "tap.h"

#include <string.h>

#define BAD		"\357\277\275"	/* U+FFFD */
#define TOKEN	"IQoJb3JpZ2luX2VjEXAMPLE/+token=="

/* The secrets of all cases. */
static const SsmSecrets secrets = {{"wJalrXUtnFEMI/K7MDENG", NULL, TOKEN, "short", "12345678"}};

/* A text, and how it is shown. */
static const struct
{
	const char *text;
	const char *shown;
}			texts[] = {
	{"", ""},
	{"abc \303\244 \342\202\254 \360\237\230\200", "abc \303\244 \342\202\254 \360\237\230\200"},

	/* secrets, however they are spelled, and if the text was cut */
	{"a wJalrXUtnFEMI/K7MDENG b", "a *** b"},
	{"wJalrXUtnFEMI/K7MDENGwJalrXUtnFEMI/K7MDENG", "******"},
	{"wJalrXUtnFEMI%2FK7MDENG,wJalrXUtnFEMI%2fK7MDENG", "***,***"},
	{"wJalrXUtnFEMI\\/K7MDENG \\u0077JalrXUtnFEMI\\u002FK7MDENG", "*** ***"},
	{"wJalrXUtnFEMI/K7", "***"},
	{"wJalrXUtnFEMI/K", "wJalrXUtnFEMI/K"},
	{"token=" TOKEN ".", "token=***."},
	{"IQoJb3JpZ2luX2VjEXAMPLE%2F%2Btoken%3D%3D&x", "***&x"},
	{"12345678 1234567", "*** 1234567"},
	{"a short word", "a short word"},
	{"%", "%"}, {"%2", "%2"}, {"\\u00", "\\u00"}, {"\\", "\\"},

	/* a URL's user and password */
	{"in 'http://svc:S3cr3t@127.0.0.1:3128'", "in 'http://***@127.0.0.1:3128'"},
	{"http://svc:S3@r3t@host/ and", "http://***@host/ and"},
	{"http://svc:S3/r3t@host, http://svc:S3#r3t@host", "http://***@host, http://***@host"},
	{"socks5h://token@host", "socks5h://***@host"},
	{"http://a:b@c http://d", "http://***@c http://d"},
	{"http://host me@example.com", "http://host me@example.com"},
	{"arn:aws:sts::1:assumed-role/x/me@example.com", "arn:aws:sts::1:assumed-role/x/me@example.com"},
	{"://", "://"}, {"http://@h", "http://@h"},

	/* lines, terminals, directions of writing */
	{"two\r\n\tlines\177", "two   lines "},
	{"\033[31mred\033[0m", " [31mred [0m"},
	{"\302\233" "31m \302\205", " 31m  "},
	{"\342\200\256gnp.exe \342\200\250 \342\201\246 \357\273\277", " gnp.exe      "},

	/* what is not UTF-8 */
	{"\377 \300\200 \355\240\200", BAD " " BAD BAD " " BAD BAD BAD},
	{"cut \342\202", "cut " BAD BAD},
};

/* A name, and what is kept of it. */
static const struct
{
	const char *text;
	const char *marks;
	const char *kept;
}			names[] = {
	{"", "-", ""},
	{"12345-abcDEF", "-", "12345-abcDEF"},
	{"ThrottlingException", "._-", "ThrottlingException"},
	{"a.b", "-", ""}, {"a b", "-", ""}, {"a\n", "-", ""}, {"\303\244", "-", ""},
	{"1234567890123456789012345678901234567890123456789012345678901234", "-", ""},
	{"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij1234", "-",
	"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij1234"},
	{"abcdefghijabcdefghijabcdefghijabcdefghijabcdefghijabcdefghij12345", "-", ""},
	{"x-12345678", "-", ""},
	{"IQoJb3JpZ2luX2VjEXAMPLE", "-", ""},
};

/*
 * Copy a text to a buffer of size bytes and compare; the byte behind that must
 * stay as it was.
 */
static void
test_copy(size_t size, const char *src, size_t len, const char *want, const char *name)
{
	char		dst[64];

	memset(dst, '!', sizeof(dst));
	ssm_copy_text(dst, size, src, len);
	is_str(dst, want, name);
	is_int(dst[size], '!', "stays within its bounds");
}

/*
 * Copies are cut between characters.
 */
static void
test_copies(void)
{
	test_copy(10, "abc", 3, "abc", "a copy that fits");
	test_copy(4, "abc", 3, "abc", "a copy that just fits");
	test_copy(3, "abc", 3, "ab", "a cut copy");
	test_copy(1, "abc", 3, "", "no room");
	test_copy(10, "abcdef", 2, "ab", "the length counts, not the NUL");
	test_copy(10, "a\0b", 3, "a b", "a NUL inside becomes a blank");
	test_copy(5, "ab\303\244c", 5, "ab\303\244", "two bytes just fit");
	test_copy(4, "ab\303\244c", 5, "ab", "two bytes do not fit");
	test_copy(4, "a\342\202\254", 4, "a", "three bytes, of which two would");
	test_copy(5, "a\342\202\254", 4, "a\342\202\254", "three bytes just fit");
	test_copy(4, "\360\237\230\200", 4, "", "four bytes do not fit");
	test_copy(3, "\200\200", 2, "", "nor does what stands for a stray byte");
}

/*
 * Go through the tables.
 */
int
main(void)
{
	char		shown[200];
	char		again[200];
	char		name[40];
	size_t		i;

	for (i = 0; i < lengthof(texts); i++)
	{
		snprintf(name, sizeof(name), "text %zu", i);
		ssm_print(shown, sizeof(shown), texts[i].text, strlen(texts[i].text), &secrets);
		is_str(shown, texts[i].shown, name);
		ssm_print(again, sizeof(again), shown, strlen(shown), &secrets);
		is_str(again, shown, "and printed again");
	}
	for (i = 0; i < lengthof(names); i++)
	{
		snprintf(name, sizeof(name), "name %zu", i);
		ssm_print_name(shown, sizeof(shown), names[i].text, strlen(names[i].text), names[i].marks, &secrets);
		is_str(shown, names[i].kept, name);
	}
	ssm_print_name(shown, 4, "abcd", 4, "-", NULL);
	is_str(shown, "", "a name that does not fit");
	test_copies();
	return done_testing();
}
