# A history table gets what is new and what has changed, with as few requests as
# that takes, and loses nothing when a run fails or two run at once.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

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

# The requests since the last call, by what they select: a command's number or
# the time after which it asks.
sub requests
{
	my @asked = map {
		my ($filter) = @{ $_->{Filters} // [] };
		defined $_->{CommandId} ? 'command ' . substr($_->{CommandId}, -1)
		  : $filter ? "$filter->{key} $filter->{value}" : 'all'
	} @{ $mock->bodies };
	$mock->reset;
	return join ', ', @asked;
}

# The InvokedAfter of a run that follows now, for some overlap.
sub expected_after
{
	my ($overlap) = @_;
	return $t->sql(qq{SELECT to_char(date_trunc('second', min(read_until) - interval '$overlap') - interval '1 s',
		'"InvokedAfter "YYYY-MM-DD"T"HH24:MI:SS"Z"') FROM kept_progress});
}

# From the first run to the third.

run_in($session, "CALL ssm_fdw_create_history('kept', 'command_invocations')");
serve([
	invocation(1, 0, 'Success', 5 * $day), invocation(2, 0, 'InProgress', 3 * $day),
	invocation(2, 1, 'Success', 3 * $day), invocation(3, 0, 'Pending', 7200),
	invocation(4, 0, 'Pending', 40 * $day) ]);
is(keep('command_invocations'), '5|5|0', 'the first run');
is(requests(), 'all', 'reads all, in one request');
my $changed = [
	invocation(1, 0, 'Success', 5 * $day), invocation(2, 0, 'Success', 3 * $day),
	invocation(2, 1, 'InProgress', 3 * $day), invocation(3, 0, 'Failed', 7200),
	invocation(5, 0, 'Success', 10800), invocation(4, 0, 'Success', 40 * $day) ];
serve($changed);
$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD invoked_after_slack '2 days')");
my $after = expected_after('1 day');
is(keep('command_invocations'), '4|1|2', 'the next run: rows that are new, late or have changed');
is(requests(), "$after, command 2",
	'reads from the overlap, with no slack added, and the command that was not final; none beyond 30 days');
is(kept(), '1/0/Success 2/0/Success 2/1/Success 3/0/Failed 4/0/Pending 5/0/Success',
	'a state that is not final replaces none that is');
$after = expected_after('30 minutes');
is(keep('command_invocations', ", '30 minutes'"), '1|0|0', 'a run with nothing to do');
is(requests(), $after, 'takes one request, for the overlap it was given');
run_in($session, "SELECT count(*) FROM command_invocations WHERE requested_date_time >= '2026-01-10 00:00:00Z'");
is(requests(), 'InvokedAfter 2026-01-07T23:59:59Z', 'the slack is back after the run');

# A failed run leaves all as it was, and the next one catches up.

my $progress = $t->sql('TABLE kept_progress');
my $before = kept();
push @$changed, invocation(6, 0, 'Success', 60), invocation(7, 0, 'Success', 30);
serve($changed, faults => [ { on => 2, do => { status => 400, code => 'AccessDeniedException' } } ]);
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '2')");
like(keep('command_invocations'), qr/ERROR:  42501/, 'a run that fails on its second page');
is($t->sql('TABLE kept_progress'), $progress, 'leaves the progress');
is(kept(), $before, 'and the rows as they were');
serve($changed);
is(keep('command_invocations'), '4|2|0', 'the next run catches up');
is($mock->stats->{requests}, 2, 'from where the last good one began');

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
like("$out$err", qr/^5\|0\|0$/m, 'and finds all done');
$other->quit;

# What was not final is found by an index that holds nothing else.

$t->sql(q{INSERT INTO kept (command_id, instance_id, status, requested_date_time)
	SELECT 'c', n, 'Success', now() - n * interval '1 min' FROM generate_series(1, 20000) AS n; ANALYZE kept});
keep('command_invocations');
run_in($session, 'SELECT pg_stat_force_next_flush()');
is($t->sql(q{SELECT string_agg(format('%s %s', indexrelname, idx_scan > 0), ', ' ORDER BY indexrelname)
	FROM pg_stat_user_indexes JOIN pg_index USING (indexrelid)
	WHERE relname = 'kept' AND indpred IS NOT NULL}), 'kept_requested_date_time_idx1 t', 'a run uses the partial index');

# Partitions: progress is kept for each.  Both regions are served alike.

$t->foreign($_, server => { region => $_ eq 'one' ? 'us-east-1' : 'eu-west-1', account_id => "11111111111$_" =~ s/\D+$//r })
  foreach qw(one two);
$t->sql(q{
	DROP TABLE kept, kept_progress;
	CREATE TABLE everywhere (LIKE command_invocations) PARTITION BY LIST (region);
	ALTER TABLE everywhere ATTACH PARTITION one.command_invocations FOR VALUES IN ('us-east-1');
	CALL ssm_fdw_create_history('kept', 'everywhere');
});
$changed = [ invocation(1, 0, 'Success', 3600), invocation(2, 0, 'InProgress', 5 * $day) ];
serve($changed);
is(keep('everywhere'), '2|2|0', 'one partition');
$t->sql(q{ALTER TABLE everywhere ATTACH PARTITION two.command_invocations FOR VALUES IN ('eu-west-1')});
is(keep('everywhere'), '4|2|0', 'a partition that is new is read from its beginning');
serve([ @$changed, invocation(3, 0, 'Success', 60) ]);
$after = expected_after('1 day');
is(keep('one.command_invocations'), '3|1|0', 'a partition may be read by itself');
is(requests(), "$after, command 2", 'without asking another what is its own');
my $from = expected_after('1 day');
isnt($t->sql('SELECT count(DISTINCT read_until) FROM kept_progress'), 1, 'so one is ahead of the other');
is(keep('everywhere'), '6|1|0', 'both again');
is(requests(), "$from, $from, command 2, command 2", 'from where the one that is behind was read');
is($t->sql('SELECT count(*), count(DISTINCT region) FROM kept'), '6|2', 'the same ids in two regions are two rows');

# A source that gives a row twice, with another state.

serve($changed);
$t->sql(q{
	DROP TABLE kept, kept_progress;
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
$t->sql('CREATE ROLE reader; GRANT SELECT ON kept, kept_progress, twice TO reader');
run_in($session, 'SET ROLE reader');
like(keep('twice'), qr/ERROR:  42501: permission denied for table kept/, "it has the caller's rights only");
run_in($session, 'RESET ROLE');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
