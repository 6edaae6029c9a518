\echo Use "ALTER EXTENSION ssm_fdw UPDATE TO '1.1'" to load this file. \quit

-- For test/t/upgrade.pl; there is no 1.1.  It does what an upgrade may have
-- to: a new function, and an old one with another body.  As in every script, what
-- is named is pg_catalog's, by a qualified name or by exact types.

CREATE FUNCTION ssm_fdw_upgraded() RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 'upgraded'::text;

CREATE OR REPLACE FUNCTION ssm_fdw_document(document_name text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN pg_catalog.upper(document_name);
