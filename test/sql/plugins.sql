-- The functions that read an invocation: ssm_fdw_plugins, ssm_fdw_document.
SET timezone = 'UTC';
\set VERBOSITY terse

-- As the service sends them.
SELECT ordinal, plugin_name AS name, plugin_status AS status, plugin_status_details AS details, response_code AS code,
       response_start_date_time AS start, response_finish_date_time AS finish,
       duration, output, output_truncated AS cut
FROM ssm_fdw_plugins('[
	{"Name": "PatchWindows", "Status": "Success", "StatusDetails": "Success", "ResponseCode": 0,
	 "ResponseStartDateTime": 1.542081640614E9, "ResponseFinishDateTime": 1.54208164264E9, "Output": "done"},
	{"Name": "PatchLinux", "Status": "Failed", "StatusDetails": "Failed", "ResponseCode": 3221225477,
	 "ResponseStartDateTime": 1542081643, "ResponseFinishDateTime": null, "Output": ""},
	{"Name": "PatchLinux", "Status": "Pending", "ResponseCode": -1.0}]');

SELECT ordinal, plugin_standard_output_url AS out, plugin_standard_error_url AS err,
       plugin_output_s3_bucket_name AS bucket, plugin_output_s3_key_prefix AS prefix, plugin_output_s3_region AS region
FROM ssm_fdw_plugins('[{"StandardOutputUrl": "https://a", "StandardErrorUrl": "https://b",
	"OutputS3BucketName": "c", "OutputS3KeyPrefix": "d", "OutputS3Region": "e"}, {}]');

-- Whatever comes, nothing fails: members of another type, elements that are no
-- objects, numbers beyond all bounds.
SELECT ordinal, plugin_name AS name, response_code AS code, response_start_date_time AS start,
       response_finish_date_time AS finish, duration, output_truncated AS cut
FROM ssm_fdw_plugins('[
	{"Name": 7, "ResponseCode": "1", "ResponseStartDateTime": "2018-11-13", "ResponseFinishDateTime": true, "Output": [1]},
	{"Name": {"a": 1}, "ResponseCode": {}, "ResponseStartDateTime": [], "ResponseFinishDateTime": {}},
	{"ResponseCode": 1e400, "ResponseStartDateTime": 1e400, "ResponseFinishDateTime": -1e400},
	{"ResponseCode": 9223372036854775807, "ResponseStartDateTime": 1e12, "ResponseFinishDateTime": 0},
	{"ResponseCode": -9223372036854775809},
	{"ResponseCode": 1.5, "ResponseStartDateTime": 1e-400, "ResponseFinishDateTime": -1e-400},
	{"ResponseCode": 1e-400, "ResponseStartDateTime": 1e-16000, "ResponseFinishDateTime": 0e-400},
	{"ResponseCode": 9223372036854775807.4, "ResponseStartDateTime": 253402300799.9999999, "ResponseFinishDateTime": 1e-6},
	{"ResponseCode": 1.0e3, "ResponseStartDateTime": -62135596800, "ResponseFinishDateTime": 253402300799},
	null, 1, "text", [{"Name": "nested"}]]');

-- No plugins: no row, and an outer join keeps the invocation.
SELECT n, ordinal, plugin_name AS name
FROM (VALUES (1, '[]'::jsonb), (2, NULL), (3, 'null'), (4, '{"Name": "x"}'), (5, '"x"'),
             (6, '[{"Name": "x"}]')) AS i (n, command_plugins)
     LEFT JOIN LATERAL ssm_fdw_plugins(command_plugins) ON true
ORDER BY n;

-- Cut where the agent says so, and only there.
SELECT output, output_truncated
FROM ssm_fdw_plugins(jsonb_build_array(
	jsonb_build_object('Output', E'a\n---Output truncated---'),
	jsonb_build_object('Output', E'a\n---Output truncated---\n----------ERROR-------\nb'),
	jsonb_build_object('Output', E'a\n----------ERROR-------\nb\n---Error truncated----'),
	jsonb_build_object('Output', E'a\n---Output truncated---\nmore'),
	jsonb_build_object('Output', 'the text ---Output truncated--- in a line')));

-- Inlined: no function scan is left.
EXPLAIN (COSTS OFF, VERBOSE) SELECT p.plugin_name FROM (VALUES ('[]'::jsonb), ('[{}]')) AS i (plugins), ssm_fdw_plugins(i.plugins) AS p;

SELECT name, ssm_fdw_document(name)
FROM (VALUES ('AWS-RunShellScript'), ('arn:aws:ssm:us-east-1::document/AWS-RunShellScript'),
             ('arn:aws-cn:ssm:cn-north-1:123456789012:document/Mine'),
             ('arn:aws:s3:::document/x'), (''), (NULL)) AS d (name);

-- A search_path full of impostors changes nothing.
CREATE SCHEMA impostors;
CREATE FUNCTION impostors.jsonb_array_elements(jsonb) RETURNS SETOF jsonb
	LANGUAGE sql AS $$SELECT '{"Name": "impostor"}'::jsonb$$;
CREATE FUNCTION impostors.regexp_replace(text, text, text) RETURNS text
	LANGUAGE sql AS $$SELECT 'impostor'$$;
SET search_path = impostors, pg_catalog, public;
SELECT plugin_name AS name, public.ssm_fdw_document('x') FROM public.ssm_fdw_plugins('[{"Name": "own"}]');
RESET search_path;
DROP SCHEMA impostors CASCADE;

-- The extension can be moved, and goes on working.
CREATE SCHEMA elsewhere;
ALTER EXTENSION ssm_fdw SET SCHEMA elsewhere;
SELECT plugin_name AS name, elsewhere.ssm_fdw_document('arn:aws:ssm:us-east-1::document/y')
FROM elsewhere.ssm_fdw_plugins('[{"Name": "moved"}]');
ALTER EXTENSION ssm_fdw SET SCHEMA public;
DROP SCHEMA elsewhere;
