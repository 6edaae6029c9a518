/*
 * cursor.h
 *		All rows of all requests of a scan, one by one.
 */
#ifndef SSM_SSM_CURSOR_H
#define SSM_SSM_CURSOR_H

#include "ssm/distinct.h"
#include "ssm/paginator.h"
#include "ssm/rejected.h"

typedef struct SsmCursor SsmCursor;

typedef enum SsmRowState
{
	SSM_ROW,					/* here is a row */
	SSM_ROW_PENDING,			/* wait for the loop's descriptor, then ask
								 * again */
	SSM_ROW_TURN,				/* all rows from a time on have been given:
								 * see ssm_cursor_ready */
	SSM_ROW_END,
	SSM_ROW_FAILED
} SsmRowState;

/* What to read; all that it points to outlives the cursor. */
typedef struct SsmCursorSetup
{
	SsmSource	source;
	int			width;			/* pages to ask for at once, 1 or more */
	bool		limited;		/* few rows may do: begin with one, and ask
								 * for more at once only as pages are read */
	bool		newest;			/* the newest rows come first */
	double		wanted;			/* then, as an SsmNewestPlan's */
	int64_t		slack;
	int64_t		now;
	SsmRowPlaces places;		/* in the shape */
	const SsmValues *only;		/* keep only rows with these values, or NULL */
	int			only_place;		/* of that parameter */
	const SsmHashSet *given;	/* keep only rows not among these, or NULL */
} SsmCursorSetup;

extern SsmCursor *ssm_cursor_create(const SsmCursorSetup *setup, SsmError *error);
extern SsmRowState ssm_cursor_next(SsmCursor *cursor, const SsmJsonValue **row, SsmError *error);
extern bool ssm_cursor_drive(SsmCursor *cursor, SsmError *error);
extern int64_t ssm_cursor_ready(const SsmCursor *cursor);
extern bool ssm_cursor_rejected(const SsmCursor *cursor, SsmValues *values, SsmError *error);
extern const SsmHashSet *ssm_cursor_given(const SsmCursor *cursor);
extern void ssm_cursor_free(SsmCursor *cursor);

#endif							/* SSM_SSM_CURSOR_H */
