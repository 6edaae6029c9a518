#!/usr/bin/python3
"""A stand-in for four operations of AWS Systems Manager: ListCommandInvocations,
ListCommands, GetCommandInvocation and DescribeInstanceInformation.

    server.py [--config JSON] [--tls CERT KEY]

Listens on a free port of 127.0.0.1, prints http://127.0.0.1:PORT as the first
line of stdout, and ends when its stdin does, or on SIGTERM.  With --tls the
second line is an https URL that serves the same.  Any path is the API, except:

POST /_mock/config  replaces the whole configuration; resets all that follows
POST /_mock/reset   resets the log, the counters, and request numbers
GET  /_mock/log     every API request: n, operation (null for an unknown one),
                    connection, method, path, headers, body, started,
                    finished, status, error (the code served), invalid (why
                    the service refuses the request, or null)
GET  /_mock/stats   requests, operations (requests by operation),
                    peak_in_flight, in_flight, connections, open (now, this one
                    included), errors, throttled, invalid, faults (how often
                    each rule was applied)

Configuration: a JSON object; an absent key has its default.

Rows (the newest first; row i is computed from i); commands and outputs are those
of these invocations, and all nodes are registered
  rows             100        number of computed invocations
  nodes            10         number of managed nodes, at least per_command
  per_command      5          rows of one command, each on another node
  end              1769731200 time after the newest row, epoch seconds or "now"
  span             2592000    seconds over which the commands are spread
  now              null       computed invocations of later times, in epoch
                              seconds, are not there yet
  skew             0          fraction of the commands in the newest day
  plugins          1          CommandPlugins of each row, if Details is true
  output           200        most bytes of each plugin's Output
  full_output      0          bytes that each plugin wrote, if more than output:
                              GetCommandInvocation gives 24,000 of them
  explicit         []         invocations served before the computed ones, or
                              {operation: [row, ...]};
                              {"$raw": TEXT} is written as TEXT anywhere
  shuffle          false      serve in another, fixed order

Answers
  filter_mode      "page"     Status and DocumentName filter a page after it is
                              read, so pages are short or empty; "index": full
  status_matches   "either"   Status filter compares Status or StatusDetails;
                              "status", "details": only that.  TimedOut is
                              always compared with Status
  time_basis       "invocation" time filters compare the row's time, or
                              "command": that of its command, a little earlier
  time_bounds      "half"     InvokedAfter inclusive, InvokedBefore exclusive;
                              "closed": both inclusive; "open": both exclusive
  time_per_page    false      time filters, too, filter pages after reading
  repeat_rows      0          that many last rows of a page come again at the
                              start of the next
  short_pages      false      pages hold fewer rows than MaxResults
  last_token       "absent"   NextToken of the last page; "null", "empty"
  rejected         []         InstanceIds answered with InvalidInstanceId
  reject_unknown   false      so are all that no row could have
  invalid_commands []         CommandIds answered with InvalidCommandId
  ignored          []         parameters and filters, by name, that select nothing,
                              as emulators do

Requests
  validate         true       check signatures and bodies
  accounts         AKIDEXAMPLE and AWS's documented example secret
                              access key id: secret, or {"secret": ...,
                              "session_token": ..., "expired": true,
                              "denied": true}
  denied           []         operations that no account may call
  region           null       the only region in a credential scope
  clock_offset     0          seconds that the service's clock is ahead
  page_latency     0          seconds before each answer
  throttle_rate    null       requests per second; as many at once
  render_cache     false      for benchmarks: write rows by template, keep rows and
                              pages
  faults           []         rules: {"on": which requests, "times": at most so
                              often, "do": {fault: value, ...}}

A rule's "on": a request's number since the last reset (from 1), a list of
them, "all", {"every": K}, {"chance": P}, or {"match": {member of the body:
value}, "unless": {the same}, "operation": NAME}, where null stands for an absent
one.  All rules that fit apply.  Faults, applied in this order:
  status N, code TEXT, message TEXT      an error instead of the answer; without
                                         code its body is empty
  type_header true                       its code in x-amzn-ErrorType only
  echo_authorization true                signature and token in its message
  rows_patch {...}                       members merged into each listed row
  repeat_token true | "first"            the token received; the first page's
  token_bytes N                          the token padded, still valid
  merge {...}                            members merged into the top level
  raw TEXT, raw_base64 TEXT              another body
  pad N                                  white space before the body
  truncate N                             only the first N bytes (-N: not the last)
  gzip true, chunked true                codings
  headers {NAME: VALUE | null}           set, or removed
  wire TEXT                              this for head and body, then closed
  delay S                                seconds before the answer
  stall "headers" | "body" | {WHICH: S}  stops half way, for ever or S seconds
  drip N                                 bytes per second
  reset "before" | "headers" | "body" | "after"   TCP reset after that part (half
                                         the body)
  close (the same)                       orderly end
  content_length "short" | "long" | N    a wrong length; if too long, closes
"""

import argparse
import asyncio
import json
import os
import signal
import ssl
import sys
import threading

sys.dont_write_bytecode = True

from connection import Connection
from service import Service


def arguments():
    """Return the parsed command line."""
    parser = argparse.ArgumentParser(description="stand-in for AWS SSM")
    parser.add_argument("--config", type=json.loads, default={})
    parser.add_argument("--tls", nargs=2, metavar=("CERT", "KEY"))
    return parser.parse_args()


def watch_stdin(stop):
    """Call stop() when stdin ends; runs in a thread of its own."""
    try:
        while os.read(0, 4096):
            pass
    except OSError:
        pass
    stop()


def report(loop, context):
    """Report a bug of the stand-in; clients that go away are none."""
    if not isinstance(context.get("exception"), OSError):
        loop.default_exception_handler(context)


def load_judges():
    """Load botocore and the API model now rather than at the first request."""
    import signature  # noqa: F401


async def listen(service, tls):
    """Listen on a free loopback port and return the URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Connection(service), "127.0.0.1", 0,
                                      ssl=tls, backlog=1024)
    port = server.sockets[0].getsockname()[1]
    return f"{'https' if tls else 'http'}://127.0.0.1:{port}"


async def serve(options):
    """Serve until stdin ends or a signal comes."""
    service = Service(options.config)
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(report)
    stopped = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    print(await listen(service, None), flush=True)
    if options.tls:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*options.tls)
        print(await listen(service, context), flush=True)
    threading.Thread(target=watch_stdin, daemon=True,
                     args=(lambda: loop.call_soon_threadsafe(stopped.set),)).start()
    if service.settings.validate:
        load_judges()
    await stopped.wait()
    os._exit(0)


if __name__ == "__main__":
    try:
        asyncio.run(serve(arguments()))
    except ValueError as error:
        sys.exit(f"server.py: {error}")
