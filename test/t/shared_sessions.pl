# What sessions share: one budget, who is doing what, what it all has cost.  With
# and without shared_preload_libraries, where there is no room, and where another
# version of the library has been.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep);

my %data = (rows => 40, nodes => 20, accounts => { $key => $secret, AKIDOTHER => $secret });
my %throttled = (status => 400, code => 'ThrottlingException', message => 'Rate exceeded');
my $t = SsmCluster->new(mock => {%data}, conf => "restart_after_crash = on\n");
my $mock = $t->mock;
my $count = 'SELECT count(*) FROM command_invocations';
my $late = $t->node->pg_version >= 17 ? 'a server of this version' : 'a server before 17';
is($t->sql('SELECT * FROM ssm_fdw_shared_memory()'), 't|made by the first session that needed it', "$late: without a preload");

# A cluster's budget: one session is throttled hard, another that has just come
# sends slowly.
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD max_concurrency '16', ADD page_size '50')});
$t->foreign('same', server => { max_concurrency => 16 });
$t->foreign('other', server => { max_concurrency => 16 }, mapping => { access_key_id => 'AKIDOTHER' });
my @nodes = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
my $list = join ',', map { "'$_'" } @nodes;

# The most requests in flight of a new session's query for some nodes.
sub peak
{
	my ($table) = @_;
	my $four = join ',', map { "'$_'" } @nodes[ 0 .. 3 ];
	$mock->config({ %data, page_latency => 0.3 });
	is($t->sql("SELECT count(*) FROM $table WHERE instance_id IN ($four)"), '8', "$table: the rows");
	return $mock->stats->{peak_in_flight};
}

is(peak('command_invocations'), 4, 'not throttled: all at once');
$mock->config({ %data, faults => [ { on => 'all', do => \%throttled } ] });
like($t->error("SET statement_timeout = '1 s'; SELECT count(*) FROM command_invocations WHERE instance_id IN ($list)"),
	qr/ERROR:  57014: /, 'a session is throttled hard');
is(peak('command_invocations'), 1, 'another session: one after the other');
is(peak('same.command_invocations'), 1, 'so does another server that calls there with that key');
is(peak('other.command_invocations'), 4, 'another key: all at once');

# Who is doing what.

# A row of the view, once it says what it is to say; fails if it never does.
sub activity
{
	my ($columns, $where, $wanted, $name) = @_;
	my $row = '';
	my $found = wait_until(sub { ($row = $t->sql("SELECT $columns FROM ssm_fdw_activity WHERE $where")) =~ $wanted });
	return ok($found, $name) || diag("got: $row");
}

my %big = (rows => 400, nodes => 20, accounts => $data{accounts});
my $slow = $t->foreign('slow', server => { page_size => 10, max_concurrency => 2 }, mapping => { access_key_id => 'AKIDOTHER' });
$mock->config({ %big, faults => [
	{ on => 2, do => \%throttled }, { on => 5, do => { stall => 'headers' } } ] });
my $session = $t->session;
my $pid = pid_of($session);
start_in($session, "SELECT count(*) FROM $slow");
activity('database_name, user_name = current_user, server_name, table_name, operation, waits_for, requests, pages, rows, bytes > 0, retries, throttles, held > interval $$0$$, parts_done, parts, done IS NULL',
	"pid = $pid", qr/^postgres\|t\|slow\|slow.command_invocations\|ListCommandInvocations\|answer\|5\|3\|30\|t\|1\|1\|t\|0\|1\|t$/, 'a scan that waits for an answer');
$t->sql('CREATE ROLE one; CREATE ROLE reader; GRANT pg_read_all_stats TO reader');
is($t->sql("SET ROLE one; SELECT pid = $pid, database_name, user_name IS NOT NULL, server_name, table_name, requests, waits_for FROM ssm_fdw_activity"),
	't|postgres|t||||', "of others' scans a role sees that they are there");
is($t->sql('SET ROLE reader; SELECT server_name, requests FROM ssm_fdw_activity'), 'slow|5', 'pg_read_all_stats sees all');
is($t->sql('SET ROLE one; SELECT * FROM ssm_fdw_statistics'), '', 'nobody sees what servers have cost that he may not use');
$t->sql('GRANT USAGE ON FOREIGN SERVER slow TO one');
is($t->sql('SET ROLE one; SELECT server_name, requests FROM ssm_fdw_statistics'), 'slow|5', 'those that he may use, he sees, while the scan runs');
like($t->error('SET ROLE one; SELECT ssm_fdw_reset_statistics()'), qr/ERROR:  42501/, 'nor may he reset them');
$t->sql("SELECT pg_cancel_backend($pid)");
finish_in($session);
is($t->sql('SELECT count(*) FROM ssm_fdw_activity'), '0', 'a scan that was cancelled is gone');

$mock->config({%big});
run_in($session, "BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM $slow WHERE instance_id IN ($list); FETCH 11 FROM c");
activity('waits_for, parts, parts_done BETWEEN 0 AND 19, done < 1', "pid = $pid", qr/^reader\|20\|t\|t$/, 'a cursor at rest, on its way through a list');
run_in($session, 'ROLLBACK');

# A backend that is killed: the cluster restarts, and all begins anew.
$mock->config({ %big, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
start_in($session, "SELECT count(*) FROM $slow");
activity('waits_for', "pid = $pid", qr/^answer$/, 'a scan again');
kill 'KILL', $pid;
ok(wait_until(sub { (($t->node->psql('postgres', 'SELECT count(*) FROM ssm_fdw_activity'))[1] // '') eq '0' }),
	'it is killed: the cluster goes on without it');
eval { $session->quit };
$mock->config({%data});
is($t->sql($count), '40', 'and reads');
is($t->sql("SELECT server_name, scans, requests FROM ssm_fdw_statistics"), 'ssm|1|1', 'counting anew');
$session = $t->session;
$mock->config({ %big, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
start_in($session, "SELECT count(*) FROM $slow");
activity('waits_for', 'true', qr/^answer$/, 'a scan');
$t->sql('SELECT pg_terminate_backend(pid, 10000) FROM ssm_fdw_activity');
is($t->sql('SELECT count(*) FROM ssm_fdw_activity'), '0', 'a backend that is ended leaves nothing');
eval { $session->quit };

# Another version of the library has made the memory: here, one whose layout has
# another name.
my ($folder) = split /:/, $t->sql('SHOW dynamic_library_path');
($folder) = split /\n/, qx("$ENV{PG_CONFIG}" --pkglibdir) if $folder eq '$libdir';
my $other = PostgreSQL::Test::Utils::tempdir() . '/other.so';
open my $from, '<:raw', "$folder/ssm_fdw.so" or die $!;
my $library = do { local $/; <$from> };
$library =~ s/( layout )\d/${1}0/ or die 'no layout';
open my $to, '>:raw', $other or die $!;
print $to $library;
close $to;
$t->node->restart;
$mock->config({%data});
$t->sql("CREATE FUNCTION other(OUT ok boolean, OUT detail text) LANGUAGE C AS '$other', 'ssm_fdw_shared_memory'; SELECT FROM other()");
is($t->sql('SELECT * FROM ssm_fdw_shared_memory()'), 'f|another version of ssm_fdw created it: restart the server', 'this one leaves it alone');
is($t->sql("$count; SELECT requests FROM ssm_fdw_statistics"), "40\n1", 'and goes on alone');

# No room: the lock table of a session that takes as many as there are has it all.
SKIP:
{
	skip 'from 17 on the memory is made outside', 5 if $t->node->pg_version >= 17;
	$t->node->restart;
	my ($ok, $out, $err) = $t->node->psql('postgres', 'SELECT pg_advisory_lock(i) FROM generate_series(1, 1000000) AS i');
	like($err, qr/out of shared memory/, 'no shared memory is left');
	like($t->sql('SELECT * FROM ssm_fdw_shared_memory()'),
		qr/^f\|it could not be allocated \(not enough shared memory .*\): add ssm_fdw to shared_preload_libraries$/, 'the function says so');
	$mock->config({%data});
	is($t->sql("$count; SELECT requests FROM ssm_fdw_statistics"), "40\n1", 'a session goes on alone');
	is($t->sql("SELECT count(*) FROM ssm_fdw_statistics"), '0', 'another knows nothing of it');
	is($t->sql("BEGIN; SELECT * FROM ssm_fdw_shared_memory(); SAVEPOINT s; $count; ROLLBACK TO s; $count; COMMIT") =~ s/.*\n//r, "40\n40", 'nor does the transaction suffer');
}

# Reserved at the server's start, it is there.
$t->node->append_conf('postgresql.conf', "shared_preload_libraries = 'ssm_fdw'\n");
$t->node->restart;
$t->node->psql('postgres', 'SELECT pg_advisory_lock(i) FROM generate_series(1, 1000000) AS i');
is($t->sql('SELECT * FROM ssm_fdw_shared_memory()'), 't|reserved when the server started', 'with a preload');
$t->sql($count);
is($t->sql("$count; SELECT scans, requests FROM ssm_fdw_statistics"), "40\n2|2", 'sessions share');

done_testing();
