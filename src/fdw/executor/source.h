/*
 * source.h
 *		Where the rows of a foreign scan come from.
 */
#ifndef SSM_FDW_SOURCE_H
#define SSM_FDW_SOURCE_H

#include "nodes/execnodes.h"

#include "fdw/compat.h"
#include "fdw/executor/ahead.h"
#include "fdw/executor/column.h"
#include "fdw/planner/bind.h"
#include "fdw/planner/spec.h"
#include "fdw/session/session.h"
#include "ssm/cursor.h"

/* All of it is the query's: it lives in es_query_cxt. */
typedef struct SsmScanSource
{
	ForeignScanState *node;
	SsmSpec    *spec;
	SsmOptions *options;
	ForeignServer *server;
	Oid			userid;			/* whose rights apply */
	SsmColumnMap *columns;
	List	   *values;			/* ExprStates of the quals' values, in order */
	SsmLease   *lease;			/* NULL until the first request */
	SsmService *service;		/* NULL until it is known where to call */
	SsmClient	client;
	bool		left_out[SSM_MAX_PARAMETERS];	/* lists that were not sent */
} SsmScanSource;

/* Rows that a cursor is to keep, if not all. */
typedef struct SsmKeep
{
	const SsmValues *only;		/* with these values, or NULL ... */
	int			only_place;		/* ... of that parameter */
	const SsmHashSet *given;	/* not among these, or NULL */
} SsmKeep;

extern void ssm_source_init(SsmScanSource *source, ForeignScanState *node);
extern SsmLease *ssm_source_lease(SsmScanSource *source);
extern bool ssm_source_locate(SsmScanSource *source);
extern SsmBinding *ssm_source_bind(SsmScanSource *source, SsmAhead *ahead, int64 row);
extern void ssm_source_call(SsmScanSource *source);
extern SsmCursor *ssm_source_open(SsmScanSource *source, const SsmRequestSet *requests, const SsmKeep *keep);
pg_noreturn extern void ssm_source_fail(const SsmScanSource *source, const SsmError *error);

#endif							/* SSM_FDW_SOURCE_H */
