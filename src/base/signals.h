/*
 * signals.h
 *		No signals while libcurl runs.
 */
#ifndef SSM_BASE_SIGNALS_H
#define SSM_BASE_SIGNALS_H

#include <signal.h>

extern void ssm_signals_block(sigset_t *old);
extern void ssm_signals_unblock(const sigset_t *old);

#endif							/* SSM_BASE_SIGNALS_H */
