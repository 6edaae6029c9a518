/*
 * order.h
 *		Rows in order, the newest first.
 */
#ifndef SSM_FDW_EXECUTOR_ORDER_H
#define SSM_FDW_EXECUTOR_ORDER_H

#include "nodes/execnodes.h"

#include "fdw/executor/column.h"
#include "ssm/cursor.h"

typedef struct SsmOrder SsmOrder;

extern uint64 ssm_orders_created;	/* in this process */

extern SsmOrder *ssm_order_create(ForeignScanState *node, AttrNumber attnum);
extern SsmRowState ssm_order_next(SsmOrder *order, SsmCursor *cursor, SsmColumnMap *columns,
								  TupleTableSlot *slot, SsmError *error);
extern void ssm_order_reset(SsmOrder *order);

#endif							/* SSM_FDW_EXECUTOR_ORDER_H */
