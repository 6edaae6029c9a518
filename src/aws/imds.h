/*
 * imds.h
 *		EC2's instance metadata service (IMDS).
 */
#ifndef SSM_AWS_IMDS_H
#define SSM_AWS_IMDS_H

#include "aws/config.h"
#include "aws/exchange.h"

typedef struct SsmImds SsmImds;

/* One request.  What is wanted takes some, each of which builds on the last. */
typedef struct SsmImdsStep
{
	const char *path;			/* to GET, with SsmImds.name behind it */
	const char *absent;			/* what status 404 means, or NULL */
	/* take a response of status 200, as SsmExchangeMethods.parse */
	bool		(*parse) (SsmImds *imds, const SsmHttp *response, void *out, SsmError *error);
} SsmImdsStep;

/* A user starts its own struct with this. */
struct SsmImds
{
	SsmExchange exchange;
	SsmExchangePolicy policy;
	const SsmImdsStep *step;	/* at hand, of the token or of the user */
	const SsmImdsStep *steps;	/* the user's; one without a path ends them */
	bool		needs_token;	/* IMDSv1 is forbidden */
	char		root[512];		/* URL, ends in a slash */
	char		url[700];		/* of the step */
	char		name[128];		/* part of the next path */
	SsmBuf		token;
};

extern bool ssm_imds_init(SsmImds *imds, const SsmImdsStep *steps, SsmLoop *loop, const SsmConfig *config,
						  const char *user_agent, SsmError *error);
extern SsmProgress ssm_imds_advance(SsmImds *imds, void *out, SsmError *error);
extern bool ssm_imds_name(const SsmHttp *response, char *name, size_t size);
extern bool ssm_imds_invalid(const SsmImds *imds, SsmError *error);
extern void ssm_imds_end(SsmImds *imds);

#endif							/* SSM_AWS_IMDS_H */
