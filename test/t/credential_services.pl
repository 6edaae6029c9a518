# Credentials that have to be asked for: instance, container, roles, and how a
# scan waits for them.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../perl";
use HTTP::Tiny;
use IPC::Open2 qw(open2);
use JSON::PP ();
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(sleep);

my $dir = PostgreSQL::Test::Utils::tempdir();
my $role = 'arn:aws:iam::111122223333:role/read';
my $other = 'arn:aws:iam::444455556666:role/read';

# What the stand-in of test/credentials gives whoever takes a role.
sub taken
{
	my ($caller, $arn) = @_;
	my $digest = sha256_hex("AssumeRole\n$caller\n$arn");
	return ('ASIA' . uc(substr $digest, 0, 16),
		{ secret => substr($digest, 16, 40) . '/+', session_token => 'tok&<' . substr($digest, 20, 40) });
}

# A document as instance and container give it.
sub document
{
	my ($id) = @_;
	return { Code => 'Success', AccessKeyId => $id, SecretAccessKey => $secret, Token => "token-of-$id",
		Expiration => '2099-01-01T00:00:00Z' };
}

my $settings = {
	imds => { role => 'reader', document => document('ASIAINSTANCE'), region => 'eu-central-1' },
	container => { '/creds' => document('ASIACONTAINER'), authorization => 'agent' },
	sts => {
		accounts => {
			$key => { secret => $secret },
			ASIAINSTANCE => { secret => $secret, token => 'token-of-ASIAINSTANCE' }
		},
		external_ids => { $role => 'the+owner' }
	} };
my $pid = open2(my $out, my $in, '/usr/bin/python3', "$FindBin::Bin/../credentials/standin.py",
	JSON::PP->new->canonical->encode($settings));
chomp(my $url = readline $out);
my %accounts = (
	$key => $secret,
	(map { $_ => { secret => $secret, session_token => "token-of-$_" } } qw(ASIAINSTANCE ASIACONTAINER)),
	taken($key, $role), taken('ASIAINSTANCE', $role), taken('ASIAINSTANCE', $other));
my ($key_role) = taken($key, $role);
my ($instance_role) = taken('ASIAINSTANCE', $role);
my ($instance_other) = taken('ASIAINSTANCE', $other);
my %env = (
	HOME => $dir,
	AWS_CONFIG_FILE => "$dir/config",
	AWS_EC2_METADATA_DISABLED => 'false',
	AWS_EC2_METADATA_SERVICE_ENDPOINT => $url,
	AWS_ENDPOINT_URL_STS => $url);
my $t = SsmCluster->new(mock => { rows => 100, accounts => \%accounts }, env => \%env);
my $mock = $t->mock;
my %none = (access_key_id => undef, secret_access_key => undef);

# The server process started anew, with these variables as well.
sub restart
{
	local %ENV = (%ENV, %env, @_);
	$t->node->restart;
	return;
}

# The access keys and regions that signed the requests since the last call.
sub callers
{
	my %seen = map { $_->{headers}{authorization} =~ m{Credential=(\w+)/\d+/([\w-]+)/} ? ("$1 $2" => 1) : () } @{ $mock->log };
	$mock->reset;
	return join ', ', sort keys %seen;
}

# What the stand-in was asked since the last call.
my $asked = 0;
sub asked
{
	my @log = @{ JSON::PP::decode_json(HTTP::Tiny->new(proxy => undef)->get("$url/_log")->{content}) };
	my @new = @log[ $asked .. $#log ];
	$asked = @log;
	return @new;
}

# The instance: its role, and its region where nothing else sets one.

my $instance = $t->foreign('instance', server => { region => undef }, mapping => \%none);
my $session = $t->session;
is(scalar run_in($session, "SELECT count(*), min(region) FROM $instance"), '100|eu-central-1', 'instance');
is(callers(), 'ASIAINSTANCE eu-central-1', 'instance: caller');
is(join(' ', map { "$_->{method} $_->{path}" } asked()),
	'PUT /latest/api/token GET /latest/meta-data/placement/region PUT /latest/api/token '
	. 'GET /latest/meta-data/iam/security-credentials/ GET /latest/meta-data/iam/security-credentials/reader',
	'instance: asked for region and keys');
is(scalar run_in($session, "SELECT count(*) FROM $instance WHERE region = 'eu-central-1'"), '100', 'instance, again');
is(scalar run_in($session, "SELECT count(*) FROM $instance WHERE region = 'nowhere'"), '0', 'instance, in another region');
is(callers(), 'ASIAINSTANCE eu-central-1', 'instance, again: caller');
is(scalar asked(), 0, 'instance, again: asked for nothing');
$session->quit;
is($t->sql("SELECT count(*) FROM $instance WHERE region = 'nowhere'"), '0', 'a new session, in another region');
is(callers(), '', 'a new session, in another region: nothing sent');
$t->sql("ANALYZE $instance");
is(callers(), 'ASIAINSTANCE eu-central-1', 'ANALYZE: caller');
asked();

# Roles.

my $prod = $t->foreign('prod', server => { account_id => '111122223333' },
	mapping => { %none, role_arn => $role, external_id => 'the+owner', role_session_name => 'nightly', duration_seconds => 900 });
my $test = $t->foreign('test', server => { account_id => '444455556666' }, mapping => { %none, role_arn => $other });
is($t->sql("SELECT account_id, count(*) FROM (SELECT account_id FROM $prod UNION ALL SELECT account_id FROM $test) AS u GROUP BY 1 ORDER BY 1"),
	"111122223333|100\n444455556666|100", 'a role in each of two accounts, at the same time');
is(callers(), join(', ', sort "$instance_role us-east-1", "$instance_other us-east-1"), 'roles: callers');
my @forms = sort map { $_->{body} } grep { $_->{method} eq 'POST' } asked();
is(scalar @forms, 2, 'roles: each is taken once');
like($forms[0], qr/RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fread&RoleSessionName=nightly&ExternalId=the%2Bowner&DurationSeconds=900$/,
	'roles: what is asked of STS');

my $lent = $t->foreign('lent', mapping => { role_arn => $role, external_id => 'the+owner' });
$t->sql("CREATE ROLE mallory; GRANT USAGE ON SCHEMA lent TO mallory; GRANT SELECT ON $lent TO mallory;
	CREATE USER MAPPING FOR mallory SERVER lent OPTIONS (access_key_id '$key', secret_access_key '$secret', role_arn '$role', external_id 'the+owner')");
asked();
is($t->sql("SET ROLE mallory; SELECT count(*) FROM $lent"), '100', 'a role taken with the mapping\'s own keys, by no superuser');
is(callers(), "$key_role us-east-1", 'own keys: caller');
is(join(' ', map { $_->{path} } asked()), '/', 'own keys: only STS was asked');

my $denied = $t->error("ALTER USER MAPPING FOR CURRENT_USER SERVER lent OPTIONS (SET external_id 'wrong'); SELECT count(*) FROM $lent");
like($denied, qr/ERROR:  42501: could not get AWS credentials: .*AccessDenied: $key may not take \Q$role\E/, 'a role that may not be taken');
unlike($denied, qr/\Q$secret\E/, 'a role that may not be taken: no secret');
is(callers(), '', 'a role that may not be taken: nothing sent');

# A cancel ends the wait for credentials, and the process that was to give them.

append_to_file("$dir/config", "[profile slow]\ncredential_process = /bin/sh -c 'echo \$\$ > $dir/pid; exec sleep 600'\n");
my $slow = $t->foreign('slow', mapping => { %none, profile => 'slow' });
$session = $t->session;
my $backend = pid_of($session);
start_in($session, "SELECT count(*) FROM $slow");
ok(wait_until(sub { -s "$dir/pid" }), 'a process runs');
chomp(my $process = slurp_file("$dir/pid"));
ok(kill(0, $process), 'it is there');
$t->sql("SELECT pg_cancel_backend($backend)");
my (undef, $err) = finish_in($session);
like($err, qr/ERROR:  57014: canceling statement due to user request/, 'cancelled');
ok(!kill(0, $process), 'the process is gone');
is(scalar run_in($session, "SELECT count(*) FROM $instance"), '100', 'the session goes on');
$session->quit;
callers();
asked();

# A container goes before the instance.

restart(AWS_CONTAINER_CREDENTIALS_FULL_URI => "$url/creds", AWS_CONTAINER_AUTHORIZATION_TOKEN => 'agent', AWS_REGION => 'eu-west-1');
is($t->sql("SELECT count(*) FROM $instance"), '100', 'container');
is(callers(), 'ASIACONTAINER eu-west-1', 'container: caller');
is(join(' ', map { "$_->{method} $_->{path}" } asked()), 'GET /creds', 'container: only it was asked');
restart(AWS_CONTAINER_CREDENTIALS_FULL_URI => "$url/creds", AWS_CONTAINER_AUTHORIZATION_TOKEN => 'stranger-to-it', AWS_REGION => 'eu-west-1');
my $refused = $t->error("SELECT count(*) FROM $instance");
like($refused, qr/ERROR:  28000: no AWS credentials found: .*container: /, 'a container that refuses');
unlike($refused, qr/stranger-to-it/, 'a container that refuses: no secret');
is(scalar(grep { $_->{path} ne '/creds' } asked()), 0, 'and the instance is not asked instead');

close $in;
waitpid $pid, 0;
done_testing();
