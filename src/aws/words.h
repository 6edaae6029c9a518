/*
 * words.h
 *		A command line to the words that a program is started with.
 */
#ifndef SSM_AWS_WORDS_H
#define SSM_AWS_WORDS_H

#include "base/error.h"

extern char **ssm_words_split(const char *line, SsmError *error);
extern void ssm_words_free(char **words);

#endif							/* SSM_AWS_WORDS_H */
