# With few descriptors a scan does with fewer connections, and what cannot be
# had is an error that leaves the session usable.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use Digest::SHA qw(sha256_hex);
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmProviders;
use Test::More;

# of 90, a third of those left by the server's own files may be sockets
my $sts = SsmProviders->new;
my %accounts = ($key => $secret, AKIDOTHER => $secret);
my @roles = map { "arn:aws:iam::11112222333$_:role/read" } 1 .. 3;
foreach my $digest (map { sha256_hex("AssumeRole\n$key\n$_") } @roles)	# as the stand-in does it
{
	$accounts{ 'ASIA' . uc substr $digest, 0, 16 } = { secret => substr($digest, 16, 40) . '/+', session_token => 'tok&<' . substr($digest, 20, 40) };
}
my %data = (rows => 200, nodes => 20, accounts => \%accounts);
my $t = SsmCluster->new(
	mock => { %data, page_latency => 0.02 },
	env => { AWS_ENDPOINT_URL_STS => $sts->url },
	conf => "max_files_per_process = 90\n");
my $mock = $t->mock;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '10', ADD max_concurrency '64');
	CREATE ROLE other; GRANT SELECT ON command_invocations TO other;
	CREATE USER MAPPING FOR other SERVER ssm OPTIONS (access_key_id 'AKIDOTHER', secret_access_key '$secret')");
my $instances = join ',', map { "'$_'" } split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
my $wide = "SELECT count(*) FROM command_invocations WHERE instance_id IN ($instances)";
my $session = $t->session;

# Open cursors, each with a request under way, until one fails or n are open; returns
# how many, and the error.
sub open_cursors
{
	my ($n) = @_;
	foreach my $i (1 .. $n)
	{
		my (undef, $error) =
		  run_in($session, "DECLARE c$i CURSOR FOR SELECT * FROM command_invocations; FETCH 6 FROM c$i");
		return ($i - 1, $error) if $error;
	}
	return ($n, '');
}

$mock->reset;
is(scalar run_in($session, $wide), '200', 'a wide scan');
my $peak = $mock->stats->{peak_in_flight};
cmp_ok($peak, '>=', 2, 'it has several connections');
cmp_ok($peak, '<', 20, 'but not as many as it would have');

# Its idle client keeps descriptors that others need.
run_in($session, 'SET ROLE other');
is(scalar run_in($session, $wide), '200', 'a wide scan of another identity');
$session->quit;

$session = $t->session;
run_in($session, 'BEGIN');
my ($opened, $error) = open_cursors(100);
cmp_ok($opened, '>=', 3, 'some cursors at once');
like($error, qr/ERROR:  53000: no file descriptors left for a connection/, 'one too many');
like($error, qr/^HINT:  Close cursors on foreign tables/m, 'one too many: hint');
run_in($session, 'ROLLBACK');

foreach my $round (1 .. 3)
{
	run_in($session, 'BEGIN');
	is((open_cursors($opened))[0], $opened, "as many again, round $round");
	run_in($session, 'COMMIT');
	run_in($session, 'SET ROLE other');
	is(scalar run_in($session, 'SELECT count(*) FROM command_invocations'),
		'200', "then a scan of another identity, round $round");
	run_in($session, 'RESET ROLE');
}
is(scalar run_in($session, $wide), '200', 'and a wide scan');
$session->quit;

# More scans at once than there are descriptors for: some wait until others end.
my @parts = map { $t->foreign("part$_", server => { page_size => 50 }) } 1 .. 12;
my $union = join ' UNION ALL ', map { "SELECT * FROM $_" } @parts;
$mock->reset;
is($t->sql("SELECT count(*) FROM ($union) AS u"), 200 * @parts, 'many scans side by side');
cmp_ok($mock->stats->{peak_in_flight}, '>=', 2, 'some at a time');
is($t->sql("SET enable_nestloop = on; SELECT sum(n) FROM generate_series(1, 2) AS i, LATERAL (SELECT count(*) + i * 0 AS n FROM ($union) AS u WHERE i > 0) AS c"),
	2 * 200 * @parts, 'and again in a rescan');

# Scans at once, each by a role of its own: their searches leave the scans what they
# need, and wait for each other.
$sts->set(sts => { accounts => { $key => { secret => $secret } } });
my @tables = map { $t->foreign("role$_", mapping => { role_arn => $roles[$_] }) } 0 .. $#roles;
is($t->sql('SELECT count(*) FROM (' . join(' UNION ALL ', map { "SELECT * FROM $_" } @tables) . ') AS u'), 200 * @roles, 'roles side by side');
is(scalar($sts->asked), scalar(@roles), 'each taken once');

# A process whose limit leaves less than it was started with.
$session = $t->session;
my $pid = pid_of($session);
my $count = 'SELECT count(*) FROM command_invocations';
$mock->config({%data});

# Let the backend open n descriptors more.
sub leave
{
	my ($n) = @_;
	my %open = map { m{/(\d+)$} => 1 } glob("/proc/$pid/fd/*");
	my $limit = 0;
	while ($open{$limit} || $n-- > 0) { $limit++; }
	system_or_bail('prlimit', "--pid=$pid", "--nofile=$limit:");
	return;
}
foreach my $state ('kept', 'new')
{
	my %ends;
	foreach my $left (0 .. 12)
	{
		run_in($session, $count);
		$t->sql("ALTER SERVER ssm OPTIONS (SET page_size '" . ($left + 10) . "')") if $state eq 'new';
		run_in($session, 'SELECT 1');
		leave($left);
		my ($out, $err) = run_in($session, $count);
		leave(1000);
		like("$out$err", qr/^200$|ERROR:  53000: /, "$state connection, $left descriptors left: rows or an error");
		$ends{$left} = $out;
		is(scalar run_in($session, $count), '200', "$state connection, $left descriptors left: the next query");
	}
	is("$ends{0}|$ends{12}", '|200', "$state connection: the error and the rows");
}
$session->quit;

# More identities than idle clients are kept: each keeps its connection.
$t->sql(join ';', map {
	"CREATE ROLE r$_; GRANT SELECT ON command_invocations TO r$_;
	CREATE USER MAPPING FOR r$_ SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret')"
} 1 .. 12);
$session = $t->session;
$mock->config({%data});
foreach my $role (1 .. 12)
{
	$mock->reset;
	run_in($session, "SET ROLE r$role");
	is(scalar run_in($session, 'SELECT count(*) FROM command_invocations'), '200', "identity $role")
	  foreach 1 .. 2;
	is($mock->stats->{connections}, 1, "identity $role keeps its connection");
	run_in($session, 'RESET ROLE');
}
$session->quit;

# More partitions than may be asked at once for their newest rows.
$session = $t->session;
$t->sql('CREATE TABLE everywhere (LIKE command_invocations) PARTITION BY LIST (region);' . join ';', map {
	"CREATE SERVER s$_ FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-test-$_', endpoint_url '" . $mock->url . "');
	CREATE USER MAPPING FOR CURRENT_USER SERVER s$_ OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE FOREIGN TABLE s$_ PARTITION OF everywhere FOR VALUES IN ('us-test-$_') SERVER s$_
		OPTIONS (page_size '10', invoked_after_slack '0')"
} 1 .. 20);
$mock->config({ %data, page_latency => 0.02 });
is(scalar run_in($session, 'SELECT count(DISTINCT region) FROM (SELECT * FROM everywhere ORDER BY requested_date_time DESC LIMIT 20) AS e'),
	'20', 'partitions are merged');
cmp_ok($mock->stats->{peak_in_flight}, '>=', 2, 'some are read at the same time');
$session->quit;

done_testing();
