/*
 * fit.h
 *		Which values the API's ids and names can have.
 */
#ifndef SSM_SSM_FIT_H
#define SSM_SSM_FIT_H

#include "ssm/operation.h"

extern SsmFit ssm_fit_command_id(const char *value);
extern SsmFit ssm_fit_instance_id(const char *value);
extern SsmFit ssm_fit_document_name(const char *value);
extern SsmFit ssm_fit_plugin_name(const char *value);
extern SsmFit ssm_fit_agent_version(const char *value);
extern SsmFit ssm_fit_activation_id(const char *value);
extern SsmFit ssm_fit_iam_role(const char *value);
extern SsmFit ssm_fit_source_id(const char *value);

#endif							/* SSM_SSM_FIT_H */
