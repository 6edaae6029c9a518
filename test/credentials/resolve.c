/*
 * resolve.c
 *		Print what the engine finds in this process's environment: region,
 *		endpoint and credentials, as one JSON object.
 *
 * Arguments are NAME=VALUE, by the names of the options of servers and user
 * mappings, and:
 *		ambient=0	the environment's credentials may not be used
 *		ahead=S		so many seconds AWS's clock is known to be ahead of ours
 *		abandon=MS	give the search up after so many milliseconds
 */
#include <dirent.h>
#include <jansson.h>
#include <locale.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "aws/imds_region.h"
#include "aws/credentials/provider_chain.h"

#define SECONDS		90			/* longest that it may take */

extern char **environ;

static int	arguments;
static char **argument;
static json_t *result;

extern const char *__lsan_default_suppressions(void);

/*
 * What the leak sanitizer is not to report: what glibc keeps of LOCPATH.
 */
const char *
__lsan_default_suppressions(void)
{
	return "leak:argz_add_sep";
}

/*
 * The value of an argument, or NULL.
 */
static const char *
option(const char *name)
{
	size_t		len = strlen(name);
	int			i;

	for (i = 1; i < arguments; i++)
		if (strncmp(argument[i], name, len) == 0 && argument[i][len] == '=')
			return argument[i] + len + 1;
	return NULL;
}

/*
 * A flag of three values.
 */
static SsmFlag
flag(const char *name)
{
	const char *value = option(name);

	return value == NULL ? SSM_FLAG_UNSET : strcmp(value, "true") == 0 ? SSM_FLAG_ON : SSM_FLAG_OFF;
}

/*
 * Put a text, or nothing, into the result.
 */
static void
put(json_t *where, const char *name, const char *value)
{
	json_object_set_new(where, name, value ? json_string(value) : json_null());
}

/*
 * Put an error into the result.
 */
static void
put_error(const char *name, const SsmError *error)
{
	json_t	   *object = json_pack("{s:i}", "kind", error->kind);

	put(object, "message", error->message);
	put(object, "code", error->code);
	json_object_set_new(result, name, object);
}

/*
 * How many descriptors this process has open.
 */
static int
descriptors(void)
{
	DIR		   *dir = opendir("/proc/self/fd");
	int			n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/*
 * Wait for the loop, and let it act.  False if it takes too long.
 */
static bool
wait_for(SsmLoop *loop, int64_t deadline, SsmError *error)
{
	struct pollfd p = {.fd = ssm_loop_fd(loop), .events = POLLIN};
	int64_t		left = deadline - ssm_loop_now();

	return left > 0 && poll(&p, 1, (int) left) > 0 && ssm_loop_pump(loop, error);
}

/*
 * Ask the instance for its region, which stays in a buffer of ours.
 */
static const char *
ask_region(SsmLoop *loop, const SsmConfig *config)
{
	static char region[64];
	int64_t		deadline = ssm_loop_now() + SECONDS * 1000;
	SsmError	error = {0};
	SsmImdsRegion *search = ssm_imds_region_start(loop, config, "resolve", &error);
	SsmProgress state = SSM_FAILED;

	while (search && (state = ssm_imds_region_advance(search, region, &error)) ==
		   SSM_PENDING && wait_for(loop, deadline, &error))
		continue;
	ssm_imds_region_free(search);
	if (state == SSM_DONE)
		return region;
	put_error("region_error", &error);
	return NULL;
}

/*
 * Print where SSM would be called.
 */
static void
show_endpoint(const SsmConfig *config)
{
	SsmEndpoint endpoint;
	SsmError	error;

	put(result, "region", ssm_config_region(config));
	if (!ssm_config_endpoint(config, SSM_SERVICE_SSM, NULL, &endpoint, &error))
		put_error("endpoint_error", &error);
	else
		put(result, "endpoint", endpoint.url);
}

/*
 * Print credentials.
 */
static void
show_keys(const SsmCredentials *keys)
{
	put(result, "access_key_id", keys->access_key_id);
	put(result, "secret_access_key", keys->secret_access_key);
	put(result, "session_token", keys->session_token);
	put(result, "source", keys->source);
	json_object_set_new(result, "expires_at", json_integer(keys->expires_at));
	json_object_set_new(result, "renewable", json_boolean(keys->renewable));
}

/*
 * Search for credentials and print them, or why there are none.
 */
static void
search(SsmLoop *loop, const SsmCredentialsInputs *inputs)
{
	const char *abandon = option("abandon");
	int64_t		start = ssm_loop_now();
	int64_t		deadline = start + (abandon ? atoi(abandon) : SECONDS * 1000);
	SsmCredentials keys = {0};
	SsmError	error = {0};
	SsmProviderChain *search = ssm_provider_chain_start(loop, inputs, &error);
	SsmProgress state = search ? SSM_PENDING : SSM_FAILED;

	while (search && (state = ssm_provider_chain_advance(search, &keys, &error)) == SSM_PENDING &&
		   wait_for(loop, deadline, &error))
		continue;
	json_object_set_new(result, "milliseconds", json_integer(ssm_loop_now() - start));
	start = ssm_loop_now();
	ssm_provider_chain_free(search);
	json_object_set_new(result, "milliseconds_to_free", json_integer(ssm_loop_now() - start));
	json_object_set_new(result, "pending", json_boolean(state == SSM_PENDING));
	json_object_set_new(result, "children", json_boolean(waitpid(-1, NULL, WNOHANG) >= 0));
	if (state == SSM_DONE)
		show_keys(&keys);
	else if (state == SSM_FAILED)
		put_error("error", &error);
	ssm_credentials_clear(&keys);
}

/*
 * Look everything up, as the server does for a scan.
 */
static void
resolve(SsmLoop *loop)
{
	SsmEnvironment environment = {environ};
	SsmProfiles profiles;
	SsmConfig	config = {
		.environment = &environment, .profiles = &profiles,
		.profile = ssm_profiles_chosen(&environment, option("profile")),
		.region = option("region"), .endpoint_url = option("endpoint_url"),
		.ca_bundle = option("ca_bundle"),
		.use_fips = flag("use_fips_endpoint"), .use_dualstack = flag("use_dualstack_endpoint")
	};
	SsmClock	clock = {.offset = option("ahead") ? atoi(option("ahead")) * INT64_C(1000) : 0};
	SsmCredentialsInputs inputs = {
		.clock = &clock, .config = &config, .user_agent = "resolve",
		.ambient = !option("ambient") || strcmp(option("ambient"), "0") != 0,
		.access_key_id = option("access_key_id"), .secret_access_key = option("secret_access_key"),
		.session_token = option("session_token"), .profile = option("profile"),
		.role_arn = option("role_arn"), .external_id = option("external_id"),
		.role_session_name = option("role_session_name"),
		.duration_seconds = option("duration_seconds") ? atoi(option("duration_seconds")) : 0
	};
	SsmError	error;

	if (!ssm_profiles_load(&profiles, &environment, &error))
	{
		put_error("error", &error);
		return;
	}
	if (ssm_config_region(&config) == NULL && ssm_profiles_check(&profiles, &error))
		config.region = ask_region(loop, &config);
	show_endpoint(&config);
	search(loop, &inputs);
	ssm_profiles_free(&profiles);
}

/*
 * Resolve, and print the result.
 */
int
main(int argc, char **argv)
{
	SsmError	error;
	int			before = descriptors();
	SsmLoop    *loop = ssm_loop_create(&error);

	setlocale(LC_ALL, "");		/* as the server does */
	arguments = argc;
	argument = argv;
	result = json_pack("{}");
	if (loop)
		resolve(loop);
	else
		put_error("error", &error);
	ssm_loop_free(loop);
	json_object_set_new(result, "descriptors", json_integer(descriptors() - before));
	json_dumpf(result, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(result);
	return 0;
}
