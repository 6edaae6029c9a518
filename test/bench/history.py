#!/usr/bin/python3
"""What rules for ssm_fdw_keep_history cost, and how late they see a change.

A month of 10,000 invocations a day in commands of 250 nodes, after a month of the
same, kept by a run in 5 minutes.  Some of the nodes never finish, the rest within
one to ten minutes.  "old" is the rule of one overlap of a day, and of every command
with an unfinished invocation at every run.  The others ask for a command again
before the age of one of its invocations has grown by half (or by pair, if fewer are
due soon than it has pages), read the last day anew every six hours, and

  hour      the last hour at every run;
  minutes   the last ten minutes, and by command or pair what is unfinished of the hour.

"late" is the age at which a change may first be seen over the age at which it was
made, for ages from an hour; "young" the most minutes that one goes unseen before.
"""

import random
from bisect import bisect_left, insort

MINUTE, HOUR, DAY = 60, 3600, 86400
PAGE, NODES, STEP, EVERY = 50, 250, 5 * MINUTE, DAY * 250 / 10000
SHORT, LONG, SELDOM, GROWTH = 10 * MINUTE, DAY, 6 * HOUR, 1.5


def pages(rows):
    """Return how many requests it takes to read that many rows."""
    return max(1, -(-rows // PAGE))


class Row:
    """An invocation: when it was requested, last read, and will be finished."""

    def __init__(self, time, end):
        self.time, self.read, self.end = time, time, end

    def due(self):
        """Return from when on it is to be asked for."""
        age = self.read - self.time
        return 0 if age < HOUR - STEP else self.time + GROWTH * age - STEP


class Command:
    """A command: the times of its nodes, and those that were unfinished."""

    def __init__(self, start, spread, never, rng):
        self.times = sorted(start + rng.random() * spread for _ in range(NODES))
        self.open = [Row(t, float("inf") if rng.random() < never else t + rng.uniform(60, 600))
                     for t in self.times]
        self.due = 0

    def ask(self, now, before):
        """Return (requests, rows) to ask for, of those requested before a time."""
        if now < self.due or not self.open or self.open[0].time >= before:
            return 0, []
        rest = [row for row in self.open if row.time < before]
        due = [row for row in rest if now >= row.due() or now - row.time < HOUR]
        if not due:
            return 0, []
        soon = sum(now - row.time < HOUR or now + (now - row.time) / 4 >= row.due() for row in rest)
        whole = pages(bisect_left(self.times, now))
        if soon < whole:
            return len(due), due
        return whole, [row for row in self.open if row.time < now]


class World:
    """A service, and what is known of it."""

    def __init__(self, rule, spread, never):
        self.rule, self.spread, self.never = rule, spread, never
        self.rng = random.Random(1)
        self.commands, self.times, self.coming, self.long_run = [], [], 0, 0
        self.late, self.young = 1.0, 0.0

    def look(self, now, overlap):
        """Return (requests, rows) of a run with an overlap."""
        since = now - overlap
        requests = pages(self.count(now, overlap))
        rows = [row for command in self.commands[-self.recent(overlap):]
                for row in command.open if since <= row.time < now]
        for command in self.commands:
            more, asked = command.ask(now, since)
            requests += more
            rows += asked
        return requests, rows

    def look_old(self, now):
        """Return the requests of a run by the old rule."""
        for command in self.commands[-self.recent(DAY):]:
            command.open = [row for row in command.open if row.end > now]
        return pages(self.count(now, DAY)) + pages(NODES) * sum(
            1 for command in self.commands if command.open and command.open[0].time < now - DAY)

    def count(self, now, overlap):
        """Return how many rows there are of that time."""
        return bisect_left(self.times, now) - bisect_left(self.times, now - overlap)

    def recent(self, overlap):
        """Return how many of the last commands may have rows of that time."""
        return int((overlap + self.spread) / EVERY) + 2

    def run(self, now):
        """Let it become now, and return the requests of a run."""
        while self.coming < now:
            command = Command(self.coming, self.spread, self.never, self.rng)
            self.commands.append(command)
            for time in command.times:
                insort(self.times, time)
            self.coming += EVERY
        if self.rule == "old":
            self.tidy(now, True)
            return self.look_old(now)
        if now - self.long_run >= SELDOM:
            self.long_run = now
            overlap = LONG
        else:
            overlap = HOUR if self.rule == "hour" else SHORT
        requests, rows = self.look(now, overlap)
        for row in rows:
            self.see(row, now)
        self.tidy(now)
        return requests

    def see(self, row, now):
        """Note that a row has been read."""
        age = row.read - row.time
        if age >= HOUR:
            self.late = max(self.late, (now - row.time) / age)
        elif age > 0 and now - row.time < HOUR:
            self.young = max(self.young, (now - row.read) / MINUTE)
        row.read = now

    def tidy(self, now, old=False):
        """Forget what is finished, and find when commands are next due."""
        first = self.commands[-1].times[0] - DAY
        for command in [] if old else self.commands:
            if now < command.due and command.times[0] < first:
                continue
            command.open = [row for row in command.open if row.read < row.end]
            command.due = min((row.due() for row in command.open), default=float("inf"))
        if now % DAY == 0:
            self.commands = [c for c in self.commands if c.open and c.times[0] > now - 30 * DAY]
            del self.times[:bisect_left(self.times, now - 2 * DAY)]


RULES = ("old", "hour", "minutes")
WORLDS = (("6% never finish; all sent at once", 0, 0.06),
          ("6%; sent within 36 minutes", 36 * MINUTE, 0.06),
          ("6%; within 10 hours", 10 * HOUR, 0.06),
          ("0.4%; at once", 0, 0.004),
          ("all finish; at once", 0, 0))


def main():
    """Print a table."""
    print(f"{'mean and most requests, late, young':34}" + "".join(f"{rule:>24}" for rule in RULES))
    for title, spread, never in WORLDS:
        print(f"{title:34}", end="", flush=True)
        for rule in RULES:
            world = World(rule, spread, never)
            spent = [world.run(n * STEP) for n in range(1, 60 * DAY // STEP + 1)][-30 * DAY // STEP:]
            print(f"{sum(spent) / len(spent):8.1f} {max(spent):4d} {world.late:5.2f} {world.young:4.1f}",
                  end="", flush=True)
        print()


if __name__ == "__main__":
    main()
