/*
 * instance.h
 *		Credentials of an EC2 instance's role, from its metadata service.
 */
#ifndef SSM_AWS_CREDENTIALS_INSTANCE_H
#define SSM_AWS_CREDENTIALS_INSTANCE_H

#include "aws/config.h"
#include "aws/credentials/provider.h"
#include "base/clock.h"

extern SsmProvider *ssm_instance_start(SsmLoop *loop, const SsmConfig *config, const char *user_agent,
									   const SsmClock *clock, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_INSTANCE_H */
