# What the backend says of itself, its connections and its calls.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(mock => { rows => 120 });
my $mock = $t->mock;
my $session = $t->session;
my $count = 'SELECT count(*) FROM command_invocations';
my ($out, $err);

# The backend's connections, as text.
sub connections { return run_in($session, 'SELECT * FROM ssm_fdw_get_connections() ORDER BY 1, 2, 4'); }

# What its calls have cost, but for what no one can foretell.
sub stats
{
	return run_in($session,
		"SELECT server_name, requests, retries, throttles, pages, rows, bytes > 0 AND waited > interval '0' FROM ssm_fdw_stats()");
}

my ($version) = slurp_file("$FindBin::Bin/../../ssm_fdw.control") =~ /default_version = '(.*)'/;
is(run_in($session, 'SELECT ssm_fdw_version()'), $version, 'the version');
is(connections() . stats(), '', 'nothing is kept before the first call');
is(run_in($session, "SELECT ssm_fdw_disconnect('ssm'), ssm_fdw_disconnect_all()"), 'f|f', 'nor is there anything to close');

# Counters, of scans that end and of those that fail.

run_in($session, $count);
is(stats(), 'ssm|3|0|0|3|120|t', 'a scan');
$mock->config({ rows => 120, faults => [
	{ on => 1, do => { status => 400, code => 'ThrottlingException' } },
	{ on => 3, do => { status => 500 } },
	{ on => 5, do => { status => 400, code => 'AccessDeniedException' } } ] });
like((run_in($session, $count))[1], qr/ERROR:  42501/, 'one that is repeated twice and fails on its last page');
is(stats(), 'ssm|8|2|1|5|220|t', 'is counted as far as it came');
$mock->config({ rows => 30 });
run_in($session, "$count WHERE region = 'eu-west-1'");
is(stats(), 'ssm|8|2|1|5|220|t', 'one that makes no request');
$t->foreign('other');
run_in($session, 'ANALYZE other.command_invocations');
is(stats(), "ssm|8|2|1|5|220|t\nother|1|0|0|1|30|t", 'each server by itself; ANALYZE counts, too');

# Connections.

my $me = run_in($session, 'SELECT current_user');
is(connections(), "other|$me|t|f\nssm|$me|t|f", 'idle connections');
$mock->config({ rows => 120 });
run_in($session, 'BEGIN; DECLARE c CURSOR FOR SELECT * FROM command_invocations; DECLARE d CURSOR FOR SELECT * FROM command_invocations; FETCH 1 FROM c; FETCH 1 FROM d');
is(connections(), "other|$me|t|f\nssm|$me|t|t\nssm|$me|t|t", 'a second scan at the same time has its own');
($out, $err) = run_in($session, 'SELECT ssm_fdw_disconnect_all()');
is($out, 't', 'the idle one is closed');
like($err, qr/^(?:psql:.*?)?WARNING:  55006: cannot close connection for server "ssm" because it is still in use$/m, 'those in use are not');
is(connections(), "ssm|$me|t|t\nssm|$me|t|t", 'and stay');
is(run_in($session, 'SELECT count(*) FROM command_invocations'), 120, 'another scan');
is(run_in($session, 'FETCH 1000 FROM c; SELECT 1') =~ tr/\n//, 119, 'a cursor goes on');
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '49')");
run_in($session, 'SELECT FROM pg_foreign_server');
is(connections(), "ssm|$me|f|t\nssm|$me|f|t", 'a changed server makes them invalid, and closes those that are idle');
run_in($session, 'COMMIT');
is(connections(), '', 'so that they are closed when their scans end');
run_in($session, "CREATE USER MAPPING FOR public SERVER other OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE ROLE someone; GRANT SELECT ON ALL TABLES IN SCHEMA other TO someone; GRANT USAGE ON SCHEMA other TO someone");
run_in($session, "SET ROLE someone; SELECT count(*) FROM other.command_invocations; RESET ROLE; $count");
is(connections(), "other|public|t|f\nssm|$me|t|f", "PUBLIC's mapping is told from a user's");
is(run_in($session, "SELECT ssm_fdw_disconnect('ssm'), ssm_fdw_disconnect('ssm')"), 't|f', 'one server');
is(connections(), 'other|public|t|f', 'leaves the other');
like((run_in($session, "SELECT ssm_fdw_disconnect('none')"))[1], qr/ERROR:  42704: server "none" does not exist/, 'no server');
$mock->reset;
run_in($session, $count);
is($mock->stats->{connections}, 1, 'a closed connection is opened again');
$t->sql('DROP SERVER other CASCADE');
is((split /\n/, run_in($session, 'SELECT server_name IS NULL, requests > 1 FROM ssm_fdw_stats()'))[1], 't|t',
	'a dropped server keeps its account');

# Waits have a name.

$mock->config({ rows => 10, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
my $pid = pid_of($session);
start_in($session, $count);
my $event = $t->sql('SHOW server_version_num') >= 170000 ? 'SsmFdwGetResult' : 'Extension';
ok(wait_until(sub { $t->sql("SELECT wait_event_type || wait_event FROM pg_stat_activity WHERE pid = $pid") eq "Extension$event" }),
	"a scan that waits shows $event");
$t->sql("SELECT pg_cancel_backend($pid)");
finish_in($session);
$session->quit;

done_testing();
