/*
 * argv.c
 *		A command line to the words that a program is started with.
 *
 * The rules are those by which AWS's clients without a shell split a
 * credential_process: words of a POSIX shell with quotes and backslashes, and
 * nothing else that a shell does.
 */
#include "aws/argv.h"

#include <stdlib.h>
#include <string.h>

#define BLANKS	" \t\r\n"

/* Where a split stands. */
typedef struct SsmSplitter
{
	const char *at;
	char	   *out;			/* the next byte of a word goes here */
} SsmSplitter;

/*
 * Copy what stands within quotes; s->at is behind the opening one.  Within
 * double quotes a backslash protects a quote or a backslash, and is a byte like
 * others before anything else.
 */
static bool
copy_quoted(SsmSplitter *s, char quote, SsmError *error)
{
	while (*s->at != '\0' && *s->at != quote)
	{
		if (quote == '"' && *s->at == '\\' && (s->at[1] == '"' || s->at[1] == '\\'))
			s->at++;
		*s->out++ = *s->at++;
	}
	if (*s->at == '\0')
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "a quotation mark is not closed");
	s->at++;
	return true;
}

/*
 * Copy one word, up to a blank or the end.
 */
static bool
copy_word(SsmSplitter *s, SsmError *error)
{
	while (*s->at != '\0' && strchr(BLANKS, *s->at) == NULL)
	{
		char		c = *s->at++;

		if (c == '"' || c == '\'')
		{
			if (!copy_quoted(s, c, error))
				return false;
			continue;
		}
		if (c == '\\')
		{
			if (*s->at == '\0')
				return ssm_fail(error, SSM_ERROR_CREDENTIALS, "nothing follows the last backslash");
			c = *s->at++;
		}
		*s->out++ = c;
	}
	*s->out++ = '\0';
	return true;
}

/*
 * Split a line into words, of which there is one at least: an array that ends
 * in NULL, for ssm_argv_free.  NULL and an error if that cannot be.
 */
char	  **
ssm_argv_split(const char *line, SsmError *error)
{
	size_t		len = strlen(line);
	char	  **argv = calloc(len / 2 + 2, sizeof(char *));
	char	   *bytes = malloc(len + 2);
	SsmSplitter s = {line, bytes};
	size_t		n = 0;

	if (argv == NULL || bytes == NULL)
	{
		free(bytes);
		free(argv);
		ssm_fail_memory(error);
		return NULL;
	}
	argv[0] = bytes;			/* all words are in one block */
	while (*(s.at += strspn(s.at, BLANKS)) != '\0')
	{
		argv[n++] = s.out;
		if (!copy_word(&s, error))
		{
			ssm_argv_free(argv);
			return NULL;
		}
	}
	if (n > 0 && argv[0][0] != '\0')
		return argv;
	ssm_fail(error, SSM_ERROR_CREDENTIALS, "it names no program");
	ssm_argv_free(argv);
	return NULL;
}

/*
 * Release what ssm_argv_split made; NULL is ignored.
 */
void
ssm_argv_free(char **argv)
{
	if (argv)
		free(argv[0]);
	free(argv);
}
