"""What one computed invocation looks like.

An invocation is its kind (status, document, output: shared by many) filled
with its own values (ids, names, times).  Templates use that split to write
rows fast: a kind's JSON is rendered once, with blanks for the values.
"""

import re
from collections import namedtuple

from jsontext import Raw, dump, epoch_text

Kind = namedtuple("Kind", "status document text")
Status = namedtuple("Status", "status details code started slots")
Document = namedtuple("Document", "name version comment stored steps slots")
# Bytes of output that a step wrote, and that the list keeps of them.
Sizes = namedtuple("Sizes", "written kept")

# code is a started plugin's ResponseCode; slots is the share in 100 rows.
STATUSES = (
    Status("Success", "Success", 0, True, 80),
    Status("Failed", "Failed", 1, True, 5),
    Status("Failed", "Failed", 3221225477, True, 1),
    Status("Failed", "Undeliverable", -1, False, 2),
    Status("TimedOut", "ExecutionTimedOut", 137, True, 2),
    Status("TimedOut", "DeliveryTimedOut", -1, False, 1),
    Status("Cancelled", "Cancelled", -1, True, 2),
    Status("Cancelled", "Terminated", -1, False, 1),
    Status("InProgress", "InProgress", -1, True, 2),
    Status("Pending", "Pending", -1, False, 2),
    Status("Pending", "Delayed", -1, False, 1),
    Status("Cancelling", "Cancelling", -1, True, 1),
)

# stored: output goes to a bucket too; slots is the share in 10 commands.
DOCUMENTS = (
    Document("AWS-RunShellScript", "", "", False,
             ("aws:runShellScript",), 3),
    Document("AWS-RunShellScript", "$DEFAULT", "Größe \"prüfen\": 100 %", True,
             ("aws:runShellScript",), 2),
    Document("AWS-RunPatchBaseline", "1", "nightly patch run", False,
             ("PatchWindows", "PatchLinux"), 3),
    Document("arn:aws:ssm:us-east-1::document/AWS-RunShellScript", "1", "",
             False, ("aws:runShellScript",), 2),
)

CUT = "\n---Output truncated---"
OUTPUTS = (
    "done\n",
    "Reading package lists...\nBuilding dependency tree...\n0 upgraded\n",
    "\u001b[32mOK\u001b[0m service \"nginx\" is running\n",
    "Filesystem\tSize  Used Avail Use%\r\n/dev/xvda1\t 8.0G  3.1G  4.9G  39%\r\n",
    "Prüfung der Größe: ä ö ü ß €\n",
    "{\"ok\": true, \"path\": \"C:\\\\Windows\\\\Temp\"}\n",
    "",
    "stdout\n----------ERROR-------\nfailed to run commands: exit status 1",
)


def spread(choices):
    """Return a tuple that holds each choice's number, slots times."""
    return tuple(number for number, choice in enumerate(choices)
                 for _ in range(choice.slots))


STATUS_SLOTS = spread(STATUSES)
DOCUMENT_SLOTS = spread(DOCUMENTS)


def instance_name(node):
    """Return the InstanceName of a node: none, a domain name or a Windows
    name."""
    return ("", f"ip-10-0-{node // 250 % 250}-{node % 250}.ec2.internal",
            f"web-{node:04d}.prod.example.com", f"EC2AMAZ-{node:07d}.WORKGROUP",
            )[node % 4]


class Values:
    """What one row has for itself."""

    __slots__ = ("command_id", "instance_id", "instance_name", "request_ms")

    def __init__(self, command_id, instance_id, name, request_ms):
        """Keep the ids and name (text) and the time (epoch milliseconds)."""
        self.command_id = command_id
        self.instance_id = instance_id
        self.instance_name = name
        self.request_ms = request_ms

    def time(self, offset):
        """Return the time that many milliseconds after the request."""
        return Raw(epoch_text(self.request_ms + offset))


class Blanks:
    """Stands for a row's values in a template."""

    command_id = "\x7fcommand\x7f"
    instance_id = "\x7finstance\x7f"
    instance_name = "\x7fname\x7f"

    def time(self, offset):
        """Return the blank for a time."""
        return Raw(b"\x7ft%d\x7f" % offset)


def clipped(text, size):
    """Return a text repeated to nearly size bytes of UTF-8, never above."""
    encoded = text.encode()
    encoded = (encoded * (size // len(encoded) + 1))[:size] if encoded else b""
    return encoded.decode("utf-8", "ignore")


def kept_output(text, sizes):
    """Return what the list keeps of an output of sizes.written bytes, whose
    end shows that some is missing."""
    if sizes.kept >= sizes.written:
        return clipped(text, sizes.written)
    return (clipped(text, max(0, sizes.kept - len(CUT))) + CUT
            if text else "")


def step_name(document, number):
    """Return the name of the step with that number (from 0)."""
    steps = document.steps
    return steps[number] if number < len(steps) else f"step{number + 1}"


def step_status(status):
    """Return the Status and StatusDetails of a step as a dict: a step is not
    being cancelled, it runs."""
    if status.status == "Cancelling":
        return {"Status": "InProgress", "StatusDetails": "InProgress"}
    return {"Status": status.status, "StatusDetails": status.details}


def step_times(kind, number):
    """Return how many milliseconds after the request a step started and
    finished; None for what it has not done."""
    status = STATUSES[kind.status]
    if not status.started:
        return None, None
    start = 1250 + 2003 * number
    runs = step_status(status)["Status"] == "InProgress"
    return start, None if runs else start + 1700


def document_outputs(document):
    """Return the members, as a dict, that say where notifications and logs
    go."""
    stored = document.stored
    return {
        "CloudWatchOutputConfig": {
            "CloudWatchLogGroupName": "/aws/ssm/" + document.name if stored else "",
            "CloudWatchOutputEnabled": stored},
        "NotificationConfig": {
            "NotificationArn":
                "arn:aws:sns:us-east-1:123456789012:runs" if stored else "",
            "NotificationEvents": ["Failed", "TimedOut"] if stored else [],
            "NotificationType": "Invocation" if stored else ""},
    }


def urls(document, values, step):
    """Return a step's (StandardOutputUrl, StandardErrorUrl)."""
    if not document.stored:
        return "", ""
    folder = (f"https://s3.us-east-1.amazonaws.com/run-command/ssm/"
              f"{values.command_id}/{values.instance_id}/{step}")
    return folder + "/stdout", folder + "/stderr"


def build_plugin(kind, values, number, sizes):
    """Return the plugin with that number (from 0), with output of those
    sizes."""
    status = STATUSES[kind.status]
    document = DOCUMENTS[kind.document]
    name = step_name(document, number)
    out_url, error_url = urls(document, values, name.replace(":", ""))
    plugin = {
        "Name": name,
        "Output": "",
        "OutputS3BucketName": "run-command" if document.stored else "",
        "OutputS3KeyPrefix": "ssm" if document.stored else "",
        "OutputS3Region": "us-east-1",
        "ResponseCode": status.code,
        "StandardErrorUrl": error_url,
        "StandardOutputUrl": out_url,
        **step_status(status),
    }
    start, finish = step_times(kind, number)
    if start is not None:
        plugin["ResponseStartDateTime"] = values.time(start)
    if finish is not None:
        plugin["ResponseFinishDateTime"] = values.time(finish)
        plugin["Output"] = kept_output(OUTPUTS[kind.text], sizes)
    return plugin


def build_invocation(kind, values, plugins, sizes):
    """Return an invocation as a dict, with that many plugins (0 when the
    request did not ask for details) and output of those sizes for each."""
    status = STATUSES[kind.status]
    document = DOCUMENTS[kind.document]
    out_url, error_url = urls(document, values, "0.awsrunShellScript")
    invocation = {
        "CommandId": values.command_id,
        "CommandPlugins": [build_plugin(kind, values, number, sizes)
                           for number in range(plugins)],
        "Comment": document.comment,
        "DocumentName": document.name,
        "DocumentVersion": document.version,
        "InstanceId": values.instance_id,
        "InstanceName": values.instance_name,
        "RequestedDateTime": values.time(0),
        "ServiceRole": "",
        "StandardErrorUrl": error_url,
        "StandardOutputUrl": out_url,
        "Status": status.status,
        "StatusDetails": status.details,
        **document_outputs(document),
    }
    if status.details == "Undeliverable":
        invocation["TraceOutput"] = ""
    return invocation


class Template:
    """A kind's JSON text with blanks."""

    def __init__(self, kind, plugins, sizes):
        """Render the kind once; the arguments are build_invocation's."""
        text = dump(build_invocation(kind, Blanks(), plugins, sizes))
        blanks = sorted(set(re.findall(rb"\x7ft(\d+)\x7f", text)))
        self.times = [(b"t" + offset, int(offset)) for offset in blanks]
        self.text = re.sub(rb"\x7f(\w+)\x7f", rb"%(\1)b",
                           text.replace(b"%", b"%%"))

    def fill(self, values):
        """Return the JSON text of the row with these values."""
        blanks = {b"command": values.command_id.encode(),
                  b"instance": values.instance_id.encode(),
                  b"name": values.instance_name.encode()}
        request_ms = values.request_ms
        for name, offset in self.times:
            blanks[name] = epoch_text(request_ms + offset)
        return Raw(self.text % blanks)
