"""JSON as the service writes it: compact, members in alphabetical order,
and numbers in Java's notation (1.542081640614E9)."""

from json.encoder import encode_basestring


class Raw(bytes):
    """A piece of JSON text that is written as it is."""


def java_double(value):
    """Return the text that Java's Double.toString gives for a finite float:
    plain digits from 0.001 to under ten million, E-notation elsewhere."""
    if value == 0 or 1e-3 <= abs(value) < 1e7:
        return format(value, "f") if "e" in repr(value) else repr(value)
    mantissa, exponent = format(value, f".{digits_after_first(value)}e").split("e")
    return f"{mantissa}E{int(exponent)}"


def digits_after_first(value):
    """Return how many digits follow the first in the shortest text that
    reads back as the same float (at least one: 1.0E10)."""
    digits = repr(abs(value)).split("e")[0].replace(".", "").strip("0")
    return max(1, len(digits) - 1)


def epoch_text(milliseconds):
    """Return epoch milliseconds as the service's number of seconds, in bytes.
    A fast form of java_double(milliseconds / 1000) for 2001 to 2286."""
    first, rest = divmod(milliseconds, 10 ** 12)
    if not 0 < first < 10:
        return java_double(milliseconds / 1000).encode()
    if milliseconds % 10:
        return b"%d.%012dE9" % (first, rest)
    return b"%d.%bE9" % (first, (b"%012d" % rest).rstrip(b"0") or b"0")


def quote(text):
    """Return a string as JSON in UTF-8; a lone surrogate becomes an escape."""
    return encode_basestring(text).encode("utf-8", "backslashreplace")


def dump(value):
    """Return a value as JSON text in bytes.  The dict {"$raw": text} stands
    for that text, unquoted and unchanged."""
    pieces = []
    write(value, pieces.append)
    return b"".join(pieces)


def write(value, put):
    """Hand the pieces of a value's JSON text to put()."""
    if isinstance(value, Raw):
        put(value)
    elif isinstance(value, str):
        put(quote(value))
    elif value is None:
        put(b"null")
    elif isinstance(value, bool):
        put(b"true" if value else b"false")
    elif isinstance(value, int):
        put(b"%d" % value)
    elif isinstance(value, float):
        put(java_double(value).encode())
    elif isinstance(value, dict):
        if set(value) == {"$raw"}:
            put(value["$raw"].encode("utf-8", "backslashreplace"))
        else:
            write_object(value, put)
    else:
        write_list(value, put)


def write_object(value, put):
    """Write a dict's members in alphabetical order."""
    between = b"{"
    for name in sorted(value):
        put(between)
        put(quote(name))
        put(b":")
        write(value[name], put)
        between = b","
    put(b"}" if value else b"{}")


def write_list(value, put):
    """Write a list's elements in order."""
    put(b"[")
    for number, element in enumerate(value):
        if number:
            put(b",")
        write(element, put)
    put(b"]")
