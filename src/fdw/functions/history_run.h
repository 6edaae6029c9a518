/*
 * history_run.h
 *		One run of ssm_fdw_keep_history for one source.
 */
#ifndef SSM_FDW_HISTORY_RUN_H
#define SSM_FDW_HISTORY_RUN_H

#include "fmgr.h"

#define SSM_HISTORY_MOST_ARGS	8

/* When a status is final, to format with what stands before the column's name. */
#define SSM_HISTORY_FINAL \
	"(%sstatus::text IN ('Success', 'Failed', 'Cancelled', 'TimedOut')) IS TRUE"

/* A function of the extension that only these files call. */
typedef struct SsmHistoryFunction
{
	const char *name;
	int			nargs;
	Oid			types[SSM_HISTORY_MOST_ARGS];
} SsmHistoryFunction;

/* What is counted, in the order of the arrays that the functions return. */
enum
{
	SSM_HISTORY_READ,
	SSM_HISTORY_INSERTED,
	SSM_HISTORY_UPDATED,
	SSM_HISTORY_NCOUNTS
};

/* One run; the caller sets what stands before "since". */
typedef struct SsmHistoryRun
{
	Oid			schema;			/* the extension's */
	Oid			history;
	Oid			progress;
	Oid			unfinished;
	Oid			source;			/* no partitioned table */
	NullableDatum overlap;		/* interval; NULL goes by the settings */
	bool		atomic;			/* the caller's transaction goes on after us */
	bool		timed;			/* requested_date_time can be a bound */
	NullableDatum since;		/* timestamptz; NULL is from the beginning */
	NullableDatum now;			/* timestamptz: the service's time */
	NullableDatum next;			/* of the next run, as long after this one as
								 * this one is after the last */
	int64		counts[SSM_HISTORY_NCOUNTS];
	ErrorData  *error;			/* why it failed */
} SsmHistoryRun;

extern NullableDatum ssm_history_call(const SsmHistoryFunction *function, Oid schema, const NullableDatum *args);
extern bool ssm_history_run(SsmHistoryRun *run);

/*
 * An argument or result that is there.
 */
static inline NullableDatum
ssm_given(Datum value)
{
	return (NullableDatum) {.value = value};
}

/*
 * One that is not: NULL.
 */
static inline NullableDatum
ssm_nothing(void)
{
	return (NullableDatum) {.isnull = true};
}

#endif							/* SSM_FDW_HISTORY_RUN_H */
