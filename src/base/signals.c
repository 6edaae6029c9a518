/*
 * signals.c
 *		No signals while libcurl runs.
 */
#include "base/signals.h"

/*
 * Block all signals while libcurl runs: its resolver threads inherit the mask
 * and must not run the host program's handlers.  old is for ssm_signals_unblock.
 */
void
ssm_signals_block(sigset_t *old)
{
	sigset_t	all;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, old);
}

/*
 * Undo ssm_signals_block.
 */
void
ssm_signals_unblock(const sigset_t *old)
{
	pthread_sigmask(SIG_SETMASK, old, NULL);
}
