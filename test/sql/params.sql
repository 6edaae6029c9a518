-- Values that are known only when the scan runs.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count
CREATE VIEW test.wanted_commands AS SELECT command(c::int) AS id, c FROM commands WHERE c IN (2, 4);
CREATE TABLE nodes AS SELECT node(n) AS id, 'team ' || n % 2 AS team FROM generate_series(1, 7) AS n;
ANALYZE nodes, commands;

-- prepared statements, by custom plans and by a generic one
PREPARE by_command(text) AS SELECT command_id, instance_id FROM test.command_invocations WHERE command_id = $1;
PREPARE by_list(text[], timestamptz) AS SELECT command_id, instance_id FROM test.command_invocations
    WHERE instance_id = ANY ($1) AND requested_date_time >= $2;
PREPARE by_either(text, text) AS SELECT command_id, instance_id FROM test.command_invocations WHERE command_id = $1 OR command_id = $2;
PREPARE by_status(varchar) AS SELECT command_id, instance_id FROM test.command_invocations WHERE $1 = status;
SET plan_cache_mode = force_custom_plan;
SELECT same($$EXECUTE by_command(command(7))$$, $$SELECT command_id, instance_id FROM command_invocations WHERE command_id = command(7)$$);
SELECT same($$EXECUTE by_command(NULL)$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
SELECT same($$EXECUTE by_list(ARRAY[node(1), node(2)], '2026-01-29 20:00')$$,
    $$SELECT command_id, instance_id FROM command_invocations WHERE instance_id IN (node(1), node(2)) AND requested_date_time >= '2026-01-29 20:00'$$);
SELECT same($$EXECUTE by_either(command(1), command(2))$$, $$SELECT command_id, instance_id FROM command_invocations WHERE command_id IN (command(1), command(2))$$);
SELECT same($$EXECUTE by_status('Failed')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE status = 'Failed'$$);
\! $MOCK/requests --sort
SET plan_cache_mode = force_generic_plan;
SELECT same($$EXECUTE by_command(command(7))$$, $$SELECT command_id, instance_id FROM command_invocations WHERE command_id = command(7)$$);
SELECT same($$EXECUTE by_command(NULL)$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
SELECT same($$EXECUTE by_list(ARRAY[node(1), node(2)], '2026-01-29 20:00')$$,
    $$SELECT command_id, instance_id FROM command_invocations WHERE instance_id IN (node(1), node(2)) AND requested_date_time >= '2026-01-29 20:00'$$);
SELECT same($$EXECUTE by_either(command(1), command(2))$$, $$SELECT command_id, instance_id FROM command_invocations WHERE command_id IN (command(1), command(2))$$);
SELECT same($$EXECUTE by_status('Failed')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE status = 'Failed'$$);
\! $MOCK/requests --sort
-- what must hold only at run time is judged then
SELECT same($$EXECUTE by_list(ARRAY[]::text[], '2026-01-29 20:00')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
SELECT same($$EXECUTE by_list(NULL, '2026-01-29 20:00')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
SELECT same($$EXECUTE by_list(ARRAY[node(1)], NULL)$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
SELECT same($$EXECUTE by_either('x', NULL)$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
\! $MOCK/requests --count
SELECT same($$EXECUTE by_list(ARRAY[node(1), 'x', NULL, node(1)], '-infinity')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE instance_id = node(1)$$);
SELECT same($$EXECUTE by_either(NULL, command(2))$$, $$SELECT command_id, instance_id FROM command_invocations WHERE command_id = command(2)$$);
SELECT same($$EXECUTE by_status('Cancelling')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE status = 'Cancelling'$$);
\! $MOCK/requests
RESET plan_cache_mode;

-- subqueries that run once
SELECT rows_where($$command_id = (SELECT id FROM wanted_commands WHERE c = 4)$$);
\! $MOCK/requests
SELECT rows_where($$command_id = ANY (ARRAY(SELECT id FROM wanted_commands))$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id = (SELECT id FROM wanted_commands WHERE c = 9)$$);
\! $MOCK/requests --count
SELECT rows_where($$command_id = (SELECT id FROM wanted_commands WHERE c = 2) AND instance_id IN (node(1), (SELECT max(id) FROM nodes WHERE team = 'team 0'))$$);
\! $MOCK/requests --sort
SELECT rows_where($$requested_date_time > (SELECT timestamptz '2026-01-29 22:00')$$);
\! $MOCK/requests
WITH newest AS MATERIALIZED (SELECT command(1) AS id)
SELECT count(*) FROM command_invocations WHERE command_id = (SELECT id FROM newest);
\! $MOCK/requests

-- joins: one request for each outer row's value
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SELECT same($$SELECT n.team, i.command_id, i.instance_id FROM nodes n JOIN command_invocations i ON i.instance_id = n.id WHERE n.team = 'team 1'$$);
\! $MOCK/requests --sort
SELECT same($$SELECT n.id, i.command_id FROM nodes n LEFT JOIN command_invocations i ON n.id = i.instance_id AND i.status = 'Success' WHERE n.id >= node(2)$$);
\! $MOCK/requests --sort
SELECT same($$SELECT w.c, i.instance_id FROM wanted_commands w JOIN command_invocations i ON i.command_id = w.id AND i.requested_date_time > timestamptz '2026-01-01' + w.c * interval '1 hour'$$);
\! $MOCK/requests --sort
SELECT same($$SELECT w.c, i.* FROM wanted_commands w, LATERAL (SELECT instance_id, status FROM command_invocations WHERE command_id = w.id ORDER BY instance_id LIMIT 2) AS i$$);
\! $MOCK/requests --sort
SELECT same($$SELECT w.c, i.* FROM wanted_commands w, LATERAL (SELECT instance_id, w.c + 1 FROM command_invocations WHERE instance_id = ANY (ARRAY[node(w.c::int), node(5)])) AS i$$);
\! $MOCK/requests --sort
SELECT same($$SELECT w.c, (SELECT count(*) FROM command_invocations i WHERE i.command_id = w.id) FROM wanted_commands w$$);
\! $MOCK/requests --sort
SELECT same($$SELECT a.instance_id, b.command_id FROM command_invocations a JOIN command_invocations b USING (instance_id)
    WHERE a.command_id = command(1) AND b.command_id IN (command(2), command(3))$$);
SELECT same($$SELECT i.command_id, i.instance_id FROM command_invocations i JOIN nodes n ON i.instance_id = n.id WHERE i.command_id = command(3) AND n.team = 'team 0'$$);
-- whose type compares as text does
CREATE EXTENSION citext;
CREATE DOMAIN node_id AS text CHECK (VALUE <> '');
CREATE TYPE how_it_went AS ENUM ('Failed', 'Success');
CREATE TABLE cmdb AS SELECT id::name AS a_name, id::char(25) AS a_char, id::citext AS a_citext, id::node_id AS a_domain,
    id::varchar AS a_varchar, ARRAY[id]::name[] AS names, 'Failed'::how_it_went AS an_enum FROM nodes WHERE id = node(4);
ANALYZE cmdb;
CREATE FUNCTION joined(condition text) RETURNS text LANGUAGE sql AS $$
    SELECT same('SELECT i.* FROM cmdb, command_invocations AS i WHERE ' || condition)
$$;
\! $MOCK/requests >/dev/null
SELECT joined(condition) FROM unnest('{instance_id = a_name,a_name = instance_id,instance_id = a_char,instance_id = a_citext,
    instance_id = a_domain,instance_id = a_varchar,instance_id = ANY (names),instance_id = a_name AND status = an_enum::text}'::text[]) AS condition;
\! $MOCK/requests
-- a value that is NULL, malformed or repeated
\! $MOCK/requests >/dev/null
SELECT same($$SELECT v.id, i.command_id FROM (VALUES (node(1)), (NULL), ('x'), (node(1))) AS v(id) LEFT JOIN command_invocations i ON i.instance_id = v.id$$);
\! $MOCK/requests
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
RESET enable_memoize;
SELECT same($$SELECT command_id, instance_id FROM command_invocations WHERE instance_id NOT IN (SELECT id FROM nodes WHERE team = 'team 1')$$);
SELECT same($$SELECT command_id, instance_id FROM command_invocations i WHERE EXISTS (SELECT FROM nodes n WHERE n.id = i.instance_id AND n.team = 'team 1')$$);
SELECT same($$SELECT command_id, count(*), max(n.team) FROM command_invocations i FULL JOIN nodes n ON n.id = i.instance_id GROUP BY 1$$);

-- functions: plpgsql's variables are parameters
CREATE FUNCTION count_by(wanted text, since date) RETURNS bigint LANGUAGE plpgsql AS $$
BEGIN
    RETURN (SELECT count(*) FROM test.command_invocations WHERE command_id = wanted AND requested_date_time >= since);
END
$$;
\! $MOCK/requests >/dev/null
SELECT n, count_by(command(n), '2026-01-29') FROM generate_series(1, 7) AS n;
\! $MOCK/requests
