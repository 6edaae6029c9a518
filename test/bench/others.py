"""What ssm_fdw is measured against: each is a function that reads all pages
once and returns (seconds, number of rows)."""

import csv
import io
import json
import os
import re
import subprocess
import tempfile

from servers import KEY, SECRET, timed

FLOOR = os.path.join("build", "floor")
PAGE = 50
COLUMNS = (
    "CommandId", "InstanceId", "InstanceName", "Comment", "DocumentName",
    "DocumentVersion", "RequestedDateTime", "Status", "StatusDetails",
    "StandardOutputUrl", "StandardErrorUrl", "ServiceRole", "TraceOutput",
    "CommandPlugins", "NotificationConfig", "CloudWatchOutputConfig")


def floor(url, details):
    """Follow the tokens on one connection.  Returns seconds and the number of
    rows that so many full pages hold."""
    host, port = re.fullmatch(r"http://([^:]+):(\d+)", url).groups()
    body = json.dumps({"MaxResults": PAGE, "Details": details})
    done = subprocess.run([FLOOR, host, port, body], check=True,
                          capture_output=True, text=True)
    pages, _, seconds = done.stdout.split()
    return float(seconds), int(pages) * PAGE


def boto_client(url):
    """Return a boto3 client.  Making it is not measured: a program makes it
    once."""
    import boto3
    return boto3.client("ssm", region_name="us-east-1", endpoint_url=url,
                        aws_access_key_id=KEY, aws_secret_access_key=SECRET)


def as_text(value):
    """Return a member as COPY's CSV wants it; NULL is None."""
    if isinstance(value, (dict, list)):
        return json.dumps(value, default=str)
    return value


def boto_copy(client, backend, details):
    """Read with boto3's paginator and COPY what it read into a table."""
    def work():
        pages = client.get_paginator("list_command_invocations").paginate(
            Details=details, PaginationConfig={"PageSize": PAGE})
        text = io.StringIO()
        write = csv.writer(text).writerow
        for page in pages:
            for row in page["CommandInvocations"]:
                write([as_text(row.get(name)) for name in COLUMNS])
        text.seek(0)
        backend.cursor.copy_expert("COPY copied FROM STDIN (FORMAT csv)", text)
        return backend.cursor.rowcount

    backend.sql("""DROP TABLE IF EXISTS copied; CREATE TABLE copied (
        command_id text, instance_id text, instance_name text, comment text,
        document_name text, document_version text, requested_date_time timestamptz,
        status text, status_details text, standard_output_url text,
        standard_error_url text, service_role text, trace_output text,
        command_plugins jsonb, notification_config jsonb,
        cloud_watch_output_config jsonb)""")
    return timed(work)


def aws_cli(url, details):
    """Read with the AWS CLI into a file, its start included."""
    with tempfile.TemporaryFile("w+") as out:
        seconds, _ = timed(lambda: subprocess.run(
            ["/usr/bin/aws", "ssm", "list-command-invocations",
             "--details" if details else "--no-details",
             "--page-size", str(PAGE), "--endpoint-url", url,
             "--region", "us-east-1", "--output", "json", "--no-cli-pager"],
            check=True, stdout=out, env={
                **os.environ, "AWS_ACCESS_KEY_ID": KEY,
                "AWS_SECRET_ACCESS_KEY": SECRET}))
        out.seek(0)
        return seconds, sum('"CommandId":' in line for line in out)
