/*
 * tables.h
 *		The API's tables as data.
 *
 * IMPORT, the validator, pushdown and row filling all read these rows: a new
 * column is one row, a new API operation one more table.
 */
#ifndef SSM_FDW_TABLES_H
#define SSM_FDW_TABLES_H

#include "ssm/key.h"

/* What a member's value is, and so how it becomes a Datum. */
typedef enum SsmKind
{
	SSM_KIND_TEXT,
	SSM_KIND_TIME,
	SSM_KIND_JSON,
	SSM_KIND_REGION,			/* not in the answer: the region asked */
	SSM_KIND_ACCOUNT			/* not in the answer: option account_id */
} SsmKind;

/* What clauses on a column become. */
typedef enum SsmPush
{
	SSM_PUSH_NONE,
	SSM_PUSH_KEY,				/* values of an SsmKey, by equality */
	SSM_PUSH_TIME,				/* the time filters, by comparison */
	SSM_PUSH_CONSTANT			/* no request at all if they cannot hold */
} SsmPush;

typedef struct SsmMember
{
	const char *column;			/* the column's name */
	const char *member;			/* the API's name, or the column's if it has
								 * none */
	const char *type;			/* the type that IMPORT declares */
	SsmKind		kind;
	SsmPush		push;
	SsmKey		key;			/* for SSM_PUSH_KEY */
	bool		details;		/* comes only with Details=true */
} SsmMember;

typedef struct SsmTable
{
	const char *schema;			/* the remote schema that IMPORT names */
	const char *name;
	const char *operation;
	const char *list;			/* the answer's member with the rows */
	const char *token;			/* the answer's member with the next token */
	int			instance_id;	/* place in members of the node's id */
	int			nmembers;
	const SsmMember *members;
} SsmTable;

extern const SsmTable ssm_command_invocations;

extern bool ssm_member_is_id(const SsmMember *member);
extern int	ssm_table_column(const SsmTable *table, const char *column);
extern int	ssm_table_member(const SsmTable *table, const char *member);
extern const char *ssm_table_closest(const SsmTable *table, const char *name);

#endif							/* SSM_FDW_TABLES_H */
