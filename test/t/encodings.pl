# Databases that are not UTF-8: what they cannot hold becomes a question mark,
# and nothing fails.
use strict;
use warnings;
use utf8;

use Encode qw(encode_utf8);
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $id = '11111111-2222-4333-8444-555555555555';

# An invocation as the service may send it; the rest are JSON texts.
sub invocation
{
	my ($n, %texts) = @_;
	return {
		CommandId => $id,
		InstanceId => sprintf('i-%017d', $n),
		RequestedDateTime => 1.5e9 + $n,
		map { $_ => { '$raw' => $texts{$_} } } keys %texts
	};
}

my @rows = (
	invocation(1, Comment => '"Grüße, Ärger & Öl"', InstanceName => '"plain"'),
	invocation(2, Comment => '"5 € für 日本語"', InstanceName => '"\u00fc\u20ac"'),
	invocation(3, Comment => '"a\ud800b"', InstanceName => '"\ud83d\ude00 x\u0000y"'),
	invocation(
		4,
		Comment => '""',
		CommandPlugins => '[{"Name": "\u00fc\u20ac\ud83d\ude00\ud800\u0000", "Output": "ü€ \\\\u00fc \n", "ResponseCode": 1.10}]'
	),
	invocation(5, Comment => '"a\u0000b"', CommandPlugins => '[{"Name": "\u0000", "\u0000": "\u0000c"}]'),
	invocation(6, Comment => '"a\u0080b 4e\u4e04 \u4e00"'));
my $t = SsmCluster->new(mock => { rows => 0, explicit => \@rows });
my ($node, $mock) = ($t->node, $t->mock);
my @databases = ([ 'LATIN1' => 'latin1' ], [ 'SQL_ASCII' => 'ascii' ], [ 'UTF8' => 'unicode' ], [ 'EUC_JP' => 'japanese' ],
	[ 'MULE_INTERNAL' => 'mule' ], [ 'EUC_TW' => 'taiwanese' ]);
# MULE_INTERNAL is there up to PostgreSQL 18
@databases = grep { $t->sql("SELECT pg_char_to_encoding('$_->[0]')") >= 0 } @databases;
my %made = map { $_->[1] => 1 } @databases;
foreach my $database (@databases)
{
	my ($encoding, $name) = @$database;
	$t->sql("CREATE DATABASE $name ENCODING '$encoding' LOCALE 'C' TEMPLATE template0");
	$t->setup($name);
}

# The bytes that a database holds of a column of a row.
sub bytes
{
	my ($database, $n, $expression) = @_;
	my $hex = $t->sql(
		"SELECT encode(convert_to($expression, pg_encoding_to_char(encoding)::name), 'hex')
		FROM command_invocations, pg_database
		WHERE instance_id = 'i-" . sprintf('%017d', $n) . "' AND datname = current_database()", $database);
	return pack 'H*', $hex;
}

# Texts: what each database makes of row and column.
foreach my $case (
	[ 'comment', 1, 'umlauts',
		{ latin1 => "Gr\xfc\xdfe, \xc4rger & \xd6l", ascii => encode_utf8('Grüße, Ärger & Öl'),
			unicode => encode_utf8('Grüße, Ärger & Öl'), japanese => "Gr\x8f\xab\xe4\x8f\xa9\xcee, \x8f\xaa\xa3rger & \x8f\xaa\xd3l", mule => 'Gr??e, ?rger & ?l' } ],
	[ 'comment', 2, 'what is not in the set',
		{ latin1 => "5 ? f\xfcr ???", ascii => encode_utf8('5 € für 日本語'),
			unicode => encode_utf8('5 € für 日本語'), japanese => "5 ? f\x8f\xab\xe4r \xc6\xfc\xcb\xdc\xb8\xec", mule => '5 ? f?r ???' } ],
	[ 'instance_name', 2, 'escapes',
		{ latin1 => "\xfc?", ascii => encode_utf8('ü€'), unicode => encode_utf8('ü€'), japanese => "\x8f\xab\xe4?", mule => '??' } ],
	[ 'comment', 3, 'half a surrogate pair',
		{ latin1 => 'a?b', ascii => "a\xef\xbf\xbdb", unicode => "a\xef\xbf\xbdb", japanese => 'a?b', mule => 'a?b' } ],
	[ 'instance_name', 3, 'a pair and a zero',
		{ latin1 => '? x?y', ascii => "\xf0\x9f\x98\x80 x\xef\xbf\xbdy", unicode => "\xf0\x9f\x98\x80 x\xef\xbf\xbdy", japanese => '? x?y', mule => '? x?y' } ],
	[ 'comment', 6, 'what the conversion makes and the check refuses', { taiwanese => "a?b 4e? \xc4\xa1", japanese => "a?b 4e\x8f\xb0\xa2 \xb0\xec" } ],
	[ 'comment', 5, 'a zero',
		{ latin1 => 'a?b', ascii => "a\xef\xbf\xbdb", unicode => "a\xef\xbf\xbdb", japanese => 'a?b', mule => 'a?b' } ],
	[ q((command_plugins->0->>'Name') || (command_plugins->0->>'?')), 5, 'jsonb with zeros',
		{ latin1 => '??c', japanese => '??c', mule => '??c' } ],
	[ 'comment', 4, 'the empty string', { map { $_->[1] => '' } @databases } ],
	[ q(command_plugins->0->>'Name'), 4, 'jsonb with escapes',
		{ latin1 => "\xfc????", ascii => encode_utf8('ü€😀') . "\xef\xbf\xbd" x 2,
			unicode => encode_utf8('ü€😀') . "\xef\xbf\xbd" x 2, japanese => "\x8f\xab\xe4????", mule => "?????" } ],
	[ q(command_plugins->0->>'Output'), 4, 'jsonb with characters',
		{ latin1 => "\xfc? \\u00fc \n", ascii => encode_utf8("ü€ \\u00fc \n"),
			unicode => encode_utf8("ü€ \\u00fc \n"), japanese => "\x8f\xab\xe4? \\u00fc \n", mule => "?? \\u00fc \n" } ],
	[ q(command_plugins->0->>'ResponseCode'), 4, 'jsonb with a number', { map { $_->[1] => '1.10' } @databases } ],)
{
	my ($column, $row, $name, $wanted) = @$case;
	foreach my $database (grep { $made{$_} } sort keys %$wanted)
	{
		is(unpack('H*', bytes($database, $row, $column)), unpack('H*', $wanted->{$database}), "$database: $name");
	}
}

# Bytes that are no UTF-8.
$mock->config({ rows => 1, faults => [ { on => 'all', do => { raw_base64 =>
	'eyJDb21tYW5kSW52b2NhdGlvbnMiOlt7IkNvbW1hbmRJZCI6IngiLCJJbnN0YW5jZUlkIjoieSIsIkNvbW1lbnQiOiJh/mIifV19' } } ] });
my %repaired = (latin1 => 'a?b', ascii => "a\xef\xbf\xbdb", unicode => "a\xef\xbf\xbdb", japanese => 'a?b', mule => 'a?b');
foreach my $database (grep { $made{$_} } sort keys %repaired)
{
	is( $t->sql("SELECT encode(convert_to(comment, pg_encoding_to_char(encoding)::name), 'hex')
			FROM command_invocations, pg_database WHERE datname = current_database()", $database),
		unpack('H*', $repaired{$database}),
		"$database: bytes that are no UTF-8");
}

# Error messages hold nothing that the client's encoding refuses.
foreach my $database (map { $_->[1] } @databases)
{
	my $session = $t->session($database);
	run_in($session, "SET client_encoding = 'UTF8'") unless $database =~ /^(ascii|mule)$/;
	$mock->config({ rows => 1, faults => [ { on => 'all', do => {
		status => 400, code => 'ValidationException', message => 'Größe € ' . '日' x 300 } } ] });
	my (undef, $error) = run_in($session, 'SELECT count(*) FROM command_invocations');
	like($error, qr/HV000: ListCommandInvocations failed: ValidationException: Gr/, "$database: the service's message");
	ok(utf8::decode($error), "$database: the service's message is UTF-8");

	$mock->config({ rows => 1, faults => [ { on => 'all', do => { status => 400, raw_base64 => 'YW4gZXJyb3Ig/v8g5w==' } } ] });
	(undef, $error) = run_in($session, 'SELECT count(*) FROM command_invocations');
	like($error, qr/HV000: ListCommandInvocations failed: HTTP 400: an error /, "$database: a body that is no text");
	ok(utf8::decode($error), "$database: a body that is no text is shown as UTF-8");

	foreach my $blank ('', ' ', '  ')
	{
		$mock->config({ rows => 1, faults => [ { on => 'all', do => { rows_patch => { RequestedDateTime => [ $blank . '日ü' x 40 ] } } } ] });
		(undef, $error) = run_in($session, 'SELECT requested_date_time FROM command_invocations');
		like($error, qr/08P01: the service sent a value that is not a time: /, "$database: a value in a message");
		ok(utf8::decode($error), "$database: a value in a message is UTF-8");
	}
	$session->quit;
}

# Values in clauses go out as UTF-8.
my $word = 'ü' . 'x' x 35;
foreach my $case ([ latin1 => "\xfc" ], [ unicode => encode_utf8('ü') ], [ ascii => encode_utf8('ü') ], [ japanese => "\x8f\xab\xe4" ])
{
	my ($database, $umlaut) = @$case;
	my $value = "convert_from('\\x" . unpack('H*', $umlaut) . "', getdatabaseencoding()) || repeat('x', 35)";
	$mock->config({ rows => 0, explicit => [ { %{ $rows[0] }, CommandId => $word } ] });
	is($t->sql("SELECT count(*) FROM command_invocations WHERE command_id = $value", $database), '1', "$database: a value that is sent");
	is($mock->log->[0]{body}{CommandId}, $word, "$database: it is sent as UTF-8");
	my $plan = $t->sql("SET client_encoding = 'UTF8'; DO \$\$ BEGIN EXECUTE 'CREATE VIEW one AS SELECT FROM command_invocations WHERE command_id = '
		|| quote_literal($value); END \$\$; EXPLAIN SELECT * FROM one", $database);
	like($plan, qr/"CommandId": "\Q@{[ encode_utf8($word) ]}\E"/, "$database: it is shown in EXPLAIN");
	$t->sql("ALTER SERVER ssm OPTIONS (ADD account_id '1')", $database);
	is($t->sql("DO \$\$ BEGIN EXECUTE 'ALTER SERVER ssm OPTIONS (SET account_id ' || quote_literal($value) || ')'; END \$\$;
		SELECT count(*) FROM command_invocations WHERE account_id = $value", $database), '1', "$database: a constant column");
}

# In SQL_ASCII a value may be no UTF-8; no row can have it.
$mock->config({ rows => 5 });
foreach my $clause (map { "$_ = E'\\xfc' || repeat('x', 35)" } qw(command_id document_name status region account_id))
{
	is($t->sql("SELECT count(*) FROM command_invocations WHERE $clause", 'ascii'), '0', "no UTF-8: $clause");
}

done_testing();
