/*
 * async.h
 *		Scans that an Append waits for together.
 */
#ifndef SSM_FDW_ASYNC_H
#define SSM_FDW_ASYNC_H

#include "foreign/fdwapi.h"

extern bool ssmIsForeignPathAsyncCapable(ForeignPath *path);
extern void ssmForeignAsyncRequest(AsyncRequest *areq);
extern void ssmForeignAsyncConfigureWait(AsyncRequest *areq);
extern void ssmForeignAsyncNotify(AsyncRequest *areq);

#endif							/* SSM_FDW_ASYNC_H */
