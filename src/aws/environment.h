/*
 * environment.h
 *		Environment variables as AWS clients read them.
 */
#ifndef SSM_AWS_ENVIRONMENT_H
#define SSM_AWS_ENVIRONMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Variables as in environ: NAME=value each, and NULL at the end. */
typedef struct SsmEnvironment
{
	char	   *const *variables;
} SsmEnvironment;

extern const char *ssm_environment_get(const SsmEnvironment *environment, const char *name);
extern bool ssm_environment_true(const SsmEnvironment *environment, const char *name);
extern bool ssm_environment_path(const SsmEnvironment *environment, const char *path, char *out, size_t size);

#endif							/* SSM_AWS_ENVIRONMENT_H */
