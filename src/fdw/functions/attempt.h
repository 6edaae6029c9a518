/*
 * attempt.h
 *		Call what may fail without ending the transaction.
 */
#ifndef SSM_FDW_ATTEMPT_H
#define SSM_FDW_ATTEMPT_H

extern ErrorData *ssm_attempt(void (*function) (void *arg), void *arg);

#endif							/* SSM_FDW_ATTEMPT_H */
