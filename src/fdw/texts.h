/*
 * texts.h
 *		The options whose values are texts: what they may hold.
 */
#ifndef SSM_FDW_TEXTS_H
#define SSM_FDW_TEXTS_H

#include "fdw/option.h"

extern bool ssm_check_region(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_url(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_member(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_access_key_id(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_secret_access_key(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_session_token(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_profile(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_role_arn(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_external_id(const char *value, const char **wanted, const char **problem);
extern bool ssm_check_role_session_name(const char *value, const char **wanted, const char **problem);

#endif							/* SSM_FDW_TEXTS_H */
