/*
 * sso.h
 *		Credentials of IAM Identity Center (SSO), by a token of aws sso login.
 */
#ifndef SSM_ENGINE_CREDENTIALS_SSO_H
#define SSM_ENGINE_CREDENTIALS_SSO_H

#include "engine/clock.h"
#include "engine/credentials/provider.h"
#include "engine/settings.h"

extern bool ssm_sso_configured(const SsmSettings *settings, const char *profile);
extern SsmProvider *ssm_sso_start(SsmLoop *loop, const SsmSettings *settings, const char *profile,
								  const char *user_agent, const SsmClock *clock, SsmError *error);

#endif							/* SSM_ENGINE_CREDENTIALS_SSO_H */
