"""Turns a valid request into one page: selects rows, filters them, and makes
and reads the NextToken."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from calendar import timegm
from math import gcd
from time import strptime

from dataset import mix

DEFAULT_PAGE = 50
TOKEN_KEY = b"only this service can make its tokens"


class BadToken(Exception):
    """A NextToken that this service did not give for these parameters."""


def fingerprint(request):
    """Return a short hash of all parameters but the NextToken."""
    others = {name: request[name] for name in request if name != "NextToken"}
    return hashlib.sha256(
        json.dumps(others, sort_keys=True).encode()).hexdigest()[:16]


def sign(text):
    """Return the seal of a token's content."""
    return hmac.digest(TOKEN_KEY, text, "sha256")[:12]


def make_token(request, position, repeated):
    """Return the token for the page that starts at a position, after a few
    repeated rows given by their positions."""
    text = json.dumps([position, repeated, fingerprint(request)],
                      separators=(",", ":")).encode()
    return urlsafe_b64encode(sign(text) + text).decode()


def read_token(request):
    """Return (position, repeated positions) from a request's NextToken.
    What follows a "~" is padding.  Raises BadToken."""
    token = request.get("NextToken")
    if token is None:
        return 0, []
    try:
        content = urlsafe_b64decode(token.partition("~")[0].encode())
        seal, text = content[:12], content[12:]
        if not hmac.compare_digest(seal, sign(text)):
            raise BadToken
        position, repeated, parameters = json.loads(text)
    except ValueError:
        raise BadToken from None
    if parameters != fingerprint(request):
        raise BadToken
    return position, repeated


def filter_values(request):
    """Return a request's filters as a dict; times in epoch milliseconds."""
    values = {one["key"]: one["value"] for one in request.get("Filters", [])}
    for key in ("InvokedAfter", "InvokedBefore"):
        if key in values:
            values[key] = timegm(strptime(values[key], "%Y-%m-%dT%H:%M:%SZ")) * 1000
    return values


def without(request, ignored):
    """Return a request without the members and filters of these names."""
    kept = {name: value for name, value in request.items()
            if name not in ignored}
    if "Filters" in kept:
        kept["Filters"] = [one for one in kept["Filters"]
                           if one["key"] not in ignored]
    return kept


class Selection:
    """The rows of one request in order, as positions 0 to size - 1: explicit
    rows first, then computed ones.  Made anew for each page, at a cost that
    does not depend on the number of computed rows."""

    def __init__(self, dataset, settings, request):
        """Select by ids and, unless they are left to the pages, times."""
        self.dataset = dataset
        self.settings = settings
        self.wanted = filter_values(request)
        self.details = request.get("Details", False)
        command_id = request.get("CommandId")
        instance_id = request.get("InstanceId")
        self.rows = dataset.select(command_id, instance_id)
        self.explicit = [
            row for row in dataset.explicit
            if command_id in (None, row.get("CommandId"))
            and instance_id in (None, row.get("InstanceId"))]
        if not settings.time_per_page:
            self.rows = dataset.cut(
                self.rows, self.wanted.get("InvokedAfter"),
                self.wanted.get("InvokedBefore"),
                settings.time_basis, settings.time_bounds)
            self.explicit = [row for row in self.explicit
                             if self.in_time(self.explicit_ms(row))]
        self.size = len(self.explicit) + len(self.rows)

    def place(self, position):
        """Return (explicit row or None, number of the computed row)."""
        if self.settings.shuffle:
            step = next(n for n in range(self.size * 5 // 8, self.size * 2 + 2)
                        if n > 0 and gcd(n, self.size) == 1)
            position = (position * step + self.size // 3) % self.size
        if position < len(self.explicit):
            return self.explicit[position], None
        return None, self.rows[position - len(self.explicit)]

    def explicit_ms(self, row):
        """Return the time of an explicit row that time filters compare."""
        seconds = row.get("RequestedDateTime")
        if not isinstance(seconds, (int, float)):
            return None
        return round(seconds * 1000)

    def in_time(self, time):
        """Say whether a time (milliseconds or None) passes the filters."""
        after = self.wanted.get("InvokedAfter")
        before = self.wanted.get("InvokedBefore")
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

    def invocation(self, position):
        """Return what is served for a position: a dict or raw JSON text."""
        row, i = self.place(position)
        if row is None and self.settings.render_cache:
            return self.dataset.row_text(i, self.details)
        if row is None:
            return self.dataset.row(i, self.details)
        if "CommandPlugins" in row and not self.details:
            return {**row, "CommandPlugins": []}
        return row


def short_size(settings, size, start):
    """Return how many rows to read for a page that may hold size."""
    if not settings.short_pages:
        return size
    return max(1, size - 1 - mix(start) % (size // 3 + 1))


def read_page(dataset, settings, request):
    """Return the answer to a valid request as a dict of its members.
    Raises BadToken."""
    start, repeated = read_token(request)
    selection = Selection(dataset, settings, without(request, settings.ignored))
    size = request.get("MaxResults", DEFAULT_PAGE)
    fresh = short_size(settings, size - len(repeated), start)
    end = min(start + fresh, selection.size)
    if settings.filter_mode == "index":
        found = []
        end = start
        while end < selection.size and len(found) < fresh:
            if selection.passes(end):
                found.append(end)
            end += 1
    elif selection.wanted:
        found = [at for at in range(start, end) if selection.passes(at)]
    else:
        found = range(start, end)
    given = [*repeated, *found]
    answer = {"CommandInvocations": [selection.invocation(at) for at in given]}
    if end < selection.size:
        again = given[-min(settings.repeat_rows, size - 1):]
        answer["NextToken"] = make_token(
            request, end, again if settings.repeat_rows and size > 1 else [])
    elif settings.last_token != "absent":
        answer["NextToken"] = None if settings.last_token == "null" else ""
    return answer
