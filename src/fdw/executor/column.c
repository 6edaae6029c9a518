/*
 * column.c
 *		JSON row to tuple slot.
 *
 * text, timestamptz and jsonb columns are filled straight; any other type goes
 * through its input function, from the text of the value; of a time, that is
 * the session's local time in ISO style.
 */
#include "postgres.h"

#include "fdw/executor/column.h"

#include "catalog/pg_type.h"
#include "fmgr.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "fdw/compat.h"
#include "fdw/encoding.h"
#include "fdw/executor/jsonb.h"
#include "fdw/field.h"
#include "fdw/planner/bind.h"

typedef struct Column
{
	int			attno;			/* 0-based place in the tuple */
	SsmType		type;
	int			value;			/* place in the JSON row, or -1 */
	const char *constant;		/* for region and account_id; NULL is NULL */
	bool		straight;		/* the kind's own type, without a modifier */
	FmgrInfo	input;
	Oid			ioparam;
	int32		typmod;
} Column;

struct SsmColumnMap
{
	char	   *relname;
	TupleDesc	desc;
	int			ncolumns;
	Column	   *columns;
	const char **members;		/* what a JSON row must bring */
	bool	   *noted;			/* which of these become jsonb */
	SsmPageShape shape;
	SsmRowPlaces places;		/* of what tells rows apart */
	bool		is_utf8;		/* the database takes UTF-8 as it is */
	SsmJsonb   *jsonb;
	const Column *current;		/* being converted, or NULL */
};

/* The type that each type of member fills straight, if any. */
static const Oid straight_types[] = {
	[SSM_TYPE_TEXT] = TEXTOID,
	[SSM_TYPE_TIME] = TIMESTAMPTZOID,
	[SSM_TYPE_ISO_TIME] = TIMESTAMPTZOID,
	[SSM_TYPE_DURATION] = InvalidOid,
	[SSM_TYPE_JSON] = JSONBOID,
	[SSM_TYPE_INTEGER] = InvalidOid,
	[SSM_TYPE_BOOLEAN] = InvalidOid,
	[SSM_TYPE_REGION] = TEXTOID,
	[SSM_TYPE_ACCOUNT] = TEXTOID,
};

/*
 * Place of a member among those a row brings, added if it is not there.
 */
static int
add_member(SsmColumnMap *map, const char *member)
{
	int			i;

	for (i = 0; i < map->shape.nmembers; i++)
		if (strcmp(map->members[i], member) == 0)
			return i;
	map->members[map->shape.nmembers] = member;
	return map->shape.nmembers++;
}

/*
 * Has the field one value in all rows, which no answer brings?
 */
static bool
is_constant(const SsmField *field)
{
	return field->type == SSM_TYPE_REGION || field->type == SSM_TYPE_ACCOUNT;
}

/*
 * Fill in how one attribute is converted.
 */
static void
bind_column(SsmColumnMap *map, const SsmOperation *operation, Oid relid, AttrNumber attnum)
{
	Form_pg_attribute attr = TupleDescAttr(map->desc, attnum - 1);
	Column	   *column = &map->columns[map->ncolumns++];
	const SsmField *field = &operation->fields[ssm_field_find(operation, relid, attnum)];
	Oid			function;

	column->attno = attnum - 1;
	column->type = field->type;
	column->value = is_constant(field) ? -1 : add_member(map, field->member);
	column->straight = attr->atttypid == straight_types[field->type] && attr->atttypmod == -1;
	column->typmod = attr->atttypmod;
	if (field->type == SSM_TYPE_JSON && column->straight && map->is_utf8)
		map->noted[column->value] = true;
	if (field->type == SSM_TYPE_JSON || !column->straight)
	{
		getTypeInputInfo(attr->atttypid, &function, &column->ioparam);
		fmgr_info(function, &column->input);
	}
}

/*
 * Let rows bring what tells them apart, and note where.
 */
static void
bind_places(SsmColumnMap *map, const SsmOperation *operation)
{
	SsmRowPlaces *places = &map->places;
	int			i;

	memset(places, -1, sizeof(*places));
	for (i = 0; i < operation->nfields; i++)
	{
		const SsmField *field = &operation->fields[i];

		if (field->parameter)
			places->parameters[ssm_operation_place(operation, field->parameter)] = add_member(map, field->member);
	}
	for (i = 0; i < SSM_MAX_KEY && operation->key[i]; i++)
		places->key[i] = add_member(map, operation->key[i]);
	if (operation->time)
		places->time = add_member(map, operation->time);
}

/*
 * Prepare to fill the attributes in attnums (integers, 1-based); the others
 * stay NULL.  palloc'ed in the current context, which the map keeps using for
 * its functions.
 */
SsmColumnMap *
ssm_column_bind(const SsmOperation *operation, Relation rel, List *attnums)
{
	SsmColumnMap *map = palloc0(sizeof(SsmColumnMap));
	ListCell   *lc;

	map->relname = pstrdup(RelationGetRelationName(rel));
	map->desc = RelationGetDescr(rel);
	map->jsonb = ssm_jsonb_create();
	map->columns = palloc0(sizeof(Column) * (list_length(attnums) + 1));
	map->members = palloc0(sizeof(char *) * (operation->nfields + 1));
	map->shape.list = operation->list;
	map->shape.token = operation->token;
	map->noted = palloc0(sizeof(bool) * (operation->nfields + 1));
	map->shape.members = map->members;
	map->shape.noted = map->noted;
	map->is_utf8 = ssm_encoding_is_utf8();
	foreach(lc, attnums)
		bind_column(map, operation, RelationGetRelid(rel), lfirst_int(lc));
	bind_places(map, operation);
	return map;
}

/*
 * What a page must bring for these columns, and where in a row is what tells
 * rows apart.
 */
const SsmPageShape *
ssm_column_shape(const SsmColumnMap *map, SsmRowPlaces *places)
{
	*places = map->places;
	return &map->shape;
}

/*
 * Set what the columns region and account_id hold; NULL is SQL NULL.  The
 * strings must outlive the map.
 */
void
ssm_column_constants(SsmColumnMap *map, const char *region, const char *account_id)
{
	int			i;

	for (i = 0; i < map->ncolumns; i++)
		map->columns[i].constant = map->columns[i].type == SSM_TYPE_REGION ? region :
			map->columns[i].type == SSM_TYPE_ACCOUNT ? account_id : NULL;
}

/*
 * The text of a value as a C string in the database's encoding: a string
 * decoded, or with json its source, any other kind of value its source.
 */
static char *
value_text(const SsmJsonValue *value, bool json)
{
	char	   *text = palloc(ssm_json_text_size(value) + 1);
	int			len = json ? ssm_json_source(value, text) : ssm_json_text(value, text);

	text[len] = '\0';
	return value->flags & SSM_JSON_WIDE ? ssm_encoding_from_utf8(text, len) : text;
}

/*
 * The text of a number in digits without a fraction of zeros, whatever way it is
 * written ("3.0", "1.0E1").
 */
static char *
number_text(const SsmJsonValue *value)
{
	Datum		number = DirectFunctionCall3(numeric_in, CStringGetDatum(value_text(value, false)),
											 ObjectIdGetDatum(InvalidOid), Int32GetDatum(-1));
	Datum		whole = DirectFunctionCall2(numeric_trunc, number, Int32GetDatum(0));
	bool		is_whole = DatumGetBool(DirectFunctionCall2(numeric_eq, number, whole));

	return DatumGetCString(DirectFunctionCall1(numeric_out, is_whole ? whole : number));
}

/*
 * The text that a column's input function is given.  value is NULL for a constant.
 */
static char *
input_text(const Column *column, const SsmJsonValue *value)
{
	if (value == NULL)
		return pstrdup(column->constant);
	if (column->type == SSM_TYPE_INTEGER && value->kind == SSM_JSON_NUMBER)
		return number_text(value);
	return value_text(value, column->type == SSM_TYPE_JSON);
}

/*
 * The start of a value's source, for a message.
 */
static char *
value_excerpt(const SsmJsonValue *value)
{
	char	   *source = palloc(ssm_json_text_size(value) + 1);
	int			len = pg_encoding_mbcliplen(PG_UTF8, source, ssm_json_source(value, source), 60);

	source[len] = '\0';
	return value->flags & SSM_JSON_WIDE ? ssm_encoding_from_utf8(source, len) : source;
}

/*
 * A time as text with its zone: UTC if it names none, whatever the session's is.
 */
static char *
zoned(char *text)
{
	const char *time = strchr(text, 'T');

	return time && strpbrk(time, "Zz+-") ? text : psprintf("%s%s", text, time ? "Z" : " UTC");
}

/*
 * The time a value stands for: epoch seconds, or a date and time in digits.
 * Words that timestamptz_in knows, such as "now", are none that happened.
 */
static TimestampTz
value_time(const SsmJsonValue *value)
{
	int64		microseconds;
	TimestampTz result;

	if (ssm_json_epoch(value, &microseconds))
	{
		result = microseconds - SSM_POSTGRES_EPOCH;
		if (IS_VALID_TIMESTAMP(result))
			return result;
	}
	if (value->kind == SSM_JSON_NUMBER)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_FIELD_OVERFLOW),
				 errmsg("timestamp out of range: %s", value_excerpt(value))));
	if (value->kind != SSM_JSON_STRING || value->len == 0 ||
		value->text[0] < '0' || value->text[0] > '9')
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("the service sent a value that is not a time: %s",
						value_excerpt(value))));
	return DatumGetTimestampTz(DirectFunctionCall3(timestamptz_in,
												   CStringGetDatum(zoned(value_text(value, false))),
												   ObjectIdGetDatum(InvalidOid),
												   Int32GetDatum(-1)));
}

/*
 * A time as text that every type's input function reads, whatever DateStyle
 * is: other styles put the day's name first, or a zone's abbreviation that may
 * not be known to input.  palloc'ed.
 */
static char *
time_text(TimestampTz time)
{
	char	   *text = palloc(MAXDATELEN + 1);
	struct pg_tm tm;
	fsec_t		fsec;
	int			tz;

	if (timestamp2tm(time, &tz, &tm, &fsec, NULL, NULL) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	EncodeDateTime(&tm, fsec, true, tz, NULL, USE_ISO_DATES, text);
	return text;
}

/*
 * Call the column's input function.  text may be NULL.
 */
static Datum
from_text(Column *column, char *text)
{
	return InputFunctionCall(&column->input, text, column->ioparam, column->typmod);
}

/*
 * The Datum of one column.  value is NULL for a constant.
 */
static Datum
convert(SsmColumnMap *map, Column *column, const SsmJsonValue *value)
{
	bool		json = column->type == SSM_TYPE_JSON;
	char	   *string;

	if (value && (column->type == SSM_TYPE_TIME || column->type == SSM_TYPE_ISO_TIME))
	{
		TimestampTz time = value_time(value);

		return column->straight ? TimestampTzGetDatum(time) :
			from_text(column, time_text(time));
	}
	if (json && column->straight && map->is_utf8)
	{
		Jsonb	   *result = ssm_jsonb_make(map->jsonb, value);

		if (result)
			return JsonbPGetDatum(result);
	}
	if (value && !json && column->straight && map->is_utf8)
	{
		/* the common case: no copy in between */
		text	   *result = palloc(VARHDRSZ + ssm_json_text_size(value));

		SET_VARSIZE(result, VARHDRSZ + ssm_json_text(value, VARDATA(result)));
		return PointerGetDatum(result);
	}
	string = input_text(column, value);
	return column->straight && !json ? CStringGetTextDatum(string) : from_text(column, string);
}

/*
 * Is there no value for the column?  The API says "" of a time that has not come.
 */
static bool
is_missing(const Column *column, const SsmJsonValue *value)
{
	if (value == NULL)
		return column->constant == NULL;
	return value->kind == SSM_JSON_NULL ||
		((column->type == SSM_TYPE_ISO_TIME || column->type == SSM_TYPE_DURATION) &&
		 value->kind == SSM_JSON_STRING && value->len == 0);
}

/*
 * Store a row as the slot's virtual tuple.  Its values are palloc'ed in the
 * current context.  Missing and null members are NULL.
 */
void
ssm_column_fill(SsmColumnMap *map, const SsmJsonValue *row, TupleTableSlot *slot)
{
	int			i;

	ExecClearTuple(slot);
	memset(slot->tts_isnull, true, map->desc->natts * sizeof(bool));
	for (i = 0; i < map->ncolumns; i++)
	{
		Column	   *column = &map->columns[i];
		const SsmJsonValue *value = column->value >= 0 ? &row[column->value] : NULL;

		map->current = column;
		if (is_missing(column, value))
		{
			/*
			 * a domain may refuse it; functions that are strict are not
			 * called
			 */
			if (OidIsValid(column->input.fn_oid))
				from_text(column, NULL);
			continue;
		}
		slot->tts_values[column->attno] = convert(map, column, value);
		slot->tts_isnull[column->attno] = false;
	}
	map->current = NULL;
	ExecStoreVirtualTuple(slot);
}

/*
 * Error context callback: the foreign table, and the column if one is being
 * converted.
 */
void
ssm_column_context(void *arg)
{
	const SsmColumnMap *map = arg;

	if (map->current)
		errcontext("column \"%s\" of foreign table \"%s\"",
				   NameStr(TupleDescAttr(map->desc, map->current->attno)->attname), map->relname);
	else
		errcontext("foreign table \"%s\"", map->relname);
}
