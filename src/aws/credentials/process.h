/*
 * process.h
 *		Credentials from a program: credential_process.
 */
#ifndef SSM_AWS_CREDENTIALS_PROCESS_H
#define SSM_AWS_CREDENTIALS_PROCESS_H

#include "aws/credentials/provider.h"

extern SsmProvider *ssm_process_start(SsmLoop *loop, const char *command,
									  char *const *environment, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_PROCESS_H */
