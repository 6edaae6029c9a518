/*
 * imds_region.h
 *		The region of an EC2 instance, from its metadata service.
 */
#ifndef SSM_AWS_IMDS_REGION_H
#define SSM_AWS_IMDS_REGION_H

#include "aws/config.h"
#include "base/loop.h"

typedef struct SsmImdsRegion SsmImdsRegion;

extern SsmImdsRegion *ssm_imds_region_start(SsmLoop *loop, const SsmConfig *config,
											const char *user_agent, SsmError *error);
extern SsmProgress ssm_imds_region_advance(SsmImdsRegion *fetch, char region[SSM_REGION_MAX + 1], SsmError *error);
extern void ssm_imds_region_free(SsmImdsRegion *fetch);

#endif							/* SSM_AWS_IMDS_REGION_H */
