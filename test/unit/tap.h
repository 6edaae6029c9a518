/*
 * tap.h
 *		Test Anything Protocol for one-file test programs, without a plan ahead.
 */
#ifndef SSM_TEST_TAP_H
#define SSM_TEST_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static int	tap_count;			/* tests so far */
static int	tap_failed;			/* of which failed */

/*
 * Report one test under a printf-like name.  Returns cond.
 */
__attribute__((format(printf, 2, 3)))
static inline bool
ok(bool cond, const char *fmt,...)
{
	va_list		args;

	tap_count++;
	tap_failed += !cond;
	printf("%sok %d - ", cond ? "" : "not ", tap_count);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	putchar('\n');
	return cond;
}

/*
 * Print a diagnostic; further lines of the text stay part of it.
 */
static inline void
tap_note(const char *label, const char *text)
{
	printf("# %s: ", label);
	for (text = text ? text : "(null)"; *text != '\0'; text++)
	{
		putchar(*text);
		if (*text == '\n')
			printf("#       ");
	}
	putchar('\n');
}

/*
 * Test that two strings, or NULLs, are the same.
 */
static inline bool
is_str(const char *got, const char *want, const char *name)
{
	bool		same = got && want ? strcmp(got, want) == 0 : got == want;

	ok(same, "%s", name);
	if (!same)
	{
		tap_note("got", got);
		tap_note("want", want);
	}
	return same;
}

/*
 * Test that two numbers are the same.
 */
static inline bool
is_int(long long got, long long want, const char *name)
{
	bool		same = got == want;

	ok(same, "%s", name);
	if (!same)
		printf("# got: %lld\n# want: %lld\n", got, want);
	return same;
}

/*
 * Print the plan.  Returns the program's exit code.
 */
static inline int
done_testing(void)
{
	printf("1..%d\n", tap_count);
	return tap_failed > 0;
}

#endif							/* SSM_TEST_TAP_H */
