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

extern SsmBinding *ssm_probe_request(const char *command_id, SsmKey key, const char *value);
extern const SsmPage *ssm_probe_ask(SsmProbe *probe, SsmBinding *binding);
extern List *ssm_probe_rows(const SsmPage *page);
extern SsmAnswer ssm_probe_brings(SsmProbe *probe, SsmBinding *binding, const SsmProbeRow *wanted);

#endif							/* SSM_FDW_PROBE_H */
