/*
 * options.c
 *		Validate and read the options of servers, tables, columns and mappings.
 *
 * Each option is a row of a table: where it may stand, what values it takes,
 * and the field that it sets.  Checking and reading are the same code.
 */
#include "postgres.h"

#include "fdw/options.h"

#include "access/reloptions.h"
#include "catalog/pg_attribute.h"
#include "catalog/pg_foreign_server.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_user_mapping.h"
#include "commands/defrem.h"
#include "common/int.h"
#include "fmgr.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "engine/chain.h"
#include "engine/endpoint.h"
#include "engine/request.h"
#include "engine/retry.h"
#include "fdw/closest.h"
#include "fdw/compat.h"
#include "fdw/policy.h"
#include "fdw/tables.h"

/* Where an option may stand. */
#define ON_SERVER	0x01
#define ON_TABLE	0x02
#define ON_MAPPING	0x04
#define ON_COLUMN	0x08

typedef enum Kind
{
	KIND_TEXT,					/* char *: anything but "" */
	KIND_REGION,				/* char *: a host label */
	KIND_URL,					/* char *: http or https */
	KIND_MEMBER,				/* char *: an API member */
	KIND_BOOL,					/* bool */
	KIND_WORD,					/* int: place in words */
	KIND_INT,					/* int: min to max */
	KIND_COUNT,					/* int64: min to max */
	KIND_TIME,					/* int64: microseconds, min to max */
	KIND_SIZE,					/* int64: bytes, min to max */
	KIND_REAL					/* double: min to max */
} Kind;

typedef struct Option
{
	const char *name;
	int			where;
	Kind		kind;
	size_t		field;			/* offset of what it sets */
	int64		min;
	int64		max;
	const char *const *words;	/* for KIND_WORD, ends in NULL */
} Option;

#define FIELD(field)			offsetof(SsmOptions, field)
#define MAPPING_FIELD(field)	offsetof(SsmMappingOptions, field)
#define COLUMN_FIELD(field)		offsetof(SsmColumnOptions, field)

static const char *const status_filter_words[] = {
	[SSM_STATUS_EXACT] = "exact", [SSM_STATUS_EXPANDED] = "expanded", [SSM_STATUS_OFF] = "off", NULL
};

static const char *const invalid_instance_id_words[] = {
	[SSM_INVALID_RESCAN] = "rescan", [SSM_INVALID_EMPTY] = "empty", [SSM_INVALID_ERROR] = "error", NULL
};

static const char *const retry_mode_words[] = {
	[SSM_RETRY_ADAPTIVE] = "adaptive", [SSM_RETRY_STANDARD] = "standard", NULL
};

static const Option options[] = {
	{"region", ON_SERVER | ON_TABLE, KIND_REGION, FIELD(region)},
	{"endpoint_url", ON_SERVER | ON_TABLE, KIND_URL, FIELD(endpoint_url)},
	{"account_id", ON_SERVER | ON_TABLE, KIND_TEXT, FIELD(account_id)},
	{"use_fips_endpoint", ON_SERVER, KIND_BOOL, FIELD(use_fips_endpoint)},
	{"use_dualstack_endpoint", ON_SERVER, KIND_BOOL, FIELD(use_dualstack_endpoint)},
	{"ca_bundle", ON_SERVER, KIND_TEXT, FIELD(ca_bundle)},
	{"page_size", ON_SERVER | ON_TABLE, KIND_INT, FIELD(page_size), 1, 50},
	{"max_concurrency", ON_SERVER | ON_TABLE, KIND_INT, FIELD(max_concurrency), 1, 64},
	{"scan_windows", ON_SERVER | ON_TABLE, KIND_INT, FIELD(scan_windows), 1, SSM_MAX_WINDOWS},
	{"status_filter", ON_SERVER | ON_TABLE, KIND_WORD, FIELD(status_filter), 0, 0, status_filter_words},
	{"invoked_after_slack", ON_SERVER | ON_TABLE, KIND_TIME, FIELD(invoked_after_slack), 0, 366 * USECS_PER_DAY},
	{"invalid_instance_id", ON_SERVER | ON_TABLE, KIND_WORD, FIELD(invalid_instance_id), 0, 0, invalid_instance_id_words},
	{"async_capable", ON_SERVER | ON_TABLE, KIND_BOOL, FIELD(async_capable)},
	{"analyze_pages", ON_SERVER | ON_TABLE, KIND_INT, FIELD(analyze_pages), 1, 1000},
	{"fdw_startup_cost", ON_SERVER | ON_TABLE, KIND_REAL, FIELD(fdw_startup_cost), 0, PG_INT32_MAX},
	{"fdw_page_cost", ON_SERVER | ON_TABLE, KIND_REAL, FIELD(fdw_page_cost), 0, PG_INT32_MAX},
	{"fdw_tuple_cost", ON_SERVER | ON_TABLE, KIND_REAL, FIELD(fdw_tuple_cost), 0, PG_INT32_MAX},
	{"max_attempts", ON_SERVER, KIND_INT, FIELD(max_attempts), 1, 100},
	{"retry_mode", ON_SERVER, KIND_WORD, FIELD(retry_mode), 0, 0, retry_mode_words},
	{"max_requests", ON_SERVER | ON_TABLE, KIND_COUNT, FIELD(max_requests), 1, PG_INT32_MAX},
	{"connect_timeout", ON_SERVER, KIND_TIME, FIELD(connect_timeout), USECS_PER_SEC / 1000, USECS_PER_DAY},
	{"request_timeout", ON_SERVER, KIND_TIME, FIELD(request_timeout), USECS_PER_SEC / 1000, USECS_PER_DAY},
	{"max_response_size", ON_SERVER, KIND_SIZE, FIELD(max_response_size), 1024, 1024 * 1024 * 1023},
	{"access_key_id", ON_MAPPING, KIND_TEXT, MAPPING_FIELD(access_key_id)},
	{"secret_access_key", ON_MAPPING, KIND_TEXT, MAPPING_FIELD(secret_access_key)},
	{"session_token", ON_MAPPING, KIND_TEXT, MAPPING_FIELD(session_token)},
	{"member", ON_COLUMN, KIND_MEMBER, COLUMN_FIELD(member)},
	{"pushdown", ON_COLUMN, KIND_BOOL, COLUMN_FIELD(pushdown)},
};

/* GUC ssm_fdw.invoked_after_slack: seconds, or -1 to go by the options. */
static int	invoked_after_slack = -1;

static const SsmOptions default_options = {
	.async_capable = true,
	.analyze_pages = 10,
	.fdw_startup_cost = 100,
	.fdw_page_cost = 400,
	.fdw_tuple_cost = 0.05,
	.page_size = 50,
	.max_concurrency = 4,
	.scan_windows = 1,
	.status_filter = SSM_STATUS_EXACT,
	.invoked_after_slack = USECS_PER_DAY,
	.invalid_instance_id = SSM_INVALID_RESCAN,
	.max_attempts = 8,
	.retry_mode = SSM_RETRY_ADAPTIVE,
	.connect_timeout = 5 * USECS_PER_SEC,
	.request_timeout = 60 * USECS_PER_SEC,
	.max_response_size = 64 * 1024 * 1024,
};

/*
 * The option of that name that may stand there, or NULL.
 */
static const Option *
find_option(const char *name, int where)
{
	int			i;

	for (i = 0; i < (int) lengthof(options); i++)
		if ((options[i].where & where) && strcmp(options[i].name, name) == 0)
			return &options[i];
	return NULL;
}

/*
 * Refuse an option that is not known there, naming the one that may be meant.
 */
pg_noreturn static void
refuse_option(const char *name, int where)
{
	SsmClosest	closest = {name};
	int			i;

	for (i = 0; i < (int) lengthof(options); i++)
		if (options[i].where & where)
			ssm_closest_offer(&closest, options[i].name);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_OPTION_NAME),
			 errmsg("invalid option \"%s\"", name),
			 where == 0 ? errhint("There are no valid options in this context.") :
			 closest.best ? errhint("Perhaps you meant the option \"%s\".", closest.best) :
			 errhint("The options are listed in the README of ssm_fdw.")));
}

/*
 * Refuse a value.  Secrets have no wrong value but the empty one, so none is
 * ever shown here.
 */
pg_noreturn static void
refuse_value(const char *name, const char *value, const char *wanted)
{
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\": \"%s\"", name, value),
			 errhint("Valid values are %s.", wanted)));
}

/*
 * Read an interval without months, such as '5 s' or '1 day', as microseconds.
 * False if it is none; interval_in would raise an error that does not name the
 * option.
 */
static bool
read_time(const char *value, int64 *result)
{
	char		work[256];
	char	   *field[MAXDATEFIELDS];
	int			ftype[MAXDATEFIELDS];
	int			nf;
	int			dtype;
	struct pg_itm_in itm;

	if (ParseDateTime(value, work, sizeof(work), field, ftype, MAXDATEFIELDS, &nf) != 0 ||
		DecodeInterval(field, ftype, nf, INTERVAL_FULL_RANGE, &dtype, &itm) != 0)
		return false;
	return dtype == DTK_DELTA && itm.tm_year == 0 && itm.tm_mon == 0 &&
		!pg_mul_s64_overflow(itm.tm_mday, USECS_PER_DAY, result) &&
		!pg_add_s64_overflow(*result, itm.tm_usec, result);
}

/*
 * Read a number of some kind and check its range.
 */
static bool
read_number(const Option *option, const char *value, int64 *result)
{
	int			number;

	if (option->kind == KIND_TIME)
	{
		if (!read_time(value, result))
			return false;
	}
	else if (parse_int(value, &number, option->kind == KIND_SIZE ? GUC_UNIT_BYTE : 0, NULL))
		*result = number;
	else
		return false;
	return *result >= option->min && *result <= option->max;
}

/*
 * What to tell someone whose number is not in the range.
 */
static const char *
number_range(const Option *option)
{
	switch (option->kind)
	{
		case KIND_TIME:
			return psprintf("intervals from %lld ms to %lld day%s",
							(long long) (option->min / 1000),
							(long long) (option->max / USECS_PER_DAY),
							option->max > USECS_PER_DAY ? "s" : "");
		case KIND_SIZE:
			return psprintf("sizes from %lld kB to %lld MB",
							(long long) (option->min / 1024),
							(long long) (option->max / 1024 / 1024));
		case KIND_REAL:
			return psprintf("numbers from %lld to %lld",
							(long long) option->min, (long long) option->max);
		default:
			return psprintf("whole numbers from %lld to %lld",
							(long long) option->min, (long long) option->max);
	}
}

/*
 * Find a word; errors name the words there are.
 */
static int
read_word(const Option *option, const char *value)
{
	StringInfoData list;
	int			i;

	initStringInfo(&list);
	for (i = 0; option->words[i]; i++)
	{
		if (strcmp(option->words[i], value) == 0)
			return i;
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", option->words[i]);
	}
	refuse_value(option->name, value, list.data);
}

/*
 * Check a text.
 */
static void
check_text(const Option *option, const char *value)
{
	SsmEndpointRule rule = {"ssm", "us-east-1", value, false, false};
	SsmEndpoint endpoint;
	SsmError	error;

	if (value[0] == '\0')
		refuse_value(option->name, value, "texts of at least one character");
	if (option->kind == KIND_REGION && !ssm_region_valid(value))
		refuse_value(option->name, value, "names of AWS regions, such as us-east-1");
	if (option->kind == KIND_URL && !ssm_endpoint_resolve(&rule, &endpoint, &error))
		refuse_value(option->name, value, "URLs with http or https, without user, query and fragment");
	if (option->kind == KIND_MEMBER && ssm_table_member(&ssm_command_invocations, value) < 0)
	{
		const char *closest = ssm_table_closest(&ssm_command_invocations, value);

		refuse_value(option->name, value,
					 closest ? psprintf("the API's members; perhaps you meant \"%s\"", closest) :
					 "the API's members, such as \"CommandId\"");
	}
}

/*
 * Check an option's value and, if target is not NULL, set its field there.
 * Text fields point to the value itself.
 */
static void
read_option(const Option *option, DefElem *def, void *target)
{
	char	   *value = defGetString(def);
	void	   *field = target ? (char *) target + option->field : NULL;
	int64		number = 0;
	double		real;
	bool		flag;

	switch (option->kind)
	{
		case KIND_BOOL:
			if (!parse_bool(value, &flag))
				refuse_value(option->name, value, "true and false");
			if (field)
				*(bool *) field = flag;
			break;
		case KIND_WORD:
			number = read_word(option, value);
			if (field)
				*(int *) field = number;
			break;
		case KIND_INT:
		case KIND_COUNT:
		case KIND_TIME:
		case KIND_SIZE:
			if (!read_number(option, value, &number))
				refuse_value(option->name, value, number_range(option));
			if (field && option->kind == KIND_INT)
				*(int *) field = number;
			else if (field)
				*(int64 *) field = number;
			break;
		case KIND_REAL:
			if (!parse_real(value, &real, 0, NULL) || real < option->min || real > option->max)
				refuse_value(option->name, value, number_range(option));
			if (field)
				*(double *) field = real;
			break;
		default:
			check_text(option, value);
			if (field)
				*(char **) field = value;
	}
}

/*
 * Read a list of DefElem that stands in one place.
 */
static void
read_options(List *list, int where, void *target)
{
	ListCell   *lc;

	foreach(lc, list)
	{
		DefElem    *def = lfirst(lc);
		const Option *option = find_option(def->defname, where);

		if (option == NULL)
			refuse_option(def->defname, where);
		read_option(option, def, target);
	}
}

SSM_SQL_FUNCTION(ssm_fdw_validator);

/*
 * ssm_fdw_validator(text[], oid): check the options given to CREATE or ALTER of
 * the object kinds that FDWs have.  Raises an error or returns nothing.
 */
Datum
ssm_fdw_validator(PG_FUNCTION_ARGS)
{
	Oid			catalog = PG_GETARG_OID(1);
	int			where = catalog == ForeignServerRelationId ? ON_SERVER :
	catalog == ForeignTableRelationId ? ON_TABLE :
	catalog == UserMappingRelationId ? ON_MAPPING :
	catalog == AttributeRelationId ? ON_COLUMN : 0;
	List	   *list = untransformRelOptions(PG_GETARG_DATUM(0));
	ListCell   *lc;

	read_options(list, where, NULL);
	foreach(lc, list)
		ssm_policy_define(((DefElem *) lfirst(lc))->defname, defGetString(lfirst(lc)));
	PG_RETURN_VOID();
}

/*
 * What the table's options say, and its server's where the table has none.
 * palloc'ed.  Options that their owners may not set (any more) are an error.
 */
SsmOptions *
ssm_options_get(Oid relid)
{
	SsmOptions *result = palloc(sizeof(SsmOptions));
	ForeignTable *table = GetForeignTable(relid);
	ForeignServer *server = GetForeignServer(table->serverid);
	const char *server_url;

	*result = default_options;
	read_options(server->options, ON_SERVER, result);
	server_url = result->endpoint_url;
	read_options(table->options, ON_TABLE, result);
	ssm_policy_server("ca_bundle", result->ca_bundle, server);
	if (result->endpoint_url == server_url)
		ssm_policy_server("endpoint_url", server_url, server);
	else
		ssm_policy_table("endpoint_url", result->endpoint_url, relid);
	if (invoked_after_slack >= 0)
		result->invoked_after_slack = invoked_after_slack * USECS_PER_SEC;
	return result;
}

/*
 * Define the settings that stand before options, once per backend.
 */
void
ssm_options_init(void)
{
	DefineCustomIntVariable("ssm_fdw.invoked_after_slack",
							"How much earlier than a clause's bound InvokedAfter is sent.",
							"-1 goes by the option invoked_after_slack of table and server.",
							&invoked_after_slack, -1, -1, 366 * SECS_PER_DAY,
							PGC_USERSET, GUC_UNIT_S, NULL, NULL, NULL);
	MarkGUCPrefixReserved("ssm_fdw");
}

/*
 * What a user mapping's options say; the strings stay the list's.
 */
void
ssm_options_mapping(List *list, SsmMappingOptions *mapping)
{
	memset(mapping, 0, sizeof(*mapping));
	read_options(list, ON_MAPPING, mapping);
}

/*
 * What a column's options say.
 */
void
ssm_options_column(Oid relid, AttrNumber attnum, SsmColumnOptions *column)
{
	memset(column, 0, sizeof(*column));
	column->pushdown = true;
	read_options(GetForeignColumnOptions(relid, attnum), ON_COLUMN, column);
}
