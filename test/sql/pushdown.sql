-- Clauses on ids, status, document and constants: what is asked, and which rows come.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests

-- command_id and instance_id: one chain for each value
SELECT rows_where($$command_id = command(1)$$);
\! $MOCK/requests
SELECT rows_where($$command(1) = command_id$$);
\! $MOCK/requests
SELECT rows_where($$command_id IN (command(1), command(3))$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id = ANY (ARRAY[command(3), command(1)])$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id = command(1) OR command(3) = command_id OR command_id IN (command(4), command(5))$$);
\! $MOCK/requests --sort
SELECT rows_where($$instance_id = node(2)$$);
\! $MOCK/requests
SELECT rows_where($$instance_id IN (node(5), node(1))$$);
\! $MOCK/requests --sort
SELECT rows_where($$command_id IN (command(1), command(2)) AND instance_id IN (node(1), node(5))$$);
\! $MOCK/requests --sort
SELECT rows_where($$NOT command_id <> command(1)$$);
\! $MOCK/requests

-- status: of several values, live ones one after the other, before those that are terminal
SELECT rows_where($$status = 'Failed'$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'Success', 'Cancelled', 'TimedOut')$$);
\! $MOCK/requests --sort
SELECT rows_where($$status = 'Pending'$$);
\! $MOCK/requests
SELECT rows_where($$status = 'InProgress'$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Delayed'$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'InProgress')$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('InProgress', 'Delayed', 'Pending')$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('InProgress', 'Pending') AND instance_id = node(1)$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Success', 'AccessDenied')$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Undeliverable'$$);
\! $MOCK/requests
-- no value of the filter
SELECT rows_where($$status = 'Cancelling'$$);
\! $MOCK/requests
SELECT rows_where($$status = 'failed'$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'Cancelling')$$);
\! $MOCK/requests
SELECT rows_where($$status = ''$$);
\! $MOCK/requests

-- status_details: six values
SELECT rows_where(format('status_details = %L', value))
FROM unnest(ARRAY['AccessDenied', 'DeliveryTimedOut', 'ExecutionTimedOut', 'Undeliverable', 'InvalidPlatform', 'Terminated']) AS value;
\! $MOCK/requests
SELECT rows_where(format('status_details = %L', value))
FROM unnest(ARRAY['Success', 'Failed', 'Pending', 'InProgress', 'Cancelled', 'Cancelling', 'TimedOut', 'undeliverable']) AS value;
\! $MOCK/requests
SELECT rows_where($$status_details IN ('Terminated', 'AccessDenied')$$);
\! $MOCK/requests --sort
SELECT rows_where($$status_details IN ('Terminated', 'Failed')$$);
\! $MOCK/requests

-- status and status_details have one filter between them
SELECT rows_where($$status = 'Failed' AND status_details = 'Undeliverable'$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Failed' AND status_details = 'Failed'$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Success' AND status_details = 'Undeliverable'$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'Cancelled') AND status_details IN ('Terminated', 'InvalidPlatform')$$);
\! $MOCK/requests --sort

-- Pending never goes with InstanceId
SELECT rows_where($$status = 'Pending' AND instance_id = node(1)$$);
\! $MOCK/requests
SELECT rows_where($$status = 'Pending' AND command_id = command(10)$$);
\! $MOCK/requests
SELECT rows_where($$status = 'InProgress' AND instance_id = node(1)$$);
\! $MOCK/requests
SELECT rows_where($$status IN ('Failed', 'Success') AND instance_id = node(1)$$);
\! $MOCK/requests --sort

-- document_name: what the filter takes
SELECT rows_where($$document_name = 'AWS-RunPatchBaseline'$$);
\! $MOCK/requests
SELECT rows_where($$document_name = 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript'$$);
\! $MOCK/requests
SELECT rows_where(format('document_name = %L', value))
FROM unnest(ARRAY['ab', 'abc', repeat('x', 128), repeat('x', 129), 'A!', 'a bc', E'abc\n', 'äbc', '']) AS value;
\! $MOCK/requests
SELECT rows_where($$document_name IN ('AWS-RunPatchBaseline', 'AWS-RunShellScript')$$);
\! $MOCK/requests
SELECT rows_where($$document_name IN ('AWS-RunPatchBaseline', 'AWS-RunPatchBaseline')$$);
\! $MOCK/requests

-- all at once: four filters and no more
SELECT rows_where($$command_id = command(3) AND instance_id = node(1) AND status = 'Failed'
    AND status_details = 'Undeliverable' AND document_name = 'arn:aws:ssm:us-east-1::document/AWS-RunShellScript'
    AND requested_date_time BETWEEN '2026-01-29 20:00:00.5' AND '2026-01-29 22:00:00.5'$$);
\! $MOCK/requests

-- region and account_id: no request if they cannot hold
SELECT rows_where($$region = 'us-east-1' AND account_id = '123456789012' AND command_id = command(1)$$);
\! $MOCK/requests
SELECT rows_where($$region IN ('eu-west-1', 'us-east-1') AND command_id = command(1)$$);
\! $MOCK/requests
SELECT rows_where($$region = 'eu-west-1'$$);
SELECT rows_where($$region IN ('eu-west-1', NULL)$$);
SELECT rows_where($$region = 'US-EAST-1'$$);
SELECT rows_where($$account_id = '1'$$);
SELECT rows_where($$account_id = '123456789012' AND account_id = '1'$$);
\! $MOCK/requests --count
SELECT rows_where($$region > 'us' AND command_id = command(1)$$);
\! $MOCK/requests

-- columns without a filter, and other operators, are left to PostgreSQL
SELECT rows_where($$instance_name = 'node1'$$);
SELECT rows_where($$command_id LIKE '%1'$$);
SELECT rows_where($$command_id > command(3)$$);
SELECT rows_where($$status <> 'Failed'$$);
SELECT rows_where($$status <> ALL ('{Failed,Success}')$$);
SELECT rows_where($$status = ALL ('{Failed,Failed}')$$);
SELECT rows_where($$status IS NOT DISTINCT FROM 'Failed'$$);
SELECT rows_where($$lower(status) = 'failed'$$);
SELECT rows_where($$status || '' = 'Failed'$$);
SELECT rows_where($$status = 'Failed' OR status_details = 'Cancelled'$$);
SELECT rows_where($$status = 'Failed' OR command_id LIKE '%1'$$);
SELECT rows_where($$(status = 'Failed') IS NOT TRUE$$);
SELECT rows_where($$status = status_details$$);
SELECT rows_where($$(command_id, instance_id) > (command(6), node(2))$$);
\! $MOCK/requests
