/*
 * fleet_servers.h
 *		The servers and user mappings of a fleet.
 */
#ifndef SSM_FDW_FLEET_SERVERS_H
#define SSM_FDW_FLEET_SERVERS_H

#include "foreign/foreign.h"

/* What became of something that a fleet has. */
typedef enum SsmFleetDone
{
	SSM_FLEET_NOTHING,
	SSM_FLEET_CREATED,
	SSM_FLEET_CHANGED
} SsmFleetDone;

/* What a fleet shall be, and what was done to make it so. */
typedef struct SsmFleet
{
	const char *name;			/* of its schema */
	Oid			schema;
	ForeignServer *base;		/* whose options its servers have; NULL if the
								 * fleet has none */
	const char *base_account;	/* that the base's credentials are of, or NULL */
	Oid			userid;			/* whose user mappings they have */
	List	   *mapping;		/* the options of his on the base, DefElems */
	const char *partition;		/* of AWS, as ARNs have it */
	const char *role_name;		/* or NULL */
	const char *external_id;	/* or NULL */
	List	   *tables;			/* SsmOperations that it has a table of */
	int64		added;			/* regions of accounts */
	int64		changed;
	int64		removed;
} SsmFleet;

extern const char *ssm_fleet_part_name(const char *of, const char *account, const char *region);
extern const char *ssm_fleet_option(List *options, const char *name);
extern bool ssm_fleet_mapping(Oid userid, Oid serverid, List **options);
extern SsmFleetDone ssm_fleet_make_server(const SsmFleet *fleet, const char *name, const char *account,
										  const char *region);
extern SsmFleetDone ssm_fleet_make_mapping(const SsmFleet *fleet, const char *server, const char *account);

#endif							/* SSM_FDW_FLEET_SERVERS_H */
