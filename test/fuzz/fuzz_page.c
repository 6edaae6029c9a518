/*
 * fuzz_page.c
 *		Answers to pages, judged by jansson.
 *
 * Whatever the bytes: an answer that jansson takes is taken, unless it is too
 * deep or its rows are none; and what a page gives out is text and JSON that any
 * parser takes, whatever the service sent.
 */
#include <jansson.h>
#include <string.h>

#include "ssm/page.h"
#include "ssm/body.h"
#include "base/array.h"
#include "base/utf8.h"
#include "depth.h"
#include "fuzz.h"

static const char *const members[] = {
	"CommandId", "InstanceId", "RequestedDateTime", "CommandPlugins", "Comment"
};

static const bool noted[] = {true, false, true, true, false};

static const SsmPageShape shape = {
	"CommandInvocations", "NextToken", members, lengthof(members), noted
};

/*
 * Is it UTF-8 without NUL?
 */
static bool
is_text(const char *text, size_t len)
{
	const char *end = text + len;

	while (text < end)
	{
		int			length = (unsigned char) *text < 0x80 ? 1 : ssm_utf8_length(text, end);

		if (length <= 0 || *text == '\0')
			return false;
		text += length;
	}
	return true;
}

/*
 * Check that what was noted inside a value nests, and lies within its text; at
 * is the outermost item's place at first.  Returns the place behind it.
 */
static uint32_t
check_items(const SsmJsonValue *value, uint32_t at)
{
	const SsmJsonItem *item = &value->noted.items[at];
	uint32_t	children = 0;
	uint32_t	inner = at + 1;

	MUST(item->at + item->len <= value->len);
	MUST(item->next > at && item->next <= value->noted.items[0].next);
	for (; inner < item->next; children++)
	{
		const SsmJsonItem *child = &value->noted.items[inner];

		MUST(child->at > item->at && child->at + child->len < item->at + item->len);
		inner = check_items(value, inner);
	}
	MUST(inner == item->next);
	MUST(children == 0 || item->kind == SSM_JSON_ARRAY ||
		 (item->kind == SSM_JSON_OBJECT && children % 2 == 0));
	return inner;
}

/*
 * Check all that can be made of one value that is not null.
 */
static void
check_value(const SsmJsonValue *value)
{
	size_t		room = ssm_json_text_size(value);
	char	   *out = malloc(room);
	int64_t		microseconds;
	json_error_t why;
	json_t	   *tree;
	size_t		len;

	MUST(out != NULL);
	if (value->flags & SSM_JSON_NOTED)
		check_items(value, 0);
	len = ssm_json_text(value, out);
	MUST(len <= room && is_text(out, len));

	len = ssm_json_source(value, out);
	MUST(len <= room && is_text(out, len));
	tree = json_loadb(out, len, JSON_DECODE_ANY | JSON_ALLOW_NUL, &why);
	MUST(tree != NULL || json_error_code(&why) == json_error_numeric_overflow);
	json_decref(tree);
	ssm_json_epoch(value, &microseconds);
	free(out);
}

/*
 * Does jansson take the bytes as an answer with rows that are objects and a
 * token that is text?  A NUL behind a number, which it overlooks, is no JSON.
 */
static bool
is_answer(const uint8_t *data, size_t size)
{
	json_t	   *root = json_loadb((const char *) data, size, JSON_REJECT_DUPLICATES, NULL);
	json_t	   *rows = json_object_get(root, shape.list);
	json_t	   *token = json_object_get(root, shape.token);
	bool		good = json_is_object(root) && memchr(data, '\0', size) == NULL &&
	depth(root, SSM_JSON_MAX_DEPTH) < SSM_JSON_MAX_DEPTH - 4;
	json_t	   *row;
	size_t		i;

	good &= rows == NULL || json_is_null(rows) || json_is_array(rows);
	if (json_is_array(rows))
	{
		json_array_foreach(rows, i, row)
			good &= json_is_object(row);
	}
	good &= token == NULL || json_is_null(token) || json_is_string(token);
	json_decref(root);
	return good;
}

/*
 * Parse the bytes as an answer.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	SsmPage		page = {{0}};
	SsmBuf		body;
	SsmError	error;
	int			i;

	if (size > SSM_TOKEN_MAX)
		return 0;
	ssm_buf_init(&body, 1 << 20);
	ssm_buf_add(&body, data, size);
	if (ssm_page_parse(&page, &shape, 1000, &body, &error))
	{
		for (i = 0; i < page.nrows * page.nmembers; i++)
			if (page.values[i].kind != SSM_JSON_NULL)
				check_value(&page.values[i]);
		MUST(page.token == NULL || (page.token[0] != '\0' && is_text(page.token, strlen(page.token))));
	}
	else
	{
		MUST(page.nrows == 0 && error.kind == SSM_ERROR_PROTOCOL);
		MUST(!is_answer(data, size));
	}
	ssm_page_free(&page);
	ssm_buf_free(&body);
	return 0;
}
