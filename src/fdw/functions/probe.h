/*
 * probe.h
 *		Questions whose answers are rows to be looked at.
 */
#ifndef SSM_FDW_PROBE_H
#define SSM_FDW_PROBE_H

#include "fdw/executor/fetch.h"
#include "fdw/planner/bind.h"

/* A row; texts are UTF-8, "" where there was none. */
typedef struct SsmProbeRow
{
	const char *command_id;
	const char *instance_id;
	const char *status;
	const char *details;
	bool		timed;
	int64		at;				/* microseconds since 1970, if timed */
} SsmProbeRow;

/* The columns that a row is looked at by. */
typedef enum SsmProbeColumn
{
	SSM_PROBE_COMMAND_ID,
	SSM_PROBE_INSTANCE_ID,
	SSM_PROBE_STATUS,
	SSM_PROBE_STATUS_DETAILS,
	SSM_PROBE_TIME,
	SSM_PROBE_COLUMNS
} SsmProbeColumn;

/* Is it so? */
typedef enum SsmAnswer
{
	SSM_ANSWER_NO,
	SSM_ANSWER_YES,
	SSM_ANSWER_UNKNOWN
} SsmAnswer;

/* Whom to ask.  Zeroed but for server and options, it has asked nothing. */
typedef struct SsmProbe
{
	ForeignServer *server;
	SsmOptions *options;		/* how to ask */
	SsmFetch   *fetch;
	double		latency;		/* of the newest answer, in milliseconds */
} SsmProbe;

extern const SsmParameter *ssm_probe_parameter(const SsmProbe *probe, SsmProbeColumn column);
extern SsmBinding *ssm_probe_request(const SsmProbe *probe, const char *command_id,
									 SsmProbeColumn column, const char *value);
extern const SsmPage *ssm_probe_ask(SsmProbe *probe, SsmBinding *binding);
extern List *ssm_probe_rows(const SsmPage *page);
extern SsmAnswer ssm_probe_brings(SsmProbe *probe, SsmBinding *binding, const SsmProbeRow *wanted);

#endif							/* SSM_FDW_PROBE_H */
