/*
 * key.h
 *		What ListCommandInvocations can be asked for.
 *
 * The API's knowledge of values is here and nowhere else: where they stand in
 * a request, and which of them may be sent.
 */
#ifndef SSM_SSM_KEY_H
#define SSM_SSM_KEY_H

#include <stdbool.h>

/* The columns whose values can become part of a request. */
typedef enum SsmKey
{
	SSM_KEY_COMMAND_ID,
	SSM_KEY_INSTANCE_ID,
	SSM_KEY_STATUS_DETAILS,
	SSM_KEY_STATUS,
	SSM_KEY_DOCUMENT_NAME,
	SSM_KEY_COUNT
} SsmKey;

/* What can be done with a value. */
typedef enum SsmFit
{
	SSM_FIT_MANY,				/* send it, also as one of several */
	SSM_FIT_ALONE,				/* send it if it is the only one */
	SSM_FIT_LOCAL,				/* the API does not take it: send no value */
	SSM_FIT_NEVER				/* no row can have it: leave it out */
} SsmFit;

/* Where a key's values stand in a request. */
typedef struct SsmKeyPlace
{
	const char *name;			/* the API's name */
	bool		filter;			/* a filter, or a member of its own */
} SsmKeyPlace;

extern SsmKeyPlace ssm_key_place(SsmKey key);
extern SsmFit ssm_key_fit(SsmKey key, const char *value);
extern bool ssm_status_final(const char *value);
extern const char *ssm_status_word(SsmKey key, int n, double *share);

#endif							/* SSM_SSM_KEY_H */
