-- Clauses on requested_date_time.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
\! $MOCK/config "$CONFIG"
CALL keep();
\! $MOCK/requests --count

-- a second more on either side, and a day below
SELECT rows_where($$requested_date_time > '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time >= '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time < '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time <= '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time = '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 19:00+00' AND '2026-01-29 20:00:01+00'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time BETWEEN SYMMETRIC '2026-01-29 20:00:01+00' AND '2026-01-29 19:00+00'$$);
\! $MOCK/requests
-- the value on the left
SELECT rows_where($$'2026-01-29 20:00:00.25+00' < requested_date_time$$);
\! $MOCK/requests
SELECT rows_where($$'2026-01-29 20:00:00.25+00' >= requested_date_time$$);
\! $MOCK/requests
-- the narrowest of several
SELECT rows_where($$requested_date_time > '2026-01-01' AND requested_date_time > '2026-01-29 22:00' AND requested_date_time >= '2026-01-02'
    AND requested_date_time < '2027-01-01' AND requested_date_time < '2026-01-29 23:00'$$);
\! $MOCK/requests
-- lists, ORs and negations are PostgreSQL's
SELECT rows_where($$requested_date_time IN ('2026-01-29 20:00:00.25+00', '2026-01-29 21:00:00.5+00')$$);
SELECT rows_where($$requested_date_time < '2026-01-29 13:00' OR requested_date_time > '2026-01-29 23:00'$$);
SELECT rows_where($$requested_date_time <> '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests

-- dates and timestamps are in the session's time zone
SET timezone = 'America/New_York';
SELECT rows_where($$requested_date_time >= date '2026-01-29'$$);
\! $MOCK/requests
SELECT rows_where($$date '2026-01-29' > requested_date_time$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time > timestamp '2026-01-29 17:00:00.5'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time BETWEEN timestamp '2026-01-29 17:00' AND date '2026-01-30'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time = timestamp '2026-01-29 17:00:00.5'$$);
\! $MOCK/requests
SET timezone = 'Asia/Kathmandu';
SELECT rows_where($$requested_date_time >= date '2026-01-30'$$);
\! $MOCK/requests
-- the same prepared statement follows the time zone
SET plan_cache_mode = force_generic_plan;
PREPARE since(date) AS SELECT command_id, instance_id FROM command_invocations WHERE requested_date_time >= $1;
SELECT same($$EXECUTE since('2026-01-30')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE requested_date_time >= date '2026-01-30'$$);
SET timezone = 'UTC';
SELECT same($$EXECUTE since('2026-01-29')$$, $$SELECT command_id, instance_id FROM command_invocations WHERE requested_date_time >= date '2026-01-29'$$);
\! $MOCK/requests
RESET plan_cache_mode;

-- relative to now: in one transaction, now() is the same for query and check
SELECT $$SELECT :'sent'::jsonb = jsonb_build_object('Filters', jsonb_build_array(jsonb_build_object(
    'key', 'InvokedAfter', 'value', api_time($$ AS sent_is, $$ - interval '1 day 1 second'))), 'MaxResults', 50, 'Details', false)$$ AS sent_end \gset
BEGIN;
SELECT rows_where($$requested_date_time > now() - interval '1 day'$$) IS NOT NULL;
\set sent `$MOCK/requests | head -n 1`
:sent_is now() - interval '1 day' :sent_end;
SELECT rows_where($$now() - interval '30 days' <= requested_date_time$$) IS NOT NULL;
\set sent `$MOCK/requests | head -n 1`
:sent_is now() - interval '30 days' :sent_end;
SELECT rows_where($$requested_date_time >= current_date - 1$$) IS NOT NULL;
\set sent `$MOCK/requests | head -n 1`
:sent_is (current_date - 1)::timestamptz :sent_end;
SET LOCAL timezone = 'Asia/Kathmandu';
SELECT rows_where($$requested_date_time >= current_date - 1$$) IS NOT NULL;
\set sent `$MOCK/requests | head -n 1`
:sent_is (current_date - 1)::timestamptz :sent_end;
SELECT rows_where($$requested_date_time > localtimestamp - interval '2 hours'$$) IS NOT NULL;
\set sent `$MOCK/requests | head -n 1`
:sent_is (localtimestamp - interval '2 hours')::timestamptz :sent_end;
COMMIT;
SELECT rows_where($$requested_date_time > clock_timestamp() - interval '1000 years'$$);
\! $MOCK/requests

-- what the filters cannot say is not sent
SELECT rows_where($$requested_date_time > '-infinity' AND requested_date_time < 'infinity'$$);
SELECT rows_where($$requested_date_time = 'infinity'$$);
SELECT rows_where($$requested_date_time < date 'infinity' AND requested_date_time > timestamp '-infinity'$$);
SELECT rows_where($$requested_date_time > '0044-03-15 BC'$$);
SELECT rows_where($$requested_date_time > '4713-01-01 BC'$$);
SELECT rows_where($$requested_date_time > '0001-01-02 00:00:00.999999'$$);
SELECT rows_where($$requested_date_time < '10000-01-01'$$);
SELECT rows_where($$requested_date_time <= '9999-12-31 23:59:59'$$);
SELECT rows_where($$requested_date_time < date '5874897-12-31'$$);
SELECT rows_where($$requested_date_time < '0044-03-15 BC'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time > '0001-01-02 00:00:01'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time <= '9999-12-31 23:59:58'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time > '1969-12-31 23:59:59.5' AND requested_date_time < '1970-01-01 00:00:00.5'$$);
\! $MOCK/requests
SELECT rows_where($$requested_date_time > '-infinity' AND requested_date_time >= '2026-01-29 23:00'$$);
\! $MOCK/requests

-- the slack is an option
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD invoked_after_slack '0');
SELECT rows_where($$requested_date_time > '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
ALTER FOREIGN TABLE command_invocations OPTIONS (SET invoked_after_slack '1500 ms');
SELECT rows_where($$requested_date_time > '2026-01-29 20:00:00.25+00'$$);
\! $MOCK/requests
ALTER FOREIGN TABLE command_invocations OPTIONS (DROP invoked_after_slack);

-- whatever the service means by its bounds, and by an invocation's time
SELECT :'config'::jsonb || '{"time_bounds": "open"}' AS open, :'config'::jsonb || '{"time_bounds": "closed", "time_per_page": true}' AS closed,
    '{"rows": 300, "end": 1769731200, "span": 86400, "time_basis": "command", "time_bounds": "open"}' AS command \gset
\setenv CONFIG :open
\! $MOCK/config "$CONFIG"
SELECT rows_where($$requested_date_time BETWEEN '2026-01-29 20:00:00.25+00' AND '2026-01-29 21:00:00.5+00'$$);
\setenv CONFIG :closed
\! $MOCK/config "$CONFIG"
SELECT rows_where($$requested_date_time >= '2026-01-29 20:00:00.25+00' AND requested_date_time < '2026-01-29 21:00:00.5+00'$$);
\setenv CONFIG :command
\! $MOCK/config "$CONFIG"
CALL keep();
SELECT rows_where(format('requested_date_time = %L', requested_date_time)) FROM copy.command_invocations ORDER BY requested_date_time LIMIT 2;
SELECT rows_where($$requested_date_time >= '2026-01-29 12:00+00'$$) = rows_where($$requested_date_time > timestamptz '2026-01-29 12:00+00' - interval '1 microsecond'$$);
