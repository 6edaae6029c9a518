"""What GetCommandInvocation says of one step of a computed invocation."""

from datetime import datetime, timezone

from invocation import (DOCUMENTS, OUTPUTS, STATUSES, clipped, document_outputs,
                        step_name, step_status, step_times, urls)

OUTPUT_LIMIT = 24_000
ERROR_LIMIT = 8_000
ERROR_TEXT = "failed to run commands: exit status {}\n"
FINISHED = ("Success", "Failed")


def iso_time(milliseconds):
    """Return a time in epoch milliseconds as ISO 8601 text."""
    when = datetime.fromtimestamp(milliseconds // 1000, timezone.utc)
    return f"{when:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def int32(number):
    """Return an exit code as the model's integer: of 32 bits, with a sign."""
    return number - (1 << 32) if number >= 1 << 31 else number


def find_step(kind, steps, name):
    """Return the number of the step with a name among so many, or None; a
    single one needs no name."""
    if name is None:
        return 0 if steps == 1 else None
    names = [step_name(DOCUMENTS[kind.document], number) for number in range(steps)]
    return names.index(name) if name in names else None


def texts(kind, started, size):
    """Return a step's (StandardOutputContent, StandardErrorContent), from
    an output of that many bytes."""
    status = STATUSES[kind.status]
    if not started or status.status not in FINISHED:
        return "", ""
    error = ERROR_TEXT.format(status.code) if status.status == "Failed" else ""
    return clipped(OUTPUTS[kind.text], size)[:OUTPUT_LIMIT], error[:ERROR_LIMIT]


def build_output(kind, values, number, size):
    """Return the answer for the step with that number as a dict; size is the
    bytes that it wrote."""
    status = STATUSES[kind.status]
    document = DOCUMENTS[kind.document]
    name = step_name(document, number)
    start, finish = step_times(kind, number)
    out, error = texts(kind, start is not None, size)
    out_url, error_url = urls(document, values, name.replace(":", ""))

    def when(offset):
        return "" if offset is None else iso_time(values.request_ms + offset)

    return {
        "CloudWatchOutputConfig": document_outputs(document)["CloudWatchOutputConfig"],
        "CommandId": values.command_id,
        "Comment": document.comment,
        "DocumentName": document.name,
        "DocumentVersion": document.version,
        "ExecutionElapsedTime":
            "" if finish is None else f"PT{(finish - start) / 1000}S",
        "ExecutionEndDateTime": when(finish),
        "ExecutionStartDateTime": when(start),
        "InstanceId": values.instance_id,
        "PluginName": name,
        "ResponseCode": int32(status.code),
        "StandardErrorContent": error,
        "StandardErrorUrl": error_url,
        "StandardOutputContent": out,
        "StandardOutputUrl": out_url,
        **step_status(status),
    }
