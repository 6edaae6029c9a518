/*
 * test_json.c
 *		JSON's grammar, flags, texts and times.
 *
 * Texts are scanned in memory of exactly their length, so that a sanitizer
 * sees a byte read behind the end.
 */
#include "base/value.h"
#include "base/array.h"
#include "tap.h"

#include <jansson.h>
#include <stdlib.h>

#define ESCAPES	SSM_JSON_ESCAPES
#define WIDE	SSM_JSON_WIDE
#define BROKEN	SSM_JSON_BROKEN
#define BAD		"\357\277\275"	/* U+FFFD */

/*
 * Scan a text that should hold one value and white space.  It is copied to
 * *copy, which the caller frees and the value points into.
 */
static bool
scan(const char *source, size_t len, SsmJsonValue *value, char **copy)
{
	SsmScanner	s = {0};

	*copy = malloc(len ? len : 1);
	memcpy(*copy, source, len);
	s.at = *copy;
	s.end = *copy + len;
	return ssm_scan_space(&s) && ssm_scan_value(&s, value, 0) && !ssm_scan_space(&s);
}

/*
 * What ssm_json_text or ssm_json_source writes, as a C string in static memory;
 * written into memory of exactly the size promised.
 */
static const char *
written(const SsmJsonValue *value, size_t (*write) (const SsmJsonValue *, char *))
{
	static char result[8192];
	size_t		size = ssm_json_text_size(value);
	char	   *out = malloc(size + 1);
	size_t		len;

	out[size] = '!';
	len = write(value, out);
	if (len > size || out[size] != '!' || len >= sizeof(result))
		len = snprintf(result, sizeof(result), "wrote %zu bytes where %zu were promised", len, size);
	else
		memcpy(result, out, len);
	result[len] = '\0';
	free(out);
	return result;
}

static const struct
{
	const char *source;
	SsmJsonKind kind;
	int			flags;
}			accepted[] = {
	{"null", SSM_JSON_NULL, 0}, {"true", SSM_JSON_BOOL, 0}, {"false", SSM_JSON_BOOL, 0},
	{" \t\r\n null \n", SSM_JSON_NULL, 0}, {"0", SSM_JSON_NUMBER, 0},
	{"-0", SSM_JSON_NUMBER, 0}, {"-0.0e-0", SSM_JSON_NUMBER, 0}, {"10", SSM_JSON_NUMBER, 0},
	{"1.050", SSM_JSON_NUMBER, 0}, {"1e5", SSM_JSON_NUMBER, 0}, {"1E+05", SSM_JSON_NUMBER, 0},
	{"0e1", SSM_JSON_NUMBER, 0}, {"123456789012345678901234567890.5e999", SSM_JSON_NUMBER, 0},
	{"\"\"", SSM_JSON_STRING, 0}, {"\"a b\177'/\"", SSM_JSON_STRING, 0},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", SSM_JSON_STRING, ESCAPES},
	{"\"\\u0041\\u007f\"", SSM_JSON_STRING, ESCAPES},
	{"\"\\u0080\"", SSM_JSON_STRING, ESCAPES | WIDE},
	{"\"\\uD83D\\uDE00\\uabcd\\uABCD\"", SSM_JSON_STRING, ESCAPES | WIDE},
	{"\"\\u0000\"", SSM_JSON_STRING, ESCAPES | WIDE | BROKEN},
	{"\"\\ud800\"", SSM_JSON_STRING, ESCAPES | WIDE | BROKEN},
	{"\"\\udc00\\ud800\"", SSM_JSON_STRING, ESCAPES | WIDE | BROKEN},
	{"\"\303\244\"", SSM_JSON_STRING, WIDE},
	{"\"\360\237\230\200\364\217\277\277\"", SSM_JSON_STRING, WIDE},
	{"\"" BAD "\"", SSM_JSON_STRING, WIDE}, {"\"\303\"", SSM_JSON_STRING, WIDE | BROKEN},
	{"[]", SSM_JSON_ARRAY, 0}, {"[ ]", SSM_JSON_ARRAY, 0}, {"[1,[2,[]],{}]", SSM_JSON_ARRAY, 0},
	{"[\"a\",\"\\n\"]", SSM_JSON_ARRAY, ESCAPES},
	{"[\"\\n\",\"a\",1]", SSM_JSON_ARRAY, ESCAPES},
	{"[[[\"\303\244\"]],\"\\n\"]", SSM_JSON_ARRAY, ESCAPES | WIDE}, {"{}", SSM_JSON_OBJECT, 0},
	{"{ }", SSM_JSON_OBJECT, 0}, {" { \"a\" : 1 , \"b\" : [ 2 ] } ", SSM_JSON_OBJECT, 0},
	{"{\"a\":1,\"a\":2}", SSM_JSON_OBJECT, 0}, {"{\"\":null}", SSM_JSON_OBJECT, 0},
	{"{\"\\u0000\":1}", SSM_JSON_OBJECT, ESCAPES | WIDE | BROKEN},
	{"{\"a\":{\"\303\244\":{}}}", SSM_JSON_OBJECT, WIDE},
	{"{\"a\":\"\\\\\",\"b\":\"\377\"}", SSM_JSON_OBJECT, ESCAPES | WIDE | BROKEN},
};

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct
{
	const char *source;
	size_t		len;
}			rejected[] = {
	{TEXT("")}, {TEXT(" \n")}, {TEXT("\v1")}, {TEXT("1\f")}, {TEXT("\302\240" "1")},
	{TEXT("\357\273\277{}")},
	{TEXT("nul")}, {TEXT("nulL")}, {TEXT("nulls")}, {TEXT("True")}, {TEXT("tru")},
	{TEXT("falsE")}, {TEXT("NaN")}, {TEXT("nan")}, {TEXT("Infinity")}, {TEXT("-Infinity")},
	{TEXT("-")}, {TEXT("+1")}, {TEXT("01")}, {TEXT("-01")}, {TEXT("00")}, {TEXT(".5")},
	{TEXT("1.")}, {TEXT("1.e5")}, {TEXT("-.5")}, {TEXT("1e")}, {TEXT("1e+")}, {TEXT("1e5.5")},
	{TEXT("1e5e5")}, {TEXT("0x10")}, {TEXT("1a")}, {TEXT("1 2")}, {TEXT("--1")}, {TEXT("1-")},
	{TEXT("1_000")}, {TEXT("1\0")}, {TEXT("\0")},
	{TEXT("\"")}, {TEXT("\"a")}, {TEXT("\"\\\"")}, {TEXT("\"\\")}, {TEXT("'a'")}, {TEXT("a")},
	{TEXT("\"\n\"")}, {TEXT("\"\t\"")}, {TEXT("\"\0\"")}, {TEXT("\"\037\"")}, {TEXT("\"\\\0\"")},
	{TEXT("\"\\a\"")}, {TEXT("\"\\v\"")}, {TEXT("\"\\0\"")}, {TEXT("\"\\x41\"")}, {TEXT("\"\\'\"")},
	{TEXT("\"\\U0041\"")}, {TEXT("\"\\\n\"")}, {TEXT("\"\\u\"")}, {TEXT("\"\\u004\"")},
	{TEXT("\"\\u004g\"")}, {TEXT("\"\\u 041\"")}, {TEXT("\"\\u-041\"")}, {TEXT("\"\\u00")},
	{TEXT("\"\\u\0\0\0\0\"")}, {TEXT("\"\\u001\x10\"")}, {TEXT("\"\\ud83d\\u\"")},
	{TEXT("\"\\ud83d\\")}, {TEXT("\"\303")}, {TEXT("\"\360\237\230")}, {TEXT("\"a\"b")},
	{TEXT("[")}, {TEXT("]")}, {TEXT("[1")}, {TEXT("[1,")}, {TEXT("[1,]")}, {TEXT("[,1]")},
	{TEXT("[,]")}, {TEXT("[1,,2]")}, {TEXT("[1 2]")}, {TEXT("[1}")}, {TEXT("[]]")}, {TEXT("[1:2]")},
	{TEXT("{")}, {TEXT("}")}, {TEXT("{]")}, {TEXT("{\"a\"}")}, {TEXT("{\"a\":}")},
	{TEXT("{\"a\":1,}")}, {TEXT("{,}")}, {TEXT("{,\"a\":1}")}, {TEXT("{\"a\":1 \"b\":2}")},
	{TEXT("{\"a\" 1}")}, {TEXT("{\"a\"::1}")}, {TEXT("{a:1}")}, {TEXT("{1:1}")}, {TEXT("{null:1}")},
	{TEXT("{'a':1}")}, {TEXT("{\"a\":1]")}, {TEXT("{}{}")}, {TEXT("{\"a\":1}}")},
	{TEXT("{\"a\":1;\"b\":2}")}, {TEXT("{\"\n\":1}")}, {TEXT("{\"a\":\"\\q\"}")},
	{TEXT("/**/1")}, {TEXT("[1//\n]")},
};

/*
 * Both tables of the grammar.
 */
static void
test_grammar(void)
{
	SsmJsonValue value;
	char	   *copy;
	size_t		i;

	for (i = 0; i < lengthof(accepted); i++)
	{
		const char *source = accepted[i].source;
		bool		good = scan(source, strlen(source), &value, &copy);

		ok(good && value.kind == accepted[i].kind && value.flags == accepted[i].flags,
		   "accepted: %s", source + strspn(source, " \t\r\n"));
		if (!good || value.flags != accepted[i].flags)
			printf("# scanned: %d, flags: %d\n", good, value.flags);
		free(copy);
	}
	for (i = 0; i < lengthof(rejected); i++)
	{
		ok(!scan(rejected[i].source, rejected[i].len, &value, &copy), "rejected: number %zu", i);
		free(copy);
	}
}

/*
 * 64 levels are read, 65 are not, in arrays and in objects; nor are 64 levels
 * inside something else.
 */
static void
test_depth(void)
{
	char		arrays[256] = "";
	char		objects[1024] = "";
	SsmJsonValue value;
	SsmScanner	s = {0};
	char	   *copy;
	int			depth;

	for (depth = 64; depth <= 65; depth++)
	{
		memset(arrays, '[', depth);
		memset(arrays + depth, ']', depth);
		arrays[2 * depth] = '\0';
		is_int(scan(arrays, strlen(arrays), &value, &copy), depth == 64, "nested arrays");
		free(copy);
		objects[0] = '\0';
		while (strlen(objects) < 5 * (size_t) (depth - 1))
			strcat(objects, "{\"a\":");
		strcat(objects, "{");
		memset(objects + strlen(objects) + 1, '\0', 66);
		memset(objects + strlen(objects), '}', depth);
		is_int(scan(objects, strlen(objects), &value, &copy), depth == 64, "nested objects");
		free(copy);
	}
	s.at = arrays + 2;
	s.end = arrays + strlen(arrays) - 2;
	ok(!ssm_scan_value(&s, &value, 2), "63 levels do not fit inside two");
	s.at = arrays + 3;
	s.end = arrays + strlen(arrays) - 3;
	ok(ssm_scan_value(&s, &value, 2), "62 do");
	copy = malloc(200000);
	memset(copy, '[', 200000);
	s.at = copy;
	s.end = copy + 200000;
	ok(!ssm_scan_value(&s, &value, 0), "200,000 opening brackets");
	free(copy);
}

/* A string, what it says, and how it is written as JSON. */
static const struct
{
	const char *source;
	const char *says;
	const char *json;
}			strings[] = {
	{"\"\"", "", "\"\""},
	{"\"plain\"", "plain", "\"plain\""},
	{"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\""},
	{"\"\\u0041\\u000a\\u005c\"", "A\n\\", "\"\\u0041\\u000a\\u005c\""},
	{"\"\\u00e4\\u005c\\u0022\"", "\303\244\\\"", "\"\303\244\\u005c\\u0022\""},
	{"\"\303\244\\n\"", "\303\244\n", "\"\303\244\\n\""},
	{"\"\\u007f\\u0080\\u07ff\\u0800\\uffff\"", "\177\302\200\337\277\340\240\200\357\277\277",
	"\"\\u007f\302\200\337\277\340\240\200\357\277\277\""},
	{"\"\\uD83D\\uDE00\\udbff\\udfff\\ud800\\udc00\"", "\360\237\230\200\364\217\277\277\360\220\200\200",
	"\"\360\237\230\200\364\217\277\277\360\220\200\200\""},
	{"\"a\\u0000b\"", "a" BAD "b", "\"a" BAD "b\""},
	{"\"\\ud83d\"", BAD, "\"" BAD "\""},
	{"\"\\ud83dx\"", BAD "x", "\"" BAD "x\""},
	{"\"\\ud83d\\n\"", BAD "\n", "\"" BAD "\\n\""},
	{"\"\\ud83d\\u0041\"", BAD "A", "\"" BAD "\\u0041\""},
	{"\"\\ude00\\ud83d\"", BAD BAD, "\"" BAD BAD "\""},
	{"\"\\ud83d\\ud83d\\ude00\"", BAD "\360\237\230\200", "\"" BAD "\360\237\230\200\""},
	{"\"\200x\277\"", BAD "x" BAD, "\"" BAD "x" BAD "\""},
	{"\"\300\200\"", BAD BAD, "\"" BAD BAD "\""},
	{"\"\301\277\"", BAD BAD, "\"" BAD BAD "\""},
	{"\"\340\237\277\"", BAD BAD BAD, "\"" BAD BAD BAD "\""},
	{"\"\360\217\277\277\"", BAD BAD BAD BAD, "\"" BAD BAD BAD BAD "\""},
	{"\"\355\240\200\"", BAD BAD BAD, "\"" BAD BAD BAD "\""},
	{"\"\355\237\277\356\200\200\"", "\355\237\277\356\200\200", "\"\355\237\277\356\200\200\""},
	{"\"\364\220\200\200\"", BAD BAD BAD BAD, "\"" BAD BAD BAD BAD "\""},
	{"\"\365\376\377\"", BAD BAD BAD, "\"" BAD BAD BAD "\""},
	{"\"\342\202\"", BAD BAD, "\"" BAD BAD "\""},
	{"\"\342\202x\360\237\230\\n\"", BAD BAD "x" BAD BAD BAD "\n", "\"" BAD BAD "x" BAD BAD BAD "\\n\""},
	{"\"\377\\u00e4\\\"\"", BAD "\303\244\"", "\"" BAD "\303\244\\\"\""},
	{"1.50E+03", "1.50E+03", "1.50E+03"},
	{"-0", "-0", "-0"},
	{"true", "true", "true"},
	{"[1579893879.775, 1.0 ,-0,1E400]", "[1579893879.775, 1.0 ,-0,1E400]", "[1579893879.775, 1.0 ,-0,1E400]"},
	{"{\"a\\n\\u0041\": [\"b\"]}", "{\"a\\n\\u0041\": [\"b\"]}", "{\"a\\n\\u0041\": [\"b\"]}"},
	{"{\"\\u00e4\\u0009\":\"\\ud800\\\\\",\"n\":12345678901234567890.10}",
		"{\"\303\244\\u0009\":\"" BAD "\\\\\",\"n\":12345678901234567890.10}",
	"{\"\303\244\\u0009\":\"" BAD "\\\\\",\"n\":12345678901234567890.10}"},
	{"[\"\\u0000\",\"\377\",\"\\/\"]", "[\"" BAD "\",\"" BAD "\",\"\\/\"]",
	"[\"" BAD "\",\"" BAD "\",\"\\/\"]"},
};

/*
 * Texts and sources of values, within the room promised.
 */
static void
test_strings(void)
{
	size_t		i;

	for (i = 0; i < lengthof(strings); i++)
	{
		SsmJsonValue value;
		char	   *copy;
		char		name[64];

		if (ok(scan(strings[i].source, strlen(strings[i].source), &value, &copy), "string %zu", i))
		{
			snprintf(name, sizeof(name), "what string %zu says", i);
			is_str(written(&value, ssm_json_text), strings[i].says, name);
			snprintf(name, sizeof(name), "how string %zu is written", i);
			is_str(written(&value, ssm_json_source), strings[i].json, name);
		}
		free(copy);
	}
}

/*
 * Compare the verdict on a text, and what is written of it, with jansson's.
 * True if they agree.
 */
static bool
agrees(const char *source, size_t len)
{
	const size_t flags = JSON_DECODE_ANY | JSON_ALLOW_NUL;
	json_error_t error;
	json_t	   *theirs = json_loadb(source, len, flags, &error);
	bool		overflow = !theirs && json_error_code(&error) == json_error_numeric_overflow;
	SsmJsonValue value;
	char	   *copy;
	bool		good = scan(source, len, &value, &copy);
	bool		same = overflow || theirs == NULL || good;

	/* no JSON has a NUL, but jansson overlooks some */
	if (memchr(source, '\0', len))
		same = !good;
	else if (good && !overflow)
	{
		const char *source_out = written(&value, ssm_json_source);
		json_t	   *ours = json_loads(source_out, flags, NULL);

		/* what is written is JSON, and unless repaired says the same */
		same = ours != NULL &&
			(value.flags & BROKEN ? true : theirs != NULL && json_equal(ours, theirs));
		json_decref(ours);
	}
	json_decref(theirs);
	free(copy);
	return same;
}

/*
 * A document cut after every byte, and with every byte replaced by every other
 * one.
 */
static void
test_mutations(void)
{
	static const char document[] =
	"{\"a\\\"\\u00e4\":[1,-2.5e+1,\"x\\n\\ud83d\\ude00\"],\n\"b\" :{\"\303\244\342\202\254\":"
	"[true,false ,null,{}]},\"c\":\"\\\\\360\237\230\200\",\"d\":[[],0.0E-7]}";
	size_t		len = sizeof(document) - 1;
	char		mutant[sizeof(document)];
	SsmJsonValue value;
	char	   *copy;
	int			wrong = 0;
	size_t		i;
	int			byte;

	ok(agrees(document, len), "the document as it is");
	for (i = 0; i < len; i++)
	{
		if (scan(document, i, &value, &copy))
			printf("# accepted: the first %zu bytes\n", i), wrong++;
		free(copy);
	}
	is_int(wrong, 0, "cut after every byte");

	memcpy(mutant, document, sizeof(mutant));
	for (wrong = 0, i = 0; i < len; i++)
	{
		for (byte = 0; byte < 256; byte++)
		{
			mutant[i] = (char) byte;
			if (!agrees(mutant, len) && wrong++ < 5)
				printf("# disagrees: byte %zu as %d\n", i, byte);
		}
		mutant[i] = document[i];
	}
	is_int(wrong, 0, "every byte replaced by every other");
}

#define NONE	INT64_MIN		/* no time */

static const struct
{
	const char *source;
	int64_t		microseconds;
}			epochs[] = {
	{"1.542081640614E9", 1542081640614000},
	{"1.54208164084E9", 1542081640840000},
	{"1.574370062995e+09", 1574370062995000},
	{"1579893879.775", 1579893879775000},
	{"1579893879.7750001", 1579893879775000},
	{"1542081640", 1542081640000000},
	{"1542081640.0", 1542081640000000},
	{"0", 0},
	{"-0.0", 0},
	{"-1.5", -1500000},
	{"-1.5e-3", -1500},
	{"0.0000005", 1},
	{"0.00000049", 0},
	{"-0.0000005", -1},
	{"0.0000015", 2},
	{"0.9999999", 1000000},
	{"1574370062.964999", 1574370062964999},
	{"4102444799.999999", 4102444799999999},
	{"9.0999E12", 9099900000000000000},
	{"-9.0999E12", -9099900000000000000},
	{"9.1E12", NONE},
	{"-9.1e12", NONE},
	{"1e400", NONE},
	{"-1e400", NONE},
	{"1e-400", 0},
	{"0e999999999999999999", 0},
	{"1542081640.6149995", 1542081640615000},
	{"1234567890123456789012345678901234567890", NONE},
	{"1.000000000000000000000000000000000000000", 1000000},
	{"1542081640.614000000000000000000000000000000000000000000000000000000000000000000000000", 1542081640614000},
	{"\"1542081640.614\"", 1542081640614000},
	{"\"1.542081640614E9\"", 1542081640614000},
	{"\"\"", NONE},
	{"\" 1\"", NONE},
	{"\"1 \"", NONE},
	{"\"1x\"", NONE},
	{"\"-\"", NONE},
	{"\"e\"", NONE},
	{"\".\"", NONE},
	{"\"1e\"", NONE},
	{"\"1e5e\"", NONE},
	{"\"1-2\"", NONE},
	{"\"nan\"", NONE},
	{"\"inf\"", NONE},
	{"\"0x10\"", NONE},
	{"\"\\u0031\"", NONE},
	{"\"2018-11-13T04:00:40Z\"", NONE},
	{"null", NONE},
	{"true", NONE},
	{"[1]", NONE},
	{"{}", NONE},
};

/*
 * Times, to the microsecond.
 */
static void
test_epochs(void)
{
	SsmJsonValue value;
	char		digits[201];
	int64_t		at;
	char	   *copy;
	size_t		i;

	for (i = 0; i < lengthof(epochs); i++)
	{
		bool		good;

		if (!scan(epochs[i].source, strlen(epochs[i].source), &value, &copy))
			ok(false, "%s is JSON", epochs[i].source);
		at = 77;
		good = ssm_json_epoch(&value, &at);
		ok(epochs[i].microseconds == NONE ? !good && at == 77 : good && at == epochs[i].microseconds,
		   "time %s", epochs[i].source);
		if (good && at != epochs[i].microseconds)
			printf("# got: %lld\n", (long long) at);
		free(copy);
	}
	memset(digits, '7', sizeof(digits) - 1);
	digits[sizeof(digits) - 1] = '\0';
	ok(scan(digits, 200, &value, &copy) && !ssm_json_epoch(&value, &at), "200 digits are no time");
	free(copy);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_grammar();
	test_depth();
	test_strings();
	test_mutations();
	test_epochs();
	return done_testing();
}
