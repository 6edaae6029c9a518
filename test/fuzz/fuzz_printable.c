/*
 * fuzz_printable.c
 *		Text from outside, made fit to be shown.
 *
 * The first byte is the buffer's size, the rest the text.  Whatever the bytes:
 * what comes out is one line of UTF-8 without the secret, the same if it goes
 * through again, and within its bounds.
 */
#include <string.h>

#include "base/printable.h"
#include "base/utf8.h"
#include "fuzz.h"

static const SsmSecrets secrets = {{"S3cr3t/=", "IQoJb3JpZ2luX2VjEXAMPLE"}};

/*
 * Print the bytes.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char		shown[257];
	char		again[257];
	size_t		room;

	if (size == 0)
		return 0;
	room = data[0] + 1;
	memset(shown, '!', sizeof(shown));
	ssm_print(shown, room, (const char *) data + 1, size - 1, &secrets);
	MUST(strlen(shown) < room && (room == 256 || shown[room] == '!'));
	MUST(strpbrk(shown, "\n\r\t\033\177") == NULL && ssm_utf8_count(shown) >= 0);
	MUST(strstr(shown, "S3cr3t/=") == NULL && strstr(shown, "IQoJb3JpZ2luX2Vj") == NULL);
	ssm_print(again, room, shown, strlen(shown), &secrets);
	MUST(strcmp(shown, again) == 0);
	ssm_print_name(shown, room, (const char *) data + 1, size - 1, "-", &secrets);
	MUST(strspn(shown, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") == strlen(shown));
	MUST(strlen(shown) <= 64 && strstr(shown, "IQoJb3JpZ2luX2Vj") == NULL);
	return 0;
}
