/*
 * argv.h
 *		A command line to the words that a program is started with.
 */
#ifndef SSM_AWS_ARGV_H
#define SSM_AWS_ARGV_H

#include "base/error.h"

extern char **ssm_argv_split(const char *line, SsmError *error);
extern void ssm_argv_free(char **words);

#endif							/* SSM_AWS_ARGV_H */
