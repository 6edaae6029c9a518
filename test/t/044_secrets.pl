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
$t->foreign('wrong', mapping => { secret_access_key => "$secret wrong", session_token => $token });
$t->foreign("profile_$_", mapping => { %none, profile => $_ }) foreach qw(talks half);
$t->foreign('line_feed', mapping => { session_token => "$token\nx: $token" });
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
like(run('SELECT count(*) FROM line_feed.command_invocations'), qr/ERROR:  HV024: .*control characters/, 'a token that is two lines');
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
