/*
 * check.c
 *		ssm_fdw_check: try a server out, and find out how the service reads filters.
 */
#include "postgres.h"

#include "catalog/pg_foreign_server.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

#include "fdw/compat.h"
#include "fdw/functions/attempt.h"
#include "fdw/functions/check.h"
#include "fdw/functions/checks.h"
#include "fdw/planner/plan.h"

/* A check to run, and where what it finds goes. */
typedef struct Run
{
	const SsmCheckItem *item;
	SsmCheck   *check;
	SsmFinding *finding;
} Run;

/*
 * For ssm_attempt.
 */
static void
call_check(void *arg)
{
	Run		   *run = arg;

	run->item->run(run->item, run->check, run->finding);
}

/*
 * Run one check.  An error that it raises is what it has found, unless that is
 * a cancel; its SQLSTATE then, else 0.
 */
static int
run_check(const SsmCheckItem *item, SsmCheck *check, SsmFinding *finding)
{
	Run			run = {item, check, finding};
	ErrorData  *error;

	finding->ok = SSM_ANSWER_YES;
	error = ssm_attempt(call_check, &run);
	if (error == NULL)
		return 0;
	if (ERRCODE_TO_CATEGORY(error->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION)
		ReThrowError(error);
	finding->ok = SSM_ANSWER_NO;
	finding->detail = error->detail ? psprintf("%s. %s", error->message, error->detail) :
		error->message;
	finding->hint = error->hint;
	return error->sqlerrcode;
}

/*
 * The server of that name, which must be of this extension's and the current
 * user's to use.
 */
ForeignServer *
ssm_check_server(const char *name)
{
	ForeignServer *server = GetForeignServerByName(name, false);
	AclResult	allowed = ssm_server_aclcheck(server->serverid, GetUserId());

	if (allowed != ACLCHECK_OK)
		aclcheck_error(allowed, OBJECT_FOREIGN_SERVER, server->servername);
	if (!ssm_plan_ours(server->serverid))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("server \"%s\" is not a server of ssm_fdw", server->servername)));
	return server;
}

/*
 * Text as Datum; NULL is SQL NULL.
 */
static Datum
text_datum(const char *text, bool *isnull)
{
	*isnull = text == NULL;
	return text ? CStringGetTextDatum(text) : (Datum) 0;
}

SSM_SQL_FUNCTION(ssm_fdw_check);

/*
 * ssm_fdw_check(server_name name) → setof (item, ok, detail, hint, fix): try the
 * server out as the current user, by a handful of requests.  After an error the
 * others are not checked, but whether other operations are allowed is after a
 * refusal.
 */
Datum
ssm_fdw_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	SsmCheck	check = {.probe.server = ssm_check_server(NameStr(*PG_GETARG_NAME(0)))};
	int			failed = 0;		/* SQLSTATE of the newest error */
	const SsmCheckItem *item;

	InitMaterializedSRF(fcinfo, 0);
	for (item = ssm_checks; item->item; item++)
	{
		SsmFinding	finding = {SSM_ANSWER_UNKNOWN, "not checked", NULL};
		Datum		values[5];
		bool		nulls[5] = {0};

		/* each action is allowed or denied for itself */
		if (failed == 0 || item->anyway || (item->operation && failed == ERRCODE_INSUFFICIENT_PRIVILEGE))
		{
			int			sqlstate = run_check(item, &check, &finding);

			failed = sqlstate ? sqlstate : failed;
		}
		values[0] = CStringGetTextDatum(item->item);
		values[1] = BoolGetDatum(finding.ok == SSM_ANSWER_YES);
		nulls[1] = finding.ok == SSM_ANSWER_UNKNOWN;
		values[2] = text_datum(finding.detail, &nulls[2]);
		values[3] = text_datum(finding.hint, &nulls[3]);
		values[4] = text_datum(finding.fix, &nulls[4]);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}
