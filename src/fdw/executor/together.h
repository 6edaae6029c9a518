/*
 * together.h
 *		Scans that a MergeAppend asks for their first rows one after the other.
 */
#ifndef SSM_FDW_TOGETHER_H
#define SSM_FDW_TOGETHER_H

extern void ssm_together_init(void);

#endif							/* SSM_FDW_TOGETHER_H */
