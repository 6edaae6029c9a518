/*
 * fleet.c
 *		ssm_fdw_create_fleet: many accounts and regions as one table for each
 *		operation.
 *
 * It checks what it is given, and goes by names: what a fleet has for a region of an
 * account is named after the three, and is the fleet's if it also is what its name
 * says.  Nothing else is changed or dropped.
 */
#include "postgres.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_type.h"
#include "executor/spi.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "aws/region.h"
#include "fdw/closest.h"
#include "fdw/compat.h"
#include "fdw/functions/check.h"
#include "fdw/functions/fleet_parts.h"
#include "fdw/planner/plan.h"

#define ACCOUNT_DIGITS	12

/* The arguments, in the order of the procedure's. */
enum
{
	FLEET,
	BASE,
	ACCOUNTS,
	REGIONS,
	ROLE_NAME,
	EXTERNAL_ID,
	USER_NAME,
	TABLES
};

/*
 * Raise an error: an argument cannot be what it is.
 */
pg_noreturn static void
refuse(const char *message, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s", message),
			 errhint("%s", hint)));
}

/*
 * A text argument, or NULL.
 */
static const char *
get_text(FunctionCallInfo fcinfo, int arg)
{
	return PG_ARGISNULL(arg) ? NULL : text_to_cstring(PG_GETARG_TEXT_PP(arg));
}

/*
 * The texts of an argument that is an array, as C strings.
 */
static List *
get_texts(FunctionCallInfo fcinfo, int arg, const char *name)
{
	List	   *texts = NIL;
	Datum	   *values;
	bool	   *nulls;
	int			n;
	int			i;

	if (PG_ARGISNULL(arg))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("%s must not be null", name),
				 errhint("A list that is empty is '{}'.")));
	deconstruct_array(PG_GETARG_ARRAYTYPE_P(arg), TEXTOID, -1, false, TYPALIGN_INT, &values, &nulls, &n);
	for (i = 0; i < n; i++)
	{
		if (nulls[i])
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("%s must not have a null", name)));
		texts = lappend(texts, TextDatumGetCString(values[i]));
	}
	return texts;
}

/*
 * Is the text in the list?
 */
static bool
has_text(List *texts, const char *text)
{
	ListCell   *lc;

	foreach(lc, texts)
		if (strcmp(lfirst(lc), text) == 0)
		return true;
	return false;
}

/*
 * Raise an error if an account is none.
 */
static void
check_accounts(List *accounts)
{
	ListCell   *lc;

	foreach(lc, accounts)
	{
		const char *account = lfirst(lc);

		if (strlen(account) != ACCOUNT_DIGITS || strspn(account, "0123456789") != ACCOUNT_DIGITS)
			refuse(psprintf("\"%s\" is not the id of an AWS account", account),
				   "It has 12 digits.");
	}
}

/*
 * The partition of AWS that the regions are in, as ARNs have it; NULL if there are
 * none.  An account is of one partition, so regions of two are an error.
 */
static const char *
check_regions(List *regions)
{
	const char *found = NULL;
	ListCell   *lc;

	foreach(lc, regions)
	{
		const char *region = lfirst(lc);
		const SsmPartition *partition = ssm_region_partition(region);
		const char *closest = partition ? NULL : ssm_region_closest(region);

		if (partition == NULL)
			refuse(psprintf("\"%s\" is not the name of a region of AWS", region),
				   closest ? psprintf("Perhaps you meant \"%s\".", closest) : "Regions are named as us-east-1 is.");
		if (found && strcmp(found, partition->name) != 0)
			refuse(psprintf("regions are in more than one partition of AWS: \"%s\" and \"%s\"", found, partition->name),
				   "An account is in one partition: make a fleet for each.");
		found = partition->name;
	}
	return found;
}

/*
 * Raise an error if a listed table is none of the API's.
 */
static void
check_tables(List *tables)
{
	StringInfoData known;
	List	   *names = NIL;
	ListCell   *lc;
	int			i;

	initStringInfo(&known);
	for (i = 0; ssm_operations[i]; i++)
	{
		names = lappend(names, unconstify(char *, ssm_operations[i]->table));
		appendStringInfo(&known, "%s%s", i > 0 ? ", " : "", ssm_operations[i]->table);
	}
	foreach(lc, tables)
		if (!has_text(names, lfirst(lc)))
		refuse(psprintf("\"%s\" is not one of the tables", (char *) lfirst(lc)),
			   psprintf("The tables are %s.", known.data));
}

/*
 * Raise an error if the credentials on the base cannot serve all accounts.
 */
static void
check_role(const SsmFleet *fleet, List *accounts)
{
	ListCell   *lc;

	if (fleet->role_name && strchr(fleet->role_name, ':'))
		refuse(psprintf("role_name must not be an ARN: \"%s\"", fleet->role_name),
			   "It is the part behind \"role/\", and the same in all accounts.");
	if (fleet->role_name)
		return;
	if (fleet->external_id)
		refuse("external_id goes with a role_name", "Give role_name, too.");
	foreach(lc, accounts)
		if (fleet->base_account ? strcmp(fleet->base_account, lfirst(lc)) != 0 : strcmp(linitial(accounts), lfirst(lc)) != 0)
		refuse(psprintf("there is no role_name for account %s", (char *) lfirst(lc)),
			   "Only one account, that of the base server's credentials, can be read without a role.");
}

/*
 * Read the base server, and the mapping on it of the user whose mappings the fleet
 * has.  A superuser may copy anyone's, others only their own, as pg_user_mappings
 * shows them.  But a server's owner writes its mappings, and on the servers of a
 * superuser these may use the server process's credentials.
 */
static void
read_base(SsmFleet *fleet, const char *name)
{
	bool		found;

	if (fleet->userid != GetUserId() && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to copy the user mapping of role \"%s\"",
						GetUserNameFromId(fleet->userid, false)),
				 errhint("Only a superuser may copy that of another: SET ROLE first.")));
	fleet->base = ssm_check_server(name);
	if (superuser() && !superuser_arg(fleet->base->owner))
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("server \"%s\" is not a superuser's, and its owner may have written its user mappings", name),
				 errhint("Make a server of your own for the base.")));
	fleet->base_account = ssm_fleet_option(fleet->base->options, "account_id");
	found = ssm_fleet_mapping(fleet->userid, fleet->base->serverid, &fleet->mapping);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("role \"%s\" has no user mapping on server \"%s\"",
						GetUserNameFromId(fleet->userid, false), name),
				 errhint("The fleet's have its options: CREATE USER MAPPING FOR %s SERVER %s first.",
						 quote_identifier(GetUserNameFromId(fleet->userid, false)), quote_identifier(name))));
}

/*
 * The servers whose names say that they are the fleet's, and whose options agree.
 */
static List *
find_servers(const SsmFleet *fleet)
{
	Relation	catalog = table_open(ForeignServerRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *oids = NIL;
	List	   *servers = NIL;
	HeapTuple	tuple;
	ListCell   *lc;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
		oids = lappend_oid(oids, ((Form_pg_foreign_server) GETSTRUCT(tuple))->oid);
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);

	foreach(lc, oids)
	{
		ForeignServer *server = GetForeignServer(lfirst_oid(lc));
		const char *account = ssm_fleet_option(server->options, "account_id");
		const char *region = ssm_fleet_option(server->options, "region");

		if (account && region && strcmp(server->servername, ssm_fleet_part_name(fleet->name, account, region)) == 0 &&
			ssm_plan_ours(server->serverid))
			servers = lappend(servers, server);
	}
	return servers;
}

/*
 * Make the fleet what it shall be: first drop what is not listed any more, as its
 * accounts may have gone into partitions of the caller's own.
 */
static void
make(SsmFleet *fleet, List *accounts, List *regions, List *tables)
{
	ListCell   *lc;
	ListCell   *lc2;
	int			i;

	ssm_fleet_make_schema(fleet);
	foreach(lc, find_servers(fleet))
	{
		ForeignServer *server = lfirst(lc);
		const char *account = ssm_fleet_option(server->options, "account_id");
		const char *region = ssm_fleet_option(server->options, "region");

		if (!has_text(accounts, account) || !has_text(regions, region))
			ssm_fleet_remove_part(fleet, server, account, region);
	}
	for (i = 0; ssm_operations[i]; i++)
		ssm_fleet_make_table(fleet, ssm_operations[i], tables == NIL || has_text(tables, ssm_operations[i]->table));
	foreach(lc, accounts)
		foreach(lc2, regions)
		ssm_fleet_make_part(fleet, lfirst(lc), lfirst(lc2));
}

SSM_SQL_FUNCTION(ssm_fdw_create_fleet);

/*
 * ssm_fdw_create_fleet(fleet name, base name, accounts text[], regions text[],
 * role_name text, external_id text, user_name name, tables text[], INOUT added
 * bigint, INOUT changed bigint, INOUT removed bigint): have a table for each
 * operation, in the schema of the fleet's name, over all these accounts and regions
 * and no other.
 */
Datum
ssm_fdw_create_fleet(PG_FUNCTION_ARGS)
{
	SsmFleet	fleet = {0};
	List	   *accounts = get_texts(fcinfo, ACCOUNTS, "accounts");
	List	   *regions = get_texts(fcinfo, REGIONS, "regions");
	List	   *tables = PG_ARGISNULL(TABLES) ? NIL : get_texts(fcinfo, TABLES, "tables");
	TupleDesc	desc;
	Datum		values[3];
	bool		nulls[3] = {0};

	if (PG_ARGISNULL(FLEET))
		ereport(ERROR,
				(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
				 errmsg("fleet must not be null")));
	fleet.name = NameStr(*PG_GETARG_NAME(FLEET));
	fleet.role_name = get_text(fcinfo, ROLE_NAME);
	fleet.external_id = get_text(fcinfo, EXTERNAL_ID);
	fleet.userid = PG_ARGISNULL(USER_NAME) ? GetUserId() : get_role_oid(NameStr(*PG_GETARG_NAME(USER_NAME)), false);
	check_accounts(accounts);
	fleet.partition = check_regions(regions);
	check_tables(tables);
	if (accounts && regions)
	{
		if (PG_ARGISNULL(BASE))
			ereport(ERROR,
					(errcode(ERRCODE_NULL_VALUE_NOT_ALLOWED),
					 errmsg("base must not be null"),
					 errhint("It is a server whose options and user mapping those of the fleet have.")));
		read_base(&fleet, NameStr(*PG_GETARG_NAME(BASE)));
		check_role(&fleet, accounts);
	}

	SPI_connect();
	make(&fleet, accounts, regions, tables);
	SPI_finish();

	if (get_call_result_type(fcinfo, NULL, &desc) != TYPEFUNC_COMPOSITE)
		elog(ERROR, "ssm_fdw_create_fleet must return a record");
	values[0] = Int64GetDatum(fleet.added);
	values[1] = Int64GetDatum(fleet.changed);
	values[2] = Int64GetDatum(fleet.removed);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls)));
}
