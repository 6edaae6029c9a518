/*
 * profile.h
 *		Profiles of AWS's config and credentials files.
 */
#ifndef SSM_AWS_PROFILE_H
#define SSM_AWS_PROFILE_H

#include "aws/environment.h"
#include "aws/ini.h"

typedef enum SsmProfileFile
{
	SSM_FILE_CREDENTIALS,		/* takes precedence over the other */
	SSM_FILE_CONFIG,
	SSM_FILE_COUNT
} SsmProfileFile;

/* Both files as they were when loaded. */
typedef struct SsmProfiles
{
	struct
	{
		char		path[1024];
		char		problem[160];	/* why nothing is known of it, or "" */
		bool		absent;		/* it does not exist, which is no problem */
		SsmIni		ini;
	}			files[SSM_FILE_COUNT];
} SsmProfiles;

extern bool ssm_profiles_load(SsmProfiles *profiles, const SsmEnvironment *environment, SsmError *error);
extern bool ssm_profiles_check(const SsmProfiles *profiles, SsmError *error);
extern void ssm_profiles_free(SsmProfiles *profiles);

extern const char *ssm_profiles_chosen(const SsmEnvironment *environment, const char *given);
extern bool ssm_profiles_have(const SsmProfiles *profiles, const char *profile);
extern const char *ssm_profiles_get(const SsmProfiles *profiles, const char *profile, const char *property);
extern const char *ssm_profiles_get_from(const SsmProfiles *profiles, SsmProfileFile file,
										 const char *profile, const char *property);
extern bool ssm_profiles_have_section(const SsmProfiles *profiles, const char *kind, const char *name);
extern const char *ssm_profiles_section(const SsmProfiles *profiles, const char *kind, const char *name,
										const char *property, const char *nested);

#endif							/* SSM_AWS_PROFILE_H */
