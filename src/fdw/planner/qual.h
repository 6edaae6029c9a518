/*
 * qual.h
 *		Clause to bound, or not.
 */
#ifndef SSM_FDW_QUAL_H
#define SSM_FDW_QUAL_H

#include "nodes/pathnodes.h"

#include "ssm/operation.h"

typedef enum SsmOperator
{
	SSM_OP_EQ,
	SSM_OP_LT,
	SSM_OP_LE,
	SSM_OP_GT,
	SSM_OP_GE
} SsmOperator;

/* What a clause says of one field, and what can bound the request. */
typedef struct SsmQual
{
	int			field;			/* place among the operation's fields */
	SsmOperator op;
	bool		whole;			/* the clause says no more than that */
	int			clause;			/* its place among the scan's */
	List	   *values;			/* Exprs, any one of which holds */
	List	   *arrays;			/* for each: is it an array of values? */
} SsmQual;

#define SSM_COLUMN_DROPPED	(-2)

/* What a foreign table's columns are, found once per relation. */
typedef struct SsmRelColumns
{
	const SsmOperation *operation;
	Index		relid;			/* range table index */
	int			natts;
	int		   *fields;			/* by attnum - 1; -1 if the API does not have
								 * it, or SSM_COLUMN_DROPPED */
	bool	   *pushable;		/* by attnum - 1: may its clauses be sent? */
	AttrNumber	time;			/* one whose clauses on time can be sent, of
								 * type timestamptz; 0: none */
} SsmRelColumns;

extern SsmRelColumns *ssm_qual_columns(const SsmOperation *operation, Oid foreigntableid, Index relid);
extern bool ssm_qual_is_equality(Oid opno, Oid collation);
extern List *ssm_qual_match(PlannerInfo *root, const SsmRelColumns *columns, Expr *clause);

#endif							/* SSM_FDW_QUAL_H */
