-- The tables beside command_invocations: their columns, what is asked, and which rows come.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
DROP TABLE commands;
IMPORT FOREIGN SCHEMA ssm EXCEPT (command_invocations) FROM SERVER ssm INTO test;
SELECT ftrelid::regclass, ftoptions FROM pg_foreign_table ORDER BY ftrelid::regclass::text COLLATE "C";
SELECT attrelid::regclass, string_agg(attname || ' ' || atttypid::regtype, ', ' ORDER BY attnum)
FROM pg_attribute WHERE attnum > 0 AND attrelid IN (SELECT ftrelid FROM pg_foreign_table) GROUP BY 1 ORDER BY attrelid::regclass::text COLLATE "C";
-- The same rows that a local copy gives.
CREATE FUNCTION rows_of(name text, condition text) RETURNS text LANGUAGE sql AS $$
    SELECT same(format('SELECT t::text FROM %I AS t WHERE %s', name, condition))
$$;
\! $MOCK/config '{"rows": 300, "nodes": 20, "plugins": 1}'

-- commands
CALL keep('commands');
\! $MOCK/requests
SELECT rows_of('commands', condition) FROM unnest(ARRAY[
    $$command_id = (SELECT min(command_id) FROM copy.commands)$$,
    $$command_id IN ('x', (SELECT max(command_id) FROM copy.commands))$$,
    $$status = 'Failed'$$,
    $$status = 'Pending'$$,
    $$document_name = 'AWS-RunPatchBaseline' AND status = 'Success'$$,
    $$requested_date_time BETWEEN '2026-01-15' AND '2026-01-20'$$]) AS condition;
\! $MOCK/requests
-- several statuses that are of one half are one request
SELECT rows_of('commands', format('status IN (%s)', list)) FROM unnest(ARRAY[
    $$'Success', 'Failed', 'Cancelled', 'TimedOut'$$, $$'Failed', 'TimedOut'$$,
    $$'Pending', 'InProgress', 'Cancelling'$$, $$'InProgress', 'Cancelling'$$,
    $$'Pending', 'Success'$$, $$'Failed', 'AccessDenied'$$, $$'Cancelling'$$, $$'failed', 'Failed'$$]) AS list;
\! $MOCK/requests
SELECT rows_of('commands', format('status_details = %L', value)) FROM unnest(ARRAY['Incomplete', 'ExecutionTimedOut', 'Failed']) AS value;
SELECT rows_of('commands', $$status_details = 'Incomplete' AND status IN ('Failed', 'Success')$$);
\! $MOCK/requests
ALTER SERVER ssm OPTIONS (status_filter 'expanded');
SELECT rows_of('commands', $$status = 'Failed'$$), rows_of('commands', $$status IN ('Failed', 'Success')$$);
\! $MOCK/requests --sort
ALTER SERVER ssm OPTIONS (SET status_filter 'off');
SELECT rows_of('commands', $$status = 'Failed'$$), rows_of('commands', $$status IN ('Failed', 'Success')$$);
\! $MOCK/requests
ALTER SERVER ssm OPTIONS (DROP status_filter);
SELECT explained($$SELECT FROM commands WHERE status IN ('InProgress', 'Pending') AND comment = ''$$);
-- types
SELECT DISTINCT parameters ->> 'Operation', max_errors, timeout_seconds, expires_after - requested_date_time
FROM commands WHERE document_name = 'AWS-RunPatchBaseline' ORDER BY 1, 2 LIMIT 3;
\! $MOCK/config '{"rows": 0, "explicit": {"ListCommands": [{"CommandId": "a", "TargetCount": {"$raw": "1.0E1"}, "ErrorCount": {"$raw": "-0.0"}, "CompletedCount": null}, {"CommandId": "b", "TargetCount": "7"}]}}'
SELECT command_id, target_count, error_count, completed_count FROM commands;
\! $MOCK/config '{"rows": 0, "explicit": {"ListCommands": [{"CommandId": "a", "TargetCount": {"$raw": "1e10"}}, {"CommandId": "b", "TargetCount": 1.5}]}}'
SELECT attempt('SELECT target_count FROM commands');
CREATE FOREIGN TABLE wide (command_id uuid, target_count numeric) SERVER ssm OPTIONS (operation 'ListCommands');
SELECT attempt('SELECT target_count FROM wide');
CREATE FOREIGN TABLE texts (id text OPTIONS (member 'CommandId'), target_count text) SERVER ssm OPTIONS (operation 'ListCommands');
SELECT * FROM texts;
-- the option
SELECT attempt($$CREATE FOREIGN TABLE none (command_id text) SERVER ssm OPTIONS (operation 'SendCommand')$$);
SELECT attempt($$ALTER SERVER ssm OPTIONS (operation 'ListCommands')$$);
SELECT attempt($$CREATE FOREIGN TABLE none (command_id text, instance_name text) SERVER ssm OPTIONS (operation 'ListCommands'); SELECT instance_name FROM none$$);
