/*
 * test_page.c
 *		Answers to pages: rows, members and the token.
 */
#include "ssm/page.h"
#include "ssm/body.h"
#include "base/array.h"
#include "tap.h"

#include <stdlib.h>

static const char *const two[] = {"Id", "Name"};
static const char *const many[] = {"Name", "X", "Id", "Y", "Z"};
static const char *const one[] = {"Id"};

static const SsmPageShape shape = {"Rows", "NextToken", two, lengthof(two)};

/*
 * Put a text into a body.
 */
static void
fill(SsmBuf *body, const char *json)
{
	ssm_buf_clear(body);
	body->max = 1 << 20;
	ssm_buf_puts(body, json);
}

/*
 * Describe a page: "Id=Name;" for each row, with each value's source and
 * nothing for null, then the token behind a "|".
 */
static const char *
describe(const SsmPage *page)
{
	static char result[4096];
	size_t		len = 0;
	int			i;
	int			m;

	for (i = 0; i < page->nrows; i++)
	{
		for (m = 0; m < page->nmembers; m++)
		{
			const SsmJsonValue *value = &page->values[i * page->nmembers + m];

			if (value->kind != SSM_JSON_NULL)
				len += ssm_json_source(value, result + len);
			result[len++] = m < page->nmembers - 1 ? '=' : ';';
		}
	}
	snprintf(result + len, sizeof(result) - len, "|%s", page->token ? page->token : "");
	return result;
}

#define FAILS	NULL

/* An answer and what is in it, FAILS if it is invalid. */
static const struct
{
	const char *json;
	const char *page;
}			answers[] = {
	{"{}", "|"},
	{" { } \n", "|"},
	{"{\"Rows\":[]}", "|"},
	{"{\"Rows\":null}", "|"},
	{"{\"Rows\":[],\"NextToken\":\"t\"}", "|t"},
	{"{\"NextToken\":\"t\",\"Rows\":[{\"Id\":1,\"Name\":\"n\"}]}", "1=\"n\";|t"},
	{"{\"Rows\":[{\"Name\":\"n\",\"Id\":1},{\"Id\":2,\"Name\":\"m\"}],\"NextToken\":\"t\"}",
	"1=\"n\";2=\"m\";|t"},
	{"{\"Rows\":[{},{\"Id\":null},{\"Name\":null,\"Id\":\"\"},{\"Name\":[1,{}]}]}",
	"=;=;\"\"=;=[1,{}];|"},
	{" {\n\"Rows\" : [ { \"Id\" : 1 , \"Name\" : 2 } , { } ] , \"NextToken\" : \"t\" } ", "1=2;=;|t"},

	/* members nobody asked for */
	{"{\"A\":{\"Rows\":[{\"Id\":9}],\"NextToken\":\"no\"},\"Rows\":[{\"A\":[[{\"Id\":9}]],\"Id\":1,"
		"\"B\":{\"Name\":9,\"C\":{\"Id\":9}},\"Idx\":9,\"I\":9,\"id\":9,\"\":9}],\"Z\":[[[null]]],"
	"\"NextTokens\":\"no\",\"nexttoken\":\"no\"}", "1=;|"},

	/* names with escapes, names that repeat */
	{"{\"\\u0052ow\\u0073\":[{\"\\u0049d\":1,\"N\\u0061me\":2}],\"Next\\u0054oken\":\"t\"}", "1=2;|t"},
	{"{\"Rows\\u0000\":[{}],\"R\\/ows\":[{}],\"Rows\":[{\"Id\\n\":9}]}", "=;|"},
	{"{\"Rows\":[{\"Id\":1,\"Id\":2,\"Name\":3,\"Id\":4,\"Name\":null}]}", "4=;|"},
	{"{\"Rows\":[{},{},{}],\"Rows\":[{\"Id\":7}]}", "7=;|"},
	{"{\"Rows\":[{\"Id\":1},{\"Id\":2}],\"Rows\":[{\"Name\":7}]}", "=7;|"},
	{"{\"Rows\":[{},{},{}],\"Rows\":null}", "|"},
	{"{\"NextToken\":\"a\",\"NextToken\":\"b\"}", "|b"},
	{"{\"NextToken\":\"a\",\"NextToken\":null}", "|"},
	{"{\"NextToken\":1,\"NextToken\":\"b\"}", "|b"},

	/* tokens */
	{"{\"NextToken\":null}", "|"},
	{"{\"NextToken\":\"\"}", "|"},
	{"{\"NextToken\":\"a\\n\\\"\\u0041\\u00e4\\ud83d\\ude00\303\244\"}", "|a\n\"A\303\244\360\237\230\200\303\244"},
	{"{\"NextToken\":1}", FAILS},
	{"{\"NextToken\":true}", FAILS},
	{"{\"NextToken\":[\"a\"]}", FAILS},
	{"{\"NextToken\":{}}", FAILS},
	{"{\"NextToken\":\"a\\u0000\"}", FAILS},
	{"{\"NextToken\":\"a\\ud800\"}", FAILS},
	{"{\"NextToken\":\"a\377\"}", FAILS},
	{"{\"Rows\":[{\"Id\":1}],\"NextToken\":2}", FAILS},

	/* wrong types */
	{"{\"Rows\":{}}", FAILS},
	{"{\"Rows\":\"\"}", FAILS},
	{"{\"Rows\":0}", FAILS},
	{"{\"Rows\":false}", FAILS},
	{"{\"Rows\":[null]}", FAILS},
	{"{\"Rows\":[1]}", FAILS},
	{"{\"Rows\":[[]]}", FAILS},
	{"{\"Rows\":[{\"Id\":1},\"\"]}", FAILS},
	{"[]", FAILS},
	{"\"Rows\"", FAILS},
	{"null", FAILS},

	/* no JSON */
	{"", FAILS},
	{" ", FAILS},
	{"<html>", FAILS},
	{"{", FAILS},
	{"{}x", FAILS},
	{"{}{}", FAILS},
	{"{\"Rows\"}", FAILS},
	{"{\"Rows\":nul}", FAILS},
	{"{\"Rows\":[{}}", FAILS},
	{"{\"Rows\":[{},]}", FAILS},
	{"{\"Rows\":[{\"Id\":1,}]}", FAILS},
	{"{\"Rows\":[{\"Id\":}]}", FAILS},
	{"{\"Rows\":[{\"Id\":1}],\"A\":\"\\x\"}", FAILS},
	{"{\"Rows\":[{\"Id\":1}],}", FAILS},
	{"{Rows:[]}", FAILS},
};

/*
 * The table, all in one page whose memory is used again and again.
 */
static void
test_answers(void)
{
	SsmPage		page = {0};
	SsmBuf		body;
	SsmError	error;
	size_t		i;

	ssm_buf_init(&body, 1 << 20);
	for (i = 0; i < lengthof(answers); i++)
	{
		const char *json = answers[i].json;
		const char *given = body.data;
		bool		good;

		fill(&body, json);
		given = body.data;
		memset(&error, 0, sizeof(error));
		good = ssm_page_parse(&page, &shape, 1000, &body, &error);
		if (answers[i].page)
		{
			if (ok(good && page.body.data == given, "answer %zu is a page that took the body", i))
				is_str(describe(&page), answers[i].page, json);
			continue;
		}
		ok(!good && error.kind == SSM_ERROR_PROTOCOL && error.message[0], "answer %zu is refused", i);
		ok(page.nrows == 0 && page.token == NULL, "no row and no token of answer %zu is left", i);
		ok(body.data == given && strcmp(ssm_buf_text(&body), json) == 0 && body.len == strlen(json),
		   "and its body is unchanged");
	}
	ssm_page_free(&page);
	ok(page.values == NULL && page.body.data == NULL, "freed");
	ssm_buf_free(&body);
}

/*
 * An answer cut after every byte is refused, and none of its rows is left.
 */
static void
test_cuts(void)
{
	static const char json[] =
	"{\"Rows\":[{\"Id\":\"\\u00e4\",\"Name\":-1.5e3},{\"A\":{\"B\":[true]}}],\"NextToken\":\"t\"}";
	SsmPage		page = {0};
	SsmBuf		body;
	SsmError	error;
	size_t		len;
	int			wrong = 0;

	ssm_buf_init(&body, 1 << 20);
	for (len = 0; len < sizeof(json) - 1; len++)
	{
		ssm_buf_clear(&body);
		ssm_buf_add(&body, json, len);
		wrong += ssm_page_parse(&page, &shape, 1000, &body, &error) ||
			page.nrows != 0 || page.token || body.len != len;
	}
	is_int(wrong, 0, "cut after every byte");
	fill(&body, json);
	ok(ssm_page_parse(&page, &shape, 1000, &body, &error), "and whole");
	is_str(describe(&page), "\"\303\244\"=-1.5e3;=;|t", "with its rows");
	ssm_page_free(&page);
	ssm_buf_free(&body);
}

/*
 * Tokens are bounded.
 */
static void
test_token_size(void)
{
	SsmPage		page = {0};
	SsmBuf		body;
	SsmError	error;
	int			more;
	int			i;

	ssm_buf_init(&body, 1 << 20);
	for (more = 0; more < 2; more++)
	{
		fill(&body, "{\"Rows\":[{}],\"NextToken\":\"");
		for (i = 0; i < SSM_TOKEN_MAX + more; i++)
			ssm_buf_puts(&body, "x");
		ssm_buf_puts(&body, "\"}");
		is_int(ssm_page_parse(&page, &shape, 1000, &body, &error), !more, "a token of the largest size, and one more");
		is_int(page.nrows, !more, "its row");
	}
	is_int(error.kind, SSM_ERROR_PROTOCOL, "a token too large is the service's fault");
	ssm_page_free(&page);
	ssm_buf_free(&body);
}

/*
 * Parse n rows {"Id":i,"Name":"ni"} with a shape; true if the page says so.
 */
static bool
parse_rows(SsmPage *page, SsmBuf *body, const SsmPageShape *as, int id, int name, int n)
{
	SsmError	error;
	int			i;

	ssm_buf_clear(body);
	body->max = 1 << 20;
	ssm_buf_puts(body, "{\"Rows\":[");
	for (i = 0; i < n; i++)
		ssm_buf_printf(body, "%s{\"Id\":%d,\"Name\":\"n%d\"}", i ? "," : "", i, i);
	ssm_buf_puts(body, "]}");
	if (!ssm_page_parse(page, as, 1000, body, &error) || page->nrows != n ||
		page->nmembers != as->nmembers)
		return false;
	for (i = 0; i < n; i++)
	{
		const SsmJsonValue *row = page->values + (size_t) i * as->nmembers;
		char		want[16];

		if (strtol(row[id].text, NULL, 10) != i || row[id].kind != SSM_JSON_NUMBER)
			return false;
		snprintf(want, sizeof(want), "n%d", i);
		if (name >= 0 && (row[name].len != strlen(want) || memcmp(row[name].text, want, row[name].len)))
			return false;
	}
	return true;
}

/*
 * One page takes answers of different shapes and sizes, and one body serves
 * them in turn.
 */
static void
test_reuse(void)
{
	static const SsmPageShape wide = {"Rows", "NextToken", many, lengthof(many)};
	static const SsmPageShape narrow = {"Rows", "NextToken", one, lengthof(one)};
	SsmPage		page = {0};
	SsmBuf		body;
	SsmJsonValue *values;

	ssm_buf_init(&body, 1 << 20);
	ok(parse_rows(&page, &body, &narrow, 0, -1, 1000), "1000 rows of one member");
	ok(parse_rows(&page, &body, &wide, 2, 0, 70), "70 of five");
	ok(parse_rows(&page, &body, &wide, 2, 0, 1000), "1000 of five");
	ok(page.values[1].kind == SSM_JSON_NULL && page.values[4].kind == SSM_JSON_NULL,
	   "members that a row lacks are null");
	values = page.values;
	ok(parse_rows(&page, &body, &wide, 2, 0, 50) && page.values == values, "50 in the same memory");
	ok(parse_rows(&page, &body, &shape, 0, 1, 130), "130 of two");
	ok(parse_rows(&page, &body, &shape, 0, 1, 0), "none");
	ok(body.data != NULL && page.body.data != NULL, "two bodies take turns");
	ok(parse_rows(&page, &body, &narrow, 0, -1, 65), "65 of one");
	ssm_page_free(&page);
	ok(parse_rows(&page, &body, &shape, 0, 1, 3), "a freed page is usable");
	ssm_page_free(&page);
	ssm_buf_free(&body);
}

/*
 * 61 levels below a member fit, 62 do not: the answer, its list and the row
 * count as well.
 */
static void
test_depth(void)
{
	SsmPage		page = {0};
	SsmBuf		body;
	SsmError	error;
	int			depth;
	int			i;

	ssm_buf_init(&body, 1 << 20);
	for (depth = 61; depth <= 62; depth++)
	{
		fill(&body, "{\"Rows\":[{\"A\":");
		for (i = 0; i < depth; i++)
			ssm_buf_puts(&body, "[");
		for (i = 0; i < depth; i++)
			ssm_buf_puts(&body, "]");
		ssm_buf_puts(&body, ",\"Id\":1}]}");
		is_int(ssm_page_parse(&page, &shape, 1000, &body, &error), depth == 61, "nested in a row");
	}
	ssm_page_free(&page);
	ssm_buf_free(&body);
}

/*
 * Describe what has been noted inside a value: each item's text up to its first
 * comma, and behind it the place after it.
 */
static const char *
describe_items(const SsmJsonValue *value)
{
	static char result[1024];
	size_t		len = 0;
	uint32_t	i;

	for (i = 0; i < value->noted.items[0].next; i++)
	{
		const SsmJsonItem *item = &value->noted.items[i];
		int			cut = (int) strcspn(value->text + item->at, ",");

		len += snprintf(result + len, sizeof(result) - len, "%.*s>%u ",
						cut < (int) item->len ? cut : (int) item->len, value->text + item->at,
						(unsigned) item->next);
	}
	return result;
}

/*
 * What is inside of members that are to be noted, row after row, also where the
 * items have to move, a member is there twice or not at all, or is no container.
 */
static void
test_items(void)
{
	static const bool second[] = {false, true};
	static const SsmPageShape noting = {"Rows", "NextToken", two, lengthof(two), second};
	static const char inside[] = "[{\"a\":1,\"\\u0062\":[\"x\",{}]},true]";
	static const char items[] =
	"[{\"a\":1>9 {\"a\":1>8 a>3 1>4 \\u0062>5 [\"x\">8 x>7 {}>8 true>9 ";
	SsmPage		page = {0};
	SsmBuf		body;
	SsmError	error;
	int			turn;
	int			i;

	ssm_buf_init(&body, 1 << 20);
	for (turn = 1; turn <= 2; turn++)
	{
		bool		same = true;

		fill(&body, "{\"Rows\":[{\"Id\":[1]},{\"Name\":\"n\"},{\"Name\":null}");
		for (i = 3; i < 500 * turn; i++)
			ssm_buf_printf(&body, ",{\"Id\":[[]],\"Name\":[1,2,3],\"Name\":%s}", inside);
		ssm_buf_puts(&body, "]}");
		ok(ssm_page_parse(&page, &noting, 1000, &body, &error), "a page to note");
		ok(!(page.values[0].flags & SSM_JSON_NOTED), "only what the shape says is noted");
		is_str(describe_items(&page.values[3]), "n>1 ", "a string is noted");
		ok(page.values[5].kind == SSM_JSON_NULL, "null stays null");
		for (i = 3; i < page.nrows; i++)
			same = same && strcmp(describe_items(&page.values[i * 2 + 1]), items) == 0;
		ok(same, "the items of all rows");
		is_str(describe_items(&page.values[i * 2 - 1]), items, "those of the last one");
	}
	fill(&body, "{\"Rows\":[{\"Name\":[[1,{\"a\":]]}]}");
	ok(!ssm_page_parse(&page, &noting, 1000, &body, &error), "broken inside");
	is_int(error.kind, SSM_ERROR_PROTOCOL, "is the service's fault");
	ssm_page_free(&page);
	ssm_buf_free(&body);
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_items();
	test_answers();
	test_cuts();
	test_token_size();
	test_reuse();
	test_depth();
	return done_testing();
}
