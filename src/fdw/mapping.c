/*
 * mapping.c
 *		The backend's identities, one for each user mapping in use.
 *
 * An identity lives until its user mapping or server is altered or dropped, or
 * the backend ends; scans that run by then go on with it.
 */
#include "postgres.h"

#include "fdw/mapping.h"

#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "fdw/options.h"
#include "fdw/report.h"

static dlist_head mappings = DLIST_STATIC_INIT(mappings);

/*
 * Wipe and forget the stale mappings that no one uses.
 */
static void
sweep(void)
{
	dlist_mutable_iter iter;

	dlist_foreach_modify(iter, &mappings)
	{
		SsmMapping *mapping = dlist_container(SsmMapping, node, iter.cur);

		if (!mapping->stale || mapping->users > 0)
			continue;
		dlist_delete(&mapping->node);
		ssm_identity_clear(&mapping->identity);
		pfree(mapping);
	}
}

/*
 * The user mapping for that user.  GetUserMapping's own error has no hint that
 * tells what to run.
 */
static UserMapping *
find_mapping(ForeignServer *server, Oid userid)
{
	if (!SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
							   ObjectIdGetDatum(server->serverid)) &&
		!SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
							   ObjectIdGetDatum(server->serverid)))
	{
		char	   *user = GetUserNameFromId(userid, false);

		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user mapping not found for user \"%s\", server \"%s\"",
						user, server->servername),
				 errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_key_id '...', secret_access_key '...');",
						 quote_identifier(user), quote_identifier(server->servername))));
	}
	return GetUserMapping(userid, server->serverid);
}

/*
 * The keys of a user mapping; its options must hold both.  The strings stay
 * the catalog entry's.
 */
static SsmCredentials
read_keys(UserMapping *catalog, ForeignServer *server)
{
	SsmMappingOptions options;
	const char *missing;

	ssm_options_mapping(catalog->options, &options);
	missing = options.access_key_id == NULL ? "access_key_id" :
		options.secret_access_key == NULL ? "secret_access_key" : NULL;
	if (missing)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
				 errmsg("no AWS credentials found for server \"%s\"", server->servername),
				 errdetail("User mapping: option %s is not set.", missing),
				 errhint("ALTER USER MAPPING FOR %s SERVER %s OPTIONS (ADD %s '...');",
						 OidIsValid(catalog->userid) ?
						 quote_identifier(GetUserNameFromId(catalog->userid, false)) : "PUBLIC",
						 quote_identifier(server->servername), missing)));
	return (SsmCredentials)
	{
		options.access_key_id, options.secret_access_key, options.session_token
	};
}

/*
 * The mapping of that number that new scans may use, or NULL.
 */
static SsmMapping *
find_known(Oid umid)
{
	dlist_iter	iter;

	dlist_foreach(iter, &mappings)
	{
		SsmMapping *mapping = dlist_container(SsmMapping, node, iter.cur);

		if (mapping->umid == umid && !mapping->stale)
			return mapping;
	}
	return NULL;
}

/*
 * Take note of a user mapping.
 */
static SsmMapping *
make_mapping(UserMapping *catalog, ForeignServer *server)
{
	SsmCredentials keys = read_keys(catalog, server);
	SsmMapping *mapping = MemoryContextAllocZero(TopMemoryContext, sizeof(SsmMapping));
	SsmError	error;

	mapping->umid = catalog->umid;
	mapping->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												 ObjectIdGetDatum(server->serverid));
	mapping->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
												  ObjectIdGetDatum(catalog->umid));
	if (!ssm_identity_set_keys(&mapping->identity, &keys, &error))
	{
		pfree(mapping);
		ssm_report(&error, "", server->servername);
	}
	dlist_push_head(&mappings, &mapping->node);
	return mapping;
}

/*
 * Who calls the server as the user.  Stays only until the next use of a catalog
 * unless ssm_mapping_use keeps it.  Raises an error if there is no user mapping
 * or it has no keys.
 */
SsmMapping *
ssm_mapping_find(ForeignServer *server, Oid userid)
{
	UserMapping *catalog = find_mapping(server, userid);
	SsmMapping *mapping = find_known(catalog->umid);

	return mapping ? mapping : make_mapping(catalog, server);
}

/*
 * Keep a mapping until ssm_mapping_release, even if it becomes stale.
 */
SsmMapping *
ssm_mapping_use(SsmMapping *mapping)
{
	mapping->users++;
	return mapping;
}

/*
 * One user less.
 */
void
ssm_mapping_release(SsmMapping *mapping)
{
	mapping->users--;
	sweep();
}

/*
 * A server or user mapping has changed, as a syscache callback tells; hash 0
 * means all of them have.
 */
void
ssm_mapping_invalidate(int cacheid, uint32 hash)
{
	dlist_iter	iter;

	dlist_foreach(iter, &mappings)
	{
		SsmMapping *mapping = dlist_container(SsmMapping, node, iter.cur);
		uint32		known = cacheid == FOREIGNSERVEROID ? mapping->server_hash : mapping->mapping_hash;

		mapping->stale |= hash == 0 || hash == known;
	}
	sweep();
}

/*
 * Wipe and forget all mappings that no client calls by.
 */
void
ssm_mapping_forget(void)
{
	dlist_iter	iter;

	dlist_foreach(iter, &mappings)
	{
		SsmMapping *mapping = dlist_container(SsmMapping, node, iter.cur);

		mapping->stale |= mapping->users == 0;
	}
	sweep();
}
