\echo Use "CREATE EXTENSION ssm_fdw" to load this file. \quit

CREATE FUNCTION ssm_fdw_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';

CREATE FUNCTION ssm_fdw_validator(text[], oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';

CREATE FOREIGN DATA WRAPPER ssm_fdw
	HANDLER ssm_fdw_handler
	VALIDATOR ssm_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER ssm_fdw IS
	'AWS Systems Manager: Run Command and managed nodes';

COMMENT ON FUNCTION ssm_fdw_handler() IS 'what PostgreSQL calls to read a foreign table of ssm_fdw';

COMMENT ON FUNCTION ssm_fdw_validator(text[], oid) IS
	'checks the options of servers, user mappings, foreign tables and their columns';

-- What this backend has done.

CREATE FUNCTION ssm_fdw_version() RETURNS text
	LANGUAGE C STRICT IMMUTABLE PARALLEL SAFE AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_version() IS 'the release of the loaded library';

CREATE FUNCTION ssm_fdw_get_connections(OUT server_name name, OUT user_name name,
	OUT valid boolean, OUT in_use boolean)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_get_connections() IS
	'the clients that this backend keeps, each with its connections';

CREATE FUNCTION ssm_fdw_disconnect(server_name name) RETURNS boolean
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_disconnect(name) IS
	'close this backend''s idle connections of a server; true if there were any';

CREATE FUNCTION ssm_fdw_disconnect_all() RETURNS boolean
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_disconnect_all() IS
	'close this backend''s idle connections of all servers; true if there were any';

-- What all sessions do, and have done.  A view calls its function by an argument of
-- a type that is new, so that no function that others have made can be meant.

CREATE TYPE ssm_fdw_scope AS ENUM ('cluster');

CREATE FUNCTION ssm_fdw_shared_memory(OUT ok boolean, OUT detail text)
RETURNS record
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_shared_memory() IS
	'does this session share budgets, activity and statistics with the others, and if not, why?';

CREATE FUNCTION ssm_fdw_get_activity(scope ssm_fdw_scope, OUT pid integer,
	OUT database_name text, OUT user_name text, OUT server_name text, OUT table_name text, OUT operation text, OUT started timestamptz,
	OUT waits_for text, OUT requests bigint, OUT pages bigint, OUT rows bigint, OUT bytes bigint,
	OUT retries bigint, OUT throttles bigint, OUT held interval,
	OUT parts_done bigint, OUT parts bigint, OUT done double precision)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

CREATE VIEW ssm_fdw_activity AS SELECT * FROM ssm_fdw_get_activity('cluster'::ssm_fdw_scope);

GRANT SELECT ON ssm_fdw_activity TO PUBLIC;

COMMENT ON VIEW ssm_fdw_activity IS 'each scan under way in the cluster';

CREATE FUNCTION ssm_fdw_get_statistics(scope ssm_fdw_scope, OUT database_name text,
	OUT server_name text, OUT operation text, OUT scans bigint, OUT requests bigint, OUT retries bigint,
	OUT throttles bigint, OUT throttled double precision, OUT denied bigint, OUT failed bigint,
	OUT pages bigint, OUT rows bigint, OUT bytes bigint, OUT held interval,
	OUT p50_ms double precision, OUT p95_ms double precision, OUT since timestamptz)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

CREATE VIEW ssm_fdw_statistics AS SELECT * FROM ssm_fdw_get_statistics('cluster'::ssm_fdw_scope);

GRANT SELECT ON ssm_fdw_statistics TO PUBLIC;

COMMENT ON VIEW ssm_fdw_statistics IS
	'what the calls of all sessions have cost, by server and operation';

CREATE FUNCTION ssm_fdw_reset_statistics() RETURNS void
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

REVOKE EXECUTE ON FUNCTION ssm_fdw_reset_statistics() FROM PUBLIC;

COMMENT ON FUNCTION ssm_fdw_reset_statistics() IS 'reset the statistics of all databases';

-- The one function that makes calls, so not everyone's.

CREATE FUNCTION ssm_fdw_check(server_name name, OUT item text, OUT ok boolean,
	OUT detail text, OUT hint text, OUT fix text)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';

REVOKE EXECUTE ON FUNCTION ssm_fdw_check(name) FROM PUBLIC;

COMMENT ON FUNCTION ssm_fdw_check(name) IS
	'try a server out, and find out how the service reads filters';

-- Accounts and regions as one table.

CREATE PROCEDURE ssm_fdw_create_fleet(fleet name, base name, accounts text[], regions text[],
	role_name text DEFAULT NULL, external_id text DEFAULT NULL, user_name name DEFAULT NULL,
	tables text[] DEFAULT NULL,
	INOUT added bigint DEFAULT NULL,
	INOUT changed bigint DEFAULT NULL,
	INOUT removed bigint DEFAULT NULL)
	LANGUAGE C AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE ssm_fdw_create_fleet(name, name, text[], text[], text, text, name, text[], bigint, bigint, bigint) IS
	'have a table for each operation over these accounts and regions: make what is missing, drop what is not listed';

-- Reading invocations.  Standard SQL bodies: resolved now, so no search_path
-- changes what they do, and inlined into the query that calls them.  "Now" is
-- when a superuser runs this script, in a schema where others may have made
-- functions and operators: an unqualified name finds pg_catalog's only if that has
-- one of exactly these types.  So functions are qualified, no operand is of an
-- unknown type, and both operands are of types that pg_catalog has the operator
-- for, without a cast.  test/t/planted_objects.pl plants all others.
--
-- A step's columns can stand beside those of the table it comes from, and of commands
-- and instance_information: what one of these has a column for, too, begins with
-- plugin_.  plugin_name and response_code are those of command_outputs.

CREATE FUNCTION ssm_fdw_plugins(command_plugins jsonb,
	OUT ordinal integer,
	OUT plugin_name text,
	OUT plugin_status text,
	OUT plugin_status_details text,
	OUT response_code bigint,
	OUT response_start_date_time timestamptz,
	OUT response_finish_date_time timestamptz,
	OUT duration interval,
	OUT output text,
	OUT output_truncated boolean,
	OUT plugin_standard_output_url text,
	OUT plugin_standard_error_url text,
	OUT plugin_output_s3_bucket_name text,
	OUT plugin_output_s3_key_prefix text,
	OUT plugin_output_s3_region text)
RETURNS SETOF record
LANGUAGE sql IMMUTABLE PARALLEL SAFE ROWS 2
BEGIN ATOMIC
	SELECT ordinality::integer,
		plugin ->> 'Name'::text,
		plugin ->> 'Status'::text,
		plugin ->> 'StatusDetails'::text,
		code::bigint,
		pg_catalog.to_timestamp(started::double precision),
		pg_catalog.to_timestamp(finished::double precision),
		pg_catalog.to_timestamp(finished::double precision) - pg_catalog.to_timestamp(started::double precision),
		plugin ->> 'Output'::text,
		-- where the agent cuts: at the end of stdout, of stderr, or of both
		(plugin ->> 'Output'::text) ~ E'\n---Output truncated---(\n----------ERROR-------\n|\\s*$)|\n---Error truncated----\\s*$'::text,
		plugin ->> 'StandardOutputUrl'::text,
		plugin ->> 'StandardErrorUrl'::text,
		plugin ->> 'OutputS3BucketName'::text,
		plugin ->> 'OutputS3KeyPrefix'::text,
		plugin ->> 'OutputS3Region'::text
	FROM pg_catalog.jsonb_array_elements(
			CASE pg_catalog.jsonb_typeof(command_plugins) WHEN 'array'::text THEN command_plugins END)
			WITH ORDINALITY AS plugins (plugin, ordinality),
		LATERAL (SELECT
			CASE pg_catalog.jsonb_typeof(plugin -> 'ResponseCode'::text) WHEN 'number'::text
				THEN (plugin -> 'ResponseCode'::text)::numeric END,
			CASE pg_catalog.jsonb_typeof(plugin -> 'ResponseStartDateTime'::text) WHEN 'number'::text
				THEN (plugin -> 'ResponseStartDateTime'::text)::numeric END,
			CASE pg_catalog.jsonb_typeof(plugin -> 'ResponseFinishDateTime'::text) WHEN 'number'::text
				THEN (plugin -> 'ResponseFinishDateTime'::text)::numeric END)
			AS sent (any_code, any_start, any_finish),
		-- what no bigint and no time of the years 1 to 9999 can be is NULL; so is
		-- a time closer to 0 than a microsecond, as a double may not hold it
		LATERAL (SELECT
			CASE WHEN any_code BETWEEN '-9223372036854775808'::numeric AND '9223372036854775807'::numeric
					AND any_code = pg_catalog.trunc(any_code)
				THEN any_code END,
			CASE WHEN any_start BETWEEN '-62135596800'::numeric AND '253402300799'::numeric
					AND (any_start = 0.0 OR pg_catalog.abs(any_start) >= 0.000001)
				THEN any_start END,
			CASE WHEN any_finish BETWEEN '-62135596800'::numeric AND '253402300799'::numeric
					AND (any_finish = 0.0 OR pg_catalog.abs(any_finish) >= 0.000001)
				THEN any_finish END)
			AS numbers (code, started, finished);
END;

COMMENT ON FUNCTION ssm_fdw_plugins(jsonb) IS
	'the elements of command_plugins as rows; a member that is missing or of the wrong type is NULL';

CREATE FUNCTION ssm_fdw_document(document_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.regexp_replace(document_name, '^arn:[^:]*:ssm:[^:]*:[^:]*:document/'::text, ''::text);

COMMENT ON FUNCTION ssm_fdw_document(text) IS
	'the short name of a document that may be given as an ARN';

-- Keeping history: the service forgets after 30 days, a local table does not.  The
-- two procedures are C (src/fdw/functions/history.c), which calls the functions
-- below, each by its exact types: a call from SQL would be ambiguous as soon as
-- somebody made one of that name with more arguments that have defaults.  All run
-- with the caller's rights.  A status is final by one condition, which C gives to
-- them to format with what stands before the column's name.

CREATE PROCEDURE ssm_fdw_create_history(history text, source regclass)
	LANGUAGE C AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE ssm_fdw_create_history(text, regclass) IS
	'make a table for ssm_fdw_keep_history, with the columns of a foreign table';

CREATE PROCEDURE ssm_fdw_keep_history(history regclass, source regclass,
	overlap interval DEFAULT NULL,
	INOUT rows_read bigint DEFAULT NULL,
	INOUT rows_inserted bigint DEFAULT NULL,
	INOUT rows_updated bigint DEFAULT NULL)
	LANGUAGE C AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE ssm_fdw_keep_history(regclass, regclass, interval, bigint, bigint, bigint) IS
	'copy what is new or has changed in a foreign table to its history table';

-- Make the history table and, beside it, the one that says how far it has come and
-- the one of invocations that runs will ask for again.
CREATE FUNCTION ssm_fdw_history_create(schema name, history name, source regclass)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kept CONSTANT text := format('%I.%I', schema, history);
	progress CONSTANT text := format('%I.%I', schema, history || '_progress');
	unfinished CONSTANT text := format('%I.%I', schema, history || '_unfinished');
BEGIN
	-- unique across accounts and regions, known or not; the pair first, as a row is
	-- looked up by it while the rest may become known later
	EXECUTE format('CREATE TABLE %s (LIKE %s, status_since timestamptz,
		UNIQUE NULLS NOT DISTINCT (command_id, instance_id, region, account_id))', kept, source);
	EXECUTE format('COMMENT ON COLUMN %s.status_since IS %L', kept,
		'when a run of ssm_fdw_keep_history first saw this status');
	-- account_id may be NULL, so no index can identify a row to a publication
	EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', kept);
	EXECUTE format('CREATE INDEX ON %s (requested_date_time)', kept);
	EXECUTE format('CREATE INDEX ON %s (status_since)', kept);
	EXECUTE format('CREATE TABLE %s (source regclass PRIMARY KEY,
		read_until timestamptz, read_until_seen timestamptz, read_again timestamptz,
		run_at timestamptz, rows_read bigint, rows_inserted bigint, rows_updated bigint,
		requests bigint, seconds numeric, error text, succeeded_at timestamptz)', progress);
	EXECUTE format('COMMENT ON TABLE %s IS %L', progress,
		'until when ssm_fdw_keep_history has read each source into ' || history || ', and its last run');
	EXECUTE format('CREATE TABLE %s (source regclass, command_id text, instance_id text, region text, account_id text,
		requested_date_time timestamptz, read_at timestamptz,
		UNIQUE NULLS NOT DISTINCT (source, command_id, instance_id, region, account_id))', unfinished);
	EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', unfinished);
	EXECUTE format('COMMENT ON TABLE %s IS %L', unfinished,
		'the invocations of ' || history || ' that ssm_fdw_keep_history asks for again');
EXCEPTION WHEN undefined_object THEN
	RAISE undefined_object USING
		MESSAGE = format('cannot make a history table with the columns of %s: %s', source, SQLERRM),
		HINT = 'The columns command_id, instance_id, region, account_id and requested_date_time must be of types that can be sorted, such as text.';
END
$$;

-- Begin the run of one source: until the end of the transaction no other run reads
-- it.  The lock is on its row of the progress table, which only those who may update
-- it can take.  Returns since when to read by time (NULL is from the beginning),
-- what time it is, and how long ago the last run was, in seconds since 1970.
--
-- The time is the service's, as our clocks may be wrong: the newest
-- requested_date_time that was seen, and what has passed here since it was.  So it
-- is a little late at most, and what is asked for, is so a little more often.  A
-- clock that was put forward makes it early until the next new row.  Nothing is lost
-- by that, as no run reads from later than the newest row.
CREATE FUNCTION ssm_fdw_history_start(progress regclass, source regclass, overlap interval)
RETURNS timestamptz[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	clock CONSTANT timestamptz := clock_timestamp();
	long CONSTANT interval := current_setting('ssm_fdw.history_long_overlap');
	state record;
	now timestamptz;
BEGIN
	-- what has been dropped is not behind
	EXECUTE format('DELETE FROM %s AS line WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = line.source)', progress);
	EXECUTE format('INSERT INTO %s (source) VALUES ($1) ON CONFLICT DO NOTHING', progress) USING source;
	-- a clock that was put back counts from here
	EXECUTE format('UPDATE %s SET read_until_seen = least(read_until_seen, $2) WHERE source = $1
		RETURNING read_until, read_until_seen, read_again, run_at', progress)
		INTO state USING source, clock;
	now := coalesce(state.read_until + (clock - state.read_until_seen), clock);
	IF overlap IS NULL THEN
		overlap := CASE WHEN now < state.read_again + current_setting('ssm_fdw.history_long_interval')::interval
			AND now >= state.read_again THEN current_setting('ssm_fdw.history_overlap')::interval ELSE long END;
	END IF;
	RETURN ARRAY[
		CASE WHEN state.read_until IS NOT NULL THEN least(state.read_until, now - overlap) END,
		now,
		now + least(greatest(clock - state.run_at, interval '0'), interval '1 day')];
END
$$;

-- End the run of one source, and leave its line: what it has counted and its requests,
-- or why it failed.  since and now are what ssm_fdw_history_start returned.
CREATE FUNCTION ssm_fdw_history_finish(progress regclass, source regclass, since timestamptz, now timestamptz,
	began timestamptz, counts bigint[], requests bigint, error text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	reaches CONSTANT boolean := error IS NULL
		AND (since IS NULL OR since <= now - current_setting('ssm_fdw.history_long_overlap')::interval);
BEGIN
	EXECUTE format('UPDATE %s SET run_at = $2, rows_read = $3[1], rows_inserted = $3[2], rows_updated = $3[3],
			requests = $4, seconds = round(extract(epoch FROM clock_timestamp() - $2), 3), error = $5,
			succeeded_at = CASE WHEN $5 IS NULL THEN $2 ELSE succeeded_at END,
			read_again = CASE WHEN $6 THEN CASE WHEN $7 IS NULL THEN read_until ELSE $8 END ELSE read_again END
		WHERE source = $1', progress)
		USING source, began, counts, requests, error, reaches, since, now;
END
$$;

-- The statement that copies rows of the source, and notes which are unfinished.  It
-- reads by 'time', or asks by 'command' or by 'pair'.  Its parameters are
--
--	$1, $2	the source, and what time it is
--	$3, $4	by time: since when and until when; else region and account_id.  One that
--			is NULL leaves its clause out
--	$5, $6	command ids and, by pair, the instance id of each
--
-- It returns how many rows it read, inserted and updated, and the newest time that
-- it saw.
--
-- A region or account_id of NULL was not known: it matches any, and becomes known.
-- A status that is not final replaces none that is.  status_since, if the history has
-- it and the source has not, is when the status was first seen.  Times of other types
-- than timestamptz depend on the session, so they bound nothing.
CREATE FUNCTION ssm_fdw_history_statement(history regclass, unfinished regclass, source regclass, final text, by text)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	matching CONSTANT text := '%1$s.command_id, %1$s.instance_id, %1$s.region, %1$s.account_id';
	here CONSTANT text := '($3 IS NULL OR region = $3::%3$s) AND ($4 IS NULL OR account_id = $4::%4$s)';
	names text;
	fetched text;
	old_values text;
	new_values text;
	merged text;
	timed boolean;
	stamped boolean;
	rows text;
BEGIN
	stamped := EXISTS (SELECT FROM pg_attribute WHERE attrelid = history AND attname = 'status_since'
			AND atttypid = 'timestamptz'::regtype AND NOT attisdropped)
		AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = source AND attname = 'status_since' AND NOT attisdropped);
	-- the columns that both have, as the history's types and collations
	SELECT string_agg(quote_ident(attname), ', ' ORDER BY mine.attnum),
		string_agg(format('%1$I::%2$s%3$s AS %1$I', attname, format_type(mine.atttypid, -1),
			' COLLATE ' || nullif(mine.attcollation, 0)::regcollation), ', ' ORDER BY mine.attnum),
		string_agg(format('kept.%I', attname), ', ' ORDER BY mine.attnum),
		string_agg(format('(given).%I', attname), ', ' ORDER BY mine.attnum),
		string_agg(format(CASE WHEN attname IN ('region', 'account_id')
			THEN 'coalesce((given).%1$I, kept.%1$I)' ELSE '(given).%1$I' END, attname), ', ' ORDER BY mine.attnum),
		bool_and(attname <> 'requested_date_time'
			OR mine.atttypid = 'timestamptz'::regtype AND theirs.atttypid = 'timestamptz'::regtype)
		INTO names, fetched, old_values, new_values, merged, timed
	FROM pg_attribute AS mine JOIN pg_attribute AS theirs USING (attname)
	WHERE mine.attrelid = history AND mine.attnum > 0 AND NOT mine.attisdropped
		AND mine.attgenerated = '' AND theirs.attrelid = source
		AND theirs.attnum > 0 AND NOT theirs.attisdropped;

	-- the fence makes each pair a request, where a list of ids might be cheaper by a guess
	SELECT format(CASE
			WHEN by = 'command' THEN '%5$s WHERE command_id = ANY ($5::%1$s[]) AND ' || here
			WHEN by = 'pair' THEN 'unnest($5::%1$s[], $6::%2$s[]) AS ssm_fdw_pair (ssm_fdw_command, ssm_fdw_instance), LATERAL (
				SELECT * FROM %5$s WHERE command_id = ssm_fdw_command AND instance_id = ssm_fdw_instance AND ' || here || '
				OFFSET 0) AS ssm_fdw_rows'
			WHEN timed THEN '%5$s WHERE ($3 IS NULL OR requested_date_time >= $3) AND ($4 IS NULL OR requested_date_time < $4)'
			ELSE '%5$s' END,
			max(type) FILTER (WHERE attname = 'command_id'), max(type) FILTER (WHERE attname = 'instance_id'),
			max(type) FILTER (WHERE attname = 'region'), max(type) FILTER (WHERE attname = 'account_id'), source)
		INTO rows
	FROM (SELECT attname, format_type(atttypid, -1) AS type FROM pg_attribute WHERE attrelid = source) AS theirs;

	RETURN format('WITH fetched AS MATERIALIZED (SELECT %1$s FROM %2$s),
		latest AS (
			SELECT DISTINCT ON (%3$s) * FROM fetched ORDER BY %3$s, %4$s DESC),
		matched AS (
			SELECT DISTINCT ON (%5$s) latest AS given, kept.tableoid AS home, kept.ctid AS place
			FROM latest LEFT JOIN %6$s AS kept
				ON kept.command_id = latest.command_id AND kept.instance_id = latest.instance_id
				AND (kept.region = latest.region) IS NOT FALSE
				AND (kept.account_id = latest.account_id) IS NOT FALSE
			ORDER BY %5$s, (kept.region = latest.region) DESC NULLS LAST,
				(kept.account_id = latest.account_id) DESC NULLS LAST),
		placed AS (
			-- what becomes known becomes so once
			SELECT given, home, CASE row_number() OVER (PARTITION BY home, place) WHEN 1 THEN place END AS place
			FROM matched),
		updated AS (
			UPDATE %6$s AS kept SET (%7$s%16$s) = ROW (%8$s%17$s)
			FROM placed
			WHERE kept.ctid = placed.place AND kept.tableoid = placed.home AND (%9$s OR NOT %10$s)
				AND ROW (%11$s)::record *<> ROW (%8$s)::record
			RETURNING true),
		inserted AS (
			INSERT INTO %6$s (%7$s%16$s) SELECT %12$s%18$s FROM placed WHERE place IS NULL
			ON CONFLICT (command_id, instance_id, region, account_id) DO NOTHING
			RETURNING true),
		seen AS (
			SELECT command_id::text, instance_id::text, region::text, account_id::text, %13$s AS requested_date_time, %14$s AS final
			FROM latest),
		noted AS (
			INSERT INTO %15$s AS noted SELECT $1, command_id, instance_id, region, account_id, requested_date_time, $2
			FROM seen WHERE NOT final AND requested_date_time IS NOT NULL
			ON CONFLICT (source, command_id, instance_id, region, account_id)
				DO UPDATE SET requested_date_time = excluded.requested_date_time, read_at = excluded.read_at),
		finished AS (
			DELETE FROM %15$s AS noted USING seen
			WHERE noted.source = $1 AND noted.command_id = seen.command_id AND noted.instance_id = seen.instance_id
				AND (noted.region = seen.region) IS NOT FALSE AND (noted.account_id = seen.account_id) IS NOT FALSE
				AND (final OR (noted.region, noted.account_id) IS DISTINCT FROM (seen.region, seen.account_id)))
		SELECT ARRAY[(SELECT count(*) FROM fetched), (SELECT count(*) FROM inserted), (SELECT count(*) FROM updated)],
			(SELECT max(requested_date_time) FROM seen)',
		fetched, rows, format(matching, 'fetched'), format(final, 'fetched.'),
		format(matching, 'latest'), history, names, merged,
		format(final, '(given).'), format(final, 'kept.'), old_values, new_values,
		CASE WHEN timed THEN 'requested_date_time' ELSE 'NULL::timestamptz' END, format(final, ''), unfinished,
		CASE WHEN stamped THEN ', status_since' END,
		CASE WHEN stamped THEN ', CASE WHEN kept.status IS DISTINCT FROM (given).status THEN now() ELSE kept.status_since END' END,
		CASE WHEN stamped THEN ', now()' END);
END
$$;

-- Copy what the source has of a time.  Returns how many rows were read, inserted and
-- updated; NULL, and nothing is done, if that takes more requests than the source's
-- max_requests, or than are to be lost when one fails, and may_split says that the
-- caller can ask for less.
--
-- The progress is the newest time that the source has shown: the machine's clock
-- may be ahead of the service's.  Where the source is a view over several, one may
-- show what is newer than the moment another was asked; so it is no later than the
-- beginning either.
CREATE FUNCTION ssm_fdw_history_read(statement text, progress regclass, source regclass, now timestamptz,
	since timestamptz, until timestamptz, may_split boolean)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET ssm_fdw.invoked_after_slack = 0
SET ssm_fdw.max_requests = 1000
AS $$
DECLARE
	began CONSTANT timestamptz := clock_timestamp();
	newest timestamptz;
	counts bigint[];
BEGIN
	IF NOT may_split THEN
		SET LOCAL ssm_fdw.max_requests = 0;
	END IF;
	BEGIN
		EXECUTE statement INTO counts, newest USING source, now, since, until;
	EXCEPTION WHEN program_limit_exceeded THEN
		IF may_split THEN
			RETURN NULL;
		END IF;
		RAISE;
	END;
	IF newest IS NOT NULL THEN
		EXECUTE format('UPDATE %s SET read_until = $1, read_until_seen = $2
			WHERE source = $3 AND (read_until >= $1) IS NOT TRUE', progress)
			USING least(newest, began), began, source;
	END IF;
	RETURN counts;
END
$$;

-- Ask for some of what was unfinished and is older than what is read by time.
-- Returns how many rows were read, inserted and updated; NULL if nothing is left to
-- ask for.  now is the time of this run, and next that of the one after it.
--
-- What is younger than an hour is asked for at each run, and then before its age has
-- grown by ssm_fdw.history_growth; after 30 days the service has forgotten it.  A
-- command is asked for as a whole if that takes no more requests than those of its
-- pairs that are due soon, that is, before their age has grown by a quarter: so they
-- come to be due together.
CREATE FUNCTION ssm_fdw_history_unfinished(by_command text, by_pair text, history regclass, unfinished regclass,
	source regclass, since timestamptz, now timestamptz, next timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	page CONSTANT integer := coalesce((
		SELECT option_value::integer
		FROM (SELECT 1, ftoptions FROM pg_foreign_table WHERE ftrelid = source
			UNION ALL SELECT 2, srvoptions FROM pg_foreign_table JOIN pg_foreign_server AS server ON server.oid = ftserver
			WHERE ftrelid = source) AS place (n, options), pg_options_to_table(options)
		WHERE option_name = 'page_size' ORDER BY n LIMIT 1), 50);
	type CONSTANT text := (SELECT format_type(atttypid, -1) FROM pg_attribute WHERE attrelid = history AND attname = 'command_id');
	counts bigint[];
	newest timestamptz;
	due record;
	size integer := 100;
BEGIN
	EXECUTE format('DELETE FROM %s WHERE source = $1 AND requested_date_time <= $2 - interval ''30 days''', unfinished)
		USING source, now;
	-- as it was when the time seemed to be later
	EXECUTE format('UPDATE %s SET read_at = $2 WHERE source = $1 AND read_at > $2', unfinished)
		USING source, now;
	EXECUTE format('WITH pair AS (
			SELECT *, $3 - requested_date_time AS age, $4 - requested_date_time AS next_age,
				(read_at - requested_date_time) * (1 + current_setting(''ssm_fdw.history_growth'')::double precision) AS latest_age
			FROM %1$s WHERE source = $1 AND requested_date_time < $2 AND read_at < $3),
		command AS (
			SELECT region, account_id, command_id,
				array_agg(instance_id ORDER BY instance_id) FILTER (WHERE age < interval ''1 hour'' OR next_age >= latest_age) AS due,
				count(*) FILTER (WHERE age < interval ''1 hour'' OR next_age + age / 4 >= latest_age) AS soon
			FROM pair GROUP BY region, account_id, command_id),
		choice AS (
			SELECT *, (SELECT greatest(ceil(count(*) / $5::numeric), 1) FROM %2$s AS kept
				WHERE kept.command_id = command.command_id::%3$s) <= soon AS whole
			FROM command WHERE due IS NOT NULL)
		SELECT region, account_id, whole, array_agg(command_id ORDER BY command_id, instance_id) AS commands,
			array_agg(instance_id ORDER BY command_id, instance_id) AS instances
		FROM choice, unnest(CASE WHEN whole THEN ARRAY[NULL] ELSE due END) AS instance_id
		GROUP BY region, account_id, whole ORDER BY region, account_id, whole LIMIT 1', unfinished, history, type)
		INTO due USING source, since, now, next, page;
	IF due.commands IS NULL THEN
		RETURN NULL;
	END IF;

	LOOP
		BEGIN
			EXECUTE CASE WHEN due.whole THEN by_command ELSE by_pair END INTO counts, newest
				USING source, now, due.region, due.account_id, due.commands[:size], due.instances[:size];
			EXIT;
		EXCEPTION WHEN program_limit_exceeded THEN
			IF size = 1 THEN
				RAISE;
			END IF;
			size := (least(size, cardinality(due.commands)) + 1) / 2;
		END;
	END LOOP;
	-- also what the service did not give
	EXECUTE format('UPDATE %s AS pair SET read_at = $2 FROM unnest($5, $6) AS asked (command_id, instance_id)
		WHERE pair.source = $1 AND read_at < $2 AND pair.command_id = asked.command_id
			AND (pair.instance_id = asked.instance_id OR asked.instance_id IS NULL)
			AND pair.region IS NOT DISTINCT FROM $3 AND pair.account_id IS NOT DISTINCT FROM $4', unfinished)
		USING source, now, due.region, due.account_id, due.commands[:size], due.instances[:size];
	RETURN counts;
END
$$;

REVOKE EXECUTE ON FUNCTION
	ssm_fdw_history_create(name, name, regclass),
	ssm_fdw_history_start(regclass, regclass, interval),
	ssm_fdw_history_finish(regclass, regclass, timestamptz, timestamptz, timestamptz, bigint[], bigint, text),
	ssm_fdw_history_statement(regclass, regclass, regclass, text, text),
	ssm_fdw_history_read(text, regclass, regclass, timestamptz, timestamptz, timestamptz, boolean),
	ssm_fdw_history_unfinished(text, text, regclass, regclass, regclass, timestamptz, timestamptz, timestamptz)
	FROM PUBLIC;
