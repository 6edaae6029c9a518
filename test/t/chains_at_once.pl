# Chains run side by side, as many as allowed and not one more than needed.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

# answers take a moment, so that requests meet
my $t = SsmCluster->new(mock => { rows => 400, nodes => 40, page_latency => 0.05 });
my $mock = $t->mock;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '5', ADD max_concurrency '4')");
my @instances = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations ORDER BY 1 LIMIT 20');
my $list = join ',', map { "'$_'" } @instances;
my $query = "FROM command_invocations WHERE instance_id IN ($list)";
my $session = $t->session;

my ($out, $stats) = $t->counted($session, "SELECT count(*), count(DISTINCT (command_id, instance_id)) $query");
is($out, '200|200', 'every row once');
is($stats->{requests}, 40, 'each page of each chain once');
cmp_ok($stats->{peak_in_flight}, '>=', 2, 'requests run side by side');
cmp_ok($stats->{peak_in_flight}, '<=', 4, 'but not more than max_concurrency');
cmp_ok($stats->{connections}, '<=', 4, 'on as many connections');
($out, my $again) = $t->counted($session, "SELECT count(*) $query");
is($out, '200', 'the next statement');
my %connections = map { $_->{connection} => 1 } @{ $mock->log };
cmp_ok(scalar keys %connections, '<=', 4, 'uses no more connections');

# The pages of one chain come one after the other.
my %chains;
push @{ $chains{ $_->{body}{InstanceId} } }, $_ foreach @{ $mock->log };
is(scalar keys %chains, 20, 'one chain for each instance');
my @overlapping = grep { $chains{$_}[0]{finished} > $chains{$_}[1]{started} } keys %chains;
is("@overlapping", '', 'the pages of a chain do not overlap');

($out, $stats) = $t->counted($session, "SELECT count(*) FROM (SELECT $query LIMIT 3) AS few");
is($out, '3', 'LIMIT: rows');
is($stats->{requests}, 1, 'LIMIT holds the other chains back');
($out, $stats) = $t->counted($session, "SELECT count(*) FROM (SELECT $query LIMIT 17) AS few");
is($out, '17', 'a larger LIMIT: rows');
cmp_ok($stats->{requests}, '<=', 1 + 2 + 4, 'a larger LIMIT asks for twice as many pages at once as those before have been read');

$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD max_concurrency '1')");
($out, $stats) = $t->counted($session, "SELECT count(*) $query");
is($out, '200', 'max_concurrency 1: rows');
is($stats->{peak_in_flight}, 1, 'max_concurrency 1: one request at a time');
is($stats->{connections}, 1, 'max_concurrency 1: one connection');

$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (SET max_concurrency '64')");
($out, $stats) = $t->counted($session, "SELECT count(*) $query");
is($out, '200', 'max_concurrency 64: rows');
cmp_ok($stats->{peak_in_flight}, '<=', 20, 'max_concurrency 64: no more than there are chains');

# More values than fit at once, some of them repeated or of no instance.
my @all = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
my $mixed = join ',', map { "'$_'" } @all, @all, 'i-00000000', 'nonsense';
($out, $stats) = $t->counted($session, "SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM command_invocations WHERE instance_id IN ($mixed)");
is($out, '400|400', 'repeated and unknown values: every row once');
is($stats->{invalid}, 0, 'no request is invalid');

# One chain that fails ends the query, however many others go on.
$mock->config({
	rows => 400,
	nodes => 40,
	faults => [
		{ on => { match => { InstanceId => $instances[7] } }, do => { status => 400, code => 'ValidationException' } },
		{ on => { match => { InstanceId => $instances[8] } }, do => { stall => 'body' } }
	]
});
($out) = $t->counted($session, "SELECT count(*) $query");
like($out, qr/ERROR:  HV000: /, 'one chain that fails fails the query');
$mock->config({ rows => 400, nodes => 40 });
($out) = $t->counted($session, "SELECT count(*) $query");
is($out, '200', 'and the next one works');
$session->quit;

done_testing();
