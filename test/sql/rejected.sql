-- InstanceIds that the service rejects: the same rows whatever the plan.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
ANALYZE copy.command_invocations;

-- Outer rows: nodes 1 and 5, which are rejected, 2 and 3, which are not, one
-- that never was, a text that is no id, NULL; some of them twice.
CREATE TABLE outer_rows AS SELECT k, id FROM (VALUES (1, node(1)), (2, node(2)), (3, node(5)), (4, node(1)),
    (5, node(3)), (6, node(5)), (7, 'i-0000000000000dead'), (8, 'none'), (9, NULL), (10, node(2))) AS v(k, id);
CREATE TABLE copy.outer_rows AS SELECT * FROM outer_rows;
ANALYZE outer_rows;

-- Ways to plan.
CREATE TABLE ways (way text, off text[]);
INSERT INTO ways VALUES
    ('nested loop', '{hashjoin,mergejoin,material,memoize}'),
    ('nested loop, memoize', '{hashjoin,mergejoin,material}'),
    ('hash', '{nestloop,mergejoin}'),
    ('merge', '{nestloop,hashjoin}'),
    ('as it likes', '{}');
-- Queries, each of which gives rows of rejected nodes.
CREATE TABLE queries (name text, query text);
INSERT INTO queries VALUES
    ('join', 'SELECT k, i.command_id, i.instance_id, i.command_plugins FROM outer_rows JOIN command_invocations i ON i.instance_id = id'),
    ('join on both ids', 'SELECT k, i.command_id, i.status FROM outer_rows JOIN command_invocations i ON i.instance_id = id AND i.command_id = command(1 + k % 3)'),
    ('left join', $$SELECT k, i.command_id FROM outer_rows LEFT JOIN command_invocations i ON i.instance_id = id AND i.status = 'Failed'$$),
    ('right join', 'SELECT k, i.command_id, i.instance_id FROM outer_rows RIGHT JOIN command_invocations i ON i.instance_id = id AND k < 5'),
    ('semi join', 'SELECT k FROM outer_rows WHERE id IN (SELECT instance_id FROM command_invocations)'),
    ('reverse semi join', 'SELECT command_id, instance_id FROM command_invocations WHERE instance_id IN (SELECT id FROM outer_rows)'),
    ('anti join', $$SELECT k FROM outer_rows WHERE NOT EXISTS (SELECT FROM command_invocations i WHERE instance_id = id AND status = 'Pending')$$),
    ('self join', 'SELECT k, a.command_id, b.command_id AS other FROM outer_rows JOIN command_invocations a ON a.instance_id = id
        JOIN command_invocations b ON b.instance_id = a.instance_id AND b.status = a.status'),
    ('lateral', 'SELECT k, n, last FROM outer_rows, LATERAL (SELECT count(*), max(requested_date_time) FROM command_invocations WHERE instance_id = id) AS l(n, last)'),
    ('correlated subquery', $$SELECT k, (SELECT min(command_id) FROM command_invocations WHERE instance_id = id AND status <> 'Failed') FROM outer_rows$$),
    ('list', 'SELECT command_id, instance_id FROM command_invocations WHERE instance_id IN (node(1), node(2), node(5), node(1))'),
    ('array of a subquery', 'SELECT command_id, instance_id FROM command_invocations WHERE instance_id = ANY (ARRAY(SELECT id FROM outer_rows))'),
    ('list in a join', 'SELECT k, command_id FROM outer_rows, command_invocations WHERE instance_id = ANY (ARRAY[id, node(3)])'),
    ('repeated', 'SELECT k, (SELECT count(*) FROM command_invocations WHERE instance_id IN (node(1), node(2)) AND k > 0) FROM outer_rows'),
    ('union', 'SELECT command_id, instance_id FROM command_invocations WHERE instance_id = node(1)
        UNION ALL SELECT command_id, instance_id FROM command_invocations WHERE instance_id IN (node(5), node(2))');

-- Turn planner methods off, for this transaction.
CREATE PROCEDURE without(methods text[]) LANGUAGE sql AS $$
    SELECT set_config('enable_' || method, (method <> ALL (methods))::text, true)
    FROM unnest('{hashjoin,mergejoin,nestloop,material,memoize}'::text[]) AS method
$$;
-- The joins that a query is then planned with.
CREATE FUNCTION joins(methods text[], query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
    joins text[];
BEGIN
    CALL without(methods);
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        joins := joins || (regexp_match(line, 'Nested Loop|Hash Join|Merge Join|Memoize'))[1];
    END LOOP;
    RETURN array_to_string(joins, ', ');
END
$$;
-- The rows that it then has: as many as the copy has, and the same.
CREATE FUNCTION rows_under(methods text[], query text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    CALL without(methods);
    RETURN same(query);
EXCEPTION WHEN OTHERS THEN
    RETURN SQLERRM;
END
$$;
-- Each query under each way: its rows, once if all are the same.
CREATE VIEW rows_of AS SELECT name, string_agg(DISTINCT rows_under(off, query), ' or ') FROM queries, ways GROUP BY name ORDER BY name;

SELECT way, joins(off, query) FROM ways, queries WHERE name = 'join' AND way <> 'as it likes' ORDER BY way;
SELECT * FROM rows_of;

-- rejected at once
SELECT :'config'::jsonb || jsonb_build_object('rejected', ARRAY[node(1), node(5), 'i-0000000000000dead']) AS rejecting \gset
\setenv REJECTING :rejecting
\! $MOCK/config "$REJECTING"
SELECT * FROM rows_of;
-- rejected after the first page has given rows
SELECT :'config'::jsonb || jsonb_build_object('faults', jsonb_agg(jsonb_build_object('on',
    jsonb_build_object('match', jsonb_build_object('InstanceId', node(n)), 'unless', '{"NextToken": null}'::jsonb),
    'do', '{"status": 400, "code": "InvalidInstanceId"}'::jsonb))) AS later FROM unnest('{1,5}'::int[]) AS n \gset
\setenv LATER :later
\! $MOCK/config "$LATER"
ALTER SERVER ssm OPTIONS (ADD page_size '10');
SELECT * FROM rows_of;
ALTER SERVER ssm OPTIONS (DROP page_size);
-- for one kind of request only: the other chains of the id give their rows
SELECT :'config'::jsonb || jsonb_build_object('faults', jsonb_build_array(jsonb_build_object('on',
    jsonb_build_object('match', jsonb_build_object('InstanceId', node(1), 'CommandId', command(2))),
    'do', '{"status": 400, "code": "InvalidInstanceId"}'::jsonb))) AS partly \gset
\setenv PARTLY :partly
\! $MOCK/config "$PARTLY"
SELECT * FROM rows_of;
-- with rows that come twice, and work_mem that does not hold them
SELECT :'rejecting'::jsonb || '{"repeat_rows": 3}' AS repeating \gset
\setenv REPEATING :repeating
\! $MOCK/config "$REPEATING"
ALTER SERVER ssm OPTIONS (ADD page_size '10');
SET work_mem = '64kB';
SELECT * FROM rows_of;
RESET work_mem;
ALTER SERVER ssm OPTIONS (DROP page_size);

-- empty and error are what they say wherever an id is sent, and nowhere else
\! $MOCK/config "$REJECTING"
ALTER SERVER ssm OPTIONS (ADD invalid_instance_id 'empty');
BEGIN;
CALL without('{hashjoin,mergejoin,material,memoize}');
SELECT same('SELECT k, i.command_id FROM outer_rows JOIN command_invocations i ON i.instance_id = id',
    'SELECT k, i.command_id FROM outer_rows JOIN command_invocations i ON i.instance_id = id WHERE id NOT IN (node(1), node(5))');
CALL without('{nestloop}');
SELECT same('SELECT k, i.command_id FROM outer_rows JOIN command_invocations i ON i.instance_id = id');
COMMIT;
ALTER SERVER ssm OPTIONS (SET invalid_instance_id 'error');
BEGIN;
CALL without('{hashjoin,mergejoin,material,memoize}');
SELECT attempt('SELECT count(i) FROM outer_rows JOIN command_invocations i ON i.instance_id = id');
CALL without('{nestloop}');
SELECT attempt('SELECT count(i) FROM outer_rows JOIN command_invocations i ON i.instance_id = id');
COMMIT;
ALTER SERVER ssm OPTIONS (DROP invalid_instance_id);
