/*
 * imds.c
 *		EC2's instance metadata service (IMDS).
 *
 * A session token comes first (IMDSv2); where the service has none to give, and
 * that is not forbidden, requests go without (IMDSv1).  No proxy is asked: what
 * the service tells depends on who asks it.
 */
#include "aws/imds.h"

#include <stdlib.h>
#include <string.h>

#include "base/ascii.h"

#define HINT	"Correct it in the server process's environment or its AWS files, or remove it there."

#define TOKEN_SECONDS	"21600"

/* A token and an answer that do not come take less than two seconds. */
#define TIMEOUT			900

static bool parse_token(SsmImds *imds, const SsmHttp *response, void *out, SsmError *error);

/* The step before all others. */
static const SsmImdsStep token_step = {"latest/api/token", NULL, parse_token};

/*
 * A setting that is a number of 1 to max; another value is as good as none.
 */
static int
number_setting(const SsmConfig *config, const char *variable, const char *property, int otherwise, int max)
{
	const char *value = ssm_config_get(config, variable, property);
	char	   *end;
	long		number = value ? strtol(value, &end, 10) : 0;

	return value && *end == '\0' && number >= 1 && number <= max ? (int) number : otherwise;
}

/*
 * Find out where the service is, and how it is asked.
 */
static bool
configure(SsmImds *imds, const SsmConfig *config, SsmError *error)
{
	const char *root = ssm_config_get(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT", "ec2_metadata_service_endpoint");
	const char *mode = ssm_config_get(config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
									  "ec2_metadata_service_endpoint_mode");
	int			seconds = number_setting(config, "AWS_METADATA_SERVICE_TIMEOUT", "metadata_service_timeout",
										 0, 60);
	int			len;

	if (ssm_environment_true(config->environment, "AWS_EC2_METADATA_DISABLED"))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "AWS_EC2_METADATA_DISABLED is true");
	if (mode && ssm_ascii_casecmp(mode, "ipv4") != 0 && ssm_ascii_casecmp(mode, "ipv6") != 0)
		return ssm_fail_hint(error, HINT, SSM_ERROR_CONFIG,
							 "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6");
	if (root == NULL)
		root = mode && ssm_ascii_casecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
	len = snprintf(imds->root, sizeof(imds->root) - 1, "%s", root);
	if (len < 1 || (size_t) len >= sizeof(imds->root) - 1)
		return ssm_fail_hint(error, HINT, SSM_ERROR_CONFIG, "AWS_EC2_METADATA_SERVICE_ENDPOINT is too long");
	if (imds->root[len - 1] != '/')
		memcpy(imds->root + len, "/", 2);
	imds->needs_token = ssm_config_flag(config, SSM_FLAG_UNSET, "AWS_EC2_METADATA_V1_DISABLED",
										"ec2_metadata_v1_disabled");
	imds->policy.peer.name = "the instance metadata service";
	imds->policy.peer.reach = "Check that this is an EC2 instance whose metadata service is on, or set "
		"AWS_EC2_METADATA_SERVICE_ENDPOINT for the server process; else give the user mapping for server %s "
		"credentials of its own.";
	imds->policy.direct = true;
	imds->policy.attempts = number_setting(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
										   "metadata_service_num_attempts", 1, 100);
	imds->policy.timeout = seconds ? seconds * 1000 : TIMEOUT;
	imds->policy.connect_timeout = imds->policy.timeout;
	return true;
}

/*
 * SsmExchangeMethods.build.
 */
static bool
build(void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmImds    *imds = arg;
	int			n = 0;

	(void) error;
	snprintf(imds->url, sizeof(imds->url), "%s%s%s", imds->root, imds->step->path, imds->name);
	if (imds->step == &token_step)
	{
		request->method = "PUT";
		headers[n++] = (SsmHeader) {"x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS};
	}
	else if (imds->token.len > 0)
		headers[n++] = (SsmHeader) {"x-aws-ec2-metadata-token", imds->token.data};
	request->secrets.values[0] = imds->token.data;
	request->url = imds->url;
	request->nheaders = n;
	return true;
}

/*
 * Fail for a response that is not what the service promises.  Always returns
 * false.
 */
bool
ssm_imds_invalid(const SsmImds *imds, SsmError *error)
{
	return ssm_fail(error, SSM_ERROR_PROTOCOL, "%s sent an invalid answer", imds->policy.peer.name);
}

/*
 * Copy a name out of a response.  False if it is not one, or too long: it goes
 * into a URL, or a host's name.
 */
bool
ssm_imds_name(const SsmHttp *response, char *name, size_t size)
{
	const char *text = ssm_buf_text(&response->body);
	size_t		len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-");

	if (len == 0 || len >= size || text[len + strspn(text + len, " \t\r\n")] != '\0')
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	return true;
}

/*
 * SsmImdsStep.parse of the token.
 */
static bool
parse_token(SsmImds *imds, const SsmHttp *response, void *out, SsmError *error)
{
	(void) out;
	return (response->body.len > 0 && ssm_buf_add(&imds->token, response->body.data, response->body.len)) ||
		ssm_imds_invalid(imds, error);
}

/*
 * SsmExchangeMethods.parse.
 */
static bool
parse(void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error)
{
	SsmImds    *imds = arg;
	long		status = response->status;

	if (imds->step == &token_step && (status == 403 || status == 404 || status == 405) && !imds->needs_token)
		return true;
	if (status == 200)
		return imds->step->parse(imds, response, out, error);
	if (status == 404 && imds->step->absent)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "%s", imds->step->absent);
	*failure = ssm_failure_of_agent(response, &imds->policy.peer, error);
	if (status == 400 || status == 401)
		failure->class = SSM_FAILURE_FATAL;
	return false;
}

/*
 * May the token be done without?  One that got no answer over a connection that
 * was made may be one that does not reach a container.
 */
static bool
is_token_lost(const SsmImds *imds)
{
	return imds->step == &token_step && !imds->needs_token && imds->exchange.connected &&
		imds->exchange.result == CURLE_OPERATION_TIMEDOUT;
}

/*
 * Go on as far as possible without waiting, as ssm_exchange_advance does: from
 * step to step, whose parse functions are handed out.
 */
SsmProgress
ssm_imds_advance(SsmImds *imds, void *out, SsmError *error)
{
	while (imds->step->path)
	{
		SsmProgress progress = ssm_exchange_advance(&imds->exchange, out, error);

		if (progress == SSM_PENDING || (progress == SSM_FAILED && !is_token_lost(imds)))
			return progress;
		imds->step = imds->step == &token_step ? imds->steps : imds->step + 1;
		ssm_exchange_restart(&imds->exchange);
	}
	return SSM_DONE;
}

/*
 * Get ready to ask, in zeroed memory.  config is read now only; steps and
 * user_agent outlive it.  To be released by ssm_imds_end even after false.
 */
bool
ssm_imds_init(SsmImds *imds, const SsmImdsStep *steps, SsmLoop *loop, const SsmConfig *config,
			  const char *user_agent, SsmError *error)
{
	static const SsmExchangeMethods methods = {.build = build, .parse = parse};

	imds->exchange = (SsmExchange)
	{
		.methods = &methods, .policy = &imds->policy, .arg = imds, .loop = loop, .user_agent = user_agent
	};
	imds->step = &token_step;
	imds->steps = steps;
	ssm_buf_init(&imds->token, 4096);
	return configure(imds, config, error);
}

/*
 * Cut off the step under way, and release what it all holds.
 */
void
ssm_imds_end(SsmImds *imds)
{
	ssm_exchange_end(&imds->exchange);
	ssm_buf_free(&imds->token);
}
