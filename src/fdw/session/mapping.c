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

#include "fdw/compat.h"
#include "fdw/policy.h"
#include "fdw/report.h"

/* What the catalogs say of who calls a server as a user. */
typedef struct Caller
{
	ForeignServer *server;
	UserMapping *catalog;
	SsmMappingOptions options;	/* the mapping's; strings are the catalog's */
	bool		ambient;		/* may use the server process's credentials */
	uint32		server_hash;	/* what invalidation messages name */
	uint32		mapping_hash;
} Caller;

static dlist_head mappings = DLIST_STATIC_INIT(mappings);

static uint64 changes;			/* invalidation messages so far */

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
look_up(Oid serverid, Oid userid)
{
	UserMapping *catalog;
	bool		own = SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(userid),
											ObjectIdGetDatum(serverid));

	if (!own && !SearchSysCacheExists2(USERMAPPINGUSERSERVER, ObjectIdGetDatum(InvalidOid),
									   ObjectIdGetDatum(serverid)))
		return NULL;
	catalog = GetUserMapping(userid, serverid);
	if (!own)
		catalog->userid = InvalidOid;
	return catalog;
}

/*
 * Read all that the catalogs say of who calls a server as a user.  False if
 * there is no user mapping.
 *
 * To look into one catalog may bring news of another: what was read before is
 * then out of date, and a mapping of the list may have been freed.  So this
 * reads until no news came meanwhile; its callers look into the list after that,
 * and into no catalog while they hold a mapping that no client uses.
 */
static bool
read_caller(Oid serverid, Oid userid, Caller *caller)
{
	uint64		seen;

	do
	{
		CHECK_FOR_INTERRUPTS();
		seen = changes;
		caller->server = GetForeignServer(serverid);
		caller->catalog = look_up(serverid, userid);
		if (caller->catalog == NULL)
			continue;
		ssm_options_mapping(caller->catalog->options, &caller->options);
		/* without the validator anyone may have set it */
		if (caller->options.ambient_credentials == SSM_FLAG_ON && !ssm_options_validated(caller->server))
			caller->options.ambient_credentials = SSM_FLAG_UNSET;
		caller->ambient = ssm_policy_ambient(caller->server, caller->catalog->userid,
											 caller->options.ambient_credentials);
		caller->server_hash = GetSysCacheHashValue1(FOREIGNSERVEROID, ObjectIdGetDatum(serverid));
		caller->mapping_hash = GetSysCacheHashValue1(USERMAPPINGOID,
													 ObjectIdGetDatum(caller->catalog->umid));
	} while (changes != seen);
	return caller->catalog != NULL;
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
 * Raise an error: the user has no mapping.  GetUserMapping's own has no hint that
 * tells what to run.
 */
pg_noreturn static void
refuse_user(const ForeignServer *server, Oid userid)
{
	ereport(ERROR,
			(errcode(ERRCODE_UNDEFINED_OBJECT),
			 errmsg("user mapping not found for user \"%s\", server \"%s\"",
					GetUserNameFromId(userid, false), server->servername),
			 errhint("CREATE USER MAPPING FOR %s SERVER %s OPTIONS (access_key_id '...', secret_access_key '...');",
					 role_name(userid), quote_identifier(server->servername))));
}

/*
 * Raise an error if the options cannot lead to any keys: one of a pair is
 * missing, or there are none and others are not allowed.
 */
static void
check_keys(const Caller *caller)
{
	const SsmMappingOptions *options = &caller->options;
	const ForeignServer *server = caller->server;
	Oid			user = caller->catalog->userid;
	bool		any = options->access_key_id || options->secret_access_key || options->session_token;
	const char *missing = options->access_key_id == NULL ? "access_key_id" :
	options->secret_access_key == NULL ? "secret_access_key" : NULL;

	if (missing == NULL || (caller->ambient && !any))
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_AUTHORIZATION_SPECIFICATION),
			 errmsg("no AWS credentials found for server \"%s\"", server->servername),
			 any ? errdetail("User mapping: option %s is not set.", missing) :
			 errdetail("User mapping: option %s is not set. It may not use %s: %s.", missing,
					   options->profile ? "its profile" : "the server process's own credentials",
					   ssm_policy_ambient_lack(server, user, options->ambient_credentials)),
			 errhint("ALTER USER MAPPING FOR %s SERVER %s OPTIONS (ADD %s '...');%s%s%s",
					 role_name(user), quote_identifier(server->servername), missing,
					 any ? "" : " or, as a superuser, the same with (",
					 any ? "" : options->ambient_credentials == SSM_FLAG_OFF ? "SET" : "ADD",
					 any ? "" : " ambient_credentials 'true')")));
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
 * others have to be fetched.  Looks into no catalog.
 */
static SsmMapping *
make_mapping(const Caller *caller)
{
	MemoryContext context = AllocSetContextCreate(TopMemoryContext, "ssm_fdw user mapping",
												  ALLOCSET_SMALL_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	SsmMapping *mapping = palloc0(sizeof(SsmMapping));
	SsmCredentials keys = {0};
	SsmError	error;

	mapping->context = context;
	mapping->list = copyObject(caller->catalog->options);
	MemoryContextSwitchTo(old);
	ssm_options_mapping(mapping->list, &mapping->options);
	mapping->umid = caller->catalog->umid;
	mapping->ambient = caller->ambient;
	mapping->server_hash = caller->server_hash;
	mapping->mapping_hash = caller->mapping_hash;
	dlist_push_head(&mappings, &mapping->node);
	keys.access_key_id = mapping->options.access_key_id;
	keys.secret_access_key = mapping->options.secret_access_key;
	keys.session_token = mapping->options.session_token;
	if (keys.access_key_id && mapping->options.role_arn == NULL &&
		!ssm_identity_set_credentials(&mapping->identity, &keys, &error))
	{
		mapping->stale = true;
		sweep();
		ssm_report(&error, "", caller->server->servername);
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
	Caller		caller;
	SsmMapping *mapping;

	if (!read_caller(server->serverid, userid, &caller))
		refuse_user(server, userid);
	check_keys(&caller);
	mapping = find_known(caller.catalog->umid);
	if (mapping && mapping->ambient != caller.ambient)
	{
		mapping->stale = true;
		mapping = NULL;
	}
	if (mapping == NULL)
		mapping = make_mapping(&caller);
	ssm_options_wipe(caller.catalog->options);
	return mapping;
}

/*
 * The profile of the user's mapping, or NULL if there is none or it is not
 * allowed.  palloc'ed.
 */
char *
ssm_mapping_profile(ForeignServer *server, Oid userid)
{
	Caller		caller;
	char	   *profile = NULL;

	if (!read_caller(server->serverid, userid, &caller))
		return NULL;
	if (caller.options.profile && caller.ambient)
		profile = pstrdup(caller.options.profile);
	ssm_options_wipe(caller.catalog->options);
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
 * The identity of another mapping, neither altered nor dropped since, whose keys
 * were searched for by the same digest and do not age yet; NULL if there is none.
 * Keys that never end are quickly found again, and may be others now.
 */
const SsmIdentity *
ssm_mapping_lender(const SsmMapping *mapping, const unsigned char digest[SSM_CREDENTIALS_DIGEST])
{
	dlist_iter	iter;

	dlist_foreach(iter, &mappings)
	{
		const SsmMapping *other = dlist_container(SsmMapping, node, iter.cur);
		const SsmIdentity *identity = &other->identity;

		if (other != mapping && !other->stale && other->shared &&
			memcmp(other->digest, digest, SSM_CREDENTIALS_DIGEST) == 0 &&
			identity->credentials.expires_at != 0 && identity->rejected != identity->generation &&
			ssm_credentials_age(&identity->credentials, ssm_clock_now(&identity->clock) / 1000) == SSM_CREDENTIALS_FRESH)
			return identity;
	}
	return NULL;
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

	changes++;
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
