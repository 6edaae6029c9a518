"""How long a cancel takes, in each state that a scan can hang in."""

import socket
import statistics
import threading
import time

import psycopg2

from servers import Backend, define, timed

GOAL = 0.1
STALL = 60
HANG = {"connect_timeout": f"{STALL} s", "request_timeout": f"{STALL} s"}
READ = "SELECT count(*) FROM ssm.command_invocations"

# What the stand-in does to every request; 3 pages come before the last one.
STATES = {
    "no answer": [{"on": "all", "do": {"delay": STALL}}],
    "within the headers": [{"on": "all", "do": {"stall": "headers"}}],
    "within the body": [{"on": "all", "do": {"stall": "body"}}],
    "one byte a second": [{"on": "all", "do": {"drip": 1}}],
    "pause before a repeat": [{"on": "all", "do": {
        "status": 503, "headers": {"x-amz-retry-after": str(STALL * 1000)}}}],
    "fourth page": [{"on": 4, "do": {"stall": "body"}}],
}


def full_port():
    """Return listening sockets of which the first answers no connection: its
    queue is full with the others."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(0)
    waiting = []
    for _ in range(3):
        client = socket.socket()
        client.setblocking(False)
        client.connect_ex(listening.getsockname())
        waiting.append(client)
    return [listening, *waiting]


def hanging(bench, requests):
    """Wait until the stand-in has seen that many requests."""
    while bench.mock.stats()["requests"] < requests:
        time.sleep(0.01)
    time.sleep(0.05)


def one(backend, wait, query):
    """Return the seconds from a cancel to the statement's error."""
    ended = []

    def run():
        try:
            backend.sql(query)
        except psycopg2.errors.QueryCanceled:
            ended.append(time.perf_counter())

    thread = threading.Thread(target=run)
    thread.start()
    wait()
    start = time.perf_counter()
    backend.db.cancel()
    thread.join()
    return ended[0] - start


def measure(bench):
    """Cancel a scan in each state, runs times, and judge the median of all."""
    backend = Backend(bench.folder)
    everything = []

    def state(name, prepare, wait):
        taken = []
        for _ in range(bench.runs):
            prepare()
            taken.append(one(backend, wait, READ))
        everything.extend(taken)
        bench.say(f"    {name:28s} {statistics.median(taken) * 1000:8.1f} ms"
                  f"   worst {max(taken) * 1000:.1f} ms")

    define(backend, "ssm", bench.mock.url, **HANG)
    for name, faults in STATES.items():
        state(name, lambda: bench.mock.config(500, faults=faults),
              lambda: hanging(bench, 4 if name == "fourth page" else 1))
    sockets = full_port()
    define(backend, "ssm", f"http://127.0.0.1:{sockets[0].getsockname()[1]}", **HANG)
    state("connecting", lambda: None, lambda: time.sleep(0.3))
    median = statistics.median(everything)
    bench.judge(f"median cancel latency <= {GOAL * 1000:.0f} ms",
                f"{median * 1000:.1f} ms, worst {max(everything) * 1000:.1f} ms", median <= GOAL)
    for one_socket in sockets:
        one_socket.close()
    backend.close()
