/*
 * import.c
 *		IMPORT FOREIGN SCHEMA.
 */
#include "postgres.h"

#include "fdw/import.h"

#include "foreign/foreign.h"
#include "lib/stringinfo.h"
#include "nodes/parsenodes.h"
#include "utils/builtins.h"

#include "ssm/operation.h"

/* The type of a column that holds such a member; no search_path finds another. */
static const char *const column_types[] = {
	[SSM_TYPE_TEXT] = "pg_catalog.text",
	[SSM_TYPE_TIME] = "pg_catalog.timestamptz",
	[SSM_TYPE_ISO_TIME] = "pg_catalog.timestamptz",
	[SSM_TYPE_DURATION] = "pg_catalog.interval",
	[SSM_TYPE_JSON] = "pg_catalog.jsonb",
	[SSM_TYPE_INTEGER] = "pg_catalog.int4",
	[SSM_TYPE_BOOLEAN] = "pg_catalog.bool",
	[SSM_TYPE_REGION] = "pg_catalog.text",
	[SSM_TYPE_ACCOUNT] = "pg_catalog.text",
};

/*
 * Is the table one of those that LIMIT TO or EXCEPT list?
 */
static bool
is_listed(const ImportForeignSchemaStmt *stmt, const SsmOperation *operation)
{
	ListCell   *lc;

	foreach(lc, stmt->table_list)
		if (strcmp(((RangeVar *) lfirst(lc))->relname, operation->table) == 0)
		return true;
	return false;
}

/*
 * Refuse a table that does not exist, so that a misspelt name is an error and not an
 * import of nothing.
 */
static void
check_table(const ImportForeignSchemaStmt *stmt, const char *name)
{
	StringInfoData names;
	int			i;

	initStringInfo(&names);
	for (i = 0; ssm_operations[i]; i++)
	{
		if (strcmp(ssm_operations[i]->table, name) == 0)
			return;
		appendStringInfo(&names, "%s\"%s\"", i > 0 ? ", " : "", ssm_operations[i]->table);
	}
	ereport(ERROR,
			(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
			 errmsg("table \"%s\" does not exist in remote schema \"%s\"", name, stmt->remote_schema),
			 i == 1 ? errhint("The only table is %s.", names.data) : errhint("The tables are %s.", names.data)));
}

/*
 * The columns of the operation's table, each with its type.
 */
char *
ssm_import_columns(const SsmOperation *operation)
{
	StringInfoData columns;
	int			i;

	initStringInfo(&columns);
	for (i = 0; i < operation->nfields; i++)
		appendStringInfo(&columns, "%s\n\t%s %s", i > 0 ? "," : "",
						 quote_identifier(operation->fields[i].column), column_types[operation->fields[i].type]);
	return columns.data;
}

/*
 * The clause that makes a foreign table the operation's; empty for the default.
 */
const char *
ssm_import_options(const SsmOperation *operation)
{
	return operation == ssm_operations[0] ? "" :
		psprintf(" OPTIONS (operation %s)", quote_literal_cstr(operation->name));
}

/*
 * The command that creates the operation's table.
 */
static char *
create_table(const ImportForeignSchemaStmt *stmt, const SsmOperation *operation)
{
	return psprintf("CREATE FOREIGN TABLE %s (%s\n) SERVER %s%s", quote_identifier(operation->table),
					ssm_import_columns(operation), quote_identifier(stmt->server_name),
					ssm_import_options(operation));
}

/*
 * ssmImportForeignSchema: the commands that create the API's tables.
 */
List *
ssmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	List	   *commands = NIL;
	ListCell   *lc;
	int			i;

	if (strcmp(stmt->remote_schema, SSM_SCHEMA) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" does not exist on server \"%s\"",
						stmt->remote_schema, stmt->server_name),
				 errhint("The only remote schema is \"%s\".", SSM_SCHEMA)));
	foreach(lc, stmt->options)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", ((DefElem *) lfirst(lc))->defname),
				 errhint("IMPORT FOREIGN SCHEMA takes no options; set them on the server or the table.")));
	foreach(lc, stmt->table_list)
		check_table(stmt, ((RangeVar *) lfirst(lc))->relname);
	for (i = 0; ssm_operations[i]; i++)
		if (stmt->list_type == FDW_IMPORT_SCHEMA_ALL ||
			is_listed(stmt, ssm_operations[i]) == (stmt->list_type == FDW_IMPORT_SCHEMA_LIMIT_TO))
			commands = lappend(commands, create_table(stmt, ssm_operations[i]));
	return commands;
}
