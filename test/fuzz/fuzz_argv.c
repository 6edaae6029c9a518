/*
 * fuzz_argv.c
 *		The command line of a credential_process.
 *
 * Whatever the line: its words, quoted and joined, are split into the same words.
 */
#include <string.h>

#include "base/buf.h"
#include "aws/argv.h"
#include "fuzz.h"

/*
 * Write words, each in single quotes.
 */
static void
write_words(SsmBuf *out, char **words)
{
	const char *at;

	for (; *words; words++)
	{
		ssm_buf_puts(out, " '");
		for (at = *words; *at; at++)
			if (*at == '\'')
				ssm_buf_puts(out, "'\\''");
			else
				ssm_buf_add(out, at, 1);
		ssm_buf_puts(out, "'");
	}
}

/*
 * Split the bytes up to a NUL.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char	   *line = malloc(size + 1);
	SsmBuf		written;
	SsmError	error;
	char	  **words;
	char	  **again;
	int			i;

	MUST(line != NULL);
	if (size > 0)
		memcpy(line, data, size);
	line[size] = '\0';
	ssm_buf_init(&written, 1 << 24);
	words = ssm_argv_split(line, &error);
	if (words)
	{
		write_words(&written, words);
		again = ssm_argv_split(ssm_buf_text(&written), &error);
		MUST(again != NULL || words[0] == NULL);
		for (i = 0; again && words[i]; i++)
			MUST(again[i] && strcmp(again[i], words[i]) == 0);
		MUST(again == NULL || again[i] == NULL);
		ssm_argv_free(again);
		ssm_argv_free(words);
	}
	ssm_buf_free(&written);
	free(line);
	return 0;
}
