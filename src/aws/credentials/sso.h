/*
 * sso.h
 *		Credentials of IAM Identity Center (SSO), by a token of aws sso login.
 */
#ifndef SSM_AWS_CREDENTIALS_SSO_H
#define SSM_AWS_CREDENTIALS_SSO_H

#include "aws/credentials/provider.h"
#include "aws/config.h"
#include "base/clock.h"

extern bool ssm_sso_configured(const SsmConfig *config, const char *profile);
extern SsmProvider *ssm_sso_start(SsmLoop *loop, const SsmConfig *config, const char *profile,
								  const char *user_agent, const SsmClock *clock, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_SSO_H */
