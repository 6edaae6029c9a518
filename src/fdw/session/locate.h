/*
 * locate.h
 *		Where a scan calls.
 */
#ifndef SSM_FDW_LOCATE_H
#define SSM_FDW_LOCATE_H

#include "aws/client.h"
#include "fdw/session/flight.h"

extern SsmService *ssm_locate(ForeignServer *server, Oid userid, const SsmOptions *options);
extern const char *ssm_instance_region(void);
extern bool ssm_discover(SsmBoarding *boarding, SsmMapping *mapping, SsmLoop *loop,
						 const SsmOptions *options, const char *server);

#endif							/* SSM_FDW_LOCATE_H */
