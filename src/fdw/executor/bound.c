/*
 * bound.c
 *		Whether a table's constraints fit the region and account it reads.
 *
 * The planner believes a partition's bound and a CHECK.  If all rows have another
 * region or account_id than these say (the partition of one region is on the
 * server of another, or account_id was forgotten), a query finds rows twice, or
 * not at all.  Both are known before a row is read.
 */
#include "postgres.h"

#include "fdw/executor/bound.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/relation.h"
#include "access/table.h"
#include "access/transam.h"
#include "catalog/pg_foreign_table.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "executor/tuptable.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/lsyscache.h"
#include "utils/partcache.h"

#include "fdw/executor/column.h"
#include "fdw/field.h"
#include "fdw/options.h"

#define CONSTRAINT_HINT \
	"Set the options region and account_id of the table, or of its server, to what the constraint says, or correct the constraint."

/* The columns that have one value in all rows, and that value. */
typedef struct Known
{
	List	   *attnums;
	TupleTableSlot *slot;
} Known;

/*
 * Is the function not one of PostgreSQL's own, or not immutable?  The reader must
 * not run what the table's owner has written into a constraint.
 */
static bool
is_foreign_function(Oid function, void *context)
{
	return function >= FirstNormalObjectId || func_volatile(function) != PROVOLATILE_IMMUTABLE;
}

/*
 * Does an expression call such functions, or a domain's constraints?
 */
static bool
calls_foreign_function(Node *node, void *context)
{
	if (node == NULL)
		return false;
	return check_functions_in_node(node, is_foreign_function, NULL) || IsA(node, CoerceToDomain) ||
		expression_tree_walker(node, calls_foreign_function, context);
}

/*
 * Replace known columns by their values.
 */
static Node *
replace_known(Node *node, void *context)
{
	const Known *known = context;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (IsA(node, Var) && list_member_int(known->attnums, var->varattno))
	{
		Form_pg_attribute attr = TupleDescAttr(known->slot->tts_tupleDescriptor, var->varattno - 1);

		return (Node *) makeConst(attr->atttypid, attr->atttypmod, attr->attcollation, attr->attlen,
								  known->slot->tts_values[var->varattno - 1],
								  known->slot->tts_isnull[var->varattno - 1], attr->attbyval);
	}
	return expression_tree_mutator(node, replace_known, context);
}

/*
 * Is one of some clauses, all of which should hold, false for every row?
 */
static bool
is_broken(List *clauses, Known *known)
{
	ListCell   *lc;

	foreach(lc, clauses)
	{
		Node	   *clause = lfirst(lc);
		Const	   *result;

		if (calls_foreign_function(clause, NULL))
			continue;
		result = (Const *) eval_const_expressions(NULL, replace_known(clause, known));
		if (IsA(result, Const) && !result->constisnull && !DatumGetBool(result->constvalue))
			return true;
	}
	return false;
}

/*
 * Find the columns for region and account_id and their values.  A domain's
 * constraints are its owner's, so columns of domains are not looked at.
 */
static Known
find_known(const SsmOperation *operation, Relation rel, const char *region, const char *account_id)
{
	TupleDesc	desc = RelationGetDescr(rel);
	Known		known = {NIL, MakeSingleTupleTableSlot(desc, &TTSOpsVirtual)};
	SsmColumnMap *map;
	int			i;

	for (i = 1; i <= desc->natts; i++)
	{
		Form_pg_attribute attr = TupleDescAttr(desc, i - 1);
		bool		pushdown;
		int			field = attr->attisdropped ? -1 : ssm_field_lookup(operation, RelationGetRelid(rel), i, &pushdown);

		if (field >= 0 && ssm_operation_push(operation, field) == SSM_PUSH_CONSTANT &&
			get_typtype(attr->atttypid) != TYPTYPE_DOMAIN)
			known.attnums = lappend_int(known.attnums, i);
	}
	map = ssm_column_bind(operation, rel, known.attnums);
	ssm_column_constants(map, region, account_id);
	ssm_column_fill(map, NULL, known.slot);
	return known;
}

/*
 * Which of the table's constraints no row of that region and account_id (NULL: not
 * known) satisfies: text for a message, or NULL if there is none.
 */
static const char *
find_broken(const SsmOperation *operation, Relation rel, const char *region, const char *account_id)
{
	TupleConstr *constr = RelationGetDescr(rel)->constr;
	int			nchecks = constr ? constr->num_check : 0;
	const char *broken = NULL;
	Known		known;
	int			i;

	if (!rel->rd_rel->relispartition && nchecks == 0)
		return NULL;
	known = find_known(operation, rel, region, account_id);
	if (is_broken(RelationGetPartitionQual(rel), &known))
		broken = "its partition bound";
	for (i = 0; i < nchecks && broken == NULL; i++)
		if (constr->check[i].ccvalid &&
			is_broken(make_ands_implicit(stringToNode(constr->check[i].ccbin)), &known))
			broken = psprintf("its constraint \"%s\"", constr->check[i].ccname);
	ExecDropSingleTupleTableSlot(known.slot);
	return broken;
}

/*
 * Raise an error if there is such a constraint.
 */
void
ssm_bound_check(const SsmOperation *operation, Relation rel, const char *region, const char *account_id)
{
	const char *broken = find_broken(operation, rel, region, account_id);

	if (broken)
		ereport(ERROR,
				(errcode(ERRCODE_CHECK_VIOLATION),
				 errmsg("the rows of foreign table \"%s\" contradict %s", RelationGetRelationName(rel), broken),
				 account_id ? errdetail("They have region \"%s\" and account_id \"%s\".", region, account_id) :
				 errdetail("They have region \"%s\" and no account_id, as the option is not set.", region),
				 errhint(CONSTRAINT_HINT)));
}

/*
 * The foreign tables of a server, as Oids.
 */
static List *
server_tables(Oid serverid)
{
	Relation	catalog = table_open(ForeignTableRelationId, AccessShareLock);
	SysScanDesc scan = systable_beginscan(catalog, InvalidOid, false, NULL, 0, NULL);
	List	   *tables = NIL;
	HeapTuple	tuple;

	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		Form_pg_foreign_table table = (Form_pg_foreign_table) GETSTRUCT(tuple);

		if (table->ftserver == serverid)
			tables = lappend_oid(tables, table->ftrelid);
	}
	systable_endscan(scan);
	table_close(catalog, AccessShareLock);
	return tables;
}

/*
 * Do the constraints of all tables of a server fit?  *detail is the server's
 * region.  If one does not, that is added to *detail, and *hint is what to do.
 */
bool
ssm_bound_server(Oid serverid, const char **detail, const char **hint)
{
	ListCell   *lc;

	foreach(lc, server_tables(serverid))
	{
		Relation	rel = try_relation_open(lfirst_oid(lc), AccessShareLock);
		SsmOptions *options;
		const char *broken;

		if (rel == NULL)
			continue;
		options = ssm_options_get(RelationGetRelid(rel));
		broken = find_broken(options->operation, rel, options->region ? options->region : *detail, options->account_id);
		if (broken)
		{
			*detail = psprintf("%s, but the rows of foreign table \"%s\" contradict %s",
							   *detail, RelationGetRelationName(rel), broken);
			*hint = CONSTRAINT_HINT;
		}
		relation_close(rel, AccessShareLock);
		if (broken)
			return false;
	}
	return true;
}
