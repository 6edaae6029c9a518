/*
 * credentials.h
 *		Keys to sign with: where they came from, how long they hold, and how
 *		they are copied and wiped.
 */
#ifndef SSM_AWS_CREDENTIALS_H
#define SSM_AWS_CREDENTIALS_H

#include <stdint.h>

#include "base/error.h"

/* Zeroed, there are none.  Strings are malloc's. */
typedef struct SsmCredentials
{
	char	   *access_key_id;
	char	   *secret_access_key;
	char	   *session_token;	/* NULL for long-term ones */
	const char *source;			/* a constant that says who gave them, or NULL */
	int64_t		obtained_at;	/* seconds since 1970 */
	int64_t		expires_at;		/* seconds since 1970; 0: never */
	bool		renewable;		/* asking the source again may bring others */
} SsmCredentials;

/* Are credentials still to be used? */
typedef enum SsmCredentialsAge
{
	SSM_CREDENTIALS_FRESH,
	SSM_CREDENTIALS_AGING,		/* renew them; those here serve meanwhile, and
								 * if that fails */
	SSM_CREDENTIALS_STALE		/* use them no more */
} SsmCredentialsAge;

extern bool ssm_credentials_copy(SsmCredentials *dst, const SsmCredentials *src, SsmError *error);
extern void ssm_credentials_clear(SsmCredentials *credentials);
extern void ssm_credentials_secrets(const SsmCredentials *credentials, SsmSecrets *secrets);
extern const char *ssm_access_key_id_problem(const char *id);
extern const char *ssm_secret_access_key_problem(const char *secret);
extern const char *ssm_session_token_problem(const char *token);
extern bool ssm_credentials_check(const SsmCredentials *credentials, SsmError *error);
extern SsmCredentialsAge ssm_credentials_age(const SsmCredentials *credentials, int64_t now);
extern int	ssm_credentials_renewal_pause(double u01);
extern void ssm_secret_free(char *secret);

#endif							/* SSM_AWS_CREDENTIALS_H */
