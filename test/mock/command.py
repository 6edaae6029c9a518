"""What one computed command looks like: its document's parameters, and the
counts and the status that its invocations give it."""

from collections import Counter

from invocation import DOCUMENTS, document_outputs
from jsontext import Raw, epoch_text

LIVE = ("Pending", "Delayed", "InProgress", "Cancelling")
DELIVERY_SECONDS = 3600
EXECUTION_SECONDS = 3600
MAX_ERRORS = ("0", "1", "50%")
LISTED_NODES = 50

# By a document's place in DOCUMENTS.
PARAMETERS = (
    {"commands": ["uname -a", "df -h \"/\""], "executionTimeout": ["3600"],
     "workingDirectory": [""]},
    {"commands": ["echo Größe"]},
    {"Operation": ["Install"], "RebootOption": ["NoReboot"], "SnapshotId": [""]},
    {"commands": []},
)

# The first whose test holds of the invocations' counts (by StatusDetails) and
# of the most errors allowed is the command's (Status, StatusDetails).
# Undeliverable ones count for nothing.
VERDICTS = (
    (lambda count, most: count["Cancelling"], "Cancelling", "Cancelling"),
    (lambda count, most: live(count) and count["Pending"] + count["Delayed"]
     == count.total(), "Pending", "Pending"),
    (lambda count, most: live(count), "InProgress", "InProgress"),
    (lambda count, most: count["Cancelled"], "Cancelled", "Cancelled"),
    (lambda count, most: count["Failed"] > most, "Failed", "Failed"),
    (lambda count, most: count["ExecutionTimedOut"] > most,
     "TimedOut", "ExecutionTimedOut"),
    (lambda count, most: count["DeliveryTimedOut"] > most,
     "TimedOut", "DeliveryTimedOut"),
    (lambda count, most: count["Success"] + count["Undeliverable"]
     == count.total(), "Success", "Success"),
    (lambda count, most: True, "Failed", "Incomplete"),
)


def live(count):
    """Return how many invocations have not ended."""
    return sum(count[details] for details in LIVE)


def most_errors(text, targets):
    """Return how many errors a MaxErrors allows among so many targets."""
    if text.endswith("%"):
        return targets * int(text[:-1]) // 100
    return int(text)


def verdict(count, max_errors):
    """Return a command's (Status, StatusDetails)."""
    most = most_errors(max_errors, count.total())
    return next((status, details) for holds, status, details in VERDICTS
                if holds(count, most))


def build_command(number, facts, time_ms, nodes, details):
    """Return a command as a dict: its number, the dataset's facts about it,
    its time in epoch milliseconds, and its invocations' InstanceIds and
    StatusDetails."""
    count = Counter(details)
    document = DOCUMENTS[facts.document]
    max_errors = MAX_ERRORS[number % len(MAX_ERRORS)]
    status, status_details = verdict(count, max_errors)
    by_id = number % 2 == 0 and len(nodes) <= LISTED_NODES
    command = {
        "AlarmConfiguration": {"Alarms": [], "IgnorePollAlarmFailure": False},
        "CommandId": facts.id,
        "Comment": document.comment,
        "CompletedCount": count.total() - live(count),
        "DeliveryTimedOutCount": count["DeliveryTimedOut"],
        "DocumentName": document.name,
        "DocumentVersion": document.version,
        "ErrorCount": count["Failed"] + count["ExecutionTimedOut"],
        "ExpiresAfter": Raw(epoch_text(
            time_ms + (DELIVERY_SECONDS + EXECUTION_SECONDS) * 1000)),
        "InstanceIds": list(nodes) if by_id else [],
        "MaxConcurrency": "50",
        "MaxErrors": max_errors,
        "OutputS3BucketName": "run-command" if document.stored else "",
        "OutputS3KeyPrefix": "ssm" if document.stored else "",
        "OutputS3Region": "us-east-1",
        "Parameters": PARAMETERS[facts.document],
        "RequestedDateTime": Raw(epoch_text(time_ms)),
        "ServiceRole": "",
        "Status": status,
        "StatusDetails": status_details,
        "TargetCount": count.total(),
        "Targets": [] if by_id else [
            {"Key": "tag:Environment", "Values": ["production", "staging"]}],
        "TimeoutSeconds": DELIVERY_SECONDS,
        "TriggeredAlarms": [],
        **document_outputs(document),
    }
    if facts.document == 2 and number % 4 == 0:
        command["AlarmConfiguration"]["Alarms"] = [{"Name": "too hot"}]
        command["TriggeredAlarms"] = [{"Name": "too hot", "State": "ALARM"}]
    return command
