/*
 * get_command_invocation.c
 *		GetCommandInvocation: one step of an invocation, with its whole output.
 */
#include "ssm/operation.h"

#include <stddef.h>

#include "base/array.h"
#include "ssm/fit.h"

static const SsmParameter parameters[] = {
#define COMMAND_ID		(&parameters[0])
	{"CommandId", SSM_PLACE_MEMBER, .id = true, .uuid = true, .fit = ssm_fit_command_id,
	.required = true, .nobody = "00000000-0000-0000-0000-000000000000"},
#define INSTANCE_ID		(&parameters[1])
	{"InstanceId", SSM_PLACE_MEMBER, .id = true, .fit = ssm_fit_instance_id,
	.required = true, .nobody = "i-00000000"},
#define PLUGIN_NAME		(&parameters[2])
	{"PluginName", SSM_PLACE_MEMBER, .fit = ssm_fit_plugin_name, .wanted = true},
};

static const SsmField fields[] = {
	{"command_id", "CommandId", SSM_TYPE_TEXT, COMMAND_ID},
	{"instance_id", "InstanceId", SSM_TYPE_TEXT, INSTANCE_ID},
	{"comment", "Comment", SSM_TYPE_TEXT},
	{"document_name", "DocumentName", SSM_TYPE_TEXT},
	{"document_version", "DocumentVersion", SSM_TYPE_TEXT},
	{"plugin_name", "PluginName", SSM_TYPE_TEXT, PLUGIN_NAME},
	{"response_code", "ResponseCode", SSM_TYPE_INTEGER},
	{"execution_start_date_time", "ExecutionStartDateTime", SSM_TYPE_ISO_TIME},
	{"execution_elapsed_time", "ExecutionElapsedTime", SSM_TYPE_DURATION},
	{"execution_end_date_time", "ExecutionEndDateTime", SSM_TYPE_ISO_TIME},
	{"status", "Status", SSM_TYPE_TEXT},
	{"status_details", "StatusDetails", SSM_TYPE_TEXT},
	{"standard_output_content", "StandardOutputContent", SSM_TYPE_TEXT},
	{"standard_output_url", "StandardOutputUrl", SSM_TYPE_TEXT},
	{"standard_error_content", "StandardErrorContent", SSM_TYPE_TEXT},
	{"standard_error_url", "StandardErrorUrl", SSM_TYPE_TEXT},
	{"cloud_watch_output_config", "CloudWatchOutputConfig", SSM_TYPE_JSON},
	SSM_CONSTANT_FIELDS
};

static const SsmNoRows no_rows[] = {
	{"InvocationDoesNotExist"},
	{"InvalidCommandId"},
	{"InvalidInstanceId", INSTANCE_ID, .optional = true},
	{"InvalidPluginName", PLUGIN_NAME},
};

static const SsmHint hints[] = {
	{"InvalidPluginName",
		"The document of this command has several steps, and GetCommandInvocation needs to know which.  Join ssm_fdw_plugins(command_plugins) of "
	"command_invocations by plugin_name, too."},
};

const SsmOperation ssm_get_command_invocation = {
	.table = "command_outputs",
	.name = "GetCommandInvocation",
	.key = {"CommandId", "InstanceId", "PluginName"},
	.nparameters = lengthof(parameters),
	.parameters = parameters,
	.required_from = "command_invocations",
	.nfields = lengthof(fields),
	.fields = fields,
	.nno_rows = lengthof(no_rows),
	.no_rows = no_rows,
	.nhints = lengthof(hints),
	.hints = hints,
};
