/*
 * search.h
 *		Find credentials where AWS clients look for them.
 */
#ifndef SSM_AWS_CREDENTIALS_SEARCH_H
#define SSM_AWS_CREDENTIALS_SEARCH_H

#include "aws/credentials/provider.h"
#include "aws/config.h"
#include "base/clock.h"

/* Where to look, and for what; everything outlives the search. */
typedef struct SsmSearchInputs
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
} SsmSearchInputs;

typedef struct SsmSearch SsmSearch;

#define SSM_SEARCH_DIGEST	32	/* bytes */

extern bool ssm_search_digest(const SsmSearchInputs *inputs, unsigned char digest[SSM_SEARCH_DIGEST]);
extern SsmSearch *ssm_search_start(SsmLoop *loop, const SsmSearchInputs *inputs, SsmError *error);
extern SsmProviderState ssm_search_advance(SsmSearch *search, SsmCredentials *out, SsmError *error);
extern void ssm_search_free(SsmSearch *search);

#endif							/* SSM_AWS_CREDENTIALS_SEARCH_H */
