/*
 * error.c
 *		An error as a value.
 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/*
 * Set kind and message, and clear what an earlier failure left in the rest.  The
 * message becomes printable, and one longer than the buffer is cut; arguments may
 * be texts of the same error.
 */
void
ssm_error_set(SsmError *error, SsmErrorKind kind, const char *fmt,...)
{
	char		message[4 * sizeof(error->message)];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(message, sizeof(message), fmt, args);
	va_end(args);
	memset(error, 0, sizeof(*error));
	error->kind = kind;
	ssm_copy_text(error->message, sizeof(error->message), message, strlen(message));
}
