"""What DescribeInstanceInformation says of one computed node."""

from collections import namedtuple

from invocation import instance_name
from jsontext import Raw, epoch_text

DAY_MS = 86400 * 1000

Platform = namedtuple("Platform", "type name version agent latest")

# Node n has platform n % 8; every fourth is one of Windows, as its name says.
LINUX = Platform("Linux", "Amazon Linux", "2023", "3.3.40.0", True)
UBUNTU = Platform("Linux", "Ubuntu", "22.04", "3.2.582.0", False)
WINDOWS = Platform("Windows", "Microsoft Windows Server 2022 Datacenter",
                   "10.0.20348", "3.3.40.0", True)
MACOS = Platform("MacOS", "macOS", "14.1", "3.2.582.0", False)
PLATFORMS = (LINUX, LINUX, UBUNTU, WINDOWS, LINUX, UBUNTU, MACOS, WINDOWS)

# Node n has the ping status n % 16, and last answered so long ago.
PINGS = (("Online", 61_000),) * 13 + (("ConnectionLost", 2 * 3600_000),) * 2 + (
    ("Inactive", 9 * DAY_MS),)
# Node n has the association status n % 5.
ASSOCIATIONS = ("Success", "Success", "Failed", "Pending", None)


def build_node(number, instance_id, end_ms):
    """Return a node's information as a dict; end_ms is the dataset's end,
    epoch milliseconds."""
    platform = PLATFORMS[number % len(PLATFORMS)]
    ping, silent_ms = PINGS[number % len(PINGS)]
    node = {
        "AgentVersion": platform.agent,
        "ComputerName": instance_name(number) or f"host-{number:04d}",
        "IPAddress": f"10.0.{number // 250 % 250}.{number % 250 + 1}",
        "InstanceId": instance_id,
        "IsLatestVersion": platform.latest,
        "LastPingDateTime": Raw(epoch_text(end_ms - silent_ms - number)),
        "PingStatus": ping,
        "PlatformName": platform.name,
        "PlatformType": platform.type,
        "PlatformVersion": platform.version,
        "ResourceType": "EC2Instance",
        "SourceId": instance_id,
        "SourceType": "AWS::EC2::Instance",
    }
    return {**node, **registered(number, instance_id, end_ms),
            **associated(number, end_ms)}


def registered(number, instance_id, end_ms):
    """Return the members of a node that registered itself (mi-…), and none
    for another."""
    if not instance_id.startswith("mi-"):
        return {}
    thing = number % 20 == 19
    return {
        "ActivationId": f"{number % 3:08x}-85ee-4b1e-9b0c-0123456789ab",
        "IamRole": "service-role/AmazonEC2RunCommandRoleForManagedInstances",
        "Name": f"rack {number}",
        "RegistrationDate": Raw(epoch_text(end_ms - 30 * DAY_MS - number * 1000)),
        "ResourceType": "ManagedInstance",
        "SourceId": f"thing-{number}" if thing else instance_id,
        "SourceType": "AWS::IoT::Thing" if thing else "AWS::SSM::ManagedInstance",
    }


def associated(number, end_ms):
    """Return the members of a node with associations, and none for one
    without."""
    status = ASSOCIATIONS[number % len(ASSOCIATIONS)]
    if status is None:
        return {}
    last = end_ms - 1800_000 - number
    lucky = last if status == "Success" else last - DAY_MS
    return {
        "AssociationOverview": {
            "DetailedStatus": status,
            "InstanceAssociationStatusAggregatedCount": {status: 1 + number % 3}},
        "AssociationStatus": status,
        "LastAssociationExecutionDate": Raw(epoch_text(last)),
        "LastSuccessfulAssociationExecutionDate": Raw(epoch_text(lucky)),
    }
