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

-- Reading invocations.  Standard SQL bodies: resolved now, so no search_path
-- changes what they do, and inlined into the query that calls them.

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
		plugin ->> 'Name',
		plugin ->> 'Status',
		plugin ->> 'StatusDetails',
		code::bigint,
		to_timestamp(started::double precision),
		to_timestamp(finished::double precision),
		to_timestamp(finished::double precision) - to_timestamp(started::double precision),
		plugin ->> 'Output',
		-- where the agent cuts: at the end of stdout, of stderr, or of both
		(plugin ->> 'Output') ~ E'\n---Output truncated---(\n----------ERROR-------\n|\\s*$)|\n---Error truncated----\\s*$',
		plugin ->> 'StandardOutputUrl',
		plugin ->> 'StandardErrorUrl',
		plugin ->> 'OutputS3BucketName',
		plugin ->> 'OutputS3KeyPrefix',
		plugin ->> 'OutputS3Region'
	FROM jsonb_array_elements(
			CASE jsonb_typeof(command_plugins) WHEN 'array' THEN command_plugins END)
			WITH ORDINALITY AS plugins (plugin, ordinality),
		LATERAL (SELECT
			CASE jsonb_typeof(plugin -> 'ResponseCode') WHEN 'number'
				THEN (plugin -> 'ResponseCode')::numeric END,
			CASE jsonb_typeof(plugin -> 'ResponseStartDateTime') WHEN 'number'
				THEN (plugin -> 'ResponseStartDateTime')::numeric END,
			CASE jsonb_typeof(plugin -> 'ResponseFinishDateTime') WHEN 'number'
				THEN (plugin -> 'ResponseFinishDateTime')::numeric END)
			AS sent (any_code, any_start, any_finish),
		-- what no bigint and no time of the years 1 to 9999 can be is NULL
		LATERAL (SELECT
			CASE WHEN any_code BETWEEN -9223372036854775808 AND 9223372036854775807
				THEN any_code END,
			CASE WHEN any_start BETWEEN -62135596800 AND 253402300799 THEN any_start END,
			CASE WHEN any_finish BETWEEN -62135596800 AND 253402300799 THEN any_finish END)
			AS numbers (code, started, finished);
END;

COMMENT ON FUNCTION ssm_fdw_plugins(jsonb) IS
	'the elements of command_plugins as rows; a member that is missing or of the wrong type is NULL';

CREATE FUNCTION ssm_fdw_document(document_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN regexp_replace(document_name, '^arn:[^:]*:ssm:[^:]*:[^:]*:document/', '');

COMMENT ON FUNCTION ssm_fdw_document(text) IS
	'the short name of a document that may be given as an ARN';
