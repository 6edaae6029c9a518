/*
 * async.c
 *		Scans that an Append waits for together.
 *
 * Each scan has a loop of its own behind one descriptor, its deadlines
 * included, so a scan adds exactly one event to the Append's wait, and an Append
 * over many servers has requests to all of them in flight at once.  Where descriptors
 * are too few for that, some begin when others have ended, and add no event until
 * then.
 */
#include "postgres.h"

#include "fdw/executor/async.h"

#include "executor/execAsync.h"
#include "executor/executor.h"
#include "storage/latch.h"
#include "utils/guc.h"

#include "fdw/compat.h"
#include "fdw/executor/scan.h"
#include "fdw/planner/plan.h"

#define ALARM	50				/* milliseconds between looks for a cancel */

/*
 * ssmIsForeignPathAsyncCapable: may the scan be one of an Append's that run at
 * the same time?
 */
bool
ssmIsForeignPathAsyncCapable(ForeignPath *path)
{
	return ssm_plan_async(path->path.parent);
}

/*
 * Answer the Append with the scan's next row, NULL at its end, or that it has
 * yet to come.  ExecProcNodeReal: the Append's calls do the instrumentation.
 */
static void
answer(AsyncRequest *areq)
{
	TupleTableSlot *slot = areq->requestee->ExecProcNodeReal(areq->requestee);

	if (TupIsNull(slot) && ssm_scan_pending((ForeignScanState *) areq->requestee))
		ExecAsyncRequestPending(areq);
	else
		ExecAsyncRequestDone(areq, TupIsNull(slot) ? NULL : slot);
}

/*
 * ssmForeignAsyncRequest: the Append wants a row.
 */
void
ssmForeignAsyncRequest(AsyncRequest *areq)
{
	answer(areq);
}

/*
 * Does the server's Append wait for its backend's latch as well?  It does since
 * 15.13, 16.9 and 17.5, by their release notes and PostgreSQL's commit af717317a;
 * before, nothing but its scans' events ended the wait.  The running server
 * counts, not the one that this was built with.
 */
static bool
append_has_latch(void)
{
	static int	known = -1;

	if (known < 0)
	{
		int			version = atoi(GetConfigOption("server_version_num", false, false));
		int			minor = version % 10000;

		known = version >= 180000 ||
			(version >= 170000 ? minor >= 5 : version >= 160000 ? minor >= 9 : minor >= 13);
	}
	return known;
}

/*
 * ssmForeignAsyncConfigureWait: add the scan's event to the Append's wait.
 * Where that would not see a cancel, the first scan wakes it now and then.
 */
void
ssmForeignAsyncConfigureWait(AsyncRequest *areq)
{
	WaitEventSet *set = ((AppendState *) areq->requestor)->as_eventset;
	bool		first = GetNumRegisteredWaitEvents(set) == 1;	/* the postmaster's
																 * death */
	SsmLease   *lease = ssm_scan_lease((ForeignScanState *) areq->requestee, !first);

	if (lease == NULL)
		return;
	if (!append_has_latch() && first)
		ssm_loop_alarm(ssm_session_loop(lease), ssm_loop_now() + ALARM);
	AddWaitEventToSet(set, WL_SOCKET_READABLE, ssm_session_fd(lease), NULL, areq);
}

/*
 * ssmForeignAsyncNotify: the scan's descriptor is readable.
 */
void
ssmForeignAsyncNotify(AsyncRequest *areq)
{
	answer(areq);
}
