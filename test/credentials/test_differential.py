#!/usr/bin/python3
"""Compares what the engine finds with what must be found, and with botocore
wherever that agrees; prints TAP.

    test_differential.py [SEED [NUMBER]]    # one case: also shows it
"""

import hashlib
import json
import random
import re
import sys

sys.dont_write_bytecode = True

import cases
import failures
import reference
from place import Place, keys
from standin import Service

from testkit import Tap

SEED = 20261124
EACH = 6                    # cases for each source
FAILING = 2                 # cases for each way to be wrong


def make(service, seed):
    """Yield the cases."""
    recipes = [(cases.fill, level) for level in range(len(cases.LEVELS)) for _ in range(EACH)] + \
        [(failures.fail, failure) for failure in failures.FAILURES for _ in range(FAILING)]
    for number, (build, what) in enumerate(recipes):
        case = cases.Case(number, random.Random(f"{seed}/{number}"), service)
        build(case, what)
        case.name = f"{number}: {case.level}" + (f", {what.__name__}" if callable(what) else "")
        yield case


def furnish(case, place):
    """Write a case's files; returns its variables."""
    rng = case.rng
    paths = {"config": ".aws/config", "credentials": ".aws/credentials"}
    variables = {name: value.replace("HOME", place.home) for name, value in case.variables.items()}
    for name, variable in (("config", "AWS_CONFIG_FILE"), ("credentials", "AWS_SHARED_CREDENTIALS_FILE")):
        if rng.random() < 0.3:
            paths[name] = f"elsewhere/my {name}"
            variables[variable] = "~/" + paths[name] if rng.random() < 0.5 else f"{place.home}/{paths[name]}"
    place.write(paths["config"], case.text(case.config, place.home))
    if case.credentials:
        place.write(paths["credentials"], case.text(case.credentials, place.home))
    for name, text in case.files.items():
        if name.startswith("sso:"):
            name = f".aws/sso/cache/{hashlib.sha1(name[4:].encode()).hexdigest()}.json"
        place.write(name, text, 0o700)
    return variables


def differs(case, result, what, other):
    """Return how a part of a result differs from botocore's, or nothing."""
    if any(cases.DISAGREEMENTS[tag][0] in ("all", what) for tag in case.tags):
        return None
    mine = {"keys": keys(result) if isinstance(keys(result), tuple) else None,
            "region": result.get("region"), "endpoint": result.get("endpoint")}[what]
    differs.compared[what] = differs.compared.get(what, 0) + 1
    return None if mine == other else f"botocore's {what}: {other}, not {mine}"


differs.compared = {}


def judge(case, result, found):
    """Return what is wrong with a result."""
    wrong = []
    if case.keys and keys(result) != tuple(case.keys):
        wrong.append(f"keys: {keys(result)}, not {case.keys}")
    if case.keys and result.get("source") != case.level:
        wrong.append(f"source: {result.get('source')}")
    if case.wrong and not (isinstance(keys(result), str) and re.search(case.wrong, keys(result))):
        wrong.append(f"{keys(result)}, not {case.wrong}")
    if case.settled:
        if result.get("region") != case.region:
            wrong.append(f"region: {result.get('region')}, not {case.region}")
        if result.get("endpoint") != case.endpoint:
            wrong.append(f"endpoint: {result.get('endpoint')}, not {case.endpoint}")
    if result["descriptors"] or result.get("children") or result.get("pending"):
        wrong.append(f"left behind: {result}")
    for what, other in zip(("keys", "region", "endpoint"), found):
        if what == "keys" or case.settled:
            wrong.append(differs(case, result, what, other))
    return [w for w in wrong if w]


def main(seed=SEED, only=None):
    """Run all cases; returns the exit status."""
    tap = Tap()
    service = Service()
    seen = {}
    for case in make(service, seed):
        if only is not None and case.number != int(only):
            continue
        with Place() as place:
            variables = furnish(case, place)
            service.set(**json.loads(json.dumps(case.settings)))
            result = place.resolve(variables, case.arguments, service)
            service.set(**json.loads(json.dumps(case.settings)))
            found = reference.look(place.variables(variables, service), case)
        wrong = judge(case, result, found)
        tap.ok(not wrong, case.name)
        if wrong or only is not None:
            print(f"#   {wrong}\n#   {variables}\n#   {case.arguments}\n#   {case.config}\n#   "
                  f"{case.credentials}\n#   {case.settings}\n#   {case.tags}\n#   {result}\n#   {found}", file=sys.stderr)
        kind = case.wrong and "wrong" or case.level
        seen[kind] = seen.get(kind, 0) + 1
    if only is None:
        tap.ok(seen.pop("wrong") >= 15 and len(seen) == len(cases.LEVELS) and min(seen.values()) >= 4,
               f"each source was used: {seen}")
        tap.ok(min(differs.compared.values()) >= 30 and differs.compared["keys"] >= 60,
               f"compared with botocore: {differs.compared}")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
