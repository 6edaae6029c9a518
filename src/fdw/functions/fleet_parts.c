/*
 * fleet_parts.c
 *		What a fleet is made of: its schema and tables, and for each region of an
 *		account a server, a user mapping and a partition of each table.
 *
 * The commands name all they use with its schema, so no search_path changes what
 * they do.
 */
#include "postgres.h"

#include "fdw/functions/fleet_parts.h"

#include "catalog/namespace.h"
#include "catalog/partition.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "executor/spi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#include "fdw/import.h"

static const char *const done_words[] = {
	[SSM_FLEET_CREATED] = "created",
	[SSM_FLEET_CHANGED] = "changed",
};

/*
 * Run a command whose text has no secret.
 */
static void
run(const char *command)
{
	int			result = SPI_execute(command, false, 0);

	if (result != SPI_OK_UTILITY)
		elog(ERROR, "\"%s\" returned %s", command, SPI_result_code_string(result));
}

/*
 * The same for what is to be made.
 */
static const char *
new_name(const char *of, const char *account, const char *region)
{
	const char *name = ssm_fleet_part_name(of, account, region);

	if (strlen(name) >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("\"%s\" is too long for a name", name),
				 errhint("Give the fleet a shorter name: those of its servers begin with it.")));
	return name;
}

/*
 * A table's name in the fleet's schema, for a command.
 */
static const char *
full_name(const SsmFleet *fleet, const char *table)
{
	return quote_qualified_identifier(fleet->name, table);
}

/*
 * Is the relation of that kind, and a partition of parent (if there is to be one)?
 */
static bool
is_made(Oid relid, char relkind, Oid parent)
{
	return get_rel_relkind(relid) == relkind &&
		(!OidIsValid(parent) || (get_rel_relispartition(relid) && get_partition_parent(relid, true) == parent));
}

/*
 * The relation of that name in the fleet's schema, or InvalidOid.  Another kind
 * of relation is an error.
 */
static Oid
find_table(const SsmFleet *fleet, const char *name, char relkind, Oid parent)
{
	Oid			relid = get_relname_relid(name, fleet->schema);

	if (OidIsValid(relid) && !is_made(relid, relkind, parent))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("%s is not a table as the fleet has it", full_name(fleet, name)),
				 errdetail("It should be %s%s%s.",
						   relkind == RELKIND_FOREIGN_TABLE ? "a foreign table" : "a partitioned table",
						   OidIsValid(parent) ? " and a partition of " : "",
						   OidIsValid(parent) ? get_rel_name(parent) : ""),
				 errhint("Give the fleet a schema of its own, or rename what is in its way.")));
	return relid;
}

/*
 * Have the fleet's schema.
 */
void
ssm_fleet_make_schema(SsmFleet *fleet)
{
	fleet->schema = get_namespace_oid(fleet->name, true);
	if (OidIsValid(fleet->schema))
		return;
	run(psprintf("CREATE SCHEMA %s", quote_identifier(fleet->name)));
	ereport(NOTICE, (errmsg("schema %s created", quote_identifier(fleet->name))));
	fleet->schema = get_namespace_oid(fleet->name, false);
}

/*
 * Have the operation's table, if it is listed; if it is not, see whether it is there
 * all the same.  Of what there is the fleet has partitions.
 */
void
ssm_fleet_make_table(SsmFleet *fleet, const SsmOperation *operation, bool listed)
{
	const char *table = operation->table;
	Oid			relid = listed ? find_table(fleet, table, RELKIND_PARTITIONED_TABLE, InvalidOid) :
	get_relname_relid(table, fleet->schema);

	if (listed && !OidIsValid(relid))
	{
		run(psprintf("CREATE TABLE %s (%s\n) PARTITION BY LIST (account_id)",
					 full_name(fleet, table), ssm_import_columns(operation)));
		ereport(NOTICE, (errmsg("table %s created", full_name(fleet, table))));
		relid = get_relname_relid(table, fleet->schema);
	}
	if (is_made(relid, RELKIND_PARTITIONED_TABLE, InvalidOid))
		fleet->tables = lappend(fleet->tables, unconstify(SsmOperation *, operation));
}

/*
 * Have the operation's partition for a region of an account, within that for the
 * account.  False if it was there.
 */
static bool
make_partition(const SsmFleet *fleet, const SsmOperation *operation, const char *account, const char *region,
			   const char *server)
{
	const char *of_account = psprintf("%s_%s", operation->table, account);
	const char *name = new_name(operation->table, account, region);
	Oid			parent = get_relname_relid(operation->table, fleet->schema);
	Oid			relid;

	if (!OidIsValid(find_table(fleet, of_account, RELKIND_PARTITIONED_TABLE, parent)))
		run(psprintf("CREATE TABLE %s PARTITION OF %s FOR VALUES IN (%s) PARTITION BY LIST (region)",
					 full_name(fleet, of_account), full_name(fleet, operation->table), quote_literal_cstr(account)));
	parent = get_relname_relid(of_account, fleet->schema);
	relid = find_table(fleet, name, RELKIND_FOREIGN_TABLE, parent);
	if (OidIsValid(relid))
	{
		if (GetForeignTable(relid)->serverid != GetForeignServerByName(server, false)->serverid)
			ereport(ERROR,
					(errcode(ERRCODE_WRONG_OBJECT_TYPE),
					 errmsg("%s is not a table of server \"%s\"", full_name(fleet, name), server),
					 errhint("Drop it or rename it.")));
		return false;
	}
	run(psprintf("CREATE FOREIGN TABLE %s PARTITION OF %s FOR VALUES IN (%s) SERVER %s%s",
				 full_name(fleet, name), full_name(fleet, of_account), quote_literal_cstr(region),
				 quote_identifier(server), ssm_import_options(operation)));
	return true;
}

/*
 * The server, user mapping and partitions for a region of an account, as they shall
 * be.
 */
void
ssm_fleet_make_part(SsmFleet *fleet, const char *account, const char *region)
{
	const char *server = new_name(fleet->name, account, region);
	SsmFleetDone server_done = ssm_fleet_make_server(fleet, server, account, region);
	SsmFleetDone mapping_done = ssm_fleet_make_mapping(fleet, server, account);
	int			tables = 0;
	StringInfoData done;
	ListCell   *lc;

	foreach(lc, fleet->tables)
		tables += make_partition(fleet, lfirst(lc), account, region, server);

	initStringInfo(&done);
	if (server_done != SSM_FLEET_NOTHING)
		appendStringInfo(&done, ", server %s", done_words[server_done]);
	if (mapping_done != SSM_FLEET_NOTHING)
		appendStringInfo(&done, ", user mapping %s", done_words[mapping_done]);
	if (tables > 0)
		appendStringInfo(&done, ", %d %s created", tables, tables == 1 ? "partition" : "partitions");
	if (done.len == 0)
		return;
	*(server_done == SSM_FLEET_CREATED ? &fleet->added : &fleet->changed) += 1;
	ereport(NOTICE, (errmsg("%s: %s", quote_identifier(server), done.data + strlen(", "))));
}

/*
 * Drop the operation's partition for a region of an account, and that for the account
 * if it has no other.  False if there is none that is the server's.
 */
static bool
drop_partition(const SsmFleet *fleet, const SsmOperation *operation, const char *account, const char *region,
			   Oid serverid)
{
	const char *of_account = psprintf("%s_%s", operation->table, account);
	const char *name = ssm_fleet_part_name(operation->table, account, region);
	Oid			table = get_relname_relid(operation->table, fleet->schema);
	Oid			parent = get_relname_relid(of_account, fleet->schema);
	Oid			relid = get_relname_relid(name, fleet->schema);

	if (!OidIsValid(table) || !is_made(parent, RELKIND_PARTITIONED_TABLE, table) ||
		!is_made(relid, RELKIND_FOREIGN_TABLE, parent) || GetForeignTable(relid)->serverid != serverid)
		return false;
	run(psprintf("DROP FOREIGN TABLE %s", full_name(fleet, name)));
	if (find_inheritance_children(parent, NoLock) == NIL)
		run(psprintf("DROP TABLE %s", full_name(fleet, of_account)));
	return true;
}

/*
 * Drop what the fleet has for a region of an account.  If somebody else has made use
 * of it, PostgreSQL refuses.
 */
void
ssm_fleet_remove_part(SsmFleet *fleet, const ForeignServer *server, const char *account, const char *region)
{
	const char *name = quote_identifier(server->servername);
	List	   *options;
	int			tables = 0;
	int			i;

	for (i = 0; ssm_operations[i]; i++)
		tables += drop_partition(fleet, ssm_operations[i], account, region, server->serverid);
	if (ssm_fleet_mapping(fleet->userid, server->serverid, &options))
		run(psprintf("DROP USER MAPPING FOR %s SERVER %s",
					 quote_identifier(GetUserNameFromId(fleet->userid, false)), name));
	run(psprintf("DROP SERVER %s", name));
	ereport(NOTICE, (errmsg("%s: server dropped, with its user mapping and %d %s",
							name, tables, tables == 1 ? "partition" : "partitions")));
	fleet->removed++;
}
