/*
 * test_config.c
 *		Region, endpoints and certificates, where AWS clients look for them.
 */
#include "aws/config.h"
#include "base/array.h"
#include "tap.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* One case: what is set where, and what comes of it. */
typedef struct Case
{
	const char *name;
	SsmConfig	given;			/* what is explicit */
	const char *variables[5];	/* NAME=value */
	const char *profile;		/* properties of the profile in use */
	const char *region;			/* wanted, or NULL */
	const char *ssm;			/* URLs wanted without the final slash, or the
								 * error; NULL is not looked at */
	const char *sts;
	const char *sso;
} Case;

#define R1		"us-east-1"
#define LOCAL	"http://localhost:1"
#define URL		"http://h"
#define NO_FIPS	"Invalid Configuration: FIPS and custom endpoint are not supported"
#define NO_DUAL	"Invalid Configuration: Dualstack and custom endpoint are not supported"

static const Case cases[] = {
	/* the region's order */
	{"no region", {0}, {0}, "", NULL, "Invalid Configuration: Missing Region"},
	{"explicit region", {.region = R1}, {"AWS_REGION=eu-west-1"}, "region = eu-west-2", R1,
	"https://ssm.us-east-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com",
	"https://portal.sso.us-east-1.amazonaws.com"},
	{"AWS_REGION", {0}, {"AWS_DEFAULT_REGION=eu-west-2", "AWS_REGION=eu-west-1"}, "region = eu-west-3", "eu-west-1"},
	{"AWS_DEFAULT_REGION", {0}, {"AWS_REGION=", "AWS_DEFAULT_REGION=eu-west-2"}, "region = eu-west-3", "eu-west-2"},
	{"the profile's region", {0}, {"AWS_DEFAULT_REGION="}, "region = cn-north-1", "cn-north-1",
	"https://ssm.cn-north-1.amazonaws.com.cn"},
	{"an invalid region", {0}, {"AWS_REGION=x.evil/#"}, "", "x.evil/#", "invalid region \"x.evil/#\" (AWS_REGION)"},

	/* the endpoint's order */
	{"explicit endpoint", {.region = R1, .endpoint_url = URL "0"}, {"AWS_ENDPOINT_URL_SSM=" URL "1"}, "", R1,
	URL "0", "https://sts.us-east-1.amazonaws.com"},
	{"the service's variable", {.region = R1}, {"AWS_ENDPOINT_URL=" URL "2", "AWS_ENDPOINT_URL_SSM=" URL "1"},
	"endpoint_url = " URL "4\nservices = s", R1, URL "1", URL "2", URL "2"},
	{"each service's own", {.region = R1}, {"AWS_ENDPOINT_URL_STS=" URL "1", "AWS_ENDPOINT_URL_SSO=" URL "2"}, "", R1,
	"https://ssm.us-east-1.amazonaws.com", URL "1", URL "2"},
	{"a general variable takes precedence over files", {.region = R1}, {"AWS_ENDPOINT_URL=" URL "2"},
	"services = s", R1, URL "2", URL "2"},
	{"services", {.region = R1}, {"AWS_ENDPOINT_URL="}, "endpoint_url = " URL "4\nservices = s", R1,
	URL "-ssm", URL "-sts", URL "4"},
	{"the profile's endpoint", {.region = R1}, {0}, "endpoint_url = " URL "4", R1, URL "4", URL "4"},
	{"services that are not there", {.region = R1}, {0}, "services = t\nendpoint_url = " URL "4", R1,
	"profile \"p\" names services \"t\", but there is no section [services t]"},
	{"services that are not there nor needed", {.region = R1}, {"AWS_ENDPOINT_URL=" URL "2"}, "services = t", R1, URL "2"},
	{"configured ones ignored", {.region = R1},
	{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=True", "AWS_ENDPOINT_URL=" URL "2"}, "services = t", R1,
	"https://ssm.us-east-1.amazonaws.com", "https://sts.us-east-1.amazonaws.com"},
	{"ignored by the profile", {.region = R1}, {"AWS_ENDPOINT_URL_SSM=" URL "2"},
	"ignore_configured_endpoint_urls = true", R1, "https://ssm.us-east-1.amazonaws.com"},
	{"ignored, but explicit", {.region = R1, .endpoint_url = URL "0"},
	{"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true"}, "", R1, URL "0"},
	{"not ignored", {.region = R1}, {"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=1", "AWS_ENDPOINT_URL=" URL "2"}, "", R1, URL "2"},
	{"a variable that is no URL", {.region = R1}, {"AWS_ENDPOINT_URL_SSM=ftp://h"}, "", R1,
	"the endpoint URL is not a valid http or https URL"},
	{"no region, but an endpoint", {0}, {"AWS_ENDPOINT_URL=" URL "2"}, "", NULL, URL "2"},

	/* flags */
	{"FIPS by the environment", {.region = R1}, {"AWS_USE_FIPS_ENDPOINT=TRUE"}, "use_fips_endpoint = false", R1,
	"https://ssm-fips.us-east-1.amazonaws.com", "https://sts-fips.us-east-1.amazonaws.com"},
	{"FIPS by the profile", {.region = "us-gov-west-1"}, {0}, "use_fips_endpoint = true", "us-gov-west-1",
	"https://ssm.us-gov-west-1.amazonaws.com", "https://sts.us-gov-west-1.amazonaws.com"},
	{"FIPS off", {.region = R1, .use_fips = SSM_FLAG_OFF}, {"AWS_USE_FIPS_ENDPOINT=true"}, "", R1,
	"https://ssm.us-east-1.amazonaws.com"},
	{"a flag that is not true", {.region = R1}, {"AWS_USE_FIPS_ENDPOINT=yes"}, "use_fips_endpoint = true", R1,
	"https://ssm.us-east-1.amazonaws.com"},
	{"flags of the profile, in capitals and not true", {.region = R1}, {0},
	"use_fips_endpoint = TRUE\nuse_dualstack_endpoint = 1", R1, "https://ssm-fips.us-east-1.amazonaws.com"},
	{"dual-stack by the environment", {.region = R1}, {"AWS_USE_DUALSTACK_ENDPOINT=true"}, "", R1,
	"https://ssm.us-east-1.api.aws", "https://sts.us-east-1.api.aws"},
	{"dual-stack by the profile, FIPS explicit", {.region = R1, .use_fips = SSM_FLAG_ON}, {0},
	"use_dualstack_endpoint = true", R1, "https://ssm-fips.us-east-1.api.aws"},
	{"FIPS and the environment's endpoint", {.region = R1, .use_fips = SSM_FLAG_ON},
	{"AWS_ENDPOINT_URL_SSM=" LOCAL}, "", R1, NO_FIPS, "https://sts-fips.us-east-1.amazonaws.com"},
	{"the environment's dual-stack and an explicit endpoint", {.region = R1, .endpoint_url = LOCAL},
	{"AWS_USE_DUALSTACK_ENDPOINT=true"}, "", R1, NO_DUAL},

	/* STS's global endpoint */
	{"legacy STS", {.region = "eu-west-1"}, {"AWS_STS_REGIONAL_ENDPOINTS=legacy"}, "", "eu-west-1",
	"https://ssm.eu-west-1.amazonaws.com", "https://sts.amazonaws.com"},
	{"legacy STS by the profile, of a later region", {.region = "eu-south-2"}, {0},
	"sts_regional_endpoints = legacy", "eu-south-2", NULL, "https://sts.eu-south-2.amazonaws.com"},
	{"regional STS takes precedence over the profile's", {.region = "eu-west-1"}, {"AWS_STS_REGIONAL_ENDPOINTS=regional"},
	"sts_regional_endpoints = legacy", "eu-west-1", NULL, "https://sts.eu-west-1.amazonaws.com"},
};

/*
 * Test one endpoint.
 */
static void
test_endpoint(const Case *c, const SsmConfig *config, SsmServiceName service, const char *want)
{
	SsmEndpoint endpoint;
	SsmError	error;

	if (want == NULL)
		return;
	if (!ssm_config_endpoint(config, service, NULL, &endpoint, &error))
	{
		is_str(error.message, want, c->name);
		is_int(error.kind, SSM_ERROR_CONFIG, "the kind of error");
		return;
	}
	endpoint.url[strlen(endpoint.url) - 1] = '\0';
	is_str(endpoint.url, want, c->name);
}

/*
 * Make the config of a case and test what they come to.
 */
static void
test_case(const Case *c, const char *path)
{
	char	   *variables[10] = {"HOME=/nowhere"};
	SsmEnvironment environment = {variables};
	SsmProfiles profiles;
	SsmConfig	config = c->given;
	char		variable[100];
	SsmError	error;
	FILE	   *file = fopen(path, "w");
	int			n;

	fprintf(file, "[profile p]\n%s\n[services s]\nssm =\n  endpoint_url = " URL "-ssm\n"
			"sts =\n  endpoint_url = " URL "-sts\n[default]\nregion = xx-xx-1\n", c->profile);
	fclose(file);
	snprintf(variable, sizeof(variable), "AWS_CONFIG_FILE=%s", path);
	for (n = 0; n < 5 && c->variables[n]; n++)
		variables[n + 1] = (char *) c->variables[n];
	variables[n + 1] = variable;
	ok(ssm_profiles_load(&profiles, &environment, &error), "%s: loaded", c->name);
	config.environment = &environment;
	config.profiles = &profiles;
	config.profile = "p";
	is_str(ssm_config_region(&config), c->region, c->name);
	test_endpoint(c, &config, SSM_SERVICE_SSM, c->ssm);
	test_endpoint(c, &config, SSM_SERVICE_STS, c->sts);
	test_endpoint(c, &config, SSM_SERVICE_SSO, c->sso);
	ssm_profiles_free(&profiles);
}

/*
 * Certificates, a region given for one call, and a profile that is not there.
 */
static void
test_others(void)
{
	char	   *variables[] = {"AWS_CA_BUNDLE=/b", NULL};
	SsmEnvironment environment = {variables};
	SsmProfiles profiles = {0};
	SsmConfig	config = {&environment, &profiles, "none", "eu-west-1", "http://h", "/a"};
	SsmEndpoint endpoint;
	SsmError	error;

	is_str(ssm_config_ca_bundle(&config), "/a", "explicit certificates");
	config.ca_bundle = NULL;
	is_str(ssm_config_ca_bundle(&config), "/b", "the environment's");
	ok(!ssm_config_keep_clock(&config), "the clock is corrected");
	variables[0] = "AWS_DISABLE_CLOCK_SKEW_CORRECTION=True";
	ok(ssm_config_keep_clock(&config), "unless the environment says otherwise");
	variables[0] = NULL;
	is_str(ssm_config_ca_bundle(&config), NULL, "the system's");
	ok(ssm_config_endpoint(&config, SSM_SERVICE_SSO, "eu-west-2", &endpoint, &error), "a region of its own");
	is_str(endpoint.host, "portal.sso.eu-west-2.amazonaws.com", "is in the host");
	is_str(endpoint.region, "eu-west-2", "is signed for");
}

/*
 * Run all tests.
 */
int
main(void)
{
	char		path[] = "/tmp/ssm_fdw_config_XXXXXX";
	size_t		i;

	close(mkstemp(path));
	for (i = 0; i < lengthof(cases); i++)
		test_case(&cases[i], path);
	unlink(path);
	test_others();
	return done_testing();
}
