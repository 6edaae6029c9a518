"""The test's side of the server: requests under /_mock/."""

import json

from message import Answer

PREFIX = "/_mock/"


def plain(value, status=200):
    """Return an answer with ordinary JSON."""
    return Answer(status=status, body=json.dumps(value).encode() + b"\n",
                  content_type="application/json")


def control(service, request):
    """Do what a request under PREFIX says; return the answer."""
    action = request.method, request.path[len(PREFIX):]
    if action == ("GET", "log"):
        return plain(service.journal.entries)
    if action == ("GET", "stats"):
        return plain({**service.journal.stats(), "faults": service.faults.applied})
    if action == ("POST", "reset"):
        service.reset()
        return plain({})
    if action == ("POST", "config"):
        try:
            service.configure(json.loads(request.body or b"{}"))
        except (ValueError, TypeError, AttributeError) as error:
            return plain({"error": str(error)}, 400)
        return plain({})
    return plain({"error": "no such control"}, 404)
