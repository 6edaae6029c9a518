-- EXPLAIN: the request as it will be sent, and what it cost.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
SELECT explained($$SELECT count(*) FROM command_invocations$$);
SELECT explained($$SELECT * FROM command_invocations WHERE command_id = command(1)$$);
SELECT explained($$SELECT status FROM command_invocations WHERE command_id IN (command(2), 'x', command(1)) AND instance_id = ANY (ARRAY[node(1), node(2)])$$);
SELECT explained($$SELECT status FROM command_invocations WHERE status = 'Failed' AND status_details = 'Undeliverable' AND document_name = 'AWS-RunPatchBaseline'$$);
SELECT explained($$SELECT status FROM command_invocations WHERE status = 'Cancelling' AND instance_name = 'node1'$$);
SELECT explained($$SELECT status FROM command_invocations WHERE status = 'Pending' AND instance_id = node(1)$$);
SELECT explained($$SELECT status FROM command_invocations WHERE requested_date_time BETWEEN '2026-01-29 20:00:00.25+00' AND '2026-01-30'$$);
SELECT explained($$SELECT status FROM command_invocations WHERE requested_date_time > now() - interval '1 day' AND requested_date_time < current_date$$);
SELECT explained($$SELECT status FROM command_invocations WHERE command_id = 'x'$$);
SELECT explained($$SELECT status FROM command_invocations WHERE region = 'eu-west-1'$$);
SELECT explained($$SELECT status FROM command_invocations WHERE region = 'us-east-1' AND account_id = current_setting('x.y', true)$$);
SELECT explained($$SELECT status FROM command_invocations WHERE command_id = command(1) LIMIT 7$$);
SELECT explained($$SELECT status FROM command_invocations WHERE command_id = 'ä"\' || repeat('x', 33)$$);
CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
-- parameters are shown as expressions
SET plan_cache_mode = force_generic_plan;
PREPARE p(text, text[], timestamptz, text) AS SELECT instance_id FROM test.command_invocations
    WHERE command_id = $1 AND instance_id = ANY ($2) AND requested_date_time >= $3 - interval '1 hour' AND (status = $4 OR status = 'Failed');
SELECT explained('EXECUTE p(command(1), NULL, NULL, NULL)');
PREPARE pending(text) AS SELECT status FROM test.command_invocations WHERE instance_id = $1 AND status = 'Pending';
SELECT explained('EXECUTE pending(NULL)');
PREPARE two_levels(text) AS SELECT status FROM test.command_invocations WHERE status = $1 AND status_details = 'Terminated';
SELECT explained('EXECUTE two_levels(NULL)');
RESET plan_cache_mode;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT explained($$SELECT c.c, i.status FROM commands c JOIN command_invocations i ON i.command_id = command(c.c::int) WHERE c.c < 3$$, wanted => 'Request');
SELECT explained($$SELECT i.status FROM commands c LEFT JOIN command_invocations i ON i.instance_id = c.document AND i.status = 'Failed'$$);
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
-- the name of a subquery's result differs between releases
SELECT regexp_replace(explained($$SELECT status FROM command_invocations WHERE command_id = (SELECT max(command(c::int)) FROM commands)$$, wanted => 'Request'), '\$\d+|\(InitPlan \w+\).col1', 'RESULT');
-- clauses that are only checked here, by themselves or among others
CREATE FUNCTION local(condition text) RETURNS SETOF text LANGUAGE sql AS $$
    SELECT explained('SELECT instance_id FROM command_invocations WHERE ' || condition, wanted => 'Request|Only Checked Here|Undocumented Value')
$$;
SELECT local($$requested_date_time::date = current_date AND now() - requested_date_time < '1 day' AND date_trunc('day', requested_date_time) > '2026-01-01' AND status = 'Failed'$$);
SELECT local($$instance_name = 'node1' AND (command_id = command(1) OR (command_id = command(2) AND comment LIKE 'a%')) AND requested_date_time > '-infinity'$$);
SELECT local($$document_name IN ('AWS-RunPatchBaseline', 'AWS-RunShellScript') AND status = 'Failed' AND status_details = 'Undeliverable' AND region = 'us-east-1'$$);
SELECT local($$status = 'Pending' AND instance_id = node(1)$$);
SELECT local($$command_id = 'x' AND comment = 'a'$$);
SET plan_cache_mode = force_generic_plan;
PREPARE checked(text) AS SELECT instance_id FROM test.command_invocations WHERE status = $1 AND status_details = $1 AND lower(comment) = $1;
SELECT explained('EXECUTE checked(NULL)', wanted => 'Request|Only Checked Here');
RESET plan_cache_mode;
-- statuses that are none, wherever they stand
SELECT local($$status = 'failed'$$);
SELECT local($$status IN ('Failed', 'Timed Out', 'Undeliverable')$$);
SELECT local($$status_details <> 'success' AND (comment = 'a' OR 'Bogus' = status_details) AND status <> 'Cancelling' AND status_details NOT IN ('Terminated', 'Failed')$$);
SELECT local($$status COLLATE folding = 'failed'$$);
SELECT local($$instance_name = 'failed'$$);
-- other options show in it
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD page_size '20', ADD status_filter 'expanded', ADD invoked_after_slack '2 hours');
SELECT explained($$SELECT status FROM command_invocations WHERE status = 'Failed' AND requested_date_time > '2026-01-29 20:00'$$);
ALTER FOREIGN TABLE command_invocations OPTIONS (SET status_filter 'off', DROP page_size, DROP invoked_after_slack);
SELECT explained($$SELECT status FROM command_invocations WHERE status = 'Failed' AND status_details = current_setting('x.y', true)$$);
ALTER FOREIGN TABLE command_invocations OPTIONS (DROP status_filter);
-- a region that is not known yet is no contradiction
CREATE SERVER nowhere FOREIGN DATA WRAPPER ssm_fdw;
CREATE FOREIGN TABLE unplaced (command_id text, region text) SERVER nowhere;
SELECT explained($$SELECT command_id FROM unplaced WHERE region = 'eu-west-1'$$);
DROP FOREIGN TABLE unplaced;
DROP SERVER nowhere;
-- no user mapping is needed, and no call is made
CREATE ROLE ssm_fdw_reader;
GRANT USAGE ON SCHEMA test TO ssm_fdw_reader;
GRANT SELECT ON command_invocations TO ssm_fdw_reader;
SET ROLE ssm_fdw_reader;
SELECT explained($$SELECT status FROM test.command_invocations WHERE status = 'Failed'$$);
RESET ROLE;
DROP OWNED BY ssm_fdw_reader;
DROP ROLE ssm_fdw_reader;
-- in JSON no name comes twice
CREATE FUNCTION plan_of(query text) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (COSTS OFF, FORMAT JSON) ' || query INTO plan;
    RETURN plan -> 0 -> 'Plan';
END
$$;
SELECT key, value FROM json_each_text(plan_of($$SELECT status FROM command_invocations WHERE command_id = command(1) AND instance_id IN (node(1), node(2))$$))
WHERE key ~ 'Operation|Request|Not Sent|Chains';
EXPLAIN (VERBOSE, COSTS OFF) SELECT status FROM test.command_invocations WHERE status = 'Failed';
\! $MOCK/requests --count

-- ANALYZE: what it has cost
SELECT regexp_replace(explained($$SELECT count(*) FROM command_invocations$$, ', ANALYZE, TIMING OFF, SUMMARY OFF', 'Request|Requests|Pages|Retries|Received|Waited'), '[1-9][0-9]{3,} bytes', 'N bytes');
SELECT regexp_replace(explained($$SELECT status FROM command_invocations WHERE command_id IN (command(1), command(2))$$, ', ANALYZE, TIMING OFF, SUMMARY OFF', 'Chains|Requests|Pages|Retries|Received|Waited'), '[1-9][0-9]{3,} bytes', 'N bytes');
SELECT regexp_replace(explained($$SELECT status FROM command_invocations WHERE command_id = command(1)$$, ', ANALYZE, TIMING ON, SUMMARY OFF', 'Waited'), '\d+\.\d{3} ms', 'N ms');
SELECT explained($$SELECT status FROM command_invocations WHERE command_id = 'x'$$, ', ANALYZE, TIMING OFF, SUMMARY OFF', 'Request|Requests|Pages|Retries|Received');
SELECT explained($$SELECT status FROM command_invocations LIMIT 0$$, ', ANALYZE, TIMING OFF, SUMMARY OFF', 'Requests|Pages|Retries|Received');
SELECT :'config'::jsonb || '{"faults": [{"on": 1, "do": {"status": 500}}]}' AS faulty \gset
\setenv FAULTY :faulty
\! $MOCK/config "$FAULTY"
SELECT explained($$SELECT status FROM command_invocations WHERE command_id = command(1)$$, ', ANALYZE, TIMING OFF, SUMMARY OFF', 'Requests|Pages|Retries');
