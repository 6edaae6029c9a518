# Whatever the service does, a query ends in the right rows or in one clear
# error, never in fewer rows, and the session's next query works.
use strict;
use warnings;

use IO::Socket::INET;
use MIME::Base64 qw(encode_base64);
use FindBin;
use JSON::PP ();
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $token = 'FwoGZXIvYXdzEXAMPLETOKENxyz';
my %data = (rows => 40, nodes => 20, accounts => { $key => $secret });
my ($yes, $no) = (JSON::PP::true, JSON::PP::false);

# A certificate that nobody vouches for.
system_or_bail('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
	'-nodes', '-days', '2', '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
	'-keyout', "$folder/own.key", '-out', "$folder/own.pem");
my $t = SsmCluster->new(mock => {%data}, tls => [ "$folder/own.pem", "$folder/own.key" ]);
my $mock = $t->mock;
my $session = $t->session;

# Ports that refuse, that answer no connection, and that answer no handshake.
my $refusing = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
my $refused = $refusing->sockport;
close $refusing;
my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
listen($full, 0) or die $!;
my @fill = map {
	IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Blocking => 0)
} 1 .. 4;
my $mute = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die $!;

my %hasty = (
	page_size => 10, max_attempts => 2, connect_timeout => '300 ms', request_timeout => '300 ms',
	max_response_size => '1 MB');
$t->foreign('good', server => { %hasty, request_timeout => '10 s' });
$t->foreign('hasty', server => {%hasty});
my %endpoints = (
	'refused connection' => "http://127.0.0.1:$refused",
	'DNS failure' => 'http://nowhere.invalid',
	'no answer to a connection' => 'http://127.0.0.1:' . $full->sockport,
	'no answer to a TLS handshake' => 'https://127.0.0.1:' . $mute->sockport,
	'TLS with an unknown authority' => $mock->tls_url,);

my $digest = "SELECT count(*), md5(string_agg(i::text, ',' ORDER BY command_id, instance_id)) FROM %s.command_invocations AS i";
my $usual = run_in($session, sprintf $digest, 'good');
like($usual, qr/^40\|/, 'the rows');

# Run a query; its answer is the rows wanted, or has the SQLSTATE wanted.  Then
# the next one works.
sub ends_in
{
	my ($name, $sql, $wanted) = @_;
	my ($out, $err) = run_in($session, $sql);

	if ($wanted =~ /^[0-9A-Z]{5}$/)
	{
		like($err, qr/^(?:psql:\S+ )?ERROR:  $wanted: /m, "$name: $wanted");
		is($out, '', "$name: no row of it");
		is(scalar(() = $err =~ /ERROR/g), 1, "$name: one error");
	}
	else
	{
		is("$out$err", $wanted, $name);
	}
	$mock->config({%data});
	is(join('', run_in($session, sprintf $digest, 'good')), $usual, "$name: the next query");
	return;
}

# Where to connect.

my $number = 0;
foreach my $name (sort keys %endpoints)
{
	my $schema = 'e' . $number++;
	$t->foreign($schema, server => { %hasty, endpoint_url => $endpoints{$name} });
	ends_in($name, sprintf($digest, $schema), '08001');
}

# What the service does to the first request, or to the third of four pages,
# each time it is asked: [ name, faults, what it ends in, of which server ].

foreach my $case (
	[ 'reset before the headers', { reset => 'before' }, '08006' ],
	[ 'reset inside the headers', { stall => { headers => 0 }, reset => 'headers' }, '08006' ],
	[ 'reset after the headers', { reset => 'headers' }, '08006' ],
	[ 'reset inside the body', { reset => 'body' }, '08006' ],
	[ 'reset after the body', { reset => 'after' }, $usual ],
	[ 'closed before the headers', { close => 'before' }, '08006' ],
	[ 'closed inside the body', { close => 'body' }, '08006' ],
	[ 'no answer', { delay => 3600 }, '08006', 'hasty' ],
	[ 'stalled headers', { stall => 'headers' }, '08006', 'hasty' ],
	[ 'stalled body', { stall => 'body' }, '08006', 'hasty' ],
	[ 'one byte a second', { drip => 1 }, '08006', 'hasty' ],
	[ 'Content-Length too large', { content_length => 'long' }, '08006' ],
	[ 'Content-Length too small', { content_length => 'short' }, '08P01' ],
	[ 'no HTTP', { wire => "SSH-2.0-OpenSSH_9.2\r\n" }, '08P01' ],
	[ 'HTTP without headers', { wire => "<html>Please log in</html>" }, '08P01' ],
	[ 'HTTP without an end', { wire => "HTTP/1.1 200 OK\r\nDate: never\r\n" }, '08P01' ],
	[ 'HTTP/1.0, ended by closing', { wire => "HTTP/1.0 200 OK\r\n\r\n{" }, '08P01' ],
	[ 'an invalid status line', { wire => "HTTP/1.1 OK\r\n\r\n{}" }, '08P01' ],
	[ 'chunks of no size', { wire => "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n{}" }, '08006' ],
	[ 'Content-Length that is no number', { wire => "HTTP/1.1 200 OK\r\nContent-Length: -7\r\n\r\n{}" }, '08P01' ],
	[ 'two answers at once', { wire => "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n" x 2 }, 'HV000' ],
	[ 'many headers', { headers => { map { ("X-$_" => "x" x 1000) } 1 .. 250 } }, $usual ],
	[ 'gzip, unasked', { gzip => $yes }, '08P01' ],
	[ 'chunked', { chunked => $yes }, $usual ],
	[ 'chunked and cut', { chunked => $yes, close => 'body' }, '08006' ],
	[ 'HTML', { raw => '<html><body>Please log in</body></html>' }, '08P01' ],
	[ 'empty', { raw => '' }, '08P01' ],
	[ 'no content', { status => 204 }, '08P01' ],
	[ 'truncated', { truncate => -3 }, '08P01' ],
	[ 'not JSON', { raw => "{'CommandInvocations': []}" }, '08P01' ],
	[ 'a byte order mark', { raw => "\x{feff}{\"CommandInvocations\": []}" }, '08P01' ],
	[ 'a control character', { raw => "{\"CommandInvocations\": [{\"Comment\": \"\0\"}]}" }, '08P01' ],
	[ 'deep nesting', { merge => { New => { '$raw' => '[' x 100 . ']' x 100 } } }, '08P01' ],
	[ 'deeper nesting', { raw => '[' x 900000 }, '08P01' ],
	[ 'deep nesting in an error', { status => 400, raw => '{"a":' x 100000 }, 'HV000' ],
	[ 'nesting that is allowed', { merge => { New => { '$raw' => '[' x 50 . ']' x 50 } } }, $usual ],
	[ 'huge body', { pad => 2000000 }, '54000' ],
	[ 'large body', { pad => 900000 }, $usual ],
	[ 'huge body of an error', { status => 500, pad => 2000000 }, '54000' ],
	[ 'huge token', { token_bytes => 70000 }, '08P01' ],
	[ 'large token', { token_bytes => 60000 }, $usual ],
	[ 'token of another type', { merge => { NextToken => [] } }, '08P01' ],
	[ 'repeated token', { repeat_token => $yes }, '08P01', 'good', 'middle' ],
	[ 'InvalidNextToken', { status => 400, code => 'InvalidNextToken' }, 'HV000' ],
	[ 'HTTP 500', { status => 500, code => 'InternalServerError' }, 'HV000' ],
	[ 'HTTP 599', { status => 599 }, 'HV000' ],
	[ 'redirection', { status => 308, headers => { Location => $mock->url } }, 'HV000' ],
	[ 'throttling without end', { status => 400, code => 'ThrottlingException' }, '53400' ],
	[ 'expired token', { status => 400, code => 'ExpiredTokenException' }, '28000' ],
	[ 'access denied', { status => 400, code => 'AccessDeniedException' }, '42501' ],
	[ 'unknown members', { merge => { A => { b => [ {} ] } }, rows_patch => { C => [ { d => undef } ] } }, $usual ],
	[ 'no members at all', { raw => '{}' }, '0|', 'good', 'first' ],
	[ 'null for members', { raw => '{"CommandInvocations": null, "NextToken": null}' }, '0|', 'good', 'first' ],)
{
	my ($name, $faults, $wanted, $schema, $only) = @$case;
	foreach my $place ([ first => [ 1 .. 9 ] ], [ middle => [ 3 .. 9 ] ])
	{
		next if $only && $only ne $place->[0];
		$mock->config({ %data, faults => [ { on => $place->[1], do => $faults } ] });
		ends_in("$name, $place->[0] page", sprintf($digest, $schema // 'good'), $wanted);
	}
}

# A token that expires while the pages are read.
$t->foreign('temporary', server => {%hasty}, mapping => { session_token => $token });
$mock->config({
	%data,
	accounts => { $key => { secret => $secret, session_token => $token } },
	faults => [ { on => [ 3 .. 9 ], do => { status => 400, code => 'ExpiredTokenException', echo_authorization => $yes } } ]
});
ends_in('token expiry', sprintf($digest, 'temporary'), '28000');

# Members: every one missing, null, and of every type.

my @texts = qw(CommandId InstanceId InstanceName Comment DocumentName DocumentVersion Status
  StatusDetails StandardOutputUrl StandardErrorUrl ServiceRole TraceOutput);
my @jsons = qw(CommandPlugins NotificationConfig CloudWatchOutputConfig);
my @values = (
	undef, 'null', '7', '-0.0', '1e400', '1' x 40, 'true', '""', '"text"', '"a\\nb"', '[]', '{}',
	'[null, {"a": [1.10]}]', '{"a": {"b": null}}');

# The column of a member.
sub column { return lc $_[0] =~ s/(?<=[a-z])(?=[A-Z])/_/gr; }

# What psql prints of a value in a column of text and in one of jsonb.
sub as_text
{
	my ($value) = @_;
	return '' if !defined $value || $value eq 'null';
	return $value =~ /^"/ ? JSON::PP->new->allow_nonref->decode($value) : $value;
}
sub as_jsonb
{
	my ($value) = @_;
	return '' if !defined $value || $value eq 'null';
	return $value eq '1e400' ? '1' . '0' x 400 : $value eq '-0.0' ? '0.0' : $value;
}

my $row = 0;
foreach my $kind ([ \@texts, \&as_text ], [ \@jsons, \&as_jsonb ])
{
	my ($members, $printed) = @$kind;
	foreach my $member (@$members)
	{
		my @rows = map {
			{
				CommandId => 'c', InstanceId => sprintf('n%03d', $row++),
				defined $_ ? ($member => { '$raw' => $_ }) : ()
			}
		} @values;
		my $column = column($member);
		delete $_->{CommandId} foreach $member eq 'CommandId' ? $rows[0] : ();
		delete $_->{InstanceId} foreach $member eq 'InstanceId' ? $rows[0] : ();
		# one page, whose rows come in the order sent
		$mock->config({ %data, rows => 0, explicit => \@rows });
		my ($out, $err) = run_in($session, "SELECT $column FROM command_invocations");
		is("$out$err", join("\n", map { $printed->($_) } @values), "$member: missing, null, any type");
		($out, $err) = run_in($session, "SELECT count(*), count($column), count(i) FROM command_invocations AS i");
		is("$out$err", '14|12|14', "$member: rows, and those that have it");
	}
}

# A repeated member: the last one counts, as in JSON parsers at large.
$mock->config({ %data, rows => 0, faults => [ { on => 'all', do => { raw =>
	'{"NextToken": "x", "CommandInvocations": [{}, {}], "CommandInvocations": [{"Comment": "a", "Comment": "b"}], "NextToken": ""}' } } ] });
ends_in('a repeated member', 'SELECT comment FROM good.command_invocations', 'b');

# Times and numbers.

foreach my $case (
	[ '1.542081640614E9', '2018-11-13 04:00:40.614+00' ],
	[ '1542081640.' . '614' . '0' x 100, '2018-11-13 04:00:40.614+00' ],
	[ '"1542081640.614"', '2018-11-13 04:00:40.614+00' ],
	[ '"2018-11-13T04:00:40.614Z"', '2018-11-13 04:00:40.614+00' ],
	[ '0', '1970-01-01 00:00:00+00' ],
	[ '-1e-400', '1970-01-01 00:00:00+00' ],
	[ '253402300800', '10000-01-01 00:00:00+00' ],
	[ '-2e11', '4369-04-02 04:26:40+00 BC' ],
	[ '9.3e12', '22008' ],
	[ '-3e11', '22008' ],
	[ '1e400', '22008' ],
	[ '-1e400', '22008' ],
	[ '1' x 40, '22008' ],
	[ '"2018-02-30T00:00:00Z"', '22008' ],
	[ '"2018-11-13T04:61:00Z"', '22008' ],
	[ '"20 past"', '22007' ],
	[ '""', '08P01' ],
	[ '"now"', '08P01' ],
	[ '"infinity"', '08P01' ],
	[ '" 2018-11-13"', '08P01' ],
	[ 'true', '08P01' ],
	[ '[1542081640.614]', '08P01' ],
	[ '{}', '08P01' ],)
{
	my ($value, $wanted) = @$case;
	$mock->config({ %data, rows => 0, explicit => [ { CommandId => 'c', RequestedDateTime => { '$raw' => $value } } ] });
	ends_in("time " . substr($value, 0, 40), 'SELECT requested_date_time FROM good.command_invocations', $wanted);
}
foreach my $case (
	[ '1e400', '1' . '0' x 400 ],
	[ '-1e-400', '-0.' . '0' x 399 . '1' ],
	[ '1' x 40, '1' x 40 ],
	[ '0.0', '0.0' ],
	[ '1e200000', '22003' ],)
{
	my ($value, $wanted) = @$case;
	my $plugins = "[{\"ResponseCode\": $value}]";
	$mock->config({ %data, rows => 0, explicit => [ { CommandId => 'c', CommandPlugins => { '$raw' => $plugins } } ] });
	ends_in('number in jsonb ' . substr($value, 0, 40),
		q(SELECT command_plugins->0->'ResponseCode' FROM good.command_invocations), $wanted);
}

# What is not text becomes U+FFFD.

foreach my $case (
	[ 'invalid UTF-8', "a\xff\xc3b", "a\x{fffd}\x{fffd}b" ],
	[ 'overlong UTF-8', "a\xc0\x80b", "a\x{fffd}\x{fffd}b" ],
	[ 'a surrogate in UTF-8', "a\xed\xa0\x80b", "a\x{fffd}\x{fffd}\x{fffd}b" ],
	[ 'beyond U+10FFFF', "a\xf4\x90\x80\x80b", "a\x{fffd}\x{fffd}\x{fffd}\x{fffd}b" ],
	[ 'NUL', 'a\u0000b', "a\x{fffd}b" ],
	[ 'a lone high surrogate', 'a\ud800b', "a\x{fffd}b" ],
	[ 'a lone low surrogate', 'a\udc00\ud800', "a\x{fffd}\x{fffd}" ],)
{
	my ($name, $text, $wanted) = @$case;
	utf8::encode($wanted);
	my $body = "{\"CommandInvocations\": [{\"Comment\": \"$text\", \"CommandPlugins\": [{\"$text\": \"$text\"}]}]}";
	$mock->config({ %data, faults => [ { on => 'all', do => { raw_base64 => encode_base64($body, '') } } ] });
	ends_in($name, 'SELECT comment, command_plugins FROM good.command_invocations', "$wanted|[{\"$wanted\": \"$wanted\"}]");
}
$session->quit;

done_testing();
