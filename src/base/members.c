/*
 * members.c
 *		Members of a JSON object.
 *
 * The JSON is scanned where it stands, as a general parser would leave copies
 * of secrets behind, and refuse an error for one bad character.
 */
#include "base/members.h"

#include <string.h>

/*
 * Find members of a JSON object; of equal names the last counts.  False if the
 * text is not one object; those found up to there are kept.  The values point
 * into the text.
 */
bool
ssm_members_read(const char *source, size_t len, SsmMember *members, int n)
{
	SsmScanner	s = {source, source + len};
	SsmJsonValue name;
	SsmJsonValue value;
	bool		first = true;
	int			more;
	int			i;

	for (i = 0; i < n; i++)
		memset(&members[i].value, 0, sizeof(members[i].value));
	if (!ssm_scan_byte(&s, '{'))
		return false;
	while ((more = ssm_scan_item(&s, '}', &first)) == 1)
	{
		if (!ssm_scan_name(&s, &name) || !ssm_scan_value(&s, &value, 1))
			return false;
		for (i = 0; i < n; i++)
			if (strlen(members[i].name) == name.len &&
				memcmp(members[i].name, name.text, name.len) == 0)
				members[i].value = value;
	}
	return more == 0 && !ssm_scan_space(&s);
}

/*
 * A member's text, malloc'ed.  Wipe a secret before you free it.  NULL
 * if it is not a string, or is empty, or memory is short.
 */
char *
ssm_member_string(const SsmMember *member)
{
	if (member->value.kind != SSM_JSON_STRING || member->value.len == 0)
		return NULL;
	return ssm_json_copy(&member->value);
}
