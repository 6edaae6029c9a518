/*
 * retry.c
 *		Whether and when to try again.
 *
 * The rules are those that AWS's SDKs share since 2026.
 */
#include "aws/retry.h"

#include <openssl/rand.h>

#define QUOTA		500			/* tokens of an identity */

/* What attempts cost, by what the one before has met. */
static const struct
{
	int			tokens;
	double		base;			/* milliseconds of the first pause, at most */
}			prices[] = {
	[SSM_FAILURE_FATAL] = {0, 0.0},
	[SSM_FAILURE_TRANSIENT] = {14, 50.0},
	[SSM_FAILURE_THROTTLED] = {5, 1000.0},
};

/*
 * A random number in [0,1), for pauses: 0 if OpenSSL has none.
 */
double
ssm_retry_random(void)
{
	uint32_t	bits = 0;

	RAND_bytes((unsigned char *) &bits, sizeof(bits));
	return bits / 4294967296.0;
}

/*
 * Milliseconds to wait after the attempt-th (1-based) attempt failed: full
 * jitter over an exponential base of 1 s when throttled and 50 ms otherwise,
 * at most 20 s.  u01 is a random number in [0,1).  retry_after is what the
 * service asked for in milliseconds, or -1; it lengthens the wait by at most
 * 5 s (AWS SDKs, x-amz-retry-after).
 */
int
ssm_retry_delay(SsmFailureClass class, int attempt, double u01, int64_t retry_after)
{
	double		base = prices[class].base;
	double		delay;

	while (--attempt > 0 && base < 20000.0)
		base *= 2;
	delay = u01 * (base < 20000.0 ? base : 20000.0);
	if (retry_after > delay)
		delay = retry_after < delay + 5000.0 ? retry_after : delay + 5000.0;
	return (int) delay;
}

/*
 * Take the tokens that a further attempt costs out of an identity's quota, of
 * which *spent are gone.  *taken is how many.  False, with nothing taken, if
 * there are too few: then too much has failed lately for repeats to help.
 */
bool
ssm_retry_take(int *spent, SsmFailureClass class, int *taken)
{
	int			tokens = prices[class].tokens;

	if (*spent + tokens > QUOTA)
		return false;
	*spent += tokens;
	*taken = tokens;
	return true;
}

/*
 * A request has succeeded: give back what its last repeat took (0 if it was not
 * repeated, which gives back one token).
 */
void
ssm_retry_refund(int *spent, int taken)
{
	*spent -= taken > 0 ? taken : 1;
	if (*spent < 0)
		*spent = 0;
}
