\set ECHO none
-- What the tests share: the stand-in as server ssm, its table and helpers in
-- schema test, and 60 invocations that are easy to check by hand.
SET client_min_messages = warning;
SET timezone = 'UTC';
SET datestyle = 'ISO, YMD';
SET intervalstyle = 'postgres';
DROP SCHEMA IF EXISTS test, copy CASCADE;
DROP SERVER IF EXISTS ssm CASCADE;
CREATE SCHEMA test;
CREATE SCHEMA copy;
SET search_path = test, public;
\getenv url MOCK_URL
CREATE SERVER ssm FOREIGN DATA WRAPPER ssm_fdw
    OPTIONS (region 'us-east-1', endpoint_url :'url', account_id '123456789012');
CREATE USER MAPPING FOR CURRENT_USER SERVER ssm
    OPTIONS (access_key_id 'AKIDEXAMPLE',
             secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
IMPORT FOREIGN SCHEMA ssm LIMIT TO (command_invocations) FROM SERVER ssm INTO test;

-- The ids of the n-th command and node; every fifth node is not an EC2
-- instance.
CREATE FUNCTION command(n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT '00000000-0000-4000-8000-' || lpad(n::text, 12, '0')
$$;
CREATE FUNCTION node(n int) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT CASE WHEN n % 5 = 0 THEN 'mi-' || lpad(n::text, 17, '0')
                ELSE 'i-' || lpad(n::text, 8, '0') END
$$;

-- Twelve commands, one for each pair of status and details, on five nodes
-- each.  Command c was sent c hours before 2026-01-30 00:00 UTC; its node n
-- started n * 250 ms after that.
CREATE TABLE commands AS
SELECT c, split_part(pair, '/', 1) AS status, split_part(pair, '/', 2) AS details,
       (ARRAY['AWS-RunShellScript', 'AWS-RunPatchBaseline', 'A!',
              'arn:aws:ssm:us-east-1::document/AWS-RunShellScript'])[1 + c % 4] AS document
FROM unnest(ARRAY['Success/Success', 'Failed/Failed', 'Failed/Undeliverable',
                  'Failed/AccessDenied', 'Failed/InvalidPlatform', 'Cancelled/Terminated',
                  'Cancelled/Cancelled', 'TimedOut/ExecutionTimedOut',
                  'TimedOut/DeliveryTimedOut', 'Pending/Pending', 'InProgress/InProgress',
                  'Cancelling/Cancelling']) WITH ORDINALITY AS pairs(pair, c);
SELECT json_build_object('rows', 0, 'explicit', json_agg(json_build_object(
           'CommandId', command(c::int), 'InstanceId', node(n), 'InstanceName', 'node' || n,
           'Comment', '', 'DocumentName', document, 'DocumentVersion', '1',
           'RequestedDateTime', 1769731200 - c * 3600 + n * 0.25,
           'Status', status, 'StatusDetails', details,
           'StandardOutputUrl', '', 'StandardErrorUrl', '', 'ServiceRole', '',
           'CommandPlugins', json_build_array(json_build_object('Name', 'step' || n))) ORDER BY c, n))
       AS config
FROM commands, generate_series(1, 5) AS n \gset
\setenv CONFIG :config

-- Keep a table's rows that there are now in schema copy.
CREATE PROCEDURE keep(name text DEFAULT 'command_invocations') LANGUAGE plpgsql SET client_min_messages = warning AS $$
BEGIN
    EXECUTE format('DROP TABLE IF EXISTS copy.%1$I; CREATE TABLE copy.%1$I AS SELECT * FROM test.%1$I', name);
END
$$;

-- Run a query on the foreign table and on the kept rows (or run another one on
-- these): the number of rows if both give the same, else an error.
CREATE FUNCTION same(query text, local text DEFAULT NULL) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    n bigint;
    lost bigint;
    extra bigint;
BEGIN
    EXECUTE 'CREATE TEMP TABLE got AS ' || query;
    PERFORM set_config('search_path', 'copy, test, public', true);
    EXECUTE 'CREATE TEMP TABLE wanted AS ' || coalesce(local, query);
    PERFORM set_config('search_path', 'test, public', true);
    SELECT count(*) INTO lost FROM (SELECT * FROM wanted EXCEPT ALL SELECT * FROM got) AS rows;
    SELECT count(*) INTO extra FROM (SELECT * FROM got EXCEPT ALL SELECT * FROM wanted) AS rows;
    SELECT count(*) INTO n FROM got;
    DROP TABLE got, wanted;
    IF lost > 0 OR extra > 0 THEN
        RAISE EXCEPTION '% rows lost, % too many', lost, extra;
    END IF;
    RETURN n || ' rows';
END
$$;
-- The same for rows that satisfy a condition.
CREATE FUNCTION rows_where(condition text) RETURNS text LANGUAGE sql AS $$
    SELECT same('SELECT command_id, instance_id, status, status_details, document_name, '
                'requested_date_time, region, account_id FROM command_invocations WHERE ' || condition)
$$;

-- A time as the API's filters take it.
CREATE FUNCTION api_time(timestamptz) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT to_char(date_trunc('second', $1) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
$$;

-- What EXPLAIN says of foreign scans, without what differs between releases:
-- those of its properties that are named, each as one row.
CREATE FUNCTION explained(query text, options text DEFAULT '', wanted text DEFAULT 'Filter|API Operation|Request|Not Sent|Chains')
RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE format('EXPLAIN (COSTS OFF %s) %s', options, query) LOOP
        IF line ~ ('^ *(' || wanted || '): ') THEN
            RETURN NEXT ltrim(line);
        END IF;
    END LOOP;
END
$$;

-- Run a command and undo it: "ok", or what it raised.
CREATE FUNCTION attempt(command text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    said text;
    hint text;
    context text;
BEGIN
    EXECUTE command;
    RAISE SQLSTATE 'OK000';
EXCEPTION
    WHEN SQLSTATE 'OK000' THEN
        RETURN 'ok';
    WHEN OTHERS THEN
        GET STACKED DIAGNOSTICS said = MESSAGE_TEXT, hint = PG_EXCEPTION_HINT,
                                context = PG_EXCEPTION_CONTEXT;
        RETURN concat_ws(' / ', SQLSTATE, said, nullif(hint, ''),
                         (regexp_match(context, '^.*foreign table "[^"]*"'))[1]);
END
$$;
RESET client_min_messages;
\pset format unaligned
\pset tuples_only
\set ECHO all
