# Sessions that know nothing of each other share what an account allows.
use strict;
use warnings;

use FindBin;
use IPC::Run qw(start);
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(time);

my $PAGES = 40;
my $RATE = 5;    # requests a second that the service lets through
my %data = (rows => 10 * $PAGES);
my $query = 'SELECT count(*), md5(string_agg(i::text, $$,$$ ORDER BY command_id, instance_id)) FROM command_invocations i';
my $t = SsmCluster->new(mock => {%data}, conf => "max_connections = 100\n");
my $mock = $t->mock;
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD page_size '10')});
my $usual = $t->sql($query);
like($usual, qr/^$data{rows}\|/, 'the rows');
is($mock->stats->{requests}, $PAGES, 'the pages');

# Have that many sessions read everything at once.  Returns how many got the
# right rows, how many the error that is meant for this, what else was said, and
# the stand-in's counters.
sub read_by
{
	my ($sessions) = @_;
	my @psql = ('psql', '-XAtq', '-v', 'VERBOSITY=verbose', '-d', $t->node->connstr('postgres'), '-c', $query);
	my (@out, @err, %ended, %others);

	$mock->config({ %data, throttle_rate => $RATE });
	my $started = time;
	my @runs = map { start(\@psql, '>', \$out[$_], '2>', \$err[$_]) } 0 .. $sessions - 1;
	foreach my $i (0 .. $#runs)
	{
		$runs[$i]->finish;
		chomp $out[$i];
		my $end = $out[$i] eq $usual && $err[$i] eq '' ? 'rows'
		  : $out[$i] eq '' && $err[$i] =~ /^ERROR:  53400: .*Rate exceeded/ ? 'error' : 'other';
		$ended{$end}++;
		$others{"$out[$i]$err[$i]"}++ if $end eq 'other';
	}
	my $stats = $mock->stats;
	diag(sprintf '%d sessions: %d right, %d times 53400; %.0f s; %d requests, %d (%.1f %%) throttled',
		$sessions, $ended{rows} // 0, $ended{error} // 0, time - $started,
		@$stats{qw(requests throttled)}, 100 * $stats->{throttled} / $stats->{requests});
	return ($ended{rows} // 0, $ended{error} // 0, \%others, $stats);
}

my ($right, $errors, $others, $stats) = read_by(8);
is($right, 8, '8 sessions: all have the right rows');
is_deeply($others, {}, '8 sessions: nothing else is said');
is($stats->{requests} - $stats->{throttled}, 8 * $PAGES, '8 sessions: each page once');
cmp_ok($stats->{throttled}, '<=', 0.33 * $stats->{requests}, '8 sessions: at most 33% throttled');

($right, $errors, $others, $stats) = read_by(64);
is($right + $errors, 64, '64 sessions: right rows, or the error for it');
is_deeply($others, {}, '64 sessions: nothing else is said');
cmp_ok($right, '>', 0, '64 sessions: some finish');

done_testing();
