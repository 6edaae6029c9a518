\echo Use "CREATE EXTENSION ssm_fdw" to load this file. \quit

CREATE FUNCTION ssm_fdw_handler() RETURNS fdw_handler
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';

CREATE FUNCTION ssm_fdw_validator(text[], oid) RETURNS void
	LANGUAGE C STRICT AS 'MODULE_PATHNAME';

CREATE FOREIGN DATA WRAPPER ssm_fdw
	HANDLER ssm_fdw_handler
	VALIDATOR ssm_fdw_validator;

COMMENT ON FOREIGN DATA WRAPPER ssm_fdw IS
	'invocations of AWS Systems Manager Run Command';

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

COMMENT ON FUNCTION ssm_fdw_reset_statistics() IS 'count anew, for all databases';

-- The one function that makes calls, so not everyone's.

CREATE FUNCTION ssm_fdw_check(server_name name, OUT item text, OUT ok boolean,
	OUT detail text, OUT hint text)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE AS 'MODULE_PATHNAME';

REVOKE EXECUTE ON FUNCTION ssm_fdw_check(name) FROM PUBLIC;

COMMENT ON FUNCTION ssm_fdw_check(name) IS
	'try a server out, and find out how the service reads filters';

-- Reading invocations.  Standard SQL bodies: resolved now, so no search_path
-- changes what they do, and inlined into the query that calls them.  "Now" is
-- when a superuser runs this script, in a schema where others may have made
-- functions and operators: an unqualified name finds pg_catalog's only if that has
-- one of exactly these types.  So functions are qualified, no operand is of an
-- unknown type, and both operands are of types that pg_catalog has the operator
-- for, without a cast.  test/t/planted_objects.pl plants all others.

CREATE FUNCTION ssm_fdw_plugins(command_plugins jsonb,
	OUT ordinal integer,
	OUT name text,
	OUT status text,
	OUT status_details text,
	OUT response_code bigint,
	OUT response_start_date_time timestamptz,
	OUT response_finish_date_time timestamptz,
	OUT duration interval,
	OUT output text,
	OUT output_truncated boolean,
	OUT standard_output_url text,
	OUT standard_error_url text,
	OUT output_s3_bucket_name text,
	OUT output_s3_key_prefix text,
	OUT output_s3_region text)
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
	overlap interval DEFAULT '1 day',
	INOUT rows_read bigint DEFAULT NULL,
	INOUT rows_inserted bigint DEFAULT NULL,
	INOUT rows_updated bigint DEFAULT NULL)
	LANGUAGE C AS 'MODULE_PATHNAME';

COMMENT ON PROCEDURE ssm_fdw_keep_history(regclass, regclass, interval, bigint, bigint, bigint) IS
	'copy what is new or has changed in a foreign table to its history table';

-- Make the history table and, beside it, the one that says how far it has come.
CREATE FUNCTION ssm_fdw_history_create(schema name, history name, source regclass, final text)
RETURNS void
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	kept CONSTANT text := format('%I.%I', schema, history);
	progress CONSTANT text := format('%I.%I', schema, history || '_progress');
BEGIN
	-- unique across accounts and regions, known or not; the pair first, as a row is
	-- looked up by it while the rest may become known later
	EXECUTE format('CREATE TABLE %s (LIKE %s,
		UNIQUE NULLS NOT DISTINCT (command_id, instance_id, region, account_id))', kept, source);
	-- account_id may be NULL, so no index can identify a row to a publication
	EXECUTE format('ALTER TABLE %s REPLICA IDENTITY FULL', kept);
	EXECUTE format('CREATE INDEX ON %s (requested_date_time)', kept);
	BEGIN
		-- the planner matches the condition by its text, in ssm_fdw_history_unfinished
		EXECUTE format('CREATE INDEX ON %s (requested_date_time) WHERE NOT (%s)', kept, format(final, ''));
	EXCEPTION WHEN invalid_object_definition THEN
		NULL;	-- an enum is not text once and for all; the other index has to do
	END;
	EXECUTE format('CREATE TABLE %s (source regclass PRIMARY KEY, read_until timestamptz)', progress);
	EXECUTE format('COMMENT ON TABLE %s IS %L', progress,
		'until when ssm_fdw_keep_history has read each source into ' || history);
EXCEPTION WHEN undefined_object THEN
	RAISE undefined_object USING
		MESSAGE = format('cannot make a history table with the columns of %s: %s', source, SQLERRM),
		HINT = 'The columns command_id, instance_id, region, account_id and requested_date_time must be of types that can be sorted, such as text.';
END
$$;

-- Since when to read: from overlap before the time that all partitions of the
-- source have been read to; NULL means from the beginning.  Until the end of the
-- transaction, no other run reads any of them: the lock is on their rows of the
-- progress table, which only those who may update it can take.
--
-- How far it has been read is kept for each partition, so that a new one is read
-- from its beginning.
CREATE FUNCTION ssm_fdw_history_start(progress regclass, source regclass, overlap interval)
RETURNS timestamptz
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	leaves regclass[];
	since timestamptz;
BEGIN
	SELECT coalesce(array_agg(relid ORDER BY relid), ARRAY[source]) INTO leaves
	FROM pg_partition_tree(source) WHERE isleaf;
	EXECUTE format('INSERT INTO %s (source) SELECT unnest($1) ON CONFLICT DO NOTHING', progress) USING leaves;
	EXECUTE format('WITH locked AS (SELECT read_until FROM %s WHERE source = ANY ($1) ORDER BY source FOR UPDATE)
		SELECT CASE WHEN bool_and(read_until IS NOT NULL) THEN min(read_until) - $2 END FROM locked', progress)
		INTO since USING leaves, overlap;
	RETURN since;
END
$$;

-- The statement that copies rows of the source.  Its condition has parameters: the
-- time since when and until when, or with by_command region, account_id and command
-- ids; a parameter that is NULL leaves its clause out.  It returns how many rows it
-- read, inserted and updated, and the newest time that it saw.
--
-- A region or account_id of NULL was not known: it matches any, and becomes known.
-- A status that is not final replaces none that is.  Times of other types than
-- timestamptz depend on the session, so they bound nothing.
CREATE FUNCTION ssm_fdw_history_statement(history regclass, source regclass, final text, by_command boolean)
RETURNS text
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	matching CONSTANT text := '%1$s.command_id, %1$s.instance_id, %1$s.region, %1$s.account_id';
	names text;
	fetched text;
	old_values text;
	new_values text;
	merged text;
	timed boolean;
	condition text;
BEGIN
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

	IF by_command THEN
		SELECT format('command_id = ANY ($3::%s[]) AND ($1 IS NULL OR region = $1::%s) AND ($2 IS NULL OR account_id = $2::%s)',
				max(type) FILTER (WHERE attname = 'command_id'),
				max(type) FILTER (WHERE attname = 'region'),
				max(type) FILTER (WHERE attname = 'account_id'))
			INTO condition
		FROM (SELECT attname, format_type(atttypid, -1) AS type FROM pg_attribute WHERE attrelid = source) AS theirs;
	ELSIF timed THEN
		condition := '($1 IS NULL OR requested_date_time >= $1) AND ($2 IS NULL OR requested_date_time < $2)';
	ELSE
		condition := 'true';
	END IF;

	RETURN format('WITH fetched AS MATERIALIZED (SELECT %1$s FROM %2$s WHERE %3$s),
		latest AS (
			SELECT DISTINCT ON (%4$s) * FROM fetched ORDER BY %4$s, %5$s DESC),
		matched AS (
			SELECT DISTINCT ON (%6$s) latest AS given, kept.tableoid AS home, kept.ctid AS place
			FROM latest LEFT JOIN %7$s AS kept
				ON kept.command_id = latest.command_id AND kept.instance_id = latest.instance_id
				AND (kept.region = latest.region) IS NOT FALSE
				AND (kept.account_id = latest.account_id) IS NOT FALSE
			ORDER BY %6$s, (kept.region = latest.region) DESC NULLS LAST,
				(kept.account_id = latest.account_id) DESC NULLS LAST),
		placed AS (
			-- what becomes known becomes so once
			SELECT given, home, CASE row_number() OVER (PARTITION BY home, place) WHEN 1 THEN place END AS place
			FROM matched),
		updated AS (
			UPDATE %7$s AS kept SET (%8$s) = ROW (%9$s)
			FROM placed
			WHERE kept.ctid = placed.place AND kept.tableoid = placed.home AND (%10$s OR NOT %11$s)
				AND ROW (%12$s)::record *<> ROW (%9$s)::record
			RETURNING true),
		inserted AS (
			INSERT INTO %7$s (%8$s) SELECT %13$s FROM placed WHERE place IS NULL
			ON CONFLICT (command_id, instance_id, region, account_id) DO NOTHING
			RETURNING true)
		SELECT ARRAY[(SELECT count(*) FROM fetched), (SELECT count(*) FROM inserted), (SELECT count(*) FROM updated)],
			(SELECT max(%14$s) FROM fetched)',
		fetched, source, condition, format(matching, 'fetched'), format(final, 'fetched.'),
		format(matching, 'latest'), history, names, merged,
		format(final, '(given).'), format(final, 'kept.'), old_values, new_values,
		CASE WHEN timed THEN 'requested_date_time' ELSE 'NULL::timestamptz' END);
END
$$;

-- Copy what the source has of a time.  Returns how many rows were read, inserted and
-- updated; NULL, and nothing is done, if that takes more requests than the source's
-- max_requests, or than are to be lost when one fails, and may_split says that the
-- caller can ask for less.
--
-- The progress is the newest time that the source has shown: the machine's clock
-- may be ahead of the service's.  It is one for all partitions, as an account in
-- which nothing runs must not make every run read from its last invocation.  But one
-- may show what is newer than the moment another was asked; so it is no later than
-- the beginning either.
CREATE FUNCTION ssm_fdw_history_read(statement text, progress regclass, source regclass,
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
		EXECUTE statement INTO counts, newest USING since, until;
	EXCEPTION WHEN program_limit_exceeded THEN
		IF may_split THEN
			RETURN NULL;
		END IF;
		RAISE;
	END;
	IF newest IS NOT NULL THEN
		EXECUTE format('UPDATE %s SET read_until = greatest(read_until, $1)
			WHERE source = $2 OR source IN (SELECT relid FROM pg_partition_tree($2))', progress)
			USING least(newest, began), source;
	END IF;
	RETURN counts;
END
$$;

-- Copy, by their commands, what was not final and is older than what is read by
-- time, up to 30 days.  The overlap covers what the slack does, so none is added to
-- it.  Commands that together take more than max_requests are asked for in parts.
CREATE FUNCTION ssm_fdw_history_unfinished(statement text, history regclass, final text, since timestamptz)
RETURNS bigint[]
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	total bigint[] := '{0,0,0}';
	counts bigint[];
	newest timestamptz;
	place record;
	next integer;
	size integer;
BEGIN
	FOR place IN EXECUTE format('SELECT region::text, account_id::text, array_agg(DISTINCT command_id::text) AS commands
			FROM %s AS kept
			WHERE NOT (%s) AND requested_date_time < $1 AND requested_date_time > $1 - interval ''30 days''
			GROUP BY region, account_id ORDER BY region, account_id', history, format(final, 'kept.'))
		USING since
	LOOP
		next := 1;
		size := cardinality(place.commands);
		WHILE next <= cardinality(place.commands) LOOP
			BEGIN
				EXECUTE statement INTO counts, newest
					USING place.region, place.account_id, place.commands[next : next + size - 1];
				total := ARRAY[total[1] + counts[1], total[2] + counts[2], total[3] + counts[3]];
				next := next + size;
			EXCEPTION WHEN program_limit_exceeded THEN
				IF size = 1 THEN
					RAISE;
				END IF;
				size := (size + 1) / 2;
			END;
		END LOOP;
	END LOOP;
	RETURN total;
END
$$;

REVOKE EXECUTE ON FUNCTION
	ssm_fdw_history_create(name, name, regclass, text),
	ssm_fdw_history_start(regclass, regclass, interval),
	ssm_fdw_history_statement(regclass, regclass, text, boolean),
	ssm_fdw_history_read(text, regclass, regclass, timestamptz, timestamptz, boolean),
	ssm_fdw_history_unfinished(text, regclass, text, timestamptz)
	FROM PUBLIC;
