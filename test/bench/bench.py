#!/usr/bin/python3
"""Measure ssm_fdw beside boto3 with COPY, the AWS CLI, and a bare connection
that only follows the tokens (the floor).  Started by test/bench/run.

All times are medians of interleaved runs after one run that does not count, in
one session each.  The stand-in serves rendered rows, validates nothing, and has
a core of its own."""

import argparse
import os
import platform
import statistics
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from joins import WORKLOADS as JOINS
from servers import CORES_OF_OTHERS, Backend, Mock
from workloads import WORKLOADS as SCANS

WORKLOADS = SCANS + JOINS

FLOOR_SECONDS = 0.0005


class WrongResult(Exception):
    """A contender did not read what is there: its time means nothing."""


class Bench:
    """One run: where it runs, and what it found."""

    wrong = WrongResult

    def __init__(self, folder, runs):
        """Take the folder of the server's socket, and how often to measure."""
        self.folder = folder
        self.runs = runs
        self.mock = Mock()
        os.sched_setaffinity(0, CORES_OF_OTHERS)
        self.workload = ""
        self.times = []
        self.found = []
        self.void = False

    def say(self, text):
        """Print a line at once."""
        print(text, flush=True)

    def start(self, title):
        """Begin a workload."""
        self.workload = title
        self.say(f"\n{title}")

    def interleave(self, contenders):
        """Run functions that return seconds in turn; print their medians, also
        against the first one's, and return them."""
        taken = {name: [] for name in contenders}
        for number in range(self.runs + 1):
            for name, run in contenders.items():
                seconds = run()
                if number > 0:
                    taken[name].append(seconds)
        median = {name: statistics.median(all_of) for name, all_of in taken.items()}
        first = next(iter(median.values()))
        for name, seconds in median.items():
            spread = f"{min(taken[name]):.3f} to {max(taken[name]):.3f}"
            self.times.append((self.workload, name, f"{seconds:.3f} s", spread,
                               f"{seconds / first:.2f}"))
            self.say(f"    {name:28s} {seconds:8.3f} s {seconds / first:8.2f} x   ({spread})")
        return median

    def report(self, what, measured):
        """Note a figure that has no goal."""
        self.found.append((self.workload, what, measured, "reported"))
        self.say(f"    {what}: {measured}")

    def judge(self, goal, measured, reached):
        """Note whether a figure reaches its goal."""
        verdict = "reached" if reached else "not reached"
        self.found.append((self.workload, goal, measured, verdict))
        self.say(f"    {goal}: {measured}: {verdict}")

    def judge_ratio(self, goal, slow, fast, least):
        """Judge how many times as fast something is."""
        self.judge(goal, f"{slow / fast:.1f} x", slow / fast >= least)

    def judge_limit(self, goal, seconds, base, most):
        """Judge a time against a multiple of another."""
        self.judge(goal, f"{seconds / base:.2f} x", seconds <= base * most)

    def skip(self, error):
        """Say that this build cannot run a workload."""
        self.found.append((self.workload, "", error.diag.message_primary, "skipped"))
        self.say(f"    skipped: {error.diag.message_primary}")

    def check_floor(self, seconds, pages):
        """Void the run if the stand-in is too slow to tell anything."""
        self.say(f"    the floor takes {seconds / pages * 1000:.3f} ms a page")
        if seconds / pages > FLOOR_SECONDS:
            self.void = True
            self.say(f"    VOID: more than {FLOOR_SECONDS * 1000} ms, the stand-in is the limit")

    def summary(self, where, seconds):
        """Print all that was measured and judged, in tables for docs/performance.md.
        where: the machine and the versions; seconds: what it took."""
        self.say(f"\n{where}\n\nMedians of {self.runs} interleaved runs; the whole took "
                 f"{seconds / 60:.1f} minutes.")
        for head, rows in (
                ("| workload | to reach | measured | |\n|---|---|---|---|", self.found),
                ("| workload | | median | least to most | of the first |\n|---|---|---|---|---|",
                 self.times)):
            self.say("\n" + head)
            workload = None
            for row in rows:
                self.say("| " + " | ".join(("" if row[0] == workload else row[0], *row[1:])) + " |")
                workload = row[0]
        if self.void:
            self.say("\nThis run is VOID: the floor costs more than "
                     f"{FLOOR_SECONDS * 1000} ms a page.")


def prepare(folder):
    """Create the extension; return what the figures depend on, in a line."""
    import boto3
    with open("/proc/cpuinfo", encoding="ascii") as lines:
        model = next((line.split(":")[1].strip() for line in lines
                      if line.startswith("model name")), platform.machine())
    backend = Backend(folder)
    backend.sql("CREATE EXTENSION ssm_fdw")
    version = backend.sql("SHOW server_version")[0][0].split()[0]
    backend.close()
    cli = subprocess.run(["/usr/bin/aws", "--version"], capture_output=True,
                         text=True, check=True).stdout.split()[0]
    return (f"{model}, {os.cpu_count()} cores; PostgreSQL {version}, boto3 {boto3.__version__}, "
            f"{cli}, Python {platform.python_version()}")


def arguments():
    """Return the parsed command line."""
    names = [work.__name__ for work in WORKLOADS]
    listed = "\n".join(f"  {work.__name__:10s} {work.__doc__.splitlines()[0]}" for work in WORKLOADS)
    parser = argparse.ArgumentParser(
        prog="test/bench/run", description=__doc__, epilog="workloads:\n" + listed,
        formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workload", nargs="*", metavar="WORKLOAD", help="default: all")
    parser.add_argument("--runs", type=int, default=5, help="that count, default 5")
    parser.add_argument("--socket", help=argparse.SUPPRESS)
    options = parser.parse_args()
    unknown = set(options.workload) - set(names)
    if unknown or options.runs < 1:
        parser.error("no such workload: " + ", ".join(sorted(unknown)) if unknown
                     else "--runs must be at least 1")
    return options


def main():
    """Run the workloads asked for."""
    options = arguments()
    bench = Bench(options.socket, options.runs)
    start = time.monotonic()
    where = prepare(options.socket)
    bench.say(where)
    for work in WORKLOADS:
        if not options.workload or work.__name__ in options.workload:
            bench.start(work.__doc__.splitlines()[0])
            work(bench)
    bench.summary(where, time.monotonic() - start)
    bench.mock.stop()


if __name__ == "__main__":
    main()
