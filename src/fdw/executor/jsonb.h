/*
 * jsonb.h
 *		JSON text that has been checked to jsonb.
 */
#ifndef SSM_FDW_JSONB_H
#define SSM_FDW_JSONB_H

#include "utils/jsonb.h"

#include "base/value.h"

typedef struct SsmJsonb SsmJsonb;

extern SsmJsonb *ssm_jsonb_create(void);
extern Jsonb *ssm_jsonb_make(SsmJsonb *jsonb, const SsmJsonValue *value);

#endif							/* SSM_FDW_JSONB_H */
