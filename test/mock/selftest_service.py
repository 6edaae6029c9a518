"""Self-test of the answers: AWS's own clients get exactly the rows, filters
agree with brute force, and wrong requests are refused."""

import json
import subprocess
from datetime import datetime, timezone

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from dataset import Dataset
from jsontext import dump
from settings import load
from testkit import KEY, NO_AWS, SECRET, Wire, signed
from validation import STATUS_VALUES

# The members that are times, and not texts of times.
TIMES = {"RequestedDateTime", "ResponseStartDateTime", "ResponseFinishDateTime",
         "ExpiresAfter", "LastPingDateTime", "RegistrationDate",
         "LastAssociationExecutionDate", "LastSuccessfulAssociationExecutionDate"}
ROWS = {"rows": 137, "nodes": 20, "per_command": 6, "plugins": 2}


def all_rows(config, details=True):
    """Return the rows of a configuration as a client should see them, in
    order, and their times in milliseconds (row's, command's)."""
    dataset = Dataset(load(config))
    explicit = dataset.explicit["ListCommandInvocations"]
    rows = [*explicit,
            *(json.loads(dump(dataset.row(i, details)))
              for i in range(dataset.rows))]
    times = [(round(row["RequestedDateTime"] * 1000),) * 2
             for row in explicit]
    times += [(dataset.request_ms(i), dataset.command_ms(i))
              for i in range(dataset.rows)]
    return rows, times


def client(mock, secret=SECRET, **config):
    """Return a boto3 client that leaves all judgement to the service."""
    return boto3.client(
        "ssm", "us-east-1", endpoint_url=mock.url, aws_access_key_id=KEY,
        aws_secret_access_key=secret,
        config=Config(parameter_validation=False, retries={"max_attempts": 0},
                      **config))


def plain(row, name=""):
    """Return a client's row with times as the numbers they were: boto3 makes
    datetimes, the CLI texts."""
    if name in TIMES and isinstance(row, str):
        row = datetime.fromisoformat(row)
    if isinstance(row, datetime):
        return round(row.timestamp() * 1000) / 1000
    if isinstance(row, dict):
        return {name: plain(member, name) for name, member in row.items()}
    if isinstance(row, list):
        return [plain(member) for member in row]
    return row


def scan(api, size=7, **parameters):
    """Return all rows of a request by boto3's paginator, and the pages'
    sizes."""
    pages = api.get_paginator("list_command_invocations").paginate(
        PaginationConfig={"PageSize": size}, **parameters)
    pages = [page["CommandInvocations"] for page in pages]
    return ([plain(row) for page in pages for row in page],
            [len(page) for page in pages])


def stamp(milliseconds):
    """Return a time as the filters want it, cut to the second."""
    when = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return when.strftime("%Y-%m-%dT%H:%M:%SZ")


def filters(**values):
    """Return filters in the API's form."""
    return [{"key": key, "value": value} for key, value in values.items()]


def code(action, *arguments, **parameters):
    """Return the code of the error that an API call ends with, or None."""
    try:
        action(*arguments, **parameters)
    except ClientError as error:
        return error.response["Error"]["Code"]
    return None


def test_clients(tap, mock):
    """The AWS CLI and boto3 read everything."""
    explicit = {"CommandId": "0" * 36, "InstanceId": "i-00000000",
                "RequestedDateTime": 1769731300.5, "Status": "Success",
                "CommandPlugins": [{"Name": "own", "ResponseCode": 0}]}
    config = {**ROWS, "explicit": [explicit]}
    mock.config(**config)
    rows, _ = all_rows(config)
    command = ["/usr/bin/aws", "ssm", "list-command-invocations",
               "--endpoint-url", mock.url, "--region", "us-east-1",
               "--output", "json"]
    done = subprocess.run([*command, "--details"], env=NO_AWS, text=True,
                          capture_output=True)
    got = json.loads(done.stdout or "{}").get("CommandInvocations")
    tap.equal(plain(got), rows,
              "AWS CLI reads every row in full")
    done = subprocess.run(
        [*command, "--filters", "key=Status,value=Failed"], text=True,
        env={**NO_AWS, "AWS_SECRET_ACCESS_KEY": "wrong"}, capture_output=True)
    tap.ok(done.returncode and "InvalidSignatureException" in done.stderr,
           "AWS CLI with a wrong secret fails")
    api = client(mock)
    got, sizes = scan(api, Details=True)
    tap.equal(got, rows, "boto3 reads every row in full")
    tap.equal(sizes, [7] * 19 + [5], "full pages without a filter")
    got, _ = scan(api)
    tap.equal(got, [{**row, "CommandPlugins": []} for row in rows],
              "no plugins without Details")


def brute(config, command_id=None, instance_id=None, Status=None,
          DocumentName=None, InvokedAfter=None, InvokedBefore=None, clock=0):
    """Return the rows that a request should give, by looking at each."""
    rows, times = all_rows(config, False)
    chosen = []
    for row, time in zip(rows, times):
        second = stamp(time[clock])
        statuses = {row["Status"], row["StatusDetails"]}
        good = (command_id in (None, row["CommandId"])
                and instance_id in (None, row["InstanceId"])
                and (Status is None or Status in statuses)
                and DocumentName in (None, row["DocumentName"])
                and (InvokedAfter is None or second >= InvokedAfter)
                and (InvokedBefore is None or second < InvokedBefore))
        if good:
            chosen.append(row)
    return chosen


def test_filters(tap, mock):
    """Each filter, alone and with others, in every mode."""
    config = {**ROWS, "plugins": 0}
    rows, times = all_rows(config, False)
    window = {"InvokedAfter": stamp(times[100][0]),
              "InvokedBefore": stamp(times[30][0])}
    names = sorted({row["DocumentName"] for row in rows})
    cases = [{"Status": value} for value in sorted(STATUS_VALUES)]
    cases += [{"DocumentName": name} for name in [*names, "AWS-None"]]
    cases += [{key: value} for key, value in window.items()]
    cases += [window, {**window, "Status": "Failed", "DocumentName": names[0]},
              {"InvokedAfter": "2030-01-01T00:00:00Z"},
              {"InvokedBefore": "2000-01-01T00:00:00Z"}]
    modes = [{}, {"filter_mode": "index"}, {"time_per_page": True},
             {"time_basis": "command"}, {"short_pages": True}]
    for mode in modes:
        mock.config(**config, **mode)
        api = client(mock)
        clock = int(mode.get("time_basis") == "command")
        wrong = []
        for case in cases:
            got, sizes = scan(api, Filters=filters(**case))
            if got != brute(config, clock=clock, **case):
                wrong.append(case)
        tap.equal(wrong, [], f"{len(cases)} filters agree with brute force {mode}")
    command, node = rows[40]["CommandId"], rows[40]["InstanceId"]
    for ids in ({"CommandId": command}, {"InstanceId": node},
                {"CommandId": command, "InstanceId": node},
                {"CommandId": "x" * 36}, {"InstanceId": "mi-" + "x" * 17}):
        got, _ = scan(api, **ids)
        tap.equal(got, brute(config, ids.get("CommandId"), ids.get("InstanceId")),
                  f"rows for {', '.join(ids)}: {len(got)}")


def test_pages(tap, mock):
    """Empty, repeated, short and shuffled pages, and the end."""
    rows, _ = all_rows({**ROWS, "plugins": 0}, False)
    mock.config(**ROWS)
    api = client(mock)
    got, sizes = scan(api, Filters=filters(Status="Cancelled"))
    tap.ok(0 in sizes[:-1] and len(sizes) == 20, "pages filtered empty have a token")
    mock.config(**ROWS, filter_mode="index")
    _, sizes = scan(client(mock), Filters=filters(Status="Success"))
    tap.ok(set(sizes[:-1]) == {7}, "filter_mode index fills pages")
    mock.config(**ROWS, short_pages=True)
    got, sizes = scan(api, 50)
    tap.ok(got == rows and max(sizes) < 50, f"short pages {sizes}")
    mock.config(**ROWS, repeat_rows=2)
    got, sizes = scan(api, 50)
    tap.equal(got, rows[:50] + rows[48:98] + rows[96:], "repeated rows")
    mock.config(**ROWS, shuffle=True)
    got, _ = scan(api, 50)
    tap.ok(got != rows and sorted(map(dump, got)) == sorted(map(dump, rows)),
           "shuffled rows are the same rows")
    for form, value in (("null", None), ("empty", "")):
        mock.config(rows=1, last_token=form)
        wire = Wire(mock)
        tap.equal(wire.ask({})[1].get("NextToken", "absent"), value,
                  f"last_token {form}")
    mock.config(rows=1_000_000, nodes=5000, per_command=500)
    tap.equal(len(scan(api, 50, CommandId=Dataset(load(
        {"rows": 1_000_000, "nodes": 5000, "per_command": 500})).command(999).id
    )[0]), 500, "a command among a million rows")
    got, sizes = scan(api, 50, Filters=filters(
        InvokedAfter="2026-01-01T00:00:00Z", InvokedBefore="2026-01-01T00:30:00Z"))
    tap.ok(500 <= len(got) <= 1500, "a time window among a million rows")


def test_refusals(tap, mock):
    """Wrong parameters, tokens and signatures."""
    mock.config(**ROWS, rejected=["i-00000001"], reject_unknown=True,
                invalid_commands=["c" * 36], accounts={
                    KEY: SECRET, "AKSESSION": {"secret": "s", "session_token": "t"},
                    "AKOLD": {"secret": "s", "expired": True},
                    "AKNO": {"secret": "s", "denied": True}})
    call = client(mock).list_command_invocations
    bad = {
        "short CommandId": {"CommandId": "abc"},
        "bad InstanceId": {"InstanceId": "i-1"},
        "MaxResults 0": {"MaxResults": 0}, "MaxResults 51": {"MaxResults": 51},
        "no filter": {"Filters": []},
        "wrong key": {"Filters": filters(Foo="x")},
        "wrong status": {"Filters": filters(Status="Cancelling")},
        "duplicate key": {"Filters": filters(Status="Failed") * 2},
        "fraction": {"Filters": filters(InvokedAfter="2024-01-01T00:00:00.5Z")},
        "no such day": {"Filters": filters(InvokedAfter="2024-02-30T00:00:00Z")},
        "document": {"Filters": filters(DocumentName="a b c")},
        "long value": {"Filters": filters(DocumentName="x" * 129)},
        "node and Pending": {"InstanceId": "i-00000002",
                             "Filters": filters(Status="Pending")}}
    wrong = [name for name in bad if code(call, **bad[name]) != "ValidationException"]
    tap.equal(wrong, [], f"{len(bad)} invalid requests are refused")
    tap.equal(mock.control("stats")["invalid"], len(bad), "and counted")
    tap.equal(code(call, Filters=filters(ExecutionStage="Executing")),
              "InvalidFilterKey", "ExecutionStage is not a key here")
    tap.equal([code(call, InstanceId="i-00000001"), code(call, InstanceId="i-12345678"),
               code(call, CommandId="c" * 36)],
              ["InvalidInstanceId"] * 2 + ["InvalidCommandId"], "refused ids")
    token = call(MaxResults=5)["NextToken"]
    tap.equal([code(call, MaxResults=6, NextToken=token), code(call, NextToken="abc"),
               code(call, MaxResults=5, NextToken=token)],
              ["InvalidNextToken"] * 2 + [None], "tokens fit their parameters")
    wire = Wire(mock)
    tap.equal([wire.ask(body)[1]["__type"] for body in
               (b'{"Foo":1}', b'{"CommandId":null}', b'{"MaxResults":"5"}', b"[]",
                b'{"MaxResults":1,"MaxResults":2}', b"{")],
              ["ValidationException"] * 3 + ["SerializationException"] * 3,
              "unknown members, null, types, and broken JSON")

    def sign(path="/", secret="s", **how):
        headers = signed(mock.url + path, b"{}", secret=secret, **how)
        return wire.ask(b"{}", headers, path)[1].get("__type")

    tap.equal([sign(secret=SECRET), sign(key="AKSESSION", token="t"),
               sign("/a%20b//c/../d/?y=2&x=%7E", secret=SECRET)], [None] * 3,
              "good signatures, with a session token, on any path")
    tap.equal([sign(), sign(key="AKSESSION"), sign(key="AKSESSION", token="u"),
               sign(key="AKUNKNOWN"), sign(key="AKOLD"), sign(key="AKNO"),
               sign(secret=SECRET, service="sts"), wire.ask(b"{}", {
                   "Content-Type": "application/x-amz-json-1.1", "X-Amz-Target":
                   "AmazonSSM.ListCommandInvocations"})[1]["__type"]],
              ["InvalidSignatureException"] + ["UnrecognizedClientException"] * 3
              + ["ExpiredTokenException", "AccessDeniedException",
                 "InvalidSignatureException",
                 "MissingAuthenticationTokenException"], "bad signatures")
    mock.config(clock_offset=299)
    tap.equal(sign(secret=SECRET), None, "a clock nearly 5 minutes ahead")
    for offset, text in ((310, "Signature expired"), (-310, "not yet current")):
        mock.config(clock_offset=offset)
        status, answer = wire.ask({})
        tap.ok(text in answer.get("message", ""), f"clock {offset}: {text}")


def test(tap, mock):
    """Run all."""
    test_clients(tap, mock)
    test_filters(tap, mock)
    test_pages(tap, mock)
    test_refusals(tap, mock)
