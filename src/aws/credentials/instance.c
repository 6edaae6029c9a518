/*
 * instance.c
 *		Credentials of an EC2 instance's role, from its metadata service.
 */
#include "aws/credentials/instance.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "aws/credentials/from_json.h"
#include "aws/imds.h"

#define PATH	"latest/meta-data/iam/security-credentials/"
#define MINUTE	60

typedef struct SsmInstance
{
	SsmProvider base;
	SsmImds		imds;
	const SsmClock *clock;
} SsmInstance;

/*
 * SsmImdsStep.parse of the role's name.
 */
static bool
parse_role(SsmImds *imds, const SsmHttp *response, void *out, SsmError *error)
{
	(void) out;
	return ssm_imds_name(response, imds->name, sizeof(imds->name)) || ssm_imds_invalid(imds, error);
}

/*
 * SsmImdsStep.parse of the role's credentials.  Those that have expired still serve for a
 * while, as the instance gets no other: so says AWS's rule of static stability.
 */
static bool
parse_credentials(SsmImds *imds, const SsmHttp *response, void *arg, SsmError *error)
{
	const SsmInstance *instance = (const SsmInstance *) ((char *) imds - offsetof(SsmInstance, imds));
	SsmCredentials *out = arg;
	const char *text = ssm_buf_text(&response->body);
	SsmMember	members[] = {{.name = "Code"}, {.name = "Message"}};
	SsmError	problem;
	char	   *code = NULL;
	char	   *message;
	char		said[300] = "";
	int64_t		now = ssm_clock_now(instance->clock) / 1000;

	if (ssm_members_read(text, response->body.len, members, 2))
		code = ssm_member_string(&members[0]);
	if (code && strcmp(code, "Success") != 0)
	{
		message = ssm_member_string(&members[1]);
		if (message)
			ssm_print(said, sizeof(said), message, strlen(message), &response->secrets);
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "the instance's role \"%s\": %.80s: %s",
				 imds->name, code, said);
		free(message);
		free(code);
		return false;
	}
	free(code);
	if (!ssm_credentials_from_json(text, response->body.len, &ssm_agent_names, out, &problem))
		return ssm_fail(error, SSM_ERROR_PROTOCOL, "the instance's role \"%s\": %s",
						imds->name, problem.message);
	if (out->expires_at <= now + MINUTE)
		out->expires_at = now + 15 * MINUTE + (2 + now % 9) * MINUTE;
	return true;
}

static const SsmImdsStep steps[] = {
	{PATH, "the instance has no role", parse_role},
	{PATH, NULL, parse_credentials},
	{NULL}
};

/*
 * SsmProvider.advance.
 */
static SsmProgress
advance_instance(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	return ssm_imds_advance(&((SsmInstance *) provider)->imds, out, error);
}

/*
 * SsmProvider.free.
 */
static void
free_instance(SsmProvider *provider)
{
	SsmInstance *instance = (SsmInstance *) provider;

	ssm_imds_end(&instance->imds);
	free(instance);
}

/*
 * Ask for the credentials of the instance's role.  config is read now only;
 * user_agent and clock outlive the provider.
 */
SsmProvider *
ssm_instance_start(SsmLoop *loop, const SsmConfig *config, const char *user_agent,
				   const SsmClock *clock, SsmError *error)
{
	SsmInstance *instance = calloc(1, sizeof(SsmInstance));

	if (instance == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	instance->base = (SsmProvider) {advance_instance, free_instance};
	instance->clock = clock;
	if (ssm_imds_init(&instance->imds, steps, loop, config, user_agent, error))
		return &instance->base;
	free_instance(&instance->base);
	return NULL;
}
