"""Remembers what happened: the log of requests, and counters."""

from collections import Counter
from time import monotonic


class Journal:
    """The log and counters since the last reset."""

    def __init__(self):
        """Start empty, with nothing in flight and no connection open."""
        self.in_flight = 0
        self.open = 0
        self.reset()

    def reset(self):
        """Empty the log and the counters; requests in flight and open
        connections stay so."""
        self.entries = []
        self.connections = set()
        self.peak = self.in_flight
        self.throttled = 0

    def begin(self, connection, request, body, operation):
        """Log a request as it arrives and return its entry.  body is the
        parsed body, or its text if it is not JSON; operation is the name of
        one that is known, or None."""
        self.in_flight += 1
        self.peak = max(self.peak, self.in_flight)
        self.connections.add(connection)
        entry = {"n": len(self.entries) + 1, "connection": connection,
                 "method": request.method, "path": request.path,
                 "headers": request.header_dict(), "body": body,
                 "operation": operation,
                 "started": monotonic(), "finished": None,
                 "status": None, "error": None, "invalid": None}
        self.entries.append(entry)
        return entry

    def finish(self, entry):
        """Note that a request's answer is sent or given up."""
        self.in_flight -= 1
        entry["finished"] = monotonic()

    def stats(self):
        """Return the counters as a dict."""
        return {
            "requests": len(self.entries),
            "operations": Counter(entry["operation"] for entry in self.entries
                                  if entry["operation"]),
            "peak_in_flight": self.peak,
            "in_flight": self.in_flight,
            "connections": len(self.connections),
            "open": self.open,
            "errors": sum(1 for entry in self.entries if entry["error"]),
            "throttled": self.throttled,
            "invalid": sum(1 for entry in self.entries if entry["invalid"]),
        }
