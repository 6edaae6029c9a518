/*
 * option.c
 *		One option: the values that it takes.
 */
#include "postgres.h"

#include "fdw/option.h"

#include "commands/defrem.h"
#include "common/int.h"
#include "lib/stringinfo.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/guc.h"
#include "utils/timestamp.h"

#include "aws/config.h"
#include "fdw/compat.h"
#include "ssm/operation.h"

/*
 * Refuse a value, which is shown, so it must be no secret.
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
 * False if it is something else; interval_in would raise an error that does not name the
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
read_number(const SsmOption *option, const char *value, int64 *result)
{
	int			number;

	if (option->kind == SSM_OPTION_TIME)
	{
		if (!read_time(value, result))
			return false;
	}
	else if (parse_int(value, &number, option->kind == SSM_OPTION_SIZE ? GUC_UNIT_BYTE : 0, NULL))
		*result = number;
	else
		return false;
	return *result >= option->min && *result <= option->max;
}

/*
 * What to tell someone whose number is not in the range.
 */
static const char *
number_range(const SsmOption *option)
{
	switch (option->kind)
	{
		case SSM_OPTION_TIME:
			return psprintf("intervals from %lld ms to %lld day%s",
							(long long) (option->min / 1000),
							(long long) (option->max / USECS_PER_DAY),
							option->max > USECS_PER_DAY ? "s" : "");
		case SSM_OPTION_SIZE:
			return psprintf("sizes from %lld kB to %lld MB",
							(long long) (option->min / 1024),
							(long long) (option->max / 1024 / 1024));
		case SSM_OPTION_REAL:
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
read_word(const SsmOption *option, const char *value)
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
 * Find an operation; errors name those there are.
 */
static const SsmOperation *
read_operation(const SsmOption *option, const char *value)
{
	const SsmOperation *operation = ssm_operation_find(value);
	StringInfoData list;
	int			i;

	if (operation)
		return operation;
	initStringInfo(&list);
	for (i = 0; ssm_operations[i]; i++)
		appendStringInfo(&list, "%s\"%s\"", i > 0 ? ", " : "", ssm_operations[i]->name);
	refuse_value(option->name, value, list.data);
}

/*
 * Check a text.
 */
static void
check_text(const SsmOption *option, const char *value)
{
	const char *wanted = "texts of at least one character";
	const char *problem = NULL;

	if (value[0] == '\0')
		refuse_value(option->name, value, wanted);
	if (option->check == NULL || option->check(value, &wanted, &problem))
		return;
	if (option->kind == SSM_OPTION_TEXT)
		refuse_value(option->name, value, wanted);
	ereport(ERROR,
			(errcode(ERRCODE_FDW_INVALID_ATTRIBUTE_VALUE),
			 errmsg("invalid value for option \"%s\"", option->name),
			 problem ? errdetail("It %s.", problem) : 0,
			 errhint("Valid values are %s.", wanted)));
}

/*
 * Check a number and set the field that holds it, if there is one.
 */
static void
take_number(const SsmOption *option, const char *value, void *field)
{
	int64		number = 0;

	if (!read_number(option, value, &number))
		refuse_value(option->name, value, number_range(option));
	if (field && option->kind == SSM_OPTION_INT)
		*(int *) field = number;
	else if (field)
		*(int64 *) field = number;
}

/*
 * Check a truth value and set the field that holds it, if there is one.
 */
static void
take_flag(const SsmOption *option, const char *value, void *field)
{
	bool		flag;

	if (!parse_bool(value, &flag))
		refuse_value(option->name, value, "true and false");
	if (field && option->kind == SSM_OPTION_FLAG)
		*(SsmFlag *) field = flag ? SSM_FLAG_ON : SSM_FLAG_OFF;
	else if (field)
		*(bool *) field = flag;
}

/*
 * Check an option's value and, if target is not NULL, set its field there.
 * Text fields point to the value itself.  Checking and reading are the same, so
 * what was accepted can be read.
 */
void
ssm_option_read(const SsmOption *option, DefElem *def, void *target)
{
	char	   *value = defGetString(def);
	void	   *field = target ? (char *) target + option->field : NULL;
	const SsmOperation *operation;
	int			word;
	double		real;

	switch (option->kind)
	{
		case SSM_OPTION_BOOL:
		case SSM_OPTION_FLAG:
			take_flag(option, value, field);
			break;
		case SSM_OPTION_WORD:
			word = read_word(option, value);
			if (field)
				*(int *) field = word;
			break;
		case SSM_OPTION_OPERATION:
			operation = read_operation(option, value);
			if (field)
				*(const SsmOperation **) field = operation;
			break;
		case SSM_OPTION_INT:
		case SSM_OPTION_COUNT:
		case SSM_OPTION_TIME:
		case SSM_OPTION_SIZE:
			take_number(option, value, field);
			break;
		case SSM_OPTION_REAL:
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
