-- Nothing can be written.
\getenv dir PG_ABS_SRCDIR
\set setup :dir '/sql/include/setup.sql'
\i :setup
SELECT attempt($$INSERT INTO command_invocations (comment) VALUES ('x')$$);
SELECT attempt($$INSERT INTO command_invocations SELECT * FROM command_invocations$$);
SELECT attempt($$UPDATE command_invocations SET comment = 'x'$$);
SELECT attempt($$DELETE FROM command_invocations WHERE status = 'Failed'$$);
SELECT attempt($$TRUNCATE command_invocations$$);
SELECT attempt($$MERGE INTO command_invocations t USING (VALUES ('x')) AS s(c) ON t.comment = s.c
    WHEN NOT MATCHED THEN INSERT (comment) VALUES ('x')$$);
-- the refusal comes after COPY has begun: psql wants an end of data
COPY command_invocations FROM stdin;
\.
-- a partition that cannot be written is no obstacle to reading
CREATE TABLE regions (LIKE command_invocations) PARTITION BY LIST (region);
ALTER TABLE regions ATTACH PARTITION command_invocations FOR VALUES IN ('us-east-1');
SELECT attempt($$INSERT INTO regions (region) VALUES ('us-east-1')$$);
SELECT attempt($$COPY regions (region) FROM PROGRAM 'echo us-east-1'$$);
SELECT attempt($$TRUNCATE regions$$);
-- all of that without a request
\! $MOCK/requests --count
\! $MOCK/config "$CONFIG"
SELECT count(*) FROM regions WHERE region = 'us-east-1';
