/*
 * order.c
 *		Rows in order, the newest first.
 *
 * A cursor brings them in batches: after each it tells from which time on no row is
 * missing (see ssm/newest.c).  Those rows are sorted and given; the others go into the
 * next batch.  What is held is in memory up to work_mem, then in files.
 */
#include "postgres.h"

#include "fdw/executor/order.h"

#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/memutils.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplesort.h"
#include "utils/typcache.h"

#include "fdw/planner/bind.h"

struct SsmOrder
{
	MemoryContext cxt;			/* the query's */
	MemoryContext row_cxt;		/* reset for each row that is taken in */
	Relation	rel;
	AttrNumber	attnum;			/* of the time */
	Oid			operator;		/* that sorts by it */
	TupleTableSlot *sorted;		/* a row on its way out of a sort */
	Tuplesortstate *rows;		/* held, or NULL */
	bool		giving;			/* they are sorted, and given ... */
	TimestampTz ready;			/* ... if they are no older than this */
	TimestampTz last;			/* of the row given last */
};

uint64		ssm_orders_created = 0;

/*
 * Get ready to give a scan's rows by this attribute, a timestamptz.  Lives as long as
 * the query.
 */
SsmOrder *
ssm_order_create(ForeignScanState *node, AttrNumber attnum)
{
	EState	   *estate = node->ss.ps.state;
	MemoryContext old = MemoryContextSwitchTo(estate->es_query_cxt);
	SsmOrder   *order = palloc0(sizeof(SsmOrder));

	order->cxt = estate->es_query_cxt;
	order->row_cxt = AllocSetContextCreate(order->cxt, "ssm_fdw unsorted row", ALLOCSET_DEFAULT_SIZES);
	order->rel = node->ss.ss_currentRelation;
	order->attnum = attnum;
	order->operator = lookup_type_cache(TIMESTAMPTZOID, TYPECACHE_GT_OPR)->gt_opr;
	order->sorted = ExecInitExtraTupleSlot(estate, RelationGetDescr(order->rel), &TTSOpsMinimalTuple);
	order->last = DT_NOEND;
	ssm_orders_created++;
	MemoryContextSwitchTo(old);
	return order;
}

/*
 * Forget the rows held, for a scan that begins anew or ends.  After an abort, which
 * does not come here, PostgreSQL closes their files itself.
 */
void
ssm_order_reset(SsmOrder *order)
{
	ExecClearTuple(order->sorted);
	if (order->rows)
		tuplesort_end(order->rows);
	order->rows = NULL;
	order->giving = false;
	order->last = DT_NOEND;
}

/*
 * When the row in a slot was.  One that does not say so has no place in the order.
 */
static TimestampTz
row_time(const SsmOrder *order, TupleTableSlot *slot)
{
	bool		isnull;
	Datum		time = slot_getattr(slot, order->attnum, &isnull);
	const char *column = NameStr(TupleDescAttr(RelationGetDescr(order->rel), order->attnum - 1)->attname);

	if (isnull)
		ereport(ERROR,
				(errcode(ERRCODE_FDW_UNABLE_TO_CREATE_EXECUTION),
				 errmsg("foreign table \"%s\" cannot be read newest first, as a row has no %s",
						RelationGetRelationName(order->rel), column),
				 errhint("To read all rows and sort them, write ORDER BY %s + interval '0' DESC.",
						 quote_identifier(column))));
	return DatumGetTimestampTz(time);
}

/*
 * Take in the row in a slot.
 */
static void
put(SsmOrder *order, TupleTableSlot *slot)
{
	MemoryContext old = MemoryContextSwitchTo(order->cxt);
	bool		nulls_first = true;
	Oid			collation = InvalidOid;

	if (order->rows == NULL)
		order->rows = tuplesort_begin_heap(RelationGetDescr(order->rel), 1, &order->attnum, &order->operator,
										   &collation, &nulls_first, work_mem, NULL, TUPLESORT_NONE);
	tuplesort_puttupleslot(order->rows, slot);
	MemoryContextSwitchTo(old);
}

/*
 * Take in a row of an answer.  None may be newer than one that was given.
 */
static void
take(SsmOrder *order, SsmColumnMap *columns, const SsmJsonValue *row, TupleTableSlot *slot)
{
	MemoryContext old;
	TimestampTz time;

	CHECK_FOR_INTERRUPTS();
	MemoryContextReset(order->row_cxt);
	old = MemoryContextSwitchTo(order->row_cxt);
	ssm_column_fill(columns, row, slot);
	time = row_time(order, slot);
	if (time > order->last)
		ereport(ERROR,
				(errcode(ERRCODE_PROTOCOL_VIOLATION),
				 errmsg("foreign table \"%s\" cannot be read newest first, as the service found a row too late",
						RelationGetRelationName(order->rel)),
				 errdetail("The row of %s should have come before that of %s.",
						   pstrdup(timestamptz_to_str(time)), pstrdup(timestamptz_to_str(order->last))),
				 errhint("Raise invoked_after_slack: rows are newer by more than that than what the service's time filters judge.")));
	put(order, slot);
	ExecClearTuple(slot);
	MemoryContextSwitchTo(old);
}

/*
 * Sort the rows held, to give those of this time, in microseconds since 1970, and
 * newer.
 */
static void
sort(SsmOrder *order, int64 ready)
{
	order->ready = ready > PG_INT64_MIN + SSM_POSTGRES_EPOCH ? ready - SSM_POSTGRES_EPOCH : DT_NOBEGIN;
	order->giving = true;
	if (order->rows)
		tuplesort_performsort(order->rows);
}

/*
 * The next sorted row, in order->sorted; false if there is none.
 */
static bool
read_sorted(SsmOrder *order)
{
	return order->rows && tuplesort_gettupleslot(order->rows, true, false, order->sorted, NULL);
}

/*
 * The row in order->sorted, and those after it, are too old: hold them back.
 */
static void
hold_back(SsmOrder *order)
{
	Tuplesortstate *sorted = order->rows;

	order->rows = NULL;
	do
	{
		CHECK_FOR_INTERRUPTS();
		put(order, order->sorted);
	} while (tuplesort_gettupleslot(sorted, true, false, order->sorted, NULL));
	tuplesort_end(sorted);
}

/*
 * Bring the next sorted row into the slot, where it holds until the next call; false
 * if all have been given that can be yet.
 */
static bool
give(SsmOrder *order, TupleTableSlot *slot)
{
	bool		held = read_sorted(order);

	if (held && row_time(order, order->sorted) >= order->ready)
	{
		order->last = row_time(order, order->sorted);
		ExecForceStoreMinimalTuple(ExecFetchSlotMinimalTuple(order->sorted, &held), slot, false);
		return true;
	}
	order->giving = false;
	if (held)
		hold_back(order);
	else if (order->rows)
	{
		ExecClearTuple(order->sorted);
		tuplesort_end(order->rows);
		order->rows = NULL;
	}
	return false;
}

/*
 * Bring the next row of a cursor that has the newest first into the slot, without
 * waiting; as ssm_cursor_next.
 */
SsmRowState
ssm_order_next(SsmOrder *order, SsmCursor *cursor, SsmColumnMap *columns, TupleTableSlot *slot, SsmError *error)
{
	const SsmJsonValue *row;
	SsmRowState state;

	for (;;)
	{
		if (order->giving && give(order, slot))
			return SSM_ROW;
		state = ssm_cursor_next(cursor, &row, error);
		if (state == SSM_ROW)
			take(order, columns, row, slot);
		else if (state == SSM_ROW_TURN || (state == SSM_ROW_END && order->rows))
			sort(order, state == SSM_ROW_TURN ? ssm_cursor_ready(cursor) : PG_INT64_MIN);
		else
			return state;
	}
}
