"""The workloads of joins, of partitions, and of the other tables."""

import psycopg2

from servers import Backend, define
from workloads import (AGGREGATE, LATENCY, LEAN, ROWS, end_backend, open_backend,
                       reader)

NODES = 100
RUNS = 25  # of each node
OTHERS = """FROM cmdb AS c {} ssm.command_invocations AS i"""
JOINS = {
    "inner": f"SELECT count(*), max(i.comment) {OTHERS.format('JOIN')} USING (instance_id)",
    "left": f"SELECT count(*), max(i.comment) {OTHERS.format('LEFT JOIN')} USING (instance_id)",
    "semi": """SELECT count(*) FROM cmdb AS c WHERE EXISTS (SELECT
        FROM ssm.command_invocations AS i WHERE i.instance_id = c.instance_id)""",
    "anti": """SELECT count(*) FROM cmdb AS c WHERE NOT EXISTS (SELECT
        FROM ssm.command_invocations AS i WHERE i.instance_id = c.instance_id
        AND i.document_name = 'none')""",
    "IN (SELECT)": """SELECT count(*), max(comment) FROM ssm.command_invocations
        WHERE instance_id IN (SELECT instance_id FROM cmdb)""",
    "LATERAL count": """SELECT sum(n) FROM cmdb AS c, LATERAL (SELECT count(*) AS n
        FROM ssm.command_invocations AS i WHERE i.instance_id = c.instance_id) AS l""",
    "last run of each": """SELECT count(*) FROM cmdb AS c, LATERAL (SELECT status
        FROM ssm.command_invocations AS i WHERE i.instance_id = c.instance_id
        ORDER BY requested_date_time DESC LIMIT 1) AS l""",
    "scalar subquery": """SELECT sum(n) FROM (SELECT (SELECT count(*)
        FROM ssm.command_invocations AS i WHERE i.instance_id = c.instance_id) AS n
        FROM cmdb AS c OFFSET 0) AS s""",
}
GIVEN = {"semi": NODES, "anti": NODES, "last run of each": NODES}
MOST = {"LATERAL count": 1.0, "last run of each": 1.0, "scalar subquery": 1.0}


def make_cmdb(backend, nodes):
    """Make a table of nodes that the stand-in has."""
    backend.sql("DROP TABLE IF EXISTS cmdb; CREATE TABLE cmdb (instance_id text PRIMARY KEY)")
    backend.sql("""INSERT INTO cmdb SELECT instance_id FROM ssm.command_invocations
        GROUP BY 1 ORDER BY 1 LIMIT %s""", nodes)
    backend.sql("ANALYZE cmdb")


def judge_requests(bench, backend, name, query, seconds, most):
    """Judge a query's seconds, and print the requests that it takes."""
    bench.mock.control("reset", {})
    backend.sql(query)
    requests = bench.mock.stats()["requests"]
    bench.judge(f"{name}: <= {most} s", f"{seconds:.2f} s, {requests} requests", seconds <= most)


def join(bench):
    """a join with a CMDB table of 100 nodes, 50 ms, max_concurrency 8"""
    backend = open_backend(bench, LEAN.format("ssm.command_invocations"), max_concurrency=8)
    bench.mock.config(ROWS)
    make_cmdb(backend, NODES)
    bench.mock.config(ROWS, page_latency=LATENCY)
    median = bench.interleave({
        name: reader(bench, backend, query, GIVEN.get(name, NODES * RUNS))
        for name, query in JOINS.items()})
    for name, query in JOINS.items():
        judge_requests(bench, backend, name, query, median[name], MOST.get(name, 0.9))
    end_backend(bench, backend)


def other_tables(bench):
    """outputs of 250 failed invocations, 100 nodes' information, 50 ms, max_concurrency 8"""
    outputs = """SELECT count(*), max(length(o.standard_output_content))
        FROM (SELECT * FROM ssm.command_invocations WHERE status = 'Failed' LIMIT 250) AS i
        JOIN ssm.command_outputs AS o USING (command_id, instance_id)"""
    nodes = """SELECT count(*), max(n.computer_name) FROM cmdb AS c
        JOIN ssm.instance_information AS n USING (instance_id)"""
    backend = open_backend(bench, LEAN.format("ssm.command_invocations"), max_concurrency=8)
    bench.mock.config(ROWS)
    make_cmdb(backend, NODES)
    # with one step, as a document of several wants its name, too
    bench.mock.config(ROWS, plugins=1, page_latency=LATENCY)
    median = bench.interleave({
        "full outputs": reader(bench, backend, outputs, 250),
        "nodes": reader(bench, backend, nodes, NODES)})
    judge_requests(bench, backend, "250 full outputs", outputs, median["full outputs"], 2.5)
    judge_requests(bench, backend, "100 nodes", nodes, median["nodes"], 0.3)
    end_backend(bench, backend)


def open_fleet(bench, table, names):
    """Return a session with a partitioned table over a server for each region
    named, warmed with a small copy of the data, or None if this build lacks an option."""
    backend = Backend(bench.folder)
    backend.sql(f"DROP TABLE IF EXISTS {table}")
    try:
        for number, name in enumerate(names):
            define(backend, f"ssm{number}", bench.mock.url, region=name, async_capable="true")
    except psycopg2.errors.FdwInvalidOptionName as error:
        backend.close()
        bench.skip(error)
        return None
    backend.sql(f"""CREATE TABLE {table} (LIKE ssm0.command_invocations)
        PARTITION BY LIST (region)""")
    for number, name in enumerate(names):
        backend.sql(f"""ALTER TABLE {table} ATTACH PARTITION
            ssm{number}.command_invocations FOR VALUES IN ('{name}')""")
    bench.mock.config(50)
    backend.sql(AGGREGATE.format(table))
    backend.warmed()
    return backend


def regions(bench):
    """8 regions of 2,000 rows under one table, 50 ms"""
    names = [f"us-test-{number}" for number in range(1, 9)]
    backend = open_fleet(bench, "everywhere", names)
    if backend is None:
        return
    query = AGGREGATE.format("everywhere")
    bench.mock.config(ROWS // 5, page_latency=LATENCY)
    alone = {name: reader(bench, backend, f"{query} WHERE region = '{name}'", ROWS // 5)
             for name in names}
    median = bench.interleave({
        **alone, "all 8 regions": reader(bench, backend, query, 8 * ROWS // 5)})
    bench.judge_limit("<= 1.3 x the slowest alone", median["all 8 regions"],
                      max(median[name] for name in names), 1.3)
    end_backend(bench, backend)


def fleet(bench):
    """60 servers of 10,000 rows under one table, 50 ms, and a join over 4 of them"""
    backend = open_fleet(bench, "fleet", [f"us-test-{number}" for number in range(1, 61)])
    if backend is None:
        return
    backend.sql("SET jit = off")
    bench.mock.config(ROWS)
    backend.sql("DROP TABLE IF EXISTS cmdb; CREATE TABLE cmdb (instance_id text PRIMARY KEY)")
    backend.sql("""INSERT INTO cmdb SELECT instance_id FROM ssm0.command_invocations
        GROUP BY 1 ORDER BY 1 LIMIT 60; ANALYZE cmdb""")
    day = """SELECT count(*), max(comment) FROM fleet
        WHERE requested_date_time >= now() - interval '1 day'"""
    newest = """SELECT count(*), max(comment) FROM (SELECT * FROM fleet
        ORDER BY requested_date_time DESC LIMIT 10) AS f"""
    few = """SELECT count(*), max(i.comment) FROM cmdb JOIN fleet AS i USING (instance_id)
        WHERE region IN ('us-test-1', 'us-test-2', 'us-test-3', 'us-test-4')"""
    bench.mock.config(ROWS // 10, page_latency=LATENCY)
    found = backend.sql(day)[0][0]
    median = bench.interleave({"a day": reader(bench, backend, day, found)})
    judge_requests(bench, backend, "a day of 60 servers, 1,000 rows each", day, median["a day"], 0.4)
    bench.mock.config(ROWS, page_latency=LATENCY)
    median = bench.interleave({
        "newest 10": reader(bench, backend, newest, 10),
        "60 nodes over 4 regions": reader(bench, backend, few, 4 * 60 * RUNS)})
    judge_requests(bench, backend, "newest 10 of 60 servers", newest, median["newest 10"], 1.5)
    judge_requests(bench, backend, "60 nodes over 4 regions", few,
                   median["60 nodes over 4 regions"], 1.2)
    end_backend(bench, backend, ROWS)


WORKLOADS = (join, other_tables, regions, fleet)
