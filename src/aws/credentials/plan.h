/*
 * plan.h
 *		Decide which source of credentials serves, and what roles are taken on
 *		top of it.
 */
#ifndef SSM_AWS_CREDENTIALS_PLAN_H
#define SSM_AWS_CREDENTIALS_PLAN_H

#include "aws/credentials/search.h"

#define SSM_MAX_ROLES	16		/* that lead to one another */

typedef enum SsmSource
{
	SSM_SOURCE_NONE,
	SSM_SOURCE_MAPPING,			/* the keys given */
	SSM_SOURCE_ENVIRONMENT,
	SSM_SOURCE_CREDENTIALS_FILE,
	SSM_SOURCE_CONFIG_FILE,
	SSM_SOURCE_PROCESS,
	SSM_SOURCE_WEB_IDENTITY,
	SSM_SOURCE_SSO,
	SSM_SOURCE_CONTAINER,
	SSM_SOURCE_METADATA,
	SSM_SOURCE_ROLE				/* taken with others' keys */
} SsmSource;

/* A role to take. */
typedef struct SsmRolePlan
{
	const char *arn;
	const char *external_id;
	const char *session_name;
	int			duration;		/* seconds, 0: STS's default */
} SsmRolePlan;

/* What is to be done; texts are the inputs'. */
typedef struct SsmPlan
{
	SsmSource	source;
	const char *profile;		/* that has the source, or NULL */
	SsmRolePlan roles[SSM_MAX_ROLES];	/* the last is taken first */
	int			nroles;
	SsmRolePlan web_identity;
	const char *web_identity_token_file;
	char		notes[600];		/* sources passed over, and why */
} SsmPlan;

extern const char *ssm_source_name(SsmSource source);
extern bool ssm_plan_make(SsmPlan *plan, const SsmSearchInputs *inputs, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_PLAN_H */
