# What the backend says of itself, its connections and its calls.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use JSON::PP ();
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

# What calls have cost, but for what no one can foretell.
sub stats
{
	return run_in($session, 'SELECT server_name, scans, requests, retries, throttles, denied, failed, pages, rows,
		bytes > 0 AND p50_ms <= p95_ms FROM ssm_fdw_statistics ORDER BY server_name <> $$ssm$$');
}

my ($version) = slurp_file("$FindBin::Bin/../../ssm_fdw.control") =~ /default_version = '(.*)'/;
is(run_in($session, 'SELECT ssm_fdw_version()'), $version, 'the version');
is(connections() . stats(), '', 'nothing is kept before the first call');
is(run_in($session, "SELECT ssm_fdw_disconnect('ssm'), ssm_fdw_disconnect_all()"), 'f|f', 'nor is there anything to close');

# Counters, of scans that end and of those that fail.

run_in($session, $count);
is(stats(), 'ssm|1|3|0|0|0|0|3|120|t', 'a scan');
$mock->config({ rows => 120, faults => [
	{ on => 1, do => { status => 400, code => 'ThrottlingException' } },
	{ on => 3, do => { status => 500 } },
	{ on => 5, do => { status => 400, code => 'AccessDeniedException' } } ] });
like((run_in($session, $count))[1], qr/ERROR:  42501/, 'one that is repeated twice and fails on its last page');
is(stats(), 'ssm|2|8|2|1|1|1|5|220|t', 'is counted as far as it came');
$mock->config({ rows => 30 });
run_in($session, "$count WHERE region = 'eu-west-1'");
is(stats(), 'ssm|2|8|2|1|1|1|5|220|t', 'one that makes no request');
$t->foreign('other');
run_in($session, 'ANALYZE other.command_invocations');
is(stats(), "ssm|2|8|2|1|1|1|5|220|t\nother|1|1|0|0|0|0|1|30|t", 'each server by itself; ANALYZE counts, too');

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
is(connections(), "ssm|$me|t|f\nssm|$me|t|f\nssm|$me|t|t", 'and gives its connection back when all is read');
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '49')");
run_in($session, 'SELECT FROM pg_foreign_server');
is(connections(), "ssm|$me|f|t", 'a changed server makes them invalid, and closes those that are idle');
run_in($session, 'COMMIT');
is(connections(), '', 'so that the rest are closed when their scans end');
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
is(run_in($session, q{SELECT requests > 1 FROM ssm_fdw_statistics WHERE server_name = 'other'}), 't',
	'a dropped server keeps its account');
is(run_in($session, 'SELECT ssm_fdw_reset_statistics(); ' . q{SELECT sum(requests), count(p50_ms), min(since) > now() - interval '1 min' FROM ssm_fdw_statistics}) =~ s/^\n//r, '0|0|t', 'all begins anew');

# A server is tried out.

# What ssm_fdw_check says of the stand-in so configured: each item's line, with
# digits that no one can foretell left out.
sub checked
{
	my ($config) = @_;
	$mock->config($config);
	my ($out, $err) = run_in($session, "SELECT item, ok, detail, hint FROM ssm_fdw_check('ssm')");
	die $err if $err;
	$out =~ s/-?\d+ ms/N ms/g;
	return { $out =~ /^(.*?)\|(.*)$/mg };
}

my @tables = ([ commands => 'ListCommands' ], [ instance_information => 'DescribeInstanceInformation' ], [ command_outputs => 'GetCommandInvocation' ]);
$t->sql('ALTER SERVER ssm OPTIONS (DROP page_size)');
my $url = $mock->url;
my $found = checked({ rows => 200 });
is_deeply($found, {
	'endpoint' => "t|$url/|",
	'region' => 't|us-east-1|',
	'credentials' => 't|user mapping|',
	'access' => 't|ssm:ListCommandInvocations is allowed; 50 rows on the first page|',
	'clock' => 't|the service has the same time|',
	'latency' => 't|N ms for the first answer, N ms for the next|',
	'status filter' => 't|it compares both: Failed with details Undeliverable is found by either word|',
	'time filters' => "t|they judge the invocation's time: invoked_after_slack may be '0'|",
	'time windows' => 't|a time filter saves reading: a scan without an id is read in windows of time|',
	map { $_->[0] => "t|ssm:$_->[1] is allowed|" } @tables }, 'all is well');
is(scalar @{ $mock->bodies }, 6 + @tables, 'by six requests, and one for each other operation');
my $all = $found;

# What the service may do otherwise, and what follows for options: how it is
# configured, an option, the item, and what is said of it.
foreach (
	[ { status_matches => 'status' }, "status_filter 'exact'", 'status filter',
		qr/^f\|it compares the status only: .* is found by Failed, not by Undeliverable\|Set the option status_filter to 'off'/ ],
	[ { status_matches => 'status' }, "status_filter 'off'", 'status filter', qr/^t\|.*only.*\|$/ ],
	[ { status_matches => 'details' }, "status_filter 'exact'", 'status filter',
		qr/^f\|it compares the details only: .* is found by Undeliverable, not by Failed\|Set the option status_filter to 'expanded'/ ],
	[ { status_matches => 'details' }, "status_filter 'expanded'", 'status filter', qr/^t\|.*only.*\|$/ ],
	[ { time_basis => 'command' }, "invoked_after_slack '1 day'", 'time filters', qr/^t\|they judge the command's time, and .* 3\d\d\d s after/ ],
	[ { time_basis => 'command' }, "invoked_after_slack '30 min'", 'time filters', qr/^f\|.*\|Set the option invoked_after_slack to as long/ ],
	[ { clock_offset => 3600 }, "page_size '50'", 'clock', qr/^f\|the service is 3\d\d\d s ahead\|Set this machine's clock/ ],
	[ { time_per_page => JSON::PP::true }, "page_size '49'", 'time windows', qr/^t\|a time filter saves no reading/ ],
	[ { explicit => [ { CommandId => 'x', InstanceId => 'y', RequestedDateTime => 1769731300 } ], rows => 0 },
		"page_size '1'", 'time filters', qr/^\|no invocation was found to judge by/ ])
{
	my ($config, $option, $item, $expected) = @$_;
	$t->sql("ALTER SERVER ssm OPTIONS (ADD $option)");
	$found = checked({ rows => 200, %$config });
	like($found->{$item}, $expected, "$item: $option");
	is(join(', ', sort grep { $found->{$_} !~ /^\|/ && ($found->{$_} ne $all->{$_}) } grep { $_ ne $item } keys %$found),
		'', "$item: $option: the rest is as it was") if $option !~ /page_size/;
	$t->sql('ALTER SERVER ssm OPTIONS (DROP ' . ($option =~ s/ .*//r) . ')');
}

# What can be set by SQL comes as SQL, which then finds nothing more to set.
foreach (
	[ {}, [], [ "ALTER SERVER ssm OPTIONS (ADD invoked_after_slack '0')" ] ],
	[ { status_matches => 'details' }, [ "ADD status_filter 'exact'", "ADD invoked_after_slack '2 days'" ],
		[ "ALTER SERVER ssm OPTIONS (SET status_filter 'expanded')", "ALTER SERVER ssm OPTIONS (SET invoked_after_slack '0')" ] ],
	[ { time_basis => 'command' }, ["ADD invoked_after_slack '0'"], [ "ALTER SERVER ssm OPTIONS (SET invoked_after_slack '1 day')" ] ])
{
	my ($config, $options, $expected) = @$_;
	my $fixes = "SELECT fix FROM ssm_fdw_check('ssm') WHERE fix IS NOT NULL";
	$mock->config({ rows => 200, %$config });
	$t->sql("ALTER SERVER ssm OPTIONS ($_)") foreach @$options;
	is(run_in($session, $fixes), join("\n", @$expected), 'fixes: ' . join(' ', @$options));
	$t->sql($_) foreach @$expected;
	is(run_in($session, $fixes), '', 'which leave none');
	$t->sql("ALTER SERVER ssm OPTIONS (DROP $_)") foreach map { /(?:SET|ADD) (\w+)/ } @$expected;
}

# Each operation is denied by itself.
foreach my $table ([ access => 'ListCommandInvocations' ], @tables)
{
	my ($item, $operation) = @$table;
	$mock->config({ rows => 200, denied => [$operation] });
	my %lines = run_in($session, "SELECT item, ok, detail, hint FROM ssm_fdw_check('ssm')") =~ /^(.*?)\|(.*)$/mg;
	like($lines{$item}, qr/^f\|$operation failed: AccessDeniedException.*\|Allow the action ssm:$operation on/, "$operation is denied");
	is_deeply([ grep { $lines{ $_->[0] } !~ /^t/ } grep { $_->[0] ne $item } @tables ], [], 'and no other');
}

# An error is what has been found, and ends the search.
foreach (
	[ 'access', qr/^f\|ListCommandInvocations failed: SomethingElse/, sub {
		$mock->config({ rows => 200, faults => [ { on => 1, do => { status => 400, code => 'SomethingElse' } } ] }) } ],
	[ 'access', qr/^f\|could not connect to "127.0.0.1:1":/, sub { $t->sql("ALTER SERVER ssm OPTIONS (SET endpoint_url 'http://127.0.0.1:1', ADD max_attempts '1')") } ],
	[ 'credentials', qr/^f\|user mapping not found for user "\w+", server "ssm"\|CREATE USER MAPPING/, sub { $t->sql('DROP USER MAPPING FOR CURRENT_USER SERVER ssm') } ],
	[ 'endpoint', qr/^f\|option "endpoint_url" of server "ssm" is more than its owner may set/, sub { $t->sql('ALTER SERVER ssm OWNER TO someone') } ])
{
	my ($item, $expected, $break) = @$_;
	$break->();
	($out, $err) = run_in($session, "SELECT item, ok, detail, hint FROM ssm_fdw_check('ssm')");
	my ($before, $line, $after) = $out =~ /^(.*?)^\Q$item\E\|(.*?)\n(.*)$/ms;
	like($line, $expected, "$item fails");
	is(($before =~ tr/\n//) - (() = $before =~ /\|t\|/g), 0, 'what comes before is well');
	is((grep { !/^clock\|/ && !/\|\|not checked\|$/ } split /\n/, $after), 0, 'what comes after is not checked');
}

# It makes calls, so not everyone may run it, nor for any server.
run_in($session, 'SET ROLE someone');
like((run_in($session, "SELECT * FROM ssm_fdw_check('ssm')"))[1], qr/ERROR:  42501: permission denied for function ssm_fdw_check/, 'PUBLIC may not');
run_in($session, 'RESET ROLE; ALTER SERVER ssm OWNER TO CURRENT_USER; REVOKE USAGE ON FOREIGN SERVER ssm FROM someone; GRANT EXECUTE ON FUNCTION ssm_fdw_check TO someone; SET ROLE someone');
like((run_in($session, "SELECT * FROM ssm_fdw_check('ssm')"))[1], qr/ERROR:  42501: permission denied for foreign server ssm/, 'nor without USAGE');
run_in($session, 'RESET ROLE; CREATE FOREIGN DATA WRAPPER idle; CREATE SERVER idle FOREIGN DATA WRAPPER idle');
like((run_in($session, "SELECT * FROM ssm_fdw_check('idle')"))[1], qr/ERROR:  42809: server "idle" is not a server of ssm_fdw/, "nor can it for another extension's");
$t->foreign('last');
$mock->config({ rows => 10, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
like((run_in($session, "SET statement_timeout = '300 ms'; SELECT * FROM ssm_fdw_check('last')"))[1], qr/ERROR:  57014/, 'a cancel is no finding');
run_in($session, 'RESET statement_timeout');

# Waits have a name.

$mock->config({ rows => 10, faults => [ { on => 'all', do => { stall => 'headers' } } ] });
my $pid = pid_of($session);
start_in($session, 'SELECT count(*) FROM last.command_invocations');
my $event = $t->sql('SHOW server_version_num') >= 170000 ? 'SsmFdwGetResult' : 'Extension';
ok(wait_until(sub { $t->sql("SELECT wait_event_type || wait_event FROM pg_stat_activity WHERE pid = $pid") eq "Extension$event" }),
	"a scan that waits shows $event");
$t->sql("SELECT pg_cancel_backend($pid)");
finish_in($session);
$session->quit;

done_testing();
