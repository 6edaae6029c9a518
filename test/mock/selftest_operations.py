"""Self-test of the operations beside ListCommandInvocations: AWS's own clients
get exactly their rows, what they say of a command agrees with its invocations,
and wrong requests are refused."""

import json
import subprocess
from collections import Counter

from dataset import Dataset
from jsontext import dump
from operations import PREFIX
from selftest_service import ROWS, client, code, filters, plain, scan, stamp
from settings import load
from testkit import NO_AWS, Wire, signed

COMMANDS, NODES = "list_commands", "describe_instance_information"
LISTS = {COMMANDS: "Commands", NODES: "InstanceInformationList"}
EXPLICIT = {
    "ListCommands": [{"CommandId": "0" * 36, "RequestedDateTime": 1769731300.5,
                      "Status": "Failed", "StatusDetails": "NoInstancesInTag"}],
    "DescribeInstanceInformation": [{"InstanceId": "i-00000000",
                                     "PingStatus": "Online"}]}


def read(api, method, size=7, **parameters):
    """Return all rows of an operation by boto3's paginator, and the pages'
    sizes."""
    pages = [page[LISTS[method]] for page in api.get_paginator(method).paginate(
        PaginationConfig={"PageSize": size}, **parameters)]
    return ([plain(row) for page in pages for row in page],
            [len(page) for page in pages])


def rows_of(config):
    """Return the rows that each operation should list, and the dataset."""
    dataset = Dataset(load(config))
    computed = {
        COMMANDS: [dataset.command_row(n) for n in range(dataset.commands)],
        NODES: [dataset.node_row(n) for n in range(dataset.nodes)]}
    explicit = {COMMANDS: dataset.explicit["ListCommands"],
                NODES: dataset.explicit["DescribeInstanceInformation"]}
    return {method: explicit[method] + [json.loads(dump(row)) for row in rows]
            for method, rows in computed.items()}, dataset


def value_sets(**values):
    """Return filters in DescribeInstanceInformation's form."""
    return [{"Key": key.replace("_", ":"), "Values": value}
            for key, value in values.items()]


def test_clients(tap, mock):
    """The AWS CLI and boto3 read everything."""
    config = {**ROWS, "explicit": EXPLICIT}
    mock.config(**config)
    rows, dataset = rows_of(config)
    api = client(mock)
    for method, expected in rows.items():
        name = method.replace("_", "-")
        done = subprocess.run(
            ["/usr/bin/aws", "ssm", name, "--endpoint-url", mock.url, "--region",
             "us-east-1", "--output", "json"],
            env=NO_AWS, text=True, capture_output=True)
        tap.equal(plain(json.loads(done.stdout or "{}").get(LISTS[method])), expected,
                  f"AWS CLI: {name}")
        got, sizes = read(api, method)
        tap.equal(got, expected, f"boto3: {name}")
        tap.equal(sizes[:-1], [7] * (-(-len(expected) // 7) - 1),
                  f"full pages: {name}")
    pair = dataset.values(3)
    done = subprocess.run(
        ["/usr/bin/aws", "ssm", "get-command-invocation", "--endpoint-url", mock.url,
         "--region", "us-east-1", "--output", "json", "--command-id",
         pair.command_id, "--instance-id", pair.instance_id, "--plugin-name",
         dataset.row(3, True)["CommandPlugins"][1]["Name"]],
        env=NO_AWS, text=True, capture_output=True)
    name = json.loads(done.stdout or "{}").get("PluginName")
    tap.equal(json.loads(done.stdout or "{}"), dataset.output_row(3, name),
              "AWS CLI: get-command-invocation")
    tap.equal(mock.control("stats")["operations"],
              {"ListCommands": 1 + -(-len(rows[COMMANDS]) // 7),
               "DescribeInstanceInformation": 1 + -(-len(rows[NODES]) // 7),
               "GetCommandInvocation": 1}, "requests are counted by operation")


def test_commands(tap, mock):
    """Counts and statuses are the invocations'; filters agree with brute
    force."""
    config = {**ROWS, "rows": 997, "plugins": 0}
    mock.config(**config)
    api = client(mock)
    commands, _ = read(api, COMMANDS, 50)
    invocations, _ = scan(api, 50)
    wrong = []
    for command in commands:
        mine = [row for row in invocations if row["CommandId"] == command["CommandId"]]
        count = Counter(row["StatusDetails"] for row in mine)
        ended = Counter(row["Status"] for row in mine if row["Status"] in
                        ("Success", "Failed", "TimedOut", "Cancelled"))
        nodes = {row["InstanceId"] for row in mine}
        good = (command["TargetCount"] == len(mine)
                and command["CompletedCount"] == ended.total()
                and command["ErrorCount"] == count["Failed"] + count["ExecutionTimedOut"]
                and command["DeliveryTimedOutCount"] == count["DeliveryTimedOut"]
                and (command["Status"] == "Success") <= (
                    set(count) <= {"Success", "Failed", "Undeliverable",
                                   "DeliveryTimedOut", "ExecutionTimedOut"})
                and set(command["InstanceIds"]) in (nodes, set())
                and bool(command["InstanceIds"]) != bool(command["Targets"])
                and command["DocumentName"] == mine[0]["DocumentName"]
                and command["RequestedDateTime"] <= min(
                    row["RequestedDateTime"] for row in mine))
        if not good:
            wrong.append(command)
    tap.equal(wrong, [], f"{len(commands)} commands agree with their invocations")
    times = [round(command["RequestedDateTime"] * 1000) for command in commands]
    tap.ok(times == sorted(times, reverse=True)
           and len({command["StatusDetails"] for command in commands}) > 5,
           "newest first, of many statuses")
    window = {"InvokedAfter": stamp(times[100]), "InvokedBefore": stamp(times[30])}
    live = ("Pending", "InProgress", "Cancelling")
    cases = [
        ({"Status": "Failed"}, lambda c: "Failed" in (c["Status"], c["StatusDetails"])),
        ({"Status": "Incomplete"}, lambda c: c["StatusDetails"] == "Incomplete"),
        ({"ExecutionStage": "Executing"}, lambda c: c["Status"] in live),
        ({"ExecutionStage": "Complete"}, lambda c: c["Status"] not in live),
        ({"DocumentName": "AWS-RunPatchBaseline"},
         lambda c: c["DocumentName"] == "AWS-RunPatchBaseline"),
        (window, lambda c: window["InvokedAfter"]
         <= stamp(round(c["RequestedDateTime"] * 1000)) < window["InvokedBefore"])]
    for mode in ({}, {"filter_mode": "index"}, {"time_per_page": True}):
        mock.config(**config, **mode)
        wrong = [case for case, fits in cases
                 if read(api, COMMANDS, Filters=filters(**case))[0]
                 != list(filter(fits, commands))]
        tap.equal(wrong, [], f"filters of commands agree with brute force {mode}")
    command = commands[7]
    node = next(row["InstanceId"] for row in invocations
                if row["CommandId"] == command["CommandId"])
    tap.equal(read(api, COMMANDS, CommandId=command["CommandId"])[0], [command],
              "one command")
    mine = {row["CommandId"] for row in invocations if row["InstanceId"] == node}
    tap.equal(read(api, COMMANDS, InstanceId=node)[0],
              [row for row in commands if row["CommandId"] in mine],
              "commands of a node")


def test_nodes(tap, mock):
    """Filters agree with brute force."""
    config = {**ROWS, "nodes": 120}
    mock.config(**config)
    api = client(mock)
    nodes = rows_of(config)[0][NODES]
    ids = [nodes[n]["InstanceId"] for n in (5, 9, 77)]
    cases = [
        (value_sets(InstanceIds=[*ids, "i-" + "0" * 17]), "InstanceId", ids),
        (value_sets(PingStatus=["Online", "Inactive"]), "PingStatus",
         ["Online", "Inactive"]),
        (value_sets(PlatformTypes=["MacOS"]), "PlatformType", ["MacOS"]),
        (value_sets(ResourceType=["ManagedInstance"]), "ResourceType",
         ["ManagedInstance"]),
        (value_sets(AssociationStatus=["Failed"]), "AssociationStatus", ["Failed"]),
        (value_sets(SourceIds=["thing-19"]), "SourceId", ["thing-19"]),
        (value_sets(tag_Name=["x"]), "InstanceId", [])]
    wrong = [case for case, member, values in cases
             if read(api, NODES, Filters=case)[0]
             != [row for row in nodes if row.get(member) in values]]
    tap.equal(wrong, [], f"{len(cases)} filters of nodes agree with brute force")
    got, _ = read(api, NODES, Filters=value_sets(PlatformTypes=["Linux"],
                                                 PingStatus=["ConnectionLost"]))
    tap.ok(got and all(row["PlatformType"] == "Linux" for row in got)
           and all(row["PingStatus"] == "ConnectionLost" for row in got), "both hold")
    hybrid = [row for row in nodes if row["InstanceId"].startswith("mi-")]
    tap.ok(len(hybrid) == 12 and all(row["ResourceType"] == "ManagedInstance"
                                     and row["Name"] for row in hybrid)
           and not any("Name" in row for row in nodes if row not in hybrid),
           "nodes that are no EC2 instances")


def get(api, row, **parameters):
    """Return GetCommandInvocation's answer for an invocation."""
    answer = api.get_command_invocation(
        CommandId=row["CommandId"], InstanceId=row["InstanceId"], **parameters)
    del answer["ResponseMetadata"]
    return answer


def test_outputs(tap, mock):
    """Each step of each invocation, as the list has it, in full."""
    mock.config(**ROWS, output=2500, full_output=30000)
    api = client(mock)
    rows, _ = scan(api, 50, Details=True)
    wrong, lengths = [], set()
    for row in rows[:60]:
        for plugin in row["CommandPlugins"]:
            full = get(api, row, PluginName=plugin["Name"])
            start = plugin.get("ResponseStartDateTime")
            kept = plugin["Output"].removesuffix("\n---Output truncated---")
            text = full["StandardOutputContent"]
            lengths.add(len(text))
            good = ((full["ResponseCode"] - plugin["ResponseCode"]) % (1 << 32) == 0
                    and full["Status"] == plugin["Status"]
                    and full["DocumentName"] == row["DocumentName"]
                    and bool(full["ExecutionStartDateTime"]) == (start is not None)
                    and (full["ExecutionElapsedTime"] == "PT1.7S")
                    == ("ResponseFinishDateTime" in plugin)
                    and (text.startswith(kept) and len(plugin["Output"].encode()) <= 2500
                         if row["Status"] in ("Success", "Failed") else text == ""))
            if not good:
                wrong.append((plugin, full))
    tap.equal(wrong, [], "outputs agree with the plugins of invocations")
    tap.ok(max(lengths) == 24000, "and have up to 24,000 characters")
    known = {"CommandId": rows[0]["CommandId"], "InstanceId": rows[0]["InstanceId"]}
    other = next(row["InstanceId"] for row in rows
                 if row["CommandId"] != known["CommandId"])
    call = api.get_command_invocation
    tap.equal([code(call, **known), code(call, **known, PluginName="none"),
               code(call, **{**known, "CommandId": "f" * 36}),
               code(call, **{**known, "InstanceId": other})],
              ["InvalidPluginName"] * 2 + ["InvocationDoesNotExist"] * 2,
              "what there is not")
    mock.config(**{**ROWS, "plugins": 1}, rejected=[other], invalid_commands=["c" * 36])
    tap.equal([code(call, **known), code(call, **{**known, "InstanceId": other}),
               code(call, **{**known, "CommandId": "c" * 36})],
              [None, "InvalidInstanceId", "InvalidCommandId"], "refused ids")


def test_refusals(tap, mock):
    """Wrong parameters, denied operations, foreign tokens."""
    mock.config(**ROWS, rejected=["i-00000001"], reject_unknown=True)
    api = client(mock)
    known = {"CommandId": "c" * 36, "InstanceId": "i-12345678"}
    both = {"InstanceInformationFilterList": [{"key": "PingStatus", "valueSet": ["x"]}]}
    cases = [
        (COMMANDS, {"Filters": filters(Status="Delayed")}, "ValidationException"),
        (COMMANDS, {"Filters": filters(ExecutionStage="Running")}, "ValidationException"),
        (COMMANDS, {"MaxResults": 51}, "ValidationException"),
        (COMMANDS, {"InstanceId": "i-00000002", "Filters": filters(Status="Pending")},
         "ValidationException"),
        (NODES, {"MaxResults": 4}, "ValidationException"),
        (NODES, {"MaxResults": 51}, "ValidationException"),
        (NODES, {"Filters": value_sets(PingStatus=[])}, "ValidationException"),
        (NODES, {"Filters": value_sets(InstanceIds=["i-12345678"] * 101)},
         "ValidationException"),
        (NODES, both, "ValidationException"),
        (NODES, {"Filters": value_sets(PlatformName=["x"])}, "InvalidFilterKey"),
        (NODES, {"Filters": value_sets(PingStatus=["online"])},
         "InvalidInstanceInformationFilterValue"),
        (NODES, {"Filters": value_sets(InstanceIds=["web"])},
         "InvalidInstanceInformationFilterValue"),
        (NODES, {"Filters": value_sets(InstanceIds=["i-00000001"])}, "InvalidInstanceId"),
        (NODES, {"Filters": value_sets(InstanceIds=["i-12345678"])}, "InvalidInstanceId"),
        ("get_command_invocation", {"CommandId": "c" * 36}, "ValidationException"),
        ("get_command_invocation", {**known, "PluginName": "abc"}, "ValidationException")]
    wrong = [case for case in cases
             if code(getattr(api, case[0]), **case[1]) != case[2]]
    tap.equal(wrong, [], f"{len(cases)} invalid requests are refused")
    wire = Wire(mock)
    foreign = {
        "ListCommands": b'{"Details":true}',
        "DescribeInstanceInformation": b'{"Filters":[{"key":"PingStatus","value":"x"}]}',
        "GetCommandInvocation": dump({**known, "MaxResults": 5})}
    tap.equal([wire.ask(body, signed(mock.url + "/", body, headers={
        "X-Amz-Target": PREFIX + name}))[1]["__type"] for name, body in foreign.items()],
              ["ValidationException"] * 3, "members of other operations are refused")
    token = api.list_commands(MaxResults=5)["NextToken"]
    tap.equal(code(api.list_command_invocations, MaxResults=5, NextToken=token),
              "InvalidNextToken", "a token is of one operation")
    mock.config(**ROWS, denied=["ListCommands", "GetCommandInvocation"],
                faults=[{"on": {"operation": "DescribeInstanceInformation"},
                         "do": {"rows_patch": {"Name": "patched"}}}])
    tap.equal([code(getattr(api, method), **parameters) for method, parameters in (
        (COMMANDS, {}), (NODES, {}), ("list_command_invocations", {}),
        ("get_command_invocation", known))],
        ["AccessDeniedException", None, None, "AccessDeniedException"],
        "operations are denied one by one")
    tap.ok("perform: ssm:ListCommands on" in wire.ask(b"{}", signed(
        mock.url + "/", b"{}", headers={"X-Amz-Target": PREFIX + "ListCommands"}))
        [1]["message"], "and named")
    got = api.describe_instance_information()["InstanceInformationList"]
    tap.ok(all(row["Name"] == "patched" for row in got)
           and not mock.control("stats")["faults"][0] > 2, "faults for an operation")


def test(tap, mock):
    """Run all."""
    test_clients(tap, mock)
    test_commands(tap, mock)
    test_nodes(tap, mock)
    test_outputs(tap, mock)
    test_refusals(tap, mock)
