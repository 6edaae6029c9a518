# What sessions share: one budget, who is doing what, what it all has cost; and what
# is left when one of them ends, whatever it was doing.  With and without
# shared_preload_libraries, where there is no room, and where another version of the
# library has been.
use strict;
use warnings;

use FindBin;
use IO::Socket::INET;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep);

# a port where nobody answers
my $silent = IO::Socket::INET->new(Listen => 32, LocalAddr => '127.0.0.1') or die $!;
my $nobody = '127.0.0.1:' . $silent->sockport;
my %data = (rows => 40, nodes => 20, accounts => { map { $_ => $secret } $key, qw(AKIDOTHER AKIDTURN AKIDPAUSE) });
my %throttled = (status => 400, code => 'ThrottlingException', message => 'Rate exceeded');
my $t = SsmCluster->new(mock => {%data}, conf => "restart_after_crash = on\n",
	env => { AWS_ENDPOINT_URL_STS => "http://$nobody" });
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
my $served = join ',', map { "'$_'" } split /\n/, $t->sql('SELECT DISTINCT command_id FROM command_invocations');

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
$t->sql("CREATE ROLE two; GRANT USAGE ON SCHEMA other TO two; GRANT SELECT ON other.command_invocations TO two; CREATE USER MAPPING FOR two SERVER other OPTIONS (access_key_id '$key', secret_access_key '$secret')");
is($t->sql('SET SESSION AUTHORIZATION two; BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM other.command_invocations; FETCH 1 FROM c;
	SELECT user_name, server_name, table_name, waits_for, rows > 0 FROM ssm_fdw_activity ORDER BY server_name NULLS LAST') =~ s/\A1\n//r =~ s/(?<=\n)\w+(?=\|\|)/other user/r,
	"two|other|other.command_invocations|reader|t\nother user||||", 'a role sees its own, beside them');
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

# A session that ends, in each state: others go on, and nothing of it is left.

my $role = $t->foreign('role', mapping => { role_arn => 'arn:aws:iam::111122223333:role/slow' });
my $unconnected = $t->foreign('unconnected', server => { endpoint_url => "https://$nobody" });
my $turn = $t->foreign('turn', server => { max_concurrency => 16 }, mapping => { access_key_id => 'AKIDTURN' });
my $pause = $t->foreign('pause', server => { max_concurrency => 1 }, mapping => { access_key_id => 'AKIDPAUSE' });
my ($stalled, @refused) = @nodes;
my %states = (%data, faults => [
	{ on => { match => { InstanceId => $stalled } }, do => { stall => 'headers' } },
	map { { on => { match => { InstanceId => $_ } }, do => \%throttled } } @refused ]);
my $refused = join ',', map { "'$_'" } @refused;
my @states = (
	[ 'credentials', "SELECT FROM $role", qr/^credentials\|/ ],
	[ 'a connection', "SELECT FROM $unconnected", qr/^connection\|/ ],
	[ 'an answer', "SELECT FROM $slow WHERE instance_id = '$stalled'", qr/^answer\|/ ],
	[ 'an answer, by a turn in the budget', "SELECT FROM $turn WHERE instance_id = '$stalled'", qr/^answer\|/ ],
	[ 'its turn in the budget', "SELECT FROM $turn WHERE command_id IN ($served)", qr/^budget\|/ ],
	[ 'a pause', "SELECT FROM $pause WHERE instance_id = '$refused[0]'", qr/^pause\|t/ ],
	[ 'its reader', "BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM $slow; FETCH 11 FROM c", qr/^reader\|/ ]);
my %sessions;

# Bring sessions into these states.
sub begin
{
	$mock->config(\%states);
	like($t->error("SET statement_timeout = '1 s'; SELECT FROM $turn WHERE instance_id IN ($refused)"), qr/ERROR:  57014: /, 'the budget becomes small')
	  if grep { $_->[1] =~ /$turn/ } @_;
	%sessions = map { $_->[0] => $t->session } @_;
	foreach (@_)
	{
		my ($name, $sql, $wanted) = @$_;
		my $pid = pid_of($sessions{$name});
		start_in($sessions{$name}, $sql);
		activity('waits_for, throttles > 0', "pid = $pid", $wanted, "a session waits for $name");
		$sessions{$name}{pid} = $pid;
	}
	return map { $_->{pid} } values %sessions;
}

# The sessions have ended: wait until the cluster goes on, and knows nothing of them.
sub is_clean
{
	my ($name) = @_;
	ok(wait_until(sub { (($t->node->psql('postgres', 'SELECT count(*) FROM ssm_fdw_activity'))[1] // '') eq '0' }), "$name: nothing is left");
	is($t->sql($count), '40', "$name: others read");
	eval { $_->quit } foreach values %sessions;
	return;
}

$session = $t->session;
my $pids = join ',', begin(@states);
is($t->sql("SELECT count(*) FROM unnest('{$pids}'::int[]) AS pid WHERE pg_terminate_backend(pid, 10000)"), scalar @states, 'all are ended');
is_clean('all are ended');
is(scalar run_in($session, $count), '40', 'a session that was there goes on');
$session->quit;
begin(grep { $_->[1] !~ /$turn/ } @states);
$t->node->restart;
is_clean('a restart');
is($t->sql("SELECT server_name, scans, requests FROM ssm_fdw_statistics"), 'ssm|1|1', 'a restart: counting anew');
foreach my $state (@states)
{
	kill 'KILL', begin($state);
	is_clean("killed while it waits for $state->[0]");
}
is($t->sql("SELECT server_name, scans, requests FROM ssm_fdw_statistics"), 'ssm|1|1', 'killed: counting anew');
close $silent;

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

# Let the lock table have all shared memory that is left.
sub fill_locks
{
	my (undef, undef, $err) = $t->node->psql('postgres', 'SELECT pg_advisory_lock(i) FROM generate_series(1, 1000000) AS i');
	like($err, qr/out of shared memory/, 'no shared memory is left');
	# its locks go when it has ended
	wait_until(sub { (($t->node->psql('postgres', "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"))[1] // '') eq '0' });
	return;
}

# No room.  Before 17, the lock table of a session that takes as many as there are has
# it all; from then on the memory is a file, in a folder that lets none in.
my $segments = $t->node->data_dir . '/pg_dynshmem';
my $why = $t->node->pg_version >= 17 ? 'could not open' : 'not enough shared memory';
$t->node->append_conf('postgresql.conf', "dynamic_shared_memory_type = mmap\n") if $t->node->pg_version >= 17;
$t->node->restart;
chmod 0500, $segments if $t->node->pg_version >= 17;
fill_locks();
like($t->sql('SELECT * FROM ssm_fdw_shared_memory()'),
	qr/^f\|it could not be allocated \($why .*\): add ssm_fdw to shared_preload_libraries$/, 'no room: the function says so');
$mock->config({%data});
is($t->sql("$count; SELECT requests FROM ssm_fdw_statistics"), "40\n1", 'no room: a session goes on alone');
is($t->sql("SELECT count(*) FROM ssm_fdw_statistics"), '0', 'no room: another knows nothing of it');
is($t->sql("BEGIN; SELECT * FROM ssm_fdw_shared_memory(); SAVEPOINT s; $count; ROLLBACK TO s; $count; COMMIT") =~ s/.*\n//r, "40\n40",
	'no room: nor does the transaction suffer');
chmod 0700, $segments;

# Reserved at the server's start, it is there.
$t->node->append_conf('postgresql.conf', "shared_preload_libraries = 'ssm_fdw'\n");
$t->node->restart;
fill_locks();
is($t->sql('SELECT * FROM ssm_fdw_shared_memory()'), 't|reserved when the server started', 'with a preload');
$t->sql($count);
is($t->sql("$count; SELECT scans, requests FROM ssm_fdw_statistics"), "40\n2|2", 'sessions share');

done_testing();
