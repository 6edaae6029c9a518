/*
 * value.h
 *		What a scanned JSON value stands for, as C scalars.
 */
#ifndef SSM_BASE_VALUE_H
#define SSM_BASE_VALUE_H

#include "base/json.h"

extern size_t ssm_json_text_size(const SsmJsonValue *value);
extern size_t ssm_json_text(const SsmJsonValue *value, char *out);
extern bool ssm_json_string(const SsmJsonValue *value, char *out, size_t size);
extern char *ssm_json_copy(const SsmJsonValue *value);
extern size_t ssm_json_source(const SsmJsonValue *value, char *out);
extern bool ssm_json_epoch(const SsmJsonValue *value, int64_t *microseconds);

#endif							/* SSM_BASE_VALUE_H */
