/*
 * test_endpoint.c
 *		Regions, flags and custom URLs to endpoints.
 */
#include "aws/endpoint.h"
#include "base/array.h"
#include "endpoint_cases.h"
#include "tap.h"

#define NOT_HTTP	"the endpoint URL is not a valid http or https URL"
#define NOT_ASCII	"the endpoint URL contains a character that is not printable ASCII"
#define NO_USER		"the endpoint URL must not contain a user name or password"
#define NO_QUERY	"the endpoint URL must not contain a query or fragment"
#define TOO_LONG	"the endpoint URL is too long"
#define NO_FIPS		"Invalid Configuration: FIPS and custom endpoint are not supported"

/* More cases of the same shape, from the rules and the list of partitions. */
static const SsmEndpointCase more[] = {
	{"ssm", "", NULL, 0, NULL, NULL, "Invalid Configuration: Missing Region"},
	{"ssm", "us-east-1", "", 0, "https://ssm.us-east-1.amazonaws.com", NULL, NULL},
	{"ssm", "mx-central-1", NULL, 0, "https://ssm.mx-central-1.amazonaws.com", NULL, NULL},
	{"ssm", "eusc-de-east-1", NULL, 0, "https://ssm.eusc-de-east-1.amazonaws.eu", NULL, NULL},
	{"ssm", "eusc-de-east-1", NULL, FIPS | DUALSTACK,
	"https://ssm-fips.eusc-de-east-1.api.amazonwebservices.eu", NULL, NULL},
	{"ssm", "us-iso-west-1", NULL, DUALSTACK, "https://ssm.us-iso-west-1.api.aws.ic.gov", NULL, NULL},
	{"ssm", "us-isob-west-1", NULL, DUALSTACK, "https://ssm.us-isob-west-1.api.aws.scloud", NULL, NULL},
	{"ssm", "eu-isoe-west-1", NULL, 0, "https://ssm.eu-isoe-west-1.cloud.adc-e.uk", NULL, NULL},
	{"ssm", "eu-isoe-west-1", NULL, DUALSTACK,
	"https://ssm.eu-isoe-west-1.api.cloud-aws.adc-e.uk", NULL, NULL},
	{"ssm", "us-isof-south-1", NULL, FIPS, "https://ssm-fips.us-isof-south-1.csp.hci.ic.gov", NULL, NULL},
	{"ssm", "us-isof-east-1", NULL, DUALSTACK,
	"https://ssm.us-isof-east-1.api.aws.hci.ic.gov", NULL, NULL},
	{"ssm", "us-gov-west-1", NULL, DUALSTACK, "https://ssm.us-gov-west-1.api.aws", NULL, NULL},

	/* what no partition claims is no region */
	{"ssm", "eusc-fr-east-1", NULL, 0, NULL, NULL, "invalid region \"eusc-fr-east-1\"; perhaps you meant \"eusc-de-east-1\""},
	{"ssm", "moon-1", NULL, 0, NULL, NULL, "invalid region \"moon-1\""},
	{"ssm", "s3", NULL, 0, NULL, NULL, "invalid region \"s3\""},
	{"ssm", "cn", NULL, 0, NULL, NULL, "invalid region \"cn\""},
	{"sts", "CN-NORTH-1", NULL, 0, NULL, NULL, "invalid region \"CN-NORTH-1\"; perhaps you meant \"cn-north-1\""},
	{"ssm", "cn-north-1a", "https://example.com", 0, NULL, NULL, "invalid region \"cn-north-1a\"; perhaps you meant \"cn-north-1\""},

	/* pseudo-regions */
	{"ssm", "fips-us-east-1", NULL, 0, "https://ssm-fips.us-east-1.amazonaws.com", "us-east-1", NULL},
	{"ssm", "us-east-1-fips", NULL, FIPS, "https://ssm-fips.us-east-1.amazonaws.com", "us-east-1", NULL},
	{"ssm", "fips-us-gov-west-1", NULL, 0, "https://ssm.us-gov-west-1.amazonaws.com", "us-gov-west-1", NULL},
	{"sts", "us-gov-west-1-fips", NULL, DUALSTACK,
	"https://sts-fips.us-gov-west-1.api.aws", "us-gov-west-1", NULL},
	{"ssm", "fips-12", NULL, 0, NULL, NULL, "invalid region \"fips-12\""},
	{"ssm", "fips--x", NULL, 0, NULL, NULL, "invalid region \"fips--x\""},
	{"ssm", "fips-", NULL, 0, NULL, NULL, "invalid region \"fips-\""},
	{"ssm", "fips-us-east-1", "https://example.com", 0, NULL, NULL, NO_FIPS},
	{"ssm", "aws-global", NULL, GLOBAL, NULL, NULL, "invalid region \"aws-global\""},
	{"sts", "aws-cn-global", NULL, 0, "https://sts.aws-cn-global.amazonaws.com.cn", NULL, NULL},
	{"sts", "aws-us-gov-global", NULL, FIPS, "https://sts.aws-us-gov-global.amazonaws.com", NULL, NULL},
	{"sts", "aws-iso-f-global", NULL, 0, "https://sts.aws-iso-f-global.csp.hci.ic.gov", NULL, NULL},
	{"sts", "aws-eusc-global", NULL, 0, NULL, NULL, "invalid region \"aws-eusc-global\""},
	{"ssm", "us-east-1", NULL, GLOBAL, "https://ssm.us-east-1.amazonaws.com", NULL, NULL},
	{"sts", "aws-global", NULL, FIPS, "https://sts-fips.aws-global.amazonaws.com", NULL, NULL},
	{"sts", "us-east-1", NULL, GLOBAL | FIPS, "https://sts-fips.us-east-1.amazonaws.com", NULL, NULL},
	{"sts", "us-east-1", NULL, GLOBAL | DUALSTACK, "https://sts.us-east-1.api.aws", NULL, NULL},

	/*
	 * regions that try to redirect the call, or the custom endpoint's
	 * signature
	 */
	{"ssm", "x.evil/#", NULL, 0, NULL, NULL, "invalid region \"x.evil/#\""},
	{"ssm", "us-east-1.evil.com", NULL, 0, NULL, NULL, "invalid region \"us-east-1.evil.com\""},
	{"ssm", "us-east-1\r\nX: y", NULL, 0, NULL, NULL, "invalid region \"us-east-1  X: y\"; perhaps you meant \"us-east-1\""},
	{"ssm", "x@evil", "https://example.com", 0, NULL, NULL, "invalid region \"x@evil\""},
};

/* Custom endpoints: what becomes of them, or what they are refused for. */
static const struct
{
	const char *given;
	const char *url;
	const char *host;
	const char *path;
	const char *error;
}			customs[] = {
	{"https://example.com", "https://example.com/", "example.com", "/", NULL},
	{"http://example.com/custom", "http://example.com/custom/", "example.com", "/custom/", NULL},
	{"http://example.com/custom/", "http://example.com/custom/", "example.com", "/custom/", NULL},
	{"http://example.com/custom///", "http://example.com/custom/", "example.com", "/custom/", NULL},
	{"http://example.com//", "http://example.com/", "example.com", "/", NULL},
	{"http://example.com/a/../b%20c", "http://example.com/b%20c/", "example.com", "/b%20c/", NULL},
	{"http://example.com/a%2Fb%2f@c", "http://example.com/a%2Fb%2f@c/", "example.com", "/a%2Fb%2f@c/", NULL},
	{"http://127.0.0.1:4566/custom", "http://127.0.0.1:4566/custom/", "127.0.0.1:4566", "/custom/", NULL},
	{"https://example.com:443", "https://example.com/", "example.com", "/", NULL},
	{"http://example.com:80", "http://example.com/", "example.com", "/", NULL},
	{"http://example.com:443", "http://example.com:443/", "example.com:443", "/", NULL},
	{"https://example.com:80/x", "https://example.com:80/x/", "example.com:80", "/x/", NULL},
	{"HTTPS://EXAMPLE.COM/Path", "https://EXAMPLE.COM/Path/", "example.com", "/Path/", NULL},
	{"http://[::1]:4566", "http://[::1]:4566/", "[::1]:4566", "/", NULL},
	{"https://[fd00:ec2::23]/x", "https://[fd00:ec2::23]/x/", "[fd00:ec2::23]", "/x/", NULL},
	{"http://[fe80::1%25eth0]:8080", "http://[fe80::1%25eth0]:8080/", "[fe80::1]:8080", "/", NULL},
	{"http://user@example.com", NULL, NULL, NULL, NO_USER},
	{"http://user:pw@example.com", NULL, NULL, NULL, NO_USER},
	{"http://@example.com", NULL, NULL, NULL, NO_USER},
	{"http://example.com?", NULL, NULL, NULL, NO_QUERY},
	{"http://example.com/?a=b", NULL, NULL, NULL, NO_QUERY},
	{"http://example.com/#", NULL, NULL, NULL, NO_QUERY},
	{"file:///etc/passwd", NULL, NULL, NULL, NOT_HTTP},
	{"ftp://example.com", NULL, NULL, NULL, NOT_HTTP},
	{"gopher://example.com/x", NULL, NULL, NULL, NOT_HTTP},
	{"no-such-scheme://example.com", NULL, NULL, NULL, NOT_HTTP},
	{"example.com", NULL, NULL, NULL, NOT_HTTP},
	{"example.com:80", NULL, NULL, NULL, NOT_HTTP},
	{"/custom", NULL, NULL, NULL, NOT_HTTP},
	{"https://", NULL, NULL, NULL, NOT_HTTP},
	{"https://:443", NULL, NULL, NULL, NOT_HTTP},
	{"http://example.com:65536", NULL, NULL, NULL, NOT_HTTP},
	{"http://example.com:4x", NULL, NULL, NULL, NOT_HTTP},
	{"http://[::1", NULL, NULL, NULL, NOT_HTTP},
	{"http://h%A5", NULL, NULL, NULL, NOT_HTTP},
	{"http://h%2Fx", NULL, NULL, NULL, NOT_HTTP},
	{"http://good\\evil.com", NULL, NULL, NULL, NOT_HTTP},
	{"http://example.com/a b", NULL, NULL, NULL, NOT_ASCII},
	{"http://example.com\r\nX: y", NULL, NULL, NULL, NOT_ASCII},
	{"http://example.com/\177", NULL, NULL, NULL, NOT_ASCII},
	{"http://b\303\274cher.example", NULL, NULL, NULL, NOT_ASCII},
};

/*
 * Check one case: URL, what to sign for, or the error.
 */
static void
test_case(const SsmEndpointCase *c)
{
	SsmEndpointRule rule = {
		.service = c->service,
		.region = c->region,
		.endpoint_url = c->endpoint_url,
		.use_fips = (c->flags & FIPS) != 0,
		.use_dualstack = (c->flags & DUALSTACK) != 0,
		.use_global_endpoint = (c->flags & GLOBAL) != 0,
	};
	SsmEndpoint endpoint;
	SsmError	error = {0};
	char		name[128];
	char		url[512];
	bool		done = ssm_endpoint_resolve(&rule, &endpoint, &error);

	ssm_copy_text(name, sizeof(name), c->region ? c->region : "none",
				  strlen(c->region ? c->region : "none"));
	ok(done == (c->url != NULL), "%s in %s with %s, flags %d", c->service, name,
	   c->endpoint_url ? c->endpoint_url : "no URL", c->flags);
	if (!done)
	{
		is_str(error.message, c->error, "its message");
		is_int(error.kind, SSM_ERROR_CONFIG, "its kind");
		return;
	}
	snprintf(url, sizeof(url), "%s/", c->url ? c->url : "none");
	is_str(endpoint.url, url, "its URL");
	snprintf(url, sizeof(url), "https://%s/", endpoint.host);
	is_str(endpoint.url, url, "its host");
	is_str(endpoint.path, "/", "its path");
	is_str(endpoint.region, c->signing_region ? c->signing_region : c->region ? c->region : "",
		   "its region");
}

/*
 * Check one custom endpoint.
 */
static void
test_custom(const char *given, const char *url, const char *host, const char *path,
			const char *message)
{
	SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = given};
	SsmEndpoint endpoint;
	SsmError	error = {0};
	char		name[128];
	bool		done = ssm_endpoint_resolve(&rule, &endpoint, &error);

	ssm_copy_text(name, sizeof(name), given, strlen(given));
	if (!ok(done == (url != NULL), "%.100s is %s", name, url ? "taken" : "refused"))
		tap_note("message", error.message);
	else if (done)
	{
		is_str(endpoint.url, url, "its URL");
		is_str(endpoint.host, host, "its host");
		is_str(endpoint.path, path, "its path");
		is_str(endpoint.region, "us-east-1", "its region");
	}
	else
	{
		is_str(error.message, message, "its message");
		is_int(error.kind, SSM_ERROR_CONFIG, "its kind");
	}
}

/*
 * Values at and beyond the lengths that the result can hold.
 */
static void
test_long_urls(void)
{
	char		given[2048];
	char		url[2048] = "http://h/";
	const char *path = url + strlen("http://h");

	/* a path of 511 bytes with its final slash just fits */
	memset(url + strlen(url), 'p', 509);
	snprintf(given, sizeof(given), "%.1024s", url);
	strcat(url, "/");
	is_int(strlen(path), sizeof(((SsmEndpoint *) NULL)->path) - 1, "the longest path");
	test_custom(given, url, "h", path, NULL);
	test_custom(url, url, "h", path, NULL);
	strcat(given, "p");
	test_custom(given, NULL, NULL, NULL, TOO_LONG);
	strcat(given, "p");
	test_custom(given, NULL, NULL, NULL, TOO_LONG);
	snprintf(given, sizeof(given), "http://h/%01200d", 0);
	test_custom(given, NULL, NULL, NULL, TOO_LONG);
	snprintf(given, sizeof(given), "http://h%0300d.com:8080/", 0);
	test_custom(given, NULL, NULL, NULL, TOO_LONG);
}

/*
 * What is a region, and what another text may mean.
 */
static void
test_regions(void)
{
	static const char *const valid[] = {
		"us-east-1", "eu-central-2", "ap-southeast-99", "mx-central-1", "il-central-1", "cn-northwest-1",
		"us-gov-west-1", "us-iso-west-1", "us-isob-east-1", "us-isof-south-1", "eu-isoe-west-1", "eusc-de-east-1",
		"fips-us-east-1", "us-gov-west-1-fips",
	};
	static const struct
	{
		const char *text;
		const char *meant;		/* or NULL */
	}			invalid[] = {
		{"US-WEST-2", "us-west-2"}, {"us-WEST-2", "us-west-2"}, {"us-east-1a", "us-east-1"}, {"us_east_1", "us-east-1"},
		{"Ohio", "us-east-2"}, {"US East (N. Virginia)", "us-east-1"}, {"EU (Frankfurt)", "eu-central-1"},
		{" eu-west-3", "eu-west-3"}, {"eu-west-3\n", "eu-west-3"}, {"useast2", "us-east-2"}, {"us-gov-east", "us-gov-east-1"},
		{"", NULL}, {"s3", NULL}, {"12", NULL}, {"-", NULL}, {"x", NULL}, {"local", NULL}, {"a.b", NULL}, {"x.evil/#", NULL},
		{"us-east-1.evil.example", NULL}, {"us-east-1/", "us-east-1"}, {"s3-us-west-2", "us-west-2"}, {"aws-global", NULL},
		{"moon-north-1", NULL}, {"fips-", NULL}, {"\303\244", NULL},
	};
	char		longest[65];
	size_t		i;

	for (i = 0; i < lengthof(valid); i++)
		ok(ssm_region_valid(valid[i]), "\"%s\" is a region", valid[i]);
	for (i = 0; i < lengthof(invalid); i++)
	{
		const char *closest = ssm_region_closest(invalid[i].text);

		ok(!ssm_region_valid(invalid[i].text), "invalid region %d is refused", (int) i);
		is_str(closest ? closest : "nothing", invalid[i].meant ? invalid[i].meant : "nothing", "what it may mean");
	}
	snprintf(longest, sizeof(longest), "us-%0*d-1", 58, 0);
	ok(ssm_region_valid(longest), "63 bytes are not too long");
	snprintf(longest, sizeof(longest), "us-%0*d-1", 59, 0);
	ok(!ssm_region_valid(longest), "64 bytes are");
}

/*
 * Which URLs are AWS's own, and which only look so.
 */
static void
test_official(void)
{
	static const char *const official[] = {
		"https://ssm.us-east-1.amazonaws.com",
		"https://ssm.us-east-1.amazonaws.com/",
		"https://ssm-fips.us-east-1.amazonaws.com",
		"https://ssm.mx-central-1.amazonaws.com",
		"https://ssm.us-gov-west-1.amazonaws.com",
		"https://ssm.us-gov-west-1.api.aws",
		"https://ssm-fips.eu-west-3.api.aws/",
		"https://ssm.cn-north-1.amazonaws.com.cn",
		"https://ssm.cn-north-1.api.amazonwebservices.com.cn",
		"https://ssm.eusc-de-east-1.amazonaws.eu",
		"https://ssm.us-iso-east-1.c2s.ic.gov",
		"https://ssm.us-isob-east-1.api.aws.scloud",
		"https://ssm.eu-isoe-west-1.cloud.adc-e.uk",
		"https://ssm.us-isof-south-1.csp.hci.ic.gov",
		"https://vpce-0fe5b17a0707d6abc-29p5708s.ssm.us-east-1.vpce.amazonaws.com",
		"https://vpce-0fe5b17a0707d6abc-29p5708s-us-east-1a.ssm.us-east-1.vpce.amazonaws.com/",
		"https://vpce-0a-b.ssm.cn-north-1.vpce.amazonaws.com.cn",
	};
	static const char *const others[] = {
		"", "https", "https://", "https:///", "https://ssm", "https://ssm.", "https://ssm.us-east-1",
		"https://ssm.us-east-1.", "https://vpce-", "https://vpce-a", "https://vpce-a.ssm",
		/* the scheme */
		"http://ssm.us-east-1.amazonaws.com", "ssm.us-east-1.amazonaws.com",
		"//ssm.us-east-1.amazonaws.com", "ftp://ssm.us-east-1.amazonaws.com",
		" https://ssm.us-east-1.amazonaws.com", "https:/ssm.us-east-1.amazonaws.com",
		/* upper case */
		"HTTPS://ssm.us-east-1.amazonaws.com", "https://SSM.us-east-1.amazonaws.com",
		"https://ssm.us-EAST-1.amazonaws.com", "https://ssm.us-east-1.AMAZONAWS.COM",
		/* a user, which the host follows */
		"https://ssm.us-east-1.amazonaws.com@evil.com", "https://ssm.us-east-1.amazonaws.com:x@evil.com",
		"https://evil.com@ssm.us-east-1.amazonaws.com", "https://@ssm.us-east-1.amazonaws.com",
		"https://ssm.us-east-1@evil.com/.amazonaws.com", "https://vpce-a@evil.com/.ssm.us-east-1.vpce.amazonaws.com",
		/* a port */
		"https://ssm.us-east-1.amazonaws.com:443", "https://ssm.us-east-1.amazonaws.com:8443/",
		"https://ssm.us-east-1.amazonaws.com:",
		/* more after the suffix */
		"https://ssm.us-east-1.amazonaws.com.evil.com", "https://ssm.us-east-1.amazonaws.comevil.com",
		"https://ssm.us-east-1.amazonaws.com.", "https://ssm.us-east-1.amazonaws.com./",
		"https://ssm.us-east-1.amazonaws.com//", "https://ssm.us-east-1.amazonaws.com/path",
		"https://ssm.us-east-1.amazonaws.com\\.evil.com", "https://ssm.us-east-1.amazonaws.com\n",
		"https://ssm.us-east-1.amazonaws.com%2e", "https://ssm.us-east-1.amazonaws.com%00.evil.com",
		"https://ssm.us-east-1.amazonaws.com#", "https://ssm.us-east-1.amazonaws.com/#x",
		"https://ssm.us-east-1.amazonaws.com?", "https://ssm.us-east-1.amazonaws.com/?x",
		/* a part that ends the host early */
		"https://ssm.evil.com/#.us-east-1.amazonaws.com", "https://ssm.us-east-1/.amazonaws.com",
		"https://ssm.us-east-1#.amazonaws.com", "https://ssm.us-east-1?.amazonaws.com",
		"https://ssm.us-east-1\\.amazonaws.com",
		/* another suffix, or another partition's */
		"https://ssm.us-east-1.evil.com", "https://ssm.us-east-1.amazonaws.co",
		"https://ssm.us-east-1.xamazonaws.com", "https://ssm.us-east-1.amazonaws.com.cn",
		"https://ssm.cn-north-1.amazonaws.com", "https://ssm.cn-north-1.api.aws",
		"https://ssm.us-iso-east-1.amazonaws.com", "https://ssm.us-east-1.vpce.amazonaws.com",
		"https://ssm.us-east-1.elb.amazonaws.com",
		/* no region of any partition: buckets and the like */
		"https://ssm.s3.amazonaws.com", "https://ssm.s3-us-west-2.amazonaws.com",
		"https://ssm.amazonaws.com", "https://ssm.moon-1.amazonaws.com", "https://ssm.us.amazonaws.com",
		"https://ssm.aws-global.amazonaws.com", "https://ssm.us-east-1.us-east-1.amazonaws.com",
		"https://ssm.us-east-1a.amazonaws.com", "https://ssm.fips-us-east-1.amazonaws.com",
		/* another service */
		"https://sts.us-east-1.amazonaws.com", "https://xssm.us-east-1.amazonaws.com",
		"https://ssm-contacts.us-east-1.amazonaws.com", "https://evil.ssm.us-east-1.amazonaws.com",
		"https://ssm-fips-fips.us-east-1.amazonaws.com",
		/* VPC endpoints: of another service, another's own service, or none */
		"https://vpce-a.s3.us-east-1.vpce.amazonaws.com", "https://vpce-.ssm.us-east-1.vpce.amazonaws.com",
		"https://vpce-a.vpce-svc-b.us-east-1.vpce.amazonaws.com", "https://vpce-a.ssm.us-east-1.amazonaws.com",
		"https://vpce-a.ssm.us-east-1.vpce.api.aws", "https://vpce-a.ssm.us-east-1.vpce.evil.com",
		"https://vpce-a.b.ssm.us-east-1.vpce.amazonaws.com", "https://vpce-A.ssm.us-east-1.vpce.amazonaws.com",
		"https://vpce-a.ssm.s3.vpce.amazonaws.com", "https://a.ssm.us-east-1.vpce.amazonaws.com",
		"https://vpce-0123456789012345678901234567890123456789012345678901234567890123.ssm.us-east-1.vpce.amazonaws.com",
		/* empty labels, addresses, other bytes */
		"https://ssm..amazonaws.com", "https://ssm.us-east-1..amazonaws.com", "https://.ssm.us-east-1.amazonaws.com",
		"https://ssm..us-east-1.amazonaws.com", "https://[::1]", "https://[::1]/ssm.us-east-1.amazonaws.com",
		"https://127.0.0.1", "https://localhost", "https://ssm.us-\303\251ast-1.amazonaws.com",
		"https://ssm.us-east-1\342\200\244amazonaws.com",
	};
	size_t		i;

	for (i = 0; i < lengthof(official); i++)
	{
		SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = official[i]};
		SsmEndpoint endpoint;
		SsmError	error = {0};

		ok(ssm_endpoint_official(official[i]), "%s is AWS's own", official[i]);
		ok(ssm_endpoint_resolve(&rule, &endpoint, &error), "and can be used");
		ok(strncmp(official[i] + strlen("https://"), endpoint.host, strlen(endpoint.host)) == 0,
		   "its host is what it looks like");
	}
	for (i = 0; i < lengthof(others); i++)
		if (!ok(!ssm_endpoint_official(others[i]), "URL %d is not AWS's own", (int) i))
			tap_note("URL", others[i]);
}

/*
 * Run all tests.
 */
int
main(void)
{
	size_t		i;

	is_int(lengthof(published), 49 + 69, "the published cases are complete");
	for (i = 0; i < lengthof(published); i++)
		test_case(&published[i]);
	for (i = 0; i < lengthof(more); i++)
		test_case(&more[i]);
	for (i = 0; i < lengthof(customs); i++)
		test_custom(customs[i].given, customs[i].url, customs[i].host, customs[i].path,
					customs[i].error);
	test_long_urls();
	test_regions();
	test_official();
	return done_testing();
}
