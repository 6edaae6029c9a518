-- LIMIT as a hint, Details only when needed, columns that stay local.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count

-- LIMIT sizes the page where every row that comes is used, and then one chain will do
SELECT count(*) FROM (SELECT FROM command_invocations LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations OFFSET 2 LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations LIMIT 55) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id IN (command(1), command(2)) LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id IN (command(1), command(2)) LIMIT 8) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE instance_id IN (node(1), 'x') AND command_id = command(1) LIMIT 1) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id = command(1) LIMIT 100) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations LIMIT 0) AS i;
\! $MOCK/requests --count
-- not otherwise
SELECT count(*) FROM (SELECT FROM command_invocations WHERE status = 'Success' LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id = command(1) AND instance_name <> 'node1' LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE requested_date_time > '2026-01-29 22:00' LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT instance_id FROM command_invocations WHERE command_id = command(1) ORDER BY instance_id LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT DISTINCT status FROM command_invocations WHERE command_id = command(1) LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT status, count(*) FROM command_invocations WHERE command_id = command(1) GROUP BY status LIMIT 3) AS i;
\! $MOCK/requests
SELECT max(n) FROM (SELECT row_number() OVER (ORDER BY instance_id) AS n FROM command_invocations WHERE command_id = command(1) LIMIT 3) AS i;
\! $MOCK/requests
SELECT max(n) FROM (SELECT generate_series(1, 2) AS n FROM command_invocations WHERE command_id = command(1) LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations i, commands WHERE command_id = command(1) LIMIT 3) AS i;
\! $MOCK/requests
SELECT count(*) FROM (SELECT command_id FROM command_invocations WHERE command_id = command(1) UNION ALL
    SELECT command_id FROM command_invocations WHERE command_id = command(2) LIMIT 8) AS i;
\! $MOCK/requests --sort
-- the rows are right whatever the hint was
SELECT count(*), count(DISTINCT instance_id) FROM (SELECT instance_id FROM command_invocations WHERE command_id = command(4) LIMIT 4) AS i;
SELECT count(*) FROM (SELECT FROM command_invocations LIMIT 59) AS i;
\! $MOCK/requests --count

-- Details: for two columns and the whole row
SELECT count(*) FROM command_invocations WHERE command_id = command(1);
SELECT count(i) FROM command_invocations i WHERE command_id = command(1);
SELECT count(command_plugins) FROM command_invocations WHERE command_id = command(1);
SELECT count(trace_output) FROM command_invocations WHERE command_id = command(1);
\! $MOCK/requests
SELECT max(instance_name || comment || document_version || standard_output_url || standard_error_url || service_role
    || coalesce(notification_config, '0')::text || coalesce(cloud_watch_output_config, '0')::text || region || account_id)
FROM command_invocations WHERE command_id = command(1);
\! $MOCK/requests
SELECT rows_where($$command_id = command(1) AND command_plugins -> 0 ->> 'Name' = 'step2'$$);
\! $MOCK/requests
SELECT same($$SELECT instance_id FROM command_invocations WHERE command_id = command(1) ORDER BY command_plugins LIMIT 10$$);
\! $MOCK/requests
SELECT same($$SELECT i FROM command_invocations i WHERE command_id = command(1)$$, $$SELECT i::text::test.command_invocations FROM command_invocations i WHERE command_id = command(1)$$);
\! $MOCK/requests
SELECT same($$SELECT to_jsonb(i) FROM command_invocations i WHERE command_id = command(1)$$);
\! $MOCK/requests
SELECT same($$SELECT c.c, i.command_plugins FROM commands c JOIN command_invocations i ON i.command_id = command(1) AND i.command_plugins -> 0 ->> 'Name' = 'step' || c.c$$);
\! $MOCK/requests --sort
SELECT count(*) FROM (SELECT instance_id FROM command_invocations WHERE command_id = command(1) FOR UPDATE) AS i;
\! $MOCK/requests
SELECT tableoid::regclass, count(*) FROM command_invocations WHERE command_id = command(1) GROUP BY 1;
\! $MOCK/requests

-- pushdown 'false'
ALTER FOREIGN TABLE command_invocations ALTER instance_id OPTIONS (ADD pushdown 'false'), ALTER status OPTIONS (ADD pushdown 'false'),
    ALTER requested_date_time OPTIONS (ADD pushdown 'off'), ALTER region OPTIONS (ADD pushdown 'no');
SELECT rows_where($$instance_id = node(1) AND status = 'Failed' AND requested_date_time > '2026-01-29 21:00'$$);
SELECT rows_where($$region = 'nowhere'$$);
\! $MOCK/requests
SELECT rows_where($$instance_id = 'x' AND command_id = command(2)$$);
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id = command(1) AND instance_id = node(1) LIMIT 1) AS i;
\! $MOCK/requests
ALTER FOREIGN TABLE command_invocations ALTER instance_id OPTIONS (SET pushdown 'true');
SELECT rows_where($$instance_id = node(1) AND status = 'Failed'$$);
\! $MOCK/requests
