"""The stand-in and the backend under measurement."""

import json
import os
import subprocess
import threading
import time
import urllib.request

import psycopg2

MOCK = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "mock")
KEY, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
SAMPLE_SECONDS = 0.01

# The stand-in has a core of its own, as the service has its own machines.  Left
# to the scheduler, who shares a core with it differs from run to run, and with
# that every time by half.
CORES = sorted(os.sched_getaffinity(0))
CORES_OF_STAND_IN = CORES[-1:]
CORES_OF_OTHERS = CORES[:-1] or CORES


class Mock:
    """A stand-in that serves rendered rows and validates nothing.  Ends with
    this process."""

    def __init__(self):
        """Start it."""
        self.process = subprocess.Popen(
            ["/usr/bin/python3", os.path.join(MOCK, "server.py")],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        os.sched_setaffinity(self.process.pid, CORES_OF_STAND_IN)

    def control(self, action, body=None):
        """Send a control request; return what it answers."""
        data = None if body is None else json.dumps(body).encode()
        with urllib.request.urlopen(f"{self.url}/_mock/{action}", data) as answer:
            return json.load(answer)

    def config(self, rows, **settings):
        """Serve that many rows, evenly over the last 29 days, 25 of each
        node."""
        self.control("config", {
            "rows": rows, "nodes": max(50, rows // 25), "per_command": 50,
            "plugins": 2, "end": "now", "span": 29 * 86400,
            "validate": False, "render_cache": True, **settings})

    def stats(self):
        """Return the counters since the last config or reset."""
        return self.control("stats")

    def stop(self):
        """End it."""
        self.process.stdin.close()
        self.process.wait()


class Backend:
    """One session, and the growth of its process."""

    def __init__(self, folder):
        """Connect over the socket in a folder."""
        self.db = psycopg2.connect(host=folder, user="postgres", dbname="postgres")
        self.db.autocommit = True
        self.cursor = self.db.cursor()
        self.pid = self.db.get_backend_pid()
        os.sched_setaffinity(self.pid, CORES_OF_OTHERS)
        self.base = self.peak = self.memory()

    def memory(self):
        """Return the private memory of the process in kB."""
        with open(f"/proc/{self.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status
                        if line.startswith("RssAnon:"))

    def sql(self, text, *values):
        """Run a statement; return its rows, or None if it has none."""
        self.cursor.execute(text, values or None)
        return self.cursor.fetchall() if self.cursor.description else None

    def warmed(self):
        """From here on memory is growth."""
        self.base = self.peak = self.memory()

    def growth(self):
        """Return by how many MB the process has grown at most."""
        self.peak = max(self.peak, self.memory())
        return (self.peak - self.base) / 1024

    def watched(self, text, *values):
        """Run a statement while its memory is sampled.  Returns its rows."""
        done = threading.Event()

        def sample():
            while not done.wait(SAMPLE_SECONDS):
                self.peak = max(self.peak, self.memory())

        thread = threading.Thread(target=sample)
        thread.start()
        try:
            return self.sql(text, *values)
        finally:
            done.set()
            thread.join()

    def close(self):
        """End the session."""
        self.db.close()


def define(backend, server, url, **options):
    """Create a server, its mapping, and in a schema of the server's name its
    table.  Raises FdwInvalidOptionName for an option that this build has not."""
    options = {"region": "us-east-1", "endpoint_url": url, **options}
    listed = ", ".join(f"{name} '{value}'" for name, value in options.items())
    backend.sql(f"""
        DROP SCHEMA IF EXISTS {server} CASCADE;
        DROP SERVER IF EXISTS {server} CASCADE;
        CREATE SERVER {server} FOREIGN DATA WRAPPER ssm_fdw OPTIONS ({listed});
        CREATE USER MAPPING FOR CURRENT_USER SERVER {server}
            OPTIONS (access_key_id '{KEY}', secret_access_key '{SECRET}');
        CREATE SCHEMA {server};
        IMPORT FOREIGN SCHEMA ssm FROM SERVER {server} INTO {server}""")


def timed(work, *arguments):
    """Return (seconds that work took, what it returned)."""
    start = time.perf_counter()
    result = work(*arguments)
    return time.perf_counter() - start, result
