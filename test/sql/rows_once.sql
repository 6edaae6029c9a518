-- InstanceIds that the service rejects, and rows that come twice.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count
SELECT :'config'::jsonb || jsonb_build_object('rejected', ARRAY[node(1), node(5)]) AS rejecting,
    :'config'::jsonb || jsonb_build_object('faults', jsonb_build_array(jsonb_build_object('on', 2, 'do', '{"status": 400, "code": "InvalidInstanceId"}'::jsonb))) AS later,
    :'config'::jsonb || '{"repeat_rows": 3}' AS repeating \gset

-- rescan: without the id, once for all that were rejected
\setenv REJECTING :rejecting
\! $MOCK/config "$REJECTING"
SELECT rows_where($$instance_id = node(1)$$);
\! $MOCK/requests
SELECT rows_where($$instance_id IN (node(1), node(2), node(5))$$);
\! $MOCK/requests --sort
SELECT rows_where($$instance_id IN (node(1), node(2), node(5)) AND command_id IN (command(1), command(2))$$);
\! $MOCK/requests --sort
SELECT rows_where($$instance_id = node(1) AND status = 'Failed' AND requested_date_time > '2026-01-29 21:00'$$);
\! $MOCK/requests
-- Pending may be asked for once the id is gone
SELECT rows_where($$instance_id = node(1) AND status = 'Pending'$$);
\! $MOCK/requests
SELECT rows_where($$instance_id = node(2)$$);
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE instance_id = node(1) LIMIT 3) AS i;
\! $MOCK/requests
-- a subquery that runs once is no nested loop: nothing is read ahead
ALTER SERVER ssm OPTIONS (ADD page_size '10');
SELECT count(*) FROM (SELECT FROM command_invocations WHERE instance_id = (SELECT node(min(c)::int) FROM commands) LIMIT 1) AS i;
\! $MOCK/requests
ALTER SERVER ssm OPTIONS (DROP page_size);
-- a nested loop reads the history once, for as long as the rest is the same
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SELECT same($$SELECT v.n, i.command_id, i.instance_id FROM (VALUES (1), (5), (2), (1), (3)) AS v(n) JOIN command_invocations i ON i.instance_id = node(v.n)$$);
\! $MOCK/requests
SELECT same($$SELECT v.*, i.instance_id FROM (VALUES (1, 1), (1, 5), (2, 5), (2, 1), (2, 2)) AS v(c, n)
    JOIN command_invocations i ON i.command_id = command(v.c) AND i.instance_id = node(v.n)$$);
\! $MOCK/requests
-- the rows that are stored have their long values, too
SELECT same($$SELECT v.n, i.command_id, i.command_plugins FROM (VALUES (1), (5)) AS v(n) JOIN command_invocations i ON i.instance_id = node(v.n)$$);
\! $MOCK/requests
-- also if there are so many that they go to disk
\! $MOCK/config '{"rows": 300, "plugins": 3}'
CALL keep();
CREATE TABLE gone AS SELECT DISTINCT instance_id AS id FROM copy.command_invocations;
ANALYZE gone;
SELECT jsonb_build_object('rows', 300, 'plugins', 3, 'rejected', jsonb_agg(id)) AS all_rejected FROM gone \gset
\setenv ALL_REJECTED :all_rejected
\! $MOCK/config "$ALL_REJECTED"
SET work_mem = '64kB';
SELECT same($$SELECT g.id, i.command_id, i.command_plugins FROM gone g JOIN command_invocations i ON i.instance_id = g.id$$);
SELECT same($$SELECT g.id, (SELECT max(command_plugins::text) FROM (SELECT command_plugins FROM command_invocations i WHERE i.instance_id = g.id LIMIT 2) AS x) IS NULL FROM gone g$$);
RESET work_mem;
\! $MOCK/requests --count
-- history that is empty is read once as well
\! $MOCK/config '{"rows": 0, "rejected": ["i-00000001", "i-00000002", "i-00000003"]}'
SELECT count(*) FROM (VALUES (node(1)), (node(2)), (node(3))) AS gone(id)
    JOIN command_invocations i ON i.instance_id = gone.id;
\! $MOCK/requests --sort
\! $MOCK/config "$CONFIG"
CALL keep();
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
RESET enable_memoize;
-- rows given before the rejection are not given again
ALTER SERVER ssm OPTIONS (ADD page_size '5');
\setenv LATER :later
\! $MOCK/config "$LATER"
SELECT rows_where($$instance_id = node(1)$$);
\! $MOCK/requests
\! $MOCK/config "$LATER"
SELECT rows_where($$instance_id = node(3) AND status IN ('Success', 'Failed')$$);
ALTER SERVER ssm OPTIONS (SET page_size '40', ADD max_concurrency '1');
\! $MOCK/config "$LATER"
SELECT rows_where($$instance_id = node(3) AND status IN ('Success', 'Failed')$$);
\! $MOCK/requests
ALTER SERVER ssm OPTIONS (DROP page_size, DROP max_concurrency);

-- empty: no rows; error: an error
\! $MOCK/config "$REJECTING"
ALTER SERVER ssm OPTIONS (ADD invalid_instance_id 'empty');
SELECT same($$SELECT command_id FROM command_invocations WHERE instance_id IN (node(1), node(2))$$, $$SELECT command_id FROM command_invocations WHERE instance_id = node(2)$$);
\! $MOCK/requests --sort
ALTER SERVER ssm OPTIONS (SET invalid_instance_id 'error');
SELECT attempt($$SELECT * FROM command_invocations WHERE instance_id = node(1)$$);
SELECT attempt($$SELECT * FROM command_invocations WHERE instance_id = node(2)$$);
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD invalid_instance_id 'rescan');
SELECT rows_where($$instance_id = node(1)$$);
ALTER FOREIGN TABLE command_invocations OPTIONS (DROP invalid_instance_id);
ALTER SERVER ssm OPTIONS (DROP invalid_instance_id);

-- a CommandId that the service does not know has no rows
SELECT :'config'::jsonb || jsonb_build_object('invalid_commands', ARRAY[command(1)]) AS unknown \gset
\setenv UNKNOWN :unknown
\! $MOCK/config "$UNKNOWN"
SELECT same($$SELECT instance_id FROM command_invocations WHERE command_id IN (command(1), command(2))$$, $$SELECT instance_id FROM command_invocations WHERE command_id = command(2)$$);
\! $MOCK/requests --sort

-- each invocation once: rows of the page before come again
ALTER SERVER ssm OPTIONS (ADD page_size '7');
\setenv REPEATING :repeating
\! $MOCK/config "$REPEATING"
SELECT rows_where('true');
\! $MOCK/requests --count
SELECT rows_where($$instance_id = node(5)$$);
SELECT rows_where($$command_id IN (command(1), command(2))$$);
SELECT rows_where($$status IN ('Failed', 'Cancelled')$$);
-- but rows without a key are all given
\! $MOCK/config '{"rows": 0, "explicit": [{"InstanceId": "i-00000001"}, {"InstanceId": "i-00000001"}, {"CommandId": "x"}, {"CommandId": "x"}, {}, {}, {"CommandId": null, "InstanceId": null}]}'
SELECT count(*), count(command_id), count(instance_id) FROM command_invocations;

-- a service may ignore what it is asked for: each row still comes once
SELECT :'config'::jsonb || '{"ignored": ["CommandId", "InstanceId", "Status", "DocumentName", "InvokedAfter", "InvokedBefore"]}' AS ignoring,
    :'config'::jsonb || '{"ignored": ["InvokedBefore"]}' AS ignoring_before, :'config'::jsonb || '{"ignored": ["InvokedAfter"]}' AS ignoring_after \gset
\setenv IGNORING :ignoring
\setenv IGNORING_BEFORE :ignoring_before
\setenv IGNORING_AFTER :ignoring_after
\! $MOCK/config "$IGNORING"
SELECT rows_where($$command_id IN (command(1), command(2), command(3))$$);
SELECT rows_where($$instance_id IN (node(1), node(5), 'i-99999999')$$);
SELECT rows_where($$command_id IN (command(1), command(2), command(40)) AND instance_id IN (node(1), node(2))$$);
SELECT rows_where($$status IN ('Failed', 'TimedOut', 'Cancelled')$$);
SELECT rows_where($$status_details IN ('Undeliverable', 'Terminated')$$);
SELECT rows_where($$status IN ('Failed', 'TimedOut') AND status_details IN ('Undeliverable', 'AccessDenied') AND instance_id IN (node(1), node(2))$$);
\! $MOCK/requests --count
ALTER SERVER ssm OPTIONS (SET page_size '11');
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 12:00' AND '2026-01-30 00:00'$$);
SELECT rows_where($$requested_date_time > '2026-01-29 12:00' AND status IN ('Failed', 'TimedOut')$$);
\! $MOCK/requests --count
\! $MOCK/config "$IGNORING_BEFORE"
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 12:00' AND '2026-01-30 00:00'$$);
\! $MOCK/config "$IGNORING_AFTER"
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 12:00' AND '2026-01-30 00:00'$$);
ALTER SERVER ssm OPTIONS (SET page_size '7');
-- an empty id is no key
\! $MOCK/config '{"rows": 0, "explicit": [{"CommandId": "x", "InstanceId": ""}, {"CommandId": "x", "InstanceId": ""}]}'
SELECT count(*) FROM command_invocations;
ALTER SERVER ssm OPTIONS (DROP page_size);

-- status_filter
\! $MOCK/config "$CONFIG"
ALTER SERVER ssm OPTIONS (ADD status_filter 'expanded');
SELECT rows_where($$status = 'Failed'$$);
\! $MOCK/requests --sort
SELECT rows_where($$status = 'Cancelled'$$);
\! $MOCK/requests --sort
SELECT rows_where($$status IN ('Failed', 'Cancelled') AND command_id = command(3)$$);
\! $MOCK/requests --sort
SELECT rows_where($$status = 'TimedOut' AND command_id = command(8)$$);
SELECT rows_where($$status = 'Failed' AND status_details = 'Undeliverable' AND command_id = command(3)$$);
\! $MOCK/requests
-- which finds every row even where the filter compares one level only
SELECT :'config'::jsonb || '{"status_matches": "details"}' AS details, :'config'::jsonb || '{"status_matches": "status"}' AS status \gset
\setenv DETAILS :details
\! $MOCK/config "$DETAILS"
SELECT rows_where($$status = 'Failed'$$);
SELECT rows_where($$status IN ('Cancelled', 'Failed')$$);
-- what goes on may have any details, so it is not asked for by its status
\! $MOCK/config '{"rows": 0, "status_matches": "details", "explicit": [{"CommandId": "x", "InstanceId": "i-00000001", "Status": "Pending", "StatusDetails": "Delayed"}, {"CommandId": "x", "InstanceId": "i-00000002", "Status": "InProgress", "StatusDetails": "Delayed"}]}'
SELECT wanted, (SELECT count(*) FROM command_invocations WHERE status = wanted) FROM unnest(ARRAY['Pending', 'InProgress', 'Delayed']) AS wanted;
\setenv STATUS :status
\! $MOCK/config "$STATUS"
SELECT rows_where($$status = 'Failed'$$);
ALTER SERVER ssm OPTIONS (SET status_filter 'off');
\! $MOCK/requests --count
SELECT rows_where($$status = 'Failed' AND status_details = 'Undeliverable'$$);
SELECT rows_where($$status_details = 'Terminated'$$);
SELECT rows_where($$status = 'Failed' AND document_name = 'AWS-RunShellScript'$$);
SELECT rows_where($$status = 'Failed' AND status = 'Success'$$);
\! $MOCK/requests
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD status_filter 'exact');
\! $MOCK/config "$CONFIG"
SELECT rows_where($$status = 'Success'$$);
\! $MOCK/requests
ALTER FOREIGN TABLE command_invocations OPTIONS (DROP status_filter);
ALTER SERVER ssm OPTIONS (DROP status_filter);
