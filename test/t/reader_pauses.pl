# What a reader does between two rows is nobody's timeout: a cursor at rest, a slow
# reader, other scans.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(mock => { rows => 300, page_latency => 0.05 });
my $mock = $t->mock;
my %hasty = (request_timeout => '400 ms', connect_timeout => '400 ms', max_attempts => 1);
$t->foreign($_, server => {%hasty}) foreach qw(one two);
$t->sql("CREATE TABLE parts (LIKE one.command_invocations) PARTITION BY LIST (account_id);
	CREATE TABLE local PARTITION OF parts FOR VALUES IN ('local');
	INSERT INTO local (account_id) SELECT 'local' FROM generate_series(1, 5);
	CREATE FOREIGN TABLE p1 PARTITION OF parts FOR VALUES IN ('1') SERVER one OPTIONS (account_id '1');
	CREATE FOREIGN TABLE p2 PARTITION OF parts FOR VALUES IN ('2') SERVER two OPTIONS (account_id '2')");
my $session = $t->session;

# Read a query's rows by a cursor, in pieces with a rest between them; returns how many
# came, with any error.
sub in_pieces
{
	my ($query, @pieces) = @_;
	my $rows = 0;
	$mock->reset;
	my (undef, $failed) = run_in($session, "BEGIN; DECLARE c CURSOR FOR $query");
	foreach my $piece (@pieces, 'ALL')
	{
		my ($out, $err) = run_in($session, "DO \$\$ BEGIN PERFORM pg_sleep(0.6); END \$\$; FETCH $piece FROM c");
		$rows += () = $out =~ /^x$/mg;
		$failed .= $err;
	}
	run_in($session, 'ROLLBACK');
	return "$rows$failed";
}

is(in_pieces('SELECT \'x\' FROM one.command_invocations', 30), '300', 'a cursor at rest');
is($mock->stats->{requests}, 6, 'asks for each page once');
is(in_pieces('SELECT \'x\' FROM parts WHERE account_id <> \'local\'', 10, 40), '600', 'partitions side by side');
is($mock->stats->{requests}, 12, 'ask for each page once');
is(in_pieces('SELECT \'x\' FROM parts', 1, 3), '605', 'beside a table that is here');
is($mock->stats->{requests}, 12, 'they do as well');
$mock->reset;
is(scalar run_in($session, "SET enable_async_append = off;
	SELECT count(*), count(CASE WHEN nth % 60 = 0 THEN pg_sleep(0.5) END)
	FROM (SELECT row_number() OVER () AS nth FROM one.command_invocations) AS i"),
	'300|5', 'a slow reader');
is($mock->stats->{requests}, 6, 'asks for each page once');

# That is not for ever: once the reader is back, the service has its time.
$mock->config({ rows => 300, faults => [ { on => 2, do => { stall => 'headers' } } ] });
like(in_pieces('SELECT \'x\' FROM one.command_invocations', 30),
	qr/^\d+.*ERROR:  08006: .*timed out after 400 ms/s, 'a service that hangs meanwhile');
is($mock->stats->{requests}, 2, 'is asked no more often');
$session->quit;

done_testing();
