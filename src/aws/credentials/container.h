/*
 * container.h
 *		Credentials of a container: ECS, EKS Pod Identity, and their like.
 */
#ifndef SSM_AWS_CREDENTIALS_CONTAINER_H
#define SSM_AWS_CREDENTIALS_CONTAINER_H

#include "aws/credentials/provider.h"
#include "aws/environment.h"

extern bool ssm_container_configured(const SsmEnvironment *environment);
extern bool ssm_container_url(const SsmEnvironment *environment, char *url, size_t size, SsmError *error);
extern SsmProvider *ssm_container_start(SsmLoop *loop, const SsmEnvironment *environment,
										const char *user_agent, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_CONTAINER_H */
