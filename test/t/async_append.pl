# An Append over several servers has requests to all of them in flight at once,
# and stays one scan to whoever cancels, limits, repeats or leaves it.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# answers take a moment, so that requests meet
my %data = (rows => 60, nodes => 20, page_latency => 0.1);
my @regions = map { "eu-north-$_" } 1 .. 8;
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
$t->sql('CREATE TABLE local AS SELECT * FROM command_invocations');

# A partitioned table of some regions, one server each, in a schema.
sub partitions
{
	my ($schema, $options, @names) = @_;
	$t->sql("CREATE SCHEMA $schema; CREATE TABLE $schema.everywhere (LIKE local) PARTITION BY LIST (region)");
	$t->sql(join ';', map {
		my $name = $schema . '_' . s/-/_/gr;
		"CREATE SERVER $name FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region '$_', endpoint_url '" . $mock->url . "');
		CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_key_id '$key', secret_access_key '$secret');
		CREATE FOREIGN TABLE $schema.$name PARTITION OF $schema.everywhere FOR VALUES IN ('$_') SERVER $name
			OPTIONS (page_size '20' $options)"
	} @names);
	return;
}
partitions('eight', '', @regions);
my $session = $t->session;

# The regions asked, by the scope of each request's signature.
sub asked
{
	my %asked;
	$asked{$_}++ foreach map { $_->{headers}{authorization} =~ m{/\d+/([^/]+)/ssm/} } @{ $mock->log };
	return join ' ', map { "$_:$asked{$_}" } sort keys %asked;
}

# The plan of a query.
sub plan_of
{
	my ($sql) = @_;
	return scalar run_in($session, "EXPLAIN (COSTS OFF) $sql");
}

my $all = 'SELECT count(*), count(DISTINCT (region, command_id, instance_id)), count(DISTINCT region) FROM eight.everywhere';
my ($out, $stats) = $t->counted($session, $all);
is($out, '480|480|8', 'partitions: every row once');
is($stats->{requests}, 24, 'partitions: each page once');
cmp_ok($stats->{peak_in_flight}, '>=', 6, 'partitions are read at the same time');
is($stats->{connections}, 8, 'partitions: a connection each');
my $plan = plan_of($all);
is(scalar(() = $plan =~ /Async Foreign Scan/g), 8, 'partitions: all asynchronous');
($out) = $t->counted($session, $all);
my %connections = map { $_->{connection} => 1 } @{ $mock->log };
is(scalar keys %connections, 8, 'the next statement uses the same connections');

($out, $stats) = $t->counted($session, 'SELECT region, count(*) FROM (SELECT * FROM eight.eight_eu_north_1
	UNION ALL SELECT * FROM eight.eight_eu_north_2 UNION ALL SELECT * FROM local) AS u GROUP BY 1 ORDER BY 1');
is($out, "eu-north-1|60\neu-north-2|60\nus-east-1|60", 'UNION ALL with a local table: rows');
cmp_ok($stats->{peak_in_flight}, '>=', 2, 'UNION ALL: at the same time');

# Rows are those of one scan after the other, filters and all.
my $filtered = "SELECT count(*) > 50, md5(string_agg(e::text, ',' ORDER BY region, command_id, instance_id))
	FROM eight.everywhere AS e WHERE status = 'Success' AND region > 'eu-north-3'";
my ($async) = $t->counted($session, $filtered);
like($async, qr/^t/, 'a filter: some rows');
run_in($session, 'SET enable_async_append = off');
(my $plain, $stats) = $t->counted($session, $filtered);
is($stats->{peak_in_flight}, 1, 'without async append: one after the other');
run_in($session, 'RESET enable_async_append');
is($async, $plain, 'the same rows as one after the other');

# EXPLAIN ANALYZE counts rows and requests per scan.
my ($text) = $t->counted($session, "EXPLAIN (ANALYZE, COSTS OFF, SUMMARY OFF) SELECT * FROM eight.everywhere");
is(scalar(() = $text =~ /Async Foreign Scan on \S+ everywhere_\d \(actual time=\S+ rows=60(?:\.00)? loops=1\)/g), 8, 'EXPLAIN ANALYZE: rows');
is(scalar(() = $text =~ /Requests: 3\n/g), 8, 'EXPLAIN ANALYZE: requests');
unlike($text, qr/Waited/, 'EXPLAIN ANALYZE: a wait that is shared is no scan\'s own');

# Pruning.

$t->counted($session, "SELECT count(*) FROM eight.everywhere WHERE region = 'eu-north-5'");
is(asked(), 'eu-north-5:3', 'one region is asked: a constant');
run_in($session, "SET plan_cache_mode = force_generic_plan;
	PREPARE in_region(text) AS SELECT count(*) FROM eight.everywhere WHERE region = \$1");
($out) = $t->counted($session, "EXECUTE in_region('eu-north-6')");
is($out . asked(), '60eu-north-6:3', 'one region is asked: a parameter');
$t->counted($session, "SELECT count(*) FROM eight.everywhere WHERE region = (SELECT max(region) FROM eight.eight_eu_north_4 LIMIT 1)");
is(asked(), 'eu-north-4:6', 'one region is asked: a subquery');
run_in($session, "CREATE TABLE places AS SELECT 'eu-north-2' AS region, 1 AS id UNION ALL SELECT 'eu-north-7', 2;
	ALTER TABLE places ADD PRIMARY KEY (id); ANALYZE places");
($out) = $t->counted($session, 'SELECT count(*) FROM places JOIN eight.everywhere USING (region) WHERE id = 2');
is($out . asked(), '60eu-north-7:3', 'one region is asked: a join');
($out, $stats) = $t->counted($session, "SELECT count(*) FROM eight.everywhere WHERE region = 'mars'");
is("$out $stats->{requests}", '0 0', 'no region: no request');

# The same by account.
$t->sql("CREATE TABLE accounts (LIKE local) PARTITION BY LIST (account_id);" . join ';', map {
	"CREATE FOREIGN TABLE account_$_ PARTITION OF accounts FOR VALUES IN ('$_') SERVER eight_eu_north_$_ OPTIONS (account_id '$_')"
} 1 .. 3);
($out) = $t->counted($session, "SELECT account_id, count(*) FROM accounts WHERE account_id IN ('2', '3') GROUP BY 1 ORDER BY 1");
is($out . asked(), "2|60\n3|60eu-north-2:2 eu-north-3:2", 'two accounts of three are asked');

# Each part looks for rejected instances by itself, and in windows if it is cut.
my @node = map { literal($_) } split /\n/, $t->sql('SELECT DISTINCT instance_id FROM local ORDER BY 1 LIMIT 3');
$mock->config({ %data, rejected => [ $t->sql("SELECT $node[1]") ] });
my $nodes = 'instance_id IN (' . join(',', @node) . ')';
($out) = $t->counted($session, "SELECT count(*), count(DISTINCT (region, command_id, instance_id)) FROM eight.everywhere WHERE $nodes");
is($out, join('|', (8 * $t->sql("SELECT count(*) FROM local WHERE $nodes")) x 2), 'rejected instances: every row once');
$mock->config({ %data, end => 'now' });
($out) = $t->counted($session, $all);
is($out, '480|480|8', 'parts that are cut into windows: every row once');
$mock->config({%data});

# A LIMIT that one page fills asks one region; a larger one reads no page ahead.

($out, $stats) = $t->counted($session, 'SELECT count(*) FROM (SELECT * FROM eight.everywhere LIMIT 10) AS few');
is("$out $stats->{requests}", '10 1', 'LIMIT: one request');
is($mock->bodies->[0]{MaxResults}, 10, 'LIMIT: a page of that size');
($out, $stats) = $t->counted($session, "SELECT count(*) FROM (SELECT * FROM eight.everywhere WHERE comment IS NOT NULL LIMIT 3) AS few");
is($out, 3, 'LIMIT and a local filter: rows');
cmp_ok($stats->{requests}, '<=', 8, 'LIMIT and a local filter: no more than a first page each');
($out, $stats) = $t->counted($session, "SELECT count(*) FROM (SELECT * FROM eight.everywhere LIMIT 130) AS few");
is($out, 130, 'a larger LIMIT: rows');
cmp_ok($stats->{peak_in_flight}, '>=', 6, 'a larger LIMIT: at the same time');
cmp_ok($stats->{requests}, '<=', 16, 'a larger LIMIT: no page that is not needed');

# Repeated with other values and with requests in flight, closed early.

($out) = $t->counted($session, "SELECT n, count(*), count(DISTINCT e.region) FROM generate_series(1, 3) AS n,
	LATERAL (SELECT * FROM eight.everywhere WHERE status_details <> n::text OFFSET 0) AS e GROUP BY 1 ORDER BY 1");
is($out, "1|480|8\n2|480|8\n3|480|8", 'repeated: rows');
($out) = $t->counted($session, "SELECT n, r, (SELECT region FROM eight.everywhere WHERE region IN (r, 'eu-north-8') AND status_details <> n::text LIMIT 1) IS NOT NULL
	FROM generate_series(1, 4) AS n, unnest('{eu-north-1,eu-north-2}'::text[]) AS r ORDER BY 1, 2");
is($out, join("\n", map { my $n = $_; map { "$n|eu-north-$_|t" } 1, 2 } 1 .. 4), 'left early and repeated');
is(scalar run_in($session, $all), '480|480|8', 'and read whole after that');
($out) = $t->counted($session, 'BEGIN; DECLARE c CURSOR FOR SELECT region FROM eight.everywhere;
	FETCH 1 FROM c; CLOSE c; COMMIT');
like($out, qr/^eu-north-\d$/, 'a cursor closed with requests in flight');
is(scalar run_in($session, $all), '480|480|8', 'and read whole after that');

# async_capable.

$t->sql("ALTER SERVER eight_eu_north_1 OPTIONS (ADD async_capable 'false');
	ALTER FOREIGN TABLE eight.eight_eu_north_2 OPTIONS (ADD async_capable 'off');
	ALTER FOREIGN TABLE eight.eight_eu_north_3 OPTIONS (ADD async_capable 'false')");
is(scalar(() = plan_of($all) =~ /Async Foreign Scan/g), 5, 'async_capable');
is(scalar run_in($session, $all), '480|480|8', 'asynchronous and other scans under one Append');
$t->sql("ALTER SERVER eight_eu_north_1 OPTIONS (DROP async_capable);
	ALTER FOREIGN TABLE eight.eight_eu_north_2 OPTIONS (DROP async_capable);
	ALTER FOREIGN TABLE eight.eight_eu_north_3 OPTIONS (DROP async_capable)");

# Errors and cancels, while one answers and while none does.

my @one = ({ on => 5, do => { stall => 'body' } });
my @none = ({ on => 'all', do => { delay => 3600 } });
my $pid = pid_of($session);
foreach my $faults (\@one, \@none)
{
	my $name = $faults == \@one ? 'one stalls' : 'all stall';
	foreach my $how ('user request', 'statement timeout')
	{
		$mock->config({ %data, page_latency => 0, faults => $faults });
		run_in($session, "SET statement_timeout = '700ms'") if $how eq 'statement timeout';
		start_in($session, $all);
		ok( wait_until(sub { $mock->stats->{in_flight} == ($faults == \@one ? 1 : 8) && @{ $mock->log } >= ($faults == \@one ? 22 : 8) }),
			"$name: requests are in flight")
		  if $how eq 'user request';
		$t->sql("SELECT pg_cancel_backend($pid)") if $how eq 'user request';
		my (undef, $err) = finish_in($session);
		like($err, qr/ERROR:  57014: canceling statement due to $how/, "$name: $how");
		run_in($session, 'RESET statement_timeout');
	}
}

# An Append of the time when it did not wait for the latch: the server's minor
# release is set back, a cancel sets no latch, and no timeout does.
SKIP:
{
	my $version = $t->sql('SHOW server_version_num');
	skip 'PostgreSQL 18 and later always wait for the latch', 2 if $version >= 180000;
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my $config = $ENV{PG_CONFIG} || 'pg_config';
	chomp(my $include = `$config --includedir-server`);
	append_to_file("$folder/old_append.c", <<~'END');
		#include "postgres.h"
		#include "fmgr.h"
		#include "miscadmin.h"
		#include "utils/guc.h"
		#include "utils/guc_tables.h"
		PG_MODULE_MAGIC;
		static void on_cancel(SIGNAL_ARGS)
		{
			QueryCancelPending = InterruptPending = true;
		}
		PGDLLEXPORT void _PG_init(void)
		{
			int n;
		#if PG_VERSION_NUM >= 160000
			struct config_generic **options = get_guc_variables(&n);
		#else
			struct config_generic **options = get_guc_variables();
			n = GetNumConfigOptions();
		#endif
			while (n-- > 0)
				if (strcmp(options[n]->name, "server_version_num") == 0)
					*((struct config_int *) options[n])->variable = PG_VERSION_NUM / 10000 * 10000;
			pqsignal(SIGINT, on_cancel);
			pqsignal(SIGALRM, SIG_IGN);
		}
		END
	system_or_bail('cc', '-shared', '-fPIC', "-I$include", '-o', "$folder/old_append.so", "$folder/old_append.c");
	$t->sql("ALTER SERVER eight_eu_north_$_ OPTIONS (ADD connect_timeout '1 hour', ADD request_timeout '1 hour')") foreach 1 .. 8;
	my $old = $t->session;
	is(scalar run_in($old, "LOAD '$folder/old_append.so'; SHOW server_version_num"), $version - $version % 10000, 'the first minor release');
	my $old_pid = pid_of($old);
	$mock->config({ %data, page_latency => 0, faults => \@none });
	start_in($old, $all);
	wait_until(sub { $mock->stats->{in_flight} == 8 });
	# until curl's timers of connecting are over, and none else ends the wait
	sleep 2;
	$t->sql("SELECT pg_cancel_backend($old_pid)");
	my (undef, $error) = finish_in($old);
	like($error, qr/ERROR:  57014: canceling statement due to user request/, 'the first minor release: user request');
	$old->quit;
	$t->sql("ALTER SERVER eight_eu_north_$_ OPTIONS (DROP connect_timeout, DROP request_timeout)") foreach 1 .. 8;
}

$mock->config({ %data, page_latency => 0, faults => [ { on => 20, do => { status => 400, code => 'ValidationException' } } ] });
my (undef, $err) = run_in($session, $all);
like($err, qr/ERROR:  HV000: .*CONTEXT:  foreign table "eight_eu_north_\d"/s, 'one that fails fails the query');
$mock->config({ %data, page_latency => 0 });
is(scalar run_in($session, $all), '480|480|8', 'and the next one works');

# 64 partitions, each of which could use several connections.

partitions('many', '', map { "ap-south-$_" } 1 .. 64);
$mock->config({%data});
($out, $stats) = $t->counted($session, 'SELECT count(*), count(DISTINCT region) FROM many.everywhere');
is($out, '3840|64', '64 partitions');
cmp_ok($stats->{peak_in_flight}, '>=', 16, '64 partitions at the same time');
my $instances = join ',', map { "'$_'" } split /\n/, $t->sql('SELECT DISTINCT instance_id FROM local LIMIT 6');
$mock->config({ %data, page_latency => 0 });
is( scalar run_in($session, "SELECT count(*), count(DISTINCT region) FROM many.everywhere WHERE instance_id IN ($instances)"),
	64 * $t->sql("SELECT count(*) FROM local WHERE instance_id IN ($instances)") . '|64',
	'64 partitions, with a list each');
$session->quit;

done_testing();
