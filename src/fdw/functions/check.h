/*
 * check.h
 *		ssm_fdw_check, and which server it and others may be told to use.
 */
#ifndef SSM_FDW_CHECK_H
#define SSM_FDW_CHECK_H

#include "foreign/foreign.h"

extern ForeignServer *ssm_check_server(const char *name);

#endif							/* SSM_FDW_CHECK_H */
