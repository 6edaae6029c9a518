# ANALYZE reads a few pages, spread over the time that the API keeps, and plans
# turn on what it finds.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use JSON::PP ();
use SsmCluster;
use Test::More;

my %even = (rows => 3000, nodes => 300, end => 'now');
my $t = SsmCluster->new(
	mock => { rows => 20 },
	conf => "autovacuum_naptime = '1s'\nautovacuum_analyze_threshold = 1\n");
my $mock = $t->mock;
my $session = $t->session;

# Run ANALYZE with the stand-in so configured; returns its requests' bodies, and
# dies if it fails.
sub analyzed
{
	my ($config, $what) = @_;
	$mock->config($config) if $config;
	$mock->reset;
	my (undef, $err) = run_in($session, 'ANALYZE ' . ($what // 'command_invocations'));
	die $err if $err =~ /ERROR/;
	return @{ $mock->bodies };
}

# How many rows the catalog thinks a table has.
sub reltuples
{
	my ($table) = @_;
	return $t->sql('SELECT reltuples FROM pg_class WHERE oid = ' . literal($table // 'command_invocations') . '::regclass');
}

# Something of a column's statistics.
sub statistic
{
	my ($column, $what) = @_;
	return $t->sql("SELECT $what FROM pg_stats WHERE attname = '$column' AND tablename = 'command_invocations'");
}

# How requests are bounded: A and B for InvokedAfter and InvokedBefore, t for a
# token, - for nothing.
sub shape
{
	return join ' ', map {
		join('', map { $_->{key} =~ /^Invoked(.)/ } @{ $_->{Filters} // [] })
		  . ($_->{NextToken} ? 't' : '') || '-'
	} @_;
}

# A server option for the time of one call.
sub with_option
{
	my ($option, $call) = @_;
	$t->sql("ALTER SERVER ssm OPTIONS (ADD $option)");
	my @result = $call->();
	$t->sql('ALTER SERVER ssm OPTIONS (DROP ' . ($option =~ s/ .*//r) . ')');
	return @result;
}

# What is asked for, and found.

my @asked = analyzed();
is_deeply(\@asked, [ { MaxResults => 50, Details => JSON::PP::true } ], 'one page: one request');
is(reltuples(), 20, 'and the number of rows');
@asked = analyzed({%even});
is(shape(@asked), '- ' . 'AB ' x 8 . 'B', 'many pages: the newest, and nine ranges of time');
cmp_ok(abs(reltuples() - 3000), '<', 600, 'rows per hour tell how many rows there are');
is(statistic('requested_date_time', "(histogram_bounds::text::timestamptz[])[1] < now() - interval '25 days'"), 't',
	'the sample has old rows');
is(statistic('status', "most_common_vals::text::text[] @> ARRAY['Success', 'Failed']"), 't', 'status is known');
is(statistic('region', 'most_common_vals'), '{us-east-1}', 'so is the region');
is(statistic('command_plugins', 'avg_width > 100'), 't', 'and what comes with details only');
is($mock->stats->{peak_in_flight}, 1, 'one request after the other');
analyzed({ %even, skew => 0.9 });
like(reltuples(), qr/^(?:\d{4}|10\d{3})$/, 'most rows in the last day: not too far off');
foreach my $nodes (40, 60, 150)
{
	@asked = analyzed({ rows => 400 * $nodes, nodes => $nodes, per_command => $nodes, end => 'now' });
	is(scalar @asked, 10, "400 commands of $nodes nodes: ten pages");
	cmp_ok(abs(log(reltuples() / (400 * $nodes))), '<', log(2), "400 commands of $nodes nodes: about as many rows");
}
@asked = analyzed({ rows => 300, end => 'now' });
is(reltuples(), 300, 'what fits into the pages is counted, each row once');
is(scalar @asked, 10, 'by no more requests');
$mock->config({ %even, rows => 0 });
analyzed();
is(reltuples(), 0, 'no rows');
like(scalar run_in($session, 'EXPLAIN SELECT * FROM command_invocations'), qr/rows=1 /, 'are expected then');

# What the service does not promise.

@asked = analyzed({ %even, time_per_page => JSON::PP::true });
is(shape(@asked), '- AB' . ' t' x 8, 'where time filters save no reading, the list itself is read on');
cmp_ok(abs(reltuples() - 3000), '<', 300, 'and tells as well');
@asked = analyzed({ %even, shuffle => JSON::PP::true });
is(scalar @asked, 10, 'another order: no more requests');
is(reltuples(), 10000, 'a table in another order is taken for what it is without ANALYZE');
@asked = analyzed({ rows => 3000 });
is(shape(@asked), '-' . ' t' x 9, 'rows older than any should be: the list is read on');
is(reltuples(), 501, 'and what there may be more is not guessed');

# Limits.

foreach (
	[ "analyze_pages '3'", '- AB B' ], [ "analyze_pages '1'", '-' ], [ "max_requests '2'", '- B' ])
{
	my ($option, $shape) = @$_;
	@asked = with_option($option, sub { analyzed({%even}) });
	is(shape(@asked), $shape, $option);
	cmp_ok(abs(reltuples() - 3000), '<', 1500, "$option: still an estimate");
}
with_option("page_size '20'", sub { @asked = analyzed() });
is_deeply([ map { $_->{MaxResults} } @asked ], [ (20) x 10 ], 'page_size');
$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD analyze_pages '2')");
with_option("analyze_pages '3'", sub { @asked = analyzed() });
is(scalar @asked, 2, "the table's option takes precedence over its server's");
$t->sql('ALTER FOREIGN TABLE command_invocations OPTIONS (DROP analyze_pages)');
run_in($session, 'SET default_statistics_target = 1');
is(scalar(analyzed()), 6, 'no more pages than ANALYZE wants rows');
run_in($session, 'RESET default_statistics_target');
$t->sql("CREATE FOREIGN TABLE lean (node text OPTIONS (member 'InstanceId'), gone text, status text) SERVER ssm;
	ALTER FOREIGN TABLE lean DROP COLUMN gone");
@asked = analyzed(undef, 'lean (node)');
is(scalar(grep { $_->{Details} } @asked), 0, 'no details where no column needs them');
cmp_ok(abs(reltuples('lean') - 3000), '<', 600, 'the time is read even if no column has it');
$mock->reset;
my (undef, $err) = run_in($session, 'ANALYZE VERBOSE command_invocations');
like($err, qr/INFO:.* "command_invocations": read 10 pages with \d+ rows; about \d+ rows in all/, 'VERBOSE');

# Failures are a scan's, and leave the statistics as they were.

my $before = reltuples();
$mock->config({ rows => 100, faults => [ { on => [ 1, 3 ], do => { status => 400, code => 'ThrottlingException' } } ] });
is(scalar(analyzed()), 4, 'throttled requests are repeated');
is(reltuples(), 100, 'until they give rows');
$mock->config({ %even, faults => [ { on => 2, do => { status => 400, code => 'AccessDeniedException' } } ] });
(undef, $err) = run_in($session, 'ANALYZE command_invocations');
like($err, qr/ERROR:  42501: .*HINT:  Allow the action ssm:ListCommandInvocations.*CONTEXT:  foreign table "command_invocations"/s,
	'a failed page');
$mock->config({ %even, faults => [ { on => 2, do => { stall => 'body' } } ] });
(undef, $err) = run_in($session, "SET statement_timeout = '500 ms'; ANALYZE command_invocations; RESET statement_timeout");
like($err, qr/ERROR:  57014: /, 'a time-out ends it');
run_in($session, 'RESET statement_timeout');
is(reltuples(), 100, 'the statistics stay');
$mock->config({%even});
is(scalar(analyzed()), 10, 'the session goes on');
$t->sql('CREATE ROLE stranger; GRANT USAGE ON FOREIGN SERVER ssm TO stranger;
	CREATE FOREIGN TABLE theirs (instance_id text) SERVER ssm; ALTER FOREIGN TABLE theirs OWNER TO stranger');
(undef, $err) = run_in($session, 'ANALYZE theirs');
like($err, qr/ERROR:  42704: user mapping not found for user "stranger"/, "it calls as the table's owner");

# Plans turn on it: never analyzed, the table is taken for 200 pages.

$t->sql('CREATE TABLE cmdb AS SELECT DISTINCT instance_id FROM command_invocations; ANALYZE cmdb;
	CREATE FOREIGN TABLE fresh (instance_id text, status text, requested_date_time timestamptz) SERVER ssm');
my $join = 'SELECT count(*) FROM (SELECT instance_id FROM cmdb ORDER BY 1 LIMIT 100) AS c JOIN fresh USING (instance_id)';
like(scalar run_in($session, "EXPLAIN (COSTS OFF) $join"), qr/Nested Loop/, 'unknown: 100 requests rather than 200');
analyzed(undef, 'fresh');
my ($out, $stats) = $t->counted($session, $join);
is($out, 1000, 'known to be 60 pages');
cmp_ok($stats->{requests}, '<=', 1.2 * 60, 'these are read');
analyzed({ %even, rows => 20_000, nodes => 2000 }, 'fresh');
$t->sql('DROP TABLE cmdb; CREATE TABLE cmdb AS SELECT DISTINCT instance_id FROM command_invocations; ANALYZE cmdb');
$join =~ s/LIMIT 100/LIMIT 300/;
($out, $stats) = $t->counted($session, $join);
is($out, 3000, 'known to be 400 pages');
is($stats->{requests}, 300, 'a request for each of 300 nodes');

# A page holds the rows of few commands, so it is no random sample of them.

foreach (
	[ 150, 15, 45, 'commands of 150 nodes: three pages each' ], [ 5, 200, 200, 'commands of 5 nodes: a page each' ])
{
	my ($nodes, $ids, $requests, $name) = @$_;
	$mock->config({ rows => 30_000, per_command => $nodes, nodes => 300, end => 'now' });
	$t->sql("DROP TABLE IF EXISTS runs; CREATE TABLE runs AS SELECT command_id FROM command_invocations GROUP BY 1 ORDER BY md5(command_id) LIMIT $ids;
		ANALYZE runs");
	analyzed();
	foreach my $sql ('SELECT count(*) FROM runs JOIN command_invocations USING (command_id)',
		'SELECT count(*) FROM command_invocations WHERE command_id = ANY (ARRAY(SELECT command_id FROM runs))')
	{
		($out, $stats) = $t->counted($session, $sql);
		is("$out $stats->{requests}", $ids * $nodes . " $requests", $name);
	}
	cmp_ok((run_in($session, 'EXPLAIN SELECT 1 FROM command_invocations GROUP BY command_id') =~ /rows=(\d+)/)[0], '>', 5_000 / $nodes,
		"$name: groups");
}
$t->sql('ALTER FOREIGN TABLE command_invocations ALTER command_id SET (n_distinct = 77)');
analyzed();
like(scalar run_in($session, 'EXPLAIN SELECT 1 FROM command_invocations GROUP BY command_id'), qr/ rows=77 /, 'n_distinct takes precedence');
$t->sql('ALTER FOREIGN TABLE command_invocations ALTER command_id RESET (n_distinct)');
$mock->config({ rows => 30_000, per_command => 150, nodes => 300, end => 'now', span => 36_000 });
analyzed();
cmp_ok((run_in($session, 'EXPLAIN SELECT 1 FROM command_invocations GROUP BY command_id') =~ /rows=(\d+)/)[0], '>', 30,
	'all rows in a few hours, of which two pages tell: many commands');

# Parents: each part is read for the whole, and once more for itself.

$t->foreign('west', server => { region => 'eu-west-1' });
$t->sql(q{
	CREATE TABLE everywhere (LIKE command_invocations) PARTITION BY LIST (region);
	ALTER TABLE everywhere ATTACH PARTITION command_invocations FOR VALUES IN ('us-east-1');
	ALTER TABLE everywhere ATTACH PARTITION west.command_invocations FOR VALUES IN ('eu-west-1');
	CREATE TABLE parent (instance_id text);
	INSERT INTO parent SELECT 'here' FROM generate_series(1, 10);
});
@asked = analyzed({%even}, 'everywhere');
is(scalar @asked, 40, 'a partitioned table: 2 × 2 × 10 pages');
cmp_ok(abs(reltuples('everywhere') - 6000), '<', 1200, 'it has the rows of both');
cmp_ok(abs(reltuples('west.command_invocations') - 3000), '<', 600, 'and so has each');
is($t->sql("SELECT array_agg(v ORDER BY v) FROM pg_stats, unnest(most_common_vals::text::text[]) AS v
	WHERE tablename = 'everywhere' AND attname = 'region' AND inherited"), '{eu-west-1,us-east-1}', 'the statistics are of both');
$t->sql("CREATE FOREIGN TABLE child (instance_id text) INHERITS (parent) SERVER ssm OPTIONS (analyze_pages '2')");
@asked = analyzed(undef, 'parent');
is(scalar @asked, $t->node->pg_version >= 18 ? 4 : 2, 'a parent: its child is read, and from 18 on analyzed itself');
is($t->sql("SELECT array_agg(inherited ORDER BY 1) FROM pg_stats WHERE tablename = 'parent' AND attname = 'instance_id'"),
	'{f,t}', 'and statistics kept for both');

# Autovacuum leaves foreign tables alone: no request comes from it.

$mock->reset;
$t->sql('CREATE TABLE busy AS SELECT n FROM generate_series(1, 1000) AS n');
ok(wait_until(sub { $t->sql("SELECT last_autoanalyze IS NOT NULL FROM pg_stat_user_tables WHERE relname = 'busy'") eq 't' }),
	'autovacuum analyzes a local table');
is($mock->stats->{requests}, 0, 'and no foreign table');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
