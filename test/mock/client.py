"""A request to the server's control side, without the cost of a full HTTP
client: psql starts it for every command."""

import os
import socket
import sys


def call(method, action, body=b""):
    """Send a control request to the server at MOCK_URL and return the
    answer's body.  Ends the program with a message if that fails."""
    url = os.environ.get("MOCK_URL", "")
    host, _, port = url.removeprefix("http://").rstrip("/").partition(":")
    if not port.isdecimal():
        sys.exit("MOCK_URL is not the URL of a running server")
    with socket.create_connection((host, int(port)), 30) as connection:
        connection.sendall(
            f"{method} /_mock/{action} HTTP/1.1\r\nHost: {host}\r\n"
            f"Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
            .encode() + body)
        with connection.makefile("rb") as stream:
            head, _, answer = stream.read().partition(b"\r\n\r\n")
    if b" 200 " not in head.partition(b"\r\n")[0]:
        sys.exit(answer.decode().strip())
    return answer
