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

#endif							/* SSM_SSM_FIT_H */
