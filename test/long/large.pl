# A million invocations are read with no more memory than a few pages need.
use strict;
use warnings;

use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep time);

my $LIMIT = 24 * 1024;    # kB
my $ROWS = 1_000_000;
my %data = (nodes => 5000, per_command => 100, plugins => 2, output => 200);
my %fast = (validate => JSON::PP::false, render_cache => JSON::PP::true);
my $t = SsmCluster->new(mock => { %data, rows => 500 });
my $mock = $t->mock;

# Private memory of a process, in kB.
sub memory
{
	my ($pid) = @_;
	return slurp_file("/proc/$pid/status") =~ /^RssAnon:\s+(\d+) kB/m ? $1 : 0;
}

# Run a query over all rows in a session that has run it over a few, and watch
# its memory.  wanted is a pattern for the answer.
sub check
{
	my ($name, $query, $wanted) = @_;
	my $session = $t->session;
	my $pid = pid_of($session);

	$mock->config({ %data, %fast, rows => 500 });
	run_in($session, $query);
	my $before = memory($pid);
	my $peak = $before;
	$mock->config({ %data, %fast, rows => $ROWS });

	my $started = time;
	start_in($session, $query);
	while ($session->{stdout} !~ /\S/ && $session->{stderr} !~ /\S/)
	{
		my $now = memory($pid);
		$peak = $now if $now > $peak;
		sleep 0.1;
		$session->{run}->pump_nb;
		$session->{timeout}->start($PostgreSQL::Test::Utils::timeout_default);
		last if time - $started > 900;
	}
	my ($out, $err) = finish_in($session);
	like("$out$err", $wanted, "$name: the answer");
	my $stats = $mock->stats;
	diag(sprintf '%s: %d rows, %d pages, %.1f s; RssAnon %.1f MB before, at most %.1f MB, growth %.1f MB',
		$name, $ROWS, $stats->{requests}, time - $started, $before / 1024, $peak / 1024,
		($peak - $before) / 1024);
	is($stats->{requests}, $ROWS / 50, "$name: each page once");
	cmp_ok($peak - $before, '<', $LIMIT, "$name: growth of memory, kB");
	$session->quit;
	return;
}

check('lean', 'SELECT count(*), max(comment) FROM command_invocations', qr/^$ROWS\|./);
check(
	'with plugins',
	'SELECT count(*), sum(jsonb_array_length(command_plugins)) FROM command_invocations',
	qr/^$ROWS\|\d+$/);

done_testing();
