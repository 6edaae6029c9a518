#!/usr/bin/python3
"""A forward proxy: proxy.py PORT LOG [STATUS]

Prints its URL, takes whatever is to be connected to as 127.0.0.1:PORT, writes
all bytes that clients send it to LOG, and ends with its stdin.  With a STATUS
it answers that to all, and connects to nothing."""

import socket
import sys
import threading

# What a client may take for the service's, if it does not know whose reply it is.
MISLEADING = (b"Date: Fri, 01 Jan 2049 00:00:00 GMT\r\nAge: 1\r\nx-amzn-RequestId: the-proxy\r\n"
              b"x-amzn-ErrorType: ThrottlingException\r\nx-amz-retry-after: 60000\r\n")


def copy(source, target, log=None):
    """Pass on bytes until their end; those of a client also to the log."""
    try:
        while piece := source.recv(65536):
            if log:
                log.write(piece)
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve(client, port, log, status):
    """Serve one client: anything but CONNECT is refused."""
    head = b""
    while b"\r\n\r\n" not in head:
        piece = client.recv(65536)
        if not piece:
            return
        head += piece
        log.write(piece)
    if status or not head.startswith(b"CONNECT "):
        client.sendall(b"HTTP/1.1 %d No\r\nContent-Length: 0\r\nConnection: close\r\n%b\r\n"
                       % (status or 405, MISLEADING))
        client.close()
        return
    server = socket.create_connection(("127.0.0.1", port))
    client.sendall(b"HTTP/1.1 200 Connected\r\n" + MISLEADING + b"\r\n")
    threading.Thread(target=copy, args=(server, client), daemon=True).start()
    copy(client, server, log)


def accept(listener, port, log, status):
    """Serve all clients, each in a thread."""
    while True:
        client = listener.accept()[0]
        threading.Thread(target=serve, args=(client, port, log, status), daemon=True).start()


def main():
    """Serve until stdin ends."""
    listener = socket.create_server(("127.0.0.1", 0))
    with open(sys.argv[2], "wb", buffering=0) as log:
        threading.Thread(target=accept, daemon=True, args=(
            listener, int(sys.argv[1]), log, int((sys.argv[3:] or [0])[0]))).start()
        print(f"http://127.0.0.1:{listener.getsockname()[1]}", flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()
