/*
 * ahead.h
 *		Plans that read ahead: what is put over the rows that feed our scans.
 */
#ifndef SSM_FDW_PLANNER_AHEAD_H
#define SSM_FDW_PLANNER_AHEAD_H

#include "nodes/extensible.h"
#include "nodes/plannodes.h"

/* Places in a read-ahead's custom_private, an IntList. */
enum SsmAheadFact
{
	SSM_AHEAD_SLOT,				/* of es_param_exec_vals, where scans find it */
	SSM_AHEAD_WIDTH				/* rows that it may hold */
};

/* What a walk over a statement's plans keeps. */
typedef struct SsmAheadPass
{
	PlannedStmt *stmt;			/* changed in place */
	int			most;			/* rows ahead, at most */
	int			last_id;		/* highest plan_node_id */
	List	   *fed;			/* ForeignScans that are fed */
} SsmAheadPass;

/* Rows that give parameters their values, and the scans below that use them. */
typedef struct SsmAheadLoop
{
	SsmAheadPass *pass;
	List	   *params;			/* integers */
	List	   *exprs;			/* their Exprs, of INDEX_VARs */
	const Bitmapset *outside;	/* parameters that stay while it runs */
	int			slot;			/* -1 until a scan is fed */
	int			width;
	List	   *keys;			/* the read-ahead's custom_exprs */
	bool		memoized;
} SsmAheadLoop;

extern const CustomScanMethods ssm_ahead_methods;

extern bool ssm_ahead_useful(const PlannedStmt *stmt);
extern void ssm_ahead_plan(PlannedStmt *stmt, int most, bool backward);
extern void ssm_ahead_feed(SsmAheadLoop *loop, Plan *plan);
extern CustomScan *ssm_ahead_make(SsmAheadLoop *loop, Plan *child);
extern void ssm_ahead_subplans(SsmAheadPass *pass, Plan **plan);
extern List *ssm_ahead_children(Plan *plan);
extern bool ssm_ahead_allowed(const PlannedStmt *stmt, Plan *plan);

#endif							/* SSM_FDW_PLANNER_AHEAD_H */
