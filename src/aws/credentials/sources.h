/*
 * sources.h
 *		The sources of credentials, in the order of AWS's chain.
 */
#ifndef SSM_AWS_CREDENTIALS_SOURCES_H
#define SSM_AWS_CREDENTIALS_SOURCES_H

#include "aws/credentials/inputs.h"
#include "aws/credentials/provider.h"
#include "aws/credentials/sts.h"

#define SSM_MAX_ROLES	16		/* that lead to one another */

/* When a source counts. */
typedef enum SsmSourceScope
{
	SSM_SCOPE_GIVEN,			/* always */
	SSM_SCOPE_ENVIRONMENT,		/* unless a profile is given */
	SSM_SCOPE_PROFILE,			/* for each profile that leads to a source */
	SSM_SCOPE_AMBIENT			/* if nothing else is configured */
} SsmSourceScope;

typedef enum SsmFound
{
	SSM_FOUND_NOTHING,			/* not configured: go on */
	SSM_FOUND,
	SSM_FOUND_ERROR				/* configured, but wrongly */
} SsmFound;

typedef struct SsmCredentialSource SsmCredentialSource;

/* What has been found; texts are the inputs'.  Zeroed to begin with. */
typedef struct SsmLookup
{
	SsmLoop    *loop;
	const SsmCredentialsInputs *inputs;
	const SsmCredentialSource *source;	/* that serves, or NULL */
	const char *profile;		/* that has it, or NULL */
	bool		by_environment; /* variables of a web identity count */
	SsmRole		roles[SSM_MAX_ROLES];	/* on top of the source; the last is
										 * assumed first */
	int			nroles;
	SsmRole		web_identity;
	const char *web_identity_token_file;
	char		notes[600];		/* sources passed over, and why */
	SsmProvider *provider;		/* being asked, or NULL */
	SsmCredentials credentials; /* got so far */
} SsmLookup;

/* A source.  A new one is one more row of sources[] in sources.c. */
struct SsmCredentialSource
{
	const char *name;			/* what users call it */
	SsmSourceScope scope;
	const char *credential_source;	/* what a profile may name it, or NULL */

	/* is it configured?  lookup has it and its profile; NULL: try it to see */
	SsmFound	(*configured) (SsmLookup *lookup, SsmError *error);
	/* get the credentials at once, or the provider that will */
	bool		(*start) (SsmLookup *lookup, SsmError *error);
	SsmProfileFile file;		/* for those two */
};

extern SsmFound ssm_sources_find(SsmLookup *lookup, SsmSourceScope scope, const char *profile, SsmError *error);
extern SsmFound ssm_source_try(SsmLookup *lookup, const SsmCredentialSource *source, const char *profile,
							   SsmError *error);
extern const SsmCredentialSource *ssm_source_named(const char *credential_source);
extern bool ssm_lookup_assume(SsmLookup *lookup, const SsmRole *role, const char *web_identity_token, SsmError *error);
extern const char *ssm_lookup_property(const SsmLookup *lookup, const char *profile, const char *name);
extern SsmFound ssm_lookup_bad_profile(const char *profile, SsmError *error, const char *what);
extern void ssm_lookup_note(SsmLookup *lookup, const char *fmt,...) SSM_PRINTF(2, 3);

#endif							/* SSM_AWS_CREDENTIALS_SOURCES_H */
