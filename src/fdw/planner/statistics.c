/*
 * statistics.c
 *		What the planner takes a column's values to be like.
 *
 * PostgreSQL's estimates rest on statistics.  Here are those that it has not, or
 * has wrong, because it takes ANALYZE's rows for a random sample.
 */
#include "postgres.h"

#include "fdw/planner/statistics.h"

#include <math.h>

#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/pg_enum.h"
#include "catalog/pg_statistic.h"
#include "catalog/pg_type.h"
#include "utils/array.h"
#include "utils/attoptcache.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"

/* Arrays of a tuple of pg_statistic's. */
typedef struct Fields
{
	Datum		values[Natts_pg_statistic];
	bool		nulls[Natts_pg_statistic];
	bool		replace[Natts_pg_statistic];
} Fields;

/*
 * Set one of the fields.
 */
static void
set_field(Fields *fields, int attribute, Datum value)
{
	fields->values[attribute - 1] = value;
	fields->nulls[attribute - 1] = false;
	fields->replace[attribute - 1] = true;
}

/*
 * Leave the column without common values, histogram and all the rest.
 */
static void
clear_slots(Fields *fields)
{
	int			i;

	for (i = 0; i < STATISTIC_NUM_SLOTS; i++)
		set_field(fields, Anum_pg_statistic_stakind1 + i, Int16GetDatum(0));
}

/*
 * A word as a value of a text or enum type; false if the enum lacks it.
 */
static bool
make_word(Oid type, const char *word, Datum *value)
{
	if (type_is_enum(type))
	{
		HeapTuple	label = SearchSysCache2(ENUMTYPOIDNAME, ObjectIdGetDatum(type), CStringGetDatum(word));

		if (!HeapTupleIsValid(label))
			return false;
		*value = ObjectIdGetDatum(((Form_pg_enum) GETSTRUCT(label))->oid);
		ReleaseSysCache(label);
	}
	else
		*value = CStringGetTextDatum(word);
	return true;
}

/*
 * Fill in the values that AWS documents, with their usual shares.
 */
static void
set_words(Fields *fields, Oid relid, AttrNumber attnum, const SsmWord *word)
{
	Oid			type = getBaseType(get_atttype(relid, attnum));
	Datum		words[20];
	Datum		shares[20];
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			n = 0;

	for (; word->word && n < (int) lengthof(words); word++)
		if (!word->other && make_word(type, word->word, &words[n]))
			shares[n++] = Float4GetDatum(word->share);
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	set_field(fields, Anum_pg_statistic_stadistinct, Float4GetDatum(n));
	set_field(fields, Anum_pg_statistic_stakind1, Int16GetDatum(STATISTIC_KIND_MCV));
	set_field(fields, Anum_pg_statistic_stanumbers1,
			  PointerGetDatum(construct_array(shares, n, FLOAT4OID, sizeof(float4), true, TYPALIGN_INT)));
	set_field(fields, Anum_pg_statistic_stavalues1,
			  PointerGetDatum(construct_array(words, n, type, typlen, typbyval, typalign)));
}

/*
 * Statistics of a column in a table that was never analyzed: the values that AWS
 * documents, or, where word is NULL, that no two rows have the same.  palloc'ed.
 */
static HeapTuple
usual_values(Oid relid, AttrNumber attnum, const SsmWord *word)
{
	Relation	catalog = table_open(StatisticRelationId, AccessShareLock);
	Fields		fields;
	HeapTuple	tuple;
	int			i;

	memset(&fields, 0, sizeof(fields));
	memset(fields.nulls, true, sizeof(fields.nulls));
	clear_slots(&fields);
	for (i = 0; i < STATISTIC_NUM_SLOTS; i++)
	{
		set_field(&fields, Anum_pg_statistic_staop1 + i, ObjectIdGetDatum(InvalidOid));
		set_field(&fields, Anum_pg_statistic_stacoll1 + i, ObjectIdGetDatum(InvalidOid));
	}
	set_field(&fields, Anum_pg_statistic_starelid, ObjectIdGetDatum(relid));
	set_field(&fields, Anum_pg_statistic_staattnum, Int16GetDatum(attnum));
	set_field(&fields, Anum_pg_statistic_stainherit, BoolGetDatum(false));
	set_field(&fields, Anum_pg_statistic_stanullfrac, Float4GetDatum(0));
	set_field(&fields, Anum_pg_statistic_stawidth, Int32GetDatum(8));
	set_field(&fields, Anum_pg_statistic_stadistinct, Float4GetDatum(-1));
	if (word)
		set_words(&fields, relid, attnum, word);
	tuple = heap_form_tuple(RelationGetDescr(catalog), fields.values, fields.nulls);
	table_close(catalog, AccessShareLock);
	return tuple;
}

/*
 * From how many places the rows of ANALYZE's sample are: as many as it reads
 * pages, unless the least common value has so large a share that there were less
 * with rows.
 */
static double
count_places(HeapTuple known, const SsmOptions *options)
{
	double		pages = options->analyze_pages;
	AttStatsSlot slot;

	if (options->max_requests > 0)
		pages = Min(pages, options->max_requests);
	if (get_attstatsslot(&slot, known, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_NUMBERS))
	{
		pages = Min(pages, Max(rint(1 / slot.numbers[slot.nnumbers - 1]), 1));
		free_attstatsslot(&slot);
	}
	return pages;
}

/*
 * ANALYZE's statistics of ids whose rows follow each other, with as many as its pages tell of, and
 * none that would be more common than others: a page holds the rows of few
 * ids.  What the user said of their number goes before it.  palloc'ed, or
 * NULL if there are none to correct.
 */
static HeapTuple
corrected_clusters(Oid relid, AttrNumber attnum, double rows, const SsmOptions *options)
{
	AttributeOpts *said = get_attribute_options(relid, attnum);
	HeapTuple	known = SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(relid), Int16GetDatum(attnum),
										BoolGetDatum(false));
	Relation	catalog;
	HeapTuple	tuple;
	Fields		fields;
	double		distinct;

	if (!HeapTupleIsValid(known))
		return NULL;
	distinct = ((Form_pg_statistic) GETSTRUCT(known))->stadistinct;
	if (distinct < 0)
		distinct *= -rows;
	if (said == NULL || said->n_distinct == 0)
		distinct = ssm_estimate_commands(distinct, rows, count_places(known, options), options->page_size);
	memset(&fields, 0, sizeof(fields));
	clear_slots(&fields);
	set_field(&fields, Anum_pg_statistic_stadistinct, Float4GetDatum(distinct));
	catalog = table_open(StatisticRelationId, AccessShareLock);
	tuple = heap_modify_tuple(known, RelationGetDescr(catalog), fields.values, fields.nulls, fields.replace);
	table_close(catalog, AccessShareLock);
	ReleaseSysCache(known);
	return tuple;
}

/*
 * Statistics to take instead of those in the catalog for a column of a table of
 * that many rows; palloc'ed, or NULL if the catalog's will do.
 */
HeapTuple
ssm_statistics_get(Oid relid, AttrNumber attnum, double rows, const SsmRelInfo *info)
{
	const SsmRelColumns *columns = info->columns;
	const SsmOperation *operation = columns->operation;
	const SsmField *field;
	const SsmParameter *parameter;

	if (attnum < 1 || attnum > columns->natts || !columns->pushable[attnum - 1])
		return NULL;
	field = &operation->fields[columns->fields[attnum - 1]];
	parameter = field->parameter;
	if (parameter == NULL)
		return NULL;
	if (info->unknown && parameter->words)
		return usual_values(relid, attnum, parameter->words);
	if (info->unknown && operation->key[1] == NULL && strcmp(operation->key[0], field->member) == 0)
		return usual_values(relid, attnum, NULL);
	if (!info->unknown && parameter->clustered)
		return corrected_clusters(relid, attnum, rows, info->options);
	return NULL;
}
