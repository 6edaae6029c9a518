/*
 * region.c
 *		AWS's partitions, and the regions that are theirs.
 *
 * AWS publishes the partitions with a pattern for each one's regions, so a new
 * region is known before its name is.
 */
#include "aws/region.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/ascii.h"

#define DIGITS		"0123456789"
#define LOWER		"abcdefghijklmnopqrstuvwxyz"

#define MAX_DISTANCE	2		/* edits between a region and what may mean it */
#define MAX_FOLDED		63		/* bytes of a text that is compared */

static const SsmPartition partitions[] = {
	{"aws", {"us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"},
	"aws-global", "amazonaws.com", "api.aws", true},
	{"aws-cn", {"cn"}, "aws-cn-global", "amazonaws.com.cn", "api.amazonwebservices.com.cn", true},
	{"aws-eusc", {"eusc-de"}, NULL, "amazonaws.eu", "api.amazonwebservices.eu", true},
	{"aws-iso", {"us-iso"}, "aws-iso-global", "c2s.ic.gov", "api.aws.ic.gov", true},
	{"aws-iso-b", {"us-isob"}, "aws-iso-b-global", "sc2s.sgov.gov", "api.aws.scloud", true},
	{"aws-iso-e", {"eu-isoe"}, "aws-iso-e-global", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk", true},
	{"aws-iso-f", {"us-isof"}, "aws-iso-f-global", "csp.hci.ic.gov", "api.aws.hci.ic.gov", true},
	{"aws-us-gov", {"us-gov"}, "aws-us-gov-global", "amazonaws.com", "api.aws", false},
};

/* Regions and where they are, to guess what is meant; others are as good. */
static const struct
{
	const char *name;
	const char *place;			/* folded, or NULL */
}			regions[] = {
	{"us-east-1", "virginia"}, {"us-east-2", "ohio"}, {"us-west-1", "california"}, {"us-west-2", "oregon"},
	{"af-south-1", "capetown"}, {"ap-east-1", "hongkong"}, {"ap-east-2", "taipei"},
	{"ap-northeast-1", "tokyo"}, {"ap-northeast-2", "seoul"}, {"ap-northeast-3", "osaka"},
	{"ap-south-1", "mumbai"}, {"ap-south-2", "hyderabad"},
	{"ap-southeast-1", "singapore"}, {"ap-southeast-2", "sydney"}, {"ap-southeast-3", "jakarta"},
	{"ap-southeast-4", "melbourne"}, {"ap-southeast-5", "malaysia"}, {"ap-southeast-6", "newzealand"},
	{"ap-southeast-7", "thailand"}, {"ca-central-1", "canada"}, {"ca-west-1", "calgary"},
	{"eu-central-1", "frankfurt"}, {"eu-central-2", "zurich"}, {"eu-north-1", "stockholm"},
	{"eu-south-1", "milan"}, {"eu-south-2", "spain"},
	{"eu-west-1", "ireland"}, {"eu-west-2", "london"}, {"eu-west-3", "paris"},
	{"il-central-1", "telaviv"}, {"me-central-1", "uae"}, {"me-south-1", "bahrain"},
	{"mx-central-1", "mexico"}, {"sa-east-1", "paulo"},
	{"us-gov-east-1", NULL}, {"us-gov-west-1", NULL}, {"cn-north-1", "beijing"}, {"cn-northwest-1", "ningxia"},
	{"eusc-de-east-1", "brandenburg"}, {"us-iso-east-1", NULL}, {"us-iso-west-1", NULL},
	{"us-isob-east-1", NULL}, {"us-isob-west-1", NULL}, {"us-isof-east-1", NULL}, {"us-isof-south-1", NULL},
	{"eu-isoe-west-1", NULL},
};

/*
 * Is the region "prefix-word-number", as AWS spells it?  The patterns of AWS
 * allow capitals in the word, but no region has any.
 */
static bool
has_prefix(const char *region, const char *prefix)
{
	size_t		len = strlen(prefix);
	size_t		word;
	size_t		number;

	if (strncmp(region, prefix, len) != 0 || region[len] != '-')
		return false;
	region += len + 1;
	word = strspn(region, LOWER DIGITS);
	if (word == 0 || region[word] != '-')
		return false;
	region += word + 1;
	number = strspn(region, DIGITS);
	return number > 0 && region[number] == '\0';
}

/*
 * The partition that claims a region, or NULL.
 */
const SsmPartition *
ssm_region_partition(const char *region)
{
	const SsmPartition *p;
	const char *const *prefix;

	if (strlen(region) > SSM_REGION_MAX)
		return NULL;
	for (p = partitions; p < partitions + lengthof(partitions); p++)
		for (prefix = p->prefixes; *prefix; prefix++)
			if (has_prefix(region, *prefix))
				return p;
	return NULL;
}

/*
 * The partition whose pseudo-region for global services this is, or NULL.
 */
const SsmPartition *
ssm_region_pseudo_partition(const char *region)
{
	const SsmPartition *p;

	for (p = partitions; p < partitions + lengthof(partitions); p++)
		if (p->global_region && strcmp(region, p->global_region) == 0)
			return p;
	return NULL;
}

/*
 * Copy a region, without the "fips-" or "-fips" of a pseudo-region, which asks
 * for a FIPS endpoint: *fips becomes true then.  region has room for
 * SSM_REGION_MAX and a NUL.  False, with region empty, if it is too long.
 */
bool
ssm_region_parse(const char *text, char *region, bool *fips)
{
	size_t		len = strlen(text);
	size_t		start = 0;

	if (strncmp(text, "fips-", 5) == 0)
		start = 5;
	else if (len > 5 && strcmp(text + len - 5, "-fips") == 0)
		len -= 5;
	region[0] = '\0';
	if (len - start > SSM_REGION_MAX)
		return false;
	*fips |= len - start < strlen(text);
	memcpy(region, text + start, len - start);
	region[len - start] = '\0';
	return true;
}

/*
 * Is the text a region of some partition, pseudo-regions for FIPS included?  It
 * becomes part of a host name and of a signature, so what no partition claims is
 * none: "s3" would call a host of AWS's that customers may own, and a "/" or "."
 * could send a signed request to another's.
 */
bool
ssm_region_valid(const char *text)
{
	char		region[SSM_REGION_MAX + 1];
	bool		fips = false;

	return ssm_region_parse(text, region, &fips) && ssm_region_partition(region);
}

/*
 * Keep of a text its ASCII letters, in lower case, and digits.  What does not fit
 * is cut.
 */
static void
fold(const char *text, char *folded)
{
	size_t		len = 0;

	for (; *text && len < MAX_FOLDED; text++)
	{
		char		c = ssm_ascii_lower(*text);

		if (c != '\0' && strchr(LOWER DIGITS, c))
			folded[len++] = c;
	}
	folded[len] = '\0';
}

/*
 * How many characters have to be put in, taken out or replaced to make one folded
 * text the other (Levenshtein).
 */
static int
distance(const char *a, const char *b)
{
	int			row[MAX_FOLDED + 1];
	int			len = (int) strlen(b);
	int			i;
	int			j;

	for (j = 0; j <= len; j++)
		row[j] = j;
	for (i = 1; a[i - 1]; i++)
	{
		int			diagonal = row[0];

		row[0] = i;
		for (j = 1; j <= len; j++)
		{
			int			best = diagonal + (a[i - 1] != b[j - 1]);

			diagonal = row[j];
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			row[j] = best;
		}
	}
	return row[len];
}

/*
 * The region that a text may mean which is not a region, by its name or its place,
 * or NULL: us-west-2 of "US-WEST-2", us-east-1 of the zone "us-east-1a", us-east-2
 * of "Ohio".
 */
const char *
ssm_region_closest(const char *text)
{
	char		wanted[MAX_FOLDED + 1];
	char		name[MAX_FOLDED + 1];
	const char *best = NULL;
	int			least = MAX_DISTANCE + 1;
	size_t		i;

	fold(text, wanted);
	for (i = 0; i < lengthof(regions); i++)
	{
		int			edits;

		if (regions[i].place && strstr(wanted, regions[i].place))
			return regions[i].name;
		fold(regions[i].name, name);
		edits = distance(wanted, name);
		if (edits < least)
		{
			least = edits;
			best = regions[i].name;
		}
	}
	return best;
}
