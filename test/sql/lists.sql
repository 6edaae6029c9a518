-- Lists, contradictions, volatile values and collations.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count

-- repeats are asked for once, malformed ids and NULLs not at all
SELECT rows_where($$command_id = ANY (ARRAY[command(1), NULL, command(1), 'x', '', command(2), command(2) || 'x'])$$);
\! $MOCK/requests --sort
SELECT rows_where($$instance_id = ANY (ARRAY[node(1), 'i-123', NULL, 'I-00000001', 'mi-00000001', node(5), 'i-0000000!', 'i-000000001'])$$);
\! $MOCK/requests --sort
SELECT rows_where($$instance_id IN (node(1), 'i-0_aZ09xy', 'i-0123456789abcdef0')$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id = ANY (ARRAY[[command(1), NULL], [command(2), command(1)]])$$);
\! $MOCK/requests --sort
-- 36 characters, whatever they are
SELECT rows_where($$command_id IN (repeat('ä', 36), repeat('ä', 18), 'quote " \ ' || repeat('x', 26))$$);
\! $MOCK/requests --sort
SELECT rows_where($$status = ANY (ARRAY['Failed', NULL, 'Failed'])$$);
\! $MOCK/requests

-- lists on one column are intersected
SELECT rows_where($$command_id IN (command(1), command(2), command(3)) AND command_id IN (command(2), command(3), command(4))
    AND command_id = ANY (ARRAY[command(3), command(5)])$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'InProgress') AND status = 'Failed'$$);
\! $MOCK/requests
SELECT rows_where($$(instance_id = node(1) OR instance_id = node(2)) AND instance_id IN (node(2), node(3))$$);
\! $MOCK/requests

-- contradictions make no request
SELECT rows_where($$command_id = command(1) AND command_id = command(2)$$);
SELECT rows_where($$command_id IN (command(1), command(2)) AND command_id IN (command(3), command(4))$$);
SELECT rows_where($$instance_id = node(1) AND instance_id = node(2)$$);
SELECT rows_where($$status = 'Failed' AND status = 'Success'$$);
SELECT rows_where($$status = 'Cancelling' AND status = 'Success'$$);
SELECT rows_where($$status_details = 'Failed' AND status_details = 'Terminated'$$);
SELECT rows_where($$document_name = 'abc' AND document_name = 'abd'$$);
SELECT rows_where($$command_id = NULL$$);
SELECT rows_where($$command_id = ANY (NULL::text[])$$);
SELECT rows_where($$command_id = ANY ('{}'::text[])$$);
SELECT rows_where($$instance_id = ANY ('{NULL}'::text[])$$);
SELECT rows_where($$status = ANY ('{}'::text[])$$);
SELECT rows_where($$command_id = 'x'$$);
SELECT rows_where($$command_id IN ('x', '')$$);
SELECT rows_where($$instance_id = 'i-1'$$);
SELECT rows_where($$instance_id = 'mi-00000001'$$);
SELECT rows_where($$instance_id = 'i-00000001 '$$);
SELECT rows_where($$requested_date_time > '2026-01-02' AND requested_date_time < '2026-01-01'$$);
SELECT rows_where($$requested_date_time > '2026-01-02' AND requested_date_time <= '2026-01-02'$$);
SELECT rows_where($$requested_date_time = '2026-01-02' AND requested_date_time = '2026-01-03'$$);
SELECT rows_where($$requested_date_time > NULL$$);
\! $MOCK/requests --count
-- per column, not per filter: these do not contradict each other
SELECT rows_where($$status = 'TimedOut' AND status_details = 'ExecutionTimedOut'$$);
SELECT rows_where($$status = 'Cancelled' AND status_details = 'Cancelled'$$);
SELECT rows_where($$requested_date_time >= '2026-01-29 23:00:00.25' AND requested_date_time <= '2026-01-29 23:00:00.25'$$);
\! $MOCK/requests

-- values: stable yes, volatile no
CREATE FUNCTION stable_id() RETURNS text STABLE LANGUAGE plpgsql AS $$BEGIN RETURN test.command(1); END$$;
CREATE FUNCTION volatile_id() RETURNS text VOLATILE LANGUAGE plpgsql AS $$BEGIN RETURN test.command(1); END$$;
SELECT rows_where($$command_id = stable_id()$$);
\! $MOCK/requests
SELECT rows_where($$command_id = volatile_id()$$);
\! $MOCK/requests
SELECT rows_where($$command_id IN (command(1), volatile_id())$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time > timestamptz '2026-01-29 20:00' + random() * interval '0 s'$$);
\! $MOCK/requests
SELECT rows_where($$status = current_setting('test.status', true)$$);
SET test.status = 'Failed';
SELECT rows_where($$status = current_setting('test.status', true)$$);
\! $MOCK/requests

-- collations: only one under which equal means the same bytes
CREATE COLLATION folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
SELECT rows_where($$status = 'FAILED' COLLATE folding$$);
SELECT rows_where($$status COLLATE folding IN ('FAILED', 'success')$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Failed' COLLATE "C"$$);
\! $MOCK/requests
CREATE FOREIGN TABLE folded (command_id text COLLATE folding, instance_id text, status text COLLATE folding) SERVER ssm;
SELECT same($$SELECT command_id, instance_id FROM folded WHERE status = 'failed'$$,
            $$SELECT command_id, instance_id FROM command_invocations WHERE status = 'Failed'$$);
SELECT same($$SELECT command_id, instance_id FROM folded WHERE status = 'Failed' COLLATE "C"$$,
            $$SELECT command_id, instance_id FROM command_invocations WHERE status = 'Failed'$$);
\! $MOCK/requests
-- operators of the same name that mean something else
CREATE FUNCTION alike(text, text) RETURNS boolean IMMUTABLE LANGUAGE sql AS 'SELECT lower($1) OPERATOR(pg_catalog.=) lower($2)';
CREATE OPERATOR test.= (LEFTARG = text, RIGHTARG = text, FUNCTION = alike, COMMUTATOR = OPERATOR(test.=));
SELECT rows_where($$status OPERATOR(test.=) 'FAILED'$$);
SELECT rows_where($$status OPERATOR(test.=) ANY ('{FAILED}')$$);
\! $MOCK/requests

-- OR of ANDs: each column that every arm bounds, by the values of all arms
SELECT rows_where($$(command_id = command(2) AND status = 'Failed') OR (command_id = command(7) AND status = 'Cancelled')$$);
SELECT rows_where($$(command_id, instance_id) IN ((command(1), node(2)), (command(4), node(2)), (command(4), node(3)))$$);
SELECT rows_where($$(command_id, instance_id) IN (VALUES (command(1), node(2)), (command(4), node(5)))$$);
SELECT rows_where($$(command_id = command(1) AND comment = '') OR (status = 'Failed' AND command_id = ANY (ARRAY[command(2), command(1), NULL, 'x']))$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id = command(1) OR (instance_name = 'node2' AND (command_id = command(2) OR command_id = command(3) AND status <> 'Failed'))$$);
\! $MOCK/requests --sort
SELECT rows_where($$(status = 'Failed' AND document_name = 'AWS-RunPatchBaseline') OR (document_name = 'AWS-RunPatchBaseline' AND status = 'Cancelled')$$);
\! $MOCK/requests --sort
-- of times the hull
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 13:00' AND '2026-01-29 14:30' OR requested_date_time BETWEEN '2026-01-29 20:00' AND '2026-01-29 21:00'$$);
SELECT rows_where($$(command_id = command(3) AND requested_date_time > '2026-01-29 12:00') OR (command_id = command(4) AND requested_date_time >= '2026-01-29 10:00' AND requested_date_time < '2026-01-29 22:00')$$);
SELECT rows_where($$(status = 'Failed' AND requested_date_time = '2026-01-29 22:00:00.25') OR (status_details = 'Failed' AND requested_date_time > '2026-01-29 15:00'::timestamptz)$$);
SELECT rows_where($$requested_date_time < date '2026-01-29' OR requested_date_time < date '2026-01-30'$$);
\! $MOCK/requests --sort
-- nothing that every arm says
SELECT rows_where($$(command_id = command(1) AND status = 'Failed') OR instance_id = node(1)$$);
SELECT rows_where($$(command_id = command(1) AND status = 'Failed') OR (command_id LIKE '%2' AND instance_id = node(1))$$);
SELECT rows_where($$requested_date_time > '2026-01-29 21:00' OR requested_date_time < '2026-01-29 13:00'$$);
SELECT rows_where($$requested_date_time > '2026-01-29 21:00'::timestamp OR requested_date_time > '2026-01-29 22:00'::timestamp$$);
SELECT rows_where($$(command_id = command(1) AND status = 'Failed') OR (command_id = volatile_id() AND status = 'Success')$$);
\! $MOCK/requests --sort
-- arms that cannot hold
SELECT rows_where($$(command_id = command(1) AND command_id = command(2)) OR (command_id = 'x' AND instance_id = node(1))$$);
SELECT rows_where($$(region = 'eu-west-1' AND status = 'Failed') OR (region = 'eu-west-3' AND status = 'Success')$$);
\! $MOCK/requests --sort
SELECT rows_where($$(region = 'eu-west-1' AND command_id = command(1)) OR (region = 'us-east-1' AND command_id = command(2))$$);
\! $MOCK/requests --sort
-- a LIMIT makes no page smaller where an arm says more than ids
SELECT count(*) FROM (SELECT FROM command_invocations WHERE (command_id = command(1) AND instance_id = node(1)) OR command_id = command(2) LIMIT 3) AS i;
SELECT count(*) FROM (SELECT FROM command_invocations WHERE command_id = command(1) OR command_id = command(2) LIMIT 3) AS i;
\! $MOCK/requests --sort
-- values that are known when the scan runs, and a join
PREPARE arms(text, text[], timestamptz) AS SELECT command_id, instance_id FROM test.command_invocations
    WHERE (command_id = $1 AND status = 'Failed' AND requested_date_time > $3) OR (command_id = ANY ($2) AND requested_date_time > '2026-01-29 19:00+00');
SET plan_cache_mode = force_generic_plan;
SELECT explained('EXECUTE arms(NULL, NULL, NULL)', wanted => 'Request');
SELECT same($$EXECUTE arms(command(3), ARRAY[command(4), command(5)], '2026-01-29 20:00')$$,
    $$SELECT command_id, instance_id FROM command_invocations WHERE command_id = command(3) OR (command_id IN (command(4), command(5)) AND requested_date_time > '2026-01-29 19:00+00')$$);
SELECT same($$EXECUTE arms(command(3), NULL, NULL)$$, $$SELECT command_id, instance_id FROM command_invocations WHERE false$$);
RESET plan_cache_mode;
\! $MOCK/requests --sort
SELECT same($$SELECT c.c, i.instance_id FROM commands c JOIN command_invocations i
    ON (i.command_id = command(c.c::int) AND i.status = 'Success') OR (i.command_id = command(c.c::int + 1) AND i.instance_id = node(1)) WHERE c.c IN (1, 5)$$);
\! $MOCK/requests --sort
