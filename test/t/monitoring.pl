# What a scan has cost, and is to cost, is told: in the server's log, by EXPLAIN, and
# by the alerts of the manual.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my %data = (rows => 100, nodes => 10, end => 'now');
my %throttled = (status => 400, code => 'ThrottlingException', message => 'Rate exceeded');
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my $count = 'SELECT count(*) FROM command_invocations';
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD page_size '10', ADD max_concurrency '1')});

# What commands add to the server's log of scans.
sub logged
{
	my ($sql) = @_;
	my $before = -s $t->node->logfile;
	$t->sql($sql);
	my $log = substr slurp_file($t->node->logfile), $before;
	return [ map { s/\d+\.\d{3} ms/N ms/gr =~ s/held [1-9]\d* ms/held N ms/r } $log =~ /(?:LOG|DETAIL):  ((?:ssm_fdw:|Request:) .*)/g ];
}

# The log.

my $request = 'Request: ListCommandInvocations';
is_deeply(logged("SET ssm_fdw.log_min_requests = 11; SET ssm_fdw.log_min_duration = '1 h'; $count"), [], 'a cheap scan is not logged');
is_deeply(
	logged("SET ssm_fdw.log_min_requests = 10; $count"),
	[   'ssm_fdw: scan of table "command_invocations" took N ms: 10 requests, 10 pages, 100 rows, 0 retries, 0 throttled, held 0 ms, waited N ms',
		qq($request {"MaxResults": 10, "Details": false}) ],
	'one of ten requests is');
$mock->config({ %data, faults => [ { on => 2, do => \%throttled } ] });
is_deeply(
	logged("SET ssm_fdw.log_min_duration = 0; $count WHERE status = 'Success' AND account_id IS NULL"),
	[   'ssm_fdw: scan of table "command_invocations" took N ms: 11 requests, 10 pages, '
		  . $t->sql($count . q{ WHERE status = 'Success'}) . ' rows, 1 retries, 1 throttled, held N ms, waited N ms',
		qq($request {"Filters": {"Status": "Success"}, "MaxResults": 10, "Details": false}) ],
	'so is one that was throttled and recovered, by its time');
like($t->error('CREATE ROLE metabase; GRANT USAGE ON FOREIGN SERVER ssm TO metabase; SET ROLE metabase; SELECT ssm_fdw_version(); SET ssm_fdw.log_min_requests = 5'),
	qr/ERROR:  42501/, 'what is logged is a superuser\'s to say');

# A bound for a role.

$t->sql("CREATE USER MAPPING FOR metabase SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret');
	GRANT SELECT ON command_invocations TO metabase; ALTER ROLE metabase LOGIN; ALTER ROLE metabase SET ssm_fdw.max_requests = 5");

# What a session of the role says.
sub as_role
{
	my ($sql) = @_;
	my (undef, $out, $err) = $t->node->psql('postgres', $sql, extra_params => [ '-U', 'metabase' ]);
	return "$out$err";
}

$mock->config({%data});
my $exceeds = sub { qr/the scan needs more than max_requests \($_[0]\) requests/ };
like(as_role($count), $exceeds->(5), 'a role is bounded');
like(as_role("SET ssm_fdw.max_requests = 0; $count"), $exceeds->(5), 'and cannot lift that');
like(as_role("SET ssm_fdw.max_requests = 50; $count"), $exceeds->(5), 'nor a little');
like(as_role("SET ssm_fdw.max_requests = 3; $count"), $exceeds->(3), 'but lower it');
is(as_role("SELECT count(*) FROM (SELECT FROM command_invocations LIMIT 20) AS l"), '20', 'a scan within it');

# EXPLAIN.

# The lines of a plan that tell of requests.
sub plan_lines
{
	my ($options, $sql) = @_;
	return join ', ', $t->sql("EXPLAIN ($options) $sql") =~ /^\s*((?:Expected Requests|Requests|Throttled|Rescan|Only Checked Here): .*?)$/mg;
}

my ($first) = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
like(plan_lines('COSTS', 'SELECT * FROM command_invocations'), qr/^Expected Requests: \d+$/, 'the requests that are expected');
is(plan_lines('COSTS', "SELECT * FROM command_invocations WHERE instance_id = '$first' AND command_id IN ('00000000-0000-4000-8000-000000000001', '00000000-0000-4000-8000-000000000002')"),
	'Expected Requests: 2', 'as the costs have them');
is(plan_lines('COSTS OFF', 'SELECT * FROM command_invocations'), '', 'without costs there are none');
$mock->config({ %data, rejected => [$first], faults => [ { on => 2, do => \%throttled } ] });
is(plan_lines('ANALYZE, COSTS OFF', "SELECT * FROM command_invocations WHERE instance_id = '$first'"),
	'Requests: 12, Throttled: 1, Rescan: for the rows of ids that the service rejected', 'with ANALYZE throttled requests and a rescan');

# The alerts of the manual, in their order: throttled, denied, slow, stuck, history.

my ($alerts) = slurp_file("$FindBin::Bin/../../docs/monitoring.md") =~ /^## Alerts\n.*?```sql\n(.*?)```/ms;
my @alerts = grep { /SELECT/ } split /;\n/, $alerts;
is(scalar @alerts, 5, 'there are five');
$mock->config({%data});
$t->sql("CALL ssm_fdw_create_history('command_history', 'command_invocations'); CALL ssm_fdw_keep_history('command_history', 'command_invocations');
	SELECT ssm_fdw_reset_statistics()");
$t->sql($count);
is(join('', map { $t->sql($_) } @alerts), '', 'all is well: no alert');
$mock->config({ %data, faults => [ { on => 'all', do => { status => 400, code => 'AccessDeniedException' } } ] });
$t->error($count);
is($t->sql($alerts[1]), 'ssm|ListCommandInvocations|1', 'denied');
$t->sql("UPDATE command_history_progress SET succeeded_at = succeeded_at - interval '2 hours'");
like($t->sql($alerts[4]), qr/^command_invocations\|/, 'history behind');

done_testing();
