/*
 * member.c
 *		Which of the API's members a column holds.
 */
#include "postgres.h"

#include "fdw/member.h"

#include "utils/lsyscache.h"

#include "fdw/options.h"

/*
 * Which of the table's members a column holds, by its option member or else by
 * its name.  *pushdown tells whether its clauses may be sent.  An unknown name
 * is an error that says what may be meant.
 */
int
ssm_member_find(const SsmTable *table, Oid relid, AttrNumber attnum, bool *pushdown)
{
	char	   *name = get_attname(relid, attnum, false);
	const char *closest;
	SsmColumnOptions options;
	int			member;

	ssm_options_column(relid, attnum, &options);
	if (pushdown)
		*pushdown = options.pushdown;
	member = options.member ? ssm_table_member(table, options.member) :
		ssm_table_column(table, name);
	if (member >= 0)
		return member;
	closest = ssm_table_closest(table, name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_COLUMN_NAME_NOT_FOUND),
			 errmsg("column \"%s\" of foreign table \"%s\" is no member of %s",
					name, get_rel_name(relid), table->operation),
			 closest ? errhint("Perhaps the column option (member '%s') is missing.", closest) :
			 errhint("Name the API's member by the column option \"member\".")));
	return -1;
}
