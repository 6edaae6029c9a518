/*
 * test_buf.c
 *		Buffers and errors.
 */
#include "base/buf.h"
#include "tap.h"

#include <stdlib.h>

/*
 * Content grows, stays NUL-terminated, and may hold NULs.
 */
static void
test_growth(void)
{
	SsmBuf		buf;
	int			i;
	bool		same = true;

	ssm_buf_init(&buf, 100000);
	is_str(ssm_buf_text(&buf), "", "an empty buffer is an empty string");
	ok(buf.data == NULL && buf.size == 0, "and owns no memory");
	ok(ssm_buf_puts(&buf, "one"), "puts");
	ok(ssm_buf_printf(&buf, " %d %s", 2, "three"), "printf");
	ok(ssm_buf_add(&buf, NULL, 0), "adding nothing");
	is_str(ssm_buf_text(&buf), "one 2 three", "text");
	is_int(buf.len, strlen("one 2 three"), "length");
	ok(ssm_buf_add(&buf, "\0x", 2), "a NUL");
	is_int(buf.len, strlen("one 2 three") + 2, "length with a NUL");
	is_int(buf.data[buf.len], 0, "NUL-terminated");

	ssm_buf_clear(&buf);
	is_str(ssm_buf_text(&buf), "", "cleared");
	for (i = 0; i < 10000; i++)
		ssm_buf_printf(&buf, "%04d,", i);
	is_int(buf.len, 50000, "length after many additions");
	for (i = 0; i < 10000; i++)
		same = same && strtol(buf.data + 5 * i, NULL, 10) == i;
	ok(same, "content after many additions");
	ssm_buf_free(&buf);
	ok(buf.data == NULL && buf.len == 0 && buf.max == 100000, "freed, and usable again");
	ok(ssm_buf_puts(&buf, "again"), "used again");
	ssm_buf_free(&buf);
}

/*
 * The maximum is honoured to the byte, and a failure sticks.
 */
static void
test_max(void)
{
	SsmBuf		buf;

	ssm_buf_init(&buf, 5);
	ok(ssm_buf_puts(&buf, "12345"), "exactly the maximum fits");
	ok(ssm_buf_ok(&buf), "no failure yet");
	ok(!ssm_buf_puts(&buf, "6"), "one byte more does not");
	ok(!ssm_buf_ok(&buf) && buf.overflow && !buf.nomem, "the failure shows");
	is_str(ssm_buf_text(&buf), "12345", "what was there stays");
	ok(!ssm_buf_add(&buf, "", 0), "even nothing is refused after a failure");

	ssm_buf_clear(&buf);
	ok(ssm_buf_ok(&buf), "clearing forgets the failure");
	ok(ssm_buf_puts(&buf, "12"), "room again");
	ok(!ssm_buf_printf(&buf, "%d", 3456), "printf honours the maximum");
	ok(!ssm_buf_puts(&buf, "3"), "the failure sticks though this would fit");
	is_str(ssm_buf_text(&buf), "12", "nothing of what did not fit is there");
	ssm_buf_free(&buf);
	ok(ssm_buf_ok(&buf), "freeing forgets the failure");

	ok(!ssm_buf_add(&buf, "", (size_t) -1), "an absurd length is refused");
	ok(buf.overflow && buf.data == NULL, "before memory is asked for");
	ssm_buf_free(&buf);

	ssm_buf_init(&buf, 0);
	ok(ssm_buf_puts(&buf, ""), "a buffer for nothing takes nothing");
	ok(!ssm_buf_puts(&buf, "x"), "and only that");
	ssm_buf_free(&buf);
}

/*
 * Wiping leaves zeros; NULL is fine.
 */
static void
test_wipe(void)
{
	char		secret[4] = "abc";

	ssm_wipe(secret, sizeof(secret));
	ok(memcmp(secret, "\0\0\0\0", 4) == 0, "wiped");
	ssm_wipe(NULL, 10);
	ok(true, "wiping NULL");
}

/*
 * An error replaces the one before and always answers false.
 */
static void
test_error(void)
{
	SsmError	error;
	char		text[3000];

	memset(&error, 'x', sizeof(error));
	ok(!ssm_fail(&error, SSM_ERROR_API, "%s %d", "answer", 42), "a failure is false");
	is_int(error.kind, SSM_ERROR_API, "kind");
	is_str(error.message, "answer 42", "message");
	is_str(error.code, "", "no code is left");
	is_str(error.request_id, "", "no request id is left");
	is_int(error.attempts, 0, "no attempts are left");

	memset(text, 'y', sizeof(text));
	text[sizeof(text) - 1] = '\0';

	ssm_fail(&error, SSM_ERROR_API, "%s", text);
	is_int(strlen(error.message), sizeof(error.message) - 1, "a long message is cut");

	ssm_fail(&error, SSM_ERROR_API, "one");
	ssm_fail(&error, SSM_ERROR_CONFIG, "%s, then two", error.message);
	is_str(error.message, "one, then two", "a message may quote the one before");
	ssm_fail(&error, SSM_ERROR_CONFIG, "no \033[2J\377 http://me:pw@host");
	is_str(error.message, "no  [2J\357\277\275 http://***@host", "and is printable");

	ok(!ssm_fail_memory(&error), "no memory is false");
	is_int(error.kind, SSM_ERROR_MEMORY, "its kind");
	is_str(error.message, "out of memory", "its message");
}

/*
 * Run all tests.
 */
int
main(void)
{
	test_growth();
	test_max();
	test_wipe();
	test_error();
	return done_testing();
}
