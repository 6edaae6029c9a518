"""The service: from an HTTP request to the answer it deserves."""

import json
import sys
import time
import traceback
from uuid import UUID

from dataset import Dataset
from faults import Faults
from journal import Journal
from message import JSON_TYPE, Answer, error_answer
from operations import NoAnswer, find_operation
from paging import BadToken
from settings import load

CACHE_BYTES = 256 << 20


class Bucket:
    """Lets a number of requests through per second, and a second's worth at
    once."""

    def __init__(self, rate):
        """Start full; a rate of None lets all through."""
        self.rate = rate
        self.level = max(1, rate or 0)
        self.updated = time.monotonic()

    def take(self):
        """Take a token; say whether there was one."""
        if self.rate is None:
            return True
        now = time.monotonic()
        self.level = min(max(1, self.rate),
                         self.level + (now - self.updated) * self.rate)
        self.updated = now
        if self.level < 1:
            return False
        self.level -= 1
        return True


class Service:
    """One configured stand-in.  configure() makes it anew."""

    def __init__(self, config):
        """Start with a config dict.  Raises ValueError."""
        self.journal = Journal()
        self.configure(config)

    def configure(self, config):
        """Replace the whole configuration and reset the log.  Raises
        ValueError, and changes nothing, for a bad one."""
        settings = load(config)
        faults = Faults(settings.faults)
        self.settings = settings
        self.faults = faults
        self.dataset = Dataset(settings)
        self.cache = {}
        self.cached_bytes = 0
        self.reset()

    def reset(self):
        """Reset the log, the counters, and all that counts requests."""
        self.journal.reset()
        self.faults.reset()
        self.bucket = Bucket(self.settings.throttle_rate)

    def now(self):
        """Return the service's time in epoch seconds."""
        return time.time() + self.settings.clock_offset

    def handle(self, connection, http):
        """Log a request and return (log entry, answer).  The caller calls
        journal.finish with the entry when the answer is sent."""
        try:
            body = json.loads(http.body)
        except ValueError:
            body = http.body.decode("utf-8", "replace")
        request = body if isinstance(body, dict) else {}
        operation = find_operation(http.header("x-amz-target"))
        entry = self.journal.begin(connection, http, body,
                                   operation and operation.name)
        try:
            answer = self.answer(operation, http, request, entry)
            answer.delay = self.settings.page_latency
            number = entry["n"]
            answer.headers["x-amzn-RequestId"] = str(UUID(int=(4 << 76) + (8 << 60) + number))
            self.faults.apply(number, operation, http, request, answer)
        except Exception:
            traceback.print_exc(file=sys.stderr)
            answer = error_answer("StandInBroken", "see its stderr", 500)
        entry["status"] = answer.status
        entry["error"] = answer.code
        return entry, answer

    def answer(self, operation, http, request, entry):
        """Return the answer to a request for an operation (None: unknown),
        before faults; notes in its log entry why it is invalid, if it is."""
        if not self.bucket.take():
            self.journal.throttled += 1
            return error_answer("ThrottlingException", "Rate exceeded")
        if http.method != "POST" or operation is None:
            return self.invalid(entry, "UnknownOperationException", None)
        if http.header("content-type") != JSON_TYPE:
            return self.invalid(entry, "SerializationException",
                                "Content-Type must be " + JSON_TYPE)
        if self.settings.validate:
            from signature import verify
            from validation import Rejected, parse, validate
            try:
                verify(http, self.settings, self.now(), operation.name)
                validate(parse(http.body), operation.name)
            except Rejected as error:
                return self.invalid(entry, error.code, error.message)
        return self.known_ids(request) or self.page(operation, request, entry)

    def invalid(self, entry, code, message):
        """Return the answer to a request that no client should send, and
        note it in the log."""
        entry["invalid"] = f"{code}: {message}"
        return error_answer(code, message)

    def known_ids(self, request):
        """Return the error for an id that the configuration refuses, or
        None."""
        settings = self.settings
        asked = requested_nodes(request)
        refused = not asked.isdisjoint(settings.rejected)
        if settings.reject_unknown:
            known = {row.get("InstanceId") for rows in settings.explicit.values()
                     for row in rows}
            refused = refused or any(
                self.dataset.find_node(each) is None for each in asked - known)
        if refused:
            return error_answer("InvalidInstanceId", "", member="Message")
        if request.get("CommandId") in settings.invalid_commands:
            return error_answer("InvalidCommandId")
        return None

    def page(self, operation, request, entry):
        """Return the page that a valid request asks for."""
        if not self.settings.render_cache:
            return self.fresh_page(operation, request, entry)
        key = operation.name, json.dumps(request, sort_keys=True)
        known = self.cache.get(key)
        if known is not None:
            return Answer(known[0], body=known[1])
        answer = self.fresh_page(operation, request, entry)
        if not self.faults.rules and answer.status == 200:
            self.cached_bytes += len(answer.render())
            if self.cached_bytes <= CACHE_BYTES:
                self.cache[key] = answer.members, answer.body
        return answer

    def fresh_page(self, operation, request, entry):
        """Return the page that a valid request asks for, computed."""
        try:
            return Answer(operation.answer(operation, self.dataset,
                                           self.settings, request))
        except BadToken:
            entry["invalid"] = "InvalidNextToken"
            return error_answer("InvalidNextToken", "", member="Message")
        except NoAnswer as error:
            return error_answer(error.code)


def requested_nodes(request):
    """Return the set of InstanceIds that a request names."""
    nodes = {request["InstanceId"]} if "InstanceId" in request else set()
    for one in request.get("Filters", []):
        if one.get("Key") == "InstanceIds":
            nodes.update(one["Values"])
    return nodes
