/*
 * fuzz_members.c
 *		Credentials in JSON, judged by jansson.
 *
 * Whatever the bytes: a JSON object is taken, and its strings are what jansson
 * reads there; of equal names the last counts.  Credentials have both keys or are
 * not there at all.
 */
#include <jansson.h>
#include <string.h>

#include "aws/credentials/from_json.h"
#include "depth.h"
#include "fuzz.h"

#define MEMBERS	3

/*
 * Compare members with what jansson makes of the document.
 */
static void
check_members(const SsmMember *members, json_t *root)
{
	int			i;

	for (i = 0; i < MEMBERS; i++)
	{
		json_t	   *value = json_object_get(root, members[i].name);
		char	   *text = ssm_member_string(&members[i]);

		if (json_is_string(value) && json_string_length(value) > 0)
			MUST(text && strcmp(text, json_string_value(value)) == 0);
		else
			MUST(text == NULL);
		ssm_secret_free(text);
	}
}

/*
 * Read the bytes as an answer of a process, a container's or an instance's
 * endpoint.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const SsmCredentialsNames names[] = {
		{"AccessKeyId", "SecretAccessKey", "Token", "Expiration", true},
		{"AccessKeyId", "SecretAccessKey", "SessionToken", "Expiration", false},
		{"accessKeyId", "secretAccessKey", "sessionToken", "expiration", true},
	};
	SsmMember	members[MEMBERS] = {{.name = "AccessKeyId"}, {.name = "Token"}, {.name = "Code"}};
	const char *text = (const char *) data;
	json_t	   *root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
	SsmCredentials credentials;
	SsmError	error;
	bool		taken = ssm_members_read(text, size, members, MEMBERS);
	int			i;

	if (json_is_object(root) && memchr(text, '\0', size) == NULL &&
		depth(root, SSM_JSON_MAX_DEPTH) < SSM_JSON_MAX_DEPTH - 4)
	{
		MUST(taken);
		check_members(members, root);
	}
	for (i = 0; i < 3; i++)
	{
		bool		good = ssm_credentials_from_json(text, size, &names[i], &credentials, &error);

		MUST(!good || taken);
		MUST(good == (credentials.access_key_id != NULL));
		MUST(good == (credentials.secret_access_key != NULL));
		MUST(good || error.kind == SSM_ERROR_CREDENTIALS);
		if (good)
			MUST(!names[i].temporary || credentials.session_token != NULL);
		ssm_credentials_clear(&credentials);
	}
	json_decref(root);
	return 0;
}
