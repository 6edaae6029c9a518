/*
 * metadata.c
 *		Credentials and region from EC2's instance metadata service (IMDS).
 *
 * A session token comes first (IMDSv2); where the service has none to give, and
 * that is not forbidden, questions go without (IMDSv1).  No proxy is asked: what
 * the service tells depends on who asks it.
 */
#include "aws/credentials/metadata.h"

#include <stdlib.h>
#include <string.h>

#include "aws/credentials/ask.h"
#include "aws/credentials/from_json.h"
#include "base/ascii.h"

#define METADATA_HINT	"Set it right in the server process's environment or its AWS files, or unset it there."

#define TOKEN_SECONDS	"21600"
#define MINUTE			60

/* A token and an answer that do not come take less than two seconds. */
#define TIMEOUT			900

typedef enum SsmMetadataStep
{
	STEP_TOKEN,
	STEP_ROLE,					/* the role's name */
	STEP_KEYS,					/* its credentials */
	STEP_REGION,
	STEP_END
} SsmMetadataStep;

static const char *const paths[] = {
	[STEP_TOKEN] = "latest/api/token",
	[STEP_ROLE] = "latest/meta-data/iam/security-credentials/",
	[STEP_KEYS] = "latest/meta-data/iam/security-credentials/",
	[STEP_REGION] = "latest/meta-data/placement/region",
};

typedef struct SsmMetadata
{
	SsmAsk		ask;
	SsmAskRules rules;
	const SsmClock *clock;		/* NULL: for the region */
	SsmMetadataStep step;
	bool		needs_token;	/* IMDSv1 is forbidden */
	char		root[512];		/* URL, ends in a slash */
	char		url[700];		/* of the question being asked */
	char		role[128];
	SsmBuf		token;
	char	   *region;
	size_t		region_size;
} SsmMetadata;

struct SsmRegionSearch
{
	SsmMetadata metadata;
};

/*
 * A setting that is a number of 1 to max; another value is as good as none.
 */
static int
number_setting(const SsmConfig *config, const char *variable, const char *key, int otherwise, int max)
{
	const char *value = ssm_config_get(config, variable, key);
	char	   *end;
	long		number = value ? strtol(value, &end, 10) : 0;

	return value && *end == '\0' && number >= 1 && number <= max ? (int) number : otherwise;
}

/*
 * Find out whom to ask, and how.
 */
static bool
configure(SsmMetadata *metadata, const SsmConfig *config, SsmError *error)
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
		return ssm_fail_hint(error, METADATA_HINT, SSM_ERROR_CONFIG,
							 "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE is neither IPv4 nor IPv6");
	if (root == NULL)
		root = mode && ssm_ascii_casecmp(mode, "ipv6") == 0 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
	len = snprintf(metadata->root, sizeof(metadata->root) - 1, "%s", root);
	if (len < 1 || (size_t) len >= sizeof(metadata->root) - 1)
		return ssm_fail_hint(error, METADATA_HINT, SSM_ERROR_CONFIG, "AWS_EC2_METADATA_SERVICE_ENDPOINT is too long");
	if (metadata->root[len - 1] != '/')
		memcpy(metadata->root + len, "/", 2);
	metadata->needs_token = ssm_config_flag(config, SSM_FLAG_UNSET, "AWS_EC2_METADATA_V1_DISABLED",
											"ec2_metadata_v1_disabled");
	metadata->rules.service = "the instance metadata service";
	metadata->rules.reach = "Check that this is an EC2 instance whose metadata service is on, or set "
		"AWS_EC2_METADATA_SERVICE_ENDPOINT for the server process; else give the user mapping for server %s "
		"credentials of its own.";
	metadata->rules.direct = true;
	metadata->rules.attempts = number_setting(config, "AWS_METADATA_SERVICE_NUM_ATTEMPTS",
											  "metadata_service_num_attempts", 1, 100);
	metadata->rules.timeout = seconds ? seconds * 1000 : TIMEOUT;
	metadata->rules.connect_timeout = metadata->rules.timeout;
	return true;
}

/*
 * SsmAsk.prepare.
 */
static bool
prepare(SsmAsk *ask, SsmHttpRequest *request, SsmHeader *headers, SsmError *error)
{
	SsmMetadata *metadata = (SsmMetadata *) ask;
	int			n = 0;

	(void) error;
	snprintf(metadata->url, sizeof(metadata->url), "%s%s%s", metadata->root, paths[metadata->step],
			 metadata->step == STEP_KEYS ? metadata->role : "");
	if (metadata->step == STEP_TOKEN)
	{
		request->method = "PUT";
		headers[n++] = (SsmHeader) {"x-aws-ec2-metadata-token-ttl-seconds", TOKEN_SECONDS};
	}
	else if (metadata->token.len > 0)
		headers[n++] = (SsmHeader) {"x-aws-ec2-metadata-token", metadata->token.data};
	request->secrets.values[0] = metadata->token.data;
	request->url = metadata->url;
	request->nheaders = n;
	return true;
}

/*
 * Copy a name out of an answer.  False if it is not one, or too long: it goes
 * into a URL, or a host's name.
 */
static bool
take_name(const SsmHttp *answer, char *name, size_t size)
{
	const char *text = ssm_buf_text(&answer->body);
	size_t		len = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+=,.@_-");

	if (len == 0 || len >= size || text[len + strspn(text + len, " \t\r\n")] != '\0')
		return false;
	memcpy(name, text, len);
	name[len] = '\0';
	return true;
}

/*
 * Keep the role's credentials.  An answer that has expired still serves for a
 * while, as the instance gets no other: so says AWS's rule of static stability.
 */
static bool
take_keys(const SsmMetadata *metadata, const SsmHttp *answer, SsmCredentials *out, SsmError *error)
{
	static const SsmCredentialsNames names = {
		.access_key_id = "AccessKeyId", .secret_access_key = "SecretAccessKey",
		.session_token = "Token", .expiration = "Expiration", .temporary = true
	};
	const char *text = ssm_buf_text(&answer->body);
	SsmMember	members[] = {{.name = "Code"}, {.name = "Message"}};
	SsmError	problem;
	char	   *code = NULL;
	char	   *message;
	char		said[300] = "";
	int64_t		now = ssm_clock_now(metadata->clock) / 1000;

	if (ssm_members_read(text, answer->body.len, members, 2))
		code = ssm_member_string(&members[0]);
	if (code && strcmp(code, "Success") != 0)
	{
		message = ssm_member_string(&members[1]);
		if (message)
			ssm_print(said, sizeof(said), message, strlen(message), &answer->secrets);
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "the instance's role \"%s\": %.80s: %s",
				 metadata->role, code, said);
		free(message);
		free(code);
		return false;
	}
	free(code);
	if (!ssm_credentials_from_json(text, answer->body.len, &names, out, &problem))
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "the instance's role \"%s\": %s",
						metadata->role, problem.message);
	if (out->expires_at <= now + MINUTE)
		out->expires_at = now + 15 * MINUTE + (2 + now % 9) * MINUTE;
	return true;
}

/*
 * Keep what an answer brought.
 */
static bool
take_answer(SsmMetadata *metadata, const SsmHttp *answer)
{
	switch (metadata->step)
	{
		case STEP_TOKEN:
			return ssm_buf_add(&metadata->token, answer->body.data, answer->body.len);
		case STEP_ROLE:
			return take_name(answer, metadata->role, sizeof(metadata->role));
		default:
			return take_name(answer, metadata->region, metadata->region_size) &&
				ssm_region_valid(metadata->region);
	}
}

/*
 * SsmAsk.take.
 */
static bool
take(SsmAsk *ask, const SsmHttp *answer, SsmCredentials *out, SsmFailureClass *class, SsmError *error)
{
	SsmMetadata *metadata = (SsmMetadata *) ask;
	long		status = answer->status;

	if (metadata->step == STEP_TOKEN && (status == 403 || status == 404 || status == 405) &&
		!metadata->needs_token)
		return true;
	*class = status == 400 || status == 401 ? SSM_FAILURE_FATAL : SSM_FAILURE_TRANSIENT;
	if (status == 404 && metadata->step == STEP_ROLE)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the instance has no role");
	if (status != 200)
		return ssm_ask_refused(ask, answer, error);
	if (metadata->step == STEP_KEYS)
		return take_keys(metadata, answer, out, error);
	return (answer->body.len > 0 && take_answer(metadata, answer)) ||
		ssm_fail(error, SSM_ERROR_PROTOCOL, "%s gave an answer that is not valid",
				 metadata->rules.service);
}

/*
 * The step after the one that is done.
 */
static SsmMetadataStep
next_step(const SsmMetadata *metadata)
{
	switch (metadata->step)
	{
		case STEP_TOKEN:
			return metadata->clock == NULL ? STEP_REGION : STEP_ROLE;
		case STEP_ROLE:
			return STEP_KEYS;
		default:
			return STEP_END;
	}
}

/*
 * Go on as far as possible without waiting.  A token that got no answer over a
 * connection that was made may be one that does not reach a container.
 */
static SsmProviderState
go_on(SsmMetadata *metadata, SsmCredentials *out, SsmError *error)
{
	while (metadata->step != STEP_END)
	{
		SsmProviderState state = ssm_ask_advance(&metadata->ask.base, out, error);

		if (state == SSM_PROVIDER_PENDING)
			return state;
		if (state == SSM_PROVIDER_FAILED &&
			(metadata->step != STEP_TOKEN || metadata->needs_token || !metadata->ask.connected ||
			 metadata->ask.result != CURLE_OPERATION_TIMEDOUT))
			return state;
		metadata->step = next_step(metadata);
		metadata->ask.attempt = 0;
	}
	return SSM_PROVIDER_DONE;
}

/*
 * SsmProvider.advance.
 */
static SsmProviderState
advance_metadata(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	return go_on((SsmMetadata *) provider, out, error);
}

/*
 * End it, wherever it is.
 */
static void
free_metadata(SsmProvider *provider)
{
	SsmMetadata *metadata = (SsmMetadata *) provider;

	ssm_ask_end(&metadata->ask);
	ssm_buf_free(&metadata->token);
	free(metadata);
}

/*
 * Start asking.
 */
static SsmMetadata *
start(SsmLoop *loop, const SsmConfig *config, const char *user_agent, const SsmClock *clock, SsmError *error)
{
	SsmMetadata *metadata = calloc(1, sizeof(SsmMetadata));

	if (metadata == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	metadata->ask = (SsmAsk)
	{
		.base =
		{
			advance_metadata, free_metadata
		}, .rules = &metadata->rules,
			.loop = loop, .user_agent = user_agent, .prepare = prepare, .take = take
	};
	metadata->clock = clock;
	ssm_buf_init(&metadata->token, 4096);
	if (configure(metadata, config, error))
		return metadata;
	free_metadata(&metadata->ask.base);
	return NULL;
}

/*
 * Ask for the credentials of the instance's role.  config is read now only;
 * user_agent and clock outlive the provider.
 */
SsmProvider *
ssm_metadata_start(SsmLoop *loop, const SsmConfig *config, const char *user_agent,
				   const SsmClock *clock, SsmError *error)
{
	SsmMetadata *metadata = start(loop, config, user_agent, clock, error);

	return metadata ? &metadata->ask.base : NULL;
}

/*
 * Ask for the instance's region; as above.
 */
SsmRegionSearch *
ssm_region_search_start(SsmLoop *loop, const SsmConfig *config, const char *user_agent, SsmError *error)
{
	return (SsmRegionSearch *) start(loop, config, user_agent, NULL, error);
}

/*
 * Go on as far as possible without waiting, as SsmProvider.advance does; what
 * SSM_PROVIDER_DONE brings is a valid region.
 */
SsmProviderState
ssm_region_search_advance(SsmRegionSearch *search, char *region, size_t size, SsmError *error)
{
	search->metadata.region = region;
	search->metadata.region_size = size;
	return go_on(&search->metadata, NULL, error);
}

/*
 * End it, wherever it is.  NULL is ignored.
 */
void
ssm_region_search_free(SsmRegionSearch *search)
{
	if (search)
		free_metadata(&search->metadata.ask.base);
}
