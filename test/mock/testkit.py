"""Tools of the self-test: TAP output, a server to talk to, and clients."""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from message import JSON_TYPE
from operations import PREFIX

TARGET = PREFIX + "ListCommandInvocations"
FOLDER = os.path.dirname(os.path.abspath(__file__))
KEY = "AKIDEXAMPLE"
SECRET = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
NO_AWS = {"PATH": os.environ["PATH"], "HOME": "/nonexistent",
          "AWS_EC2_METADATA_DISABLED": "true", "LC_ALL": "C.UTF-8",
          "AWS_ACCESS_KEY_ID": KEY, "AWS_SECRET_ACCESS_KEY": SECRET}


class Tap:
    """Counts and prints test results."""

    def __init__(self):
        """Start with no test."""
        self.number = 0
        self.failed = 0

    def ok(self, good, name):
        """Print a result; returns whether it was good."""
        self.number += 1
        self.failed += not good
        print(f"{'ok' if good else 'not ok'} {self.number} - {name}", flush=True)
        return bool(good)

    def equal(self, got, wanted, name):
        """Print whether two values are equal, and how they are not."""
        if not self.ok(got == wanted, name):
            print(f"#   got     {str(got)[:1000]}\n#   wanted  {str(wanted)[:1000]}",
                  file=sys.stderr)

    def done(self):
        """Print the plan and return the exit status."""
        print(f"1..{self.number}")
        return 1 if self.failed else 0


class Mock:
    """A running server."""

    def __init__(self, *arguments):
        """Start it; stderr goes to a pipe, to prove that it stays empty."""
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(FOLDER, "server.py"), *arguments],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            text=True)
        self.url = self.process.stdout.readline().strip()
        self.address = "127.0.0.1", int(self.url.rpartition(":")[2])

    def control(self, action, body=None):
        """Send a control request (POST if it has a body); returns JSON."""
        data = None if body is None else json.dumps(body).encode()
        url = f"{self.url}/_mock/{action}"
        with urllib.request.urlopen(urllib.request.Request(url, data)) as answer:
            return json.load(answer)

    def config(self, **config):
        """Replace the configuration."""
        self.control("config", config)

    def stop(self):
        """End it by ending its stdin; returns (exit status, stderr)."""
        self.process.stdin.close()
        errors = self.process.stderr.read()
        return self.process.wait(10), errors


def signed(url, body, key=KEY, secret=SECRET, token=None, region="us-east-1",
           service="ssm", headers=None):
    """Return the headers of a signed request as a dict."""
    request = AWSRequest("POST", url, data=body, headers={
        "Content-Type": JSON_TYPE, "X-Amz-Target": TARGET, **(headers or {})})
    SigV4Auth(Credentials(key, secret, token), service, region).add_auth(request)
    return dict(request.headers.items())


class Wire:
    """A raw connection to the API."""

    def __init__(self, mock, timeout=5):
        """Connect."""
        self.mock = mock
        self.socket = socket.create_connection(mock.address, timeout)
        self.left = b""

    def send(self, request, headers=None, path="/"):
        """Send a request: a dict, or body bytes; signed unless headers are
        given."""
        body = request if isinstance(request, bytes) else json.dumps(request).encode()
        if headers is None:
            headers = signed(self.mock.url + path, body)
        lines = [f"POST {path} HTTP/1.1", f"Host: {self.mock.url[7:]}",
                 f"Content-Length: {len(body)}",
                 *(f"{name}: {value}" for name, value in headers.items())]
        self.socket.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def all(self):
        """Return (all bytes until the end, "end", "reset" or "timeout")."""
        data, self.left = self.left, b""
        try:
            while piece := self.socket.recv(65536):
                data += piece
        except ConnectionResetError:
            return data, "reset"
        except TimeoutError:
            return data, "timeout"
        return data, "end"

    def answer(self):
        """Return (status, headers, body) of one answer with a length."""
        data = self.left
        while b"\r\n\r\n" not in data:
            data += self.more()
        head, _, body = data.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        headers = {name.lower(): value for name, _, value in
                   (line.partition(": ") for line in lines[1:])}
        length = int(headers.get("content-length", 0))
        while len(body) < length:
            body += self.more()
        self.left = body[length:]
        return int(lines[0].split()[1]), headers, body[:length]

    def more(self):
        """Return some more bytes; an end is an error."""
        piece = self.socket.recv(65536)
        if not piece:
            raise EOFError
        return piece

    def ask(self, request, headers=None, path="/"):
        """Send a request; return the status and the answer's JSON."""
        self.send(request, headers, path)
        status, _, body = self.answer()
        return status, json.loads(body) if body else None


def elapsed(action):
    """Return (what the action returns, seconds it took)."""
    start = time.monotonic()
    result = action()
    return result, time.monotonic() - start
