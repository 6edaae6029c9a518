/*
 * ssm_fdw.c
 *		Invocations of AWS Systems Manager Run Command as a foreign table.
 */
#include "postgres.h"

#include "fmgr.h"
#include "foreign/fdwapi.h"
#include "miscadmin.h"

#include "base/cancel.h"
#include "fdw/compat.h"
#include "fdw/executor/ahead.h"
#include "fdw/executor/analyze.h"
#include "fdw/executor/async.h"
#include "fdw/executor/explain.h"
#include "fdw/executor/log.h"
#include "fdw/executor/scan.h"
#include "fdw/executor/together.h"
#include "fdw/functions/history.h"
#include "fdw/import.h"
#include "fdw/options.h"
#include "fdw/planner/plan.h"
#include "fdw/session/shared.h"
#include "fdw/version.h"

#if PG_VERSION_NUM >= 180000
PG_MODULE_MAGIC_EXT(.name = "ssm_fdw", .version = SSM_FDW_VERSION);
#else
PG_MODULE_MAGIC;
#endif

extern PGDLLEXPORT void _PG_init(void);

/*
 * The engine's ssm_cancel_wanted: will CHECK_FOR_INTERRUPTS end the query?
 */
static bool
cancel_wanted(void)
{
	return InterruptPending && InterruptHoldoffCount == 0 && CritSectionCount == 0 &&
		(ProcDiePending || (QueryCancelPending && QueryCancelHoldoffCount == 0));
}

/*
 * Called once, when the library is loaded.
 */
void
_PG_init(void)
{
	ssm_cancel_wanted = cancel_wanted;
	ssm_history_init();
	ssm_log_init();
	ssm_options_init();
	ssm_plan_init();
	ssm_shared_init();
	ssm_ahead_init();
	ssm_together_init();
}

SSM_SQL_FUNCTION(ssm_fdw_handler);

/*
 * ssm_fdw_handler(): the callbacks that PostgreSQL calls.  Those that write are
 * absent, so that PostgreSQL refuses by itself.
 */
Datum
ssm_fdw_handler(PG_FUNCTION_ARGS)
{
	FdwRoutine *routine = makeNode(FdwRoutine);

	routine->GetForeignRelSize = ssmGetForeignRelSize;
	routine->GetForeignPaths = ssmGetForeignPaths;
	routine->GetForeignPlan = ssmGetForeignPlan;
	routine->BeginForeignScan = ssmBeginForeignScan;
	routine->IterateForeignScan = ssmIterateForeignScan;
	routine->ReScanForeignScan = ssmReScanForeignScan;
	routine->EndForeignScan = ssmEndForeignScan;
	routine->ExplainForeignScan = ssmExplainForeignScan;
	routine->AnalyzeForeignTable = ssmAnalyzeForeignTable;
	routine->ImportForeignSchema = ssmImportForeignSchema;
	routine->IsForeignPathAsyncCapable = ssmIsForeignPathAsyncCapable;
	routine->ForeignAsyncRequest = ssmForeignAsyncRequest;
	routine->ForeignAsyncConfigureWait = ssmForeignAsyncConfigureWait;
	routine->ForeignAsyncNotify = ssmForeignAsyncNotify;
	PG_RETURN_POINTER(routine);
}
