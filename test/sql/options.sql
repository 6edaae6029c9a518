-- Options: each with values that are taken, and values that are refused.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
CREATE ROLE ssm_fdw_nobody;
-- What happens to an option there: created with an object, and undone.
CREATE FUNCTION try(place text, option text, value text) RETURNS text LANGUAGE sql AS $$
    SELECT attempt(format(CASE place
        WHEN 'server' THEN 'CREATE SERVER try FOREIGN DATA WRAPPER ssm_fdw OPTIONS (%I %L)'
        WHEN 'table' THEN 'CREATE FOREIGN TABLE try (status text) SERVER ssm OPTIONS (%I %L)'
        WHEN 'user mapping' THEN 'CREATE USER MAPPING FOR ssm_fdw_nobody SERVER ssm OPTIONS (%I %L)'
        WHEN 'column' THEN 'CREATE FOREIGN TABLE try (status text OPTIONS (%I %L)) SERVER ssm'
        WHEN 'wrapper' THEN 'CREATE FOREIGN DATA WRAPPER try HANDLER ssm_fdw_handler VALIDATOR ssm_fdw_validator OPTIONS (%I %L)'
        END, option, value))
$$;

-- taken; places and names are compared with the manual by a TAP test
SELECT place, option, value, try(place, option, value) FROM (VALUES
    ('server', 'region', 'us-gov-west-1'), ('table', 'region', 'eusc-de-east-1'), ('server', 'region', 'us-isob-east-1'), ('server', 'region', 'fips-us-east-1'),
    ('server', 'endpoint_url', 'https://vpce-1.ssm.us-east-1.vpce.amazonaws.com'), ('table', 'endpoint_url', 'http://[::1]:8080/path/'),
    ('server', 'account_id', '123456789012'), ('table', 'account_id', 'any text'),
    ('server', 'use_fips_endpoint', 'true'), ('server', 'use_fips_endpoint', 'off'), ('server', 'use_dualstack_endpoint', '1'),
    ('server', 'ca_bundle', '/no/such/file'),
    ('server', 'page_size', '1'), ('table', 'page_size', '50'),
    ('server', 'max_concurrency', '1'), ('table', 'max_concurrency', '64'),
    ('server', 'async_capable', 'false'), ('table', 'async_capable', 'true'),
    ('server', 'status_filter', 'exact'), ('table', 'status_filter', 'expanded'), ('table', 'status_filter', 'off'),
    ('server', 'invoked_after_slack', '0'), ('table', 'invoked_after_slack', '366 days'), ('table', 'invoked_after_slack', '1 day 2:30'),
    ('server', 'invalid_instance_id', 'rescan'), ('table', 'invalid_instance_id', 'empty'), ('table', 'invalid_instance_id', 'error'),
    ('server', 'max_attempts', '1'), ('server', 'max_attempts', '100'),
    ('server', 'max_requests', '1'), ('table', 'max_requests', '2147483647'),
    ('server', 'connect_timeout', '1 ms'), ('server', 'connect_timeout', '0.5'), ('server', 'request_timeout', '1 day'),
    ('server', 'max_response_size', '1kB'), ('server', 'max_response_size', '1023 MB'), ('server', 'max_response_size', '1048576'),
    ('user mapping', 'access_key_id', 'x'), ('user mapping', 'secret_access_key', 'x'), ('user mapping', 'session_token', 'x'),
    ('user mapping', 'profile', 'x'), ('user mapping', 'profile', 'my team'), ('user mapping', 'role_arn', 'arn:aws-us-gov:iam::123456789012:role/a/b'), ('user mapping', 'external_id', '/:.x'), ('user mapping', 'role_session_name', 'a@b'),
    ('user mapping', 'duration_seconds', '900'), ('user mapping', 'duration_seconds', '43200'), ('user mapping', 'ambient_credentials', 'off'),
    ('column', 'member', 'StatusDetails'), ('column', 'member', 'account_id'),
    ('column', 'pushdown', 'false'), ('column', 'pushdown', 'yes')) AS v(place, option, value);

-- refused, with what would be right
SELECT place, option, left(value, 40), regexp_replace(try(place, option, value), '1{100,}', '1…') FROM (VALUES
    ('server', 'region', ''), ('server', 'region', 'us_east_1'), ('table', 'region', 'us-east-1.evil.example'), ('table', 'region', 'us-east-1/'), ('server', 'region', '-x'), ('server', 'region', 'US-WEST-2'), ('table', 'region', 'us-east-1a'), ('server', 'region', 'Ohio'), ('server', 'region', 's3'), ('server', 'region', 'aws-global'),
    ('server', 'endpoint_url', ''), ('server', 'endpoint_url', 'ftp://host'), ('table', 'endpoint_url', 'https://host/?query'),
    ('table', 'endpoint_url', 'https://user@host'), ('table', 'endpoint_url', 'host'), ('table', 'endpoint_url', 'https://host:99999'),
    ('server', 'account_id', ''), ('server', 'ca_bundle', ''),
    ('server', 'use_fips_endpoint', 'maybe'), ('server', 'use_dualstack_endpoint', ''), ('server', 'use_dualstack_endpoint', '2'),
    ('server', 'page_size', '0'), ('table', 'page_size', '51'), ('table', 'page_size', 'ten'), ('table', 'page_size', ''), ('table', 'page_size', '-1'), ('table', 'page_size', '1 kB'), ('table', 'page_size', '99999999999'),
    ('server', 'max_concurrency', '0'), ('table', 'max_concurrency', '65'),
    ('server', 'async_capable', 'sometimes'),
    ('server', 'status_filter', ''), ('table', 'status_filter', 'Exact'), ('table', 'status_filter', 'none'),
    ('server', 'invoked_after_slack', '-1 s'), ('table', 'invoked_after_slack', '367 days'), ('table', 'invoked_after_slack', '1 month'),
    ('table', 'invoked_after_slack', 'soon'), ('table', 'invoked_after_slack', ''), ('table', 'invoked_after_slack', 'infinity'), ('table', 'invoked_after_slack', '2147483647 days 999999999 hours'),
    ('table', 'invoked_after_slack', repeat('1', 300)),
    ('server', 'invalid_instance_id', ''), ('table', 'invalid_instance_id', 'ignore'),
    ('server', 'max_attempts', '0'), ('server', 'max_attempts', '101'), ('server', 'max_requests', '0'), ('table', 'max_requests', '2147483648'),
    ('server', 'connect_timeout', '0'), ('server', 'connect_timeout', '999 us'), ('server', 'request_timeout', '25 hours'), ('server', 'request_timeout', '1 year'),
    ('server', 'max_response_size', '1 B'), ('server', 'max_response_size', '1 GB'), ('server', 'max_response_size', 'big'), ('server', 'max_response_size', '5 s'),
    ('user mapping', 'access_key_id', ''), ('user mapping', 'secret_access_key', ''), ('user mapping', 'session_token', ''),
    ('user mapping', 'profile', ''), ('user mapping', 'role_arn', ''), ('user mapping', 'external_id', ''), ('user mapping', 'role_session_name', ''),
    ('user mapping', 'access_key_id', E'AKIAIOSFODNN7EXAMPLE\n'), ('user mapping', 'access_key_id', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'), ('user mapping', 'access_key_id', 'AKIA-1'),
    ('user mapping', 'secret_access_key', ' wJalrXUtnFEMI'), ('user mapping', 'secret_access_key', 'AKIAIOSFODNN7EXAMPLE'), ('user mapping', 'session_token', E'a\tb'), ('user mapping', 'session_token', 'ä'),
    ('user mapping', 'profile', E'a\nb'), ('user mapping', 'profile', 'a '), ('user mapping', 'role_arn', 'admin'), ('user mapping', 'role_arn', 'arn:aws:sts::123456789012:assumed-role/x/y'),
    ('user mapping', 'external_id', 'a b'), ('user mapping', 'role_session_name', 'a/b'),
    ('user mapping', 'duration_seconds', '899'), ('user mapping', 'duration_seconds', '43201'), ('user mapping', 'ambient_credentials', 'maybe'),
    ('column', 'member', ''), ('column', 'member', 'StatusDetail'), ('column', 'member', 'status'), ('column', 'member', 'xyzzy'),
    ('column', 'pushdown', ''), ('column', 'pushdown', 'never')) AS v(place, option, value);

-- an unknown name: where it belongs, the closest, or all
SELECT place, option, try(place, option, 'x') FROM (VALUES
    ('server', 'regio'), ('server', 'Region'), ('server', 'endpoint'), ('server', 'endpont_url'), ('server', 'pagesize'), ('server', 'xyzzy'),
    ('table', 'max_request'), ('table', 'use_fips_endpoint'), ('table', 'connect_timeout'),
    ('user mapping', 'acces_key_id'), ('user mapping', 'secret_acces_key'), ('user mapping', 'session_tokens'), ('user mapping', 'ambient_credential'), ('user mapping', 'region'),
    ('column', 'members'), ('column', 'pushdwn'), ('column', 'region'),
    ('server', 'access_key_id'), ('server', 'aws_secret_access_key'), ('table', 'profile'), ('table', 'pushdown'), ('user mapping', 'member'), ('user mapping', 'xyzzy'),
    ('wrapper', 'region'), ('wrapper', 'x')) AS v(place, option);
SELECT attempt($$ALTER SERVER ssm OPTIONS (ADD page_size '5', ADD max_attempt '5')$$);

-- a table's takes precedence over its server's, and both hold from the next scan on
\! $MOCK/config "$CONFIG"
ALTER SERVER ssm OPTIONS (ADD page_size '30', SET account_id 'server''s');
SELECT count(*), min(account_id) FROM command_invocations;
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD page_size '40', ADD account_id 'table''s');
SELECT count(*), min(account_id) FROM command_invocations;
ALTER FOREIGN TABLE command_invocations OPTIONS (DROP page_size, DROP account_id);
ALTER SERVER ssm OPTIONS (DROP page_size, DROP account_id);
SELECT count(*), min(account_id) FROM command_invocations;
\! $MOCK/requests
-- a scan that needs more than max_requests is an error, never cut short
ALTER FOREIGN TABLE command_invocations OPTIONS (ADD page_size '20', ADD max_requests '2');
SELECT attempt('SELECT * FROM command_invocations');
\! $MOCK/requests
SELECT count(*) FROM (SELECT FROM command_invocations WHERE status <> 'x' LIMIT 40) AS i;
ALTER FOREIGN TABLE command_invocations OPTIONS (SET max_requests '3');
SELECT count(*) FROM command_invocations;
DROP ROLE ssm_fdw_nobody;
