-- Columns: any of them, in any order, by any name, of any type.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count

-- a subset, in another order, renamed, one member twice
CREATE FOREIGN TABLE own (
    "At" timestamptz OPTIONS (member 'RequestedDateTime'),
    status text,
    gone int OPTIONS (member 'Comment'),
    node text OPTIONS (member 'InstanceId'),
    node_again text OPTIONS (member 'InstanceId'),
    where_it_ran text OPTIONS (member 'region'),
    command_id text OPTIONS (member 'CommandId')
) SERVER ssm OPTIONS (account_id '1');
ALTER FOREIGN TABLE own DROP COLUMN gone;
SELECT same($$SELECT * FROM own$$, $$SELECT requested_date_time, status, instance_id, instance_id AS again, region, command_id FROM command_invocations$$);
\! $MOCK/requests
SELECT same($$SELECT command_id FROM own WHERE node = node(1) AND node_again IN (node(1), node(2)) AND where_it_ran = 'us-east-1' AND "At" > '2026-01-29 21:00'$$,
    $$SELECT command_id FROM command_invocations WHERE instance_id = node(1) AND requested_date_time > '2026-01-29 21:00'$$);
\! $MOCK/requests
SELECT count(*) FROM own WHERE node = node(1) AND node_again = node(2);
SELECT count(*) FROM own WHERE where_it_ran = 'eu-west-1';
\! $MOCK/requests --count
CREATE FOREIGN TABLE none () SERVER ssm;
SELECT count(*) FROM none;
-- a column that is no member
CREATE FOREIGN TABLE wrong (command_id text, statu text) SERVER ssm;
SELECT attempt('SELECT statu FROM wrong');
ALTER FOREIGN TABLE wrong RENAME statu TO colour;
SELECT attempt('SELECT colour FROM wrong');
ALTER FOREIGN TABLE wrong RENAME colour TO "InstanceNam";
SELECT attempt('SELECT "InstanceNam" FROM wrong');
-- is an error where it is used, and only there: so is a generated one
ALTER FOREIGN TABLE wrong ADD short text GENERATED ALWAYS AS (lower(command_id)) STORED;
SELECT same($$SELECT command_id FROM wrong WHERE command_id = command(1)$$, $$SELECT command_id FROM command_invocations WHERE command_id = command(1)$$);
SELECT count(*) FROM wrong;
SELECT * FROM explained('SELECT command_id FROM wrong');
ANALYZE wrong;
SELECT use, attempt(use) FROM unnest(ARRAY['SELECT short FROM wrong', 'SELECT count(*) FROM wrong WHERE short IS NULL', 'SELECT * FROM wrong',
    'SELECT wrong FROM wrong', 'SELECT command_id FROM wrong ORDER BY short', 'EXPLAIN SELECT short FROM wrong', 'SELECT w1.command_id FROM wrong w1 JOIN wrong w2 USING (short)',
    'SELECT wrong FROM wrong JOIN commands ON command_id = command(c::int) FOR UPDATE OF commands']) AS use;
-- a row lock on another table keeps the row, but does not use its columns
SELECT count(*) FROM (SELECT command_id FROM wrong JOIN commands ON command_id = command(c::int) WHERE c < 3 FOR UPDATE OF commands) AS locked;
-- nor does a column that is added to the parent
CREATE TABLE parent (command_id text, region text) PARTITION BY LIST (region);
CREATE FOREIGN TABLE leaf PARTITION OF parent FOR VALUES IN ('us-east-1') SERVER ssm;
ALTER TABLE parent ADD note text;
SELECT count(*), count(command_id) FROM parent;
SELECT attempt('SELECT note FROM parent');
SELECT attempt('SELECT command_id FROM parent JOIN commands ON command_id = command(c::int) FOR UPDATE OF commands'), attempt('UPDATE commands SET c = c FROM parent WHERE command_id = command(c::int)');
DROP TABLE parent;
ALTER FOREIGN TABLE wrong DROP short;
ALTER FOREIGN TABLE wrong ALTER "InstanceNam" OPTIONS (ADD member 'InstanceName');
SELECT "InstanceNam" FROM wrong WHERE command_id = command(1) ORDER BY 1 LIMIT 1;
\! $MOCK/requests >/dev/null

-- types whose clauses are sent, too
CREATE TYPE outcome AS ENUM ('Success', 'Failed', 'Cancelled', 'TimedOut', 'Pending', 'InProgress', 'Cancelling');
CREATE TYPE site AS ENUM ('us-east-1', 'eu-west-1');
CREATE FOREIGN TABLE typed (
    command_id uuid, instance_id varchar(30), status outcome, status_details varchar, document_name varchar(100),
    requested_date_time timestamptz(0), region site
) SERVER ssm;
CREATE TABLE copy.typed AS SELECT command_id::uuid, instance_id::varchar(30), status::outcome, status_details::varchar,
    document_name::varchar(100), requested_date_time::timestamptz(0), region::site FROM copy.command_invocations;
SELECT same('SELECT * FROM typed');
\! $MOCK/requests >/dev/null
SELECT same($$SELECT * FROM typed WHERE command_id = '00000000-0000-4000-8000-000000000001'$$);
SELECT same($$SELECT * FROM typed WHERE command_id = ANY (ARRAY[command(2)::uuid, NULL, upper(command(2))::uuid])$$);
SELECT same($$SELECT * FROM typed WHERE instance_id = node(5)$$);
SELECT same($$SELECT * FROM typed WHERE instance_id IN ('i-00000001', 'x')$$);
SELECT same($$SELECT * FROM typed WHERE instance_id = ANY ('{i-00000002}'::varchar[])$$);
SELECT same($$SELECT * FROM typed WHERE status = 'TimedOut' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE status IN ('Success', 'Failed') AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE status = 'Cancelling' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE status_details = 'Terminated' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE document_name::text = 'AWS-RunPatchBaseline' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE requested_date_time = '2026-01-29 23:00:01' AND region = 'us-east-1'$$);
\! $MOCK/requests --sort
SELECT same($$SELECT * FROM typed WHERE region = 'eu-west-1'$$);
\! $MOCK/requests --count
-- a domain over one of these
CREATE DOMAIN run AS uuid;
CREATE DOMAIN result AS outcome;
CREATE DOMAIN moment AS timestamptz;
CREATE FOREIGN TABLE domains (command_id run, instance_id text, status result, at moment OPTIONS (member 'RequestedDateTime')) SERVER ssm;
SELECT same(replace(query, 'typed', 'domains'), replace(query, ' at ', ' requested_date_time ')) FROM unnest(ARRAY[
    $$SELECT command_id FROM typed WHERE command_id = '00000000-0000-4000-8000-000000000001'$$,
    $$SELECT command_id FROM typed WHERE status::outcome IN ('Failed') AND at > '2026-01-29 20:30'$$]) AS query;
\! $MOCK/requests
-- an enum's order is its own, so ranges stay here; so do casts, and char(n)
SELECT same($$SELECT * FROM typed WHERE status > 'Failed' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE status::text = 'Failed' AND instance_id = node(1)$$);
SELECT same($$SELECT * FROM typed WHERE status_details = 'Failed  '::char(20) AND instance_id = node(1)$$);
\! $MOCK/requests

-- other types: by their input functions, and clauses stay here, but for the domain's
SET timezone = 'Asia/Kathmandu';
CREATE DOMAIN id AS text CHECK (VALUE <> '');
CREATE FOREIGN TABLE others (
    command_id id, instance_id char(22), instance_name name, comment text, document_version numeric(4, 1), status "char",
    "at date" date OPTIONS (member 'RequestedDateTime'),
    "at timestamp" timestamp OPTIONS (member 'RequestedDateTime'),
    "at second" timestamp(0) OPTIONS (member 'RequestedDateTime'),
    "at time" time OPTIONS (member 'RequestedDateTime'),
    "as json" json OPTIONS (member 'CommandPlugins'),
    "as text" text OPTIONS (member 'CommandPlugins'),
    account_id bigint
) SERVER ssm;
CREATE TABLE copy.others AS SELECT command_id::id, instance_id::char(22), instance_name::name, comment, document_version::numeric(4, 1), status::"char",
    requested_date_time::date AS "at date", requested_date_time::timestamp AS "at timestamp", requested_date_time::timestamp(0) AS "at second",
    requested_date_time::time AS "at time", account_id::bigint FROM copy.command_invocations;
SELECT same('SELECT command_id, instance_id, instance_name, comment, document_version, status, "at date", "at timestamp", "at second", "at time", account_id FROM others');
\! $MOCK/requests >/dev/null
SELECT same($$SELECT "at timestamp" FROM others WHERE command_id = command(1)$$);
SELECT same($$SELECT "at timestamp" FROM others WHERE instance_id = node(1)$$);
SELECT same($$SELECT "at timestamp" FROM others WHERE "at date" = '2026-01-30'$$);
SELECT same($$SELECT "at timestamp" FROM others WHERE "at timestamp" > '2026-01-30 02:00' AND account_id = 123456789012$$);
\! $MOCK/requests
-- in every way to write times, also where the zone's abbreviation is not known
SELECT style, set_config('datestyle', style, false) = style, zone, set_config('timezone', zone, false) = zone, attempt('SELECT * FROM others'),
    (SELECT count(*) FROM others o WHERE "at timestamp" = timestamptz '2026-01-29 23:00:00.25+00' AND "at date" = (timestamptz '2026-01-29 23:00:00.25+00')::date)
FROM unnest(ARRAY['ISO, MDY', 'SQL, DMY', 'SQL, MDY', 'Postgres, DMY', 'German, DMY']) AS style,
    unnest(ARRAY['Asia/Jakarta', 'America/New_York', 'Asia/Kathmandu', 'Africa/Monrovia']) AS zone;
SET datestyle = 'ISO, YMD';
SET timezone = 'UTC';

-- values, as they come
\! $MOCK/config '{"rows": 0, "explicit": [{"CommandId": "full", "Comment": "", "InstanceName": "ä€😀 \u0000\ud800", "DocumentVersion": "007", "RequestedDateTime": {"$raw": "1.542081640614E9"}, "Status": "Failed", "TraceOutput": "", "CommandPlugins": [{"Name": "a", "ResponseCode": {"$raw": "0.0"}, "ResponseStartDateTime": {"$raw": "1579893879.7750000"}, "Big": {"$raw": "12345678901234567890.123456789"}, "Output": "\u0000x"}], "NotificationConfig": {"NotificationArn": "", "NotificationEvents": []}, "CloudWatchOutputConfig": {"CloudWatchOutputEnabled": false}}, {"CommandId": "nulls", "Comment": null, "RequestedDateTime": null, "CommandPlugins": null, "Unknown": [[{"a": 1}]]}, {"CommandId": "bare"}]}'
SELECT command_id, comment, instance_name, document_version, requested_date_time, status, trace_output, command_plugins, notification_config,
    cloud_watch_output_config FROM command_invocations ORDER BY command_id;
SELECT command_id, comment, document_version, "at timestamp", "as json", "as text" FROM others ORDER BY command_id;
SELECT to_jsonb(i) FROM command_invocations i WHERE command_id LIKE 'bare';

-- a partition's bound or a CHECK that no row can satisfy is an error, as the planner believes it
CREATE TABLE fleet (command_id text, region text, account_id text) PARTITION BY LIST (region);
CREATE FOREIGN TABLE paris PARTITION OF fleet FOR VALUES IN ('eu-west-3') SERVER ssm;
CREATE TABLE accounts (command_id text, account_id bigint, region text) PARTITION BY RANGE (account_id);
CREATE TABLE few PARTITION OF accounts FOR VALUES FROM (1) TO (200000000000) PARTITION BY LIST (region);
CREATE FOREIGN TABLE few_ohio PARTITION OF few FOR VALUES IN ('us-east-1') SERVER ssm;
CREATE FOREIGN TABLE checked (command_id text, region text CHECK (region LIKE 'us-%' AND length(command_id) > 0)) SERVER ssm;
SELECT use, attempt(use) FROM unnest(ARRAY['SELECT count(*) FROM fleet', $$SELECT FROM fleet WHERE region = 'eu-west-3'$$, 'ANALYZE paris',
    $$SELECT FROM fleet WHERE region = 'us-east-1'$$, 'SELECT count(*) FROM accounts', 'SELECT count(*) FROM checked']) AS use;
SELECT ok, detail FROM ssm_fdw_check('ssm') WHERE item = 'region';
ALTER FOREIGN TABLE paris OPTIONS (ADD region 'eu-west-3');
ALTER SERVER ssm OPTIONS (DROP account_id);
SELECT count(*) FROM fleet;
SELECT attempt('SELECT count(*) FROM accounts');
ALTER FOREIGN TABLE few_ohio OPTIONS (ADD account_id '200000000000');
SELECT attempt('SELECT count(*) FROM accounts');
ALTER FOREIGN TABLE few_ohio OPTIONS (SET account_id '199999999999');
SELECT count(*) FROM accounts;
ALTER SERVER ssm OPTIONS (ADD account_id '123456789012');
ALTER FOREIGN TABLE checked OPTIONS (ADD region 'eu-west-3');
SELECT attempt('SELECT count(*) FROM checked');
SELECT ok, detail FROM ssm_fdw_check('ssm') WHERE item = 'region';
-- but what its owner has written is not run by who reads it
CREATE FUNCTION owners(text) RETURNS boolean IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE 'run'; END$$;
CREATE FOREIGN TABLE trap (command_id text, region text CHECK (owners(region))) SERVER ssm;
SELECT count(*) FROM trap;
DROP TABLE fleet, accounts;
DROP FOREIGN TABLE checked, trap;
-- a domain is asked about NULLs, too
CREATE DOMAIN filled AS text NOT NULL;
CREATE DOMAIN given AS text CHECK (VALUE IS NOT NULL);
CREATE FOREIGN TABLE complete (command_id filled, comment filled, document_name given, account_id filled) SERVER ssm OPTIONS (account_id '1');
SELECT count(command_id), count(account_id) FROM complete;
SELECT attempt('SELECT comment FROM complete'), attempt('SELECT document_name FROM complete');

-- a value that the type does not take: the column is named
CREATE FOREIGN TABLE strict (
    command_id text, "DocumentVersion" int OPTIONS (member 'DocumentVersion'),
    bad_int int OPTIONS (member 'Status'), bad_enum site OPTIONS (member 'Status'), bad_varchar varchar(3) OPTIONS (member 'Status'),
    bad_domain id OPTIONS (member 'Comment'), bad_time int OPTIONS (member 'RequestedDateTime'), bad_bool boolean OPTIONS (member 'Status'),
    bad_array text[] OPTIONS (member 'Status')
) SERVER ssm;
SELECT "DocumentVersion" FROM strict ORDER BY 1;
SELECT name, attempt(format('SELECT %I FROM strict', name)) FROM unnest(ARRAY['bad_int', 'bad_enum', 'bad_varchar', 'bad_domain', 'bad_time', 'bad_bool', 'bad_array']) AS name;
SELECT bad_int FROM strict;
