/*
 * options.c
 *		Validate and read the options of servers, tables, columns and mappings.
 *
 * Each option is a row of a table: where it may stand, what values it takes,
 * and the field that it sets.
 */
#include "postgres.h"

#include "fdw/options.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "aws/retry.h"
#include "fdw/closest.h"
#include "fdw/compat.h"
#include "fdw/option.h"
#include "fdw/policy.h"
#include "fdw/texts.h"
#include "ssm/paginator.h"
#include "ssm/request.h"

/* Where an option may stand. */
#define ON_SERVER	0x01
#define ON_TABLE	0x02
#define ON_MAPPING	0x04
#define ON_COLUMN	0x08

#define FIELD(field)			offsetof(SsmOptions, field)
#define MAPPING_FIELD(field)	offsetof(SsmMappingOptions, field)
#define COLUMN_FIELD(field)		offsetof(SsmColumnOptions, field)

static const char *const status_filter_words[] = {
	[SSM_STATUS_EXACT] = "exact", [SSM_STATUS_EXPANDED] = "expanded", [SSM_STATUS_OFF] = "off", NULL
};

static const char *const invalid_instance_id_words[] = {
	[SSM_INVALID_RESCAN] = "rescan", [SSM_INVALID_EMPTY] = "empty", [SSM_INVALID_ERROR] = "error", NULL
};

static const char *const retry_mode_words[] = {
	[SSM_RETRY_ADAPTIVE] = "adaptive", [SSM_RETRY_STANDARD] = "standard", NULL
};

static const SsmOption options[] = {
	{"operation", ON_TABLE, SSM_OPTION_OPERATION, FIELD(operation)},
	{"region", ON_SERVER | ON_TABLE, SSM_OPTION_TEXT, FIELD(region), .check = ssm_check_region},
	{"endpoint_url", ON_SERVER | ON_TABLE, SSM_OPTION_SECRET, FIELD(endpoint_url), .check = ssm_check_url},
	{"account_id", ON_SERVER | ON_TABLE, SSM_OPTION_TEXT, FIELD(account_id)},
	{"use_fips_endpoint", ON_SERVER, SSM_OPTION_FLAG, FIELD(use_fips_endpoint)},
	{"use_dualstack_endpoint", ON_SERVER, SSM_OPTION_FLAG, FIELD(use_dualstack_endpoint)},
	{"ca_bundle", ON_SERVER, SSM_OPTION_TEXT, FIELD(ca_bundle)},
	{"page_size", ON_SERVER | ON_TABLE, SSM_OPTION_INT, FIELD(page_size), 1, 50},
	{"max_concurrency", ON_SERVER | ON_TABLE, SSM_OPTION_INT, FIELD(max_concurrency), 1, 64},
	{"status_filter", ON_SERVER | ON_TABLE, SSM_OPTION_WORD, FIELD(status_filter), 0, 0, status_filter_words},
	{"invoked_after_slack", ON_SERVER | ON_TABLE, SSM_OPTION_TIME, FIELD(invoked_after_slack), 0, 366 * USECS_PER_DAY},
	{"invalid_instance_id", ON_SERVER | ON_TABLE, SSM_OPTION_WORD, FIELD(invalid_instance_id), 0, 0, invalid_instance_id_words},
	{"async_capable", ON_SERVER | ON_TABLE, SSM_OPTION_BOOL, FIELD(async_capable)},
	{"analyze_pages", ON_SERVER | ON_TABLE, SSM_OPTION_INT, FIELD(analyze_pages), 1, 1000},
	{"fdw_startup_cost", ON_SERVER | ON_TABLE, SSM_OPTION_REAL, FIELD(fdw_startup_cost), 0, PG_INT32_MAX},
	{"fdw_page_cost", ON_SERVER | ON_TABLE, SSM_OPTION_REAL, FIELD(fdw_page_cost), 0, PG_INT32_MAX},
	{"fdw_tuple_cost", ON_SERVER | ON_TABLE, SSM_OPTION_REAL, FIELD(fdw_tuple_cost), 0, PG_INT32_MAX},
	{"max_attempts", ON_SERVER, SSM_OPTION_INT, FIELD(max_attempts), 1, 100},
	{"retry_mode", ON_SERVER, SSM_OPTION_WORD, FIELD(retry_mode), 0, 0, retry_mode_words},
	{"max_requests", ON_SERVER | ON_TABLE, SSM_OPTION_COUNT, FIELD(max_requests), 1, PG_INT32_MAX},
	{"connect_timeout", ON_SERVER, SSM_OPTION_TIME, FIELD(connect_timeout), USECS_PER_SEC / 1000, USECS_PER_DAY},
	{"request_timeout", ON_SERVER, SSM_OPTION_TIME, FIELD(request_timeout), USECS_PER_SEC / 1000, USECS_PER_DAY},
	{"max_response_size", ON_SERVER, SSM_OPTION_SIZE, FIELD(max_response_size), 1024, 1024 * 1024 * 1023},
	{"access_key_id", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(access_key_id), .check = ssm_check_access_key_id},
	{"secret_access_key", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(secret_access_key), .check = ssm_check_secret_access_key},
	{"session_token", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(session_token), .check = ssm_check_session_token},
	{"profile", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(profile), .check = ssm_check_profile},
	{"role_arn", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(role_arn), .check = ssm_check_role_arn},
	{"external_id", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(external_id), .check = ssm_check_external_id},
	{"role_session_name", ON_MAPPING, SSM_OPTION_SECRET, MAPPING_FIELD(role_session_name), .check = ssm_check_role_session_name},
	{"duration_seconds", ON_MAPPING, SSM_OPTION_INT, MAPPING_FIELD(duration_seconds), 900, 43200},
	{"ambient_credentials", ON_MAPPING, SSM_OPTION_FLAG, MAPPING_FIELD(ambient_credentials)},
	{"member", ON_COLUMN, SSM_OPTION_TEXT, COLUMN_FIELD(member), .check = ssm_check_member},
	{"pushdown", ON_COLUMN, SSM_OPTION_BOOL, COLUMN_FIELD(pushdown)},
};

/* GUC ssm_fdw.invoked_after_slack: seconds, or -1 to go by the options. */
static int	invoked_after_slack = -1;

/* GUC ssm_fdw.max_requests: of a scan; 0 is no limit but the options'. */
static int	max_requests = 0;

/* GUC ssm_fdw.read_ahead: rows that a loop may read ahead; 0 is off. */
int			ssm_read_ahead = 64;

static const SsmOptions default_options = {
	.operation = &ssm_list_command_invocations,
	.async_capable = true,
	.analyze_pages = 10,
	.fdw_startup_cost = 100,
	.fdw_page_cost = 400,
	.fdw_tuple_cost = 0.05,
	.page_size = 50,
	.max_concurrency = 4,
	.status_filter = SSM_STATUS_EXACT,
	.invoked_after_slack = USECS_PER_DAY,
	.invalid_instance_id = SSM_INVALID_RESCAN,
	.max_attempts = 8,
	.retry_mode = SSM_RETRY_ADAPTIVE,
	.connect_timeout = 5 * USECS_PER_SEC,
	.request_timeout = 60 * USECS_PER_SEC,
	.max_response_size = 64 * 1024 * 1024,
};

/*
 * The option of that name that may stand there, or NULL.
 */
static const SsmOption *
find_option(const char *name, int where)
{
	int			i;

	for (i = 0; i < (int) lengthof(options); i++)
		if ((options[i].where & where) && strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/*
 * The places where an option may stand, as "a server or a foreign table";
 * palloc'ed.
 */
static char *
places_of(int where)
{
	static const struct
	{
		int			where;
		const char *name;
	}			places[] = {
		{ON_SERVER, "a server"}, {ON_TABLE, "a foreign table"}, {ON_MAPPING, "a user mapping"}, {ON_COLUMN, "a column"},
	};
	StringInfoData text;
	int			i;

	initStringInfo(&text);
	for (i = 0; i < (int) lengthof(places); i++)
		if (places[i].where & where)
			appendStringInfo(&text, "%s%s", text.len > 0 ? " or " : "", places[i].name);
	return text.data;
}

/*
 * What to tell someone whose option is not known there: that it belongs
 * elsewhere, the closest one, or all; palloc'ed.
 */
static const char *
unknown_option_hint(const char *name, int where)
{
	const SsmOption *elsewhere = find_option(name, ~where);
	SsmClosest	closest = {name};
	SsmClosest	far = {name};
	StringInfoData all;
	int			i;

	if (elsewhere)
		return psprintf("The option \"%s\" belongs to %s.", name, places_of(elsewhere->where));
	initStringInfo(&all);
	for (i = 0; i < (int) lengthof(options); i++)
	{
		ssm_closest_offer(options[i].where & where ? &closest : &far, options[i].name);
		if (options[i].where & where)
			appendStringInfo(&all, "%s%s", all.len > 0 ? ", " : "", options[i].name);
	}
	if (closest.best)
		return psprintf("Perhaps you meant the option \"%s\".", closest.best);
	elsewhere = far.best ? find_option(far.best, ~where) : NULL;
	if (elsewhere)
		return psprintf("Perhaps you meant the option \"%s\", which belongs to %s.", far.best,
						places_of(elsewhere->where));
	return all.len > 0 ? psprintf("Valid options in this context are: %s.", all.data) :
		"There are no valid options in this context.";
}

/*
 * Refuse an option that is not known there.
 */
pg_noreturn static void
refuse_option(const char *name, int where)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 errhint("%s", unknown_option_hint(name, where))));
}

/*
 * Read a list of DefElem that stands in one place.
 */
static void
read_options(List *list, int where, void *target)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);
		const SsmOption *option = find_option(def->defname, where);

		if (option == NULL)
			refuse_option(def->defname, where);
		ssm_option_read(option, def, target);
	}
}

/*
 * Error context callback: keep the statement out of the server's log, since it
 * has secrets, be it as wrong values or in a wrong place.
 */
static void
hide_statement(void *arg)
{
	errhidestmt(true);
}

SSM_SQL_FUNCTION(ssm_fdw_validator);

/*
 * ssm_fdw_validator(text[], oid): check the options given to CREATE or ALTER of
 * the object kinds that FDWs have.  Raises an error or returns nothing.
 */
Datum
ssm_fdw_validator(PG_FUNCTION_ARGS)
{
	Oid			catalog = PG_GETARG_OID(1);
	int			where = catalog == ForeignServerRelationId ? ON_SERVER :
	catalog == ForeignTableRelationId ? ON_TABLE :
	catalog == UserMappingRelationId ? ON_MAPPING :
	catalog == AttributeRelationId ? ON_COLUMN : 0;
	List	   *list = untransformRelOptions(PG_GETARG_DATUM(0));
	ErrorContextCallback context = {.callback = hide_statement, .previous = error_context_stack};
	SsmMappingOptions mapping = {0};
	ListCell   *lc;

	error_context_stack = &context;
	read_options(list, where, where == ON_MAPPING ? &mapping : NULL);
	foreach(lc, list)
		ssm_policy_define(((DefElem *) lfirst(lc))->defname, defGetString(lfirst(lc)));
	ssm_policy_define_role(mapping.role_arn, mapping.access_key_id && mapping.secret_access_key);
	error_context_stack = context.previous;
	ssm_options_wipe(list);
	PG_RETURN_VOID();
}

/*
 * What the server's options say.  palloc'ed.
 */
static SsmOptions *
read_server(const ForeignServer *server)
{
	SsmOptions *result = palloc(sizeof(SsmOptions));

	read_options(GetForeignDataWrapper(server->fdwid)->options, 0, NULL);
	*result = default_options;
	read_options(server->options, ON_SERVER, result);
	ssm_policy_server("ca_bundle", result->ca_bundle, server);
	return result;
}

/*
 * The most requests that the session's settings allow, 0 for any number.  What the
 * role, the database or the server's configuration has been given, a SET may lower
 * but not lift.
 */
static int
find_max_requests(void)
{
	int			given = atoi(GetConfigOptionResetString("ssm_fdw.max_requests"));

	return max_requests == 0 || (given > 0 && given < max_requests) ? given : max_requests;
}

/*
 * Let the session's settings go before what server and table say; but no more
 * requests than these allow.
 */
static void
apply_settings(SsmOptions *options)
{
	int			most = find_max_requests();

	if (invoked_after_slack >= 0)
		options->invoked_after_slack = invoked_after_slack * USECS_PER_SEC;
	if (most > 0 && (options->max_requests == 0 || options->max_requests > most))
		options->max_requests = most;
}

/*
 * The same for use without a table.  Options that the server's owner may not set
 * (any more) are an error.
 */
SsmOptions *
ssm_options_server(const ForeignServer *server)
{
	SsmOptions *result = read_server(server);

	apply_settings(result);
	ssm_policy_server("endpoint_url", result->endpoint_url, server);
	return result;
}

/*
 * Let options be for another operation.  A server's page_size may be less than it
 * takes.
 */
void
ssm_options_operate(SsmOptions *options, const SsmOperation *operation)
{
	options->operation = operation;
	options->page_size = Max(options->page_size, operation->least_page);
}

/*
 * What the table's options say, and its server's where the table has none.
 * palloc'ed.  Options that their owners may not set (any more) are an error.
 */
SsmOptions *
ssm_options_get(Oid relid)
{
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	SsmOptions *result = read_server(server);
	const char *server_url = result->endpoint_url;

	result->relid = relid;
	read_options(table->options, ON_TABLE, result);
	ssm_options_operate(result, result->operation);
	apply_settings(result);
	if (result->endpoint_url == server_url)
		ssm_policy_server("endpoint_url", server_url, server);
	else
		ssm_policy_table("endpoint_url", result->endpoint_url, relid);
	return result;
}

/*
 * Define the settings that stand before options, once per backend.
 */
void
ssm_options_init(void)
{
	DefineCustomIntVariable("ssm_fdw.invoked_after_slack",
							"How much earlier than a clause's bound InvokedAfter is sent.",
							"-1 uses the option invoked_after_slack of table and server.",
							&invoked_after_slack, -1, -1, 366 * SECS_PER_DAY,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	DefineCustomIntVariable("ssm_fdw.max_requests",
							"Maximum number of requests of a scan.",
							"0 uses the option max_requests of table and server, which it never exceeds.",
							&max_requests, 0, 0, PG_INT32_MAX,
							PGC_USERSET, 0, NULL, NULL, NULL);
	DefineCustomIntVariable("ssm_fdw.read_ahead",
							"Maximum number of rows that a nested loop reads ahead for the scans below it.",
							"max_concurrency is another limit; 0 switches reading ahead off.",
							&ssm_read_ahead, 64, 0, 1024,
							PGC_USERSET, 0, NULL, NULL, NULL);
	MarkGUCPrefixReserved("ssm_fdw");
}

/*
 * Does ssm_fdw_validator itself check what is set for the server's wrapper?  If
 * not, who set an option is not known.
 */
bool
ssm_options_validated(const ForeignServer *server)
{
	Oid			validator = GetForeignDataWrapper(server->fdwid)->fdwvalidator;
	FmgrInfo	function;

	if (!OidIsValid(validator))
		return false;
	fmgr_info(validator, &function);
	return function.fn_addr == ssm_fdw_validator;
}

/*
 * What a user mapping's options say; the strings stay the list's.
 */
void
ssm_options_mapping(List *list, SsmMappingOptions *mapping)
{
	memset(mapping, 0, sizeof(*mapping));
	read_options(list, ON_MAPPING, mapping);
}

/*
 * Overwrite the values of a list of options, which may be secrets.  The list is
 * of no use any more.
 */
void
ssm_options_wipe(List *list)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		char	   *value = defGetString(lfirst(lc));

		explicit_bzero(value, strlen(value));
	}
}

/*
 * What a column's options say.
 */
void
ssm_options_column(Oid relid, AttrNumber attnum, SsmColumnOptions *column)
{
	memset(column, 0, sizeof(*column));
	column->pushdown = true;
	read_options(GetForeignColumnOptions(relid, attnum), ON_COLUMN, column);
}
