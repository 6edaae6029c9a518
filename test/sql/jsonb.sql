-- jsonb columns: what is made of the API's text is, byte for byte, what
-- PostgreSQL's own input function makes of it.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
CREATE FOREIGN TABLE plugins (
    made jsonb OPTIONS (member 'CommandPlugins'),
    source text OPTIONS (member 'CommandPlugins')
) SERVER ssm;

CREATE FUNCTION same_bytes(jsonb, jsonb) RETURNS boolean IMMUTABLE LANGUAGE sql AS $$
    SELECT x *= y FROM (SELECT $1) AS x, (SELECT $2) AS y
$$;

-- JSON texts, in bytes, as the rows of a page.
CREATE FUNCTION page(texts bytea[]) RETURNS text IMMUTABLE LANGUAGE sql AS $$
    SELECT jsonb_build_object('faults', jsonb_build_array(jsonb_build_object('on', 'all', 'do', jsonb_build_object(
        'raw_base64', encode('{"CommandInvocations": [' || string_agg('{"CommandPlugins": ' || t || '}', ', '::bytea) || ']}', 'base64')))))
    FROM unnest(texts) AS t
$$;

SELECT page(array_agg(convert_to(t, 'UTF8'))) AS config FROM unnest(ARRAY[
    '[]', '{}', ' [ [ ] , { } ] ', '{"a": {}, "b": [{}, []]}', '[true, false, null]', '{"t": true, "f": false, "n": null}',
    '"a string"', '"\u00e4\n"', '12.50', 'true',
    '["", "\"\\\/\b\f\n\r\t", "\u0041\u00e4\u20ac\ud83d\ude00", "ä€😀", "\u0000x\ud800y\udc00\ud800z"]',
    '{"\"\\": 1, "\u00e4": 2, "\u0041": 3, "😀": 4, "\u0000": 5}',
    -- the last of several of a name, however that is written
    '{"a": 1, "b": 2, "a": 3, "\u0061": [4]}', '{"\u0000": 1, "\ud800": {"x": 1, "x": 2}, "": 3, "": 4}',
    -- names by length, then by bytes
    '{"bb": 1, "a": 2, "": 3, "ab": 4, "ccc": 5, "B": 6, "ä": 7, "\u00e3": 8, "b": 9}',
    (SELECT '{' || string_agg(format('"%s": %s', right(md5(n::text), 1 + n % 9), n), ', ') || '}' FROM generate_series(1, 100) AS n),
    -- more than there are between two offsets
    (SELECT '[' || string_agg(CASE n % 5 WHEN 0 THEN n::text WHEN 1 THEN '"' || repeat('x', n) || '"' WHEN 2 THEN 'null' WHEN 3 THEN '[' || n || ']' ELSE '{"a": "b", "n": ' || n || '}' END, ', ') || ']' FROM generate_series(1, 200) AS n),
    (SELECT '{' || string_agg(format('"%s": {"%s": [%s]}', n, repeat('k', n % 4), n), ', ') || '}' FROM generate_series(1, 200) AS n),
    repeat('[{"k": [1, "x"], "": ', 30) || 'null' || repeat('}, 2]', 30),
    '["' || repeat('0123456789\n', 2000) || '"]',
    '[0, -0, 0.0, -0.0, 0e5, 0E-3, 0.00e1, 1, -1, 10, 100000000, 1.10, 10e-1, 1e3, 1E+3, 1E-7, -1.5e+300, 1e-300, 1.542081640614E9, 1579893879.7750000, 123456789.000E3]',
    '[9223372036854775807, -9223372036854775808, 9223372036854775808, 99999999999999999999, 12345678901234567890.123456789, 1e18, 1e19, 123456789012345678e1, 0.000000000000000001, 0.0000000000000000001, 1e131071, 1e-16383, 3221225477]',
    (SELECT '[' || string_agg(digits || '.' || substr('987654321098765432', 1, m) || e, ', ') || ']' FROM unnest(ARRAY['0', '7', '-12345', '98765432']) AS digits, generate_series(1, 12) AS m, unnest(ARRAY['', 'E3', 'e-3', 'E9']) AS e)
]) AS t \gset
\setenv CONFIG :config
\! $MOCK/config "$CONFIG"
SELECT count(*), count(*) FILTER (WHERE same_bytes(made, source::jsonb)) AS same FROM plugins;
SELECT left(made::text, 100) FROM plugins;

-- bytes that are not UTF-8
SELECT page(ARRAY['["' || '\xff'::bytea || 'x' || '\xc0af'::bytea || '"]', '{"' || '\xff'::bytea || '": 1, "' || '\xe4'::bytea || '": 2, "' || '\xc3a4'::bytea || '": 3}']) AS config \gset
\setenv CONFIG :config
\! $MOCK/config "$CONFIG"
SELECT made, same_bytes(made, source::jsonb) AS same FROM plugins;

-- a number that numeric does not hold
SELECT page(ARRAY['[1, {"n": 1e200000}]'::bytea]) AS config \gset
\setenv CONFIG :config
\! $MOCK/config "$CONFIG"
SELECT attempt('SELECT made FROM plugins');
SELECT attempt('SELECT source::jsonb FROM plugins');

-- and what the service sends every day
\! $MOCK/config '{"rows": 600, "plugins": 3}'
SELECT count(*), count(*) FILTER (WHERE same_bytes(made, source::jsonb)) AS same FROM plugins;
