/*
 * resolver.h
 *		Decide which source of credentials serves, and what roles are assumed on
 *		top of it.
 */
#ifndef SSM_AWS_CREDENTIALS_RESOLVER_H
#define SSM_AWS_CREDENTIALS_RESOLVER_H

#include "aws/credentials/sources.h"

extern bool ssm_resolve_source(SsmLookup *lookup, const SsmCredentialsInputs *inputs, SsmError *error);

#endif							/* SSM_AWS_CREDENTIALS_RESOLVER_H */
