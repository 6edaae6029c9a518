# A scan without an id, cut into windows of time.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

# rows of the last 29 days, as the cuts are made by the clock
my %base = (rows => 200, nodes => 20, end => time, span => 29 * 86400);
my $t = SsmCluster->new(mock => {%base});
my $mock = $t->mock;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '10', ADD max_concurrency '4')");
my $plain = 'command_invocations';
my $cut = $t->foreign('cut', server => { page_size => 10, max_concurrency => 4, scan_windows => 8 });
my $session = $t->session;

# Run a query; returns its answer and the stand-in's counters.
sub counted
{
	my ($sql, %config) = @_;
	$mock->config({ %base, %config });
	return $t->counted($session, $sql);
}

# The rows of a table that a clause leaves, as one text.
sub rows
{
	my ($table, $where) = @_;
	return "SELECT md5(string_agg(r::text, E'\\n' ORDER BY r::text)), count(*) FROM $table AS r $where";
}

# Requests and connections, by the stand-in's own count.
my ($out, $stats) = counted("SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM $cut", page_latency => 0.05);
is($out, '200|200', 'every row once');
cmp_ok($stats->{peak_in_flight}, '>=', 2, 'windows are read at once');
cmp_ok($stats->{peak_in_flight}, '<=', 4, 'but no more than max_concurrency');
cmp_ok($stats->{connections}, '<=', 4, 'over as many connections');
my %windows = map { join(' ', map { "$_->{key} $_->{value}" } @{ $_->{Filters} // [] }) => 1 } @{ $mock->bodies };
is(scalar keys %windows, 8, 'eight windows');
is(scalar(grep { !/InvokedBefore/ } keys %windows), 1, 'of which one is open above');
is(scalar(grep { !/InvokedAfter/ } keys %windows), 1, 'and one below');
cmp_ok($stats->{requests}, '<=', 20 + 2 * 8, 'hardly more requests than pages');

# A LIMIT, ids and a contradiction leave a scan whole.
($out, $stats) = counted("SELECT count(*) FROM (SELECT * FROM $cut LIMIT 10) AS few");
is("$out $stats->{requests}", '10 1', 'LIMIT 10: one request');
ok(!exists $mock->bodies->[0]{Filters}, 'without a window');
my ($command, $instance) = split /\|/, $t->sql("SELECT command_id, instance_id FROM $plain LIMIT 1");
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE command_id = '$command'");
is("$out $stats->{requests}", '5 1', 'a command is one chain');
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE instance_id = '$instance'");
is("$out $stats->{requests}", '10 1', 'and so is an instance');
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE status = NULL");
is("$out $stats->{requests}", '0 0', 'a contradiction is none');

# An instance that the service rejects is looked for in windows as well.
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE instance_id = '$instance'", rejected => [$instance]);
is($out, '10', 'the rows of a rejected instance');
cmp_ok($stats->{requests}, '>=', 1 + 20, 'are found without naming it');
my @fallback = grep { !exists $_->{InstanceId} } @{ $mock->bodies };
%windows = map { join(' ', map { "$_->{key} $_->{value}" } @{ $_->{Filters} // [] }) => 1 } @fallback;
is(scalar keys %windows, 8, 'in eight windows');

# The same rows as the plain scan's, however the service behaves and fails.
my @clauses = (
	'',
	"WHERE requested_date_time > now() - interval '9 days'",
	"WHERE requested_date_time BETWEEN now() - interval '20 days' AND now() - interval '3 days'",
	"WHERE status IN ('Success', 'Failed', 'TimedOut')",
	"WHERE status = 'Failed' AND document_name = 'AWS-RunShellScript'");
my @services = (
	{ time_basis => 'command', time_bounds => 'open', short_pages => \1 },
	{ time_basis => 'command', time_bounds => 'closed', repeat_rows => 3, filter_mode => 'index' },
	{ time_bounds => 'open', shuffle => \1, last_token => 'empty' },
	{ time_bounds => 'closed', time_per_page => \1, status_matches => 'status' },
	{ time_basis => 'command', shuffle => \1, repeat_rows => 2, short_pages => \1 });
my @faults = (
	{ on => [ 2, 9, 10 ], do => { status => 500 } },
	{ on => [ 5, 12 ], do => { reset => 'body' } },
	{ on => [ 7, 15 ], do => { truncate => 100 } });
my $throttle = { on => 4, do => { status => 400, code => 'ThrottlingException' } };    # costs a second
$t->foreign('wide', server => { page_size => 10, max_concurrency => 3, scan_windows => 5, status_filter => 'expanded' });
# one transaction, so that now() is the same in all of its queries
foreach my $clause (@clauses)
{
	run_in($session, 'BEGIN');
	my ($want) = counted(rows($plain, $clause));
	cmp_ok((split /\|/, $want)[1], '>', 0, "$clause: some rows");
	foreach my $i (0 .. $#services)
	{
		my ($got, $stats) = counted(rows($i % 2 ? 'wide.command_invocations' : $cut, $clause),
			%{ $services[$i] }, faults => [ @faults, $clause eq '' && $i == 0 ? $throttle : () ]);
		is($got, $want, "$clause: the same rows, service $i");
		cmp_ok($stats->{errors}, '>', 0, 'though requests failed');
	}
	run_in($session, 'COMMIT');
}

# EXPLAIN
my $explain = $t->sql("EXPLAIN (COSTS OFF) SELECT * FROM $cut");
like($explain, qr/^\s*Windows: 8\n\s*Chains: 8$/m, 'EXPLAIN shows the windows');
unlike($t->sql("EXPLAIN (COSTS OFF) SELECT * FROM $cut LIMIT 5"), qr/Windows/, 'not under LIMIT');
unlike($t->sql("EXPLAIN (COSTS OFF) SELECT * FROM $cut WHERE instance_id = (SELECT 'i-12345678')"), qr/Windows/, 'nor with an id');
$mock->config({ %base, time_per_page => \1 });
$explain = $t->explain("SELECT * FROM $cut");
like($explain->{Note}, qr/does not pay/, 'EXPLAIN ANALYZE tells that windows do not pay');
cmp_ok($explain->{Pages}, '>=', 8 * 20, 'where each reads everything');
$explain = $t->explain("SELECT * FROM $cut WHERE status = 'Failed'");
ok(!exists $explain->{Note}, 'but not where another filter may be why');
$mock->config({%base});
$explain = $t->explain("SELECT * FROM $cut");
ok(!exists $explain->{Note}, 'nor where windows pay');
$session->quit;

done_testing();
