# A coordinator reads accounts by postgres_fdw from two worker servers, which read
# them by ssm_fdw: one table, all accounts at the same time.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my %accounts = map { ("AKIDACCOUNT$_" => { secret => "secret$_" }) } 1 .. 4;
my %data = (rows => 120, nodes => 20, page_latency => 0.2, accounts => { %accounts, $key => $secret });
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my @workers = map { SsmCluster->new(mock => $mock) } 1, 2;
my $columns = 'command_id text, instance_id text, status text, requested_date_time timestamptz, account_id text';

# The twelve digits of an account, by its number.
sub account { return $_[0] x 12; }

# Each worker has a table of two accounts; its partitions are ssm_fdw's.
sub set_up_worker
{
	my ($worker, @numbers) = @_;
	$worker->sql("CREATE TABLE invocations ($columns) PARTITION BY LIST (account_id)");
	foreach my $n (@numbers)
	{
		$worker->foreign("account$n",
			server => { account_id => account($n) },
			mapping => { access_key_id => "AKIDACCOUNT$n", secret_access_key => "secret$n" });
		$worker->sql("CREATE FOREIGN TABLE invocations_$n PARTITION OF invocations FOR VALUES IN ('" . account($n) . "') SERVER account$n");
	}
	return;
}
set_up_worker($workers[0], 1, 2);
set_up_worker($workers[1], 3, 4);

# The coordinator's partitions are the workers' tables.
$t->sql("CREATE EXTENSION postgres_fdw; CREATE TABLE invocations ($columns) PARTITION BY LIST (account_id)");
foreach my $n (0, 1)
{
	my $node = $workers[$n]->node;
	my $values = join ', ', map { literal(account($_)) } 2 * $n + 1, 2 * $n + 2;
	$t->sql("CREATE SERVER worker$n FOREIGN DATA WRAPPER postgres_fdw
			OPTIONS (host '" . $node->host . "', port '" . $node->port . "', dbname 'postgres', async_capable 'true');
		CREATE USER MAPPING FOR CURRENT_USER SERVER worker$n;
		CREATE FOREIGN TABLE invocations_on_$n PARTITION OF invocations FOR VALUES IN ($values)
			SERVER worker$n OPTIONS (table_name 'invocations')");
}
my $session = $t->session;

# The accounts asked: those whose keys signed the requests.
sub asked
{
	my %asked;
	$asked{$_}++ foreach map { $_->{headers}{authorization} =~ /Credential=AKIDACCOUNT(\d)/ } @{ $mock->log };
	return join ' ', map { "$_:$asked{$_}" } sort keys %asked;
}

my $all = 'SELECT count(*), count(DISTINCT (account_id, command_id, instance_id)::text), count(DISTINCT account_id::text) FROM invocations';
my ($out, $stats) = $t->counted($session, $all);
is($out, '480|480|4', 'all rows of all accounts, once');
is(asked(), '1:3 2:3 3:3 4:3', 'each account in as many requests as it has pages');
cmp_ok($stats->{peak_in_flight}, '>=', 3, 'more in flight than one worker has accounts: the workers overlap');
is(scalar(() = run_in($session, "EXPLAIN (COSTS OFF) $all") =~ /Async Foreign Scan/g), 2, "by the coordinator's Async Append");

($out) = $t->counted($session, "SELECT count(*) FROM invocations WHERE account_id = '" . account(3) . "'");
is("$out, " . asked(), '120, 3:3', 'a clause on account_id leaves the other worker and the other account alone');

# What a worker is sent, it sends on.  now() never goes to a worker as it is.

($out) = $t->counted($session, "SELECT count(*) > 0, bool_and(status = 'Failed') FROM invocations
	WHERE status = 'Failed' AND requested_date_time > (SELECT timestamptz '2026-01-10 00:00:00Z' + interval '0')");
is($out, 't|t', 'clauses');
is(join(' ', map { "$_->{key}=$_->{value}" } sort { $a->{key} cmp $b->{key} } @{ $mock->bodies->[0]{Filters} }),
	'InvokedAfter=2026-01-08T23:59:59Z Status=Failed', 'arrive at AWS, a value from a subquery too');
$t->counted($session, "SELECT count(*) FROM invocations WHERE requested_date_time > now() - interval '1 day'");
is((grep { $_->{Filters} } @{ $mock->bodies }), 0, 'now() in a clause of its own does not');

# An account's error names the account's table; a cancel goes all the way.

my $mine = { map { $_ => { %{ $accounts{$_} }, denied => $_ =~ /4$/ ? \1 : \0 } } keys %accounts };
$mock->config({ %data, page_latency => 0, accounts => $mine });
(undef, my $err) = run_in($session, $all);
like($err, qr/ERROR:  42501: .*CONTEXT:.*foreign table "invocations_4".*remote SQL command: /s, "an account's error");
$mock->config({ %data, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
my $pid = pid_of($session);
start_in($session, $all);
ok(wait_until(sub { $mock->stats->{in_flight} == 4 }), 'four requests hang');
$t->sql("SELECT pg_cancel_backend($pid)");
(undef, $err) = finish_in($session);
like($err, qr/ERROR:  57014: canceling statement due to user request/, 'a cancel ends the query');
ok(wait_until(sub { $mock->stats->{in_flight} == 0 }), "and the workers' requests");
$mock->config({ %data, page_latency => 0 });
is(scalar run_in($session, $all), '480|480|4', 'the next query works');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
