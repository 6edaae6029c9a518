# ORDER BY requested_date_time DESC reads windows of time, the newest first, where
# that takes fewer requests: the same rows in the same order as a sort of all.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

# 100 pages of the last 29 days
my %data = (rows => 2000, nodes => 100, end => time, span => 29 * 86400);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my $newest = 'ORDER BY requested_date_time DESC';
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '20', ADD invoked_after_slack '0')");
$t->sql('CREATE TABLE local AS SELECT * FROM command_invocations');
$t->sql('CREATE TABLE deploys AS SELECT n, now() - n * interval \'5 days\' AS at FROM generate_series(1, 4) AS n');
$t->foreign('slack', server => { page_size => 20 });
$t->foreign('alone', server => { page_size => 20, max_concurrency => 1, invoked_after_slack => 0 });
my $session = $t->session;

# The plan of a query.
sub plan_of
{
	my ($sql) = @_;
	return scalar run_in($session, "EXPLAIN $sql");
}

# Run a query: its answer must be the local copy's, in the same order.  Returns the
# number of requests.
sub compared
{
	my ($sql, $name, %config) = @_;
	(my $same = $sql) =~ s/\b(?:\w+\.)?command_invocations\b/local/g;
	$mock->config({ %data, %config });
	my ($out, $stats) = $t->counted($session, $sql);
	is($out, $t->sql($same), "$name: rows");
	return $stats->{requests};
}

# Both sides of the turn: with a small LIMIT the newest first, else all and a sort.

my $ten = "SELECT requested_date_time, command_id, instance_id FROM command_invocations $newest, 2, 3 LIMIT 10";
like(plan_of($ten), qr/Incremental Sort.*Order: newest first/s, 'a LIMIT: the newest first');
is(compared($ten, 'the newest 10'), 2, 'the newest 10: two requests');
my ($whole, @bodies) = @{ $mock->bodies };
ok(!exists $whole->{Filters}, 'the first for the first page of all');
is(join(' ', map { map { $_->{key} } @{ $_->{Filters} } } @bodies), 'InvokedAfter', 'the other for what is no older than its rows');
my $all = $ten =~ s/LIMIT 10//r;
unlike(plan_of($all), qr/Order/, 'no LIMIT: all rows and a sort');
cmp_ok(compared($all, 'all'), '<=', 1.3 * 100, 'all: hardly more requests than pages');
unlike(plan_of($ten =~ s/LIMIT 10/LIMIT 10000/r), qr/Order/, 'nor with a LIMIT of as many rows as there are');
unlike(plan_of($ten =~ s/DESC/ASC/r), qr/Order/, 'nor the oldest first');
unlike(plan_of($ten =~ s/command_invocations/command_invocations WHERE instance_id = 'i-0123456789abcdef0'/r), qr/Order/, 'nor for an id');
like(plan_of("SELECT max(requested_date_time) FROM command_invocations"), qr/Order: newest first/, 'max() is the newest one');
is(compared('SELECT max(requested_date_time) FROM command_invocations', 'max()'), 2, 'max(): two requests');
my $explain = $t->explain($ten =~ s/LIMIT 10/LIMIT 40/r);
is($explain->{Order}, 'newest first, by windows of time', 'EXPLAIN tells');
cmp_ok($explain->{Windows}, '>=', 1, 'and EXPLAIN ANALYZE counts windows');

# The slack is read, too: the rows of a day, here 4 pages.
cmp_ok(compared($ten =~ s/command_inv/slack.command_inv/r, 'slack of a day'), '<=', 12, 'slack of a day: its pages');

# Rows in order, whatever is asked for and however the service behaves: LIMITs that
# take one window, some, and all; one whole scan read in order, too.
my @clauses = (
	'', "WHERE requested_date_time > now() - interval '9 days'", "WHERE requested_date_time < now() - interval '12 days'",
	"WHERE status IN ('Failed', 'TimedOut')", "WHERE status = 'Failed' AND document_name = 'AWS-RunShellScript'",
	"WHERE comment LIKE '%7'");
my @services = (
	{ short_pages => \1 }, { time_basis => 'command', time_bounds => 'open', repeat_rows => 3 },
	{ shuffle => \1, time_bounds => 'closed' }, { time_per_page => \1 }, { filter_mode => 'index', last_token => 'empty' },
	{ faults => [ { on => [ 2, 9 ], do => { status => 500 } }, { on => [ 5, 12 ], do => { truncate => 100 } } ] });
run_in($session, 'SET enable_sort = off');
foreach my $i (0 .. 17)
{
	my $clause = $clauses[ $i % 6 ];
	my $service = $services[ ($i + int($i / 6)) % 6 ];
	my $table = $service->{time_basis} ? 'slack.command_invocations' : $i % 3 ? 'command_invocations' : 'alone.command_invocations';
	my $sql = "SELECT requested_date_time, command_id, instance_id FROM $table $clause $newest, 2, 3 LIMIT "
	  . ('NULL', 7, 60, 400)[ $i % 4 ];
	like(plan_of($sql), qr/Order/, "query $i: the newest first");
	compared($sql, "query $i", %$service);
}
run_in($session, 'RESET enable_sort');

# The other table that has such times.
my $commands = "SELECT command_id FROM commands $newest LIMIT 5";
like(plan_of($commands), qr/Order: newest first/, 'commands, too');
$mock->config({%data});
my ($given) = $t->counted($session, $commands);
is($given, ($t->counted($session, $commands =~ s/time/time + interval '0'/r))[0], 'commands: rows');

# Cursors, rewound; parameters; loops.
run_in($session, "BEGIN; DECLARE c SCROLL CURSOR FOR $ten");
my ($first, $stats) = $t->counted($session, 'FETCH 10 FROM c');
is($stats->{requests}, 2, 'a cursor: two requests');
my ($again, $more) = $t->counted($session, 'MOVE ABSOLUTE 0 FROM c; FETCH 10 FROM c');
is("$again $more->{requests}", "$first 0", 'rewound: the same rows, without a request');
run_in($session, "COMMIT; SET plan_cache_mode = force_generic_plan;
	PREPARE p AS SELECT requested_date_time FROM command_invocations WHERE requested_date_time < \$1 $newest LIMIT \$2");
is(scalar run_in($session, "EXECUTE p(now() - interval '3 days', 15)"),
	$t->sql("SELECT requested_date_time FROM local WHERE requested_date_time < now() - interval '3 days' $newest LIMIT 15"),
	'parameters: rows');
compared("SELECT n, command_id FROM deploys, LATERAL (SELECT command_id FROM command_invocations
	WHERE requested_date_time < at $newest LIMIT 1) AS i ORDER BY n", 'the last before each');
cmp_ok($mock->stats->{requests}, '<=', 4 * 3, 'the last before each: few requests');
compared("SELECT n, (SELECT max(requested_date_time) FROM command_invocations WHERE requested_date_time < at)
	FROM deploys ORDER BY n", 'a subquery with max()');

# Partitions: a MergeAppend asks one scan after the other, but they go on together.
my @regions = map { "us-test-$_" } 1 .. 8;
$t->sql('CREATE TABLE everywhere (LIKE local) PARTITION BY LIST (region);' . join ';', map {
	my $name = s/\W/_/gr;
	"CREATE SERVER $name FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region '$_', endpoint_url '" . $mock->url . "');
	CREATE USER MAPPING FOR CURRENT_USER SERVER $name OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE FOREIGN TABLE $name PARTITION OF everywhere FOR VALUES IN ('$_') SERVER $name
		OPTIONS (page_size '20', invoked_after_slack '0')" } @regions);
$t->sql("CREATE TABLE merged AS SELECT requested_date_time, 'us-test-' || n AS region, command_id FROM local, generate_series(1, 8) AS n");
my $wide = "SELECT requested_date_time, region, command_id FROM everywhere $newest, 2, 3 LIMIT 10";
my $merged = $t->sql($wide =~ s/everywhere/merged/r);
like(plan_of($wide), qr/Merge Append.*(Order: newest first.*){8}/s, 'partitions: merged');
$mock->config({ %data, page_latency => 0.1 });
my ($got, $busy) = $t->counted($session, $wide);
is($got, $merged, 'partitions: rows');
is($busy->{requests}, 8 * 2, 'partitions: two requests each');
cmp_ok($busy->{peak_in_flight}, '>=', 6, 'partitions: at the same time');
$mock->config({%data});
my $before = "SELECT n, region, command_id FROM deploys, LATERAL (SELECT * FROM everywhere
	WHERE requested_date_time < at $newest, region LIMIT 3) AS i ORDER BY n, region";
($got, $busy) = $t->counted($session, $before);
is($got, $t->sql($before =~ s/everywhere/merged/r), 'partitions in a loop: rows');
cmp_ok($busy->{requests}, '<=', 4 * 8 * 3, 'partitions in a loop: few requests');
($got, $busy) = $t->counted($session, "SELECT count(*) FROM (SELECT * FROM everywhere WHERE region = (SELECT '$regions[3]' FROM deploys LIMIT 1)
	$newest LIMIT 5) AS i");
is("$got $busy->{requests}", '5 2', 'a partition that is chosen when the scan runs: no other is asked');
foreach my $fault ({ status => 400, code => 'AccessDeniedException' }, { stall => 'body' })
{
	run_in($session, "SET statement_timeout = '500ms'");
	$mock->config({ %data, faults => [ { on => 5, do => $fault } ] });
	like(join(' ', run_in($session, $wide)), qr/ERROR:  (42501|57014)/, 'a partition that fails or hangs is an error or a timeout');
	run_in($session, 'RESET statement_timeout');
	$mock->config({ %data, page_latency => 0.02 });
	($got, $busy) = $t->counted($session, $wide);
	is("$got\n$busy->{requests}", "$merged\n16", 'and the next query is as good as the first');
}

# What exceeds work_mem goes to files.
run_in($session, "SET work_mem = '64kB'; SET enable_sort = off");
my $sum = "SELECT sum(hashtext(command_id || instance_id)::bigint * n) FROM (SELECT row_number() OVER () AS n, *
	FROM (SELECT * FROM command_invocations $newest, command_id, instance_id LIMIT 1500) AS i) AS i";
compared($sum, 'more than work_mem');
run_in($session, 'RESET ALL');

# What cannot be put in order is an error that says what to do.
$mock->config({ %data, faults => [ { on => 1, do => { rows_patch => { RequestedDateTime => undef } } } ] });
my ($out) = $t->counted($session, $ten);
like($out, qr/ERROR:  HV00L: foreign table "command_invocations" cannot be read newest first, as a row has no requested_date_time/,
	'a row without a time is an error');
my ($hint) = $out =~ /write (ORDER BY .*? DESC)\./;
$mock->config({ %data, faults => [ { on => 1, do => { rows_patch => { RequestedDateTime => undef } } } ] });
($out) = $t->counted($session, "SELECT count(*), count(requested_date_time) FROM
	(SELECT * FROM command_invocations $hint LIMIT 10) AS i");
is($out, '10|0', 'its hint is true: rows without a time come first then');
$mock->config({ %data, faults => [ { on => { every => 3 }, do => { rows_patch => { RequestedDateTime => time } } } ] });
($out) = $t->counted($session, $ten =~ s/LIMIT 10/LIMIT 300/r);
like($out, qr/ERROR:  08P01: foreign table "command_invocations" cannot be read newest first, as the service found a row too late/,
	'a row that is newer than those given is an error');
like($out, qr/DETAIL:  The row of 20.* should have come before that of 20.*HINT:  Raise invoked_after_slack/s, 'and tells why');
$session->quit;

done_testing();
