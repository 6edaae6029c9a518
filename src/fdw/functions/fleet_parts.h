/*
 * fleet_parts.h
 *		What a fleet is made of.
 */
#ifndef SSM_FDW_FLEET_PARTS_H
#define SSM_FDW_FLEET_PARTS_H

#include "fdw/functions/fleet_servers.h"
#include "ssm/operation.h"

extern void ssm_fleet_make_schema(SsmFleet *fleet);
extern void ssm_fleet_make_table(SsmFleet *fleet, const SsmOperation *operation, bool listed);
extern void ssm_fleet_make_part(SsmFleet *fleet, const char *account, const char *region);
extern void ssm_fleet_remove_part(SsmFleet *fleet, const ForeignServer *server, const char *account,
								  const char *region);

#endif							/* SSM_FDW_FLEET_PARTS_H */
