/*
 * denied.h
 *		Which policy denies a call.
 */
#ifndef SSM_AWS_DENIED_H
#define SSM_AWS_DENIED_H

extern const char *ssm_denied_hint(const char *said);

#endif							/* SSM_AWS_DENIED_H */
