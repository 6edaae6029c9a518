-- What "make demo" shows.  :url is the stand-in's address; psql echoes each
-- query before its answer.
\set ECHO queries

\echo
\echo '== 1. A server, the keys to use there, and its tables =='
\echo
CREATE EXTENSION ssm_fdw;
\echo
CREATE SERVER ssm FOREIGN DATA WRAPPER ssm_fdw
    OPTIONS (region 'us-east-1', endpoint_url :'url');
\echo
CREATE USER MAPPING FOR CURRENT_USER SERVER ssm
    OPTIONS (access_key_id 'AKIDEXAMPLE',
             secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
\echo
IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO public;
\echo
\echo '== 2. What failed in the last day, by document =='
\echo
SELECT document_name, status_details, count(*) AS failed,
       count(DISTINCT instance_id) AS nodes,
       date_trunc('second', max(requested_date_time)) AS latest
FROM command_invocations
WHERE status = 'Failed' AND requested_date_time > now() - interval '1 day'
GROUP BY document_name, status_details
ORDER BY failed DESC, document_name;

\echo '== 3. What was asked of AWS, and what it took =='
\echo
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT instance_id FROM command_invocations
WHERE status = 'Failed' AND requested_date_time > now() - interval '1 day';

\echo '== 4. Whose nodes are they?  A join with a table of our own reads ahead =='
\echo
CREATE TABLE cmdb AS
SELECT instance_id, (ARRAY['web', 'payments', 'data'])[1 + n % 3] AS owner
FROM (SELECT instance_id, row_number() OVER (ORDER BY instance_id) AS n
      FROM instance_information) AS nodes;
\echo
ANALYZE cmdb, command_invocations;
\echo
SELECT owner, count(DISTINCT instance_id) AS nodes, count(*) AS invocations,
       count(*) FILTER (WHERE status = 'Failed') AS failed
FROM cmdb JOIN command_invocations USING (instance_id)
GROUP BY owner ORDER BY owner;

EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF)
SELECT i.instance_id, i.status
FROM (SELECT * FROM cmdb WHERE owner = 'payments' LIMIT 5) AS c
JOIN command_invocations AS i USING (instance_id);

\echo '== 5. Whole outputs, of which the list keeps 2,500 characters =='
\echo
SELECT instance_id, plugin_name AS step, length(output) AS listed,
       length(standard_output_content) AS whole
FROM command_invocations
CROSS JOIN LATERAL ssm_fdw_plugins(command_plugins)
JOIN command_outputs USING (command_id, instance_id, plugin_name)
WHERE command_invocations.status = 'Failed' AND output_truncated
  AND requested_date_time > now() - interval '1 day'
ORDER BY instance_id LIMIT 3;

\echo '== 6. A fleet: accounts and regions as one table, read at the same time =='
\echo
ALTER SERVER ssm OPTIONS (ADD account_id '111111111111');
\echo
\set ECHO none
SET client_min_messages = warning;
\set ECHO queries
CALL ssm_fdw_create_fleet('fleet', base => 'ssm', accounts => '{111111111111}',
    regions => '{us-east-1, us-east-2, eu-west-3}', role_name => 'read-invocations',
    tables => '{command_invocations}');

SELECT account_id, region, count(*), count(*) FILTER (WHERE status = 'Failed') AS failed
FROM fleet.command_invocations GROUP BY account_id, region ORDER BY account_id, region;

\echo '== 7. A scan, seen while it runs from any session =='
\echo
BEGIN;
\echo
DECLARE newest CURSOR FOR SELECT * FROM command_invocations;
\echo
FETCH 120 FROM newest \g /dev/null
\echo
SELECT table_name, waits_for, requests, pages, rows, parts_done, parts
FROM ssm_fdw_activity;
COMMIT;
\echo
SELECT server_name, operation, scans, requests, pages, rows, p50_ms
FROM ssm_fdw_statistics ORDER BY requests DESC;
