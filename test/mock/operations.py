"""The operations that the stand-in serves."""

from collections import namedtuple

from paging import read_page
from selection import Commands, Invocations, Nodes
from settings import OPERATIONS

PREFIX = "AmazonSSM."

# rows: the member with the list of rows, or None if the answer is one; select:
# the Selection of a request; answer(operation, dataset, settings, request)
# returns the answer's members, or raises BadToken or NoAnswer.
Operation = namedtuple("Operation", "name rows select answer")


class NoAnswer(Exception):
    """A request for what there is not: code is AWS's."""

    def __init__(self, code):
        """Keep the code."""
        super().__init__(code)
        self.code = code


def read_output(operation, dataset, settings, request):
    """Return the answer of GetCommandInvocation to a valid request as a dict
    of its members.  Raises NoAnswer."""
    for row in dataset.explicit[operation.name]:
        if all(row.get(name) == request[name] for name in request):
            return row
    rows = dataset.select(request["CommandId"], request["InstanceId"])
    if not rows:
        raise NoAnswer("InvocationDoesNotExist")
    answer = dataset.output_row(rows[0], request.get("PluginName"))
    if answer is None:
        raise NoAnswer("InvalidPluginName")
    return answer


TABLE = {each.name: each for each in (
    Operation("ListCommandInvocations", "CommandInvocations", Invocations, read_page),
    Operation("ListCommands", "Commands", Commands, read_page),
    Operation("DescribeInstanceInformation", "InstanceInformationList", Nodes,
              read_page),
    Operation("GetCommandInvocation", None, None, read_output))}
assert set(TABLE) == set(OPERATIONS)


def find_operation(target):
    """Return the operation that a request's X-Amz-Target (or None) names, or
    None."""
    if target is None or not target.startswith(PREFIX):
        return None
    return TABLE.get(target[len(PREFIX):])
