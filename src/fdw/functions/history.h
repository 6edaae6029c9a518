/*
 * history.h
 *		The settings of ssm_fdw_keep_history.
 */
#ifndef SSM_FDW_HISTORY_H
#define SSM_FDW_HISTORY_H

extern void ssm_history_init(void);

#endif							/* SSM_FDW_HISTORY_H */
