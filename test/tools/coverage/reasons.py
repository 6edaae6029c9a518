#!/usr/bin/python3
"""Say of each line that no test ran why not.

    reasons.py COVERAGE.json

COVERAGE.json is gcovr's.  Lines that follow each other count as one place; its
reason is the first row of the table whose pattern is found in it or in the two
lines before.
"""

import json
import re
import sys

REASONS = [
    ("memory is short, or a cap on it is reached",
     r"nomem|ssm_fail_memory|SSM_ERROR_MEMORY|alloc\(|strdup\(|ssm_buf_ok|NOMEM"),
    ("the kernel gives no epoll, timer, pipe or process, or libcurl or OpenSSL nothing",
     r"epoll_|timerfd_|pipe\(|spawn|SSM_ERROR_RESOURCES|EINTR|curl_|EVP_|HMAC|OpenSSL"),
    ("a name or path is longer than anyone would write",
     r"too (long|many)|no home directory|snprintf\(|sizeof\("),
    ("something called fails for one of these reasons",
     r"return (NULL|false|-1|failed|SSM_[A-Z_]*FAILED);|ssm_report\(&?error|_free\(|_clear\("),
    ("no test was made", ""),
]


def places(lines):
    """Yield lists of line numbers that were not run and follow each other."""
    place = []
    for line in sorted(lines, key=lambda line: line["line_number"]):
        if line["count"] == 0 and not line.get("gcovr/noncode"):
            place.append(line["line_number"])
        elif place:
            yield place
            place = []
    if place:
        yield place


def main():
    """Print the places by reason."""
    with open(sys.argv[1], encoding="utf-8") as file:
        coverage = json.load(file)
    found = {name: [] for name, _ in REASONS}
    for source in coverage["files"]:
        with open(source["file"], encoding="utf-8") as file:
            text = file.read().split("\n")
        for place in places(source["lines"]):
            context = "\n".join(text[max(0, place[0] - 3):place[-1]])
            name = next(name for name, pattern in REASONS if re.search(pattern, context))
            found[name].append(f"{source['file']}:{place[0]}: {text[place[0] - 1].strip()}")
    for name, lines in found.items():
        print(f"{len(lines)} places: {name}")
        for line in lines:
            print(f"    {line}")


main()
