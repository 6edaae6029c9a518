/*
 * answered.h
 *		The endpoints that have ever answered this process.
 */
#ifndef SSM_AWS_ANSWERED_H
#define SSM_AWS_ANSWERED_H

#include <stdbool.h>

extern void ssm_answered_note(const char *url);
extern bool ssm_answered(const char *url);

#endif							/* SSM_AWS_ANSWERED_H */
