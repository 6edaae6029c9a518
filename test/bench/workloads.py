"""The workloads: each a function of the bench, whose text is its title.  A
workload prints what it measures and judges it against its goal; a goal that is
not reached is never a failure."""

import psycopg2

import cancel
import others
from servers import Backend, define, timed

ROWS = 10_000
LATENCY = 0.05
AGGREGATE = """SELECT count(*), sum(jsonb_array_length(command_plugins)),
    max(comment), max(requested_date_time) FROM {}"""
LEAN = "SELECT count(*), max(comment), max(requested_date_time) FROM {}"
LEAN_COLUMNS = """command_id, instance_id, instance_name, comment, document_name,
    document_version, requested_date_time, status, status_details,
    standard_output_url, standard_error_url, service_role, notification_config,
    cloud_watch_output_config"""
GROWTH_MB = 24
BYTES_PER_MERGED_ROW = 32


def reader(bench, backend, query, rows):
    """Return a function that runs a query which counts rows, and returns its
    seconds."""
    def run():
        seconds, found = timed(backend.watched, query)
        if found is not None and found[0][0] != rows:
            raise bench.wrong(f"{found[0][0]} rows instead of {rows}: {query}")
        return seconds
    return run


def copier(backend, columns, table):
    """Return a function that copies a foreign table into one of ours, and
    returns its seconds."""
    def run():
        backend.sql("DROP TABLE IF EXISTS made")
        return timed(backend.watched,
                     f"CREATE TABLE made AS SELECT {columns} FROM {table}")[0]
    return run


def open_backend(bench, query, **options):
    """Return a session with the server "ssm", warmed with a small copy of the
    data, or None if this build lacks one of the options."""
    backend = Backend(bench.folder)
    try:
        define(backend, "ssm", bench.mock.url, **options)
    except psycopg2.errors.FdwInvalidOptionName as error:
        backend.close()
        bench.skip(error)
        return None
    bench.mock.config(500)
    backend.sql(query)
    backend.warmed()
    return backend


def end_backend(bench, backend, merged=0):
    """Judge a session's growth and end it.  merged: rows held for merging."""
    limit = GROWTH_MB + merged * BYTES_PER_MERGED_ROW / (1 << 20)
    growth = backend.growth()
    bench.judge(f"backend growth < {limit:.0f} MB", f"{growth:.1f} MB", growth < limit)
    backend.close()


def others_of(bench, details):
    """Return the contenders that are not ssm_fdw, as name: function."""
    client = others.boto_client(bench.mock.url)
    copies = Backend(bench.folder)

    def checked(result):
        seconds, rows = result
        if rows != ROWS:
            raise bench.wrong(f"{rows} rows instead of {ROWS}")
        return seconds

    return {
        "floor": lambda: checked(others.floor(bench.mock.url, details)),
        "boto3 + COPY": lambda: checked(others.boto_copy(client, copies, details)),
        "AWS CLI": lambda: checked(others.aws_cli(bench.mock.url, details)),
    }


def whole(bench, details):
    """Measure reading all rows without latency."""
    query = (AGGREGATE if details else LEAN).format("ssm.command_invocations")
    columns = "*" if details else LEAN_COLUMNS
    backend = open_backend(bench, query)
    bench.mock.config(ROWS)
    median = bench.interleave({
        **others_of(bench, details),
        "ssm_fdw SELECT": reader(bench, backend, query, ROWS),
        "ssm_fdw CREATE TABLE AS": copier(backend, columns, "ssm.command_invocations"),
    })
    bench.check_floor(median["floor"], ROWS // others.PAGE)
    bench.judge_ratio("CREATE TABLE AS >= 6 x faster than boto3 + COPY",
                      median["boto3 + COPY"], median["ssm_fdw CREATE TABLE AS"], 6)
    bench.judge_ratio("SELECT >= 6 x faster than boto3 + COPY",
                      median["boto3 + COPY"], median["ssm_fdw SELECT"], 6)
    most = 2 if details else 1.2
    bench.judge_limit(f"SELECT <= {most} x the floor",
                      median["ssm_fdw SELECT"], median["floor"], most)
    end_backend(bench, backend)


def plugins(bench):
    """10,000 rows with plugins, 0 ms"""
    whole(bench, True)


def lean(bench):
    """10,000 rows without plugins, 0 ms"""
    whole(bench, False)


def chain(bench):
    """10,000 rows in one chain, 50 ms a page"""
    query = AGGREGATE.format("ssm.command_invocations")
    backend = open_backend(bench, query, max_concurrency=1)
    bench.mock.config(ROWS, page_latency=LATENCY)
    median = bench.interleave({
        **others_of(bench, True),
        "ssm_fdw SELECT": reader(bench, backend, query, ROWS)})
    bench.judge_limit("<= 1.05 x the floor", median["ssm_fdw SELECT"], median["floor"], 1.05)
    end_backend(bench, backend)


SHAPES = {
    "even": {},
    "40 bursts": {"per_command": 250},
    "all in an hour": {"span": 3600},
    "80% in a day": {"skew": 0.8},
}


def shapes(bench, rows, goals, most, **options):
    """Measure full scans of rows of each shape, with options of the server.
    goals: by which part of the floor each is to be done; most: how many times
    the requests of one chain it may take."""
    query = LEAN.format("ssm.command_invocations")
    pages = rows // others.PAGE
    for shape, config in SHAPES.items():
        backend = open_backend(bench, query, **options)
        bench.mock.config(rows, page_latency=LATENCY, **config)
        median = bench.interleave({
            "floor": lambda: others.floor(bench.mock.url, False)[0],
            shape: reader(bench, backend, query, rows)})
        bench.mock.control("reset", {})
        backend.sql(query)
        requests = bench.mock.stats()["requests"]
        bench.judge_limit(f"{shape}: <= 1/{goals[shape]} of the floor", median[shape],
                          median["floor"], 1 / goals[shape])
        bench.judge(f"{shape}: <= {most} x the requests", f"{requests / pages:.2f} x",
                    requests <= most * pages)
        end_backend(bench, backend, rows)


def windows(bench):
    """10,000 rows of four shapes, 50 ms a page, no option set"""
    shapes(bench, ROWS, dict.fromkeys(SHAPES, 2.5), 1.5)


def windows_wide(bench):
    """the same with max_concurrency 8"""
    shapes(bench, ROWS, {**dict.fromkeys(SHAPES, 4), "even": 5.5}, 1.5, max_concurrency=8)


def windows_many(bench):
    """100,000 rows of the same shapes, max_concurrency 8"""
    shapes(bench, 10 * ROWS, dict.fromkeys(SHAPES, 5), 1.35, max_concurrency=8)


def page_by_page(bench):
    """10,000 rows, filters applied page by page: requests"""
    query = LEAN.format("ssm.command_invocations")
    backend = open_backend(bench, query)
    bench.mock.config(ROWS, time_per_page=True)
    backend.sql(query)
    requests = bench.mock.stats()["requests"]
    bench.judge("<= 1.2 x the requests", f"{requests}", requests <= 1.2 * ROWS // others.PAGE)
    end_backend(bench, backend, ROWS)


def some_nodes(backend, number):
    """Return the ids of that many nodes, found by reading the table."""
    return [row[0] for row in backend.sql(
        """SELECT instance_id FROM ssm.command_invocations
           GROUP BY 1 ORDER BY 1 LIMIT %s""", number)]


def ids(bench):
    """a list of 100 instance ids, 50 ms, max_concurrency 8"""
    query = AGGREGATE.format("ssm.command_invocations")
    backend = open_backend(bench, query, max_concurrency=8)
    bench.mock.config(ROWS)
    nodes = some_nodes(backend, 100)
    bench.mock.config(ROWS, page_latency=LATENCY)
    listed = query + " WHERE instance_id IN ('{}')".format("','".join(nodes))
    median = bench.interleave({
        "ssm_fdw, 100 ids": reader(bench, backend, listed, 100 * 25)})
    bench.judge("<= 1.0 s", "{:.2f} s".format(median["ssm_fdw, 100 ids"]),
                median["ssm_fdw, 100 ids"] <= 1.0)
    limited = "SELECT count(*) FROM (SELECT {} LIMIT 100000) AS l".format(
        "* FROM ssm.command_invocations WHERE instance_id IN ('{}')".format("','".join(nodes)))
    median = bench.interleave({
        "the same with LIMIT 100000": reader(bench, backend, limited, 100 * 25)})
    bench.judge("<= 1.0 s", "{:.2f} s".format(median["the same with LIMIT 100000"]),
                median["the same with LIMIT 100000"] <= 1.0)
    end_backend(bench, backend)


def limit(bench):
    """LIMIT 10, also with max_concurrency 8"""
    query = "SELECT * FROM ssm.command_invocations LIMIT 10"
    for options in ({}, {"max_concurrency": 8}):
        backend = open_backend(bench, query, **options)
        if backend is None:
            continue
        bench.mock.config(ROWS)
        seconds, rows = timed(backend.watched, query)
        requests = bench.mock.stats()["requests"]
        with_options = "".join(f", {name} {options[name]}" for name in options)
        bench.judge("one request" + with_options,
                    f"{len(rows)} rows, {requests} request(s), {seconds * 1000:.1f} ms",
                    requests == 1 and len(rows) == 10)
        end_backend(bench, backend)


def newest(bench):
    """the newest 10 of 10,000 rows: requests, with a slack of a day and of 0"""
    query = """SELECT * FROM ssm.command_invocations
        ORDER BY requested_date_time DESC LIMIT 10"""
    for slack, most in (("1 day", 12), ("0", 2)):
        backend = open_backend(bench, query, invoked_after_slack=slack)
        bench.mock.config(ROWS, page_latency=LATENCY)
        seconds, rows = timed(backend.watched, query)
        requests = bench.mock.stats()["requests"]
        bench.judge(f"slack {slack}: <= {most} requests",
                    f"{requests}, {seconds:.2f} s", requests <= most and len(rows) == 10)
        end_backend(bench, backend, ROWS)


def cost(bench):
    """cost per row, 1,000,000 rows against 10,000, 0 ms"""
    query = AGGREGATE.format("ssm.command_invocations")
    part = {}
    for rows in (ROWS, ROWS * 100):
        backend = open_backend(bench, query)
        bench.mock.config(rows)
        name = f"{rows:,} rows"
        # many pages cost the stand-in more, too
        median = bench.interleave({
            "floor": lambda: others.floor(bench.mock.url, True)[0],
            name: reader(bench, backend, query, rows)})
        part[rows] = median[name] / median["floor"]
        bench.report(name, f"{median[name] / rows * 1e6:.2f} us a row, "
                     f"the floor {median['floor'] / rows * 1e6:.2f}")
        end_backend(bench, backend, rows)
    more = part[ROWS * 100] / part[ROWS] - 1
    bench.judge("of the floor, at most 15% more", f"{more:+.1%}", more <= 0.15)


def cancels(bench):
    """the time from a cancel to its error, in several states of a scan"""
    cancel.measure(bench)


WORKLOADS = (plugins, lean, chain, windows, windows_wide, windows_many, page_by_page, ids,
             limit, newest, cost, cancels)
