"""Faults on demand: a table from a fault's name to the function that spoils
an answer.  What each does, and how rules choose requests, is in server.py."""

import gzip
import json
import random
from base64 import b64decode

from message import error_answer
from paging import fingerprint

ENDINGS = ("before", "headers", "body", "after")


def do_status(answer, value, do, seen):
    """Replace the answer by an error: status, with code and message if they
    are given, otherwise with an empty body."""
    if "code" in do:
        made = error_answer(do["code"], do.get("message"), value)
        answer.members, answer.code = made.members, made.code
    else:
        answer.members, answer.code = None, None if value < 300 else str(value)
    answer.status, answer.body = value, None


def do_type_header(answer, value, do, seen):
    """Send the error's code in the header x-amzn-ErrorType only."""
    if value:
        answer.headers["x-amzn-ErrorType"] = answer.members.pop("__type")


def do_echo_authorization(answer, value, do, seen):
    """Put the received signature and session token into the message."""
    if value:
        names = ("authorization", "x-amz-security-token")
        received = [seen.http.header(name) or "" for name in names]
        answer.members["message"] = " ".join(
            [answer.members.get("message") or "", *received]).strip()


def do_rows_patch(answer, value, do, seen):
    """Merge members into each row of a list."""
    rows = (answer.members or {}).get(seen.operation and seen.operation.rows, [])
    rows[:] = [{**(json.loads(row) if isinstance(row, bytes) else row), **value}
               for row in rows]


def do_repeat_token(answer, value, do, seen):
    """Answer with the token that came with the request, or ("first") with
    the token of the first page."""
    token = seen.first_token if value == "first" else seen.request.get("NextToken")
    if token and answer.status == 200:
        answer.members["NextToken"] = token


def do_token_bytes(answer, value, do, seen):
    """Pad the token to a length; it stays valid."""
    token = (answer.members or {}).get("NextToken")
    if token:
        answer.members["NextToken"] = (token + "~").ljust(value, "x")


def do_merge(answer, value, do, seen):
    """Merge members into the top level."""
    answer.members = {**(answer.members or {}), **value}


def do_raw(answer, value, do, seen):
    """Answer with this text instead of JSON made from members."""
    answer.body = value.encode("utf-8", "surrogateescape")


def do_raw_base64(answer, value, do, seen):
    """Answer with these bytes."""
    answer.body = b64decode(value)


def do_pad(answer, value, do, seen):
    """Put white space in front of the body."""
    answer.body = b" " * value + answer.render()


def do_truncate(answer, value, do, seen):
    """Keep the body's first bytes; from the end if negative."""
    answer.body = answer.render()[:value]


def do_gzip(answer, value, do, seen):
    """Compress the body."""
    if value:
        answer.body = gzip.compress(answer.render(), 1)
        answer.headers["Content-Encoding"] = "gzip"


def do_chunked(answer, value, do, seen):
    """Send the body in chunks."""
    answer.chunked = bool(value)


def do_content_length(answer, value, do, seen):
    """Claim a wrong length: half of it, 100 more, or a number."""
    actual = len(answer.render())
    answer.length = {"short": actual // 2, "long": actual + 100}.get(value, value)
    if answer.length > actual and answer.end is None:
        answer.end = ("close", "after")


def do_headers(answer, value, do, seen):
    """Add or replace headers; null removes one."""
    answer.headers.update(value)
    for name in [name for name in value if value[name] is None]:
        del answer.headers[name]


def do_wire(answer, value, do, seen):
    """Send these bytes for the whole answer, then close."""
    answer.wire = value.encode()
    answer.end = ("close", "after")


def do_delay(answer, value, do, seen):
    """Wait before anything is sent."""
    answer.delay += value


def do_stall(answer, value, do, seen):
    """Stop in the middle of the head or of the body, for some seconds or
    until the client goes away."""
    if isinstance(value, str):
        answer.stall = (value, None)
    else:
        (answer.stall,) = value.items()


def do_drip(answer, value, do, seen):
    """Send that many bytes per second."""
    answer.drip = value


def do_reset(answer, value, do, seen):
    """Reset the connection at some point of the answer."""
    answer.end = ("reset", value)


def do_close(answer, value, do, seen):
    """Close the connection at some point of the answer."""
    answer.end = ("close", value)


def do_nothing(answer, value, do, seen):
    """A word that another fault reads."""


# In the order in which they are applied: JSON members, bytes, framing, wire.
FAULTS = {
    "status": do_status, "code": do_nothing, "message": do_nothing,
    "type_header": do_type_header, "echo_authorization": do_echo_authorization,
    "rows_patch": do_rows_patch, "repeat_token": do_repeat_token,
    "token_bytes": do_token_bytes, "merge": do_merge,
    "raw": do_raw, "raw_base64": do_raw_base64, "pad": do_pad,
    "truncate": do_truncate, "gzip": do_gzip, "chunked": do_chunked,
    "headers": do_headers, "wire": do_wire, "delay": do_delay, "stall": do_stall,
    "drip": do_drip, "reset": do_reset, "close": do_close,
    "content_length": do_content_length,
}


class Seen:
    """What a fault may look at: the operation or None, the HTTP request, its
    body as a dict, and the first token given for its parameters."""

    def __init__(self, operation, http, request, first_token):
        """Keep the four."""
        self.operation = operation
        self.http = http
        self.request = request
        self.first_token = first_token


class Faults:
    """The rules of one configuration."""

    def __init__(self, rules):
        """Take the rules.  Raises ValueError for one that cannot be meant."""
        for rule in rules:
            unknown = (set(rule) - {"on", "times", "do"}
                       or set(rule.get("do", {})) - set(FAULTS))
            if unknown or "on" not in rule or "do" not in rule:
                raise ValueError(f"bad fault: {rule}")
            for name in ("reset", "close"):
                if rule["do"].get(name, "before") not in ENDINGS:
                    raise ValueError(f"bad {name}: {rule}")
        self.rules = rules
        self.reset()

    def reset(self):
        """Forget how often each rule was applied, and all tokens; begin the
        row of chances anew."""
        self.applied = [0] * len(self.rules)
        self.chances = random.Random(1)
        self.first_tokens = {}

    def apply(self, number, operation, http, request, answer):
        """Apply the rules that fit the request with that number for that
        operation (or None) to its answer.  request is the body if that was a
        JSON object, else {}."""
        if not self.rules:
            return
        token = (answer.members or {}).get("NextToken")
        name = operation and operation.name
        key = fingerprint(name, request)
        if "NextToken" not in request and token:
            self.first_tokens[key] = token
        seen = Seen(operation, http, request, self.first_tokens.get(key))
        for index, rule in enumerate(self.rules):
            if (self.applied[index] < rule.get("times", float("inf"))
                    and self.fits(rule["on"], number, name, request)):
                self.applied[index] += 1
                for fault, spoil in FAULTS.items():
                    if fault in rule["do"]:
                        spoil(answer, rule["do"][fault], rule["do"], seen)

    def fits(self, on, number, operation, request):
        """Say whether a rule's "on" means the request with this number for
        the operation with this name."""
        if on == "all":
            return True
        if isinstance(on, list):
            return number in on
        if not isinstance(on, dict):
            return number == on
        if "every" in on:
            return number % on["every"] == 0
        if "chance" in on:
            return self.chances.random() < on["chance"]
        return (on.get("operation", operation) == operation
                and all(request.get(name) == value for name, value in on.get("match", {}).items())
                and not any(request.get(name) == value
                            for name, value in on.get("unless", {}).items()))
