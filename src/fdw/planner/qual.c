/*
 * qual.c
 *		Clause to bound, or not.
 *
 * PostgreSQL checks every clause again, so a clause may be left here, but one
 * taken must mean what it seems to: built-in operators on built-in types, under
 * a deterministic collation, with a value that one scan evaluates once.
 */
#include "postgres.h"

#include "fdw/planner/qual.h"

#include "access/htup_details.h"
#include "access/relation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/clauses.h"
#include "optimizer/optimizer.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

#include "fdw/field.h"

/* The comparisons that are understood, by the operator's function. */
static const struct
{
	Oid			function;
	SsmOperator op;
	bool		time;			/* of times, else of keys */
}			comparisons[] = {
	{F_TEXTEQ, SSM_OP_EQ, false},
	{F_TEXTEQNAME, SSM_OP_EQ, false},
	{F_NAMEEQTEXT, SSM_OP_EQ, false},
	{F_ENUM_EQ, SSM_OP_EQ, false},
	{F_UUID_EQ, SSM_OP_EQ, false},
	{F_TIMESTAMPTZ_EQ, SSM_OP_EQ, true},
	{F_TIMESTAMPTZ_LT, SSM_OP_LT, true},
	{F_TIMESTAMPTZ_LE, SSM_OP_LE, true},
	{F_TIMESTAMPTZ_GT, SSM_OP_GT, true},
	{F_TIMESTAMPTZ_GE, SSM_OP_GE, true},
	{F_TIMESTAMPTZ_EQ_DATE, SSM_OP_EQ, true},
	{F_TIMESTAMPTZ_LT_DATE, SSM_OP_LT, true},
	{F_TIMESTAMPTZ_LE_DATE, SSM_OP_LE, true},
	{F_TIMESTAMPTZ_GT_DATE, SSM_OP_GT, true},
	{F_TIMESTAMPTZ_GE_DATE, SSM_OP_GE, true},
	{F_TIMESTAMPTZ_EQ_TIMESTAMP, SSM_OP_EQ, true},
	{F_TIMESTAMPTZ_LT_TIMESTAMP, SSM_OP_LT, true},
	{F_TIMESTAMPTZ_LE_TIMESTAMP, SSM_OP_LE, true},
	{F_TIMESTAMPTZ_GT_TIMESTAMP, SSM_OP_GT, true},
	{F_TIMESTAMPTZ_GE_TIMESTAMP, SSM_OP_GE, true},
};

/*
 * May clauses on a column of that type be sent for the field?  A domain is
 * compared as what it is over.
 */
static bool
type_pushable(const SsmOperation *operation, int field, Oid type)
{
	const SsmParameter *parameter = operation->fields[field].parameter;

	type = getBaseType(type);
	switch (ssm_operation_push(operation, field))
	{
		case SSM_PUSH_TIME:
			return type == TIMESTAMPTZOID;
		case SSM_PUSH_PARAMETER:
		case SSM_PUSH_CONSTANT:
			return type == TEXTOID || type == VARCHAROID || type_is_enum(type) ||
				(type == UUIDOID && parameter && parameter->uuid);
		default:
			return false;
	}
}

/*
 * Is it the field that the time filters judge?
 */
static bool
is_time(const SsmRelColumns *columns, int field)
{
	return ssm_operation_push(columns->operation, field) == SSM_PUSH_TIME;
}

/*
 * Find out which columns' clauses may be sent.  palloc'ed.
 */
SsmRelColumns *
ssm_qual_columns(const SsmOperation *operation, Oid foreigntableid, Index relid)
{
	SsmRelColumns *columns = palloc0(sizeof(SsmRelColumns));
	Relation	rel = relation_open(foreigntableid, NoLock);
	TupleDesc	desc = RelationGetDescr(rel);
	int			i;

	columns->operation = operation;
	columns->relid = relid;
	columns->natts = desc->natts;
	columns->fields = palloc(sizeof(int) * Max(desc->natts, 1));
	columns->pushable = palloc0(sizeof(bool) * Max(desc->natts, 1));
	for (i = 0; i < desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i);
		bool		pushdown;

		columns->fields[i] = SSM_COLUMN_DROPPED;
		if (attr->attisdropped)
			continue;
		columns->fields[i] = ssm_field_lookup(operation, foreigntableid, i + 1, &pushdown);
		columns->pushable[i] = columns->fields[i] >= 0 && pushdown &&
			type_pushable(operation, columns->fields[i], attr->atttypid);
		/* a modifier rounds */
		if (columns->pushable[i] && attr->atttypid == TIMESTAMPTZOID && attr->atttypmod == -1 &&
			ssm_operation_push(operation, columns->fields[i]) == SSM_PUSH_TIME)
			columns->time = i + 1;
	}
	relation_close(rel, NoLock);
	return columns;
}

/*
 * Which field an expression is a column of, or -1 if it is not a column whose
 * clauses may be sent.  A varchar column stands in its clauses relabelled as text.
 */
static int
column_field(const SsmRelColumns *columns, Node *node)
{
	Var		   *var;

	while (node && IsA(node, RelabelType))
		node = (Node *) ((RelabelType *) node)->arg;
	if (node == NULL || !IsA(node, Var))
		return -1;
	var = (Var *) node;
	if (var->varno != (int) columns->relid || var->varlevelsup != 0 ||
		var->varattno < 1 || var->varattno > columns->natts)
		return -1;
	return columns->pushable[var->varattno - 1] ? columns->fields[var->varattno - 1] : -1;
}

/*
 * Has the expression one value for all rows of a scan, known before it starts?
 */
static bool
is_value(PlannerInfo *root, const SsmRelColumns *columns, Node *node)
{
	return !bms_is_member(columns->relid, pull_varnos(root, node)) &&
		!contain_volatile_functions(node) &&
		!contain_subplans(node);
}

/*
 * The place in comparisons of an operator under a collation, or -1.
 */
static int
find_comparison(Oid opno, Oid collation)
{
	Oid			function = get_opcode(opno);
	int			i;

	if (OidIsValid(collation) && !get_collation_isdeterministic(collation))
		return -1;
	for (i = 0; i < (int) lengthof(comparisons); i++)
		if (comparisons[i].function == function)
			return i;
	return -1;
}

/*
 * Does the operator compare keys for equality?
 */
bool
ssm_qual_is_equality(Oid opno, Oid collation)
{
	int			i = find_comparison(opno, collation);

	return i >= 0 && !comparisons[i].time;
}

/*
 * A qual of one value, if the operator is one that the field understands.
 */
static SsmQual *
make_qual(const SsmRelColumns *columns, int field, Oid opno, Oid collation,
		  Node *value, bool array)
{
	bool		time = is_time(columns, field);
	int			i = find_comparison(opno, collation);
	SsmQual    *qual;

	if (i < 0 || comparisons[i].time != time || (time && array))
		return NULL;
	qual = palloc0(sizeof(SsmQual));
	qual->field = field;
	qual->op = comparisons[i].op;
	qual->whole = true;
	qual->values = list_make1(value);
	qual->arrays = list_make1_int(array);
	return qual;
}

/*
 * column op value, or value op column by the operator's commutator.
 */
static SsmQual *
match_comparison(PlannerInfo *root, const SsmRelColumns *columns, OpExpr *op)
{
	Oid			opno = op->opno;
	Node	   *left;
	Node	   *right;
	int			field;

	if (list_length(op->args) != 2)
		return NULL;
	left = linitial(op->args);
	right = lsecond(op->args);
	field = column_field(columns, left);
	if (field < 0)
	{
		Node	   *swap = left;

		left = right;
		right = swap;
		opno = get_commutator(opno);
		field = column_field(columns, left);
	}
	if (field < 0 || !OidIsValid(opno) || !is_value(root, columns, right))
		return NULL;
	return make_qual(columns, field, opno, op->inputcollid, right, false);
}

/*
 * column = ANY (array).
 */
static SsmQual *
match_any(PlannerInfo *root, const SsmRelColumns *columns, ScalarArrayOpExpr *op)
{
	int			field = column_field(columns, linitial(op->args));

	if (!op->useOr || field < 0 || !is_value(root, columns, lsecond(op->args)))
		return NULL;
	return make_qual(columns, field, op->opno, op->inputcollid, lsecond(op->args), true);
}

/*
 * All of the quals that the arms of an AND give, of which none says all that the
 * AND does.
 */
static List *
match_and(PlannerInfo *root, const SsmRelColumns *columns, BoolExpr *expr)
{
	List	   *all = NIL;
	ListCell   *lc;

	foreach(lc, expr->args)
		all = list_concat(all, ssm_qual_match(root, columns, lfirst(lc)));
	foreach(lc, all)
		((SsmQual *) lfirst(lc))->whole = false;
	return all;
}

/*
 * The lesser or the greater of two times of the same type.  NULL, which no time
 * compares with, gives way to the other.
 */
static Node *
extreme_time(PlannerInfo *root, MinMaxOp op, Node *a, Node *b)
{
	MinMaxExpr *expr = makeNode(MinMaxExpr);

	expr->minmaxtype = exprType(a);
	expr->op = op;
	expr->args = list_make2(a, b);
	expr->location = -1;
	return eval_const_expressions(root, (Node *) expr);
}

/*
 * Widen a qual to what holds if it or the other does, where both are of the same
 * field; false if that is nothing, or no qual.  Local times do not always have
 * the order of the times that they stand for.
 */
static bool
widen(PlannerInfo *root, const SsmRelColumns *columns, SsmQual *qual, const SsmQual *other)
{
	bool		lower = qual->op == SSM_OP_GT || qual->op == SSM_OP_GE;
	Node	   *a = linitial(qual->values);
	Node	   *b = linitial(other->values);

	if (!is_time(columns, qual->field))
	{
		qual->values = list_concat(qual->values, other->values);
		qual->arrays = list_concat(qual->arrays, other->arrays);
		return true;
	}
	if (lower != (other->op == SSM_OP_GT || other->op == SSM_OP_GE) ||
		exprType(a) != exprType(b) || exprType(a) == TIMESTAMPOID)
		return false;
	qual->op = lower ? SSM_OP_GE : SSM_OP_LE;
	qual->values = list_make1(extreme_time(root, lower ? IS_LEAST : IS_GREATEST, a, b));
	qual->whole = false;
	return true;
}

/*
 * Say each equality with a time as the two bounds that it is.
 */
static List *
split_times(const SsmRelColumns *columns, List *quals)
{
	List	   *result = NIL;
	ListCell   *lc;

	foreach(lc, quals)
	{
		SsmQual    *qual = lfirst(lc);

		result = lappend(result, qual);
		if (qual->op == SSM_OP_EQ && is_time(columns, qual->field))
		{
			SsmQual    *upper = palloc(sizeof(SsmQual));

			*upper = *qual;
			qual->op = SSM_OP_GE;
			upper->op = SSM_OP_LE;
			result = lappend(result, upper);
		}
	}
	return result;
}

/*
 * What holds if the quals of one arm of an OR do, or those of the other: for
 * each member that both bound, the values of both.  That is all that the OR says
 * only where each arm says one thing, and of the same member.
 */
static List *
unite(PlannerInfo *root, const SsmRelColumns *columns, List *one, List *other)
{
	bool		whole = list_length(one) == 1 && list_length(other) == 1;
	List	   *both = NIL;
	ListCell   *lc;
	ListCell   *lo;

	foreach(lc, one)
	{
		SsmQual    *qual = lfirst(lc);

		foreach(lo, other)
		{
			SsmQual    *with = lfirst(lo);

			if (with->field != qual->field || !widen(root, columns, qual, with))
				continue;
			qual->whole &= whole && with->whole;
			both = lappend(both, qual);
			break;
		}
	}
	return both;
}

/*
 * What holds whichever arm of an OR does.
 */
static List *
match_or(PlannerInfo *root, const SsmRelColumns *columns, BoolExpr *expr)
{
	List	   *all = NIL;
	ListCell   *lc;

	foreach(lc, expr->args)
	{
		List	   *arm = split_times(columns, ssm_qual_match(root, columns, lfirst(lc)));

		all = foreach_current_index(lc) == 0 ? arm : unite(root, columns, all, arm);
		if (all == NIL)
			break;
	}
	return all;
}

/*
 * What a clause says of the relation's rows and a request can say too: a list of
 * SsmQuals, all of which hold for each row that the clause is true for.  palloc'ed;
 * the value expressions are the clause's own, or made of them.
 */
List *
ssm_qual_match(PlannerInfo *root, const SsmRelColumns *columns, Expr *clause)
{
	SsmQual    *qual = NULL;

	check_stack_depth();
	if (is_andclause(clause))
		return match_and(root, columns, (BoolExpr *) clause);
	if (is_orclause(clause))
		return match_or(root, columns, (BoolExpr *) clause);
	if (IsA(clause, OpExpr))
		qual = match_comparison(root, columns, (OpExpr *) clause);
	else if (IsA(clause, ScalarArrayOpExpr))
		qual = match_any(root, columns, (ScalarArrayOpExpr *) clause);
	return qual ? list_make1(qual) : NIL;
}
