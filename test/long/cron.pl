# pg_cron keeps a history every minute: rows arrive, a run that fails says so in
# cron.job_run_details, and the next one catches up.  Takes three minutes.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

# Jobs run in background workers, which need no connection and no password.
my $t = SsmCluster->new(
	mock => { rows => 120, end => 'now', span => 86400 },
	conf => "shared_preload_libraries = 'pg_cron'\ncron.use_background_workers = on\nmax_worker_processes = 20\n");
my $mock = $t->mock;

# The jobs are those of a role with no more rights than it takes.
$t->sql("CREATE EXTENSION pg_cron;
	CREATE ROLE reporter LOGIN;
	GRANT USAGE ON SCHEMA cron TO reporter;
	GRANT SELECT ON command_invocations TO reporter;
	CREATE USER MAPPING FOR reporter SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE SCHEMA reports AUTHORIZATION reporter;
	SET ROLE reporter;
	SET search_path = reports, public;
	CALL ssm_fdw_create_history('command_history', 'command_invocations');
	SELECT cron.schedule('history', '* * * * *',
		\$\$CALL public.ssm_fdw_keep_history('reports.command_history', 'command_invocations')\$\$)");

# Wait for the run of a number; returns its role and status, and its message.
sub run_of
{
	my ($n) = @_;
	my $ended = "FROM cron.job_run_details WHERE end_time IS NOT NULL";
	wait_until(sub { $t->sql("SELECT count(*) $ended") >= $n });
	return split /\n/, $t->sql("SELECT username || ' ' || status || E'\\n' || return_message $ended ORDER BY runid OFFSET $n - 1 LIMIT 1");
}

# What the history has, and how much is missing in it.
sub kept
{
	return $t->sql('SELECT count(*), (SELECT count(*) FROM command_invocations) - count(*) FROM reports.command_history');
}

my ($run, $message) = run_of(1);
is($run, 'reporter succeeded', 'the first run');
is(kept(), '120|0', 'brings all rows');

# more rows, and no permission to read them
my %more = (rows => 130, end => 'now', span => 86400);
$mock->config({ %more, faults => [ { on => 'all', do => { status => 400, code => 'AccessDeniedException', message => 'not today' } } ] });
($run, $message) = run_of(2);
is($run, 'reporter failed', 'a run that fails');
like($message, qr/ListCommandInvocations failed: AccessDeniedException/, 'says why in cron.job_run_details');
$mock->config({%more});
my $before = $t->sql('SELECT count(*) FROM reports.command_history');
is($before, 120, 'and has brought nothing');

($run) = run_of(3);
is($run, 'reporter succeeded', 'the next run');
like(kept(), qr/^\d+\|0$/, 'catches up');
cmp_ok($t->sql('SELECT count(*) FROM reports.command_history'), '>', $before, 'with what was missing');
is($mock->stats->{invalid}, 0, 'no request was invalid');

done_testing();
