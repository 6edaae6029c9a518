# What a history costs while time passes: 10,000 invocations a day in commands of 250
# nodes, 6% of which never finish, kept by a run in 5 minutes.  No row is lost, and
# a run takes at most 30 requests on average.  An hour, after a day of the same;
# make test-history: HISTORY_DAYS=30 days, after as many.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my $step = 300;
my $day = 86400;
my $days = $ENV{HISTORY_DAYS};
my $runs = $days ? $days * $day / $step : 12;
my $before = $days ? 30 : 1;
my $end = time;
my $begin = $end - $runs * $step;
my $span = $before * $day + $runs * $step;
my %world = (
	rows => int($span / $day * 40 + 0.5) * 250, per_command => 250, nodes => 250, end => $end, span => $span, plugins => 0);
my $t = SsmCluster->new(mock => { %world, now => $begin });
my $mock = $t->mock;
my $session = $t->session;

# Let it become a time, and run; returns how many requests that took.
sub run_at
{
	my ($time) = @_;
	$mock->config({ %world, now => $time });
	run_in($session, "UPDATE kept_progress SET read_until_seen = read_until_seen - interval '$step s', run_at = run_at - interval '$step s'");
	my (undef, $err) = run_in($session, "CALL ssm_fdw_keep_history('kept', 'command_invocations')");
	die $err if $err;
	return $mock->stats->{requests};
}

run_in($session, "CALL ssm_fdw_create_history('kept', 'command_invocations')");
my $first = run_at($begin);
cmp_ok($first, '>=', $before * 200, "the first run reads all, in $first requests");
cmp_ok(my $second = run_at($begin), '<=', 15, 'one in which nothing changed takes a few');
my ($sum, $most, $counted) = (0, 0, 0);
foreach my $run (1 .. $runs)
{
	my $requests = run_at($begin + $run * $step);
	$sum += $requests;
	$most = $requests if $requests > $most;
	$counted++ if $t->sql('SELECT requests FROM kept_progress') == $requests;
	note sprintf 'after %d days: %.1f requests a run', $run * $step / $day, $sum / $run if $run * $step % $day == 0;
}
is($counted, $runs, 'each run says in its line how many it took');
cmp_ok($sum / $runs, '<=', 30, sprintf '%d runs take %.1f requests on average, at most %d', $runs, $sum / $runs, $most);
is($t->sql('SELECT count(*), count(*) FILTER (WHERE status = $$Success$$) FROM kept'),
	$t->sql('SELECT count(*), count(*) FILTER (WHERE status = $$Success$$) FROM command_invocations'), 'no row is lost');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
