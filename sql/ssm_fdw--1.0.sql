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
