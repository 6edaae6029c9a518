/*
 * imds_region.c
 *		The region of an EC2 instance, from its metadata service.
 */
#include "aws/imds_region.h"

#include <stdlib.h>

#include "aws/imds.h"

struct SsmImdsRegion
{
	SsmImds		imds;
};

/*
 * SsmImdsStep.parse: out has room for SSM_REGION_MAX bytes and a NUL.
 */
static bool
parse_region(SsmImds *imds, const SsmHttp *response, void *out, SsmError *error)
{
	return (ssm_imds_name(response, out, SSM_REGION_MAX + 1) && ssm_region_valid(out)) ||
		ssm_imds_invalid(imds, error);
}

static const SsmImdsStep steps[] = {
	{"latest/meta-data/placement/region", NULL, parse_region},
	{NULL}
};

/*
 * Ask for the instance's region.  config is read now only; user_agent outlives
 * the fetch.
 */
SsmImdsRegion *
ssm_imds_region_start(SsmLoop *loop, const SsmConfig *config, const char *user_agent, SsmError *error)
{
	SsmImdsRegion *fetch = calloc(1, sizeof(SsmImdsRegion));

	if (fetch == NULL)
		ssm_fail_memory(error);
	else if (!ssm_imds_init(&fetch->imds, steps, loop, config, user_agent, error))
	{
		ssm_imds_region_free(fetch);
		fetch = NULL;
	}
	return fetch;
}

/*
 * Go on as far as possible without waiting, as ssm_exchange_advance does; what
 * SSM_DONE brings is a valid region.
 */
SsmProgress
ssm_imds_region_advance(SsmImdsRegion *fetch, char region[SSM_REGION_MAX + 1], SsmError *error)
{
	return ssm_imds_advance(&fetch->imds, region, error);
}

/*
 * Cut it off, if it is under way, and release it.  NULL is ignored.
 */
void
ssm_imds_region_free(SsmImdsRegion *fetch)
{
	if (fetch == NULL)
		return;
	ssm_imds_end(&fetch->imds);
	free(fetch);
}
