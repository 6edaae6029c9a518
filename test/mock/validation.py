"""Judges a request body: first by the API model that botocore publishes, then
by the rules that only the service's documentation states."""

import json
import re
from datetime import datetime

from botocore.loaders import Loader
from botocore.model import ServiceModel
from botocore.validate import ParamValidator

from settings import OPERATIONS

STATUS_VALUES = {
    "Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed",
    "TimedOut", "AccessDenied", "DeliveryTimedOut", "ExecutionTimedOut",
    "Undeliverable", "InvalidPlatform", "Terminated"}
COMMAND_STATUS_VALUES = {
    "Pending", "InProgress", "Success", "Cancelled", "Failed", "TimedOut",
    "AccessDenied", "DeliveryTimedOut", "ExecutionTimedOut", "Incomplete",
    "NoInstancesInTag", "LimitExceeded"}

TIME = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"
FILTERS = {"InvokedAfter": TIME, "InvokedBefore": TIME,
           "DocumentName": r"[a-zA-Z0-9_.:/-]{3,128}", "Status": STATUS_VALUES}

# By operation: the filter keys that are documented, and their values: a set, or
# a pattern.  A key in tag: has any value.
FILTERS_OF = {
    "ListCommandInvocations": FILTERS,
    "ListCommands": {**FILTERS, "Status": COMMAND_STATUS_VALUES,
                     "ExecutionStage": {"Executing", "Complete"}},
    "DescribeInstanceInformation": {
        "ActivationIds": ".+", "AgentVersion": ".+", "IamRole": ".+",
        "SourceIds": ".+", "tag-key": ".+",
        "InstanceIds": r"i-(\w{8}|\w{17})|mi-\w{17}",
        "AssociationStatus": {"Success", "Pending", "Failed"},
        "PingStatus": {"Online", "ConnectionLost", "Inactive"},
        "PlatformTypes": {"Windows", "Linux", "MacOS"},
        "ResourceType": {"EC2Instance", "ManagedInstance"},
        "SourceTypes": {"AWS::EC2::Instance", "AWS::SSM::ManagedInstance",
                        "AWS::IoT::Thing"}},
    "GetCommandInvocation": {},
}
BAD_VALUE = {"DescribeInstanceInformation": "InvalidInstanceInformationFilterValue"}

_model = ServiceModel(Loader().load_service_model("ssm", "service-2"), "ssm")
INPUTS = {name: _model.operation_model(name).input_shape for name in OPERATIONS}


class Rejected(Exception):
    """An error answer: code is AWS's, message a text or None for no such
    member."""

    def __init__(self, code, message=None):
        """Keep the code and the message."""
        super().__init__(code, message)
        self.code = code
        self.message = message


def unique_members(pairs):
    """Return a JSON object's members as a dict; ValueError for a name that
    is there twice."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("duplicate member name")
    return members


def no_constant(name):
    """Refuse NaN and Infinity, which Python reads but JSON has not."""
    raise ValueError(f"{name} is not JSON")


def parse(body):
    """Return a request body as a dict.  Raises Rejected unless it is one
    strict JSON object."""
    try:
        request = json.loads(body.decode("utf-8"), parse_constant=no_constant,
                             object_pairs_hook=unique_members)
    except ValueError as error:
        raise Rejected("SerializationException", str(error)) from None
    if not isinstance(request, dict):
        raise Rejected("SerializationException", "not an object")
    return request


def validate(request, operation):
    """Raise Rejected unless the service would accept the request for the
    operation with this name."""
    shape = INPUTS[operation]
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise Rejected("ValidationException", report.generate_report())
    problems = list(violations(request, shape, ""))
    if problems:
        plural = "s" if len(problems) > 1 else ""
        raise Rejected("ValidationException",
                       f"{len(problems)} validation error{plural} detected: "
                       + "; ".join(problems))
    check_filters(request, operation)


def violations(value, shape, path):
    """Yield a text for each of the model's constraints (length, range, enum,
    pattern) that a value of the right type breaks; botocore leaves them to
    the service."""
    rules = shape.metadata
    if shape.type_name == "structure":
        for name, member in value.items():
            yield from violations(member, shape.members[name],
                                  f"{path}.{name}" if path else name)
        return
    if shape.type_name == "list":
        for number, element in enumerate(value, 1):
            yield from violations(element, shape.member,
                                  f"{path}.{number}.member")
    size = value if shape.type_name == "integer" else None
    if shape.type_name in ("list", "string"):
        size = len(value)
    what = "value" if shape.type_name == "integer" else "length"
    start = f"Value '{value}' at '{path}' failed to satisfy constraint: Member must "
    if size is not None and size < rules.get("min", size):
        yield f"{start}have {what} greater than or equal to {rules['min']}"
    if size is not None and size > rules.get("max", size):
        yield f"{start}have {what} less than or equal to {rules['max']}"
    if value not in rules.get("enum", [value]):
        yield f"{start}satisfy enum value set: {rules['enum']}"
    pattern = rules.get("pattern")
    if pattern and not re.fullmatch(pattern, value, re.ASCII):
        yield f"{start}satisfy regular expression pattern: {pattern}"


def is_date(text):
    """Say whether a text in the form of a time is one (no 30 February)."""
    try:
        return bool(datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except ValueError:
        return False


def check_filters(request, operation):
    """Raise Rejected for filters that the model allows and the service does
    not."""
    if "InstanceInformationFilterList" in request:
        raise Rejected("ValidationException", "a legacy method")
    filters = [(one.get("key", one.get("Key")), one.get("Values", [one.get("value")]))
               for one in request.get("Filters", [])]
    keys = [key for key, _ in filters]
    if len(set(keys)) != len(keys):
        raise Rejected("ValidationException", "duplicate filter key")
    for key, value in ((key, value) for key, values in filters for value in values):
        if not is_filter_value(operation, key, value):
            raise Rejected(BAD_VALUE.get(operation, "ValidationException"),
                           f"filter {key} has the invalid value {value}")
        if key == "Status" and value == "Pending" and "InstanceId" in request:
            raise Rejected("ValidationException", "a managed node ID can't be "
                           "specified when a command status is Pending")


def is_filter_value(operation, key, value):
    """Say whether an operation's filter may have this value.  Raises Rejected
    for a key that it has not."""
    if operation == "DescribeInstanceInformation" and key.startswith("tag:"):
        return True
    allowed = FILTERS_OF[operation].get(key)
    if allowed is None:
        raise Rejected("InvalidFilterKey")
    if isinstance(allowed, set):
        return value in allowed
    return bool(re.fullmatch(allowed, value, re.ASCII)) and (
        allowed != TIME or is_date(value))
