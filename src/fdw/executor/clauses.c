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
}			Search;

/*
 * Is the word one that AWS documents for the key?
 */
static bool
is_documented(SsmKey key, const char *value)
{
	const char *word;
	double		share;
	int			i;

	for (i = 0; (word = ssm_status_word(key, i, &share)) != NULL; i++)
		if (strcmp(word, value) == 0)
			return true;
	return false;
}

/*
 * What the user may have meant by a word that is not documented, in brackets;
 * palloc'ed, or "".
 */
static const char *
what_is_meant(SsmKey key, const char *value)
{
	SsmClosest	closest = {value};
	const char *word;
	double		share;
	int			i;

	if (key == SSM_KEY_STATUS && is_documented(SSM_KEY_STATUS_DETAILS, value))
		return " (one of StatusDetails)";
	for (i = 0; (word = ssm_status_word(key, i, &share)) != NULL; i++)
	{
		if (pg_strcasecmp(word, value) == 0)
		{
			closest.best = word;
			break;
		}
		ssm_closest_offer(&closest, word);
	}
	return closest.best ? psprintf(" (perhaps \"%s\")", closest.best) : "";
}

/*
 * Note the value if no status is documented to be so.
 */
static void
check_value(Search * search, SsmKey key, Oid type, Datum value)
{
	Oid			function;
	bool		varlena;
	char	   *text;

	getTypeOutputInfo(type, &function, &varlena);
	text = OidOutputFunctionCall(function, value);

	if (!is_documented(key, text))
		search->found = lappend(search->found, psprintf("\"%s\"%s", text, what_is_meant(key, text)));
}

/*
 * Check the values that a column of statuses is compared with.
 */
static void
check_constant(Search * search, SsmKey key, const Const *constant)
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
		check_value(search, key, constant->consttype, constant->constvalue);
		return;
	}
	get_typlenbyvalalign(type, &typlen, &typbyval, &typalign);
	deconstruct_array(DatumGetArrayTypeP(constant->constvalue), type, typlen, typbyval, typalign,
					  &elements, &nulls, &n);
	for (i = 0; i < n; i++)
		if (!nulls[i])
			check_value(search, key, type, elements[i]);
}

/*
 * Check two arguments that an operator compares, if one is a column of statuses
 * and the other a constant.
 */
static void
check_arguments(Search * search, Oid opno, Oid collation, List *args)
{
	Node	   *column = linitial(args);
	Node	   *value = llast(args);
	const SsmMember *member;
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
		search->columns->members[var->varattno - 1] < 0 ||
		!(ssm_qual_is_equality(opno, collation) || ssm_qual_is_equality(get_negator(opno), collation)))
		return;
	member = &search->columns->table->members[search->columns->members[var->varattno - 1]];
	if (member->push == SSM_PUSH_KEY && (member->key == SSM_KEY_STATUS || member->key == SSM_KEY_STATUS_DETAILS))
		check_constant(search, member->key, (Const *) value);
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
