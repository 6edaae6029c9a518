/*
 * report.c
 *		Engine error to ereport.
 */
#include "postgres.h"

#include "fdw/report.h"

#include "common/string.h"
#include "miscadmin.h"
#include "utils/builtins.h"

#include "fdw/encoding.h"

/*
 * SQLSTATE and hint of each kind; %s in a hint is the server's name, or by their
 * numbers 1 is that and 2 the operation's.
 */
static const struct
{
	int			sqlstate;
	const char *hint;
}			kinds[] = {
	[SSM_ERROR_NONE] = {ERRCODE_INTERNAL_ERROR, NULL},
	[SSM_ERROR_MEMORY] = {ERRCODE_OUT_OF_MEMORY, NULL},
	[SSM_ERROR_RESOURCES] = {ERRCODE_INSUFFICIENT_RESOURCES,
	"Close cursors on foreign tables, or raise max_files_per_process and the server process's open-files limit."},
	[SSM_ERROR_CONFIG] = {ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE, NULL},
	[SSM_ERROR_CONNECT] = {ERRCODE_SQLCLIENT_UNABLE_TO_ESTABLISH_SQLCONNECTION,
	"Check the region and endpoint_url of server %s, and that this machine can reach it."},
	[SSM_ERROR_CONNECTION] = {ERRCODE_CONNECTION_FAILURE,
	"Try again; if the service answers slowly, raise request_timeout of server %s."},
	[SSM_ERROR_PROTOCOL] = {ERRCODE_PROTOCOL_VIOLATION,
	"Check that what answers at the endpoint of server %s is AWS Systems Manager."},
	[SSM_ERROR_THROTTLED] = {ERRCODE_CONFIGURATION_LIMIT_EXCEEDED,
	"Lower max_concurrency or raise max_attempts of server %s, or ask for fewer rows."},
	[SSM_ERROR_DENIED] = {ERRCODE_INSUFFICIENT_PRIVILEGE,
	"Allow the action ssm:%2$s on resource \"*\" to the identity of the user mapping for server %1$s."},
	[SSM_ERROR_CREDENTIALS] = {ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION,
	"Check the credentials of the user mapping for server %s."},
	[SSM_ERROR_LIMIT] = {ERRCODE_PROGRAM_LIMIT_EXCEEDED,
	"Ask for fewer rows, by a command_id, an instance_id or a time range, or raise the option."},
	[SSM_ERROR_EXCESS] = {ERRCODE_PROTOCOL_VIOLATION,
	"Check that what answers at the endpoint of server %s is AWS Systems Manager."},
	[SSM_ERROR_CANCELLED] = {ERRCODE_QUERY_CANCELED, NULL},
	[SSM_ERROR_API] = {ERRCODE_FDW_ERROR, NULL},
};

/*
 * The engine's text, which is UTF-8, made to fit the database; palloc'ed.
 */
char *
ssm_report_text(const char *message)
{
	char	   *text = pstrdup(message);

	return pg_is_ascii(text) ? text : ssm_encoding_from_utf8(text, strlen(text));
}

/*
 * Raise an engine's error, unless a cancel is the better reason to end.
 * operation is the API's, server the foreign server's name.  Does not return.
 */
void
ssm_report(const SsmError *error, const char *operation, const char *server)
{
	const char *hint = error->hint ? error->hint : kinds[error->kind].hint;

	CHECK_FOR_INTERRUPTS();
	ereport(ERROR,
			(errcode(kinds[error->kind].sqlstate),
			 errmsg("%s", ssm_report_text(error->message)),
			 error->attempts > 0 ?
			 errdetail("Operation %s, attempts: %d, AWS request id: %s.", operation, error->attempts,
					   error->request_id[0] ? error->request_id : "none") : 0,
			 hint ? errhint(hint, quote_identifier(server), operation) : 0));
}

/*
 * One line at DEBUG1 for each attempt.
 */
void
ssm_report_attempt(const SsmAttempt *attempt)
{
	ereport(DEBUG1,
			(errmsg_internal("ssm_fdw: %s at %s, attempt %d: %s, HTTP status %ld, %lld ms, request id %s",
							 attempt->operation, attempt->host, attempt->attempt,
							 ssm_report_text(attempt->outcome), attempt->status,
							 (long long) attempt->milliseconds,
							 attempt->request_id[0] ? attempt->request_id : "none")));
}
