/*
 * printable.h
 *		Text from outside, made fit to be shown.
 */
#ifndef SSM_BASE_PRINTABLE_H
#define SSM_BASE_PRINTABLE_H

#include <stdbool.h>
#include <stddef.h>

#define SSM_MAX_SECRETS	5

/* What a text must not tell.  Zeroed, nothing; NULL stands for none. */
typedef struct SsmSecrets
{
	const char *values[SSM_MAX_SECRETS];	/* not owned */
} SsmSecrets;

extern void ssm_print(char *dst, size_t size, const char *src, size_t len, const SsmSecrets *secrets);
extern void ssm_print_name(char *dst, size_t size, const char *src, size_t len, const char *marks,
						   const SsmSecrets *secrets);
extern void ssm_copy_text(char *dst, size_t size, const char *src, size_t len);

#endif							/* SSM_BASE_PRINTABLE_H */
