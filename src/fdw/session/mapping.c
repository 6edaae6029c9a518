/*
 * mapping.c
 *		The backend's identities, one for each user mapping in use.
 *
 * An identity lives until its user mapping or server is altered or dropped, or
 * the backend ends; scans that run by then go on with it.
 */
#include "postgres.h"

#include "fdw/session/mapping.h"

#include "catalog/pg_user_mapping.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/syscache.h"

#include "fdw/policy.h"
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
		ssm_options_wipe(mapping->list);
		MemoryContextDelete(mapping->context);
	}
}

/*
 * The user mapping that is for a user: his own, else PUBLIC's, which then has
 * InvalidOid for its user.  NULL if there is none.  palloc'ed.
 */
static UserMapping *
look_up(ForeignServer *server, Oid userid)
{
	UserMapping *catalog;
	bool		own = SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
											ObjectIdGetDatum(server->serverid));

	if (!own && !SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
									   ObjectIdGetDatum(server->serverid)))
		return NULL;
	catalog = GetUserMapping(userid, server->serverid);
	if (!own)
		catalog->userid = InvalidOid;
	return catalog;
}

/*
 * A role's name as SQL has it.
 */
static const char *
role_name(Oid userid)
{
	return OidIsValid(userid) ? quote_identifier(GetUserNameFromId(userid, false)) : "PUBLIC";
}

/*
 * The same; none is an error.  GetUserMapping's own has no hint that tells what
 * to run.
 */
static UserMapping *
find_catalog(ForeignServer *server, Oid userid)
{
	UserMapping *catalog = look_up(server, userid);

	if (catalog == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("user mapping not found for user \"%s\", server \"%s\"",
						GetUserNameFromId(userid, false), server->servername),
				 errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_key_id '...', secret_access_key '...');",
						 role_name(userid), quote_identifier(server->servername))));
	return catalog;
}

/*
 * Raise an error if the options cannot lead to any keys: one of a pair is
 * missing, or there are none and others are not allowed.
 */
static void
check_keys(const SsmMappingOptions *options, bool ambient, Oid userid, ForeignServer *server)
{
	bool		any = options->access_key_id || options->secret_access_key || options->session_token;
	const char *missing = options->access_key_id == NULL ? "access_key_id" :
	options->secret_access_key == NULL ? "secret_access_key" : NULL;

	if (missing == NULL || (ambient && !any))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("no AWS credentials found for server \"%s\"", server->servername),
			 errdetail("User mapping: option %s is not set.%s", missing, any ? "" :
					   options->profile ? " Its profile is not for it, as its user is no superuser and it lacks ambient_credentials." :
					   " The server process's own credentials are not for it."),
			 errhint("ALTER USER MAPPING FOR %s SERVER %s OPTIONS (ADD %s '...');%s",
					 role_name(userid), quote_identifier(server->servername), missing, any ? "" :
					 " or, as a superuser, the same with (ADD ambient_credentials 'true')")));
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
 * Take note of a user mapping.  Keys of its own are its identity's at once; all
 * others have to be fetched.
 */
static SsmMapping *
make_mapping(UserMapping *catalog, bool ambient, ForeignServer *server)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "ssm_fdw user mapping",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SsmMapping *mapping = palloc0(sizeof(SsmMapping));
	SsmCredentials keys = {0};
	SsmError	error;

	mapping->context = context;
	mapping->list = copyObject(catalog->options);
	MemoryContextSwitchTo(old);
	ssm_options_mapping(mapping->list, &mapping->options);
	mapping->umid = catalog->umid;
	mapping->ambient = ambient;
	mapping->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID,
												 ObjectIdGetDatum(server->serverid));
	mapping->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
												  ObjectIdGetDatum(catalog->umid));
	dlist_push_head(&mappings, &mapping->node);
	keys.access_key_id = mapping->options.access_key_id;
	keys.secret_access_key = mapping->options.secret_access_key;
	keys.session_token = mapping->options.session_token;
	if (keys.access_key_id && mapping->options.role_arn == NULL &&
		!ssm_identity_set_keys(&mapping->identity, &keys, &error))
	{
		mapping->stale = true;
		sweep();
		ssm_report(&error, "", server->servername);
	}
	return mapping;
}

/*
 * Who calls the server as the user.  Stays only until the next use of a catalog
 * unless ssm_mapping_use keeps it.  Raises an error if there is no user mapping
 * or it cannot lead to any keys.  What the user is allowed is judged anew each
 * time: roles change.
 */
SsmMapping *
ssm_mapping_find(ForeignServer *server, Oid userid)
{
	UserMapping *catalog = find_catalog(server, userid);
	SsmMapping *mapping = find_known(catalog->umid);
	SsmMappingOptions options;
	bool		ambient;

	ssm_options_mapping(catalog->options, &options);
	ambient = ssm_policy_ambient(options.ambient_credentials, catalog->userid);
	check_keys(&options, ambient, catalog->userid, server);
	if (mapping && mapping->ambient != ambient)
	{
		mapping->stale = true;
		mapping = NULL;
	}
	if (mapping == NULL)
		mapping = make_mapping(catalog, ambient, server);
	ssm_options_wipe(catalog->options);
	return mapping;
}

/*
 * The profile of the user's mapping, or NULL if there is none or it is not
 * allowed.  palloc'ed.
 */
char *
ssm_mapping_profile(ForeignServer *server, Oid userid)
{
	UserMapping *catalog = look_up(server, userid);
	SsmMappingOptions options;
	char	   *profile = NULL;

	if (catalog == NULL)
		return NULL;
	ssm_options_mapping(catalog->options, &options);
	if (options.profile && ssm_policy_ambient(options.ambient_credentials, catalog->userid))
		profile = pstrdup(options.profile);
	ssm_options_wipe(catalog->options);
	return profile;
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
