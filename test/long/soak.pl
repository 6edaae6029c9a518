# Fifty sessions read for SOAK_SECONDS (600) from a service that throttles, fails
# and stalls at random.  Every answer is the truth or one of the errors that are
# meant for it; memory, descriptors and connections stay as they are.
use strict;
use warnings;

use FindBin;
use IPC::Run qw(start);
use JSON::PP ();
use List::Util qw(max sum);
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep time);

my $SESSIONS = 50;
my $SECONDS = $ENV{SOAK_SECONDS} // 600;
my $TIMES = $SECONDS < 600 ? 1 : 100;    # each fault at least so often

my %data = (rows => 240, nodes => 40, per_command => 12, output => 100, validate => JSON::PP::false);
my %faults = (
	throttled => [ 0.04, { status => 400, code => 'ThrottlingException', message => 'Rate exceeded' } ],
	failed => [ 0.02, { status => 500, code => 'InternalServerError' } ],
	unavailable => [ 0.02, { status => 503 } ],
	'reset before the answer' => [ 0.01, { reset => 'before' } ],
	'reset in the head' => [ 0.01, { reset => 'headers' } ],
	'reset in the body' => [ 0.01, { reset => 'body' } ],
	'closed in the body' => [ 0.01, { close => 'body' } ],
	'wrong length' => [ 0.01, { content_length => 'long' } ],
	'cut JSON' => [ 0.01, { truncate => -10 } ],
	HTML => [ 0.01, { raw => '<html>sorry</html>' } ],
	'stalled before the body' => [ 0.005, { stall => 'headers' } ],
	'stalled in the body' => [ 0.005, { stall => 'body' } ],
	slow => [ 0.03, { delay => 0.3 } ]);
my @names = sort keys %faults;

# What these faults may end in.
my %meant = map { $_ => 1 } qw(right 08001 08006 08P01 53400 HV000);

my $t = SsmCluster->new(mock => {%data}, conf => "max_connections = 100\n");
my $mock = $t->mock;
$t->foreign('patient', server => { request_timeout => '2 s', page_size => 25 });
$t->foreign('hasty', server => {
	request_timeout => '1 s', page_size => 25, max_attempts => 2, retry_mode => 'standard',
	max_concurrency => 8 });
$t->sql(q{
	CREATE TABLE truth AS SELECT * FROM patient.command_invocations;
	CREATE TABLE nodes AS SELECT DISTINCT instance_id FROM truth WHERE instance_id < 'i-8';
	CREATE UNLOGGED TABLE outcomes (clause int, outcome text, message text);

	-- run one of some queries on a foreign table and on the truth, note the outcome
	CREATE FUNCTION try(seed int) RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		clauses text[] := ARRAY[
			'true',
			format('command_id = %L', (SELECT command_id FROM truth ORDER BY instance_id, command_id OFFSET seed % 240 LIMIT 1)),
			'instance_id = ANY (ARRAY(SELECT instance_id FROM nodes))',
			$c$status IN ('Failed', 'TimedOut')$c$,
			format('requested_date_time > %L', (SELECT requested_date_time FROM truth ORDER BY 1, instance_id OFFSET seed % 240 LIMIT 1)),
			'instance_id IN (SELECT instance_id FROM nodes LIMIT 3)'];
		clause text := clauses[1 + seed % array_length(clauses, 1)];
		source text := CASE seed / 1000 % 2 WHEN 0 THEN 'patient' ELSE 'hasty' END;
		query text := $q$SELECT count(*) || md5(coalesce(string_agg(t::text, ',' ORDER BY command_id, instance_id), ''))
			FROM %s t WHERE %s$q$;
		found text;
		wanted text;
		outcome text;
		message text;
	BEGIN
		EXECUTE format(query, 'truth', clause) INTO wanted;
		BEGIN
			EXECUTE format(query, source || '.command_invocations', clause) INTO found;
			outcome := CASE WHEN found = wanted THEN 'right' ELSE 'wrong' END;
		EXCEPTION WHEN OTHERS THEN
			outcome := SQLSTATE;
			message := SQLERRM;
		END;
		INSERT INTO outcomes VALUES (1 + seed % array_length(clauses, 1), outcome, message);
	END $$;});
is($t->sql('SELECT count(*) FROM truth'), $data{rows}, 'the truth is whole');
$mock->config({ %data, faults => [ map { { on => { chance => $faults{$_}[0] }, do => $faults{$_}[1] } } @names ] });

# The middle one of some numbers.
sub median
{
	my @sorted = sort { $a <=> $b } @_;
	return $sorted[ @sorted / 2 ];
}

# What the sessions hold: the medians of their memory in kB and of their
# descriptors, and the connections that the stand-in sees.
sub holdings
{
	my (@memory, @descriptors);
	foreach my $pid (@_)
	{
		push @memory, slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m;
		push @descriptors, scalar(() = glob "/proc/$pid/fd/*");
	}
	return [ median(@memory), median(@descriptors), $mock->stats->{open} ];
}

my $script = $t->node->basedir . '/script';
append_to_file($script, "\\set seed random(1, 1000000)\nSELECT try(:seed);\n");
my ($out, $err) = ('', '');
my $started = time;
my $pgbench = start(
	[ 'pgbench', '-n', '-c', $SESSIONS, '-j', 2, '-T', $SECONDS, '-f', $script, $t->node->connstr('postgres') ],
	'>', \$out, '2>', \$err);
my @pids;
wait_until(sub {
	@pids = split /\n/, $t->sql(q{SELECT pid FROM pg_stat_activity WHERE query = 'SELECT try($1);' OR query ~ '^SELECT try.\d'});
	return @pids == $SESSIONS;
});
is(scalar @pids, $SESSIONS, 'all sessions are there');

my @seen;
while (time - $started < 0.95 * $SECONDS)
{
	push @seen, [ time - $started, holdings(@pids) ];
	sleep $SECONDS / 60;
}
$pgbench->finish;
is($pgbench->result(0), 0, 'all sessions end well') or diag($err);

# The state after a fifth of the time, and that at the end.
my @early = map { $_->[1] } grep { $_->[0] > 0.2 * $SECONDS && $_->[0] < 0.4 * $SECONDS } @seen;
my @late = map { $_->[1] } grep { $_->[0] > 0.75 * $SECONDS } @seen;
my %room = (kB => 1024, descriptors => 8, connections => 2 * $SESSIONS);
foreach my $i (0 .. 2)
{
	my $unit = (qw(kB descriptors connections))[$i];
	my ($before, $after) = map { median(map { $_->[$i] } @$_) } \@early, \@late;
	cmp_ok($after - $before, '<', $room{$unit}, "$unit: $before early, $after late");
}

my %outcomes = map { split /\|/ } split /\n/, $t->sql('SELECT outcome, count(*) FROM outcomes GROUP BY 1');
diag("outcomes: " . join ', ', map { "$_ $outcomes{$_}" } sort keys %outcomes);
is_deeply([ grep { !$meant{$_} } keys %outcomes ], [], 'the truth, or an error that is meant for it')
  or diag($t->sql(q{SELECT clause, outcome, message, count(*) FROM outcomes GROUP BY 1, 2, 3 ORDER BY 4 DESC LIMIT 20}));
cmp_ok($outcomes{right}, '>', 0.5 * sum(values %outcomes), 'most answers are the truth');
is($t->sql('SELECT count(DISTINCT clause) FROM outcomes'), 6, 'all queries ran');

my $stats = $mock->stats;
diag("$stats->{requests} requests; faults: " . join ', ', map { "$names[$_] $stats->{faults}[$_]" } 0 .. $#names);
cmp_ok($stats->{faults}[$_], '>=', $TIMES, "$names[$_]: at least $TIMES times") foreach 0 .. $#names;
ok(wait_until(sub { $mock->stats->{open} == 1 }), 'no connection is left');
$mock->config({%data});
is($t->sql('SELECT count(*) FROM (SELECT * FROM patient.command_invocations EXCEPT SELECT * FROM truth) d'), 0,
	'after that all is as before');

done_testing();
