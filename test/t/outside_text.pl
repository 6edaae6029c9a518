# What proxies, the environment and services say is shown without secrets, and a
# proxy that refuses is named, and not asked again.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmServer;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my @proxies;

# A proxy that answers with a status; returns its host and port.
sub proxy
{
	my ($status) = @_;
	push @proxies, SsmServer->start([ 'mock/proxy.py', 0, "$dir/$status", $status ], 'url');
	return $proxies[-1]->url =~ s{^http://}{}r;
}

# How often the proxy with that status was asked since the last call.
my %read;
sub asked
{
	my ($status) = @_;
	my $all = () = slurp_file("$dir/$status") =~ m{ HTTP/1\.1\r\n}g;
	my $new = $all - ($read{$status} // 0);
	$read{$status} = $all;
	return $new;
}

my $token = 'FwoGZXIvYXdzEXAMPLETOKENxyz';
my %proxy = map { $_ => proxy($_) } 407, 403, 502;
my $t = SsmCluster->new(mock => { rows => 20, accounts => { $key => { secret => $secret, session_token => $token } } },
	conf => "log_min_messages = debug1\nlog_statement = none\nlog_min_error_statement = panic\n");
my $mock = $t->mock;
my $hidden = qr/cr3t|svc|\Q$token\E/;
my $https = $t->foreign('https', server => { endpoint_url => 'https://127.0.0.1:1' });
my $role = $t->foreign('role', mapping => { role_arn => 'arn:aws:iam::111122223333:role/read' });
my $plain = $t->foreign('plain', mapping => { session_token => $token });

# Start the server process anew with these variables, of which no proxy is set
# otherwise.
sub restart
{
	my %none = map { $_ => '' } map { $_, uc } qw(http_proxy https_proxy all_proxy no_proxy);
	local %ENV = (%ENV, %none, AWS_ENDPOINT_URL_STS => 'https://127.0.0.1:1', @_);
	$t->node->restart;
	return;
}

# Values that are no proxy's URL.

foreach (
	[ HTTPS_PROXY => 'http://svc:S3cr3t@pw@127.0.0.1:1' ],
	[ https_proxy => 'http://svc:80/S3cr3t@127.0.0.1:1' ],
	[ ALL_PROXY => 'foo://svc:S3cr3t@127.0.0.1:1' ])
{
	my ($name, $value) = @$_;
	restart($name => $value);
	foreach my $table ($https, $role)
	{
		my $error = $t->error("SELECT count(*) FROM $table");
		like($error, qr/ERROR:  08001: .*: the value of $name is not the URL of a proxy$/m, "$name, $table: the error");
		like($error, qr/^HINT:  Check the proxy variables.*percent-encoded/m, "$name, $table: the hint");
		like($error, qr/attempts: 1,/, "$name: one attempt") if $table eq $https;
		unlike($error, $hidden, "$name, $table: no secret");
	}
}
restart(http_proxy => 'http://svc:S3cr3t@pw@127.0.0.1:1', NO_PROXY => '127.0.0.1');
is($t->sql("SELECT count(*) FROM $plain"), '20', 'NO_PROXY: such a value does no harm');

# A proxy that refuses, asked for a tunnel and as such.

foreach my $case ([ 407, 1 ], [ 403, 1 ], [ 502, 3 ])
{
	my ($status, $times) = @$case;
	my $there = $proxy{$status};
	restart(HTTPS_PROXY => "http://svc:S3cr3t\@$there", http_proxy => "http://svc:S3cr3t\@$there");
	my $error = $t->error("SELECT count(*) FROM $https");
	like($error, qr{ERROR:  08001: .*: the proxy "http://$there", set by HTTPS_PROXY, answered with HTTP status $status$}m,
		"$status: the error");
	like($error, qr/^HINT:  Check the proxy variables/m, "$status: the hint");
	unlike($error, $hidden, "$status: no secret");
	is(asked($status), $times, "$status: requests");
	$error = $t->error("SELECT count(*) FROM $role");
	like($error, qr{ERROR:  08001: could not get AWS credentials: .*: the proxy "http://$there", set by HTTPS_PROXY}, "$status: STS");
	is(asked($status), $times, "$status: STS: requests");
	next if $status != 407;
	$error = $t->error("SELECT count(*) FROM $plain");
	like($error, qr{ERROR:  08001: .*: the proxy "http://$there", set by http_proxy, answered with HTTP status 407$}m, '407 to http');
	is(asked($status), 1, '407 to http: requests');
}
restart(HTTPS_PROXY => 'http://svc:S3cr3t@127.0.0.1:1');
unlike($t->error("SELECT count(*) FROM $https"), $hidden, 'no proxy there: no secret');

# What the service says.

restart();
my $said = '';
foreach my $id ($token, 'two words', "a\e[31m", '1' x 65, 'abc;def')
{
	$mock->config({ rows => 20, accounts => { $key => { secret => $secret, session_token => $token } },
		faults => [ { on => 'all', do => { status => 400, code => 'ValidationException', message => "\e]0;x\a$token",
			headers => { 'x-amzn-RequestId' => $id } } } ] });
	my $error = $t->error("SET client_min_messages = debug1; SELECT count(*) FROM $plain");
	like($error, qr/AWS request id: none\.$/m, 'no request id');
	like($error, qr/request id none$/m, 'nor in the log');
	like($error, qr/ValidationException:  \]0;x \*\*\*$/m, 'the message');
	$said .= $error;
}
foreach my $do ({ type_header => 1, code => $token }, { code => "ns#$token" }, { raw => "<p>$token \e[2J\x{9b}" }, { raw => '{"__type": "' . $token })
{
	$mock->config({ rows => 20, accounts => { $key => { secret => $secret, session_token => $token } },
		faults => [ { on => 'all', do => { status => 400, %$do } } ] });
	my $error = $t->error("SET client_min_messages = debug1; SELECT count(*) FROM $plain");
	like($error, qr/ERROR:  HV000: ListCommandInvocations failed: HTTP 400/, 'an invalid code');
	$said .= $error;
}
unlike($said, $hidden, 'messages: no secret');
unlike($said, qr/[\e\a\x9b]/, 'messages: nothing for a terminal');
unlike(slurp_file($t->node->logfile), $hidden, 'log: no secret');

$t->node->stop;
done_testing();
