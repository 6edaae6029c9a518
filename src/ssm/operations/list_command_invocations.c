/*
 * list_command_invocations.c
 *		ListCommandInvocations: what commands did on each of their nodes.
 */
#include "ssm/operation.h"

#include <stddef.h>

#include "base/array.h"
#include "ssm/fit.h"

/* The details that a status may have and that the Status filter takes. */
static const char *const cancelled[] = {"Terminated", NULL};
static const char *const failed[] = {"Undeliverable", "AccessDenied", "InvalidPlatform", "Terminated", NULL};

/*
 * The values of Status, as AWS documents them, and those of its filter.  A node that
 * is not reached makes what is Pending Delayed, until it is.  A managed node's id
 * cannot go with Pending (AWS's documentation of InstanceId).
 */
static const SsmWord statuses[] = {
	{"Pending", SSM_FIT_MANY, 0.01, .live = 1, .not_with = "InstanceId"},
	{"Delayed", SSM_FIT_MANY, 0.003, .live = 2},
	{"InProgress", SSM_FIT_MANY, 0.01, .live = 3},
	{"Cancelling", SSM_FIT_LOCAL, 0.002, .live = 4},
	{"Success", SSM_FIT_MANY, 0.85},
	{"Failed", SSM_FIT_MANY, 0.08, .expanded = failed},
	{"Cancelled", SSM_FIT_MANY, 0.015, .expanded = cancelled},
	{"TimedOut", SSM_FIT_MANY, 0.03},
	{"AccessDenied", SSM_FIT_ALONE, .other = true},
	{"DeliveryTimedOut", SSM_FIT_ALONE, .other = true},
	{"ExecutionTimedOut", SSM_FIT_ALONE, .other = true},
	{"Undeliverable", SSM_FIT_ALONE, .other = true},
	{"InvalidPlatform", SSM_FIT_ALONE, .other = true},
	{"Terminated", SSM_FIT_ALONE, .other = true},
	{NULL}
};

/*
 * The values of StatusDetails.  The filter takes for details only what is no status
 * as well.
 */
static const SsmWord details[] = {
	{"Pending", SSM_FIT_LOCAL, 0.01},
	{"InProgress", SSM_FIT_LOCAL, 0.01},
	{"Delayed", SSM_FIT_LOCAL, 0.003},
	{"Cancelling", SSM_FIT_LOCAL, 0.002},
	{"Success", SSM_FIT_LOCAL, 0.85},
	{"Failed", SSM_FIT_LOCAL, 0.05},
	{"Cancelled", SSM_FIT_LOCAL, 0.01},
	{"TimedOut", SSM_FIT_LOCAL},
	{"AccessDenied", SSM_FIT_MANY, 0.005},
	{"DeliveryTimedOut", SSM_FIT_MANY, 0.01},
	{"ExecutionTimedOut", SSM_FIT_MANY, 0.02},
	{"Undeliverable", SSM_FIT_MANY, 0.02},
	{"InvalidPlatform", SSM_FIT_MANY, 0.005},
	{"Terminated", SSM_FIT_MANY, 0.005},
	{NULL}
};

static const SsmParameter parameters[] = {
#define COMMAND_ID		(&parameters[0])
	{"CommandId", SSM_PLACE_MEMBER, .id = true, .clustered = true, .uuid = true, .fit = ssm_fit_command_id},
#define INSTANCE_ID		(&parameters[1])
	{"InstanceId", SSM_PLACE_MEMBER, .id = true, .fit = ssm_fit_instance_id},
#define STATUS_DETAILS	(&parameters[2])
	{"Status", SSM_PLACE_FILTER, .status_filter = true, .words = details},
#define STATUS			(&parameters[3])
	{"Status", SSM_PLACE_FILTER, .status_filter = true, .words = statuses},
#define DOCUMENT_NAME	(&parameters[4])
	{"DocumentName", SSM_PLACE_FILTER, .fit = ssm_fit_document_name},
};

static const SsmField fields[] = {
	{"command_id", "CommandId", SSM_TYPE_TEXT, COMMAND_ID},
	{"instance_id", "InstanceId", SSM_TYPE_TEXT, INSTANCE_ID},
	{"instance_name", "InstanceName", SSM_TYPE_TEXT},
	{"comment", "Comment", SSM_TYPE_TEXT},
	{"document_name", "DocumentName", SSM_TYPE_TEXT, DOCUMENT_NAME},
	{"document_version", "DocumentVersion", SSM_TYPE_TEXT},
	{"requested_date_time", "RequestedDateTime", SSM_TYPE_TIME},
	{"status", "Status", SSM_TYPE_TEXT, STATUS},
	{"status_details", "StatusDetails", SSM_TYPE_TEXT, STATUS_DETAILS},
	{"standard_output_url", "StandardOutputUrl", SSM_TYPE_TEXT},
	{"standard_error_url", "StandardErrorUrl", SSM_TYPE_TEXT},
	{"service_role", "ServiceRole", SSM_TYPE_TEXT},
	{"trace_output", "TraceOutput", SSM_TYPE_TEXT, .details = true},
	{"command_plugins", "CommandPlugins", SSM_TYPE_JSON, .details = true},
	{"notification_config", "NotificationConfig", SSM_TYPE_JSON},
	{"cloud_watch_output_config", "CloudWatchOutputConfig", SSM_TYPE_JSON},
	SSM_CONSTANT_FIELDS
};

static const SsmNoRows no_rows[] = {
	{"InvalidCommandId"},
	{"InvalidInstanceId", INSTANCE_ID, .rescan = true},
};

const SsmOperation ssm_list_command_invocations = {
	.table = "command_invocations",
	.name = "ListCommandInvocations",
	.list = "CommandInvocations",
	.token = "NextToken",
	.filters = "Filters",
	.page_size = "MaxResults",
	.details = "Details",
	.after = "InvokedAfter",
	.before = "InvokedBefore",
	.time = "RequestedDateTime",
	.key = {"CommandId", "InstanceId"},
	.nparameters = lengthof(parameters),
	.parameters = parameters,
	.nfields = lengthof(fields),
	.fields = fields,
	.nno_rows = lengthof(no_rows),
	.no_rows = no_rows,
};
