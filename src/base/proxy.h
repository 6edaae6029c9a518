/*
 * proxy.h
 *		The proxy that libcurl takes from the environment.
 */
#ifndef SSM_BASE_PROXY_H
#define SSM_BASE_PROXY_H

#include <stdbool.h>

typedef struct SsmProxy
{
	const char *variable;		/* that sets it; NULL: none does */
	bool		usable;			/* its value is a proxy's URL */
	char		name[300];		/* scheme://host:port, printable, if so */
} SsmProxy;

extern void ssm_proxy_find(const char *url, SsmProxy *proxy);

#endif							/* SSM_BASE_PROXY_H */
