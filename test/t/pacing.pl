# An identity that was throttled sends slowly, in all its scans, and one whose
# attempts fail too often stops repeating them.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep);

my %data = (rows => 128, nodes => 64, accounts => { $key => $secret, AKIDOTHER => $secret, AKIDTHIRD => $secret });
my %throttled = (status => 400, code => 'ThrottlingException', message => 'Rate exceeded');
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my @nodes = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
is(scalar @nodes, 64, 'there are 64 nodes');

# A query for some nodes, which are a request each.
sub by_nodes
{
	my ($table, $n) = @_;
	my $list = join ',', map { "'$_'" } @nodes[ 0 .. $n - 1 ];
	return "SELECT count(*) FROM $table WHERE instance_id IN ($list)";
}

# The send rate.  Each answer takes a while, so that requests not held back are
# in flight together.

$t->foreign('standard', server => { retry_mode => 'standard', max_concurrency => 64 });
$t->foreign('other', mapping => { access_key_id => 'AKIDOTHER' });
$t->sql('CREATE SCHEMA again; IMPORT FOREIGN SCHEMA ssm FROM SERVER ssm INTO again;'
	  . q{ALTER FOREIGN TABLE again.command_invocations OPTIONS (ADD max_requests '2')});
my $session = $t->session;

# The most requests in flight of a query for four nodes.
sub peak
{
	my ($name, $table) = @_;
	$mock->config({ %data, page_latency => 0.3 });
	is(scalar run_in($session, by_nodes($table, 4)), '8', "$name: the rows");
	is($mock->stats->{requests}, 4, "$name: four requests");
	return $mock->stats->{peak_in_flight};
}

# Have a scan throttled once, or all of it until it is cancelled after a second.
sub throttle
{
	my ($table, $on) = @_;
	$mock->config({ %data, faults => [ { on => $on, do => \%throttled } ] });
	run_in($session, q{SET statement_timeout = '1 s'}) if $on eq 'all';
	my ($out, $err) = run_in($session, by_nodes($table, 24));
	like("$out$err", $on eq 'all' ? qr/ERROR:  57014: / : qr/^48$/, "$table is throttled: $on");
	run_in($session, 'RESET statement_timeout');
	return;
}

is(peak('not throttled', 'command_invocations'), 4, 'not throttled: all at once');
throttle('command_invocations', 1);
is(peak('throttled once', 'command_invocations'), 4, 'throttled once: all at once');

# Throttled hard, a session sends slowly.  A key that has not been used is one that
# nothing is known of.
$t->sql(q{ALTER USER MAPPING FOR CURRENT_USER SERVER ssm OPTIONS (SET access_key_id 'AKIDTHIRD')});
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD max_concurrency '64')});
throttle('command_invocations', 'all');
is(peak('throttled', 'command_invocations'), 1, 'throttled hard: one after the other');
is(peak('another key', 'other.command_invocations'),
	4, 'another key: all at once');

$mock->config({%data});
like(
	(run_in($session, by_nodes('again.command_invocations', 3)))[1],
	qr/ERROR:  54000: /,
	'another table of that server: max_requests');
cmp_ok($mock->stats->{requests}, '<', 3, 'calls that wait for their turn count');
run_in($session, q{SET statement_timeout = '100 ms'});
like(
	(run_in($session, by_nodes('command_invocations', 4)))[1],
	qr/ERROR:  57014: /,
	'a scan that waits for its turn is cancelled');
cmp_ok($mock->stats->{requests}, '<', 4, 'before all requests are sent');
run_in($session, 'RESET statement_timeout');

throttle('standard.command_invocations', 'all');
is(peak('standard', 'standard.command_invocations'), 4, 'retry_mode standard: all at once');
$session->quit;

# The quota: 500 tokens, of which an attempt after a failure takes 14.

$t->foreign('quota', server => { retry_mode => 'standard', max_concurrency => 64, max_attempts => 100 });
$session = $t->session;

# Run a query for that many nodes, of which requests fail; returns what it says
# and the requests it took.  A query that failed may have left requests in sockets,
# which a busy stand-in has yet to read: they are not to count as the next one's.
sub failing
{
	my ($table, $n, $on) = @_;
	my $read = -1;
	wait_until(sub {
		my ($before, $now) = ($read, $mock->stats);
		sleep 0.2;
		$read = $now->{requests};
		return $now->{in_flight} == 0 && $read == $before;
	});
	$mock->config({ %data, faults => [ { on => $on, do => { status => 500 } } ] });
	my ($out, $err) = run_in($session, by_nodes("$table.command_invocations", $n));
	return ("$out$err", $mock->stats->{requests});
}

my $gives_up = qr/ERROR:  HV000: ListCommandInvocations failed: HTTP 500 \(not repeated, as too many attempts have failed lately\)/;
my ($said, $requests) = failing('quota', 64, 'all');
like($said, $gives_up, 'all fail: the error');
cmp_ok($requests, '<', 64 + 36, 'all fail: 35 repeats at most');
($said, $requests) = failing('quota', 1, 1);
like($said, $gives_up, 'the quota is spent: the error');
is($requests, 1, 'the quota is spent: not repeated');
is_deeply([ failing('other', 1, 1) ], [ 2, 2 ], 'another identity has its own');
is_deeply([ failing('quota', 4, 100) ], [ 8, 4 ], 'four successes');
is_deeply([ failing('quota', 1, 1) ], [ 2, 2 ], 'have brought back one repeat');
$session->quit;

done_testing();
