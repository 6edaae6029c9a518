/*
 * from_json.c
 *		Credentials in a JSON document.
 *
 * The JSON is scanned where it stands, as a general parser would leave copies
 * of secrets behind.
 */
#include "aws/credentials/from_json.h"

#include <stdlib.h>
#include <string.h>

#include "aws/expiration.h"
#include "base/array.h"

const SsmCredentialsNames ssm_agent_names = {
	.access_key_id = "AccessKeyId", .secret_access_key = "SecretAccessKey",
	.session_token = "Token", .expiration = "Expiration", .temporary = true
};

/*
 * Read credentials.  False, and *out empty, if the text is not a JSON object
 * or lacks a part; the error names the member.
 */
bool
ssm_credentials_from_json(const char *text, size_t len, const SsmCredentialsNames *names,
						  SsmCredentials *out, SsmError *error)
{
	SsmMember	members[] = {
		{.name = names->access_key_id}, {.name = names->secret_access_key},
		{.name = names->session_token}, {.name = names->expiration},
	};
	char	  **fields[] = {&out->access_key_id, &out->secret_access_key, &out->session_token};
	size_t		i;

	memset(out, 0, sizeof(*out));
	if (!ssm_members_read(text, len, members, lengthof(members)))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer is not a JSON object");
	for (i = 0; i < lengthof(fields); i++)
	{
		*fields[i] = ssm_member_string(&members[i]);
		if ((i < 2 || names->temporary) && *fields[i] == NULL)
		{
			ssm_credentials_clear(out);
			return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer has no %s", members[i].name);
		}
	}
	if (members[3].value.kind == SSM_JSON_NULL && !names->temporary)
		return true;
	if (ssm_expiration_read(&members[3].value, &out->expires_at))
		return true;
	ssm_credentials_clear(out);
	return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the answer's %s is not a time", members[3].name);
}
