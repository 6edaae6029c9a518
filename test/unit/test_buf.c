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
	char text[	3000];

	memset(&error, 'x', sizeof(error));
	ok(!ssm_fail(&error, SSM_ERROR_API, "%s %d", "answer", 42), "a failure is false");
	is_int(error.kind, SSM_ERROR_API, "kind");
	is_str(error.message, "answer 42", "message");
	is_str(error.code, "", "no code is left");
	is_str(error.request_id, "", "no request id is left");
	is_int(error.attempts, 0, "no attempts are left");

	memset(text, 'y', sizeof(text));
	text[		sizeof(text) - 1] = '\0';

	ssm_fail(&error, SSM_ERROR_API, "%s", text);
	is_int(strlen(error.message), sizeof(error.message) - 1, "a long message is cut");

	ok(!ssm_fail_memory(&error), "no memory is false");
	is_int(error.kind, SSM_ERROR_MEMORY, "its kind");
	is_str(error.message, "out of memory", "its message");
}

/*
 * Secrets in a text become asterisks, common words do not.
 */
static void
test_redact(void)
{
	char text[] = "a SECRETSECRET b SECRETSECRETSECRETSECRET";
	char		start[] = "12345678 1234567";

	ssm_redact(text, "SECRETSECRET");
	is_str(text, "a ************ b ************************", "redacted");
	ssm_redact(start, "12345678");
	is_str(start, "******** 1234567", "a secret at the start");
	ssm_redact(start, "1234567");
	is_str(start, "******** 1234567", "a short secret is left alone");
	ssm_redact(start, NULL);
	ssm_redact(start, "");
	is_str(start, "******** 1234567", "no secret changes nothing");
}

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
 * Copies are cut between characters and stay one line.
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
	test_copy(10, "a\r\n\tb\177", 6, "a   b ", "control characters become blanks");
	test_copy(5, "ab\303\244c", 5, "ab\303\244", "two bytes just fit");
	test_copy(4, "ab\303\244c", 5, "ab", "two bytes do not fit");
	test_copy(4, "a\342\202\254", 4, "a", "three bytes, of which two would");
	test_copy(5, "a\342\202\254", 4, "a\342\202\254", "three bytes just fit");
	test_copy(4, "\360\237\230\200", 4, "", "four bytes do not fit");
	test_copy(3, "\200\200\200\200", 4, "", "stray continuation bytes go with the cut");
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
	test_redact();
	test_copies();
	return done_testing();
}
