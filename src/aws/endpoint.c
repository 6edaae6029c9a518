/*
 * endpoint.c
 *		Region and flags to the URL of a service.
 *
 * AWS publishes these rules as an endpoint rule set per service.  SSM's and STS's
 * rules differ in STS's global endpoint only.
 */
#include "aws/endpoint.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "base/array.h"
#include "base/ascii.h"

/* What to do about an endpoint of one's own together with a flag. */
#define ONE_OF(option, variable) \
	"Remove one of the two: endpoint_url, or " option ". Options of server %s or its table, environment (" \
	variable ", AWS_ENDPOINT_URL) and AWS files may set them."

#define DIGITS		"0123456789"
#define LOWER		"abcdefghijklmnopqrstuvwxyz"
#define UPPER		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"

/* STS serves these from one host: the first always, the others in legacy mode. */
static const char *const global_sts_regions[] = {
	"aws-global",
	"ap-northeast-1", "ap-south-1", "ap-southeast-1", "ap-southeast-2",
	"ca-central-1", "eu-central-1", "eu-north-1", "eu-west-1", "eu-west-2",
	"eu-west-3", "sa-east-1", "us-east-1", "us-east-2", "us-west-1", "us-west-2",
};

/*
 * Is this a call for STS's one global host?
 */
static bool
is_global_sts(const SsmEndpointRule *rule)
{
	size_t		n = rule->use_global_endpoint ? lengthof(global_sts_regions) : 1;
	size_t		i;

	if (strcmp(rule->service, "sts") != 0 || rule->use_fips || rule->use_dualstack)
		return false;
	for (i = 0; i < n; i++)
		if (strcmp(rule->region, global_sts_regions[i]) == 0)
			return true;
	return false;
}

/*
 * The partition that a service of that name has the region in, or NULL: STS alone
 * is also global.
 */
static const SsmPartition *
find_partition(const char *service, const char *region)
{
	const SsmPartition *partition = ssm_region_partition(region);

	if (partition == NULL && strcmp(service, "sts") == 0)
		partition = ssm_region_pseudo_partition(region);
	return partition;
}

/*
 * Resolve the region to sign for into out: the rule's region and flag are changed
 * to say the same.  No region at all is fine here.
 */
static bool
take_region(SsmEndpointRule *rule, SsmEndpoint *out, SsmError *error)
{
	const char *given = rule->region ? rule->region : "";
	const char *closest;
	char		shown[SSM_REGION_MAX + 1];

	if (given[0] == '\0')
		return true;
	if (ssm_region_parse(given, out->region, &rule->use_fips) &&
		find_partition(rule->service, out->region))
	{
		rule->region = out->region;
		return true;
	}
	ssm_copy_text(shown, sizeof(shown), given, strlen(given));
	closest = ssm_region_closest(given);
	return ssm_fail_hint(error, "Set the region as AWS spells it; the option region of server %s takes precedence over environment and AWS files.",
						 SSM_ERROR_CONFIG, closest ? "invalid region \"%s\"; perhaps you meant \"%s\"" :
						 "invalid region \"%s\"", shown, closest);
}

/*
 * Resolve a service of AWS's own.  The rule has a valid region.
 */
static bool
service_endpoint(const SsmEndpointRule *rule, SsmEndpoint *out, SsmError *error)
{
	const SsmPartition *p = find_partition(rule->service, rule->region);
	bool		fips_host = rule->use_fips && (p->fips_in_host || rule->use_dualstack);
	int			len;

	len = snprintf(out->host, sizeof(out->host), "%s%s.%s.%s",
				   rule->service, fips_host ? "-fips" : "", rule->region,
				   rule->use_dualstack ? p->dualstack_suffix : p->suffix);
	if (len < 0 || (size_t) len >= sizeof(out->host))
		return ssm_fail(error, SSM_ERROR_CONFIG, "the service's host name is too long");
	if (is_global_sts(rule))
	{
		snprintf(out->host, sizeof(out->host), "sts.amazonaws.com");
		snprintf(out->region, sizeof(out->region), "us-east-1");
	}
	ssm_ascii_fold(out->host);
	snprintf(out->url, sizeof(out->url), "https://%s/", out->host);
	snprintf(out->path, sizeof(out->path), "/");
	return true;
}

/*
 * Fail for what is wrong with a custom endpoint.  Always returns false.
 */
static bool
bad_url(SsmError *error, const char *what)
{
	return ssm_fail_hint(error, "Set a URL with http or https, without user, query and fragment; "
						 "the option endpoint_url of server %s takes precedence over environment and AWS files.",
						 SSM_ERROR_CONFIG, "the endpoint URL %s", what);
}

/*
 * Fetch a part of a parsed URL as curl will send it; no port is "".
 */
static bool
url_part(CURLU *url, CURLUPart part, char *dst, size_t size, SsmError *error)
{
	char	   *text = NULL;
	CURLUcode	code = curl_url_get(url, part, &text, CURLU_NO_DEFAULT_PORT);
	size_t		len = text ? strlen(text) : 0;

	dst[0] = '\0';
	if (code == CURLUE_OUT_OF_MEMORY)
		return ssm_fail_memory(error);
	if (code != CURLUE_OK && code != CURLUE_NO_PORT)
		return bad_url(error, "is not a valid http or https URL");
	if (len < size && text)
		memcpy(dst, text, len + 1);
	curl_free(text);
	if (len >= size)
		return bad_url(error, "is too long");
	return true;
}

/*
 * Let a text end in exactly one slash.  False if there is no room for it.
 */
static bool
end_in_slash(char *text, size_t size)
{
	size_t		len = strlen(text);

	while (len > 0 && text[len - 1] == '/')
		len--;
	if (len + 2 > size)
		return false;
	text[len] = '/';
	text[len + 1] = '\0';
	return true;
}

/*
 * Parse a custom endpoint.  Only what the signature will cover may be in it,
 * and messages do not repeat it: it may hold a password.  Bytes beyond ASCII
 * are refused since curl might send another spelling than we sign.
 */
static bool
parse_url(CURLU *url, const char *text, SsmError *error)
{
	CURLUcode	code;
	const char *at;

	for (at = text; *at != '\0'; at++)
		if (*at <= ' ' || *at > '~')
			return bad_url(error, "contains a character that is not printable ASCII");
	if (strpbrk(text, "?#") != NULL)
		return bad_url(error, "must not contain a query or fragment");
	code = curl_url_set(url, CURLUPART_URL, text, CURLU_DISALLOW_USER);
	if (code == CURLUE_OUT_OF_MEMORY)
		return ssm_fail_memory(error);
	if (code == CURLUE_USER_NOT_ALLOWED)
		return bad_url(error, "must not contain a user name or password");
	if (code != CURLUE_OK)
		return bad_url(error, "is not a valid http or https URL");
	return true;
}

/*
 * Fill out from a parsed custom endpoint.
 */
static bool
take_url(CURLU *url, SsmEndpoint *out, SsmError *error)
{
	char		scheme[16];
	char		port[8];
	size_t		len;

	if (!url_part(url, CURLUPART_SCHEME, scheme, sizeof(scheme), error))
		return false;
	if (strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0)
		return bad_url(error, "is not a valid http or https URL");
	if (!url_part(url, CURLUPART_HOST, out->host, sizeof(out->host) - sizeof(port), error) ||
		!url_part(url, CURLUPART_PORT, port, sizeof(port), error) ||
		!url_part(url, CURLUPART_PATH, out->path, sizeof(out->path), error) ||
		!url_part(url, CURLUPART_URL, out->url, sizeof(out->url), error))
		return false;
	/* curl decodes a host's %XX, so only now is it known what is in there */
	if (out->host[strspn(out->host, LOWER UPPER DIGITS "-._:[]")] != '\0')
		return bad_url(error, "is not a valid http or https URL");
	if (!end_in_slash(out->path, sizeof(out->path)) || !end_in_slash(out->url, sizeof(out->url)))
		return bad_url(error, "is too long");
	ssm_ascii_fold(out->host);
	len = strlen(out->host);
	if (port[0] != '\0')
		snprintf(out->host + len, sizeof(out->host) - len, ":%s", port);
	return true;
}

/*
 * Resolve an endpoint of the user's own.
 */
static bool
custom_endpoint(const SsmEndpointRule *rule, SsmEndpoint *out, SsmError *error)
{
	CURLU	   *url;
	bool		done;

	if (rule->use_fips)
		return ssm_fail_hint(error, ONE_OF("use_fips_endpoint", "AWS_USE_FIPS_ENDPOINT"), SSM_ERROR_CONFIG,
							 "Invalid Configuration: FIPS and custom endpoint are not supported");
	if (rule->use_dualstack)
		return ssm_fail_hint(error, ONE_OF("use_dualstack_endpoint", "AWS_USE_DUALSTACK_ENDPOINT"), SSM_ERROR_CONFIG,
							 "Invalid Configuration: Dualstack and custom endpoint are not supported");
	url = curl_url();
	if (url == NULL)
		return ssm_fail_memory(error);
	done = parse_url(url, rule->endpoint_url, error) && take_url(url, out, error);
	curl_url_cleanup(url);
	return done;
}

/*
 * Resolve a rule.  False, with error set, if it is contradictory or a region or
 * URL in it cannot be used; out is then of no use.  An empty region or
 * endpoint_url counts as none.
 *
 * AWS: SDKs and Tools reference, service-specific endpoints; endpoint rule sets
 * of SSM and STS.
 */
bool
ssm_endpoint_resolve(const SsmEndpointRule *rule, SsmEndpoint *out, SsmError *error)
{
	SsmEndpointRule own = *rule;

	memset(out, 0, sizeof(*out));
	if (!take_region(&own, out, error))
		return false;
	if (own.endpoint_url && own.endpoint_url[0] != '\0')
		return custom_endpoint(&own, out, error);
	if (out->region[0] == '\0')
		return ssm_fail_hint(error, SSM_REGION_HINT, SSM_ERROR_CONFIG, "Invalid Configuration: Missing Region");
	return service_endpoint(&own, out, error);
}

/*
 * Go past a prefix.  False, and *text unchanged, if it does not start so.
 */
static bool
skip(const char **text, const char *prefix)
{
	size_t		len = strlen(prefix);

	if (strncmp(*text, prefix, len) != 0)
		return false;
	*text += len;
	return true;
}

/*
 * Is the rest of a URL just this suffix of a host, and at most one slash?
 */
static bool
ends_in(const char *text, const char *suffix)
{
	if (!skip(&text, suffix))
		return false;
	skip(&text, "/");
	return *text == '\0';
}

/*
 * Is the URL, by its spelling alone, one of SSM's own: https and
 * ssm[-fips].REGION.SUFFIX, with a partition's plain or dual-stack suffix, or a
 * VPC endpoint's vpce-ID.ssm.REGION.vpce.SUFFIX?  Whoever chooses among these
 * cannot have a request sent to anyone but AWS.
 *
 * The region must be one that a known partition claims: amazonaws.com has hosts
 * that belong to customers, such as BUCKET.s3.amazonaws.com.  The text is
 * compared as it stands, not parsed, so that no two readings of it can differ;
 * upper case, a port or a path are therefore refused.
 */
bool
ssm_endpoint_official(const char *url)
{
	char		region[SSM_REGION_MAX + 1];
	const SsmPartition *p;
	bool		vpce;
	size_t		len;

	if (!skip(&url, "https://"))
		return false;
	vpce = skip(&url, "vpce-");
	if (vpce)
	{
		len = strspn(url, LOWER DIGITS "-");
		url += len;
		if (len == 0 || len > SSM_REGION_MAX - strlen("vpce-") || !skip(&url, "."))
			return false;
	}
	if (!skip(&url, "ssm.") && (vpce || !skip(&url, "ssm-fips.")))
		return false;
	len = strspn(url, LOWER DIGITS "-");
	if (len > SSM_REGION_MAX)
		return false;
	ssm_copy_text(region, sizeof(region), url, len);
	url += len;
	p = ssm_region_partition(region);
	if (p == NULL || !skip(&url, vpce ? ".vpce." : "."))
		return false;
	return ends_in(url, p->suffix) || (!vpce && ends_in(url, p->dualstack_suffix));
}
