/*
 * window.h
 *		A range of time to the filters that find its rows.
 */
#ifndef SSM_SSM_WINDOW_H
#define SSM_SSM_WINDOW_H

#include "ssm/bounds.h"

#define SSM_RETAINED		INT64_C(2592000)	/* seconds: the API keeps 30
												 * days */

#define SSM_USEC			INT64_C(1000000)	/* microseconds in a second */

/* Ends of a window that are open. */
#define SSM_OPEN_BELOW		INT64_MIN
#define SSM_OPEN_ABOVE		INT64_MAX

/*
 * What one request's time filters ask for: what is after from and before to, in
 * whole seconds since 1970.
 */
typedef struct SsmWindow
{
	int64_t		from;
	int64_t		to;
} SsmWindow;

/* The filters as text; "" where none is sent. */
typedef struct SsmWindowTexts
{
	char		after[24];
	char		before[24];
} SsmWindowTexts;

extern int64_t ssm_window_second(int64_t at);
extern SsmWindow ssm_window_range(const SsmBounds *bounds, int64_t slack);
extern SsmWindow ssm_window_kept(const SsmWindow *range, int64_t now);
extern SsmWindow ssm_window_piece(const SsmWindow *whole, int64_t older, int64_t newer);
extern SsmWindowTexts ssm_window_texts(const SsmWindow *window);

#endif							/* SSM_SSM_WINDOW_H */
