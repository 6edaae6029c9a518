# A scan without an id, cut into windows of time.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

# rows of the last 29 days, as the cuts are made by the clock
my %base = (rows => 400, nodes => 20, end => time, span => 29 * 86400);
my $t = SsmCluster->new(mock => {%base});
my $mock = $t->mock;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '10', ADD max_concurrency '1')");
my $plain = 'command_invocations';
my $cut = $t->foreign('cut', server => { page_size => 10, max_concurrency => 4 });
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

# The windows that the stand-in was asked for.
sub windows
{
	my %windows = map { join(' ', map { "$_->{key} $_->{value}" } @{ $_->{Filters} // [] }) => 1 } @_;
	return sort keys %windows;
}

# Requests and connections, by the stand-in's own count.
my ($out, $stats) = counted("SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM $cut", page_latency => 0.05);
is($out, '400|400', 'every row once');
is($stats->{peak_in_flight}, 4, 'windows are read at once, max_concurrency of them');
cmp_ok($stats->{connections}, '<=', 4, 'over as many connections');
my @windows = windows(@{ $mock->bodies });
cmp_ok(scalar @windows, '>=', 1 + 6, 'the whole, and six windows or more');
is(scalar(grep { $_ eq '' } @windows), 1, 'the whole was asked for once');
is(scalar(grep { /InvokedAfter/ && !/InvokedBefore/ } @windows), 1, 'one window is open above');
is(scalar(grep { !/InvokedAfter/ && /InvokedBefore/ } @windows), 1, 'and one below');
cmp_ok($stats->{requests}, '<=', 1.5 * 40, 'hardly more requests than pages');

# A FETCH that stops early asks for one page.
run_in($session, "BEGIN; DECLARE c CURSOR FOR SELECT * FROM $cut");
($out, $stats) = counted('FETCH 5 FROM c');
is($stats->{requests}, 1, 'a few rows of a cursor: one request');
run_in($session, 'COMMIT');

# A LIMIT, ids and a contradiction leave a scan whole.
($out, $stats) = counted("SELECT count(*) FROM (SELECT * FROM $cut LIMIT 10) AS few");
is("$out $stats->{requests}", '10 1', 'LIMIT 10: one request');
ok(!exists $mock->bodies->[0]{Filters}, 'without a window');
my ($command, $instance) = split /\|/, $t->sql("SELECT command_id, instance_id FROM $plain LIMIT 1");
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE command_id = '$command'");
is("$out $stats->{requests}", '5 1', 'a command is one chain');
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE instance_id = '$instance'");
is("$out $stats->{requests}", '20 2', 'and so is an instance');
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE status = NULL");
is("$out $stats->{requests}", '0 0', 'a contradiction sends none');

# An instance that the service rejects is looked for in windows as well.
($out, $stats) = counted("SELECT count(*) FROM $cut WHERE instance_id = '$instance'", rejected => [$instance]);
is($out, '20', 'the rows of a rejected instance');
cmp_ok($stats->{requests}, '>=', 1 + 40, 'are found without naming it');
my @fallback = grep { !exists $_->{InstanceId} } @{ $mock->bodies };
cmp_ok(scalar(my @found = windows(@fallback)), '>=', 7, 'in windows');

# Many rows may do: one page first, then more and more at once.
($out, $stats) = counted("SELECT count(*) FROM (SELECT * FROM $cut LIMIT 350) AS many", page_latency => 0.02);
is($out, '350', 'a large LIMIT: its rows');
is($stats->{peak_in_flight}, 4, 'by windows that are read at once');
cmp_ok($stats->{requests}, '<=', 1.5 * 40, 'and hardly more requests');

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
$t->foreign('wide', server => { page_size => 10, max_concurrency => 3, status_filter => 'expanded' });
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

# EXPLAIN ANALYZE tells what was cut, and what it has cost.
$mock->config({%base});
my $explain = $t->explain("SELECT * FROM $cut");
cmp_ok($explain->{Windows}, '>=', 6, 'EXPLAIN ANALYZE counts windows');
ok(exists $explain->{Splits}, 'those that were cut again');
is($explain->{'Extra Requests'}, $explain->{Pages} - 40, 'and requests beyond the pages needed');
ok(!exists $explain->{Note}, 'without a note where windows pay');
$explain = $t->explain("SELECT * FROM $cut LIMIT 5");
ok(!exists $explain->{Windows}, 'no windows under a LIMIT that a page fills');
$explain = $t->explain("SELECT * FROM $plain");
ok(!exists $explain->{Windows} && $explain->{Pages} == 40, 'nor with max_concurrency 1');

# Where the service reads all to find a window's rows, one chain is followed.
$mock->config({ %base, time_per_page => \1 });
$explain = $t->explain("SELECT * FROM $cut");
like($explain->{Note}, qr/one chain was followed/, 'EXPLAIN ANALYZE tells that windows do not pay');
cmp_ok($explain->{Pages}, '<=', 1.2 * 40, 'as hardly more requests were made than for one chain');
is(scalar((counted("SELECT count(*) FROM $cut", time_per_page => \1))[0]), '400', 'for all rows');
$mock->config({%base});
$session->quit;

done_testing();
