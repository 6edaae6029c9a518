/*
 * region.h
 *		AWS's partitions, and the regions that are theirs.
 */
#ifndef SSM_AWS_REGION_H
#define SSM_AWS_REGION_H

#include <stdbool.h>

/* A region is a host label: RFC 1123 allows one 63 bytes. */
#define SSM_REGION_MAX	63

/* What to do where no region is set. */
#define SSM_REGION_HINT	"ALTER SERVER %s OPTIONS (ADD region 'us-east-1');"

/* One partition of AWS. */
typedef struct SsmPartition
{
	const char *name;			/* as ARNs have it */
	const char *prefixes[10];	/* of its regions: prefix-word-number */
	const char *global_region;	/* its pseudo-region, or NULL */
	const char *suffix;			/* of hosts */
	const char *dualstack_suffix;
	bool		fips_in_host;	/* is FIPS a host of its own, "ssm-fips"? */
} SsmPartition;

extern const SsmPartition *ssm_region_partition(const char *region);
extern const SsmPartition *ssm_region_pseudo_partition(const char *region);
extern bool ssm_region_parse(const char *text, char *region, bool *fips);
extern bool ssm_region_valid(const char *text);
extern const char *ssm_region_closest(const char *text);

#endif							/* SSM_AWS_REGION_H */
