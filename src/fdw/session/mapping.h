/*
 * mapping.h
 *		The backend's identities, one for each user mapping in use.
 */
#ifndef SSM_FDW_MAPPING_H
#define SSM_FDW_MAPPING_H

#include "foreign/foreign.h"
#include "lib/ilist.h"

#include "aws/credentials/provider_chain.h"
#include "aws/identity.h"
#include "fdw/options.h"

/* A user mapping, which belongs to one server, and who calls by it. */
typedef struct SsmMapping
{
	dlist_node	node;			/* mapping.c's list */
	Oid			umid;			/* pg_user_mapping's */
	uint32		server_hash;	/* what invalidation messages name */
	uint32		mapping_hash;
	bool		stale;			/* changed since: not for new scans */
	int			users;			/* clients that call by it */
	MemoryContext context;		/* what it lives in */
	List	   *list;			/* the options; wiped at the end */
	SsmMappingOptions options;	/* the same, read */
	bool		ambient;		/* may use the server process's credentials */
	SsmIdentity identity;
	bool		shared;			/* the keys were searched for by this digest: */
	unsigned char digest[SSM_CREDENTIALS_DIGEST];
	bool		renewing;		/* a scan renews keys that still serve */
	int64		renew_at;		/* not before: seconds since 1970 */
	int64		serve_until;	/* the keys are taken to serve: the same */
} SsmMapping;

extern SsmMapping *ssm_mapping_find(ForeignServer *server, Oid userid);
extern char *ssm_mapping_profile(ForeignServer *server, Oid userid);
extern SsmMapping *ssm_mapping_use(SsmMapping *mapping);
extern const SsmIdentity *ssm_mapping_lender(const SsmMapping *mapping,
											 const unsigned char digest[SSM_CREDENTIALS_DIGEST]);
extern void ssm_mapping_release(SsmMapping *mapping);
extern void ssm_mapping_forget(void);
extern void ssm_mapping_invalidate(int cacheid, uint32 hash);

#endif							/* SSM_FDW_MAPPING_H */
