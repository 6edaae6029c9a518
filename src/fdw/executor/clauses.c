/*
 * clauses.c
 *		What EXPLAIN says of a scan's clauses.
 *
 * A status that is spelt wrong is no error: AWS may have statuses that it does
 * not document.  But whoever asks why there is no row is told.
 */
#include "postgres.h"

#include "fdw/executor/clauses.h"

#include "nodes/nodeFuncs.h"
#include "utils/array.h"
#include "utils/lsyscache.h"

#include "fdw/closest.h"

/* What the walker works on. */
typedef struct Search
{
	const SsmRelColumns *columns;
	List	   *found;			/* of strings */
} Search;

/*
 * Is the word one that AWS documents for the parameter's member?
 */
static bool
is_documented(const SsmParameter *parameter, const char *value)
{
	const SsmWord *word = ssm_parameter_word(parameter, value);

	return word && !word->other;
}

/*
 * The member for which another parameter of the same name documents the word, or
 * NULL.
 */
static const char *
other_member(const SsmOperation *operation, const SsmParameter *parameter, const char *value)
{
	int			i;

	for (i = 0; i < operation->nfields; i++)
	{
		const SsmParameter *other = operation->fields[i].parameter;

		if (other && other != parameter && strcmp(other->name, parameter->name) == 0 &&
			is_documented(other, value))
			return operation->fields[i].member;
	}
	return NULL;
}

/*
 * What the user may have meant by a word that is not documented, in brackets;
 * palloc'ed, or "".
 */
static const char *
what_is_meant(const SsmOperation *operation, const SsmParameter *parameter, const char *value)
{
	const char *member = other_member(operation, parameter, value);
	SsmClosest	closest = {value};
	const SsmWord *word;

	if (member)
		return psprintf(" (one of %s)", member);
	for (word = parameter->words; word->word; word++)
	{
		if (word->other)
			continue;
		if (pg_strcasecmp(word->word, value) == 0)
		{
			closest.best = word->word;
			break;
		}
		ssm_closest_offer(&closest, word->word);
	}
	return closest.best ? psprintf(" (perhaps \"%s\")", closest.best) : "";
}

/*
 * Note the value if no status is documented to be so.
 */
static void
check_value(Search *search, const SsmParameter *parameter, Oid type, Datum value)
{
	Oid			function;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &function, &varlena);
	text = OidOutputFunctionCall(function, value);

	if (!is_documented(parameter, text))
		search->found = lappend(search->found, psprintf("\"%s\"%s", text, what_is_meant(search->columns->operation, parameter, text)));
}

/*
 * Check the values that a column of statuses is compared with.
 */
static void
check_constant(Search *search, const SsmParameter *parameter, const Const *constant)
{
	Oid			type = get_element_type(constant->consttype);
	Datum	   *elements;
	bool	   *nulls;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	int			n;
	int			i;

	if (constant->constisnull)
		return;
	if (!OidIsValid(type))
	{
		check_value(search, parameter, constant->consttype, constant->constvalue);
		return;
	}
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), type, typlen, typbyval, typalign,
					  &elements, &nulls, &n);
	for (i = 0; i < n; i++)
		if (!nulls[i])
			check_value(search, parameter, type, elements[i]);
}

/*
 * Check two arguments that an operator compares, if one is a column of statuses
 * and the other a constant.
 */
static void
check_arguments(Search *search, Oid opno, Oid collation, List *args)
{
	Node	   *column = linitial(args);
	Node	   *value = llast(args);
	const SsmParameter *parameter;
	Var		   *var;

	if (IsA(column, Const))
	{
		value = column;
		column = llast(args);
	}
	while (IsA(column, RelabelType))
		column = (Node *) ((RelabelType *) column)->arg;
	var = (Var *) column;
	if (list_length(args) != 2 || !IsA(column, Var) || !IsA(value, Const) ||
		var->varattno < 1 || var->varattno > search->columns->natts ||
		search->columns->fields[var->varattno - 1] < 0 ||
		!(ssm_qual_is_equality(opno, collation) || ssm_qual_is_equality(get_negator(opno), collation)))
		return;
	parameter = search->columns->operation->fields[search->columns->fields[var->varattno - 1]].parameter;
	if (parameter && parameter->words)
		check_constant(search, parameter, (Const *) value);
}

/*
 * Look through an expression for comparisons of statuses, wherever they stand.
 */
static bool
walk(Node *node, void *search)
{
	if (node == NULL)
		return false;
	if (IsA(node, OpExpr))
		check_arguments(search, ((OpExpr *) node)->opno, ((OpExpr *) node)->inputcollid,
						((OpExpr *) node)->args);
	else if (IsA(node, ScalarArrayOpExpr))
		check_arguments(search, ((ScalarArrayOpExpr *) node)->opno,
						((ScalarArrayOpExpr *) node)->inputcollid, ((ScalarArrayOpExpr *) node)->args);
	return expression_tree_walker(node, walk, search);
}

/*
 * The statuses that a scan's clauses compare with and AWS does not document, each
 * with what may be meant: strings, palloc'ed.
 */
List *
ssm_clauses_undocumented(const SsmRelColumns *columns, List *clauses)
{
	Search		search = {columns};

	walk((Node *) clauses, &search);
	return search.found;
}
