"""Which rows a request selects, and which of them its filters let through."""

from calendar import timegm
from math import gcd
from time import strptime

TIMES = ("InvokedAfter", "InvokedBefore")
EXECUTING = ("Pending", "InProgress", "Cancelling")

# The member of a node that each filter compares.
NODE_MEMBERS = {
    "ActivationIds": "ActivationId", "AgentVersion": "AgentVersion",
    "AssociationStatus": "AssociationStatus", "IamRole": "IamRole",
    "InstanceIds": "InstanceId", "PingStatus": "PingStatus",
    "PlatformTypes": "PlatformType", "ResourceType": "ResourceType",
    "SourceIds": "SourceId", "SourceTypes": "SourceType"}


def filter_values(request):
    """Return a request's filters as a dict: a value, or the list of them; times
    in epoch milliseconds."""
    values = {one.get("key", one.get("Key")): one.get("value", one.get("Values"))
              for one in request.get("Filters", [])}
    for key in TIMES:
        if key in values:
            values[key] = timegm(strptime(values[key], "%Y-%m-%dT%H:%M:%SZ")) * 1000
    return values


class Selection:
    """The rows of one request in order, as positions 0 to size - 1: explicit
    rows first, then computed ones.  Made anew for each page, at a cost that
    does not depend on the number of computed rows."""

    def __init__(self, settings, request, explicit, rows):
        """Take the explicit rows, and the numbers of the computed ones."""
        self.settings = settings
        self.wanted = filter_values(request)
        self.explicit = explicit
        self.rows = rows

    @property
    def size(self):
        """The number of positions."""
        return len(self.explicit) + len(self.rows)

    def place(self, position):
        """Return (explicit row or None, number of the computed row)."""
        if self.settings.shuffle:
            step = next(n for n in range(self.size * 5 // 8, self.size * 2 + 2)
                        if n > 0 and gcd(n, self.size) == 1)
            position = (position * step + self.size // 3) % self.size
        if position < len(self.explicit):
            return self.explicit[position], None
        return None, self.rows[position - len(self.explicit)]

    def cut(self, dataset, basis):
        """Keep what lies within the request's times, unless they are left to
        the pages."""
        if self.settings.time_per_page:
            return
        self.rows = dataset.cut(self.rows, *map(self.wanted.get, TIMES),
                                basis, self.settings.time_bounds)
        self.explicit = [row for row in self.explicit
                         if self.in_time(self.explicit_ms(row))]

    def explicit_ms(self, row):
        """Return the time of an explicit row that time filters compare."""
        seconds = row.get("RequestedDateTime")
        if not isinstance(seconds, (int, float)):
            return None
        return round(seconds * 1000)

    def in_time(self, time):
        """Say whether a time (milliseconds or None) passes the filters."""
        after, before = map(self.wanted.get, TIMES)
        bounds = self.settings.time_bounds
        if time is None:
            return after is None and before is None
        late = after is None or time > after or (
            time == after and bounds != "open")
        early = before is None or time < before or (
            time == before and bounds == "closed")
        return late and early

    def status_fits(self, status, details):
        """Say whether a row with this status passes the Status filter."""
        wanted = self.wanted["Status"]
        mode = self.settings.status_matches
        if wanted == "TimedOut":
            return status == wanted
        return (mode != "details" and status == wanted
                or mode != "status" and details == wanted)


class Invocations(Selection):
    """The rows of ListCommandInvocations."""

    def __init__(self, dataset, settings, request):
        """Select by ids and, unless they are left to the pages, times."""
        command_id = request.get("CommandId")
        instance_id = request.get("InstanceId")
        super().__init__(
            settings, request,
            [row for row in dataset.explicit["ListCommandInvocations"]
             if command_id in (None, row.get("CommandId"))
             and instance_id in (None, row.get("InstanceId"))],
            dataset.select(command_id, instance_id))
        self.dataset = dataset
        self.details = request.get("Details", False)
        self.cut(dataset, dataset.command_ms if settings.time_basis == "command"
                 else dataset.request_ms)
        if settings.now is not None:
            self.rows = dataset.cut(self.rows, None, settings.now * 1000,
                                    dataset.request_ms, "half")

    def passes(self, position):
        """Say whether the row at a position passes the filters that are
        applied to pages."""
        row, i = self.place(position)
        if "Status" in self.wanted:
            pair = (self.dataset.status(i) if row is None else
                    (row.get("Status"), row.get("StatusDetails")))
            if not self.status_fits(*pair):
                return False
        if "DocumentName" in self.wanted:
            name = (self.dataset.document_name(i) if row is None
                    else row.get("DocumentName"))
            if name != self.wanted["DocumentName"]:
                return False
        if not self.settings.time_per_page:
            return True
        if row is not None:
            return self.in_time(self.explicit_ms(row))
        command = self.settings.time_basis == "command"
        return self.in_time(self.dataset.command_ms(i) if command
                            else self.dataset.request_ms(i))

    def serve(self, position):
        """Return what is served for a position: a dict or raw JSON text."""
        row, i = self.place(position)
        if row is None and self.settings.render_cache:
            return self.dataset.row_text(i, self.details)
        if row is None:
            return self.dataset.row(i, self.details)
        if "CommandPlugins" in row and not self.details:
            return {**row, "CommandPlugins": []}
        return row


class Commands(Selection):
    """The rows of ListCommands."""

    def __init__(self, dataset, settings, request):
        """Select by ids and, unless they are left to the pages, times."""
        command_id = request.get("CommandId")
        instance_id = request.get("InstanceId")
        super().__init__(
            settings, request,
            [row for row in dataset.explicit["ListCommands"]
             if command_id in (None, row.get("CommandId"))
             and (instance_id is None
                  or instance_id in row.get("InstanceIds", []))],
            dataset.select_commands(command_id, instance_id))
        self.dataset = dataset
        self.cut(dataset, dataset.sent_ms)

    def passes(self, position):
        """Say whether the row at a position passes the filters that are
        applied to pages."""
        row, number = self.place(position)
        if row is None:
            row, time = self.dataset.command_row(number), self.dataset.sent_ms(number)
        else:
            time = self.explicit_ms(row)
        status, stage = row.get("Status"), self.wanted.get("ExecutionStage")
        name = self.wanted.get("DocumentName")
        return (("Status" not in self.wanted
                 or self.status_fits(status, row.get("StatusDetails")))
                and name in (None, row.get("DocumentName"))
                and (stage is None
                     or (stage == "Executing") == (status in EXECUTING))
                and (not self.settings.time_per_page or self.in_time(time)))

    def serve(self, position):
        """Return the command at a position as a dict."""
        row, number = self.place(position)
        return self.dataset.command_row(number) if row is None else row


class Nodes(Selection):
    """The rows of DescribeInstanceInformation."""

    def __init__(self, dataset, settings, request):
        """Select by ids."""
        super().__init__(
            settings, request, dataset.explicit["DescribeInstanceInformation"],
            range(dataset.nodes))
        self.dataset = dataset
        ids = self.wanted.get("InstanceIds")
        if ids is not None:
            self.explicit = [row for row in self.explicit
                             if row.get("InstanceId") in ids]
            self.rows = sorted({dataset.find_node(each) for each in ids} - {None})

    def passes(self, position):
        """Say whether the node at a position passes the filters."""
        row = self.serve(position)
        return all(row.get(NODE_MEMBERS.get(key)) in values
                   for key, values in self.wanted.items())

    def serve(self, position):
        """Return the node at a position as a dict."""
        row, number = self.place(position)
        return self.dataset.node_row(number) if row is None else row
