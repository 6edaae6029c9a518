/*
 * explain.h
 *		EXPLAIN: the request as it will be sent, and what it cost.
 */
#ifndef SSM_FDW_EXPLAIN_H
#define SSM_FDW_EXPLAIN_H

#include "commands/explain.h"
#include "fdw/compat.h"
#include "foreign/fdwapi.h"

extern void ssmExplainForeignScan(ForeignScanState *node, ExplainState *es);

#endif							/* SSM_FDW_EXPLAIN_H */
