# No secret, token or signature is in what a client or the log gets, however
# much of it they ask for.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use JSON::PP ();
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $token = 'FwoGZXIvYXdzEXAMPLETOKEN//////////wEaDH';
my $echo = { on => 'all', do => { status => 400, code => 'ValidationException', echo_authorization => JSON::PP::true } };
my $t = SsmCluster->new(
	mock => { rows => 20, accounts => { $key => { secret => $secret, session_token => $token } } },
	env => { HOME => $dir, AWS_CONFIG_FILE => "$dir/config", AWS_ACCESS_KEY_ID => $key, AWS_SECRET_ACCESS_KEY => $secret,
		AWS_SESSION_TOKEN => $token });
my ($node, $mock) = ($t->node, $t->mock);
my %none = (access_key_id => undef, secret_access_key => undef);

# A process that says more than it should, and a file that is broken at a secret.
append_to_file("$dir/config",
	"[profile talks]\ncredential_process = /bin/sh -c 'echo \"{\\\"Version\\\": 1, \\\"AccessKeyId\\\": \\\"x\\\", \\\"SecretAccessKey\\\": \\\"$secret\\\"\"'\n"
	. "[default]\nservices = local\n[services local]\nsts =\n  endpoint_url = " . $mock->url . "\n[profile half]\naws_secret_access_key = $secret\naws_session_token = $token\nrole_arn = arn:aws:iam::1:role/x\nsource_profile = half\n");

# Set up before the log says everything: it holds these statements themselves.
$t->foreign('mapped', mapping => { session_token => $token });
$t->foreign('ambient', mapping => \%none);
$t->foreign('wrong', mapping => { secret_access_key => "$secret-wrong", session_token => $token });
$t->foreign("profile_$_", mapping => { %none, profile => $_ }) foreach qw(talks half);
$t->foreign('role', mapping => { session_token => $token, role_arn => 'arn:aws:iam::111122223333:role/x' });
$t->sql('CREATE ROLE onlooker; GRANT USAGE ON FOREIGN SERVER mapped TO onlooker');

my $start = -s $node->logfile;
my $all = 'SET log_min_messages = debug5; SET client_min_messages = debug5; SET log_error_verbosity = verbose;
	SET debug_print_parse = on; SET debug_print_rewritten = on; SET debug_print_plan = on; SET log_statement = \'all\';
	SET log_min_duration_statement = 0; SET log_executor_stats = on;';
my $said = '';

# Run a query with all that can be said of it.
sub run
{
	my ($sql) = @_;
	my ($code, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n\\set SHOW_CONTEXT always\n$all\n$sql");
	$said .= $out . $err;
	return $err;
}

foreach my $schema (qw(mapped ambient))
{
	my $table = "$schema.command_invocations";
	like(run("SELECT count(*) FROM $table"), qr/DEBUG:  00000: ssm_fdw: ListCommandInvocations at/, "$schema: the attempts are told");
	run("EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, FORMAT $_) SELECT * FROM $table WHERE status = 'Failed'")
	  foreach qw(TEXT JSON XML YAML);
	run("EXPLAIN (VERBOSE) SELECT * FROM $table");
	run("PREPARE p(text) AS SELECT * FROM $table WHERE command_id = \$1; EXECUTE p('x')");
	run("ANALYZE VERBOSE $table");
	$mock->config({ rows => 20, accounts => { $key => { secret => $secret, session_token => $token } }, faults => [$echo] });
	like(run("SELECT count(*) FROM $table"), qr/ERROR:  HV000: .*Signature=\*+/, "$schema: what the service echoes is crossed out");
	$mock->config({ rows => 20, accounts => { $key => { secret => $secret, session_token => $token } } });
}
like(run('SELECT count(*) FROM wrong.command_invocations'), qr/ERROR:  28000: .*InvalidSignatureException/, 'a wrong secret');
like(run('SELECT count(*) FROM profile_talks.command_invocations'), qr/ERROR:  28000: /, 'a process that is cut off');
like(run('SELECT count(*) FROM profile_half.command_invocations'), qr/ERROR:  28000: /, 'half a pair of keys');

# A statement that is refused for its secrets stays out of the log; the first
# line turns off what PostgreSQL logs of every statement.
sub declined
{
	my ($place, $options, $problem) = @_;
	my $logged = 'SET log_statement = none; SET log_min_duration_statement = -1; SET log_min_error_statement = error; SET client_min_messages = debug5;';
	my (undef, $out, $err) = $node->psql('postgres', "\\set VERBOSITY verbose\n$logged\nCREATE $place OPTIONS ($options)");
	$said .= $out . $err;
	like($err, $problem, "$place: $problem");
	return;
}
my $mapping = 'USER MAPPING FOR onlooker SERVER mapped';
declined($mapping, "access_key_id '$key', secret_access_key E'$secret\\n'", qr/ERROR:  HV024: invalid value for option "secret_access_key"\n(?s:.*)DETAIL:  It contains a line break\./);
declined($mapping, "access_key_id '$secret', secret_access_key '$key'", qr/DETAIL:  It looks like a secret access key \(are access key id and secret swapped\?\)\.$/m);
declined($mapping, "access_key_id '$key', secret_access_key '$secret', session_token E'$token\\nx: $token'", qr/HV024: invalid value for option "session_token"/);
declined($mapping, "access_key_id '$key', secret_acces_key '$secret'", qr/HINT:  Perhaps you meant the option "secret_access_key"/);
declined($mapping, "access_key_id '$key', external_id '$secret\$'", qr/HV024: invalid value for option "external_id"/);
declined('SERVER s FOREIGN DATA WRAPPER ssm_fdw', "secret_access_key '$secret'", qr/HINT:  The option "secret_access_key" belongs to a user mapping\./);
declined('SERVER s FOREIGN DATA WRAPPER ssm_fdw', "endpoint_url 'https://svc:$secret\@host'", qr/HV024: invalid value for option "endpoint_url"/);
like(run('SELECT count(*) FROM role.command_invocations'), qr/ERROR:  HV000: could not get AWS credentials: /, 'a role that nobody gives');
run("SET ROLE onlooker; SELECT * FROM pg_user_mappings; SELECT * FROM pg_foreign_server");

my $log = substr slurp_file($node->logfile), $start;
cmp_ok(length $log, '>', 10_000, 'the log has been written');
foreach my $case ([ client => $said ], [ log => $log ])
{
	my ($where, $text) = @$case;
	my $signature = () = $text =~ /Signature=[0-9a-f]{8}/g;
	is($signature, 0, "$where: no signature");
	is(index($text, $secret), -1, "$where: no secret key");
	is(index($text, $token), -1, "$where: no session token");
}

done_testing();
