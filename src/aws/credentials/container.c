/*
 * container.c
 *		Credentials of a container: ECS, EKS Pod Identity, and their like.
 *
 * The container's agent tells by environment variables where to ask.  Plain
 * http is for the host itself and for AWS's own agents only, and never goes by a
 * proxy: it carries a token and brings credentials.
 */
#include "aws/credentials/container.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials/fetcher.h"
#include "aws/credentials/from_json.h"
#include "base/array.h"
#include "base/ascii.h"
#include "base/file.h"

#define RELATIVE_URI	"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"
#define FULL_URI		"AWS_CONTAINER_CREDENTIALS_FULL_URI"
#define TOKEN			"AWS_CONTAINER_AUTHORIZATION_TOKEN"
#define TOKEN_FILE		"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
#define AGENT			"http://169.254.170.2"
#define MAX_TOKEN		((size_t) 16 * 1024)
#define MAX_URL			1024

static const SsmExchangePolicy policy = {
	.peer.name = "the container credentials service",
	.peer.reach = "Check what AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or AWS_CONTAINER_CREDENTIALS_FULL_URI "
	"of the server process leads to.",
	.attempts = 3, .pause = 1000,
	.connect_timeout = 2000, .timeout = 2000, .direct = true
};

/* Hosts that may be asked in plain text, besides 127.0.0.0/8 and ::1. */
static const char *const plain_hosts[] = {
	"localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23"
};

typedef struct SsmContainer
{
	SsmFetcher	fetcher;
	char		url[MAX_URL];
	SsmBuf		token;
} SsmContainer;

/*
 * Is this a container that has credentials?
 */
bool
ssm_container_configured(const SsmEnvironment *environment)
{
	return ssm_environment_get(environment, RELATIVE_URI) || ssm_environment_get(environment, FULL_URI);
}

/*
 * May this host be asked without TLS?  It is one of ours; IPv6 addresses are in
 * brackets.
 */
static bool
is_plain_host(const char *host)
{
	char		address[64];
	struct in_addr four;
	struct in6_addr six;
	struct in6_addr other;
	size_t		len = strlen(host);
	size_t		i;

	if (host[0] == '[' && len < sizeof(address))
	{
		ssm_copy_text(address, sizeof(address), host + 1, len - 2);
		if (inet_pton(AF_INET6, address, &six) != 1)
			return false;
		if (IN6_IS_ADDR_LOOPBACK(&six))
			return true;
		for (i = 0; i < lengthof(plain_hosts); i++)
			if (inet_pton(AF_INET6, plain_hosts[i], &other) == 1 && memcmp(&six, &other, sizeof(six)) == 0)
				return true;
		return false;
	}
	if (inet_pton(AF_INET, host, &four) == 1 && ntohl(four.s_addr) >> 24 == 127)
		return true;
	for (i = 0; i < lengthof(plain_hosts); i++)
		if (ssm_ascii_casecmp(host, plain_hosts[i]) == 0)
			return true;
	return false;
}

/*
 * Judge a full URI by its scheme and host.
 */
static bool
check_url(const char *url, SsmError *error)
{
	CURLU	   *parsed = curl_url();
	char	   *scheme = NULL;
	char	   *host = NULL;
	bool		good = false;

	if (parsed == NULL)
		return ssm_fail_memory(error);
	if (curl_url_set(parsed, CURLUPART_URL, url, CURLU_DISALLOW_USER) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
		curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
		(strcmp(scheme, "http") != 0 && strcmp(scheme, "https") != 0))
		ssm_fail(error, SSM_ERROR_CREDENTIALS, FULL_URI " is not a valid http or https URL");
	else if (strcmp(scheme, "http") == 0 && !is_plain_host(host))
		ssm_fail(error, SSM_ERROR_CREDENTIALS, FULL_URI
				 " names the host \"%.100s\", which may be asked with https only", host);
	else
		good = true;
	curl_free(scheme);
	curl_free(host);
	curl_url_cleanup(parsed);
	return good;
}

/*
 * Write the URL to ask.  The relative URI takes precedence over the full one.
 */
bool
ssm_container_url(const SsmEnvironment *environment, char *url, size_t size, SsmError *error)
{
	const char *relative = ssm_environment_get(environment, RELATIVE_URI);
	const char *full = ssm_environment_get(environment, FULL_URI);
	int			len;

	if (relative && relative[0] != '/')
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, RELATIVE_URI " does not start with a slash");
	len = snprintf(url, size, "%s%s", relative ? AGENT : "", relative ? relative : full);
	if (len < 0 || (size_t) len >= size)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "%s is too long", relative ? RELATIVE_URI : FULL_URI);
	return relative || check_url(url, error);
}

/*
 * Find the token to send, if there is one; a file is read anew each time.
 */
static bool
find_token(SsmContainer *container, const SsmEnvironment *environment, SsmError *error)
{
	const char *file = ssm_environment_get(environment, TOKEN_FILE);
	const char *token = ssm_environment_get(environment, TOKEN);

	if (file)
	{
		if (!ssm_file_read(file, &container->token, error))
			return false;
	}
	else if (token)
		ssm_buf_puts(&container->token, token);
	if (!ssm_buf_ok(&container->token))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, TOKEN " is too long");
	if (strpbrk(ssm_buf_text(&container->token), "\r\n"))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the authorization token in %s contains a line break",
						file ? TOKEN_FILE : TOKEN);
	return true;
}

/*
 * SsmExchangeMethods.build.
 */
static bool
build(void *arg, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmContainer *container = arg;
	int			n = 0;

	(void) error;
	headers[n++] = (SsmHeader) {"Accept", "application/json"};
	if (container->token.len > 0)
		headers[n++] = (SsmHeader) {"Authorization", container->token.data};
	request->secrets.values[0] = container->token.data;
	request->url = container->url;
	request->nheaders = n;
	return true;
}

/*
 * SsmExchangeMethods.parse.
 */
static bool
parse(void *arg, const SsmHttp *response, void *out, SsmFailure *failure, SsmError *error)
{
	SsmError	problem;

	(void) arg;
	if (response->status != 200)
	{
		*failure = ssm_failure_of_agent(response, &policy.peer, error);
		return false;
	}
	if (ssm_credentials_from_json(ssm_buf_text(&response->body), response->body.len, &ssm_agent_names,
								  out, &problem))
		return true;
	return ssm_fail(error, SSM_ERROR_PROTOCOL, "%s: %s", policy.peer.name, problem.message);
}

/*
 * SsmProvider.free.
 */
static void
free_container(SsmProvider *provider)
{
	SsmContainer *container = (SsmContainer *) provider;

	ssm_exchange_end(&container->fetcher.exchange);
	ssm_buf_free(&container->token);
	free(container);
}

/*
 * Ask for the container's credentials; it must be ssm_container_configured.
 * user_agent outlives the provider.
 */
SsmProvider *
ssm_container_start(SsmLoop *loop, const SsmEnvironment *environment, const char *user_agent,
					SsmError *error)
{
	static const SsmExchangeMethods methods = {.build = build, .parse = parse};
	SsmContainer *container = ssm_fetcher_new(sizeof(SsmContainer), free_container, &methods, &policy,
											  loop, user_agent, error);

	if (container == NULL)
		return NULL;
	ssm_buf_init(&container->token, MAX_TOKEN);
	if (ssm_container_url(environment, container->url, sizeof(container->url), error) &&
		find_token(container, environment, error))
		return &container->fetcher.base;
	free_container(&container->fetcher.base);
	return NULL;
}
