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

#include "fdw/tables.h"

/*
 * ssmImportForeignSchema: the command that creates the API's table.  LIMIT TO
 * and EXCEPT are checked here as well, so that a misspelt name is an error and
 * not an import of nothing.
 */
List *
ssmImportForeignSchema(ImportForeignSchemaStmt *stmt, Oid serverid)
{
	const SsmTable *table = &ssm_command_invocations;
	StringInfoData command;
	ListCell   *lc;
	int			i;

	if (strcmp(stmt->remote_schema, table->schema) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_SCHEMA_NOT_FOUND),
				 errmsg("schema \"%s\" does not exist on server \"%s\"",
						stmt->remote_schema, stmt->server_name),
				 errhint("The one remote schema is \"%s\".", table->schema)));
	foreach(lc, stmt->options)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
				 errmsg("invalid option \"%s\"", ((DefElem *) lfirst(lc))->defname),
				 errhint("IMPORT FOREIGN SCHEMA takes no options; set them on the server or the table.")));
	foreach(lc, stmt->table_list)
	{
		RangeVar   *wanted = lfirst(lc);

		if (strcmp(wanted->relname, table->name) != 0)
			ereport(ERROR,
					(errcode(ERRCODE_FDW_TABLE_NOT_FOUND),
					 errmsg("table \"%s\" does not exist in remote schema \"%s\"",
							wanted->relname, table->schema),
					 errhint("The one table is \"%s\".", table->name)));
	}
	if (stmt->list_type == FDW_IMPORT_SCHEMA_EXCEPT && stmt->table_list != NIL)
		return NIL;

	initStringInfo(&command);
	appendStringInfo(&command, "CREATE FOREIGN TABLE %s (", quote_identifier(table->name));
	for (i = 0; i < table->nmembers; i++)
		appendStringInfo(&command, "%s\n\t%s %s", i > 0 ? "," : "",
						 quote_identifier(table->members[i].column), table->members[i].type);
	appendStringInfo(&command, "\n) SERVER %s", quote_identifier(stmt->server_name));
	return list_make1(command.data);
}
