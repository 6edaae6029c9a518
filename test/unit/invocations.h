/*
 * invocations.h
 *		ListCommandInvocations, as the tests name its parameters.
 */
#ifndef SSM_TEST_INVOCATIONS_H
#define SSM_TEST_INVOCATIONS_H

#include "ssm/operation.h"

#define INVOCATIONS	(&ssm_list_command_invocations)

/* Places among its parameters; test_bounds.c holds them against the names. */
enum
{
	COMMAND_ID, INSTANCE_ID, STATUS_DETAILS, STATUS, DOCUMENT_NAME, PARAMETERS
};

#endif							/* SSM_TEST_INVOCATIONS_H */
