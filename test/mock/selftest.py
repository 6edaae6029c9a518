#!/usr/bin/python3
"""Proves the stand-in; prints TAP."""

import sys

sys.dont_write_bytecode = True

import selftest_operations
import selftest_service
import selftest_wire
from testkit import Mock, Tap


def main():
    """Run all tests against one server; return the exit status."""
    tap = Tap()
    mock = Mock()
    selftest_service.test(tap, mock)
    selftest_operations.test(tap, mock)
    selftest_wire.test(tap, mock)
    status, errors = mock.stop()
    tap.equal((status, errors), (0, ""), "it ends with its stdin and was silent")
    return tap.done()


if __name__ == "__main__":
    sys.exit(main())
