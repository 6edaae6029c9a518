# A fault that passes changes nothing but the counts, on whatever page it is.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my %data = (rows => 200, nodes => 20);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '25')");
my $digest = "SELECT count(*), md5(string_agg(i::text, ',' ORDER BY command_id, instance_id)) FROM command_invocations i";
my $usual = $t->sql($digest);
like($usual, qr/^200\|/, 'the rows');
is($mock->stats->{requests}, 8, 'there are 8 pages');

my $session = $t->session;
my %faults = (
	'throttled' => { status => 400, code => 'ThrottlingException', message => 'Rate exceeded' },
	'throttled, code in the header' => { status => 400, code => 'ThrottlingException', type_header => 1 },
	'HTTP 429' => { status => 429 },
	'HTTP 500' => { status => 500, code => 'InternalServerError' },
	'HTTP 502' => { status => 502, raw => '<html>bad gateway</html>' },
	'HTTP 503' => { status => 503 },
	'HTTP 504' => { status => 504, close => 'after' },
	'RequestTimeout' => { status => 400, code => 'RequestTimeout' },
	'reset before the answer' => { reset => 'before' },
	'reset in the body' => { reset => 'body' },
	'closed before the answer' => { close => 'before' },
	'closed in the headers' => { stall => { headers => 0 }, close => 'headers' },
	'closed in the body' => { close => 'body' },
	'too short' => { content_length => 'long' },
	'empty body' => { raw => '' },
	'truncated body' => { truncate => -10 },
	'no JSON' => { raw => '<html>hello</html>' },
	'chunked and cut' => { chunked => 1, close => 'body' },);

# Requests that were repeated: pairs of log entries.  Each follows the one it
# repeats, as there is only one chain.
sub repeated
{
	my (@log) = @_;
	my %first;
	my @pairs;
	foreach my $entry (@log)
	{
		my $id = $entry->{headers}{'amz-sdk-invocation-id'};
		push @pairs, [ $first{$id}, $entry ] if $first{$id};
		$first{$id} = $entry;
	}
	return @pairs;
}

foreach my $name (sort keys %faults)
{
	foreach my $page (1, 4, 8)
	{
		$mock->config({ %data, faults => [ { on => $page, do => $faults{$name} } ] });
		is(scalar run_in($session, $digest), $usual, "$name, page $page: the rows");
		my $log = $mock->log;
		is(scalar @$log, 9, "$name, page $page: one request more");
		my ($pair, @more) = repeated(@$log);
		is(scalar @more, 0, "$name, page $page: one is repeated") if $pair;
		is_deeply(
			[ @{ $pair->[0] }{qw(n body)}, @{ $pair->[1] }{qw(n body)} ],
			[ $page, $log->[ $page - 1 ]{body}, $page + 1, $log->[ $page - 1 ]{body} ],
			"$name, page $page: with the same id and body");
		# libcurl itself repeats what a kept connection lost before any answer
		like(
			join(' ', map { $_->{headers}{'amz-sdk-request'} =~ /attempt=(\d+); max=8$/ ? $1 : '?' } @$pair),
			$name =~ /before/ ? qr/^1 [12]$/ : qr/^1 2$/,
			"$name, page $page: the attempts are numbered");
	}
}

# Counts.

$mock->config({ %data, faults => [ { on => [ 1, 2, 6, 10 ], do => { status => 500 } } ] });
my $explain = $t->explain('SELECT * FROM command_invocations');
is("$explain->{Requests} $explain->{Pages} $explain->{Retries}", '12 8 4', 'EXPLAIN ANALYZE counts');
$mock->config({%data});
$explain = $t->explain('SELECT * FROM command_invocations');
is("$explain->{Requests} $explain->{Pages} $explain->{Retries}", '8 8 0', 'EXPLAIN ANALYZE without faults');
my ($received) = $explain->{Received} =~ /^(\d+) bytes$/;
cmp_ok($received, '>', 200 * 100, 'EXPLAIN ANALYZE: bytes');

# max_attempts counts for each request, not for the scan.
$t->sql("ALTER SERVER ssm OPTIONS (ADD max_attempts '2')");
$mock->config({ %data, faults => [ { on => { every => 2 }, do => { status => 503 } } ] });
is(scalar run_in($session, $digest), $usual, 'every page fails once');
$mock->config({ %data, faults => [ { on => [ 3, 4 ], do => { status => 503 } } ] });
like((run_in($session, $digest))[1], qr/ERROR:  HV000: /, 'a page that fails twice is too much');
is($mock->stats->{requests}, 4, 'and the last request');
$t->sql("ALTER SERVER ssm OPTIONS (SET max_attempts '8')");

# Signatures are made anew for each attempt, and connections for broken ones.
is(scalar run_in($session, $digest), $usual, 'the scan after it');

# An endpoint that has never answered this backend is asked three times; it may be
# no endpoint at all.  One that has answered will be there again.
{
	my $silent = { on => 'all', do => { reset => 'before' } };
	my %endpoint = (refused => 'http://127.0.0.1:1', 'no_tls' => $mock->url =~ s/http/https/r, silent => $mock->url . '/x');
	$t->foreign($_, server => { max_attempts => 5, endpoint_url => $endpoint{$_} }) foreach sort keys %endpoint;
	$mock->config({ %data, faults => [$silent] });
	foreach my $name (sort keys %endpoint)
	{
		like((run_in($session, "SELECT count(*) FROM $name.command_invocations"))[1],
			qr/ERROR:  0800[16]: .*attempts: 3, AWS/s, "$name: three attempts");
	}
	$mock->config({%data});
	is(scalar run_in($session, 'SELECT count(*) FROM silent.command_invocations'), '200', 'the silent one answers');
	$mock->config({ %data, faults => [$silent] });
	like((run_in($session, 'SELECT count(*) FROM silent.command_invocations'))[1], qr/attempts: 5, AWS/, 'and is asked as often from then on');
	like($t->error('SELECT count(*) FROM silent.command_invocations'), qr/attempts: 3, AWS/, 'not so by another backend');
	$mock->config({%data});
}

# x-amz-retry-after: the repeated request comes after the other chain's answer,
# half a second from now, instead of before it.

my @instances = split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations ORDER BY 1 LIMIT 2');
my $two = "SELECT count(*) FROM command_invocations WHERE instance_id IN ('$instances[0]', '$instances[1]')";
my $rest = { on => { match => { InstanceId => $instances[1] } }, do => { delay => 0.5 } };
foreach my $header ([ 1500, 1 ], [ '-1', 0 ], [ '1.5e9', 0 ], [ 'soon', 0 ], [ '', 0 ])
{
	my ($value, $later) = @$header;
	my $failing = {
		on => { match => { InstanceId => $instances[0] } },
		times => 1,
		do => { status => 500, headers => { 'x-amz-retry-after' => "$value" } }
	};
	$mock->config({ %data, faults => [ $failing, $rest ] });
	is(scalar run_in($session, $two), '20', "x-amz-retry-after $value: rows");
	my ($pair) = repeated(@{ $mock->log });
	my ($other) = grep { $_->{body}{InstanceId} eq $instances[1] } @{ $mock->log };
	ok($pair->[1]{started} > $other->{finished}, "x-amz-retry-after $value: it is waited for")
	  if $later;
}

# A service that lets only some requests through: by its rate, which a busy machine
# may not reach, and three in any case.

$t->sql("ALTER SERVER ssm OPTIONS (SET page_size '10', ADD max_concurrency '8')");
$mock->config({ %data, throttle_rate => 15, faults => [ { on => [ 3, 5, 8 ], do => { status => 400, code => 'ThrottlingException' } } ] });
my $all = join ',', map { "'$_'" } split /\n/,
  $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
$mock->reset;
$explain = $t->explain("SELECT * FROM command_invocations WHERE instance_id IN ($all)");
is($explain->{Pages}, 20, 'throttling: all pages come');
is($explain->{Requests}, $mock->stats->{requests}, 'throttling: requests are counted');
is($explain->{Retries}, $mock->stats->{errors}, 'throttling: retries are counted');
cmp_ok($explain->{Retries}, '>=', 3, 'throttling: there were some');
$session->quit;

done_testing();
