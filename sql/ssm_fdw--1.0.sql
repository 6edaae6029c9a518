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

CREATE FUNCTION ssm_fdw_stats(OUT server_name name, OUT requests bigint, OUT retries bigint,
	OUT throttles bigint, OUT pages bigint, OUT rows bigint, OUT bytes bigint, OUT waited interval)
RETURNS SETOF record
	LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED AS 'MODULE_PATHNAME';

COMMENT ON FUNCTION ssm_fdw_stats() IS
	'what this backend''s calls to each server have cost';

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
-- for, without a cast.  test/t/064_planted.pl plants all others.

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

-- Keeping history: the service forgets after 30 days, a local table does not.
-- Both procedures name everything by regclass or in pg_catalog; they run with
-- the caller's rights.

-- When a status is final, as both have to know it: an SQL condition to format
-- with what stands before the column's name.  A status of NULL is not final.
CREATE FUNCTION ssm_fdw_final() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN '(%sstatus IN (''Success'', ''Failed'', ''Cancelled'', ''TimedOut'')) IS TRUE';

COMMENT ON FUNCTION ssm_fdw_final() IS
	'for ssm_fdw_create_history and ssm_fdw_keep_history: when a status is final';

CREATE PROCEDURE ssm_fdw_create_history(history name, source regclass,
	schema name DEFAULT pg_catalog.current_schema())
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
AS $$
DECLARE
	progress CONSTANT text := history || '_progress';
	final text;
BEGIN
	IF octet_length(progress) > current_setting('max_identifier_length')::integer THEN
		RAISE name_too_long USING
			MESSAGE = format('"%s" is too long for the name of a history table', history),
			HINT = 'Its name and "_progress" together must be a name, too.';
	END IF;
	EXECUTE (SELECT format('SELECT %I.ssm_fdw_final()', nspname)
		FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
		WHERE extname = 'ssm_fdw') INTO final;
	-- the key is unique across accounts and regions, known or not
	EXECUTE format('CREATE TABLE %1$I.%2$I (LIKE %3$s,
		UNIQUE NULLS NOT DISTINCT (region, account_id, command_id, instance_id))',
		schema, history, source);
	EXECUTE format('CREATE INDEX ON %I.%I (requested_date_time)', schema, history);
	-- the planner matches the condition by its text, in ssm_fdw_keep_history
	EXECUTE format('CREATE INDEX ON %I.%I (requested_date_time) WHERE NOT (%s)',
		schema, history, format(final, ''));
	EXECUTE format('CREATE TABLE %I.%I (source regclass PRIMARY KEY, read_until timestamptz NOT NULL)',
		schema, progress);
	EXECUTE format('COMMENT ON TABLE %I.%I IS %L', schema, progress,
		'until when ssm_fdw_keep_history has read each source into ' || history);
END
$$;

COMMENT ON PROCEDURE ssm_fdw_create_history(name, regclass, name) IS
	'make a table for ssm_fdw_keep_history, with the columns of a foreign table';

-- Reads what is new, in two kinds of scans: by time, from overlap before the
-- last run; and by command, for what was not final then and is older.  The
-- overlap covers what the slack does, so none is added to it.
--
-- How far it has read is kept for each partition of the source, as the time
-- when its last reading began: an account in which nothing runs must not make
-- every run read from its last invocation, and a new partition is read from its
-- beginning.
CREATE PROCEDURE ssm_fdw_keep_history(history regclass, source regclass,
	overlap interval DEFAULT '1 day',
	INOUT rows_read bigint DEFAULT NULL,
	INOUT rows_inserted bigint DEFAULT NULL,
	INOUT rows_updated bigint DEFAULT NULL)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp
SET ssm_fdw.invoked_after_slack = 0
AS $$
#variable_conflict use_variable
DECLARE
	key CONSTANT text := 'region, account_id, command_id, instance_id';
	final text;
	progress regclass;
	leaves regclass[];
	names text[];
	began timestamptz;
	since timestamptz;
	conditions text[];
	condition text;
	statement text;
	counts bigint[];
BEGIN
	IF overlap IS NULL OR overlap < interval '0' THEN
		RAISE invalid_parameter_value USING
			MESSAGE = 'overlap must not be negative',
			HINT = 'It should be as long as a command may take, such as ''1 day''.';
	END IF;

	SELECT to_regclass(format('%I.%I', nspname, relname || '_progress')) INTO progress
	FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
	WHERE pg_class.oid = history;
	IF progress IS NULL THEN
		RAISE undefined_table USING
			MESSAGE = format('%s is no history table: it has no table %s_progress beside it', history, history),
			HINT = 'Make one with CALL ssm_fdw_create_history.';
	END IF;

	EXECUTE (SELECT format('SELECT %I.ssm_fdw_final()', nspname)
		FROM pg_extension JOIN pg_namespace ON pg_namespace.oid = extnamespace
		WHERE extname = 'ssm_fdw') INTO final;

	-- One run at a time: another waits here, and then has little left to do.
	PERFORM pg_advisory_xact_lock(hashtextextended('ssm_fdw_keep_history', history::oid::bigint));
	began := clock_timestamp();

	SELECT coalesce(array_agg(relid), ARRAY[source]) INTO leaves
	FROM pg_partition_tree(source) WHERE isleaf;
	EXECUTE format('SELECT CASE WHEN count(*) = cardinality($1) THEN min(read_until) END
		FROM %s WHERE source = ANY ($1)', progress)
		INTO since USING leaves;
	since := since - overlap;

	-- Without a beginning all is read, so nothing is left to ask for by command.
	IF since IS NULL THEN
		conditions := ARRAY['true'];
	ELSE
		EXECUTE format('SELECT array_agg(format(''region %%s AND account_id %%s AND command_id = ANY (%%L::text[])'',
				coalesce(''= '' || quote_literal(region), ''IS NULL''),
				coalesce(''= '' || quote_literal(account_id), ''IS NULL''), commands))
			FROM (SELECT region, account_id, array_agg(DISTINCT command_id::text) AS commands
				FROM %s AS kept
				WHERE NOT (%s) AND requested_date_time < $1
					AND requested_date_time > $2 - interval ''30 days''
				GROUP BY region, account_id) AS unfinished', history, format(final, 'kept.'))
			INTO conditions USING since, began;
		conditions := format('requested_date_time >= %L::timestamptz', since) || conditions;
	END IF;

	SELECT array_agg(quote_ident(mine.attname) ORDER BY mine.attnum) INTO names
	FROM pg_attribute AS mine JOIN pg_attribute AS theirs USING (attname)
	WHERE mine.attrelid = history AND mine.attnum > 0 AND NOT mine.attisdropped
		AND mine.attgenerated = '' AND theirs.attrelid = source
		AND theirs.attnum > 0 AND NOT theirs.attisdropped;

	rows_read := 0;
	rows_inserted := 0;
	rows_updated := 0;
	FOREACH condition IN ARRAY conditions LOOP
		-- xmax is 0 in a row that was inserted, not in one that replaced another
		SELECT format('WITH fetched AS MATERIALIZED (SELECT %1$s FROM %2$s WHERE %3$s),
				written AS (
					INSERT INTO %4$s AS kept (%1$s)
					SELECT DISTINCT ON (%5$s) %1$s FROM fetched
					ORDER BY %5$s, %6$s DESC
					ON CONFLICT (%5$s) DO UPDATE SET (%1$s) = ROW (%7$s)
					WHERE (%8$s OR NOT %9$s) AND ROW (%10$s)::record *<> ROW (%7$s)::record
					RETURNING xmax = 0 AS is_new)
				SELECT ARRAY[(SELECT count(*) FROM fetched),
					count(*) FILTER (WHERE is_new), count(*) FILTER (WHERE NOT is_new)]
				FROM written',
				string_agg(name, ', '), source, condition, history, key,
				format(final, 'fetched.'), string_agg('excluded.' || name, ', '),
				format(final, 'excluded.'), format(final, 'kept.'),
				string_agg('kept.' || name, ', '))
			INTO statement FROM unnest(names) AS name;
		EXECUTE statement INTO counts;
		rows_read := rows_read + counts[1];
		rows_inserted := rows_inserted + counts[2];
		rows_updated := rows_updated + counts[3];
	END LOOP;

	EXECUTE format('INSERT INTO %s AS kept (source, read_until) SELECT leaf, $2 FROM unnest($1) AS leaf
		ON CONFLICT (source) DO UPDATE SET read_until = excluded.read_until', progress)
		USING leaves, began;
END
$$;

COMMENT ON PROCEDURE ssm_fdw_keep_history(regclass, regclass, interval, bigint, bigint, bigint) IS
	'copy what is new or has changed in a foreign table to its history table';
