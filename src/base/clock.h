/*
 * clock.h
 *		The time as the service has it.
 *
 * Signatures hold for five minutes, by the service's clock.  Its answers tell
 * how far ours is off.
 */
#ifndef SSM_BASE_CLOCK_H
#define SSM_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

/* Zeroed, a clock shows the machine's time until answers correct it. */
typedef struct SsmClock
{
	int64_t		offset;			/* milliseconds that the service is ahead */
	bool		uncorrected;	/* disable_clock_skew_correction: keep 0 */
} SsmClock;

/* An exchange with the service; times are the machine's, in milliseconds. */
typedef struct SsmClockReading
{
	int64_t		sent;
	int64_t		received;
	int64_t		offset;			/* of the clock, when signed */
	bool		accepted;		/* the service accepted the signature */
	const char *date;			/* the answer's headers; "" where absent */
	const char *age;
} SsmClockReading;

extern int64_t ssm_clock_machine(void);
extern int64_t ssm_clock_now(const SsmClock *clock);
extern bool ssm_clock_correct(SsmClock *clock, const SsmClockReading *reading);

#endif							/* SSM_BASE_CLOCK_H */
