/*
 * drive.h
 *		Drives the engine against the stand-in service.
 */
#ifndef SSM_TEST_DRIVE_H
#define SSM_TEST_DRIVE_H

#include <jansson.h>

#include "ssm/cursor.h"

#define DRIVE_KEY		"AKIDEXAMPLE"
#define DRIVE_SECRET	"wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
#define DRIVE_SECONDS	30		/* longest that a scan may take */

/* What the tests look at of a row. */
typedef struct DriveRow
{
	char		command_id[64];
	char		instance_id[64];
	char		status[32];
	char		details[32];
} DriveRow;

/* One scan, and all it stands on. */
typedef struct Drive
{
	SsmService	service;
	SsmIdentity identity;
	SsmCounters counters;
	SsmClient	client;
	SsmLoop    *loop;
	SsmBounds	bounds;
	SsmRequestStyle style;
	SsmRequestSet requests;
	SsmCursorSetup setup;
	SsmCursor  *cursor;
	SsmError	error;			/* of the last failure */
	DriveRow   *rows;			/* those read */
	int			nrows;
	SsmHashSet	keys;			/* of the rows read */
	int			repeated;		/* rows read whose key had come before */
	int			attempts;		/* that ended, by the engine's log */
	char		outcomes[2048]; /* theirs, each behind a blank */
} Drive;

extern bool drive_server_start(void);
extern void drive_server_stop(void);
extern void drive_configure(const char *fmt,...) SSM_PRINTF(1, 2);
extern json_t *drive_log(void);
extern int	drive_stat(const char *name);
extern bool drive_stat_becomes(const char *name, int value);

extern void drive_init(Drive *d);
extern bool drive_open(Drive *d);
extern SsmRowState drive_next(Drive *d);
extern SsmRowState drive_read(Drive *d, int rows);
extern SsmRowState drive_all(Drive *d);
extern void drive_close(Drive *d);
extern void drive_free(Drive *d);
extern SsmHash drive_key(const DriveRow *row);
extern int	drive_descriptors(void);

#endif							/* SSM_TEST_DRIVE_H */
