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
ALONE = "SELECT count(*) FROM ssm0.command_invocations"
APPEND = """SELECT count(*) FROM (SELECT status FROM ssm0.command_invocations
    UNION ALL SELECT status FROM ssm1.command_invocations) AS parts"""

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


def define_both(backend, url):
    """Let both servers, and so both parts of the Append, call that URL."""
    for number in range(2):
        define(backend, f"ssm{number}", url, **HANG)


def measure(bench):
    """Cancel a scan, alone and under an Append that reads two at the same time,
    in each state and runs times; judge the medians of all states."""
    backend = Backend(bench.folder)
    taken = {"alone": [], "under Append": []}

    def state(name, prepare, wait):
        for kind, query in (("alone", ALONE), ("under Append", APPEND)):
            seconds = []
            for _ in range(bench.runs):
                prepare()
                seconds.append(one(backend, wait, query))
            taken[kind].extend(seconds)
            bench.say(f"    {name:24s} {kind:14s} {statistics.median(seconds) * 1000:8.1f} ms"
                      f"   worst {max(seconds) * 1000:.1f} ms")

    define_both(backend, bench.mock.url)
    plan = "\n".join(line for (line,) in backend.sql("EXPLAIN " + APPEND))
    if plan.count("Async Foreign Scan") != 2:
        raise bench.wrong("the Append reads its parts one after the other")
    for name, faults in STATES.items():
        state(name, lambda: bench.mock.config(500, faults=faults),
              lambda: hanging(bench, 4 if name == "fourth page" else 1))
    sockets = full_port()
    define_both(backend, f"http://127.0.0.1:{sockets[0].getsockname()[1]}")
    state("connecting", lambda: None, lambda: time.sleep(0.3))
    for kind, seconds in taken.items():
        median = statistics.median(seconds)
        bench.judge(f"median cancel latency, {kind}, <= {GOAL * 1000:.0f} ms",
                    f"{median * 1000:.1f} ms, worst {max(seconds) * 1000:.1f} ms", median <= GOAL)
    for one_socket in sockets:
        one_socket.close()
    backend.close()
