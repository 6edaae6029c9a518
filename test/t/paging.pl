# Every page is asked for once, in order and with the same arguments, over one
# connection, and all its rows arrive.
use strict;
use warnings;

use Encode ();
use FindBin;
use HTTP::Tiny;
use JSON::PP ();
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my $json = JSON::PP->new->utf8->canonical;
my %data = (rows => 500, nodes => 50);
my $t = SsmCluster->new(mock => {%data});
my $mock = $t->mock;
my $query = 'SELECT command_id, instance_id, comment, status FROM command_invocations';
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '25')");

# Read all pages as any client may: the bodies to send, and the invocations
# that come, as arrays.  Ends the checking of signatures.
sub read_directly
{
	my (%arguments) = @_;
	my (@bodies, @rows, $page);

	$mock->config({ %data, validate => JSON::PP::false });
	do
	{
		push @bodies, { %arguments, $page ? (NextToken => $page->{NextToken}) : () };
		my $answer = HTTP::Tiny->new(proxy => undef, http_proxy => undef)->post(
			$mock->url,
			{
				content => $json->encode($bodies[-1]),
				headers => {
					'content-type' => 'application/x-amz-json-1.1',
					'x-amz-target' => 'AmazonSSM.ListCommandInvocations'
				}
			});
		die $answer->{content} unless $answer->{success};
		$page = $json->decode($answer->{content});
		push @rows, @{ $page->{CommandInvocations} };
	} while ($page->{NextToken});
	$mock->config({%data});
	return (\@bodies, \@rows);
}

# Rows as the query prints them.
sub printed
{
	my ($rows) = @_;
	return Encode::encode_utf8(
		join "\n", map { join '|', @{$_}{qw(CommandId InstanceId Comment Status)} } @$rows);
}

my ($bodies, $rows) = read_directly(MaxResults => 25, Details => JSON::PP::false);
is(scalar @$bodies, 20, 'there are 20 pages');

my $session = $t->session;
is(run_in($session, $query), printed($rows), 'all rows, in the order of the service');
my $log = $mock->log;
is_deeply($mock->bodies, $bodies, 'each page is asked for once, in order, with the same arguments');
is($mock->stats->{invalid}, 0, 'no request is invalid');
is($mock->stats->{connections}, 1, 'one connection for all pages');
run_in($session, $query);
is($mock->stats->{requests}, 40, 'the next statement asks again');
is($mock->stats->{connections}, 1, 'on the same connection');

# What is on the wire.

my %headers = %{ $log->[0]{headers} };
my $uuid = qr/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/;
is("$log->[0]{method} $log->[0]{path}", 'POST /', 'request line');
is($headers{'content-type'}, 'application/x-amz-json-1.1', 'Content-Type');
is($headers{'x-amz-target'}, 'AmazonSSM.ListCommandInvocations', 'X-Amz-Target');
is($headers{host}, $mock->url =~ s{http://}{}r, 'Host');
is($headers{'content-length'}, length $json->encode($bodies->[0]), 'Content-Length');
like($headers{'user-agent'}, qr{^ssm_fdw/\d\S* postgresql/\d\S* libcurl/\d\S*$}, 'User-Agent');
like($headers{'amz-sdk-invocation-id'}, qr/^$uuid$/, 'amz-sdk-invocation-id');
like($headers{'amz-sdk-request'}, qr/^ttl=\d{8}T\d{6}Z; attempt=1; max=8$/, 'amz-sdk-request');
like($headers{authorization},
	qr{^AWS4-HMAC-SHA256 Credential=$key/\d{8}/us-east-1/ssm/aws4_request, ?SignedHeaders=}, 'Authorization');
ok(!exists $headers{expect}, 'no Expect');
ok(!exists $headers{'x-amz-security-token'}, 'no token without a session token');
my %ids = map { $_->{headers}{'amz-sdk-invocation-id'} => 1 } @$log;
is(scalar keys %ids, 20, 'each page is an invocation of its own');

# The path of an endpoint, and a session token.

$mock->config({ %data, accounts => { $key => { secret => $secret, session_token => 'a/b+c==' } } });
my $other = $t->foreign(
	'other',
	server => { endpoint_url => $mock->url . '/some/where' },
	mapping => { session_token => 'a/b+c==' });
is($t->sql("SELECT count(*) FROM $other"), '500', 'an endpoint with a path, a session token');
is($mock->log->[0]{path}, '/some/where/', 'the path is kept');
is($mock->log->[0]{headers}{'x-amz-security-token'}, 'a/b+c==', 'the token is sent');

# However the service cuts its pages, the rows are the same.

my $digest = "SELECT md5(string_agg(i::text, ',' ORDER BY command_id, instance_id)) FROM command_invocations i";
$mock->config({%data});
my $usual = $t->sql($digest);
foreach my $way (
	[ 'last token null' => { last_token => 'null' } ],
	[ 'last token empty' => { last_token => 'empty' } ],
	[ 'short pages' => { short_pages => JSON::PP::true } ],
	[ 'rows repeated on the next page' => { repeat_rows => 3 } ],
	[ 'shuffled' => { shuffle => JSON::PP::true } ],
	[ 'long tokens' => { faults => [ { on => 'all', do => { token_bytes => 8000 } } ] } ],
	[ 'chunked' => { faults => [ { on => 'all', do => { chunked => JSON::PP::true } } ] } ],
	[ 'white space' => { faults => [ { on => 'all', do => { pad => 70000 } } ] } ],
	[ 'unknown members' => { faults => [ { on => 'all', do => { merge => { New => [ {} ] }, rows_patch => { Newer => { a => [ 1 ] } } } } ] } ],
	[ 'closed after each answer' => { faults => [ { on => 'all', do => { close => 'after' } } ] } ],)
{
	$mock->config({ %data, %{ $way->[1] } });
	is(scalar run_in($session, $digest), $usual, $way->[0]);
	is($mock->stats->{invalid}, 0, "$way->[0]: no request is invalid");
}

# Empty pages in the middle and at the end are no end.
$mock->config({ %data, filter_mode => 'page' });
my $failed = grep { $_->{Status} eq 'TimedOut' } @$rows;
ok($failed > 0, 'there are rows of a rare status');
is(scalar run_in($session, "SELECT count(*) FROM command_invocations WHERE status = 'TimedOut'"),
	$failed, 'empty pages are no end');
is($mock->stats->{requests}, 20, 'all of them are read');

# No rows at all.
$mock->config({ rows => 0 });
is(scalar run_in($session, 'SELECT count(*) FROM command_invocations'), '0', 'no rows');
is($mock->stats->{requests}, 1, 'one request');
$session->quit;

done_testing();
