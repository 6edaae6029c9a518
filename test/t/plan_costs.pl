# Plans are chosen by the requests they take: on both sides of each turn the
# plan, the requests that the stand-in received, and the rows.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# 60 pages by itself; a node has 10 rows.  The planner, without statistics,
# takes it for 200 pages.
my %data = (rows => 3000, nodes => 300);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
$t->sql(<<'END');
CREATE TABLE local AS SELECT * FROM command_invocations;
CREATE TABLE cmdb AS SELECT instance_id, row_number() OVER (ORDER BY instance_id) AS id
	FROM (SELECT DISTINCT instance_id FROM local) AS i;
ALTER TABLE cmdb ADD PRIMARY KEY (id);
CREATE TABLE visits AS SELECT instance_id FROM cmdb, generate_series(1, 10) WHERE id <= 4;
CREATE TABLE often AS SELECT instance_id FROM cmdb, generate_series(1, 10);
CREATE TABLE runs AS SELECT command_id, row_number() OVER (ORDER BY command_id) AS id
	FROM (SELECT DISTINCT command_id FROM local) AS c;
CREATE TABLE since AS SELECT timestamptz '2026-01-25' AS at;
ANALYZE cmdb, visits, often, runs, local, since;
END
my $session = $t->session;

# Run a query: its answer must be the local copy's.  Returns the number of
# requests and the plan.
sub compared
{
	my ($sql, $name) = @_;
	(my $same = $sql) =~ s/\bcommand_invocations\b/local/g;
	my $plan = run_in($session, "EXPLAIN (COSTS OFF) $sql");
	$mock->reset;
	my ($out, $err) = run_in($session, $sql);
	my $requests = $mock->stats->{requests};
	is("$out$err", $t->sql($same), "$name: rows");
	return ($requests, $plan);
}

# What the planner expects of a query's topmost node: rows, and whole cost.
sub expected
{
	my ($sql) = @_;
	my ($cost, $rows) = run_in($session, "EXPLAIN $sql") =~ /cost=[\d.]+\.\.(\d+)\.\d+ rows=(\d+)/;
	return ($rows, $cost);
}

# Joins: a request for each outer row, or all pages once.

my $join = 'SELECT count(*), md5(string_agg(i.command_id || instance_id, \',\' ORDER BY i.command_id, instance_id))
	FROM cmdb AS c JOIN command_invocations AS i USING (instance_id)';
my ($requests, $plan) = compared("$join WHERE c.id <= 8", 'few outer rows');
is($requests, 8, 'few outer rows: a request each');
like($plan, qr/Nested Loop\n.*Foreign Scan/s, 'few outer rows: nested loop');
unlike($plan, qr/Hash|Material/, 'few outer rows: nothing else');
cmp_ok($mock->stats->{connections}, '<=', 4, 'few outer rows: max_concurrency connections');
($requests, $plan) = compared($join, 'many outer rows');
is($requests, 60, 'many outer rows: each page once');
like($plan, qr/Hash Join/, 'many outer rows: hash join');
($requests) = compared("$join WHERE c.id <= 8 AND i.region = 'us-east-1'", 'few outer rows and a region');
is($requests, 8, 'few outer rows and a region: a request each');
($requests) = compared("$join WHERE i.region = 'us-east-1'", 'many outer rows and a region');
is($requests, 60, 'a region makes no scan cheaper');

# Other ways to say it.

($requests, $plan) = compared('SELECT count(*) FROM visits JOIN command_invocations USING (instance_id)', 'repeated outer values');
is($requests, 4, 'repeated outer values: asked once each');
like($plan, qr/Memoize/, 'repeated outer values: Memoize');
($requests) = compared('SELECT c.id, command_id FROM cmdb AS c, LATERAL (SELECT command_id FROM command_invocations AS i
	WHERE i.instance_id = c.instance_id ORDER BY requested_date_time DESC, command_id LIMIT 1) AS i WHERE c.id <= 5 ORDER BY 1', 'LATERAL');
is($requests, 5, 'LATERAL: a request each');
my $lateral = 'SELECT count(*), count(DISTINCT (c.id, i.command_id)) FROM cmdb AS c LEFT JOIN LATERAL
	(SELECT command_id, status FROM command_invocations AS i WHERE i.instance_id = c.instance_id) AS i ON i.status = \'Success\'';
($requests, $plan) = compared("$lateral WHERE c.id <= 5", 'LEFT JOIN LATERAL, few');
is($requests, 5, 'LEFT JOIN LATERAL, few: a request each');
like($plan, qr/Nested Loop Left Join/, 'LEFT JOIN LATERAL, few: nested loop');
($requests, $plan) = compared($lateral, 'LEFT JOIN LATERAL, many');
is($requests, 60, 'LEFT JOIN LATERAL, many: each page once');
my $runs = 'SELECT count(*), count(DISTINCT (command_id, i.instance_id)) FROM runs JOIN command_invocations AS i USING (command_id)';
($requests, $plan) = compared("$runs WHERE id <= 20", 'few commands');
is($requests, 20, 'few commands: a request each');
like($plan, qr/Nested Loop/, 'few commands: nested loop');
($requests, $plan) = compared($runs, 'many commands');
is($requests, 60, 'many commands: each page once');
like($plan, qr/Hash Join/, 'many commands: hash join');
my $anti = 'SELECT count(*) FROM cmdb AS c WHERE NOT EXISTS (SELECT FROM command_invocations AS i
	WHERE i.instance_id = c.instance_id AND i.status = \'Failed\')';
($requests) = compared("$anti AND c.id <= 6", 'NOT EXISTS, few');
is($requests, 6, 'NOT EXISTS, few: a request each');
($requests) = compared($anti, 'NOT EXISTS, many');
is($requests, 60, 'NOT EXISTS, many: each page once');
($requests, $plan) = compared('SELECT count(*) FROM often JOIN command_invocations USING (instance_id)', 'many repeated outer values');
is($requests, 60, 'many repeated outer values: each page once');
unlike($plan, qr/Memoize/, 'many repeated outer values: no Memoize');
($requests) = compared('SELECT count(*) FROM cmdb AS a JOIN cmdb AS b USING (instance_id) JOIN command_invocations AS i USING (instance_id)
	WHERE a.id < 3', 'an equivalence class of three');
is($requests, 2, 'an equivalence class of three: a request each');
($requests) = compared('SELECT count(*) FROM command_invocations WHERE instance_id IN (SELECT instance_id FROM visits)', 'IN (SELECT)');
is($requests, 4, 'IN (SELECT): a request each');
($requests) = compared('SELECT count(*) FROM command_invocations WHERE instance_id IN (SELECT instance_id FROM cmdb)', 'IN (SELECT) of many');
is($requests, 60, 'IN (SELECT) of many: each page once');
($requests) = compared('SELECT count(*) FROM command_invocations
	WHERE instance_id = ANY (ARRAY(SELECT instance_id FROM cmdb WHERE id <= 12))', 'ANY (ARRAY(SELECT))');
is($requests, 12, 'ANY (ARRAY(SELECT)): a request each');
cmp_ok($mock->stats->{connections}, '>=', 2, 'ANY (ARRAY(SELECT)): fans out');
compared('SELECT count(*) FROM since JOIN command_invocations ON requested_date_time >= at', 'a join on time');
is((scalar grep { !grep { $_->{key} eq 'InvokedAfter' } @{ $_->{Filters} } } @{ $mock->bodies }), 0, 'a join on time is sent');
($requests) = compared('SELECT count(*) FROM cmdb AS c JOIN command_invocations AS i
	ON i.instance_id = c.instance_id AND i.command_id = (SELECT min(command_id) FROM local) WHERE c.id <= 5', 'both ids');
cmp_ok($requests, '<=', 5, 'both ids: a request each at most');

# A repetition without new values asks for no page again, whoever stores the rows.

my $nonequi = 'SELECT count(*), count(DISTINCT c.id) FROM cmdb AS c LEFT JOIN command_invocations AS i
	ON c.instance_id < i.instance_id WHERE c.id <= 20';
($requests, $plan) = compared($nonequi, 'a join without equality');
is($requests, 60, 'a join without equality: each page once');
like($plan, qr/Materialize\n.*Foreign Scan/, 'a join without equality: Materialize');
run_in($session, "SET enable_material = off; SET work_mem = '64kB'");
($requests, $plan) = compared($nonequi, 'without Materialize');
is($requests, 60, 'without Materialize: each page once');
unlike($plan, qr/Materialize/, 'without Materialize: there is none');
($requests) = compared('SELECT c.id FROM cmdb AS c WHERE c.id <= 20 AND EXISTS
	(SELECT FROM command_invocations AS i WHERE i.instance_id < c.instance_id AND i.status = \'Success\' OFFSET 0) ORDER BY 1',
	'scans left early and repeated');
cmp_ok($requests, '<=', 121, 'scans left early and repeated: no page more than twice');
($requests) = compared('SELECT c.id, n FROM cmdb AS c, LATERAL (SELECT count(*) AS n FROM command_invocations AS i
	WHERE i.comment <> c.instance_id OFFSET 0) AS i WHERE c.id <= 10 ORDER BY 1', 'new values of a clause that is not sent');
is($requests, 120, 'new values of a clause that is not sent: each page twice');
($requests) = compared('SELECT c.id, n FROM cmdb AS c, LATERAL (SELECT count(*) AS n FROM command_invocations AS i
	WHERE i.instance_id = c.instance_id OFFSET 0) AS i WHERE c.id <= 10 ORDER BY 1', 'new values of one that is');
is($requests, 10, 'new values of one that is: a request each');

# That there is no row is known from the first time on, whatever there was none of.
my $gone = sprintf '%036d', 0;
$mock->config({ %data, invalid_commands => [$gone], rejected => ['i-0000000000000dead'] });
foreach (
	[ "command_id = '11111111-1111-1111-1111-111111111111'", 1 ], [ "command_id = '$gone'", 1 ],
	[ "instance_id = 'i-0000000000000dead'", 61 ], [ "command_id = 'no id'", 0 ],
	[ "requested_date_time > now() + interval '1 day'", 1 ])
{
	my ($clause, $expected) = @$_;
	($requests) = compared("SELECT c.id, (SELECT count(*) FROM command_invocations AS i WHERE $clause AND c.id > 0),
		EXISTS (SELECT FROM command_invocations AS i WHERE $clause AND i.comment <> c.instance_id OFFSET 0)
		FROM cmdb AS c WHERE c.id <= 40 ORDER BY 1", "no row, 40 times: $clause");
	is($requests, 2 * $expected, "no row, 40 times: $clause: asked once by each scan");
}
$mock->config({%data});

# What is stored outgrows work_mem: here rows that are given again, whole ones, then
# those of rejected instances, each of which is found without reading the others.

# The bytes that the session has read from files so far.
sub bytes_read
{
	my ($bytes) = slurp_file('/proc/' . pid_of($session) . '/io') =~ /^rchar: (\d+)$/m;
	return $bytes;
}

# Run a query as compared does.  Returns its requests, the MB of the temporary files
# that it wrote, and those that it read from them.
sub stored
{
	my ($sql, $name) = @_;
	my $from = -s $t->node->logfile;
	my $before = bytes_read();
	my ($requests) = compared($sql, $name);
	my $log = substr slurp_file($t->node->logfile), $from;
	my $written = 0;
	$written += $_ foreach $log =~ /LOG:  temporary file: .* size (\d+)$/mg;
	return ($requests, $written / 1e6, (bytes_read() - $before) / 1e6);
}
run_in($session, 'SET log_temp_files = 0; SET enable_hashjoin = off; SET enable_mergejoin = off');
my ($written, $read);
($requests, $written, $read) = stored('SELECT sum(length(i::text)), count(*) FROM cmdb AS c LEFT JOIN command_invocations AS i
	ON c.instance_id <> i.instance_id WHERE c.id <= 3', 'rows given again from a file');
is($requests, 60, 'rows given again from a file: each page once');
cmp_ok($written, '>', 1, 'rows given again from a file: MB written');
cmp_ok($read, '>', 2 * $written - 1, 'rows given again from a file: MB read');
$mock->config({ %data, rejected => [ split /\n/, $t->sql('SELECT instance_id FROM cmdb') ] });
($requests, $written, $read) = stored('SELECT sum(length(i::text)), count(*) FROM cmdb JOIN command_invocations AS i USING (instance_id)',
	'rejected instances');
is($requests, 300 + 60, 'rejected instances: the history is read once');
cmp_ok($written, '>', 1, 'rejected instances: MB written');
cmp_ok($read, '<', 50 * $written, 'rejected instances: MB read, of which each lookup of 300 could read all');
$mock->config({%data});
run_in($session, 'RESET ALL');

# Estimates without statistics.

my ($rows, $cost) = expected('SELECT * FROM command_invocations');
is($rows, 10000, 'a table never analyzed');
cmp_ok($cost, '<', 100000, 'its scan is too cheap for JIT');
my @region = expected("SELECT * FROM command_invocations WHERE region = 'us-east-1'");
is($region[0], $rows, 'the region of the table keeps all rows');
cmp_ok($region[1], '>=', $cost, 'and costs as much');
is(join(' ', expected("SELECT * FROM command_invocations WHERE region = 'eu-west-1'")), '1 0', 'another region has none, and costs nothing');
is((expected("SELECT * FROM command_invocations WHERE account_id = '42'"))[1], 0, 'nor does another account');
# PostgreSQL allows for 0.5% NULLs in a range.
foreach (
	[ "> now() - interval '3 days'", 1000 ], [ "BETWEEN now() - interval '9 days' AND now() - interval '6 days'", 1050 ],
	[ "< now() - interval '20 days'", 3333 ], [ "> now() + interval '1 day'", 1 ], [ "< now() - interval '40 days'", 1 ])
{
	my ($clause, $share) = @$_;
	is((expected("SELECT * FROM command_invocations WHERE requested_date_time $clause"))[0], $share,
		"a time $clause: its share of 30 days");
}
my ($id) = split /\n/, $t->sql('SELECT instance_id FROM cmdb');
is((expected("SELECT * FROM command_invocations WHERE instance_id = '$id'"))[1], 503, 'an id: one request');
my $three = join ',', map { "'$_'" } (split /\n/, $t->sql('SELECT instance_id FROM cmdb'))[ 0 .. 2 ];
is((expected("SELECT * FROM command_invocations WHERE instance_id IN ($three)"))[1], 709, 'three ids: three requests');
my $huge = join ',', map { sprintf "'i-%017x'", $_ } 1 .. 1000;
cmp_ok((expected("SELECT * FROM command_invocations WHERE instance_id IN ($huge)"))[1], '<', $cost * 1.5,
	'a thousand ids cost little more than the whole table');

# Statuses have usual shares, in any clause and type; what is not documented has none.
$t->sql("CREATE TYPE outcome AS ENUM ('Success', 'Failed', 'Odd');
	CREATE FOREIGN TABLE typed (instance_id text, status outcome, status_details varchar) SERVER ssm");
foreach (
	[ "status = 'Success'", 8500 ], [ "status = 'Failed'", 800 ], [ "status <> 'Success'", 1500 ],
	[ "status IN ('Failed', 'TimedOut')", 1100 ], [ "status NOT IN ('Success', 'Failed')", 700 ], [ "status = 'failed'", 1 ],
	[ "status_details = 'Undeliverable'", 200 ], [ "status = 'Failed'", 800, 'typed' ],
	[ "status_details = 'Success'", 8500, 'typed' ])
{
	my ($clause, $share, $table) = @$_;
	my $n = (expected('SELECT * FROM ' . ($table // 'command_invocations') . " WHERE $clause"))[0];
	cmp_ok(abs($n - $share), '<=', $share * 0.2, "$clause: about $share of 10,000 rows");
}
($requests) = compared("SELECT count(*) FROM command_invocations AS f JOIN command_invocations AS s USING (instance_id)
	WHERE f.status = 'Failed' AND s.status = 'Success' AND s.requested_date_time > f.requested_date_time", 'failed, later succeeded');
is($requests, 120, 'failed, later succeeded: each page once for both');

# Options.

$t->sql("ALTER SERVER ssm OPTIONS (ADD fdw_page_cost '7', ADD fdw_startup_cost '1000')");
$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD fdw_page_cost '1.5', ADD fdw_tuple_cost '0')");
is((expected('SELECT * FROM command_invocations'))[1], int(1000 + 1.5 + 199 / 4 * 1.5 + 100), 'fdw_startup_cost, fdw_page_cost, fdw_tuple_cost');
$t->sql("ALTER SERVER ssm OPTIONS (SET fdw_startup_cost '0'); ALTER FOREIGN TABLE command_invocations OPTIONS (SET fdw_page_cost '100000')");
(undef, $plan) = compared("$join WHERE c.id <= 180", 'dear pages');
like($plan, qr/Nested Loop/, 'dear pages: 180 requests rather than 200');
($requests, $plan) = compared("$join WHERE c.id <= 220", 'dear pages, more outer rows');
like($plan, qr/Hash Join/, 'dear pages: 200 requests rather than 220');
is($requests, 60, 'dear pages: and 60 as it turns out');
foreach my $wrong ('-1', 'nan', 'much', '1e30')
{
	like($t->error("ALTER SERVER ssm OPTIONS (SET fdw_page_cost '$wrong')"),
		qr/HV024: invalid value for option "fdw_page_cost": "\Q$wrong\E"\nHINT:  Valid values are numbers from 0 to/,
		"fdw_page_cost $wrong");
}
$session->quit;

done_testing();
