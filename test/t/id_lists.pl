# Lists of ids are sent where that takes the fewest requests: both, one or none
# of two, by the lengths they have when the scan starts.  The rows are the same.
use strict;
use warnings;

use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# 60 pages; a node has 10 rows, a command 5.  The planner, without statistics,
# takes it for 200 pages, one for each id.
my %data = (rows => 3000, nodes => 300);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
$t->sql(<<'END');
CREATE TABLE local AS SELECT * FROM command_invocations;
CREATE TABLE cmdb AS SELECT instance_id, row_number() OVER (ORDER BY instance_id) AS id
	FROM (SELECT DISTINCT instance_id FROM local) AS i;
CREATE TABLE runs AS SELECT command_id, row_number() OVER (ORDER BY command_id) AS id
	FROM (SELECT DISTINCT command_id FROM local) AS i;
ANALYZE local, cmdb, runs;
END
my @nodes = split /\n/, $t->sql('SELECT instance_id FROM cmdb ORDER BY id');
my @commands = split /\n/, $t->sql('SELECT command_id FROM runs ORDER BY id');
my $small = $t->foreign('small', server => { page_size => 10 });
my $session = $t->session;

sub list { return join ',', map { literal($_) } @_; }
sub nodes { return 'instance_id IN (' . list(@nodes[ 0 .. $_[0] - 1 ]) . ')'; }
sub commands { return 'command_id IN (' . list(@commands[ 0 .. $_[0] - 1 ]) . ')'; }

# Run a query: its answer must be the local copy's.  Returns what the requests
# named, and how many there were.
sub compared
{
	my ($sql, $name) = @_;
	(my $same = $sql) =~ s/\b(?:\w+\.)?command_invocations\b/local/g;
	my ($out, $stats) = $t->counted($session, $sql);
	is($out, scalar run_in($session, $same), "$name: rows");
	my %named;
	foreach my $body (@{ $mock->bodies })
	{
		$named{$_} = 1 foreach grep { /Id$/ } keys %$body;
	}
	return join(' ', sort(keys %named), $stats->{requests});
}

# The rows of a table that a clause leaves.
sub rows
{
	my ($where, $table) = @_;
	$table //= 'command_invocations';
	return "SELECT count(*), md5(string_agg(command_id || instance_id, ',' ORDER BY command_id, instance_id)) FROM $table WHERE $where";
}

# Two lists: their product, or one of them.

my $both = 'CommandId InstanceId';
is(compared(rows(commands(1) . ' AND ' . nodes(1)), 'an id of each'), "$both 1", 'an id of each: both');
is(compared(rows(commands(1) . ' AND ' . nodes(2)), 'one command, two nodes'), 'CommandId 1', 'one command, two nodes: the command');
is(compared(rows(commands(7) . ' AND ' . nodes(3)), 'more commands than nodes'), 'InstanceId 3', 'more commands than nodes: the nodes');
is(compared(rows(commands(3) . ' AND ' . nodes(3), $small), 'ids of several pages'), "$both 9", 'ids of several pages: the product');
is(compared(rows(commands(1) . ' AND ' . nodes(5), $small), 'a product at the same price'), "$both 5", 'a product at the same price: the product');
is(compared(rows(commands(1) . ' AND ' . nodes(6), $small), 'a dearer product'), 'CommandId 1', 'a dearer product: one list');

# A list, or everything.

is(compared(rows(nodes(200)), 'as many ids as pages'), 'InstanceId 200', 'as many ids as pages: the list');
is(compared(rows(nodes(201)), 'an id more'), '60', 'an id more: everything');
is(compared(rows(commands(250) . ' AND ' . nodes(250)), 'two long lists'), '60', 'two long lists: everything');
like(compared(rows(nodes(250) . " AND requested_date_time > '2026-01-10'"), 'fewer pages in a range of time'), qr/^\d+$/,
	'fewer pages in a range of time: everything in it');
is((scalar grep { !$_->{Filters} } @{ $mock->bodies }), 0, 'of that time only');

# Lists known when the scan starts.

my $subquery = 'instance_id = ANY (ARRAY(SELECT instance_id FROM cmdb WHERE id <= %d))';
is(compared(rows(sprintf $subquery, 150), 'a subquery of some ids'), 'InstanceId 150', 'a subquery of some ids: the list');
is(compared(rows(sprintf $subquery, 250), 'a subquery of many'), '60', 'a subquery of many: everything');
run_in($session, 'SET plan_cache_mode = force_generic_plan; PREPARE by_ids(text[], text[]) AS '
	  . rows('instance_id = ANY ($1) AND command_id = ANY ($2)'));
run_in($session, 'PREPARE by_ids_local(text[], text[]) AS ' . rows('instance_id = ANY ($1) AND command_id = ANY ($2)', 'local'));
foreach my $case ([ 1, 1, "$both 1" ], [ 2, 30, 'InstanceId 2' ], [ 30, 2, 'CommandId 2' ], [ 280, 290, '60' ])
{
	my ($n, $c, $want) = @$case;
	my $arguments = 'ARRAY[' . list(@nodes[ 0 .. $n - 1 ]) . '], ARRAY[' . list(@commands[ 0 .. $c - 1 ]) . ']';
	my ($out, $stats) = $t->counted($session, "EXECUTE by_ids($arguments)");
	my %named = map { $_ => 1 } map { grep { /Id$/ } keys %$_ } @{ $mock->bodies };
	is(join(' ', sort(keys %named), $stats->{requests}), $want, "$n nodes and $c commands as parameters: $want");
	is($out, scalar run_in($session, "EXECUTE by_ids_local($arguments)"), 'its rows');
}
run_in($session, 'RESET plan_cache_mode');

# A nested loop: the id of the outer row, without the list.
run_in($session, 'SET enable_hashjoin = off; SET enable_mergejoin = off');
is(compared('SELECT count(*) FROM cmdb JOIN command_invocations USING (instance_id) WHERE id <= 3 AND ' . commands(100), 'a list in a loop'),
	'InstanceId 3', 'a list in a loop: left out');
run_in($session, 'RESET enable_hashjoin; RESET enable_mergejoin');

# Everything in windows, as a scan without ids is.
my $cut = $t->foreign('cut', server => { max_concurrency => 4 });
$mock->config({ %data, end => 'now' });
$t->sql('CREATE TABLE late AS SELECT * FROM command_invocations');
my ($out, $stats) = $t->counted($session, rows(nodes(250), $cut));
is($out, $t->sql(rows(nodes(250), 'late')), 'a list left out of windows: rows');
my %windows = map { join(' ', map { "$_->{key} $_->{value}" } @{ $_->{Filters} // [] }) => 1 } @{ $mock->bodies };
cmp_ok(scalar keys %windows, '>=', 4, 'a list left out: windows');
$mock->config({%data});

# A LIMIT: pages are small only where all rows that come will be used.
is(compared('SELECT count(*) FROM (SELECT 1 FROM command_invocations WHERE ' . commands(1) . ' AND ' . nodes(200) . ' LIMIT 3) AS l', 'LIMIT'),
	'CommandId 1', 'LIMIT: one list');
is($mock->bodies->[0]{MaxResults}, 50, 'LIMIT: no smaller page');
$t->counted($session, 'SELECT 1 FROM command_invocations WHERE ' . nodes(20) . ' LIMIT 3');
is($mock->bodies->[0]{MaxResults}, 3, 'LIMIT: a smaller page where all ids are sent');

# Statuses: live ones one after the other; Pending goes without a node only.

sub filters
{
	my %values = map { ($_->{key} eq 'Status' ? $_->{value} : ()) => 1 } map { @{ $_->{Filters} // [] } } @{ $mock->bodies };
	return join ' ', sort grep { length } keys %values;
}
compared(rows(nodes(250) . " AND status IN ('Pending', 'InProgress')"), 'live statuses');
is(filters(), 'InProgress Pending', 'live statuses: both are sent');
is($mock->stats->{peak_in_flight}, 1, 'live statuses: one after the other');
compared(rows(nodes(250) . " AND status = 'InProgress'"), 'a live status');
is(filters(), 'InProgress', 'a live status: a filter');
is($mock->stats->{peak_in_flight}, 1, 'a live status: one chain');
is(compared(rows(commands(401) . " AND status IN ('Failed', 'TimedOut')"), 'final statuses'), '120', 'final statuses: a chain each');
is(compared(rows(nodes(250) . " AND status IN ('Failed', 'TimedOut')"), 'final statuses of nodes'), 'InstanceId 250',
	'final statuses of nodes: the list takes fewer than a chain each');
compared(rows(nodes(250) . " AND status = 'Pending'"), 'Pending');
is(filters(), 'Pending', 'Pending: sent, as no node is named');
is($mock->stats->{invalid}, 0, 'Pending: as the service allows');

# Instances that the service rejects: a node that is not named is not rejected,
# so a list is left out only where that comes to the same.

my @rejected = @nodes[ 4, 7 ];
$mock->config({ %data, rejected => \@rejected });
is(compared(rows(nodes(250)), 'rejected nodes, rescan'), '60', 'rejected nodes, rescan: everything');
is(compared(rows(nodes(10)), 'rejected nodes of a short list'), 'InstanceId ' . (10 + 60), 'rejected nodes of a short list: looked for in everything');
my $others = nodes(250) . ' AND instance_id NOT IN (' . list(@rejected) . ')';
my $empty = $t->foreign('empty', server => { invalid_instance_id => 'empty' });
($out, $stats) = $t->counted($session, rows(nodes(250), $empty));
is($out, $t->sql(rows($others, 'local')), 'rejected nodes, empty: no rows of theirs');
is($stats->{requests}, 250, 'rejected nodes, empty: all are named');
($out, $stats) = $t->counted($session, rows(commands(1) . ' AND ' . nodes(20), $empty));
is($stats->{requests}, 20, 'rejected nodes, empty: with a command as well');
my $strict = $t->foreign('strict', server => { invalid_instance_id => 'error' });
($out) = $t->counted($session, rows(nodes(250), $strict));
like($out, qr/ERROR:  HV000: .*InvalidInstanceId/, 'rejected nodes, error');
$mock->config({%data});

# EXPLAIN shows the choice: as expected, and after the run as it was.

my $plan = run_in($session, 'EXPLAIN (COSTS OFF) ' . rows(commands(1) . ' AND ' . nodes(2)));
like($plan, qr/Request: \{"CommandId": "[^"]*", "MaxResults".*\n\s*Not Sent: InstanceId$/m, 'EXPLAIN: one list');
$plan = run_in($session, 'EXPLAIN (COSTS OFF) ' . rows(commands(250) . ' AND ' . nodes(250)));
like($plan, qr/Request: \{"MaxResults".*\n\s*Not Sent: CommandId, InstanceId$/m, 'EXPLAIN: no list');
unlike(run_in($session, 'EXPLAIN ' . rows(nodes(20))), qr/Not Sent/, 'EXPLAIN: a list that is sent');
foreach my $n (20, 250)
{
	my $sql = rows(sprintf $subquery, $n);
	unlike(run_in($session, "EXPLAIN $sql"), qr/Not Sent/, "EXPLAIN: $n ids of a subquery, to be seen");
	my $text = run_in($session, "EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $sql");
	is($text =~ /^\s*Not Sent: InstanceId$/m ? 'everything' : 'the list', $n > 200 ? 'everything' : 'the list',
		"EXPLAIN ANALYZE: $n ids of a subquery");
}

# Memory goes with the chains in flight, not with the ids.

# The most private memory that a query took beyond what there was, in kB.
sub growth
{
	my ($sql, $want) = @_;
	my $status = '/proc/' . pid_of($session) . '/status';
	append_to_file("/proc/" . pid_of($session) . "/clear_refs", '5');
	my ($before) = slurp_file($status) =~ /^VmRSS:\s+(\d+) kB/m;
	is(scalar run_in($session, $sql), $want, 'rows');
	my ($most) = slurp_file($status) =~ /^VmHWM:\s+(\d+) kB/m;
	return $most - $before;
}
$mock->config({ %data, validate => JSON::PP::false });
my $ids = "SELECT count(*) FROM $empty WHERE instance_id = ANY (ARRAY(SELECT instance_id FROM cmdb WHERE id <= 10
	UNION ALL SELECT 'i-' || lpad(to_hex(n), 17, '0') FROM generate_series(1, %d) AS n))";
growth(sprintf($ids, 990), 100);
$mock->reset;
my $grown = growth(sprintf($ids, 9990), 100);
is($mock->stats->{requests}, 10000, 'ten thousand ids: a request each');
cmp_ok($mock->stats->{connections}, '<=', 4, 'ten thousand ids: over four connections');
cmp_ok($grown, '<', 10 * 1024, "ten thousand ids: kB of memory");
$session->quit;

done_testing();
