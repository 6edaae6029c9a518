/*
 * operation.h
 *		An operation of the API as data: what can be asked, and what comes back.
 *
 * IMPORT, the validator, pushdown, EXPLAIN, costs, the request's body and the
 * filling of rows all read it.  A new column is one row, a new operation one
 * file in operations/.  The API's names stand there and nowhere else.
 */
#ifndef SSM_SSM_OPERATION_H
#define SSM_SSM_OPERATION_H

#include <stdbool.h>

#define SSM_SCHEMA			"ssm"	/* the remote schema that IMPORT names */
#define SSM_MAX_PARAMETERS	12
#define SSM_MAX_KEY			3
#define SSM_MAX_ID			64	/* bytes of an id that may be rejected */

/* What can be done with a value. */
typedef enum SsmFit
{
	SSM_FIT_MANY,				/* send it, also as one of several */
	SSM_FIT_ALONE,				/* send it if all go into one request */
	SSM_FIT_LOCAL,				/* the API does not take it: send no value */
	SSM_FIT_NEVER				/* no row can have it: leave it out */
} SsmFit;

/* Where a parameter's value stands in a request. */
typedef enum SsmPlace
{
	SSM_PLACE_MEMBER,			/* "Name": "value" */
	SSM_PLACE_FILTER,			/* in "Filters": {"key": "Name", "value":
								 * "value"} */
	SSM_PLACE_FILTER_LIST		/* in "Filters": {"Key": "Name", "Values":
								 * ["value", ...]} */
} SsmPlace;

/* A value that the API documents. */
typedef struct SsmWord
{
	const char *word;
	SsmFit		fit;
	double		share;			/* of rows that usually have it, to plan by as
								 * long as nothing is known */
	int			live;			/* a row may leave it for another, and if that
								 * is live for one of a higher number; or 0 */
	bool		other;			/* documented for another member, but some
								 * service may take it */
	const char *const *expanded;	/* what status_filter 'expanded' asks for
									 * besides; ends in NULL; or NULL */
	const char *not_with;		/* the parameter that it excludes, or NULL */
	const char *const *sums_up; /* the values that it stands for, of the
								 * parameter that this one is instead of; ends
								 * in NULL; or NULL */
} SsmWord;

/* Something that a request can be narrowed by. */
typedef struct SsmParameter SsmParameter;
struct SsmParameter
{
	const char *name;			/* the API's; of two with one name, the first
								 * that is bound is sent */
	SsmPlace	place;
	int			batch;			/* values that go into one request; 0 as 1 */
	bool		id;				/* the API reads less, not only answers less */
	bool		required;		/* there is no request without it; an id */
	bool		wanted;			/* if a clause can give it, no request should
								 * be without it */
	const char *nobody;			/* of one that is required: a value that
								 * nothing has */
	bool		clustered;		/* rows of one value follow each other */
	bool		uuid;			/* its values may be of that type */
	bool		status_filter;	/* the option of that name says how it is sent */
	const SsmWord *words;		/* all values that AWS documents, ending in a
								 * NULL word; or NULL, and then ... */
	SsmFit		(*fit) (const char *value); /* ... what to do with any */
	const SsmParameter *instead;	/* sent instead of several values of that
									 * one, if a word sums them all up; or
									 * NULL */
};

/* What a member's value is. */
typedef enum SsmType
{
	SSM_TYPE_TEXT,
	SSM_TYPE_TIME,				/* seconds since 1970 */
	SSM_TYPE_ISO_TIME,			/* ISO 8601 text; "" is none */
	SSM_TYPE_DURATION,			/* the same */
	SSM_TYPE_JSON,
	SSM_TYPE_INTEGER,
	SSM_TYPE_BOOLEAN,
	SSM_TYPE_REGION,			/* not in the answer: the region asked */
	SSM_TYPE_ACCOUNT			/* not in the answer: option account_id */
} SsmType;

/* A column, and the member of the answer's rows that it holds. */
typedef struct SsmField
{
	const char *column;
	const char *member;			/* the column's name where there is none */
	SsmType		type;
	const SsmParameter *parameter;	/* that equality narrows, or NULL */
	bool		details;		/* comes only if details are asked for */
} SsmField;

/* What clauses on a column become. */
typedef enum SsmPush
{
	SSM_PUSH_NONE,
	SSM_PUSH_PARAMETER,			/* its values, by equality */
	SSM_PUSH_TIME,				/* the time filters, by comparison */
	SSM_PUSH_CONSTANT			/* no request at all if they cannot hold */
} SsmPush;

/* An error that means: no row has this value. */
typedef struct SsmNoRows
{
	const char *code;
	const SsmParameter *parameter;	/* if it is sent, or NULL: always */
	bool		rescan;			/* rows may be found without the parameter, as
								 * the option invalid_instance_id says */
	bool		optional;		/* that option may make it an error */
} SsmNoRows;

/* What to do about an error of the operation. */
typedef struct SsmHint
{
	const char *code;
	const char *hint;			/* as an SsmError's */
} SsmHint;

typedef struct SsmOperation
{
	const char *table;			/* what IMPORT calls it */
	const char *name;
	const char *list;			/* the answer's member with the rows, or NULL:
								 * it is the one row */
	const char *token;			/* the member with the next page's token, of
								 * answer and request; NULL without a list, as
								 * are the next */
	const char *filters;		/* the member with the filters */
	const char *page_size;		/* the member that limits a page's rows */
	int			least_page;		/* the least value that it takes */
	const char *details;		/* the member that asks for details, or NULL */
	const char *after;			/* time filters, or NULL ... */
	const char *before;
	const char *time;			/* ... and the member that they judge */
	const char *key[SSM_MAX_KEY];	/* members that tell rows apart; NULLs at
									 * the end */
	int			nparameters;
	const SsmParameter *parameters; /* in the order of a request */
	const char *required_from;	/* a table that has what is required, under
								 * the same columns */
	int			nfields;
	const SsmField *fields;
	int			nno_rows;
	const SsmNoRows *no_rows;
	int			nhints;
	const SsmHint *hints;
} SsmOperation;

/* The columns that every table has besides its members. */
#define SSM_CONSTANT_FIELDS \
	{"region", "region", SSM_TYPE_REGION}, \
	{"account_id", "account_id", SSM_TYPE_ACCOUNT}

extern const SsmOperation ssm_list_command_invocations;
extern const SsmOperation ssm_list_commands;
extern const SsmOperation ssm_describe_instance_information;
extern const SsmOperation ssm_get_command_invocation;

extern const SsmOperation *const ssm_operations[];	/* ends in NULL */

extern const SsmOperation *ssm_operation_find(const char *name);
extern int	ssm_operation_column(const SsmOperation *operation, const char *column);
extern int	ssm_operation_member(const SsmOperation *operation, const char *member);
extern SsmPush ssm_operation_push(const SsmOperation *operation, int field);
extern int	ssm_operation_place(const SsmOperation *operation, const SsmParameter *parameter);
extern const SsmNoRows *ssm_operation_no_rows(const SsmOperation *operation, const char *code);
extern const char *ssm_operation_hint(const SsmOperation *operation, const char *code);
extern const SsmParameter *ssm_operation_rescanned(const SsmOperation *operation);
extern const SsmParameter *ssm_operation_batched(const SsmOperation *operation);
extern int	ssm_parameter_batch(const SsmParameter *parameter);
extern const SsmWord *ssm_parameter_word(const SsmParameter *parameter, const char *value);
extern SsmFit ssm_parameter_fit(const SsmParameter *parameter, const char *value);

#endif							/* SSM_SSM_OPERATION_H */
