"""The stand-in's configuration: every key, its default, and its check.

The meaning of each key is in the table at the top of server.py.
"""

import time
from types import SimpleNamespace

OPERATIONS = ("ListCommandInvocations", "ListCommands", "GetCommandInvocation",
              "DescribeInstanceInformation")

DEFAULTS = {
    "rows": 100,
    "nodes": None,
    "per_command": 5,
    "end": 1769731200,
    "span": 30 * 86400,
    "now": None,
    "skew": 0,
    "plugins": 1,
    "output": 200,
    "full_output": 0,
    "explicit": [],
    "shuffle": False,
    "filter_mode": "page",
    "status_matches": "either",
    "time_basis": "invocation",
    "time_bounds": "half",
    "time_per_page": False,
    "repeat_rows": 0,
    "short_pages": False,
    "last_token": "absent",
    "rejected": [],
    "reject_unknown": False,
    "invalid_commands": [],
    "ignored": [],
    "validate": True,
    "accounts": {"AKIDEXAMPLE": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"},
    "denied": [],
    "region": None,
    "clock_offset": 0,
    "page_latency": 0,
    "throttle_rate": None,
    "render_cache": False,
    "faults": [],
}

CHOICES = {
    "filter_mode": ("page", "index"),
    "status_matches": ("either", "status", "details"),
    "time_basis": ("invocation", "command"),
    "time_bounds": ("half", "closed", "open"),
    "last_token": ("absent", "null", "empty"),
}

COUNTS = ("rows", "nodes", "per_command", "plugins", "output", "full_output",
          "repeat_rows")


def load(config):
    """Return the settings (a namespace with every key) for a config dict.

    Keys that are absent get their default.  Raises ValueError, with a text
    for the test's author, for an unknown key or an impossible value.
    """
    unknown = sorted(set(config) - set(DEFAULTS))
    if unknown:
        raise ValueError("unknown config key: " + ", ".join(unknown))
    settings = SimpleNamespace(**{**DEFAULTS, **config})
    for key, allowed in CHOICES.items():
        if getattr(settings, key) not in allowed:
            raise ValueError(f"{key} must be one of {', '.join(allowed)}")
    if settings.nodes is None:
        settings.nodes = max(10, settings.per_command)
    for key in COUNTS:
        value = getattr(settings, key)
        if type(value) is not int or value < 0:
            raise ValueError(f"{key} must be a whole number")
    settings.explicit = load_explicit(settings.explicit)
    if not set(settings.denied) <= set(OPERATIONS):
        raise ValueError("denied must be a list of operations")
    if not 1 <= settings.per_command <= settings.nodes:
        raise ValueError("per_command must be 1 to nodes: "
                         "a command runs once on a node")
    if settings.end == "now":
        settings.end = int(time.time())
    if not 0 <= settings.skew <= 1:
        raise ValueError("skew must be a fraction")
    if not 0 < settings.span < settings.end:
        raise ValueError("span must be positive and end after 1970")
    if settings.skew and settings.span <= 86400:
        raise ValueError("skew needs a span of more than a day")
    return settings


def load_explicit(explicit):
    """Return the explicit rows as a dict with each operation's list; a list
    is invocations.  Raises ValueError."""
    if isinstance(explicit, list):
        explicit = {"ListCommandInvocations": explicit}
    if not set(explicit) <= set(OPERATIONS):
        raise ValueError("explicit must be a list, or lists by operation")
    return {name: explicit.get(name, []) for name in OPERATIONS}
