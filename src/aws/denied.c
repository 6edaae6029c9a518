/*
 * denied.c
 *		Which policy denies a call.
 *
 * AWS's messages end in "because no … policy allows the … action" or "with an
 * explicit deny in a … policy" (IAM User Guide, "Troubleshoot access denied error
 * messages").  Allowing the action to the identity helps in one case only.
 */
#include "aws/denied.h"

#include <stddef.h>
#include <string.h>

/* What to do, by words of the message; the first that are there count. */
static const struct
{
	const char *words;
	const char *hint;
}			rules[] = {

	{"service control policy",
		"A service control policy (SCP) of the AWS organization withholds the action: ask the "
	"organization's administrators; no policy of the account outweighs it."},
	{"resource control policy",
		"A resource control policy (RCP) of the AWS organization withholds the action: ask the "
	"organization's administrators; no policy of the account outweighs it."},
	{"permissions boundary",
		"The permissions boundary of the identity withholds the action: allow it there, too; "
	"the identity's own policies do not outweigh it."},
	{"VPC endpoint policy",
		"Allow the action in the policy of the VPC endpoint that leads to the service, or set "
	"another endpoint_url of server %s."},
	{"session policy",
		"The policy that the session was made with withholds the action: allow it there, or let "
	"the user mapping for server %s use credentials without it."},
	{"role trust policy",
		"Name the identity of the user mapping for server %s in the role's trust policy, with the "
	"external_id if that asks for one."},
	{"explicit deny in a resource-based policy",
	"Take the Deny out of the resource's policy: no Allow outweighs it."},
	{"no resource-based policy allows",
	"Allow the action in the resource's policy to the identity of the user mapping for server %s."},
	{"explicit deny",
		"A policy denies the action explicitly: take that Deny out, or except the identity of the "
	"user mapping for server %s; no Allow outweighs it."},
};

/*
 * What to do about a denial, by what AWS says of it: a constant, %s the server's
 * name, or NULL if nothing but an Allow is missing.
 */
const char *
ssm_denied_hint(const char *said)
{
	size_t		i;

	for (i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (strstr(said, rules[i].words))
			return rules[i].hint;
	return NULL;
}
