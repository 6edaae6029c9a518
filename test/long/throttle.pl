# Sessions share what an account allows: nearly all that it lets through is used, and
# little is asked beyond it.
use strict;
use warnings;

use FindBin;
use IPC::Run qw(start);
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(time);

my $query = 'SELECT count(*), md5(string_agg(i::text, $$,$$ ORDER BY command_id, instance_id)) FROM command_invocations i';
my $t = SsmCluster->new(conf => "max_connections = 100\n");
my $mock = $t->mock;
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD page_size '10')});

# Have that many sessions, each new, read that many pages at once from a service that
# lets so many requests a second through; at most that share may be throttled, and that
# many times the ideal time pass.
sub compete
{
	my ($sessions, $pages, $rate, $throttled, $time) = @_;
	my $name = "$sessions sessions of $pages pages on $rate a second";
	my @psql = ('psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $t->node->connstr('postgres'), '-c', $query);
	my (@out, @err, %ended);

	# what an earlier run has learned is not to help
	$t->node->restart;
	$mock->config({ rows => 10 * $pages });
	my $usual = $t->sql($query);
	$mock->config({ rows => 10 * $pages, throttle_rate => $rate });
	my $started = time;
	my @runs = map { start(\@psql, '>', \$out[$_], '2>', \$err[$_]) } 0 .. $sessions - 1;
	foreach my $i (0 .. $#runs)
	{
		$runs[$i]->finish;
		chomp $out[$i];
		$ended{ $out[$i] eq $usual && $err[$i] eq '' ? 'rows' : "$out[$i]$err[$i]" }++;
	}
	my $ideal = ($sessions * $pages - $rate) / $rate;
	my $took = time - $started;
	my $stats = $mock->stats;
	diag(sprintf '%s: %.0f s, %.2f of the ideal; %d requests, %d (%.1f %%) throttled',
		$name, $took, $took / $ideal, @$stats{qw(requests throttled)}, 100 * $stats->{throttled} / $stats->{requests});
	is_deeply(\%ended, { rows => $sessions }, "$name: all have the right rows");
	is($stats->{requests} - $stats->{throttled}, $sessions * $pages, "$name: each page once");
	cmp_ok($stats->{throttled}, '<=', $throttled * $stats->{requests}, "$name: few are throttled");
	cmp_ok($took, '<=', $time * $ideal, "$name: in little more than the ideal time");
	is($t->sql('SELECT requests, throttles FROM ssm_fdw_statistics'),
		($stats->{requests} + $pages) . "|$stats->{throttled}", "$name: the statistics have what the service has seen");
	return;
}

compete(12, 40, 10, 0.10, 1.15);
compete(64, 20, 5, 0.15, 1.15);

done_testing();
