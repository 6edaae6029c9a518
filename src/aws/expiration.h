/*
 * expiration.h
 *		Until when credentials hold, in any of the forms that say so.
 */
#ifndef SSM_AWS_EXPIRATION_H
#define SSM_AWS_EXPIRATION_H

#include "base/value.h"

extern bool ssm_expiration_parse(const char *text, int64_t *seconds);
extern bool ssm_expiration_read(const SsmJsonValue *value, int64_t *seconds);

#endif							/* SSM_AWS_EXPIRATION_H */
