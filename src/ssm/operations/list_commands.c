/*
 * list_commands.c
 *		ListCommands: the commands themselves, with their parameters and counts.
 */
#include "ssm/operation.h"

#include <stddef.h>

#include "base/array.h"
#include "ssm/fit.h"

/*
 * Details of a command that has ended which the Status filter takes.  AWS does not
 * say which status each goes with.
 */
static const char *const ended[] = {"AccessDenied", "Incomplete", "NoInstancesInTag", "LimitExceeded", NULL};

/* The values of Status, as AWS documents them, and those of its filter. */
static const SsmWord statuses[] = {
	{"Pending", SSM_FIT_MANY, 0.01, .live = 1},
	{"InProgress", SSM_FIT_MANY, 0.02, .live = 2},
	{"Cancelling", SSM_FIT_LOCAL, 0.005, .live = 3},
	{"Success", SSM_FIT_MANY, 0.8},
	{"Failed", SSM_FIT_MANY, 0.12, .expanded = ended},
	{"Cancelled", SSM_FIT_MANY, 0.015, .expanded = ended},
	{"TimedOut", SSM_FIT_MANY, 0.03, .expanded = ended},
	{"AccessDenied", SSM_FIT_ALONE, .other = true},
	{"DeliveryTimedOut", SSM_FIT_ALONE, .other = true},
	{"ExecutionTimedOut", SSM_FIT_ALONE, .other = true},
	{"Incomplete", SSM_FIT_ALONE, .other = true},
	{"NoInstancesInTag", SSM_FIT_ALONE, .other = true},
	{"LimitExceeded", SSM_FIT_ALONE, .other = true},
	{NULL}
};

/* The values of StatusDetails; the filter takes what is no status as well. */
static const SsmWord details[] = {
	{"Pending", SSM_FIT_LOCAL, 0.01},
	{"InProgress", SSM_FIT_LOCAL, 0.02},
	{"Delayed", SSM_FIT_LOCAL},
	{"Cancelling", SSM_FIT_LOCAL, 0.005},
	{"Success", SSM_FIT_LOCAL, 0.8},
	{"Failed", SSM_FIT_LOCAL, 0.07},
	{"Cancelled", SSM_FIT_LOCAL, 0.015},
	{"RateExceeded", SSM_FIT_LOCAL},
	{"TimedOut", SSM_FIT_LOCAL},
	{"AccessDenied", SSM_FIT_MANY, 0.005},
	{"DeliveryTimedOut", SSM_FIT_MANY, 0.01},
	{"ExecutionTimedOut", SSM_FIT_MANY, 0.02},
	{"Incomplete", SSM_FIT_MANY, 0.04},
	{"NoInstancesInTag", SSM_FIT_MANY, 0.005},
	{"LimitExceeded", SSM_FIT_MANY},
	{NULL}
};

/* ExecutionStage is one of two halves of all statuses. */
static const char *const executing[] = {"Pending", "InProgress", "Cancelling", NULL};
static const char *const complete[] = {"Success", "Failed", "Cancelled", "TimedOut", NULL};
static const SsmWord stages[] = {
	{"Executing", SSM_FIT_ALONE, .sums_up = executing},
	{"Complete", SSM_FIT_ALONE, .sums_up = complete},
	{NULL}
};

static const SsmParameter parameters[] = {
#define COMMAND_ID		(&parameters[0])
	{"CommandId", SSM_PLACE_MEMBER, .id = true, .uuid = true, .fit = ssm_fit_command_id},
#define STATUS_DETAILS	(&parameters[1])
	{"Status", SSM_PLACE_FILTER, .status_filter = true, .words = details},
#define STATUS			(&parameters[3])
	{"ExecutionStage", SSM_PLACE_FILTER, .status_filter = true, .words = stages, .instead = STATUS},
	{"Status", SSM_PLACE_FILTER, .status_filter = true, .words = statuses},
#define DOCUMENT_NAME	(&parameters[4])
	{"DocumentName", SSM_PLACE_FILTER, .fit = ssm_fit_document_name},
};

static const SsmField fields[] = {
	{"command_id", "CommandId", SSM_TYPE_TEXT, COMMAND_ID},
	{"document_name", "DocumentName", SSM_TYPE_TEXT, DOCUMENT_NAME},
	{"document_version", "DocumentVersion", SSM_TYPE_TEXT},
	{"comment", "Comment", SSM_TYPE_TEXT},
	{"expires_after", "ExpiresAfter", SSM_TYPE_TIME},
	{"parameters", "Parameters", SSM_TYPE_JSON},
	{"instance_ids", "InstanceIds", SSM_TYPE_JSON},
	{"targets", "Targets", SSM_TYPE_JSON},
	{"requested_date_time", "RequestedDateTime", SSM_TYPE_TIME},
	{"status", "Status", SSM_TYPE_TEXT, STATUS},
	{"status_details", "StatusDetails", SSM_TYPE_TEXT, STATUS_DETAILS},
	{"output_s3_region", "OutputS3Region", SSM_TYPE_TEXT},
	{"output_s3_bucket_name", "OutputS3BucketName", SSM_TYPE_TEXT},
	{"output_s3_key_prefix", "OutputS3KeyPrefix", SSM_TYPE_TEXT},
	{"max_concurrency", "MaxConcurrency", SSM_TYPE_TEXT},
	{"max_errors", "MaxErrors", SSM_TYPE_TEXT},
	{"target_count", "TargetCount", SSM_TYPE_INTEGER},
	{"completed_count", "CompletedCount", SSM_TYPE_INTEGER},
	{"error_count", "ErrorCount", SSM_TYPE_INTEGER},
	{"delivery_timed_out_count", "DeliveryTimedOutCount", SSM_TYPE_INTEGER},
	{"timeout_seconds", "TimeoutSeconds", SSM_TYPE_INTEGER},
	{"service_role", "ServiceRole", SSM_TYPE_TEXT},
	{"notification_config", "NotificationConfig", SSM_TYPE_JSON},
	{"cloud_watch_output_config", "CloudWatchOutputConfig", SSM_TYPE_JSON},
	{"alarm_configuration", "AlarmConfiguration", SSM_TYPE_JSON},
	{"triggered_alarms", "TriggeredAlarms", SSM_TYPE_JSON},
	SSM_CONSTANT_FIELDS
};

static const SsmNoRows no_rows[] = {
	{"InvalidCommandId"},
};

const SsmOperation ssm_list_commands = {
	.table = "commands",
	.name = "ListCommands",
	.list = "Commands",
	.token = "NextToken",
	.filters = "Filters",
	.page_size = "MaxResults",
	.after = "InvokedAfter",
	.before = "InvokedBefore",
	.time = "RequestedDateTime",
	.key = {"CommandId"},
	.nparameters = lengthof(parameters),
	.parameters = parameters,
	.nfields = lengthof(fields),
	.fields = fields,
	.nno_rows = lengthof(no_rows),
	.no_rows = no_rows,
};
