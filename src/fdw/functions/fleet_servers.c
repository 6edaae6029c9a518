/*
 * fleet_servers.c
 *		The servers and user mappings of a fleet.
 *
 * They have the options of the base's.  The commands that make them go to PostgreSQL
 * as trees, as a text with keys would be seen by whoever looks at statements or at
 * the context of an error.
 */
#include "postgres.h"

#include "fdw/functions/fleet_servers.h"

#include "access/reloptions.h"
#include "access/xact.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

#include "base/array.h"
#include "fdw/planner/plan.h"

/*
 * Run a command that is a tree.  The text is what others may see of it.
 */
static void
run_tree(Node *tree, const char *text)
{
	PlannedStmt *statement = makeNode(PlannedStmt);

	statement->commandType = CMD_UTILITY;
	statement->utilityStmt = tree;
	statement->stmt_location = -1;
	ProcessUtility(statement, text, false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, NULL);
	CommandCounterIncrement();
}

/*
 * The name of what is of a region of an account; it may be too long for one.  Regions
 * have no underscore, so no two are alike.
 */
const char *
ssm_fleet_part_name(const char *of, const char *account, const char *region)
{
	char	   *name = psprintf("%s_%s_%s", of, account, region);
	char	   *c;

	for (c = name + strlen(name) - strlen(region); *c; c++)
		if (*c == '-')
			*c = '_';
	return name;
}

/*
 * The value of an option; NULL if it is not there.
 */
const char *
ssm_fleet_option(List *options, const char *name)
{
	ListCell   *lc;

	foreach(lc, options)
		if (strcmp(((DefElem *) lfirst(lc))->defname, name) == 0)
		return defGetString(lfirst(lc));
	return NULL;
}

/*
 * The options without some; names ends in NULL.
 */
static List *
without(List *options, const char *const *names)
{
	List	   *rest = NIL;
	ListCell   *lc;

	foreach(lc, options)
	{
		DefElem    *option = lfirst(lc);
		const char *const *name;

		for (name = names; *name && strcmp(*name, option->defname) != 0; name++)
			;
		if (*name == NULL)
			rest = lappend(rest, makeDefElem(option->defname, (Node *) makeString(defGetString(option)), -1));
	}
	return rest;
}

/*
 * The options with one more, if it has a value.
 */
static List *
with(List *options, const char *name, const char *value)
{
	return value ? lappend(options, makeDefElem(pstrdup(name), (Node *) makeString(pstrdup(value)), -1)) : options;
}

/*
 * What ALTER … OPTIONS has to be given to make options of others.
 */
static List *
changes(List *has, List *wanted)
{
	List	   *list = NIL;
	ListCell   *lc;

	foreach(lc, wanted)
	{
		DefElem    *option = lfirst(lc);
		const char *old = ssm_fleet_option(has, option->defname);

		if (old == NULL || strcmp(old, defGetString(option)) != 0)
			list = lappend(list, makeDefElemExtended(NULL, option->defname, option->arg,
													 old ? DEFELEM_SET : DEFELEM_ADD, -1));
	}
	foreach(lc, has)
	{
		DefElem    *option = lfirst(lc);

		if (ssm_fleet_option(wanted, option->defname) == NULL)
			list = lappend(list, makeDefElemExtended(NULL, option->defname, NULL, DEFELEM_DROP, -1));
	}
	return list;
}

/*
 * Have a server for a region of an account, with the base's options.
 */
SsmFleetDone
ssm_fleet_make_server(const SsmFleet *fleet, const char *name, const char *account, const char *region)
{
	static const char *const places[] = {"region", "account_id", NULL};
	List	   *options = with(with(without(fleet->base->options, places), "region", region), "account_id", account);
	ForeignServer *server = GetForeignServerByName(name, true);

	if (server == NULL)
	{
		CreateForeignServerStmt *create = makeNode(CreateForeignServerStmt);

		create->servername = pstrdup(name);
		create->fdwname = GetForeignDataWrapper(fleet->base->fdwid)->fdwname;
		create->options = options;
		run_tree((Node *) create, psprintf("CREATE SERVER %s", quote_identifier(name)));
		return SSM_FLEET_CREATED;
	}
	if (!ssm_plan_ours(server->serverid))
		ereport(ERROR,
				(errcode(ERRCODE_DUPLICATE_OBJECT),
				 errmsg("server \"%s\" is not a server of ssm_fdw", name),
				 errhint("Give the fleet another name, or rename the server.")));
	options = changes(server->options, options);
	if (options)
	{
		AlterForeignServerStmt *alter = makeNode(AlterForeignServerStmt);

		alter->servername = pstrdup(name);
		alter->options = options;
		run_tree((Node *) alter, psprintf("ALTER SERVER %s", quote_identifier(name)));
	}
	return options ? SSM_FLEET_CHANGED : SSM_FLEET_NOTHING;
}

/*
 * The options of a user's own mapping on a server.  False if there is none.
 */
bool
ssm_fleet_mapping(Oid userid, Oid serverid, List **options)
{
	HeapTuple	tuple = SearchSysCache2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid), ObjectIdGetDatum(serverid));
	Datum		value;
	bool		isnull;

	*options = NIL;
	if (!HeapTupleIsValid(tuple))
		return false;
	value = SysCacheGetAttr(USERMAPPINGUSERSERVER, tuple, Anum_pg_user_mapping_umoptions, &isnull);
	if (!isnull)
		*options = untransformRelOptions(value);
	ReleaseSysCache(tuple);
	return true;
}

/*
 * The options of a mapping for an account: those of the mapping on the base, which
 * take the role there, unless they are that account's.
 */
static List *
mapping_options(const SsmFleet *fleet, const char *account)
{
	static const char *const roles[] = {"role_arn", "external_id", NULL};
	List	   *options;

	if (fleet->role_name == NULL || (fleet->base_account && strcmp(fleet->base_account, account) == 0))
		return without(fleet->mapping, roles + lengthof(roles) - 1);
	options = with(without(fleet->mapping, roles), "role_arn",
				   psprintf("arn:%s:iam::%s:role/%s", fleet->partition, account, fleet->role_name));
	return with(options, "external_id", fleet->external_id);
}

/*
 * Have the user's mapping on a server for an account.
 */
SsmFleetDone
ssm_fleet_make_mapping(const SsmFleet *fleet, const char *server, const char *account)
{
	List	   *options = mapping_options(fleet, account);
	RoleSpec   *user = makeNode(RoleSpec);
	List	   *has;
	const char *object;

	user->roletype = ROLESPEC_CSTRING;
	user->rolename = GetUserNameFromId(fleet->userid, false);
	object = psprintf("USER MAPPING FOR %s SERVER %s", quote_identifier(user->rolename), quote_identifier(server));
	if (!ssm_fleet_mapping(fleet->userid, GetForeignServerByName(server, false)->serverid, &has))
	{
		CreateUserMappingStmt *create = makeNode(CreateUserMappingStmt);

		create->user = user;
		create->servername = pstrdup(server);
		create->options = options;
		run_tree((Node *) create, psprintf("CREATE %s", object));
		return SSM_FLEET_CREATED;
	}
	options = changes(has, options);
	if (options)
	{
		AlterUserMappingStmt *alter = makeNode(AlterUserMappingStmt);

		alter->user = user;
		alter->servername = pstrdup(server);
		alter->options = options;
		run_tree((Node *) alter, psprintf("ALTER %s", object));
	}
	return options ? SSM_FLEET_CHANGED : SSM_FLEET_NOTHING;
}
