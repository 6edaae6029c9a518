\echo Use "ALTER EXTENSION ssm_fdw UPDATE TO '1.1'" to load this file. \quit

-- For test/t/063_upgrade.pl; there is no 1.1.  It does what an upgrade may have
-- to: a new function, and an old one with another body.

CREATE FUNCTION ssm_fdw_upgraded() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 'upgraded';

CREATE OR REPLACE FUNCTION ssm_fdw_document(document_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN upper(document_name);
