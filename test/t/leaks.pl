# A thousand scans that fail in all sorts of ways, or are left, in one session:
# they leave no descriptor, no memory and no connection behind.
use strict;
use warnings;

use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
system_or_bail('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
	'-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-keyout', "$folder/own.key", '-out', "$folder/own.pem");
my %data = (rows => 40, nodes => 20, plugins => 3, output => 2000);
my $t = SsmCluster->new(mock => {%data}, tls => [ "$folder/own.pem", "$folder/own.key" ]);
my $mock = $t->mock;
my $session = $t->session;
my $pid = pid_of($session);
my %quick = (page_size => 10, max_attempts => 1, max_response_size => '300 kB');

# Servers, and a table whose parts are read at the same time.
$t->foreign('plain', server => {%quick});
$t->foreign('hasty', server => { %quick, request_timeout => '30 ms' });
$t->foreign('refused', server => { %quick, endpoint_url => 'http://127.0.0.1:1' });
$t->foreign('nowhere', server => { %quick, endpoint_url => 'http://nowhere.invalid' });
$t->foreign('secure', server => { %quick, endpoint_url => $mock->tls_url });
$t->sql('CREATE TABLE parts (LIKE plain.command_invocations) PARTITION BY LIST (account_id);' . join '',
	map { "CREATE FOREIGN TABLE part$_ PARTITION OF parts FOR VALUES IN ('$_') SERVER plain OPTIONS (account_id '$_');" } 1 .. 4);

my $all = 'SELECT * FROM %s.command_invocations';
my @second = (on => { every => 2 });
my @any = (on => 'all');

# Ways to fail: [ name, SQL, SQLSTATE or what it prints, rules ].  On a machine
# that is busy, time may run out before there is a connection.
my @ways = (
	[ 'refused', sprintf($all, 'refused'), '08001' ],
	[ 'no such host', sprintf($all, 'nowhere'), '08001' ],
	[ 'TLS', sprintf($all, 'secure'), '08001' ],
	[ 'reset', sprintf($all, 'plain'), '08006', { @any, do => { reset => 'before' } } ],
	[ 'reset in the body', sprintf($all, 'plain'), '08006', { @second, do => { reset => 'body' } } ],
	[ 'closed in the headers', sprintf($all, 'plain'), '08006', { @second, do => { close => 'headers' } } ],
	[ 'timed out', sprintf($all, 'hasty'), '0800[16]', { @any, do => { stall => 'body' } } ],
	[ 'too short', sprintf($all, 'plain'), '08P01', { @second, do => { content_length => 'short' } } ],
	[ 'cut', sprintf($all, 'plain'), '08P01', { @second, do => { truncate => -1 } } ],
	[ 'too large', sprintf($all, 'plain'), '54000', { @second, do => { pad => 1000000 } } ],
	[ 'huge token', sprintf($all, 'plain'), '08P01', { @second, do => { token_bytes => 70000 } } ],
	[ 'repeated token', sprintf($all, 'plain'), '08P01', { @second, do => { repeat_token => 'first' } } ],
	[ 'HTTP 500', sprintf($all, 'plain'), 'HV000', { @second, do => { status => 500, raw => '{' x 5000 } } ],
	[ 'throttled', sprintf($all, 'plain'), '53400', { @second, do => { status => 400, code => 'ThrottlingException' } } ],
	[ 'no time', sprintf($all, 'plain'), '08P01', { @second, do => { rows_patch => { RequestedDateTime => 'soon' } } } ],
	[ 'number too large', sprintf($all, 'plain'), '22003', { @second, do => { rows_patch => { CommandPlugins => { '$raw' => '[1e200000]' } } } } ],
	[ 'parts', 'SELECT * FROM parts', 'HV000', { @second, do => { status => 400, code => 'ValidationException' } } ],
	[ 'cancel', "BEGIN; SET LOCAL statement_timeout = 20; SELECT * FROM parts; ROLLBACK", '57014', { @any, do => { delay => 3600 } } ],
	[ 'left early', 'SELECT count(*) FROM (SELECT FROM parts LIMIT 11) AS few', '11' ],
	[ 'left open', "BEGIN; DECLARE c CURSOR FOR SELECT * FROM parts; DECLARE d CURSOR FOR SELECT * FROM plain.command_invocations; MOVE 1 IN c; MOVE 11 IN d; SELECT 1/0; ROLLBACK", '22012' ],
	[ 'caught', "DO \$\$ BEGIN FOR i IN 1 .. 5 LOOP BEGIN PERFORM * FROM parts; EXCEPTION WHEN fdw_error THEN NULL; END; END LOOP; RAISE 'caught' USING ERRCODE = 'ZZ000'; END \$\$", 'ZZ000', { @second, do => { status => 400, code => 'ValidationException' } } ],
);

# Let scans fail in each way so often; each time as expected.
sub fail_in_all_ways
{
	my ($times) = @_;
	foreach my $way (@ways)
	{
		my ($name, $sql, $wanted, @rules) = @$way;
		$mock->config({ %data, faults => \@rules });
		my ($out, $err) = run_in($session, "$sql;\n" x $times);
		my @seen = $wanted =~ /^..$/ ? split(/\n/, $out) : $err =~ /ERROR:  (\w{5}):/g;
		is_deeply([ grep { !/^$wanted$/ } @seen ], [], "$name: nothing else");
		is(scalar @seen, $times, "$name: $times times");
	}
	$mock->config({%data});
	is(scalar run_in($session, 'SELECT count(*) FROM parts'), '160', 'the next query');
	return;
}

# What the session holds: descriptors, connections, and kB of memory.
sub holdings
{
	my $status = slurp_file("/proc/$pid/status");
	my @descriptors = glob "/proc/$pid/fd/*";
	return (scalar @descriptors, $mock->stats->{open}, $status =~ /^RssAnon:\s+(\d+) kB/m);
}

# Two rounds warm up.  Then a scan may not leave 1 kB, and all together no more
# than the idle clients that the session may keep, 8 with a connection each.
fail_in_all_ways(5);
fail_in_all_ways(5);
my ($descriptors, $connections, $memory) = holdings();
fail_in_all_ways(50);
my @after = holdings();
cmp_ok($after[0], '<', $descriptors + 8, "$after[0] descriptors after $descriptors");
cmp_ok($after[1], '<', $connections + 8, "$after[1] connections after $connections");
cmp_ok($after[2], '<', $memory + 1024, "$after[2] kB after $memory kB");
$session->quit;

done_testing();
