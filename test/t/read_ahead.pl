# Nested loops and correlated subqueries ask early for what they will be asked:
# the rows of a local copy, each request once, and several in flight at once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my %data = (rows => 2400, nodes => 120);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
$t->sql(<<'END');
CREATE TABLE local AS SELECT * FROM command_invocations;
CREATE TABLE cmdb AS SELECT instance_id, row_number() OVER (ORDER BY instance_id)::int AS id
	FROM (SELECT DISTINCT instance_id FROM local) AS i;
ALTER TABLE cmdb ADD PRIMARY KEY (id);
CREATE TABLE pairs AS SELECT command_id, instance_id, row_number() OVER (ORDER BY command_id, instance_id)::int AS id FROM local;
CREATE TABLE visits AS SELECT instance_id, v, id FROM cmdb, generate_series(1, 8) AS v WHERE id <= 6;
CREATE TABLE holes AS SELECT id, CASE WHEN id % 4 = 0 THEN NULL WHEN id % 5 = 0 THEN 'no id' ELSE instance_id END AS instance_id
	FROM cmdb WHERE id <= 40;
CREATE SEQUENCE counter;
ANALYZE cmdb, pairs, visits, holes, local;
ALTER SERVER ssm OPTIONS (ADD max_concurrency '6', ADD fdw_page_cost '400');
CREATE FUNCTION runs_of(text) RETURNS bigint LANGUAGE sql STABLE
	AS 'SELECT count(*) FROM command_invocations WHERE instance_id = $1';
CREATE VIEW guarded WITH (security_barrier) AS SELECT * FROM command_invocations WHERE region = 'us-east-1';
END
my $session = $t->session;
run_in($session, 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off');

# Run a query: its answer must be the local copy's.  Returns the stand-in's counters.
sub compared
{
	my ($name, $sql, $expect) = @_;
	(my $same = $sql) =~ s/\b(?:command_invocations|guarded)\b/local/g;
	$same =~ s/\binstance_information\b/local_nodes/g;
	$mock->config({ %data, page_latency => 0.02 });
	my ($out, $err) = run_in($session, $sql);
	my $stats = $mock->stats;
	is("$out$err", $t->sql($same), "$name: rows");
	is($stats->{requests}, $expect, "$name: each request once") if defined $expect;
	return $stats;
}

# The same, with several requests in flight.
sub early
{
	my ($name, $sql, $expect) = @_;
	my $stats = compared($name, $sql, $expect);
	cmp_ok($stats->{peak_in_flight}, '>=', 5, "$name: side by side");
	return $stats;
}

my $ids = 'c.id <= 30';
early('inner join', "SELECT c.id, i.command_id FROM cmdb c JOIN command_invocations i USING (instance_id) WHERE $ids ORDER BY 1, 2", 30);
early('left join', "SELECT c.id, i.command_id FROM cmdb c LEFT JOIN command_invocations i ON i.instance_id = c.instance_id
	AND i.status = 'Failed' WHERE $ids ORDER BY 1, 2", 30);
early('semi join', "SELECT c.id FROM cmdb c WHERE $ids AND EXISTS (SELECT FROM command_invocations i
	WHERE i.instance_id = c.instance_id AND i.status = 'Failed') ORDER BY 1", 30);
early('anti join', "SELECT c.id FROM cmdb c WHERE $ids AND NOT EXISTS (SELECT FROM command_invocations i
	WHERE i.instance_id = c.instance_id AND i.status = 'Failed') ORDER BY 1", 30);
early('LATERAL count', "SELECT c.id, n FROM cmdb c, LATERAL (SELECT count(*) AS n FROM command_invocations i
	WHERE i.instance_id = c.instance_id) AS s WHERE $ids ORDER BY 1", 30);
early('LATERAL newest', "SELECT c.id, s.command_id FROM cmdb c, LATERAL (SELECT command_id FROM command_invocations i
	WHERE i.instance_id = c.instance_id ORDER BY requested_date_time DESC, command_id LIMIT 1) AS s WHERE $ids ORDER BY 1", 30);
early('scalar subquery', "SELECT c.id, (SELECT max(requested_date_time) FROM command_invocations i
	WHERE i.instance_id = c.instance_id) FROM cmdb c WHERE $ids ORDER BY 1", 30);
early('subquery in WHERE', "SELECT c.id FROM cmdb c WHERE $ids AND (SELECT count(*) FROM command_invocations i
	WHERE i.instance_id = c.instance_id AND i.status = 'Success') > 15 ORDER BY 1", 30);
early('OR EXISTS', "SELECT c.id FROM cmdb c WHERE $ids AND (c.id = 3 OR EXISTS (SELECT FROM command_invocations i
	WHERE i.instance_id = c.instance_id AND i.status = 'Pending')) ORDER BY 1");
early('subquery over an aggregate', "SELECT c.instance_id, count(*), (SELECT count(*) FROM command_invocations i
	WHERE i.instance_id = c.instance_id) FROM visits c GROUP BY 1 ORDER BY 1", 6);
early('two columns', "SELECT p.id, i.status FROM pairs p JOIN command_invocations i USING (command_id, instance_id)
	WHERE p.id <= 25 ORDER BY 1, 2");
compared('security barrier', "SELECT c.id, i.command_id FROM cmdb c JOIN guarded i USING (instance_id) WHERE $ids ORDER BY 1, 2");
early('NULLs and what is no id', 'SELECT h.id, i.command_id FROM holes h LEFT JOIN command_invocations i USING (instance_id) ORDER BY 1, 2', 24);
early('Memoize', 'SELECT v.v, i.command_id FROM visits v JOIN command_invocations i USING (instance_id) ORDER BY 1, 2', 6);
early('a loop in a loop', "SELECT a.id, b.id, i.command_id FROM cmdb a JOIN cmdb b ON b.id = a.id + 1, LATERAL
	(SELECT command_id FROM command_invocations i WHERE i.instance_id = b.instance_id AND i.status <> 'x' OFFSET 0) AS i
	WHERE a.id <= 20 ORDER BY 1, 2, 3", 20);
$t->sql(q{ALTER FOREIGN TABLE command_invocations OPTIONS (ADD page_size '5')});
early('several pages each', "SELECT c.id, n FROM cmdb c, LATERAL (SELECT count(*) AS n FROM command_invocations i
	WHERE i.instance_id = c.instance_id) AS s WHERE c.id <= 10 ORDER BY 1", 40);
$t->sql(q{ALTER FOREIGN TABLE command_invocations OPTIONS (DROP page_size)});

# What a query does not read costs little.

my $first = "SELECT c.id, i.command_id FROM cmdb c JOIN command_invocations i USING (instance_id) ORDER BY c.id LIMIT";
compared('LIMIT 1', "SELECT count(*) FROM ($first 1) AS s", 1);
my $stats = compared('LIMIT 25', "SELECT count(*) FROM ($first 25) AS s");
cmp_ok($stats->{requests}, '<=', 2 + 6, 'LIMIT 25: what may be in vain is bounded');

# Nothing volatile is called, and no row locked, before its time.

run_in($session, "SELECT setval('counter', 1)");
run_in($session, "SELECT * FROM (SELECT c.id, c.instance_id, nextval('counter') AS n FROM cmdb c OFFSET 0) AS c
	JOIN command_invocations i USING (instance_id) LIMIT 20");
is($t->sql('SELECT last_value FROM counter'), 2, 'a volatile function is called for the rows that are read');
compared('FOR UPDATE', "SELECT c.id, i.command_id FROM (SELECT * FROM cmdb WHERE id <= 10 FOR UPDATE) AS c
	JOIN command_invocations i USING (instance_id) ORDER BY 1, 2", 10);
like((run_in($session, "SELECT c.id, i.command_id FROM cmdb c, command_invocations i
	WHERE i.instance_id = (CASE WHEN c.id = 12 THEN (1 / (c.id - 12))::text ELSE c.instance_id END) LIMIT 30"))[0],
	qr/^(?:\d+\|\S+\n?){30}$/, 'an expression that fails for a row that is not reached is not evaluated');

# Rescans, functions, prepared plans, cursors, writes.

early('a rescan', "SELECT d, (SELECT count(*) FROM cmdb c JOIN command_invocations i USING (instance_id)
	WHERE c.id BETWEEN d * 10 + 1 AND d * 10 + 10) FROM generate_series(0, 2) AS d ORDER BY 1", 30);
$mock->config({%data});
is((run_in($session, 'SELECT sum(runs_of(instance_id)) FROM cmdb WHERE id <= 5'))[0], 100, 'a function for each row');
run_in($session, 'SET plan_cache_mode = force_generic_plan; PREPARE p(int) AS SELECT c.id, i.command_id FROM cmdb c
	JOIN command_invocations i USING (instance_id) WHERE c.id <= $1 ORDER BY 1, 2');
foreach my $n (8, 16)
{
	$mock->config({ %data, page_latency => 0.02 });
	my ($out, $err) = run_in($session, "EXECUTE p($n)");
	is("$out$err", $t->sql("SELECT c.id, i.command_id FROM cmdb c JOIN local i USING (instance_id) WHERE c.id <= $n ORDER BY 1, 2"),
		"a generic plan, $n: rows");
	cmp_ok($mock->stats->{peak_in_flight}, '>=', 5, "a generic plan, $n: side by side");
}
run_in($session, 'BEGIN');
run_in($session, "DECLARE s SCROLL CURSOR FOR SELECT c.id, (SELECT count(*) FROM command_invocations i
	WHERE i.instance_id = c.instance_id) FROM cmdb c WHERE $ids");
my $forward = run_in($session, 'FETCH 7 FROM s');
is((run_in($session, 'MOVE BACKWARD ALL FROM s; FETCH 7 FROM s'))[0], $forward, 'a cursor goes back');
run_in($session, 'COMMIT');
$t->sql("CREATE TABLE marks AS SELECT id, instance_id, 0::bigint AS n FROM cmdb c WHERE $ids");
early('UPDATE by a subquery', "WITH u AS (UPDATE marks c SET n = (SELECT count(*) FROM command_invocations i
	WHERE i.instance_id = c.instance_id) RETURNING id, n) SELECT id, n FROM u ORDER BY 1", 30);

# Partitions under an Append; rejected ids; answers that fail.

$t->sql(<<'END');
CREATE TABLE parts (LIKE command_invocations) PARTITION BY LIST (account_id);
CREATE FOREIGN TABLE one PARTITION OF parts FOR VALUES IN ('111111111111') SERVER ssm OPTIONS (account_id '111111111111');
CREATE FOREIGN TABLE two PARTITION OF parts FOR VALUES IN ('222222222222') SERVER ssm OPTIONS (account_id '222222222222');
CREATE TABLE local_parts AS SELECT * FROM parts;
END
foreach (
	[ 'partitions, a join', "SELECT c.id, i.command_id, i.account_id FROM cmdb c JOIN parts i USING (instance_id) WHERE $ids ORDER BY 1, 2, 3" ],
	[ 'partitions, a subquery', "SELECT c.id, (SELECT count(*) FROM parts i WHERE i.instance_id = c.instance_id) FROM cmdb c WHERE $ids ORDER BY 1" ])
{
	my ($name, $sql) = @$_;
	(my $same = $sql) =~ s/parts/local_parts/;
	$mock->config({ %data, page_latency => 0.02 });
	my ($out, $err) = run_in($session, $sql);
	is("$out$err", $t->sql($same), "$name: rows");
	is($mock->stats->{requests}, 60, "$name: each request once");
	cmp_ok($mock->stats->{peak_in_flight}, '>=', 8, "$name: side by side");
}
my ($rejected) = $t->sql('SELECT instance_id FROM cmdb WHERE id = 7');
$mock->config({ %data, rejected => [$rejected], page_latency => 0.005 });
my ($out, $err) = run_in($session, "SELECT c.id, i.command_id FROM cmdb c JOIN command_invocations i USING (instance_id) WHERE $ids ORDER BY 1, 2");
is("$out$err", $t->sql("SELECT c.id, i.command_id FROM cmdb c JOIN local i USING (instance_id) WHERE $ids ORDER BY 1, 2"), 'a rejected id: rows');
$mock->config({ %data, faults => [ { on => { every => 7 }, do => { status => 500 } } ] });
($out, $err) = run_in($session, "SELECT c.id, i.command_id FROM cmdb c JOIN command_invocations i USING (instance_id) WHERE $ids ORDER BY 1, 2");
is("$out$err", $t->sql("SELECT c.id, i.command_id FROM cmdb c JOIN local i USING (instance_id) WHERE $ids ORDER BY 1, 2"), 'answers that fail: rows');

# Ids of which many go into one request: that of the first row, that of the second,
# and then those of the rows ahead together.

$mock->config({%data});
run_in($session, 'CREATE TABLE local_nodes AS SELECT * FROM instance_information; CREATE TABLE gone AS
	SELECT id, CASE id % 3 WHEN 0 THEN instance_id WHEN 1 THEN format($$i-%s$$, lpad(id::text, 17, $$0$$)) END AS instance_id FROM cmdb; ANALYZE gone');
my $nodes = 'JOIN instance_information i USING (instance_id)';
foreach (
	[ 'inner join', "SELECT c.id, i.agent_version FROM cmdb c $nodes ORDER BY 1", 5 ],
	[ 'left join', "SELECT c.id, i.name, i.ping_status FROM gone c LEFT $nodes ORDER BY 1", 5 ],
	[ 'semi join', "SELECT c.id FROM cmdb c WHERE EXISTS (SELECT FROM instance_information i WHERE i.instance_id = c.instance_id
		AND i.ping_status = 'Online' OFFSET 0) ORDER BY 1", 5 ],
	[ 'anti join', "SELECT c.id FROM gone c WHERE NOT EXISTS (SELECT FROM instance_information i WHERE i.instance_id = c.instance_id
		OFFSET 0) ORDER BY 1", 5 ],
	[ 'scalar subquery', 'SELECT c.id, (SELECT max(last_ping_date_time) FROM instance_information i WHERE i.instance_id = c.instance_id) FROM cmdb c ORDER BY 1', 5 ],
	[ 'repeated ids', "SELECT v.id, v.v, i.platform_name FROM visits v LEFT $nodes ORDER BY 1, 2", 3 ],
	[ 'a rescan', "SELECT d, (SELECT count(*) FROM cmdb c $nodes WHERE c.id <= d * 20) FROM generate_series(0, 2) AS d ORDER BY 1", 6 ],
	[ 'LIMIT 1', "SELECT count(*) FROM (SELECT c.id FROM cmdb c $nodes LIMIT 1) AS s", 1 ])
{
	my ($name, $sql, $most) = @$_;
	my $stats = compared("batches, $name", $sql);
	cmp_ok($stats->{requests}, '<=', $most, "batches, $name: requests");
	is($stats->{invalid}, 0, "batches, $name: all valid");
}
my $all = "SELECT c.id, i.name FROM cmdb c LEFT $nodes ORDER BY 1";
foreach (
	[ 'pages of 5', { }, "SET ssm_fdw.read_ahead = 40; ALTER FOREIGN TABLE instance_information OPTIONS (ADD page_size '5')" ],
	[ 'a rejected id', { rejected => [$rejected] }, 'RESET ssm_fdw.read_ahead', $rejected ],
	[ 'a batch that fails', { faults => [ { on => 3, do => { status => 400, code => 'SomethingElse' } } ] } ],
	[ 'answers that fail', { faults => [ { on => { every => 4 }, do => { status => 500 } } ] } ])
{
	my ($name, $config, $set, $without) = @$_;
	run_in($session, $set) if $set;
	$mock->config({ %data, %$config });
	($out, $err) = run_in($session, $all);
	is("$out$err", $t->sql("SELECT c.id, i.name FROM cmdb c LEFT JOIN local_nodes i USING (instance_id) ORDER BY 1"), "batches, $name: rows");
}

# A cancel in the middle leaves nothing behind; 0 switches it off.

$mock->config({ %data, page_latency => 0.5 });
run_in($session, "SET statement_timeout = '300 ms'");
like((run_in($session, "SELECT count(*) FROM cmdb c JOIN command_invocations i USING (instance_id)"))[1], qr/57014/, 'cancelled');
run_in($session, 'RESET statement_timeout');
run_in($session, 'SET ssm_fdw.read_ahead = 0');
$stats = compared('switched off', "SELECT c.id, i.command_id FROM cmdb c JOIN command_invocations i USING (instance_id) WHERE $ids ORDER BY 1, 2", 30);
is($stats->{peak_in_flight}, 1, 'switched off: one after the other');
$session->quit;
done_testing();
