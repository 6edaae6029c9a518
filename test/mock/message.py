"""HTTP messages: reads a request from bytes, and makes the bytes of an
answer."""

from http import HTTPStatus
from time import gmtime

from jsontext import dump

LARGEST_REQUEST = 1 << 20
TLS_HANDSHAKE = b"\x16\x03"
JSON_TYPE = "application/x-amz-json-1.1"
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep",
          "Oct", "Nov", "Dec")


class BadRequest(Exception):
    """Bytes that are not an HTTP request this server understands."""


class Request:
    """A request as received: method, path with query, headers as (lower-case
    name, value) pairs in order, and body bytes."""

    def __init__(self, method, path, headers, body):
        """Keep the parts."""
        self.method = method
        self.path = path
        self.headers = headers
        self.body = body

    def header(self, name):
        """Return the value of the first header with this lower-case name, or
        None."""
        return next((value for key, value in self.headers if key == name), None)

    def header_dict(self):
        """Return all headers as a dict; repeated ones are joined."""
        joined = {}
        for name, value in self.headers:
            joined[name] = f"{joined[name]}, {value}" if name in joined else value
        return joined


def read_head(head):
    """Return (method, path, headers) of a request's head.  Raises
    BadRequest."""
    lines = head.decode("latin-1").split("\r\n")
    try:
        method, path, version = lines[0].split(" ")
        headers = []
        for line in lines[1:]:
            name, colon, value = line.partition(":")
            if not colon or name != name.strip():
                raise ValueError
            headers.append((name.lower(), value.strip()))
    except ValueError:
        raise BadRequest from None
    if not version.startswith("HTTP/1.") or not path.startswith("/"):
        raise BadRequest
    return method, path, headers


def read_request(buffer):
    """Take the first request off a bytearray.

    Returns (request, None) and removes its bytes; (None, headers) if only
    its body is incomplete, (None, None) if its head is.  Raises BadRequest.
    """
    end = buffer.find(b"\r\n\r\n")
    if end < 0:
        if len(buffer) > LARGEST_REQUEST or buffer.startswith(TLS_HANDSHAKE):
            raise BadRequest
        return None, None
    method, path, headers = read_head(bytes(buffer[:end]))
    lengths = [value for name, value in headers if name == "content-length"]
    if len(set(lengths)) > 1 or any(name == "transfer-encoding" for name, _ in headers):
        raise BadRequest
    length = lengths[0] if lengths else "0"
    if not length.isdecimal() or int(length) > LARGEST_REQUEST:
        raise BadRequest
    body_end = end + 4 + int(length)
    if len(buffer) < body_end:
        return None, headers
    body = bytes(buffer[end + 4:body_end])
    del buffer[:body_end]
    return Request(method, path, headers, body), None


class Answer:
    """An answer on its way: what it says, and what faults do to its
    delivery."""

    def __init__(self, members=None, status=200, code=None, body=None,
                 content_type=JSON_TYPE):
        """Make an answer from JSON members or from body bytes; code is the
        error code for the log."""
        self.status = status
        self.members = members
        self.code = code
        self.body = body
        self.headers = {"Content-Type": content_type}
        self.delay = 0            # seconds before anything is sent
        self.wire = None          # bytes to send for both head and body
        self.length = None        # Content-Length to claim
        self.chunked = False
        self.stall = None         # ("headers" or "body", seconds)
        self.drip = None          # bytes per second
        self.end = None           # ("reset" or "close", after which part)

    def render(self):
        """Return the body, made from the members at first use; from then on
        changes of the members have no effect."""
        if self.body is None:
            self.body = b"" if self.members is None else dump(self.members)
        return self.body

    def is_plain(self):
        """Say whether the answer can be sent at once and in one piece."""
        return not (self.delay or self.stall or self.drip or self.end)


def error_answer(code, message=None, status=400, member="message"):
    """Return the answer for an AWS error; a message of None leaves its
    member out."""
    members = {"__type": code}
    if message is not None:
        members[member] = message
    return Answer(members, status, code)


def http_date(seconds):
    """Return a time in epoch seconds as HTTP's Date."""
    t = gmtime(seconds)
    return (f"{DAYS[t.tm_wday]}, {t.tm_mday:02d} {MONTHS[t.tm_mon - 1]} "
            f"{t.tm_year} {t.tm_hour:02d}:{t.tm_min:02d}:{t.tm_sec:02d} GMT")


def chunk(body, size=1000):
    """Return a body in the chunked transfer coding."""
    pieces = [body[at:at + size] for at in range(0, len(body), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece)
                    for piece in (*pieces, b""))


def encode(answer, now):
    """Return an answer's (head, body) in bytes; now is the time for Date."""
    if answer.wire is not None:
        return answer.wire, b""
    body = answer.render()
    length = len(body) if answer.length is None else answer.length
    try:
        reason = HTTPStatus(answer.status).phrase
    except ValueError:
        reason = "Unknown"
    lines = [f"HTTP/1.1 {answer.status} {reason}",
             f"Date: {http_date(now)}",
             *(f"{name}: {value}" for name, value in answer.headers.items())]
    if answer.chunked:
        lines.append("Transfer-Encoding: chunked")
        body = chunk(body)
    else:
        lines.append(f"Content-Length: {length}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace"), body
