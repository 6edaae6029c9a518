# A machine whose clock is wrong reads all the same: the service's answers say
# what time it is.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my %data = (rows => 100);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my $query = 'SELECT count(*), md5(string_agg(i::text, $$,$$ ORDER BY command_id, instance_id)) FROM command_invocations i';
my $usual = $t->sql($query);
like($usual, qr/^100\|/, 'the rows');
$t->sql(q{ALTER SERVER ssm OPTIONS (ADD page_size '25')});

# Which of the logged requests the service refused, as 0 and 1.
sub refused
{
	return join ' ', map { $_->{invalid} ? 1 : 0 } @{ $mock->log };
}

# A query in the session, of a service so many seconds ahead of us.
sub query_at
{
	my ($session, $offset, %more) = @_;
	$mock->config({ %data, clock_offset => $offset, %more });
	my ($out, $err) = run_in($session, $query);
	return ("$out$err", refused());
}

# An hour, either way.
foreach my $offset (3600, -3600)
{
	my $session = $t->session;
	is_deeply([ query_at($session, $offset) ], [ $usual, '1 0 0 0 0' ], "$offset s: corrected");
	like($mock->log->[0]{invalid}, qr/^InvalidSignatureException: Signature (expired|not yet current)/,
		"$offset s: as the service said");
	is_deeply([ query_at($session, $offset) ], [ $usual, '0 0 0 0' ], "$offset s: once in a session");
	is_deeply([ query_at($session, 0) ], [ $usual, '1 0 0 0 0' ], 'the clock is set right again');
	$session->quit;
}

# Little by little: no request is refused.
my $session = $t->session;
is_deeply([ query_at($session, $_) ], [ $usual, '0 0 0 0' ], "$_ s: nothing is refused")
  foreach (200, 400, 600);

# Who takes the signature cannot be decades ahead.
is_deeply([ query_at($session, 600, faults => [ { on => 'all', do => { headers => { Date => $_ } } } ]) ], [ $usual, '0 0 0 0' ],
	"$_: who has taken the signature knows our time")
  foreach 'Fri, 01 Jan 2049 00:00:00 GMT', 'Wed, 01 Jan 2025 00:00:00 GMT', 'Thu, 01 Jan 1970 00:00:00 GMT';

# A cached answer does not tell the time.
my ($said, $refused) =
  query_at($session, 0, faults => [ { on => 'all', do => { headers => { Age => '1' } } } ]);
like($said, qr/ERROR:  28000: .*InvalidSignatureException/, 'Age: an error');
is($refused, '1', 'Age: one request');
is_deeply([ query_at($session, 0) ], [ $usual, '1 0 0 0 0' ], 'no Age: corrected');
$session->quit;

# The last attempt corrects the clock as well.
$t->foreign('once', server => { max_attempts => 1 });
$session = $t->session;
$query =~ s/command_invocations i/once.command_invocations i/;
($said, $refused) = query_at($session, 3600);
like($said, qr/ERROR:  28000: .*InvalidSignatureException: Signature expired/, 'one attempt: an error');
is($refused, '1', 'one attempt: one request');
is_deeply([ query_at($session, 3600) ], [ $usual, '0 0' ], 'one attempt: the next query');
$session->quit;

# A wrong key fails at once, and an hour off after a second attempt.
$t->foreign('wrong', mapping => { secret_access_key => 'wrong' });
$session = $t->session;
$query =~ s/once/wrong/;
is((query_at($session, 0))[1], '1', 'a wrong key: one request');
($said, $refused) = query_at($session, 3600);
like($said, qr/ERROR:  28000: .*InvalidSignatureException: The request signature we calculated/,
	'a wrong key an hour off: the error');
is($refused, '1 1', 'a wrong key an hour off: two requests');
$session->quit;

done_testing();
