"""The invocations that the stand-in serves, and their commands and nodes.

None is stored: row i (0 is the newest) is computed from i alone, and ids can
be turned back into the number of their command or node, so a million rows
cost no memory and a lookup no search.
"""

from bisect import bisect_left, bisect_right
from collections import namedtuple
from functools import lru_cache
from hashlib import blake2b

from command import build_command
from invocation import (DOCUMENT_SLOTS, DOCUMENTS, OUTPUTS, STATUS_SLOTS,
                        STATUSES, Kind, Sizes, Template, Values,
                        build_invocation, instance_name)
from node import build_node
from output import build_output, find_step

DAY_MS = 86400 * 1000
LONGEST_TRAIL_MS = 3600 * 1000
COMMAND_LEAD_MS = 300
REMEMBERED = 50_000
CACHE_BYTES = 256 << 20
TWO_48 = 1 << 48
SCRAMBLE = 0x5DEECE66D7B5
UNSCRAMBLE = pow(SCRAMBLE, -1, TWO_48)

# newest: when its newest row may have run at the latest; gap: the time
# between two of its rows; both in milliseconds.
Command = namedtuple("Command", "id document newest gap")


def mix(number):
    """Return 32 well mixed bits computed from a number."""
    number = (number + 0x9E3779B9) * 0x85EBCA6B & 0xFFFFFFFF
    number = (number ^ number >> 15) * 0xC2B2AE35 & 0xFFFFFFFF
    return number ^ number >> 13


def digest(kind, number, length):
    """Return that many hex digits computed from a kind and a number."""
    return blake2b(b"%s %d" % (kind, number)).hexdigest()[:length]


def unscramble(tail):
    """Return the number whose id has this tail, or -1 for no number."""
    try:
        return int(tail, 16) * UNSCRAMBLE % TWO_48 - 1
    except ValueError:
        return -1


def clip(rows, low, high):
    """Return the part of a range whose elements lie in [low, high)."""
    first = max(0, -((rows.start - low) // rows.step))
    last = max(first, -((rows.start - high) // rows.step))
    return rows[first:last]


class Dataset:
    """The computed rows for one configuration, and the rows given in full."""

    def __init__(self, settings):
        """Take sizes, times and explicit rows from the settings."""
        self.rows = settings.rows
        self.nodes = settings.nodes
        self.per_command = settings.per_command
        self.commands = -(-self.rows // self.per_command)
        self.end_ms = int(settings.end * 1000)
        self.span_ms = int(settings.span * 1000)
        self.recent = round(self.commands * settings.skew)
        self.plugins = settings.plugins
        self.sizes = Sizes(max(settings.output, settings.full_output),
                           settings.output)
        self.explicit = settings.explicit
        self.command = lru_cache(REMEMBERED)(self.compute_command)
        self.command_row = lru_cache(REMEMBERED)(self.compute_command_row)
        self.node = lru_cache(REMEMBERED)(self.compute_node)
        self.templates = {}
        self.texts = {}
        self.text_bytes = 0

    def compute_command(self, number):
        """Return the facts about a command.  Its number is in its id."""
        text = digest(b"command", number, 15)
        tail = (number + 1) * SCRAMBLE % TWO_48
        start, width = self.interval(number)
        gap = min(width, LONGEST_TRAIL_MS) // self.per_command
        return Command(
            f"{text[:8]}-{text[8:12]}-4{text[12:15]}-8a5c-{tail:012x}",
            DOCUMENT_SLOTS[mix(number) % len(DOCUMENT_SLOTS)],
            self.end_ms - 1 - start, gap)

    def compute_node(self, number):
        """Return a node's (InstanceId, InstanceName).  Its number is in its
        id; every tenth node is not an EC2 instance."""
        prefix = "mi-" if number % 10 == 9 else "i-"
        tail = (number + 1) * SCRAMBLE % TWO_48
        return (f"{prefix}{digest(b'node', number, 5)}{tail:012x}",
                instance_name(number))

    def interval(self, number):
        """Return how long before the end a command's time begins, and how
        long it is, in milliseconds: commands are spread evenly, or a share
        of them over the last day and the rest over the rest."""
        if number < self.recent:
            return DAY_MS * number // self.recent, DAY_MS // self.recent
        base = DAY_MS if self.recent else 0
        rest = self.commands - self.recent
        length = self.span_ms - base
        return base + length * (number - self.recent) // rest, length // rest

    def find_command(self, text):
        """Return the number of the command with this id, or None."""
        number = unscramble(text[24:])
        if 0 <= number < self.commands and self.command(number).id == text:
            return number
        return None

    def find_node(self, text):
        """Return the number of the node with this id, or None."""
        number = unscramble(text[-12:])
        if 0 <= number < self.nodes and self.node(number)[0] == text:
            return number
        return None

    # Row i.

    def request_ms(self, i):
        """Return the RequestedDateTime of row i in epoch milliseconds: a
        command's rows follow each other within an hour at most."""
        command, j = divmod(i, self.per_command)
        _, _, newest, gap = self.command(command)
        return newest - j * gap - (mix(i) % gap if gap else 0)

    def command_ms(self, i):
        """Return when row i's command was sent: a little before the first of
        its invocations."""
        last = i - i % self.per_command + self.per_command - 1
        return self.request_ms(min(last, self.rows - 1)) - COMMAND_LEAD_MS

    def kind(self, i):
        """Return what row i shares with many others: all but ids and times."""
        bits = mix(i)
        return Kind(STATUS_SLOTS[bits % 100],
                    self.command(i // self.per_command).document,
                    bits // 100 % len(OUTPUTS))

    def status(self, i):
        """Return row i's (Status, StatusDetails)."""
        return STATUSES[self.kind(i).status][:2]

    def document_name(self, i):
        """Return row i's DocumentName, the same for all of its command."""
        return DOCUMENTS[self.kind(i).document].name

    def values(self, i):
        """Return what only row i has: its ids, name and time."""
        return Values(self.command(i // self.per_command).id,
                      *self.node(i % self.nodes), self.request_ms(i))

    def row(self, i, details):
        """Return row i as a dict of its members."""
        return build_invocation(self.kind(i), self.values(i),
                                self.plugins if details else 0, self.sizes)

    def row_text(self, i, details):
        """Return row i as JSON text, the same as dumping row(i, details) but
        several times as fast; the second time faster still."""
        text = self.texts.get((i, details))
        if text is None:
            text = self.render(i, details)
            self.text_bytes += len(text)
            if self.text_bytes <= CACHE_BYTES:
                self.texts[i, details] = text
        return text

    def render(self, i, details):
        """Return row i as JSON text, made from its kind's template."""
        key = self.kind(i), details
        template = self.templates.get(key)
        if template is None:
            template = Template(key[0], self.plugins if details else 0,
                                self.sizes)
            self.templates[key] = template
        return template.fill(self.values(i))

    # The other operations' rows.

    def sent_ms(self, number):
        """Return a command's RequestedDateTime in epoch milliseconds."""
        return self.command_ms(number * self.per_command)

    def compute_command_row(self, number):
        """Return a command as a dict of its members."""
        first = number * self.per_command
        rows = range(first, min(first + self.per_command, self.rows))
        return build_command(number, self.command(number), self.sent_ms(number),
                             [self.node(i % self.nodes)[0] for i in rows],
                             [self.status(i)[1] for i in rows])

    def node_row(self, number):
        """Return a node's information as a dict of its members."""
        return build_node(number, self.node(number)[0], self.end_ms)

    def output_row(self, i, name):
        """Return the output of row i's step with a name, or with None of its
        only one, as a dict of its members; None if there is none."""
        step = find_step(self.kind(i), max(1, self.plugins), name)
        if step is None:
            return None
        return build_output(self.kind(i), self.values(i), step, self.sizes.written)

    # Which rows a request's ids and times select.

    def select(self, command_id=None, instance_id=None):
        """Return the range of computed rows with these ids, newest first."""
        rows = range(self.rows)
        if instance_id is not None:
            node = self.find_node(instance_id)
            if node is None:
                return range(0)
            rows = range(node, self.rows, self.nodes)
        if command_id is not None:
            command = self.find_command(command_id)
            if command is None:
                return range(0)
            first = command * self.per_command
            rows = clip(rows, first, first + self.per_command)
        return rows

    def select_commands(self, command_id=None, instance_id=None):
        """Return the numbers of the commands with an id, and of those that
        were sent to a node, newest first."""
        rows = self.select(command_id, instance_id)
        if instance_id is not None:
            return [i // self.per_command for i in rows]
        return range(-(-rows.start // self.per_command),
                     -(-rows.stop // self.per_command))

    def cut(self, rows, after, before, time_of, bounds):
        """Return the part of some rows in order that lies within two times
        (in epoch milliseconds, or None), found by bisection; time_of() tells
        a row's."""
        def age(i):
            return -time_of(i)

        low, high = 0, len(rows)
        if before is not None:
            bisect = bisect_left if bounds == "closed" else bisect_right
            low = bisect(rows, -before, key=age)
        if after is not None:
            bisect = bisect_left if bounds == "open" else bisect_right
            high = bisect(rows, -after, key=age)
        return rows[low:max(low, high)]
