/*
 * locate.h
 *		Where a scan calls.
 */
#ifndef SSM_FDW_LOCATE_H
#define SSM_FDW_LOCATE_H

#include "aws/client.h"
#include "aws/credentials/metadata.h"
#include "fdw/session/ambient.h"
#include "fdw/session/mapping.h"

/* A question for the instance's region.  Zeroed, none is asked. */
typedef struct SsmDiscovery
{
	SsmRegionSearch *search;	/* under way, or NULL */
	SsmAmbient	ambient;		/* what it goes by */
} SsmDiscovery;

extern SsmService *ssm_locate(ForeignServer *server, Oid userid, const SsmOptions *options);
extern const char *ssm_instance_region(void);
extern bool ssm_discover(SsmDiscovery *discovery, const SsmMapping *mapping, SsmLoop *loop,
						 const SsmOptions *options, const char *server);
extern void ssm_discover_stop(SsmDiscovery *discovery);

#endif							/* SSM_FDW_LOCATE_H */
