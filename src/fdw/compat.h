/*
 * compat.h
 *		What differs between the supported releases of PostgreSQL, 15 to 19.
 */
#ifndef SSM_FDW_COMPAT_H
#define SSM_FDW_COMPAT_H

#include "access/stratnum.h"
#include "fmgr.h"
#include "nodes/pathnodes.h"
#include "optimizer/pathnode.h"
#include "optimizer/restrictinfo.h"
#include "storage/lwlock.h"
#include "utils/date.h"
#include "utils/selfuncs.h"
#include "utils/timestamp.h"
#include "utils/wait_event.h"

#if PG_VERSION_NUM < 150000
#error "ssm_fdw needs PostgreSQL 15 or later"
#endif

#if PG_VERSION_NUM >= 160000
#include "varatt.h"
#endif
#if PG_VERSION_NUM >= 170000
#include "storage/dsm_registry.h"
#endif
#if PG_VERSION_NUM >= 180000
#include "commands/explain_format.h"
#include "commands/explain_state.h"
#endif
#if PG_VERSION_NUM >= 190000
#include "nodes/miscnodes.h"
#endif

/* 18's, to stand before a declaration */
#if PG_VERSION_NUM < 180000
#define pg_noreturn _Noreturn
#endif

/*
 * A function that SQL calls.  15's PG_FUNCTION_INFO_V1 does not mark it for
 * export.
 */
#define SSM_SQL_FUNCTION(name) \
	extern PGDLLEXPORT Datum name(PG_FUNCTION_ARGS); \
	PG_FUNCTION_INFO_V1(name)

#if PG_VERSION_NUM >= 190000
/* 15's function; 19 reports what a timestamptz cannot hold as a soft error */
static inline TimestampTz
date2timestamptz_opt_overflow(DateADT date, int *overflow)
{
	ErrorSaveContext context = {T_ErrorSaveContext};
	TimestampTz time = date2timestamptz_safe(date, (Node *) &context);

	*overflow = context.error_occurred;
	return time;
}

/* likewise */
static inline TimestampTz
timestamp2timestamptz_opt_overflow(Timestamp timestamp, int *overflow)
{
	ErrorSaveContext context = {T_ErrorSaveContext};
	TimestampTz time = timestamp2timestamptz_safe(timestamp, (Node *) &context);

	*overflow = context.error_occurred;
	return time;
}
#endif

/* 16 moved the user whose rights apply into the plan node */
#if PG_VERSION_NUM >= 160000
#define ssm_check_as_user(node, rte)	((node)->checkAsUser)
#else
#define ssm_check_as_user(node, rte)	((rte)->checkAsUser)
#endif

/* 17 added fdw_restrictinfo, 18 disabled_nodes */
#if PG_VERSION_NUM >= 180000
#define ssm_create_foreignscan_path(root, rel, rows, startup, total, pathkeys, outer) \
	create_foreignscan_path(root, rel, NULL, rows, 0, startup, total, pathkeys, outer, NULL, NIL, NIL)
#elif PG_VERSION_NUM >= 170000
#define ssm_create_foreignscan_path(root, rel, rows, startup, total, pathkeys, outer) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, NIL, NIL)
#else
#define ssm_create_foreignscan_path(root, rel, rows, startup, total, pathkeys, outer) \
	create_foreignscan_path(root, rel, NULL, rows, startup, total, pathkeys, outer, NULL, NIL)
#endif

/* 18 has what no type of index gives its own numbers */
#if PG_VERSION_NUM >= 180000
#define ssm_pathkey_descends(pathkey)	((pathkey)->pk_cmptype == COMPARE_GT)
#else
#define ssm_pathkey_descends(pathkey)	((pathkey)->pk_strategy == BTGreaterStrategyNumber)
#endif

/* 17 has wait events with names of an extension's own */
#if PG_VERSION_NUM >= 170000
#define ssm_wait_event_new(name)	WaitEventExtensionNew(name)
#else
#define ssm_wait_event_new(name)	((uint32) PG_WAIT_EXTENSION)
#endif

/* 19 registers a tranche's name for all processes */
#if PG_VERSION_NUM >= 190000
#define ssm_new_tranche(name)	LWLockNewTrancheId(name)
#define LWLockRegisterTranche(tranche, name)	((void) 0)
#else
#define ssm_new_tranche(name)	LWLockNewTrancheId()
#endif

#if PG_VERSION_NUM >= 190000
/*
 * 19's initialiser has one more argument: here, 17's initialiser.
 */
static inline void
ssm_init_segment(void *memory, void *arg)
{
	(*(void (**) (void *)) arg) (memory);
}

/*
 * Make or find a segment of the registry.  Raises an error if it cannot be had.
 */
static inline void *
ssm_named_segment(const char *name, size_t size, void (*init) (void *), bool *found)
{
	return GetNamedDSMSegment(name, size, ssm_init_segment, found, &init);
}
#elif PG_VERSION_NUM >= 170000
#define ssm_named_segment(name, size, init, found)	GetNamedDSMSegment(name, size, init, found)
#endif

/* 16 made one function of those for each kind of object */
#if PG_VERSION_NUM >= 160000
#define ssm_server_aclcheck(serverid, userid) \
	object_aclcheck(ForeignServerRelationId, serverid, userid, ACL_USAGE)
#else
#define ssm_server_aclcheck(serverid, userid) \
	pg_foreign_server_aclcheck(serverid, userid, ACL_USAGE)
#endif

/* 17 lets it look at statistics */
#if PG_VERSION_NUM >= 170000
#define ssm_array_length(root, node)	estimate_array_length(root, node)
#else
#define ssm_array_length(root, node)	estimate_array_length(node)
#endif

#endif							/* SSM_FDW_COMPAT_H */
