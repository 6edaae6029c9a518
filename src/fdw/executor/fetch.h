/*
 * fetch.h
 *		Pages read outside a scan, one after the other.
 */
#ifndef SSM_FDW_FETCH_H
#define SSM_FDW_FETCH_H

#include "fdw/session/session.h"
#include "ssm/page.h"
#include "ssm/request.h"

typedef struct SsmFetch SsmFetch;

extern SsmFetch *ssm_fetch_open(ForeignServer *server, Oid userid,
								const SsmOptions *options, const SsmService *service);
extern const SsmCredentials *ssm_fetch_credentials(SsmFetch *fetch);
extern const SsmPage *ssm_fetch_page(SsmFetch *fetch, const SsmRequestSet *requests, const char *token,
									 const SsmPageShape *shape, SsmError *error);
extern const SsmClient *ssm_fetch_client(const SsmFetch *fetch);

#endif							/* SSM_FDW_FETCH_H */
