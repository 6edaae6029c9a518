/*
 * operation.c
 *		The operations of the API, and what they know of a name or a value.
 */
#include "ssm/operation.h"

#include <stddef.h>
#include <string.h>

const SsmOperation *const ssm_operations[] = {
	&ssm_list_command_invocations,
	&ssm_list_commands,
	&ssm_describe_instance_information,
	&ssm_get_command_invocation,
	NULL
};

/*
 * The operation of that name, or NULL.
 */
const SsmOperation *
ssm_operation_find(const char *name)
{
	const SsmOperation *const *operation;

	for (operation = ssm_operations; *operation; operation++)
		if (strcmp((*operation)->name, name) == 0)
			return *operation;
	return NULL;
}

/*
 * Place among the fields of a column's name, or -1.
 */
int
ssm_operation_column(const SsmOperation *operation, const char *column)
{
	int			i;

	for (i = 0; i < operation->nfields; i++)
		if (strcmp(operation->fields[i].column, column) == 0)
			return i;
	return -1;
}

/*
 * Place among the fields of a member's name, or -1.
 */
int
ssm_operation_member(const SsmOperation *operation, const char *member)
{
	int			i;

	for (i = 0; i < operation->nfields; i++)
		if (strcmp(operation->fields[i].member, member) == 0)
			return i;
	return -1;
}

/*
 * What clauses on a field's column become.
 */
SsmPush
ssm_operation_push(const SsmOperation *operation, int field)
{
	const SsmField *f = &operation->fields[field];

	if (f->type == SSM_TYPE_REGION || f->type == SSM_TYPE_ACCOUNT)
		return SSM_PUSH_CONSTANT;
	if (f->parameter)
		return SSM_PUSH_PARAMETER;
	return operation->time && strcmp(f->member, operation->time) == 0 ? SSM_PUSH_TIME : SSM_PUSH_NONE;
}

/*
 * A parameter's place among the operation's.
 */
int
ssm_operation_place(const SsmOperation *operation, const SsmParameter *parameter)
{
	return parameter - operation->parameters;
}

/*
 * What an error's code means for the operation's rows, or NULL: it is an error.
 */
const SsmNoRows *
ssm_operation_no_rows(const SsmOperation *operation, const char *code)
{
	int			i;

	for (i = 0; i < operation->nno_rows; i++)
		if (strcmp(operation->no_rows[i].code, code) == 0)
			return &operation->no_rows[i];
	return NULL;
}

/*
 * What to do about an error with that code, or NULL if there is nothing to say.
 */
const char *
ssm_operation_hint(const SsmOperation *operation, const char *code)
{
	int			i;

	for (i = 0; i < operation->nhints; i++)
		if (strcmp(operation->hints[i].code, code) == 0)
			return operation->hints[i].hint;
	return NULL;
}

/*
 * The parameter whose values the service may reject although there are rows
 * that have them, or NULL.
 */
const SsmParameter *
ssm_operation_rescanned(const SsmOperation *operation)
{
	int			i;

	for (i = 0; i < operation->nno_rows; i++)
		if (operation->no_rows[i].rescan)
			return operation->no_rows[i].parameter;
	return NULL;
}

/*
 * The id of which several go into one request, or NULL.
 */
const SsmParameter *
ssm_operation_batched(const SsmOperation *operation)
{
	int			i;

	for (i = 0; i < operation->nparameters; i++)
		if (operation->parameters[i].id && operation->parameters[i].batch > 1)
			return &operation->parameters[i];
	return NULL;
}

/*
 * How many of a parameter's values go into one request; 1 for NULL.
 */
int
ssm_parameter_batch(const SsmParameter *parameter)
{
	return parameter && parameter->batch ? parameter->batch : 1;
}

/*
 * What is documented of a value, or NULL.
 */
const SsmWord *
ssm_parameter_word(const SsmParameter *parameter, const char *value)
{
	const SsmWord *word;

	for (word = parameter->words; word && word->word; word++)
		if (strcmp(word->word, value) == 0)
			return word;
	return NULL;
}

/*
 * What can be done with one value, any C string.
 */
SsmFit
ssm_parameter_fit(const SsmParameter *parameter, const char *value)
{
	const SsmWord *word = ssm_parameter_word(parameter, value);

	if (parameter->words)
		return word ? word->fit : SSM_FIT_LOCAL;
	return parameter->fit(value);
}
