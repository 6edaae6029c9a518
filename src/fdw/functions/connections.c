/*
 * connections.c
 *		The SQL functions that tell of this backend's connections.
 */
#include "postgres.h"

#include "access/htup_details.h"
#include "catalog/pg_user_mapping.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/syscache.h"
#include "utils/tuplestore.h"

#include "fdw/compat.h"
#include "fdw/session/pool.h"
#include "fdw/version.h"

/*
 * A name as Datum; NULL is SQL NULL.
 */
static Datum
name_datum(const char *name, bool *isnull)
{
	*isnull = name == NULL;
	return name ? DirectFunctionCall1(namein, CStringGetDatum(name)) : (Datum) 0;
}

/*
 * A server's name as Datum; NULL if it has been dropped.
 */
static Datum
server_datum(Oid serverid, bool *isnull)
{
	ForeignServer *server = GetForeignServerExtended(serverid, FSV_MISSING_OK);

	return name_datum(server ? server->servername : NULL, isnull);
}

/*
 * The user of a user mapping as Datum, "public" for the mapping that is for
 * all; NULL if it has been dropped.
 */
static Datum
user_datum(Oid umid, bool *isnull)
{
	HeapTuple	tuple = SearchSysCache1(USERMAPPINGOID, ObjectIdGetDatum(umid));
	const char *name = NULL;

	if (HeapTupleIsValid(tuple))
	{
		Oid			user = ((Form_pg_user_mapping) GETSTRUCT(tuple))->umuser;

		name = OidIsValid(user) ? GetUserNameFromId(user, true) : "public";
		ReleaseSysCache(tuple);
	}
	return name_datum(name, isnull);
}

SSM_SQL_FUNCTION(ssm_fdw_version);

/*
 * ssm_fdw_version() → text: the library's release, which may not be the
 * extension's in the catalog.
 */
Datum
ssm_fdw_version(PG_FUNCTION_ARGS)
{
	PG_RETURN_TEXT_P(cstring_to_text(SSM_FDW_VERSION));
}

SSM_SQL_FUNCTION(ssm_fdw_get_connections);

/*
 * ssm_fdw_get_connections() → setof (server_name, user_name, valid, in_use): a
 * row for each client.
 */
Datum
ssm_fdw_get_connections(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	ListCell   *lc;

	InitMaterializedSRF(fcinfo, 0);
	foreach(lc, ssm_pool_connections())
	{
		const SsmConnection *connection = lfirst(lc);
		Datum		values[4];
		bool		nulls[4] = {0};

		values[0] = server_datum(connection->serverid, &nulls[0]);
		values[1] = user_datum(connection->umid, &nulls[1]);
		values[2] = BoolGetDatum(connection->valid);
		values[3] = BoolGetDatum(connection->in_use);
		tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
	}
	return (Datum) 0;
}

/*
 * Close idle clients, and warn of those that are in use and so stay.
 */
static bool
disconnect(Oid serverid)
{
	bool		any = ssm_pool_close(serverid);
	ListCell   *lc;

	foreach(lc, ssm_pool_connections())
	{
		const SsmConnection *connection = lfirst(lc);
		ForeignServer *server;

		if (!connection->in_use || (OidIsValid(serverid) && connection->serverid != serverid))
			continue;
		server = GetForeignServerExtended(connection->serverid, FSV_MISSING_OK);
		ereport(WARNING,
				(errcode(ERRCODE_OBJECT_IN_USE),
				 server ?
				 errmsg("cannot close connection for server \"%s\" because it is still in use",
						server->servername) :
				 errmsg("cannot close connection for dropped server because it is still in use")));
	}
	return any;
}

SSM_SQL_FUNCTION(ssm_fdw_disconnect);

/*
 * ssm_fdw_disconnect(server_name name) → boolean: close this backend's idle
 * clients of a server; true if there were any.
 */
Datum
ssm_fdw_disconnect(PG_FUNCTION_ARGS)
{
	ForeignServer *server = GetForeignServerByName(NameStr(*PG_GETARG_NAME(0)), false);

	PG_RETURN_BOOL(disconnect(server->serverid));
}

SSM_SQL_FUNCTION(ssm_fdw_disconnect_all);

/*
 * ssm_fdw_disconnect_all() → boolean: the same for all servers.
 */
Datum
ssm_fdw_disconnect_all(PG_FUNCTION_ARGS)
{
	PG_RETURN_BOOL(disconnect(InvalidOid));
}
