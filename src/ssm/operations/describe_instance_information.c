/*
 * describe_instance_information.c
 *		DescribeInstanceInformation: the nodes, and whether their agents answer.
 */
#include "ssm/operation.h"

#include <stddef.h>

#include "base/array.h"
#include "ssm/fit.h"

/* Values of one filter in one request. */
#define BATCH	50

/*
 * What changes while a list is read is asked for in one request or not at all: a
 * node could leave what one request asks for before, and come to what another
 * asks for after that has been answered.
 */
static const SsmWord pings[] = {
	{"Online", SSM_FIT_ALONE, 0.9},
	{"ConnectionLost", SSM_FIT_ALONE, 0.09},
	{"Inactive", SSM_FIT_ALONE, 0.01},
	{NULL}
};

static const SsmWord platforms[] = {
	{"Linux", SSM_FIT_MANY, 0.7},
	{"Windows", SSM_FIT_MANY, 0.28},
	{"MacOS", SSM_FIT_MANY, 0.02},
	{NULL}
};

static const SsmWord associations[] = {
	{"Success", SSM_FIT_ALONE, 0.8},
	{"Failed", SSM_FIT_ALONE, 0.1},
	{"Pending", SSM_FIT_ALONE, 0.1},
	{NULL}
};

static const SsmWord resources[] = {
	{"EC2Instance", SSM_FIT_MANY, 0.9},
	{"ManagedInstance", SSM_FIT_MANY, 0.1},
	{NULL}
};

static const SsmWord sources[] = {
	{"AWS::EC2::Instance", SSM_FIT_MANY, 0.9},
	{"AWS::SSM::ManagedInstance", SSM_FIT_MANY, 0.09},
	{"AWS::IoT::Thing", SSM_FIT_MANY, 0.01},
	{NULL}
};

static const SsmParameter parameters[] = {
#define INSTANCE_ID		(&parameters[0])
	{"InstanceIds", SSM_PLACE_FILTER_LIST, BATCH, .id = true, .fit = ssm_fit_instance_id},
#define PING_STATUS		(&parameters[1])
	{"PingStatus", SSM_PLACE_FILTER_LIST, BATCH, .words = pings},
#define PLATFORM_TYPE	(&parameters[2])
	{"PlatformTypes", SSM_PLACE_FILTER_LIST, BATCH, .words = platforms},
#define AGENT_VERSION	(&parameters[3])
	{"AgentVersion", SSM_PLACE_FILTER_LIST, BATCH, .fit = ssm_fit_agent_version},
#define ASSOCIATION		(&parameters[4])
	{"AssociationStatus", SSM_PLACE_FILTER_LIST, BATCH, .words = associations},
#define ACTIVATION_ID	(&parameters[5])
	{"ActivationIds", SSM_PLACE_FILTER_LIST, BATCH, .fit = ssm_fit_activation_id},
#define IAM_ROLE		(&parameters[6])
	{"IamRole", SSM_PLACE_FILTER_LIST, BATCH, .fit = ssm_fit_iam_role},
#define RESOURCE_TYPE	(&parameters[7])
	{"ResourceType", SSM_PLACE_FILTER_LIST, BATCH, .words = resources},
#define SOURCE_ID		(&parameters[8])
	{"SourceIds", SSM_PLACE_FILTER_LIST, BATCH, .fit = ssm_fit_source_id},
#define SOURCE_TYPE		(&parameters[9])
	{"SourceTypes", SSM_PLACE_FILTER_LIST, BATCH, .words = sources},
};

static const SsmField fields[] = {
	{"instance_id", "InstanceId", SSM_TYPE_TEXT, INSTANCE_ID},
	{"ping_status", "PingStatus", SSM_TYPE_TEXT, PING_STATUS},
	{"last_ping_date_time", "LastPingDateTime", SSM_TYPE_TIME},
	{"agent_version", "AgentVersion", SSM_TYPE_TEXT, AGENT_VERSION},
	{"is_latest_version", "IsLatestVersion", SSM_TYPE_BOOLEAN},
	{"platform_type", "PlatformType", SSM_TYPE_TEXT, PLATFORM_TYPE},
	{"platform_name", "PlatformName", SSM_TYPE_TEXT},
	{"platform_version", "PlatformVersion", SSM_TYPE_TEXT},
	{"activation_id", "ActivationId", SSM_TYPE_TEXT, ACTIVATION_ID},
	{"iam_role", "IamRole", SSM_TYPE_TEXT, IAM_ROLE},
	{"registration_date", "RegistrationDate", SSM_TYPE_TIME},
	{"resource_type", "ResourceType", SSM_TYPE_TEXT, RESOURCE_TYPE},
	{"name", "Name", SSM_TYPE_TEXT},
	{"ip_address", "IPAddress", SSM_TYPE_TEXT},
	{"computer_name", "ComputerName", SSM_TYPE_TEXT},
	{"association_status", "AssociationStatus", SSM_TYPE_TEXT, ASSOCIATION},
	{"last_association_execution_date", "LastAssociationExecutionDate", SSM_TYPE_TIME},
	{"last_successful_association_execution_date", "LastSuccessfulAssociationExecutionDate", SSM_TYPE_TIME},
	{"association_overview", "AssociationOverview", SSM_TYPE_JSON},
	{"source_id", "SourceId", SSM_TYPE_TEXT, SOURCE_ID},
	{"source_type", "SourceType", SSM_TYPE_TEXT, SOURCE_TYPE},
	SSM_CONSTANT_FIELDS
};

static const SsmNoRows no_rows[] = {
	{"InvalidInstanceId", INSTANCE_ID, .rescan = true},
};

const SsmOperation ssm_describe_instance_information = {
	.table = "instance_information",
	.name = "DescribeInstanceInformation",
	.list = "InstanceInformationList",
	.token = "NextToken",
	.filters = "Filters",
	.page_size = "MaxResults",
	.least_page = 5,
	.key = {"InstanceId"},
	.nparameters = lengthof(parameters),
	.parameters = parameters,
	.nfields = lengthof(fields),
	.fields = fields,
	.nno_rows = lengthof(no_rows),
	.no_rows = no_rows,
};
