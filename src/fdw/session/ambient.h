/*
 * ambient.h
 *		Settings, and what the server process has around it.
 */
#ifndef SSM_FDW_AMBIENT_H
#define SSM_FDW_AMBIENT_H

#include "aws/config.h"
#include "fdw/options.h"

/* A scan's config with the variables and files that it is looked up in. */
typedef struct SsmAmbient
{
	SsmEnvironment environment;
	SsmProfiles profiles;
	SsmConfig	config;
} SsmAmbient;

extern bool ssm_ambient_load(SsmAmbient *ambient, const SsmOptions *options, const char *profile,
							 const char *region, SsmError *error);
extern void ssm_ambient_free(SsmAmbient *ambient);

extern char *ssm_ambient_user_agent(void);

#endif							/* SSM_FDW_AMBIENT_H */
