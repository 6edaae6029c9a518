/*
 * bind.c
 *		Values of quals to the requests of a scan.
 */
#include "postgres.h"

#include "fdw/planner/bind.h"

#include "access/xact.h"
#include "catalog/pg_type.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "fdw/compat.h"
#include "fdw/encoding.h"
#include "fdw/report.h"
#include "ssm/paginator.h"

/* Values as strings; palloc'ed. */
typedef struct Strings
{
	const char **values;
	int			n;
	int			size;
} Strings;

/*
 * Memory context callback: free what the engine allocated.
 */
static void
free_binding(void *arg)
{
	SsmBinding *binding = arg;

	ssm_request_free(&binding->requests);
	ssm_bounds_free(&binding->bounds);
}

/*
 * Start a binding to what an operation can be asked, in the current memory
 * context.
 */
SsmBinding *
ssm_bind_create(const SsmOperation *operation)
{
	SsmBinding *binding = palloc0(sizeof(SsmBinding));

	binding->operation = operation;
	binding->callback.func = free_binding;
	binding->callback.arg = binding;
	MemoryContextRegisterResetCallback(CurrentMemoryContext, &binding->callback);
	return binding;
}

/*
 * Raise what the engine could not do; only malloc and sheer numbers fail here.
 */
static void
check(bool ok, const SsmError *error)
{
	if (!ok)
		ssm_report(error, "", "");
}

/*
 * Add a value's text.
 */
static void
add_string(Strings *strings, Datum value, FmgrInfo *output)
{
	char	   *text = OutputFunctionCall(output, value);

	CHECK_FOR_INTERRUPTS();
	if (strings->n == strings->size)
	{
		strings->size = strings->size ? strings->size * 2 : 8;
		strings->values = strings->values ?
			repalloc_huge(strings->values, strings->size * sizeof(char *)) :
			palloc(strings->size * sizeof(char *));
	}
	strings->values[strings->n++] = text;
}

/*
 * Prepare to make text of a type's values.
 */
static void
find_output(FmgrInfo *output, Oid type)
{
	Oid			function;
	bool		varlena;

	getTypeOutputInfo(type, &function, &varlena);
	fmgr_info(function, output);
}

/*
 * Add the elements of an array; NULLs drop out.
 */
static void
add_array(Strings *strings, Datum value)
{
	ArrayType  *array = DatumGetArrayTypeP(value);
	ArrayIterator iterator = array_create_iterator(array, 0, NULL);
	FmgrInfo	output;
	Datum		element;
	bool		isnull;

	find_output(&output, ARR_ELEMTYPE(array));
	while (array_iterate(iterator, &element, &isnull))
		if (!isnull)
			add_string(strings, element, &output);
	array_free_iterator(iterator);
}

/*
 * All values of a qual as strings.  NULL equals nothing, so it drops out.
 */
static Strings
qual_strings(const SsmQual *qual, const SsmDatum *values)
{
	Strings		strings = {0};
	int			i;

	for (i = 0; i < list_length(qual->values); i++)
	{
		if (values[i].isnull)
			continue;
		if (list_nth_int(qual->arrays, i))
			add_array(&strings, values[i].value);
		else
		{
			FmgrInfo	output;

			find_output(&output, values[i].type);
			add_string(&strings, values[i].value, &output);
		}
	}
	return strings;
}

/*
 * Convert values to UTF-8.  What has no form there is no row's, so it drops out.
 */
static void
convert_strings(Strings *strings)
{
	int			n = 0;
	int			i;

	for (i = 0; i < strings->n; i++)
	{
		const char *text = ssm_encoding_to_utf8(unconstify(char *, strings->values[i]));

		CHECK_FOR_INTERRUPTS();
		if (text)
			strings->values[n++] = text;
	}
	strings->n = n;
}

/*
 * A time in microseconds since 1970.  False for infinity and what a
 * timestamptz cannot hold.
 */
static bool
datum_microseconds(const SsmDatum *datum, int64 *microseconds)
{
	TimestampTz time;
	int			overflow = 0;

	if (datum->type == DATEOID)
		time = date2timestamptz_opt_overflow(DatumGetDateADT(datum->value), &overflow);
	else if (datum->type == TIMESTAMPOID)
		time = timestamp2timestamptz_opt_overflow(DatumGetTimestamp(datum->value), &overflow);
	else
		time = DatumGetTimestampTz(datum->value);
	return overflow == 0 && !TIMESTAMP_NOT_FINITE(time) &&
		!pg_add_s64_overflow(time, SSM_POSTGRES_EPOCH, microseconds) &&
		*microseconds > PG_INT64_MIN / 2 && *microseconds < PG_INT64_MAX / 2;
}

/*
 * Narrow the range of time.
 */
static void
bind_time(SsmBounds *bounds, SsmOperator op, const SsmDatum *value)
{
	int64		at;

	if (value->isnull)
		bounds->impossible = true;
	else if (datum_microseconds(value, &at))
	{
		if (op != SSM_OP_LT && op != SSM_OP_LE)
			ssm_bounds_lower(bounds, at, op == SSM_OP_GT);
		if (op != SSM_OP_GT && op != SSM_OP_GE)
			ssm_bounds_upper(bounds, at, op == SSM_OP_LT);
	}
}

/*
 * An equality on a column that has the same value in all rows.
 */
static void
bind_constant(SsmBounds *bounds, const char *constant, const Strings *strings)
{
	int			i;

	for (i = 0; constant && i < strings->n; i++)
	{
		CHECK_FOR_INTERRUPTS();
		if (strcmp(strings->values[i], constant) == 0)
			return;
	}
	bounds->impossible = true;
}

/*
 * Narrow the bounds by a qual, whose values have been evaluated:
 * one for each of qual->values.  The strings made stay in the current memory
 * context, which must be the binding's or live longer.
 */
void
ssm_bind_qual(SsmBinding *binding, const SsmQual *qual,
			  const SsmDatum *values, const SsmOptions *options, const char *region)
{
	const SsmField *field = &binding->operation->fields[qual->field];
	SsmBounds  *bounds = &binding->bounds;
	Strings		strings;
	SsmError	error;

	if (ssm_operation_push(binding->operation, qual->field) == SSM_PUSH_TIME)
	{
		bind_time(bounds, qual->op, values);
		return;
	}
	strings = qual_strings(qual, values);
	if (field->parameter == NULL)
	{
		bind_constant(bounds, field->type == SSM_TYPE_REGION ? region : options->account_id,
					  &strings);
		return;
	}
	convert_strings(&strings);
	check(ssm_bounds_values(bounds, ssm_operation_place(binding->operation, field->parameter), strings.values, strings.n, &error), &error);
}

/*
 * Narrow the bounds by a qual if all its values are constants; false, with
 * nothing done, if they are not.  Neither is a region that the options do not
 * name, as it is known only when the scan runs.
 */
bool
ssm_bind_constant(SsmBinding *binding, const SsmQual *qual,
				  const SsmOptions *options)
{
	SsmDatum   *values = palloc(sizeof(SsmDatum) * list_length(qual->values));
	ListCell   *lc;

	if (binding->operation->fields[qual->field].type == SSM_TYPE_REGION && options->region == NULL)
		return false;
	foreach(lc, qual->values)
	{
		Const	   *value = lfirst(lc);
		SsmDatum   *datum = &values[foreach_current_index(lc)];

		if (!IsA(value, Const))
			return false;
		datum->value = value->constvalue;
		datum->isnull = value->constisnull;
		datum->type = value->consttype;
	}
	ssm_bind_qual(binding, qual, values, options, options->region);
	return true;
}

/*
 * All quals are in: make the requests.
 */
void
ssm_bind_finish(SsmBinding *binding, const SsmOptions *options, const SsmSpec *spec)
{
	const SsmParameter *rescanned = ssm_operation_rescanned(binding->operation);
	SsmRequestStyle *style = &binding->style;
	SsmError	error;
	int			i;

	style->status_filter = options->status_filter;
	style->slack = options->invoked_after_slack;
	style->page_size = options->page_size;
	style->details = spec->details;
	style->limit = spec->newest ? 0 : spec->limit;
	style->estimate = spec->estimate;
	/* only what is asked for again if it is rejected may be found unasked */
	style->must = 0;
	if (rescanned && options->invalid_instance_id != SSM_INVALID_RESCAN)
		style->must = 1u << ssm_operation_place(binding->operation, rescanned);
	for (i = 0; i < binding->operation->nparameters; i++)
		if (binding->operation->parameters[i].required)
			style->must |= 1u << i;
	style->now = GetCurrentStatementStartTimestamp() + SSM_POSTGRES_EPOCH;
	check(ssm_request_plan(&binding->requests, binding->operation, &binding->bounds, style, &error), &error);
}

/*
 * The columns that the operation requires a value of, separated by commas;
 * palloc'ed.
 */
static char *
required_columns(const SsmOperation *operation)
{
	StringInfoData names;
	int			i;

	initStringInfo(&names);
	for (i = 0; i < operation->nfields; i++)
		if (operation->fields[i].parameter && operation->fields[i].parameter->required)
			appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "", operation->fields[i].column);
	return names.data;
}

/*
 * Raise an error if no request can be made as one of the values is missing that
 * the operation requires.
 */
void
ssm_bind_check(const SsmBinding *binding, const char *relname)
{
	const SsmOperation *operation = binding->operation;
	const char *columns = required_columns(operation);

	if (binding->requests.count > 0 && binding->requests.missing)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("foreign table \"%s\" cannot be read without values for %s", relname, columns),
				 errdetail("%s requires them, and this plan has no %s.", operation->name,
						   binding->requests.missing->name),
				 errhint("Join it, as in: SELECT ... FROM %s JOIN %s USING (%s) ...",
						 operation->required_from, quote_identifier(relname), columns)));
}

/*
 * The requests that ask for n other values of a parameter, or, of 0, do not name it.
 * A new binding in the current memory context, which uses the strings of both.
 */
SsmBinding *
ssm_bind_instead(const SsmBinding *binding, const SsmParameter *parameter, const char **values, int n)
{
	SsmBinding *result = ssm_bind_create(binding->operation);
	SsmBounds	bounds = binding->bounds;
	int			place = ssm_operation_place(binding->operation, parameter);
	SsmError	error;

	if (n > 0)
		check(ssm_bounds_values(&result->bounds, place, values, n, &error), &error);
	bounds.values[place] = result->bounds.values[place];
	result->style = binding->style;
	result->style.limit = 0;
	if (n > 0)
		result->style.must |= 1u << place;
	check(ssm_request_plan(&result->requests, result->operation, &bounds, &result->style, &error), &error);
	return result;
}

/*
 * A text that is the same for two bindings if they ask for the same, but for the
 * values of a parameter, unless it is NULL.  palloc'ed.
 */
char *
ssm_bind_signature(const SsmBinding *binding, const SsmParameter *but)
{
	SsmWindowTexts times = ssm_window_texts(&binding->requests.range);
	StringInfoData text;
	int			i;
	int			j;

	initStringInfo(&text);
	appendStringInfo(&text, "%s %s\n", times.after, times.before);
	for (i = 0; i < binding->requests.nterms; i++)
	{
		const SsmTerm *term = &binding->requests.terms[i];

		if (term->parameter == but)
			continue;
		appendStringInfo(&text, "%s\n", term->parameter->name);
		for (j = 0; j < term->values.n; j++)
		{
			CHECK_FOR_INTERRUPTS();
			appendStringInfo(&text, "\t%s\n", term->values.values[j]);
		}
	}
	return text.data;
}
