/*
 * policy.c
 *		Who may set an option that decides where secrets go, or whose they are.
 *
 * Whoever chooses the host or the authorities that vouch for it could have the
 * session tokens of all who read his tables, or reach into the server's own
 * network.  So a superuser chooses freely and others among AWS's own hosts.
 * The rule is applied to who sets an option, and again at each use to who owns
 * the object then: owners change, and roles lose their rights.
 *
 * The server process may have credentials of its own, which are the
 * administrator's.  PostgreSQL keeps whose a user mapping is, not who wrote it,
 * and both its user and the server's owner may: so a mapping has these
 * credentials unasked only where both are superusers.  Like postgres_fdw's
 * password_required, ambient_credentials gives them to others; only superusers
 * set it, and change a mapping that has it.
 */
#include "postgres.h"

#include "fdw/policy.h"

#include "access/htup_details.h"
#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "utils/syscache.h"

#include "aws/endpoint.h"

/* The options that not everyone may set freely. */
static const struct
{
	const char *option;
	bool		(*harmless) (const char *value);	/* free for all; NULL:
													 * none is */
	const char *rule;
}			rules[] = {

	{"endpoint_url", ssm_endpoint_official,
	"Only a superuser may choose other hosts than AWS's own, such as https://ssm.us-east-1.amazonaws.com."},
	{"ca_bundle", NULL, "Only a superuser may set it."},
	{"profile", NULL, "Only a superuser may set it, or change a user mapping that has it."},
	{"ambient_credentials", NULL, "Only a superuser may set it, or change a user mapping that has it."},
};

/*
 * What forbids the value to that role, as a sentence, or NULL.  value may be NULL.
 */
static const char *
forbids(const char *option, const char *value, Oid role)
{
	int			i;

	for (i = 0; value && i < (int) lengthof(rules); i++)
		if (strcmp(rules[i].option, option) == 0 &&
			!(rules[i].harmless && rules[i].harmless(value)) && !superuser_arg(role))
			return rules[i].rule;
	return NULL;
}

/*
 * Raise an error unless the current user may set the option so.
 */
void
ssm_policy_define(const char *option, const char *value)
{
	const char *rule = forbids(option, value, GetUserId());

	if (rule)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"%s\"", option),
				 errhint("%s", rule)));
}

/*
 * Raise an error unless the owner of an object may set the option so.  kind and
 * name say which object.
 */
static void
check_use(const char *option, const char *value, Oid owner, const char *kind, const char *name)
{
	const char *rule = forbids(option, value, owner);

	if (rule)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("option \"%s\" of %s \"%s\" is more than its owner may set",
						option, kind, name),
				 errdetail("The owner \"%s\" is not a superuser.",
						   GetUserNameFromId(owner, false)),
				 errhint("%s Change the option, or let a superuser own the %s.", rule, kind)));
}

/*
 * Raise an error unless the server's owner may set the option so now.
 */
void
ssm_policy_server(const char *option, const char *value, const ForeignServer *server)
{
	check_use(option, value, server->owner, "server", server->servername);
}

/*
 * Raise an error unless the foreign table's owner may set the option so now.
 */
void
ssm_policy_table(const char *option, const char *value, Oid relid)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relid));
	Form_pg_class class;

	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("cache lookup failed for foreign table %u", relid)));
	class = (Form_pg_class) GETSTRUCT(tuple);
	check_use(option, value, class->relowner, "foreign table", NameStr(class->relname));
	ReleaseSysCache(tuple);
}

/*
 * Raise an error unless the current user may write a mapping that takes a role
 * with keys of its own or without.
 */
void
ssm_policy_define_role(bool role, bool keys)
{
	if (role && !keys && !superuser())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied to set option \"role_arn\" without keys"),
				 errhint("Set access_key_id and secret_access_key as well: only a superuser may have a role assumed with the server process's own credentials.")));
}

/*
 * May a user mapping use the server process's own credentials?  given is its
 * ambient_credentials, as far as only a superuser can have set it; user is whose
 * mapping it is, InvalidOid for PUBLIC.
 */
bool
ssm_policy_ambient(const ForeignServer *server, Oid user, SsmFlag given)
{
	if (given != SSM_FLAG_UNSET)
		return given == SSM_FLAG_ON;
	return OidIsValid(user) && superuser_arg(user) && superuser_arg(server->owner);
}

/*
 * Why a mapping may not, as a clause; palloc'ed.
 */
const char *
ssm_policy_ambient_lack(const ForeignServer *server, Oid user, SsmFlag given)
{
	Oid			plain = OidIsValid(user) && superuser_arg(user) ? server->owner : user;

	if (given == SSM_FLAG_OFF)
		return "ambient_credentials is off";
	if (!OidIsValid(user))
		return "it is for PUBLIC";
	return psprintf("the %s \"%s\" is not a superuser", plain == user ? "user" : "server's owner",
					GetUserNameFromId(plain, false));
}
