# A history table gets what is new and what has changed, with as few requests as
# that takes, and loses nothing when a run fails or two run at once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use POSIX ();
use SsmCluster;
use Test::More;
use Time::Local qw(timegm);

my $now = time;
my $day = 86400;
my @nodes = map { "i-0000000000000000$_" } 0 .. 9;
my $t = SsmCluster->new(mock => { rows => 0 });
my $mock = $t->mock;
my $session = $t->session;

# The id of a command, by its number.
sub command { return sprintf '00000000-0000-4000-8000-%012d', @_; }

# An invocation as the service gives it.
sub invocation
{
	my ($command, $node, $status, $age, %more) = @_;
	return {
		CommandId => command($command), InstanceId => $nodes[$node], Comment => '',
		DocumentName => 'AWS-RunShellScript', Status => $status, StatusDetails => $status,
		RequestedDateTime => $now - $age, CommandPlugins => [], %more };
}

# What the service has from now on; also empties its log.
sub serve
{
	my ($rows, %more) = @_;
	$mock->config({ rows => 0, explicit => $rows, %more });
	return;
}

# One run; returns rows read, inserted and updated, or the error.
sub keep
{
	my ($source, $more) = @_;
	my ($out, $err) = run_in($session, "CALL ssm_fdw_keep_history('kept', '$source'" . ($more // '') . ')');
	return "$out$err";
}

# What the table has: command, node and status of each row.
sub kept
{
	return $t->sql("SELECT string_agg(format('%s/%s/%s', right(command_id, 1), right(instance_id, 1), status), ' ' ORDER BY command_id, instance_id) FROM kept");
}

# The requests since the last call, by what they select: a command's number, a pair,
# or how many minutes before the newest row, which has that age, they begin; rounded
# up to five, as runs take their time.
sub requests
{
	my ($newest) = @_;
	my @asked = map {
		my ($filter) = @{ $_->{Filters} // [] };
		defined $_->{CommandId} ? substr($_->{CommandId}, -1) . (defined $_->{InstanceId} ? '/' . substr($_->{InstanceId}, -1) : '')
		  : $filter ? minutes_before($now - $newest, $filter->{value}) : 'all'
	} @{ $mock->bodies };
	$mock->reset;
	return join ' ', @asked;
}

sub minutes_before
{
	my ($time, $value) = @_;
	my ($year, $month, @rest) = split /\D/, $value;
	my $minutes = ($time - timegm(reverse(@rest[1 .. 3]), $rest[0], $month - 1, $year) - 3) / 60;	# 3: bounds are in whole seconds
	return 5 * POSIX::ceil($minutes / 5) . 'min';
}

# Let time pass, as the next run will see it.
sub let_pass
{
	my ($time) = @_;
	$t->sql("UPDATE kept_progress SET read_until_seen = read_until_seen - interval '$time', run_at = run_at - interval '5 min'");
	return;
}

# From the first run to the next.

run_in($session, "CALL ssm_fdw_create_history('kept', 'command_invocations')");
serve([
	invocation(1, 0, 'Success', 5 * $day), invocation(2, 0, 'InProgress', 3 * $day),
	invocation(2, 1, 'Success', 3 * $day), invocation(3, 0, 'Pending', 7200),
	invocation(4, 0, 'Pending', 40 * $day) ]);
my $after;
is(keep('command_invocations'), '5|5|0', 'the first run');
is(requests(7200), 'all', 'reads all, in one request');
is(keep('command_invocations'), '1|0|0', 'a run with nothing to do');
is(requests(7200), '10min', 'takes one request');
my $changed = [
	invocation(1, 0, 'Success', 5 * $day), invocation(2, 0, 'Success', 3 * $day),
	invocation(2, 1, 'InProgress', 3 * $day), invocation(3, 0, 'Failed', 7200),
	invocation(5, 0, 'Success', 10800), invocation(4, 0, 'Success', 40 * $day) ];
serve($changed);
$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD invoked_after_slack '2 days')");
let_pass('7 hours');
is(keep('command_invocations'), '2|1|1', 'hours later: what came late and what has changed');
is(requests(7200), '1020min', 'from a day ago, with no slack added; what is older is not due');
let_pass('2 days');
is(keep('command_invocations'), '3|0|1', 'two days later: what has changed');
is(requests(7200), '2 0min', 'what was not final and has grown older by half, none beyond 30 days, and from the newest on');
is(keep('command_invocations', ", '3 days'"), '2|0|0', 'a run with nothing to do');
is(requests(7200), '1020min', 'reads the overlap it was given');
is(kept(), '1/0/Success 2/0/Success 2/1/Success 3/0/Failed 4/0/Pending 5/0/Success',
	'a state that is not final replaces none that is');
run_in($session, "SELECT count(*) FROM command_invocations WHERE requested_date_time >= '2026-01-10 00:00:00Z'");
$after = $mock->bodies->[0]{Filters}[0]{value};
is($after, '2026-01-07T23:59:59Z', 'the slack is back after the run');

# A failed run leaves all as it was, and the next one catches up.

my $line = 'SELECT read_until, rows_read, rows_inserted, rows_updated, requests, error, succeeded_at = run_at FROM kept_progress';
like($t->sql($line), qr/^\S+ \S+\|2\|0\|0\|1\|\|t$/, 'a run leaves a line');
my $until = $t->sql('SELECT read_until FROM kept_progress');
my $before = kept();
push @$changed, invocation(6, 0, 'Success', 60), invocation(7, 0, 'Success', 30);
serve($changed, faults => [ { on => 2, do => { status => 400, code => 'AccessDeniedException' } } ]);
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '2')");
like(keep('command_invocations'), qr/ERROR:  42501: ListCommandInvocations failed.*HINT/s, 'a run that fails on its second page');
like($t->sql($line), qr/^\Q$until\E\|0\|0\|0\|2\|42501: ListCommandInvocations failed.*\|f$/, 'leaves the progress, and a line');
is(kept(), $before, 'and the rows as they were');
serve($changed);
is(keep('command_invocations'), '3|2|0', 'the next run catches up');
is($mock->stats->{requests}, 2, 'from where the last good one began');
$t->sql("ALTER SERVER ssm OPTIONS (DROP page_size)");

# Two at once: the second waits, and has nothing left to do.

push @$changed, invocation(8, 0, 'Success', 20);
serve($changed);
my $other = $t->session;
run_in($session, 'BEGIN');
is(keep('command_invocations'), '5|1|0', 'one run holds its transaction open');
start_in($other, "CALL ssm_fdw_keep_history('kept', 'command_invocations')");
ok(wait_until(sub { $t->sql("SELECT count(*) FROM pg_locks WHERE locktype = 'transactionid' AND NOT granted") }),
	'another waits for it');
run_in($session, 'COMMIT');
my ($out, $err) = finish_in($other);
like("$out$err", qr/^3\|0\|0$/m, 'and finds all done');
$other->quit;

# What is unfinished is asked for by pair where that takes fewer requests.

sub fleet
{
	my (@unfinished) = @_;
	my %unfinished = map { $_ => 1 } @unfinished;
	return map { { %{ invocation(1, 0, $unfinished{$_} ? 'InProgress' : 'Success', 3 * 3600) }, InstanceId => sprintf('i-%017d', $_) } } 1 .. 120;
}
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
serve([ fleet(7, 8), invocation(2, 0, 'Success', 7200) ]);
is(keep('command_invocations'), '121|121|0', 'a command of 3 pages, with two unfinished');
$mock->reset;
let_pass('10 min');
is(keep('command_invocations'), '1|0|0', 'which are not due soon');
is(requests(7200), '0min', 'and not asked for');
serve([ fleet(8), invocation(2, 0, 'Success', 7200) ]);
let_pass('1 hour');
is(keep('command_invocations'), '3|0|1', 'when they are due');
is(requests(7200), '1/7 1/8 0min', 'are asked for by pair');
serve([ fleet(1 .. 8), invocation(2, 0, 'Success', 7200) ]);
keep('command_invocations', ", '1 day'");
serve([ fleet(), invocation(2, 0, 'Success', 7200) ]);
let_pass('2 hours');
$mock->reset;
is(keep('command_invocations'), '121|0|1', 'when as many are due as there are pages');
is(requests(7200), '1 1 1 0min', 'the command is asked for');

# Partitions: progress is kept for each.  Both regions are served alike.

$t->foreign($_, server => { region => $_ eq 'one' ? 'us-east-1' : 'eu-west-1', account_id => "11111111111$_" =~ s/\D+$//r })
  foreach qw(one two);
$t->sql(q{
	DROP TABLE kept, kept_progress, kept_unfinished;
	CREATE TABLE everywhere (LIKE command_invocations) PARTITION BY LIST (region);
	ALTER TABLE everywhere ATTACH PARTITION one.command_invocations FOR VALUES IN ('us-east-1');
	CALL ssm_fdw_create_history('kept', 'everywhere');
});
$changed = [ invocation(1, 0, 'Success', 3600), invocation(2, 0, 'InProgress', 5 * $day) ];
serve($changed);
is(keep('everywhere'), '2|2|0', 'one partition');
$t->sql(q{ALTER TABLE everywhere ATTACH PARTITION two.command_invocations FOR VALUES IN ('eu-west-1')});
is(keep('everywhere'), '3|2|0', 'a partition that is new is read from its beginning, the other is not');
serve([ @$changed, invocation(3, 0, 'Success', 60) ]);
is(keep('one.command_invocations'), '2|1|0', 'a partition may be read by itself');
is(requests(3600), '10min', 'without asking another');
is(keep('everywhere'), '3|1|0', 'both again');
is(requests(60), '10min 70min', 'each from where it was read');
is($t->sql('SELECT count(*), count(DISTINCT region) FROM kept'), '6|2', 'the same ids in two regions are two rows');

# A partition that fails holds up no other, but in a transaction of the caller's.

serve([ @$changed, invocation(3, 0, 'Success', 60), invocation(4, 0, 'Success', 20) ]);
$t->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER one OPTIONS (SET secret_access_key 'x')");
like(keep('everywhere'), qr/WARNING:  28000: could not read partition one.command_invocations: .*HINT.*ERROR:  28000: could not read 1 of 2 partitions of public.everywhere.*DETAIL:  Not read: one\.command_invocations\. The first error was: .*HINT:  The others are kept/s,
	'a partition whose key is wrong is an error at the end');
is($t->sql('SELECT source, rows_read, rows_inserted, requests, left(error, 6), succeeded_at = run_at FROM kept_progress ORDER BY source::text'),
	"one.command_invocations|0|0|1|28000:|f\ntwo.command_invocations|2|1|1||t", 'each has its line');
is($t->sql("SELECT string_agg(region, ' ') FROM kept WHERE command_id = '" . command(4) . "'"), 'eu-west-1', 'and the other its row');
run_in($session, 'BEGIN');
like(keep('everywhere'), qr/ERROR:  28000: ListCommandInvocations failed/, 'in a transaction of the caller the run ends there');
run_in($session, 'ROLLBACK');
$t->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER one OPTIONS (SET secret_access_key '$secret')");
is(keep('everywhere'), '4|1|0', 'mended, it catches up');

serve([], faults => [ { on => 'all', do => { stall => 'headers' } } ]);
run_in($session, "SET statement_timeout = '1s'");
like(keep("everywhere"), qr/ERROR:  57014: (?!.*WARNING)/s, 'a run that is cancelled ends at once');
run_in($session, 'RESET statement_timeout');
is($t->sql("SELECT count(*) FROM kept_progress WHERE error ~ '^57014: '"), 1, 'and leaves a line, too');

# A source that gives a row twice, with another state.

serve($changed);
$t->sql(q{
	DROP TABLE kept, kept_progress, kept_unfinished;
	CREATE TABLE live (LIKE command_invocations);
	CREATE VIEW twice AS SELECT * FROM live UNION ALL SELECT * FROM one.command_invocations WHERE region IS NOT NULL;
	INSERT INTO live SELECT * FROM one.command_invocations;
	CALL ssm_fdw_create_history('kept', 'twice');
});
serve([ invocation(1, 0, 'InProgress', 60), invocation(2, 0, 'Cancelled', 60) ]);
is(keep('twice'), '4|2|0', 'a source with repeated rows');
is(kept(), '1/0/Success 2/0/Cancelled', 'gives each once, in its final state');

# What the caller does wrong, or may not do.

like(keep('twice', ", '-1 s'"), qr/ERROR:  22023: overlap must not be negative/, 'a negative overlap');
($out, $err) = run_in($session, "CALL ssm_fdw_keep_history('live', 'twice')");
like($err, qr/ERROR:  42P01: public\.live is no history table.*HINT:  Make one with CALL ssm_fdw_create_history/s,
	'a table without progress');
($out, $err) = run_in($session, "CALL ssm_fdw_create_history(repeat('x', 60), 'twice')");
like($err, qr/ERROR:  42622: /, 'a name that is too long');
$t->sql('CREATE ROLE reader; GRANT SELECT ON kept, kept_progress, kept_unfinished, twice TO reader');
run_in($session, 'SET ROLE reader');
like(keep('twice'), qr/ERROR:  42501: permission denied for table kept/, "it has the caller's rights only");
run_in($session, 'RESET ROLE');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
