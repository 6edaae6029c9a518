"""Self-test of the wire: faults do what they say, counters count, and the
programs beside the server work."""

import gzip
import json
import os
import signal
import socket
import subprocess
import tempfile
import threading
import time

from message import JSON_TYPE
from testkit import FOLDER, TARGET, Mock, Wire, elapsed, signed

FREE = {"Content-Type": JSON_TYPE, "X-Amz-Target": TARGET}
BASE = {"rows": 60, "validate": False}


def with_fault(mock, patience=3, **do):
    """Configure one fault for the first request; return a connection that
    has sent one, and waits for data that many seconds at most."""
    mock.config(**BASE, faults=[{"on": 1, "do": do}])
    wire = Wire(mock, patience)
    wire.send({"MaxResults": 5}, FREE)
    return wire


def test_bodies(tap, mock):
    """Faults that change what is said."""
    status, headers, body = with_fault(
        mock, status=500, code="InternalServerError", message="no",
        headers={"x-amz-retry-after": "100"}).answer()
    tap.equal((status, body, headers["x-amz-retry-after"]),
              (500, b'{"__type":"InternalServerError","message":"no"}', "100"),
              "status, code, message, headers")
    status, headers, body = with_fault(
        mock, status=400, code="ThrottlingException", type_header=True).answer()
    tap.equal((body, headers["x-amzn-errortype"]), (b"{}", "ThrottlingException"),
              "type_header")
    tap.equal(with_fault(mock, status=503).answer()[::2], (503, b""),
              "status alone has an empty body")
    tap.equal(with_fault(mock, status=403, raw="<html>").answer()[::2],
              (403, b"<html>"), "raw")
    tap.equal(with_fault(mock, raw_base64="//4=").answer()[2], b"\xff\xfe",
              "raw_base64")
    _, headers, body = with_fault(mock).answer()
    whole = body
    tap.ok(len(json.loads(body)["CommandInvocations"]) == 5
           and b'"RequestedDateTime":1.76973' in body and b"E9," in body
           and headers["content-type"] == JSON_TYPE, "no fault; E-notation")
    tap.equal(with_fault(mock, truncate=100).answer()[2], whole[:100], "truncate")
    tap.equal(with_fault(mock, truncate=-1).answer()[2], whole[:-1], "truncate the end")
    tap.equal(with_fault(mock, pad=10).answer()[2], b" " * 10 + whole, "pad")
    _, headers, body = with_fault(mock, gzip=True).answer()
    tap.equal((gzip.decompress(body), headers["content-encoding"]), (whole, "gzip"),
              "gzip")
    answer = json.loads(with_fault(mock, merge={"A": {"$raw": "1e400"}, "Z": None},
                                   rows_patch={"Extra": [1], "Comment": "ü"})
                        .answer()[2])
    tap.ok(answer["A"] > 1e308 and answer["Z"] is None
           and all(row["Extra"] == [1] and row["Comment"] == "ü"
                   for row in answer["CommandInvocations"]), "merge, rows_patch")
    wire = with_fault(mock, token_bytes=5000)
    token = json.loads(wire.answer()[2])["NextToken"]
    status, _ = wire.ask({"MaxResults": 5, "NextToken": token}, FREE)
    tap.equal((len(token), status), (5000, 200), "token_bytes keeps the token valid")
    mock.config(faults=[{"on": "all", "do": {
        "status": 403, "code": "AccessDeniedException", "echo_authorization": True}}])
    tap.ok("Signature=" in Wire(mock).ask({})[1]["message"], "echo_authorization")
    for value, number in ((True, 2), ("first", 3)):
        mock.config(**BASE, faults=[{"on": number, "do": {"repeat_token": value}}])
        wire, tokens = Wire(mock), [None]
        for _ in range(3):
            request = {"MaxResults": 5}
            if tokens[-1]:
                request["NextToken"] = tokens[-1]
            tokens.append(wire.ask(request, FREE)[1]["NextToken"])
        tap.ok(tokens[number] == tokens[1] and len(set(tokens)) == 5 - number + 1
               - (value is True), f"repeat_token {value}")


def test_wire(tap, mock):
    """Faults of delivery."""
    whole = with_fault(mock).answer()[2]
    data, end = with_fault(mock, 0.5, chunked=True).all()
    tap.ok(b"Transfer-Encoding: chunked\r\n" in data and end == "timeout"
           and b"\r\n\r\n3e8\r\n" in data and data.endswith(b"\r\n0\r\n\r\n"), "chunked")
    for end in ("reset", "close"):
        seen = []
        for where in ("before", "headers", "body", "after"):
            data, how = with_fault(mock, **{end: where}).all()
            body = data.partition(b"\r\n\r\n")[2]
            seen.append((bool(data), len(body), how))
        how = {"reset": "reset", "close": "end"}[end]
        tap.equal(seen, [(False, 0, how), (True, 0, how),
                         (True, len(whole) // 2, how), (True, len(whole), how)],
                  f"{end} before, headers, body, after")
    (answer, seconds) = elapsed(with_fault(mock, delay=0.3).answer)
    tap.ok(answer[0] == 200 and seconds > 0.25, "delay")
    for part in ("headers", "body"):
        answer, seconds = elapsed(with_fault(mock, stall={part: 0.3}).answer)
        tap.ok(answer[2] == whole and seconds > 0.25, f"stall {part}")
        data, how = with_fault(mock, 0.5, stall=part).all()
        tap.ok(how == "timeout" and (b"\r\n\r\n" in data) == (part == "body"),
               f"stall {part} for ever")
    answer, seconds = elapsed(with_fault(mock, drip=len(whole) * 2).answer)
    tap.ok(answer[2] == whole and seconds > 0.3, "drip")
    short = with_fault(mock, content_length="short")
    tap.equal(short.answer()[2] + short.left, whole, "content_length short")
    data, how = with_fault(mock, content_length="long").all()
    tap.ok(b"Content-Length: %d\r\n" % (len(whole) + 100) in data
           and data.endswith(whole) and how == "end", "content_length long")
    mock.config(**BASE, faults=[
        {"on": [1, 3], "do": {"status": 500}},
        {"on": {"every": 4}, "times": 1, "do": {"status": 501}},
        {"on": {"match": {"MaxResults": 9}, "unless": {"Details": None}},
         "do": {"status": 503}},
        {"on": {"match": {"MaxResults": 9}, "unless": {"Details": True}},
         "do": {"status": 502}}])
    wire = Wire(mock)
    got = [wire.ask({"MaxResults": size}, FREE)[0] for size in (1, 1, 1, 1, 9, 1, 1, 1)]
    tap.equal(got, [500, 200, 500, 501, 502, 200, 200, 200], "which requests have faults")
    tap.equal(mock.control("stats")["faults"], [2, 1, 0, 1], "how often")
    mock.config(**BASE, faults=[{"on": {"chance": 0.5}, "do": {"status": 500}}])
    wire = Wire(mock)
    got = [wire.ask({}, FREE)[0] for _ in range(40)]
    tap.ok(5 < got.count(500) == mock.control("stats")["faults"][0] < 35,
           f"by chance {got.count(500)} of 40")


def test_counters(tap, mock):
    """Throttling, concurrency, connections, the log."""
    mock.config(**BASE, throttle_rate=10)
    wire = Wire(mock)
    answers = [wire.ask({}, FREE) for _ in range(15)]
    failed = [answer for status, answer in answers if status == 400]
    stats = mock.control("stats")
    tap.ok(1 <= len(failed) == stats["throttled"] == stats["errors"] and all(
        answer == {"__type": "ThrottlingException", "message": "Rate exceeded"}
        for answer in failed), f"throttled {len(failed)} of 15")
    mock.config(**BASE, page_latency=0.2)
    threads = [threading.Thread(target=Wire(mock).ask, args=({}, FREE)) for _ in range(8)]
    _, seconds = elapsed(lambda: [each.start() for each in threads]
                         + [each.join() for each in threads])
    stats = mock.control("stats")
    tap.ok(seconds < 1.4, "answers overlap")
    tap.equal({name: stats[name] for name in
               ("requests", "peak_in_flight", "in_flight", "connections", "errors")},
              {"requests": 8, "peak_in_flight": 8, "in_flight": 0,
               "connections": 8, "errors": 0}, "stats")
    mock.control("reset", {})
    tap.equal(mock.control("stats")["requests"], 0, "reset")
    for _ in range(2):
        wire.ask({"MaxResults": 1}, FREE, "/some/path?x=1")
    log = mock.control("log")
    tap.ok([entry["n"] for entry in log] == [1, 2]
           and log[0]["connection"] == log[1]["connection"]
           and log[0]["headers"]["x-amz-target"] == TARGET
           and log[0]["path"] == "/some/path?x=1" and log[0]["body"] == {"MaxResults": 1}
           and log[1]["finished"] - log[1]["started"] > 0.19
           and log[0]["finished"] <= log[1]["started"]
           and log[0]["status"] == 200 and log[0]["error"] is None, "log")
    mock.config(**BASE, faults=[{"on": "all", "do": {"stall": "body"}}])
    for _ in range(5):
        gone = Wire(mock)
        gone.send({}, FREE)
        gone.socket.recv(100)
        gone.socket.close()
    deadline = time.monotonic() + 5
    while mock.control("stats")["in_flight"] and time.monotonic() < deadline:
        time.sleep(0.01)
    tap.equal(mock.control("stats")["in_flight"], 0, "clients that go away")


def test_render_cache(tap, mock):
    """Pages written by template are the same, cached ones too."""
    pages = []
    config = {**BASE, "rows": 3000, "plugins": 2}
    for fast in (False, True):
        mock.config(**config, render_cache=fast)
        wire, scan, token = Wire(mock), [], {}
        while token is not None:
            for _ in range(1 + fast):
                wire.send({"Details": True, **token}, FREE)
                body = wire.answer()[2]
                scan.append(body)
            found = json.loads(body).get("NextToken")
            token = {"NextToken": found} if found else None
        pages.append(scan)
    tap.ok(pages[0] == pages[1][::2] == pages[1][1::2] and len(pages[0]) == 60,
           "render_cache changes nothing")


def test_https(tap):
    """The second URL speaks TLS, and wire faults work there."""
    with tempfile.TemporaryDirectory() as folder:
        files = [os.path.join(folder, name) for name in ("cert", "key")]
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                        "ec_paramgen_curve:P-256", "-nodes", "-days", "1",
                        "-subj", "/CN=localhost", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-out", files[0],
                        "-keyout", files[1]], capture_output=True, check=True)
        mock = Mock("--config", json.dumps({**BASE, "faults": [
            {"on": 2, "do": {"reset": "body"}}]}), "--tls", *files)
        url = mock.process.stdout.readline().strip()
        command = ["curl", "-s", "-d", "{}", *(
            f"-H{name}: {value}" for name, value in FREE.items()), url]
        done = [subprocess.run([*command, *trust], capture_output=True)
                for trust in (["--cacert", files[0]], ["-k"], [])]
        tap.equal((len(json.loads(done[0].stdout)["CommandInvocations"]),
                   [each.returncode for each in done]), (50, [0, 56, 60]),
                  "https: an answer, a reset, an untrusted certificate")
        tap.equal(mock.stop(), (0, ""), "that server ends in silence")


def test_garbage(tap, mock):
    """Nothing that a client sends breaks the server."""
    mock.config()
    head = b"POST / HTTP/1.1\r\n"
    for data in (b"\r\n\r\n", b"\x16\x03\x01" + bytes(300), head + b"a b\r\n\r\n",
                 head + b"Content-Length: -1\r\n\r\n", b"GET x HTTP/1.1\r\n\r\n",
                 head + b"Content-Length: 9\r\n\r\n{}", b"GET /_mock/x HTTP/1.1\r\n\r\n",
                 head + b"Authorization: AWS4-HMAC-SHA256 Credential=\xff\r\n\r\n"):
        wire = Wire(mock)
        wire.socket.sendall(data)
        wire.socket.shutdown(socket.SHUT_WR)
        wire.all()
    wire = Wire(mock)
    wire.socket.sendall(b"\x16\x03\x01")
    data, how = wire.all()
    tap.equal((data[:12], how), (b"HTTP/1.1 400", "end"), "TLS where HTTP is spoken is refused at once")
    wire = Wire(mock)
    body = b'{"MaxResults":1}'
    headers = {**signed(mock.url, body), "Expect": "100-continue"}
    wire.send(body, headers)
    tap.equal(wire.answer()[0], 200, "the server survives garbage")
    wire.socket.sendall(b"GET / HTTP/1.1\r\n\r\n" * 2)
    tap.equal([wire.answer()[0] for _ in range(2)], [400, 400], "pipelined requests")


def test_programs(tap):
    """run, config, requests; the server does not outlive its user."""
    script = ('"$MOCK/config" \'{"rows": 7}\' && cat && printenv MOCK_URL '
              '&& "$MOCK/ask" && "$MOCK/requests" && "$MOCK/requests" --count; exit 3')
    script = script.replace('"$MOCK/ask"', 'curl -s -o /dev/null -d "$BODY" -H '
                            '"Content-Type: application/x-amz-json-1.1" $MOCK_URL')
    body = '{"NextToken":"t","Filters":[{"key":"Status","value":"Größe"}],"CommandId":"c"}'
    done = subprocess.run([os.path.join(FOLDER, "run"), "sh", "-c", script],
                          input="in\n", capture_output=True, text=True,
                          env={"PATH": os.environ["PATH"], "BODY": body})
    lines = done.stdout.splitlines()
    tap.equal((done.returncode, lines[:1], lines[2:], done.stderr), (3, ["in"], [
        '{"CommandId":"c","Filters":[{"key":"Status","value":"Größe"}],'
        '"NextToken":"…"}', "0"], ""), "run, config, requests")
    for number in (signal.SIGKILL, signal.SIGTERM):
        process = subprocess.Popen(
            [os.path.join(FOLDER, "run"), "sh", "-c", "echo $MOCK_URL; exec sleep 60"],
            stdout=subprocess.PIPE, text=True)
        url = process.stdout.readline().strip()
        process.send_signal(number)
        status = process.wait(10)
        deadline = time.monotonic() + 5
        while answers(url) and time.monotonic() < deadline:
            time.sleep(0.02)
        tap.ok(status == -number and not answers(url), f"run killed by {number.name}")
    mock = Mock()
    mock.process.send_signal(signal.SIGTERM)
    tap.equal(mock.process.wait(10), 0, "SIGTERM ends the server")


def answers(url):
    """Say whether something listens at a URL."""
    mock = Mock.__new__(Mock)
    mock.address = "127.0.0.1", int(url.rpartition(":")[2])
    try:
        Wire(mock).socket.close()
    except OSError:
        return False
    return True


def test(tap, mock):
    """Run all."""
    test_bodies(tap, mock)
    test_wire(tap, mock)
    test_counters(tap, mock)
    test_render_cache(tap, mock)
    test_garbage(tap, mock)
    test_https(tap)
    test_programs(tap)
