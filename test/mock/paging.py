"""Turns a valid request into one page: filters the rows that it selects, and
makes and reads the NextToken."""

import hashlib
import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode

from dataset import mix

DEFAULT_PAGE = 50
TOKEN_KEY = b"only this service can make its tokens"


class BadToken(Exception):
    """A NextToken that this service did not give for these parameters."""


def fingerprint(operation, request):
    """Return a short hash of an operation's name and all parameters but the
    NextToken."""
    others = {name: request[name] for name in request if name != "NextToken"}
    return hashlib.sha256(
        json.dumps([operation, others], sort_keys=True).encode()).hexdigest()[:16]


def sign(text):
    """Return the seal of a token's content."""
    return hmac.digest(TOKEN_KEY, text, "sha256")[:12]


def make_token(parameters, position, repeated):
    """Return the token for the page that starts at a position, after a few
    repeated rows given by their positions; parameters is the request's
    fingerprint."""
    text = json.dumps([position, repeated, parameters],
                      separators=(",", ":")).encode()
    return urlsafe_b64encode(sign(text) + text).decode()


def read_token(token, expected):
    """Return (position, repeated positions) from a NextToken, or None for the
    first page; expected is the request's fingerprint.  What follows a "~" is
    padding.  Raises BadToken."""
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
    if parameters != expected:
        raise BadToken
    return position, repeated


def without(request, ignored):
    """Return a request without the members and filters of these names."""
    kept = {name: value for name, value in request.items()
            if name not in ignored}
    if "Filters" in kept:
        kept["Filters"] = [one for one in kept["Filters"]
                           if one.get("key", one.get("Key")) not in ignored]
    return kept


def short_size(settings, size, start):
    """Return how many rows to read for a page that may hold size."""
    if not settings.short_pages:
        return size
    return max(1, size - 1 - mix(start) % (size // 3 + 1))


def read_page(operation, dataset, settings, request):
    """Return the answer to a valid request of an operation that lists rows,
    as a dict of its members.  Raises BadToken."""
    parameters = fingerprint(operation.name, request)
    start, repeated = read_token(request.get("NextToken"), parameters)
    selection = operation.select(dataset, settings,
                                 without(request, settings.ignored))
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
    answer = {operation.rows: [selection.serve(at) for at in given]}
    if end < selection.size:
        again = given[-min(settings.repeat_rows, size - 1):]
        answer["NextToken"] = make_token(
            parameters, end, again if settings.repeat_rows and size > 1 else [])
    elif settings.last_token != "absent":
        answer["NextToken"] = None if settings.last_token == "null" else ""
    return answer
