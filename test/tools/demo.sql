-- What "make demo" shows.  :url is the stand-in's address; psql echoes each
-- query before its answer.
\set ECHO queries

\echo
\echo '== 1. A server, the keys to use there, and a table =='
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

\echo '== 3. Whose nodes are they?  A join with a table of our own =='
\echo
CREATE TABLE cmdb AS
SELECT instance_id,
       (ARRAY['web', 'payments', 'data'])[1 + n % 3] AS owner,
       (ARRAY['production', 'staging'])[1 + n % 2] AS environment
FROM (SELECT instance_id, row_number() OVER (ORDER BY instance_id) AS n
      FROM command_invocations GROUP BY instance_id LIMIT 30) AS nodes;
\echo
ANALYZE cmdb;
\echo
SELECT environment, owner, count(DISTINCT instance_id) AS nodes,
       count(*) AS invocations,
       count(*) FILTER (WHERE status = 'Failed') AS failed
FROM command_invocations JOIN cmdb USING (instance_id)
WHERE requested_date_time > now() - interval '1 day'
GROUP BY environment, owner
ORDER BY environment, owner;

\echo '== 4. What is asked of AWS =='
\echo
EXPLAIN
SELECT * FROM command_invocations
WHERE status = 'Failed' AND requested_date_time > now() - interval '1 day';

\echo '== 5. What it took =='
\echo
EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF)
SELECT * FROM command_invocations
WHERE status = 'Failed' AND requested_date_time > now() - interval '1 day';
