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

-- instance_information: lists are sent together, ids in batches of 50
\! $MOCK/config '{"rows": 10, "nodes": 120}'
CALL keep('instance_information');
\! $MOCK/requests
SELECT rows_of('instance_information', condition) FROM unnest(ARRAY[
    $$instance_id = (SELECT min(instance_id) FROM copy.instance_information)$$,
    $$instance_id IN ('x', (SELECT min(instance_id) FROM copy.instance_information))$$,
    $$ping_status IN ('ConnectionLost', 'Inactive', 'ConnectionLost')$$,
    $$ping_status IN ('ConnectionLost', 'lost')$$,
    $$platform_type = 'MacOS' AND agent_version IN ('3.2.582.0', '1.0.0')$$,
    $$association_status = 'Failed' AND resource_type = 'ManagedInstance'$$,
    $$activation_id = '00000001-85ee-4b1e-9b0c-0123456789ab' AND source_type = 'AWS::IoT::Thing'$$,
    $$source_id = 'thing-19' AND iam_role LIKE '%'$$,
    $$iam_role = 'service-role/AmazonEC2RunCommandRoleForManagedInstances'$$,
    $$NOT is_latest_version AND agent_version <> ''$$]) AS condition;
\! $MOCK/requests
SELECT array_agg(instance_id ORDER BY instance_id) AS ids FROM (SELECT instance_id FROM copy.instance_information ORDER BY 1 LIMIT 110) AS i \gset
SELECT rows_of('instance_information', format('instance_id = ANY (%L)', :'ids'));
\! $MOCK/requests --count
SELECT explained(format('SELECT FROM instance_information WHERE ping_status = ''online'' AND instance_id = ANY (%L)', :'ids'), wanted => 'Chains|Undocumented Value');
-- more values of what changes than go into one request are not sent
SELECT rows_of('instance_information', format('agent_version = ANY (%L)', (SELECT array_agg('1.0.' || n) || '3.3.40.0'::text FROM generate_series(1, n) AS n))) FROM unnest(ARRAY[49, 50]) AS n;
\! $MOCK/requests
-- the least page; LIMIT and page_size
SELECT count(*) FROM (SELECT FROM instance_information LIMIT 2) AS i;
ALTER SERVER ssm OPTIONS (page_size '3');
SELECT count(*) FROM instance_information WHERE platform_type = 'Windows';
\! $MOCK/requests --count
SELECT count(*) FROM (SELECT FROM instance_information LIMIT 2) AS i;
\! $MOCK/requests
ALTER SERVER ssm OPTIONS (DROP page_size);
-- one rejected id is found among those of its batch without naming them
\! $MOCK/config '{"rows": 10, "nodes": 120, "reject_unknown": true}'
SELECT rows_of('instance_information', format('instance_id = ANY (%L)', 'i-00000000'::text || :'ids'::text[]));
\! $MOCK/requests --sort | cut -c 1-120
ALTER SERVER ssm OPTIONS (invalid_instance_id 'error');
SELECT attempt(format('SELECT * FROM instance_information WHERE instance_id = ANY (%L)', 'i-00000000'::text || :'ids'::text[]));
ALTER SERVER ssm OPTIONS (DROP invalid_instance_id);

-- command_outputs: one request for each pair
\! $MOCK/config '{"rows": 40, "nodes": 10, "plugins": 1, "output": 2500, "full_output": 30000}'
CALL keep();
CREATE TABLE copy.pairs AS SELECT command_id, instance_id FROM copy.command_invocations;
\! $MOCK/requests --count
CREATE TABLE copy.command_outputs AS SELECT o.* FROM copy.pairs JOIN command_outputs AS o USING (command_id, instance_id);
SELECT count(*), count(execution_start_date_time), count(execution_end_date_time), count(DISTINCT (command_id, instance_id)), max(length(standard_output_content)) FROM copy.command_outputs;
\! $MOCK/requests --count
SELECT DISTINCT execution_end_date_time - execution_start_date_time = execution_elapsed_time, response_code, standard_error_content, cloud_watch_output_config ->> 'CloudWatchOutputEnabled'
FROM copy.command_outputs WHERE status = 'Failed' ORDER BY 2, 4;
SELECT command_id AS c, instance_id AS n FROM copy.pairs ORDER BY 1, 2 LIMIT 1 \gset
SELECT rows_of('command_outputs', condition) FROM unnest(ARRAY[
    format('command_id = %L AND instance_id = %L', :'c', :'n'),
    format('command_id = %L AND instance_id IN (%L, ''i-00000000'', ''x'')', :'c', :'n'),
    format('command_id = %L AND instance_id = %L AND plugin_name = ''aws:runShellScript''', :'c', :'n'),
    format('command_id = %L AND instance_id = %L AND plugin_name = ''none''', :'c', :'n'),
    format('command_id = %L AND instance_id = %L AND plugin_name = ''not there'' AND status <> ''''', :'c', :'n'),
    format('command_id = %L AND instance_id = ''i-00000000''', :'c'),
    format('command_id = ''x'' AND instance_id = %L', :'n')]) AS condition;
\! $MOCK/requests
-- what is missing
SELECT attempt('SELECT * FROM command_outputs');
SELECT attempt(format('SELECT * FROM command_outputs WHERE command_id = %L', :'c'));
SELECT attempt(format('SELECT * FROM command_outputs WHERE instance_id = %L', :'n'));
SELECT attempt(format('SELECT * FROM command_outputs WHERE command_id = %L AND instance_id || '''' = %L', :'c', :'n'));
SELECT attempt('SELECT * FROM command_outputs WHERE false');
SELECT explained('SELECT * FROM command_outputs', wanted => 'API Operation|Request');
SELECT explained(format('SELECT * FROM command_outputs WHERE command_id = %L AND instance_id = %L', :'c', :'n'), wanted => 'API Operation|Request');
SELECT regexp_replace(explained('SELECT * FROM copy.pairs JOIN command_outputs USING (command_id, instance_id)', wanted => 'Request'), '\$\d|\w+\.', '', 'g');
\! $MOCK/requests --count
-- the two values may come from two tables
CREATE TABLE copy.c AS SELECT DISTINCT command_id FROM copy.pairs ORDER BY 1 LIMIT 3;
CREATE TABLE copy.n AS SELECT DISTINCT instance_id FROM copy.pairs ORDER BY 1 LIMIT 4;
ANALYZE copy.c, copy.n, copy.pairs;
SELECT same('SELECT c, n, o::text FROM copy.c CROSS JOIN copy.n JOIN command_outputs AS o USING (command_id, instance_id)');
SELECT same('SELECT c, o::text FROM copy.c, LATERAL (SELECT * FROM command_outputs AS o WHERE o.command_id = c.command_id AND instance_id = ANY (ARRAY(SELECT instance_id FROM copy.n))) AS o');
SELECT same('SELECT p, o.status FROM copy.pairs AS p LEFT JOIN command_outputs AS o USING (command_id, instance_id)');
SELECT same('SELECT p.*, (SELECT length(standard_output_content) FROM command_outputs AS o WHERE (o.command_id, o.instance_id) = (p.command_id, p.instance_id)) FROM copy.pairs AS p');
-- steps
\! $MOCK/config '{"rows": 10, "plugins": 3}'
CALL keep();
SELECT attempt('SELECT * FROM copy.command_invocations JOIN command_outputs USING (command_id, instance_id)');
SELECT count(*), count(DISTINCT o.plugin_name), bool_and(o.standard_output_content IN (p.output, '')) FROM copy.command_invocations AS i, ssm_fdw_plugins(i.command_plugins) AS p
JOIN command_outputs AS o USING (plugin_name) WHERE (o.command_id, o.instance_id) = (i.command_id, i.instance_id);
-- one rejected id is an error only if the option says so
\! $MOCK/config '{"rows": 10, "rejected": ["i-00000000"]}'
SELECT command_id AS c FROM copy.command_invocations LIMIT 1 \gset
SELECT count(*) FROM command_outputs WHERE command_id = :'c' AND instance_id = 'i-00000000';
ALTER SERVER ssm OPTIONS (invalid_instance_id 'error');
SELECT attempt(format('SELECT * FROM command_outputs WHERE command_id = %L AND instance_id = ''i-00000000''', :'c'));
ALTER SERVER ssm OPTIONS (DROP invalid_instance_id);
ANALYZE command_outputs;
-- answers in other forms
\! $MOCK/config '{"rows": 0, "explicit": {"GetCommandInvocation": [{"CommandId": "11111111-1111-1111-1111-111111111111", "InstanceId": "i-00000001", "ExecutionStartDateTime": "2020-04-23T20:19:16.853", "ExecutionEndDateTime": "2020-04-23", "ExecutionElapsedTime": "PT1H0.065S", "ResponseCode": {"$raw": "1.0"}, "NextToken": 5, "Commands": [{}]}]}}'
SET timezone = 'America/New_York';
SELECT execution_start_date_time, execution_end_date_time, execution_elapsed_time, response_code, comment IS NULL FROM command_outputs WHERE command_id = '11111111-1111-1111-1111-111111111111' AND instance_id = 'i-00000001';
SET timezone = 'UTC';
\! $MOCK/config '{"rows": 10, "faults": [{"on": "all", "do": {"raw": "{\"Comment\": \"\"}"}}]}'
SELECT attempt(format('SELECT command_id FROM command_outputs WHERE command_id = %L AND instance_id = %L', command_id, instance_id)) FROM copy.command_invocations LIMIT 1;
