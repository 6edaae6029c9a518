/*
 * texts.c
 *		The options whose values are texts: what they may hold.
 *
 * What can never serve is refused when it is set, where its author still has it
 * before his eyes.  The checks are SsmOptionChecks.
 */
#include "postgres.h"

#include "fdw/texts.h"

#include "aws/endpoint.h"
#include "aws/region.h"
#include "aws/credentials.h"
#include "fdw/closest.h"

#define WORD	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

/*
 * A region of some partition, as AWS spells it.
 */
bool
ssm_check_region(const char *value, const char **wanted, const char **problem)
{
	const char *closest = ssm_region_closest(value);

	*wanted = closest ? psprintf("names of AWS regions; perhaps you meant \"%s\"", closest) :
		"names of AWS regions, such as us-east-1";
	return ssm_region_valid(value);
}

/*
 * A URL that can be called.
 */
bool
ssm_check_url(const char *value, const char **wanted, const char **problem)
{
	SsmEndpointRule rule = {"ssm", "us-east-1", value, false, false};
	SsmEndpoint endpoint;
	SsmError	error;

	*wanted = "URLs with http or https, without user, query and fragment";
	return ssm_endpoint_resolve(&rule, &endpoint, &error);
}

/*
 * A member of the API's answer.
 */
bool
ssm_check_member(const char *value, const char **wanted, const char **problem)
{
	const char *closest = ssm_closest_member(ssm_operations[0], value);

	*wanted = closest ? psprintf("the API's members; perhaps you meant \"%s\"", closest) :
		"the API's members, such as \"CommandId\"";
	return ssm_operation_member(ssm_operations[0], value) >= 0;
}

/*
 * An access key id.
 */
bool
ssm_check_access_key_id(const char *value, const char **wanted, const char **problem)
{
	*wanted = "access key ids, such as AKIAIOSFODNN7EXAMPLE";
	*problem = ssm_access_key_id_problem(value);
	return *problem == NULL;
}

/*
 * A secret access key.
 */
bool
ssm_check_secret_access_key(const char *value, const char **wanted, const char **problem)
{
	*wanted = "secret access keys, as AWS shows them once: 40 characters, none of them a blank or a line break";
	*problem = ssm_secret_access_key_problem(value);
	return *problem == NULL;
}

/*
 * A session token.
 */
bool
ssm_check_session_token(const char *value, const char **wanted, const char **problem)
{
	*wanted = "session tokens, in one piece: without blanks and line breaks";
	*problem = ssm_session_token_problem(value);
	return *problem == NULL;
}

/*
 * A profile's name: it stands in one line of a file, between other things.
 */
bool
ssm_check_profile(const char *value, const char **wanted, const char **problem)
{
	const char *at;

	*wanted = "names of profiles, without line breaks and brackets, and without blanks at their ends";
	for (at = value; *at; at++)
		if ((unsigned char) *at < ' ' || *at == 0x7F || *at == '[' || *at == ']')
			return false;
	return value[0] != ' ' && at[-1] != ' ';
}

/*
 * A role's ARN: arn:PARTITION:iam::ACCOUNT:role/PATH/NAME.
 */
bool
ssm_check_role_arn(const char *value, const char **wanted, const char **problem)
{
	char		partition[16];
	char		account[16];
	char		path[4];
	size_t		len = strlen(value);

	*wanted = "ARNs of roles, such as arn:aws:iam::123456789012:role/NAME";
	return len <= 2048 && value[strspn(value, WORD "+=,.@:/-")] == '\0' &&
		sscanf(value, "arn:%15[a-z-]:iam::%15[0-9]:role/%3s", partition, account, path) == 3;
}

/*
 * An external id (AWS STS API reference, AssumeRole).
 */
bool
ssm_check_external_id(const char *value, const char **wanted, const char **problem)
{
	size_t		len = strlen(value);

	*wanted = "2 to 1224 letters, digits and characters of _+=,.@:/-";
	return len >= 2 && len <= 1224 && value[strspn(value, WORD "+=,.@:/-")] == '\0';
}

/*
 * A session's name (the same).
 */
bool
ssm_check_role_session_name(const char *value, const char **wanted, const char **problem)
{
	size_t		len = strlen(value);

	*wanted = "2 to 64 letters, digits and characters of _+=,.@-";
	return len >= 2 && len <= 64 && value[strspn(value, WORD "+=,.@-")] == '\0';
}
