/*
 * field.c
 *		Which of the API's members a column holds.
 */
#include "postgres.h"

#include "fdw/field.h"

#include "commands/defrem.h"
#include "foreign/foreign.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/closest.h"
#include "fdw/options.h"

/*
 * Which of the operation's fields a column holds, by its option member or else by
 * its name; -1 if the operation has no such field, or its options are not valid.  *pushdown tells
 * whether its clauses may be sent.  Raises no error: a column that is not used
 * does no harm.
 */
int
ssm_field_lookup(const SsmOperation *operation, Oid relid, AttrNumber attnum, bool *pushdown)
{
	const char *member = NULL;
	ListCell   *lc;

	*pushdown = true;
	foreach(lc, GetForeignColumnOptions(relid, attnum))
	{
		DefElem    *def = lfirst(lc);

		if (strcmp(def->defname, "member") == 0)
			member = defGetString(def);
		else if (strcmp(def->defname, "pushdown") != 0 || !parse_bool(defGetString(def), pushdown))
			return -1;
	}
	return member ? ssm_operation_member(operation, member) :
		ssm_operation_column(operation, get_attname(relid, attnum, false));
}

/*
 * The same for a column that is used.  An unknown name is an error that says
 * what may be meant, an option that is not valid another.
 */
int
ssm_field_find(const SsmOperation *operation, Oid relid, AttrNumber attnum)
{
	const char *name = get_attname(relid, attnum, false);
	const char *closest;
	SsmColumnOptions options;
	bool		pushdown;
	int			field;

	ssm_options_column(relid, attnum, &options);
	field = ssm_field_lookup(operation, relid, attnum, &pushdown);
	if (field >= 0)
		return field;
	closest = ssm_closest_member(operation, name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of foreign table \"%s\" is not a member of %s",
					name, get_rel_name(relid), operation->name),
			 get_attgenerated(relid, attnum) ?
			 errhint("A foreign table's generated column holds what the service sends for it.  Compute its value in a view.") :
			 closest ? errhint("Perhaps the column option (member '%s') is missing.", closest) :
			 errhint("Name the API's member by the column option \"member\".")));
	return -1;
}
