/*
 * tables.c
 *		The API's tables as data.
 */
#include "postgres.h"

#include "fdw/tables.h"

#include "fdw/closest.h"

#define TEXT(column, member) \
	{column, member, "text", SSM_KIND_TEXT, SSM_PUSH_NONE, 0, false}
#define TEXT_KEY(column, member, key) \
	{column, member, "text", SSM_KIND_TEXT, SSM_PUSH_KEY, key, false}
#define JSON(column, member, details) \
	{column, member, "jsonb", SSM_KIND_JSON, SSM_PUSH_NONE, 0, details}
#define CONSTANT(column, kind) \
	{column, column, "text", kind, SSM_PUSH_CONSTANT, 0, false}

static const SsmMember invocation_members[] = {
	TEXT_KEY("command_id", "CommandId", SSM_KEY_COMMAND_ID),
	TEXT_KEY("instance_id", "InstanceId", SSM_KEY_INSTANCE_ID),
	TEXT("instance_name", "InstanceName"),
	TEXT("comment", "Comment"),
	TEXT_KEY("document_name", "DocumentName", SSM_KEY_DOCUMENT_NAME),
	TEXT("document_version", "DocumentVersion"),
	{"requested_date_time", "RequestedDateTime", "timestamptz", SSM_KIND_TIME,
	SSM_PUSH_TIME, 0, false},
	TEXT_KEY("status", "Status", SSM_KEY_STATUS),
	TEXT_KEY("status_details", "StatusDetails", SSM_KEY_STATUS_DETAILS),
	TEXT("standard_output_url", "StandardOutputUrl"),
	TEXT("standard_error_url", "StandardErrorUrl"),
	TEXT("service_role", "ServiceRole"),
	{"trace_output", "TraceOutput", "text", SSM_KIND_TEXT, SSM_PUSH_NONE, 0, true},
	JSON("command_plugins", "CommandPlugins", true),
	JSON("notification_config", "NotificationConfig", false),
	JSON("cloud_watch_output_config", "CloudWatchOutputConfig", false),
	CONSTANT("region", SSM_KIND_REGION),
	CONSTANT("account_id", SSM_KIND_ACCOUNT),
};

const SsmTable ssm_command_invocations = {
	.schema = "ssm",
	.name = "command_invocations",
	.operation = "ListCommandInvocations",
	.list = "CommandInvocations",
	.token = "NextToken",
	.instance_id = 1,
	.nmembers = lengthof(invocation_members),
	.members = invocation_members,
};

/*
 * Is it a member whose values the API looks rows up by?
 */
bool
ssm_member_is_id(const SsmMember *member)
{
	return member->push == SSM_PUSH_KEY &&
		(member->key == SSM_KEY_COMMAND_ID || member->key == SSM_KEY_INSTANCE_ID);
}

/*
 * Place in table->members of a column's name, or -1.
 */
int
ssm_table_column(const SsmTable *table, const char *column)
{
	int			i;

	for (i = 0; i < table->nmembers; i++)
		if (strcmp(table->members[i].column, column) == 0)
			return i;
	return -1;
}

/*
 * Place in table->members of an API member's name, or -1.
 */
int
ssm_table_member(const SsmTable *table, const char *member)
{
	int			i;

	for (i = 0; i < table->nmembers; i++)
		if (strcmp(table->members[i].member, member) == 0)
			return i;
	return -1;
}

/*
 * The member closest to a name that is neither column nor member, or NULL.
 */
const char *
ssm_table_closest(const SsmTable *table, const char *name)
{
	SsmClosest	columns = {name};
	SsmClosest	members = {name};
	int			i;

	for (i = 0; i < table->nmembers; i++)
	{
		ssm_closest_offer(&columns, table->members[i].column);
		ssm_closest_offer(&members, table->members[i].member);
	}
	if (columns.best && (members.best == NULL || columns.distance < members.distance))
		return table->members[ssm_table_column(table, columns.best)].member;
	return members.best;
}
