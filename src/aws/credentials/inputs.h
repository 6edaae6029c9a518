/*
 * inputs.h
 *		Where credentials are looked for.
 */
#ifndef SSM_AWS_CREDENTIALS_INPUTS_H
#define SSM_AWS_CREDENTIALS_INPUTS_H

#include "aws/config.h"
#include "base/clock.h"

/* Where to look, and for what; everything outlives the chain. */
typedef struct SsmCredentialsInputs
{
	const SsmConfig *config;	/* for environment, files and STS's endpoint */
	const char *user_agent;
	SsmClock   *clock;			/* AWS's; STS's answers correct it */
	bool		ambient;		/* may use what this process has: environment,
								 * files, container, instance */
	const char *access_key_id;	/* keys given, or NULL */
	const char *secret_access_key;
	const char *session_token;
	const char *profile;		/* profile given, even if not ambient, which
								 * then is the config's; or NULL */
	const char *role_arn;		/* role to take with what was found, or NULL */
	const char *external_id;
	const char *role_session_name;
	int			duration_seconds;	/* 0: STS's default */
} SsmCredentialsInputs;

#endif							/* SSM_AWS_CREDENTIALS_INPUTS_H */
