# Each failure has its SQLSTATE, message, DETAIL, HINT and CONTEXT, and no
# secret is in any of them, nor in the log.
use strict;
use warnings;

use IO::Socket::INET;
use JSON::PP ();
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $token = 'FwoGZXIvYXdzEXAMPLETOKENxyz';
my %accounts = (
	$key => $secret,
	AKIDDENIED => { secret => $secret, denied => JSON::PP::true },
	AKIDEXPIRED =>
	  { secret => $secret, session_token => $token, expired => JSON::PP::true },
	AKIDTOKEN => { secret => $secret, session_token => $token });

# An authority, and a certificate for 127.0.0.1 signed by it.
sub make_certificates
{
	my ($name) = @_;
	my @new = ('openssl', 'req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256',
		'-nodes', '-days', '2');
	system_or_bail(@new, '-subj', "/CN=$name authority", '-keyout', "$folder/$name-ca.key",
		'-out', "$folder/$name-ca.pem");
	system_or_bail(
		@new, '-subj', '/CN=127.0.0.1', '-addext', 'subjectAltName=IP:127.0.0.1',
		'-CA', "$folder/$name-ca.pem", '-CAkey', "$folder/$name-ca.key",
		'-keyout', "$folder/$name.key", '-out', "$folder/$name.pem");
	return;
}

make_certificates('right');
make_certificates('wrong');
my $t = SsmCluster->new(
	conf => "log_min_messages = debug5\nlog_statement = none\nlog_min_error_statement = panic\n",
	tls => [ "$folder/right.pem", "$folder/right.key" ]);
my $user = $t->sql('SELECT quote_ident(current_user)');
my ($node, $mock) = ($t->node, $t->mock);
my $number = 0;

# The rules for the first requests, or all.
sub fault { return { faults => [ { on => 'all', do => {@_} } ] }; }

# One row of the table of failures: make a server and mapping with these
# options, configure the stand-in, and compare what psql says with each pattern.
sub fails
{
	my ($name, %case) = @_;
	my $table = $t->foreign('s' . ++$number, %case);
	my $sql = $case{sql} // "SELECT instance_id, comment FROM $table";

	$mock->config({ rows => 20, accounts => \%accounts, %{ $case{mock} // {} } });
	my $error = $t->error($sql);
	like($error, $_, $name) foreach @{ $case{like} };
	like($error, qr/^CONTEXT:  foreign table "command_invocations"$/m, "$name: context")
	  unless $case{no_context};
	is(@{ $mock->log }, $case{requests}, "$name: requests") if defined $case{requests};
	return $error;
}

# DETAIL for that many attempts.
sub attempts
{
	my ($n, $id) = @_;
	$id //= '[0-9a-f-]{36}';
	return qr/^DETAIL:  Operation ListCommandInvocations, attempts: $n, AWS request id: $id\.$/m;
}

# The identity.

fails(
	'access denied',
	mapping => { access_key_id => 'AKIDDENIED' },
	requests => 1,
	like => [
		qr/ERROR:  42501: ListCommandInvocations failed: AccessDeniedException: User: arn:/,
		qr/^HINT:  Allow the action ssm:ListCommandInvocations .* for server s1\.$/m,
		attempts(1)
	]);
fails(
	'wrong secret',
	mapping => { secret_access_key => 'wrong-but-not-short' },
	requests => 1,
	like => [
		qr/ERROR:  28000: .*InvalidSignatureException: The request signature/,
		qr/^HINT:  Check the credentials of the user mapping for server s2\.$/m, attempts(1)
	]);
fails(
	'unknown key',
	mapping => { access_key_id => 'AKIDUNKNOWN' },
	requests => 1,
	like => [ qr/ERROR:  28000: .*UnrecognizedClientException: The security token/, attempts(1) ]);
fails(
	'expired token',
	mapping => { access_key_id => 'AKIDEXPIRED', session_token => $token },
	requests => 1,
	like => [ qr/ERROR:  28000: .*ExpiredTokenException: The security token/, attempts(1) ]);
fails(
	'no secret in the mapping',
	mapping => { secret_access_key => undef },
	requests => 0,
	like => [
		qr/ERROR:  28000: no AWS credentials found for server "s5"/,
		qr/^DETAIL:  .*secret_access_key/m,
		qr/^HINT:  ALTER USER MAPPING FOR \Q$user\E SERVER s5 OPTIONS \(ADD secret_access_key/m
	]);
fails(
	'no keys in the mapping',
	mapping => { access_key_id => undef, secret_access_key => undef },
	requests => 0,
	like => [ qr/ERROR:  28000: no AWS credentials found: user mapping: access_key_id is not set; environment: / ]);

$t->sql('CREATE ROLE "no body"; GRANT SELECT ON command_invocations TO "no body"');
my $missing = $t->error('SET ROLE "no body"; SELECT count(*) FROM command_invocations');
like($missing, qr/ERROR:  42704: user mapping not found for/, 'no mapping');
like(
	$missing,
	qr/^HINT:  CREATE USER MAPPING FOR "no body" SERVER ssm OPTIONS \(access_key_id '/m,
	'no mapping: hint');

# Throttling, and other answers that are errors.

fails(
	'throttled',
	server => { max_attempts => 2 },
	mock => fault(status => 400, code => 'ThrottlingException', message => 'Rate exceeded'),
	requests => 2,
	like => [
		qr/ERROR:  53400: ListCommandInvocations failed: ThrottlingException: Rate exceeded/,
		qr/^HINT:  .*max_concurrency.*max_attempts/m, attempts(2)
	]);
fails(
	'HTTP 429 without a code',
	server => { max_attempts => 2 },
	mock => fault(status => 429),
	like => [ qr/ERROR:  53400: ListCommandInvocations failed: HTTP 429$/m, attempts(2) ]);
fails(
	'internal error',
	server => { max_attempts => 3 },
	mock => fault(status => 500, code => 'InternalServerError', message => 'An error occurred'),
	requests => 3,
	like => [
		qr/ERROR:  HV000: ListCommandInvocations failed: InternalServerError: An error occurred$/m,
		attempts(3)
	]);
fails(
	'HTTP 503 without a body',
	server => { max_attempts => 3 },
	mock => fault(status => 503),
	requests => 3,
	like => [ qr/ERROR:  HV000: ListCommandInvocations failed: HTTP 503$/m, attempts(3) ]);
fails(
	'an error that stays',
	mock => fault(
		status => 400, code => 'ValidationException', message => "two\nlines", type_header => 1),
	requests => 1,
	like => [
		qr/ERROR:  HV000: ListCommandInvocations failed: ValidationException: two lines$/m,
		attempts(1)
	]);
fails(
	'an error without a code',
	mock => fault(status => 404, raw => '<h1>not here</h1>'),
	requests => 1,
	like => [ qr/ERROR:  HV000: ListCommandInvocations failed: HTTP 404: <h1>not here/, qr/^HINT:  .*proxy or firewall/m ]);
fails(
	'forbidden by something in between',
	mock => fault(status => 403, raw => '<h1>blocked</h1>'),
	requests => 1,
	like => [ qr/ERROR:  42501: ListCommandInvocations failed: HTTP 403: <h1>blocked/ ]);
fails(
	'a redirection is not followed',
	mock => fault(status => 307, headers => { Location => $mock->url }),
	requests => 1,
	like => [ qr/ERROR:  HV000: ListCommandInvocations failed: HTTP 307/ ]);
fails(
	'no request id',
	mock => fault(status => 400, code => 'ValidationException', headers => { 'x-amzn-RequestId' => undef }),
	like => [ qr/ERROR:  HV000:/, attempts(1, 'none') ]);
fails(
	'HTTP 200 that is broken is tried again',
	server => { max_attempts => 3 },
	mock => fault(raw => '<html>Please log in</html>'),
	requests => 3,
	like => [
		qr/ERROR:  08P01: /,
		qr/^HINT:  Check that what answers at the endpoint of server s\d+ is AWS Systems Manager/m,
		attempts(3)
	]);
fails("HTTP 200, $_->[0]", server => { max_attempts => 2 }, mock => fault(%{ $_->[1] }),
	requests => 2, like => [ qr/ERROR:  08P01: /, attempts(2) ])
  foreach (
	[ 'empty' => { raw => '' } ],
	[ 'cut off' => { truncate => -20 } ],
	[ 'white space' => { raw => '  ' } ],
	[ 'no JSON' => { raw => 'hello' } ],
	[ 'an array' => { raw => '[]' } ],
	[ 'no list' => { raw => '{"CommandInvocations": 7}' } ],
	[ 'a row that is a number' => { raw => '{"CommandInvocations": [7]}' } ],
	[ 'a token that is a number' => { merge => { NextToken => 7 } } ],
	[ 'text after it' => { raw => '{"CommandInvocations": []}}' } ],
	[ 'deep' => { raw => '{"CommandInvocations": [{"CommandPlugins": ' . '[' x 100000 . '}]}' } ],
  );
fails(
	'an endless loop of pages',
	server => { page_size => 5, max_attempts => 2 },
	mock => fault(repeat_token => 'first'),
	like => [ qr/ERROR:  08P01: .*same NextToken/ ]);

# The connection.

my $closed = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
my $port = $closed->sockport;
close $closed;
fails(
	'refused',
	server => { endpoint_url => "http://127.0.0.1:$port", max_attempts => 2 },
	like => [
		qr/ERROR:  08001: could not connect to "127\.0\.0\.1:$port": /,
		qr/^HINT:  Check the region and endpoint_url of server s\d+, /m,
		attempts(2, 'none')
	]);
fails(
	'no such host',
	server => { endpoint_url => 'http://nowhere.invalid', max_attempts => 2 },
	like => [ qr/ERROR:  08001: could not connect to "nowhere\.invalid": /, attempts(2, 'none') ]);

my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
listen($full, 0) or die $!;
my @fill = map {
	IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $full->sockport, Blocking => 0)
} 1 .. 4;
fails(
	'connect_timeout',
	server => {
		endpoint_url => 'http://127.0.0.1:' . $full->sockport,
		connect_timeout => '100 ms',
		max_attempts => 2
	},
	like => [ qr/ERROR:  08001: could not connect to /, attempts(2, 'none') ]);

foreach my $where ('before', 'headers', 'body')
{
	fails(
		"reset $where",
		server => { max_attempts => 2 },
		mock => fault(reset => $where),
		requests => 2,
		like => [
			qr/ERROR:  08006: connection to "127\.0\.0\.1:\d+" failed: /,
			attempts(2, '(?:none|[0-9a-f-]{36})')
		]);
}
fails("closed $_", server => { max_attempts => 2 }, mock => fault(close => $_),
	requests => 2, like => [ qr/ERROR:  08006: connection to / ])
  foreach ('before', 'body');
fails(
	'body shorter than announced',
	server => { max_attempts => 2 },
	mock => fault(content_length => 'long'),
	requests => 2,
	like => [ qr/ERROR:  08006: connection to / ]);
fails("request_timeout, $_->[0]", server => { request_timeout => '300 ms', max_attempts => 2 },
	mock => fault(%{ $_->[1] }), requests => 2,
	like => [
		qr/ERROR:  08006: connection to "127/,
		qr/^HINT:  .*request_timeout of server s\d+\.$/m
	])
  foreach (
	[ 'no answer' => { delay => 3600 } ],
	[ 'in the headers' => { stall => 'headers' } ],
	[ 'in the body' => { stall => 'body' } ],
	[ 'dripping' => { drip => 20 } ]);

# TLS.

my %tls = (endpoint_url => $mock->tls_url, max_attempts => 2);
my $secure = $t->foreign('secure', server => { %tls, ca_bundle => "$folder/right-ca.pem" });
$mock->config({ rows => 20 });
is($t->sql("SELECT count(*) FROM $secure"), '20', 'ca_bundle: the right authority');
foreach my $bundle (undef, "$folder/wrong-ca.pem")
{
	fails(
		'certificate of an unknown authority' . ($bundle ? ' in ca_bundle' : ''),
		server => { %tls, ca_bundle => $bundle },
		requests => 0,
		like => [ qr/ERROR:  08001: could not connect to "127/, attempts(1, 'none') ]);
}
fails(
	'certificate of another name',
	server => { %tls, endpoint_url => $mock->tls_url =~ s/127\.0\.0\.1/localhost/r, ca_bundle => "$folder/right-ca.pem" },
	requests => 0,
	like => [ qr/ERROR:  08001: could not connect to "localhost/, attempts(1, 'none') ]);
fails(
	'no such ca_bundle',
	server => { %tls, ca_bundle => "$folder/none.pem" },
	requests => 0,
	like => [ qr/ERROR:  HV024: could not read ca_bundle ".*none\.pem": / ]);
fails(
	'https to a server that speaks http',
	server => { endpoint_url => $mock->url =~ s/http/https/r, max_attempts => 2 },
	like => [ qr/ERROR:  08001: could not connect to / ]);

# Limits.

fails(
	'max_response_size',
	server => { max_response_size => '4kB' },
	mock => { plugins => 5, output => 2000 },
	sql => 'SELECT command_plugins FROM s' . ($number + 1) . '.command_invocations',
	requests => 1,
	like => [ qr/ERROR:  54000: .*larger than max_response_size \(4096 bytes\)/, attempts(1) ]);
fails(
	'max_requests',
	server => { max_requests => 2, page_size => 5 },
	requests => 2,
	like => [
		qr/ERROR:  54000: the scan needs more than max_requests \(2\) requests/,
		qr/^HINT:  Ask for fewer rows/m
	]);
my $enough = $t->foreign('enough', server => { max_requests => 4, page_size => 5 });
$mock->config({ rows => 20 });
is($t->sql("SELECT count(*) FROM $enough"), '20', 'max_requests that suffice');

# Options that do not fit together.

fails(
	'no region',
	server => { region => undef },
	requests => 0,
	like => [ qr/ERROR:  HV024: Invalid Configuration: Missing Region/, qr/^HINT:  .*region/m ]);
fails(
	'no region, no endpoint_url',
	server => { region => undef, endpoint_url => undef },
	requests => 0,
	like => [ qr/ERROR:  HV024: Invalid Configuration: Missing Region/ ]);
fails(
	"$_ and endpoint_url",
	server => { $_ => 'true' },
	requests => 0,
	like => [ qr/ERROR:  HV024: Invalid Configuration/, qr/^HINT:  Remove one of the two: endpoint_url, or $_\./m ])
  foreach ('use_fips_endpoint', 'use_dualstack_endpoint');

# Values that do not fit their column name it.

$t->sql('CREATE FOREIGN TABLE odd (instance_id text, comment int, name int[]
	OPTIONS (member \'InstanceName\'), requested_date_time timestamptz) SERVER ssm');
$mock->config({ rows => 5, faults => [ { on => 'all', do => { rows_patch => { Comment => 'no number' } } } ] });
my $error = $t->error('SELECT comment FROM odd');
like($error, qr/ERROR:  22P02: invalid input syntax for type integer: "no number"/, 'column: error');
like($error, qr/^CONTEXT:  column "comment" of foreign table "odd"$/m, 'column: context');
$mock->config({ rows => 5, faults => [ { on => 'all', do => { rows_patch => { RequestedDateTime => [] } } } ] });
like($t->error('SELECT requested_date_time FROM odd'),
	qr/ERROR:  08P01: .*not a time.*CONTEXT:  column "requested_date_time"/s, 'column: no time');

# Secrets.

my $echo = { status => 400, code => 'ValidationException', echo_authorization => 1 };
$mock->config({ rows => 20, accounts => \%accounts, faults => [ { on => 'all', do => $echo } ] });
my $mapping = { access_key_id => 'AKIDTOKEN', session_token => $token };
my $echoing = $t->foreign('echoing', mapping => $mapping);
my $echoed = $t->error("SELECT count(*) FROM $echoing");
like($echoed, qr/HV000: .*ValidationException: .*Signature=\*{3}/, 'what is echoed is shown redacted');
$echoed .= $t->sql("EXPLAIN (VERBOSE) SELECT * FROM $echoing");
$mock->config({ rows => 20, accounts => \%accounts });
$echoed .= $t->sql("EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM $echoing");

my @signatures = map { $_->{headers}{authorization} =~ /Signature=(\w{64})/ ? $1 : () } @{ $mock->log };
ok(@signatures > 0, 'there are signatures to look for');

# the CREATE statements above are the only place where they may be: not logged
my $log = slurp_file($node->logfile);
foreach my $place ([ 'messages', $echoed ], [ 'log', $log ])
{
	my ($name, $text) = @$place;
	unlike($text, qr/\Q$secret\E/, "$name: no secret key");
	unlike($text, qr/\Q$token\E/, "$name: no session token");
	unlike($text, qr/Signature=[0-9a-f]/, "$name: no signature");
	unlike($text, qr/$_/, "$name: no signature") foreach @signatures;
}

# Each attempt has its line in the log.

my $host = qr/127\.0\.0\.1:\d+/;
my $id = qr/[0-9a-f-]{36}/;
my $line = qr/DEBUG:  ssm_fdw: ListCommandInvocations at $host/;
like($log, qr/$line, attempt 1: ok, HTTP status 200, \d+ ms, request id $id/, 'log: success');
like($log, qr/$line, attempt 2: ThrottlingException, HTTP status 400, \d+ ms, request id $id/, 'log: second attempt');
like($log, qr/$line, attempt 2: could not connect .*, HTTP status 0, \d+ ms, request id none/, 'log: no answer');

done_testing();
