/*
 * log.c
 *		A line in the server's log for a scan that has cost much.
 *
 * In the spirit of log_min_duration_statement: of scans that end, not of those
 * that fail, whose error tells.
 */
#include "postgres.h"

#include "fdw/executor/log.h"

#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

#include "fdw/encoding.h"
#include "fdw/report.h"

/* GUC ssm_fdw.log_min_requests: -1 logs none for its requests. */
static int	log_min_requests = -1;

/* GUC ssm_fdw.log_min_duration: milliseconds, likewise. */
static int	log_min_duration = -1;

/*
 * Define the settings, once per backend.
 */
void
ssm_log_init(void)
{
	DefineCustomIntVariable("ssm_fdw.log_min_requests",
							"Requests from which a scan is logged.",
							"0 logs all scans that call the service, -1 none.",
							&log_min_requests, -1, -1, PG_INT32_MAX,
							PGC_SUSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("ssm_fdw.log_min_duration",
							"Time from its first request to its end from which a scan is logged.",
							"0 logs all scans that call the service, -1 none.",
							&log_min_duration, -1, -1, PG_INT32_MAX,
							PGC_SUSET, GUC_UNIT_MS, NULL, NULL, NULL);
}

/*
 * Memory context callback: free a text's memory.
 */
static void
free_text(void *arg)
{
	ssm_buf_free(arg);
}

/*
 * Requests as people read them, in the database's encoding; palloc'ed.
 * expressions stand for values that are not known yet.
 */
char *
ssm_log_request(const SsmRequestSet *requests, const SsmExpressions *expressions)
{
	SsmBuf	   *text = palloc(sizeof(SsmBuf));
	MemoryContextCallback *callback = palloc(sizeof(MemoryContextCallback));
	SsmError	error;

	ssm_buf_init(text, MaxAllocSize - 1);
	callback->func = free_text;
	callback->arg = text;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, callback);
	if (!ssm_body_describe(requests, expressions, text, &error))
		ssm_report(&error, "", "");
	return ssm_encoding_from_utf8((char *) ssm_buf_text(text), text->len);
}

/*
 * A scan of options' table that called by the lease has ended: log it, if it has cost
 * as much as the settings say.  binding is of its last requests, or NULL.
 */
void
ssm_log_scan(const SsmOptions *options, const SsmLease *lease, const SsmBinding *binding)
{
	static const SsmExpressions none;
	const SsmCounters *counters = ssm_session_counters(lease);
	double		took = ssm_session_took(lease);
	char	   *relation;

	if ((log_min_requests < 0 || counters->requests < log_min_requests) &&
		(log_min_duration < 0 || took < log_min_duration))
		return;
	relation = get_rel_name(options->relid);
	ereport(LOG,
			(errmsg("ssm_fdw: scan of table \"%s\" took %.3f ms: " INT64_FORMAT " requests, "
					INT64_FORMAT " pages, " INT64_FORMAT " rows, " INT64_FORMAT " retries, "
					INT64_FORMAT " throttled, held " INT64_FORMAT " ms, waited %.3f ms",
					relation ? relation : "", took, counters->requests,
					counters->pages, counters->rows, counters->retries,
					counters->throttles, counters->held, ssm_session_waited(lease)),
			 binding ? errdetail_log("Request: %s %s", options->operation->name,
									 ssm_log_request(&binding->requests, &none)) : 0));
}
