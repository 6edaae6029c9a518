# Credentials that a scan fetches, from STS, the instance, a container or a program:
# who is asked, by whom the calls are then signed, and that nothing hangs, leaks or is
# lent.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../perl";
use POSIX qw(strftime);
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmProviders;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $providers = SsmProviders->new;
my $url = $providers->url;

# What the stand-in derives from texts: key id, secret and token.
sub derived
{
	my $digest = sha256_hex(join "\n", @_);
	return ('ASIA' . uc substr($digest, 0, 16), substr($digest, 16, 40) . '/+', 'tok&<' . substr($digest, 20, 40));
}

# As an account of the stand-in for SSM, and as what agents give.
sub account { return ($_[0] => { secret => $_[1], session_token => $_[2] }); }

sub document
{
	return { AccessKeyId => $_[0], SecretAccessKey => $_[1], Token => $_[2],
		Expiration => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 7200)) };
}

my ($one, $two) = map { "arn:aws:iam::11112222333$_:role/read" } 1, 2;
my @one = derived('AssumeRole', $key, $one);
my @two = derived('AssumeRole', $one[0], $two);
my @web = derived('AssumeRoleWithWebIdentity', 'token', $one);
my @instance = derived('instance');
my @container = derived('container');
my @by_instance = derived('AssumeRole', $instance[0], $two);
my %accounts = ($key => $secret, map { account(@$_) } \@one, \@two, \@web, \@instance, \@container, \@by_instance);
my %sts = (accounts => { $key => { secret => $secret } }, external_ids => { $one => 'from-us' });
my %env = (
	HOME => $dir,
	AWS_CONFIG_FILE => "$dir/config",
	AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials",
	AWS_EC2_METADATA_DISABLED => '',
	AWS_EC2_METADATA_SERVICE_ENDPOINT => $url,
	AWS_ENDPOINT_URL_STS => $url);
my $t = SsmCluster->new(mock => { rows => 100, accounts => \%accounts }, env => \%env, conf => "log_min_messages = debug1\n");
my $mock = $t->mock;
my %none = (access_key_id => undef, secret_access_key => undef);
my %role = (role_arn => $one, external_id => 'from-us');
my $servers = 0;

# The table of a new server.
sub table { my (%params) = @_; return $t->foreign('s' . ++$servers, %params); }

# The server process started anew, with these variables as well.
sub restart
{
	local %ENV = (%ENV, %env, @_);
	$t->node->restart;
	return;
}

# Who signed the requests since the last call, and for what region.
sub callers
{
	my %seen = map { $_ => 1 } map { $_->{headers}{authorization} =~ m{Credential=(\w+)/\d+/([\w-]+)/} ? "$1 $2" : '?' } @{ $mock->log };
	$mock->reset;
	return join ', ', sort keys %seen;
}

# What was asked of whom, in order.
sub paths { return join ' ', map { "$_->{method} $_->{path}" } $providers->asked; }

# Roles.

$providers->set(sts => \%sts);
my $table = table(mapping => { %role, role_session_name => 'me', duration_seconds => 900 });
my $session = $t->session;
$mock->reset;
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', 'a role');
is(callers(), "$one[0] us-east-1", 'has the calls signed by its keys');
is(($providers->asked)[0]{body}, 'Action=AssumeRole&Version=2011-06-15&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223331%3Arole%2Fread'
	. '&RoleSessionName=me&ExternalId=from-us&DurationSeconds=900', 'what STS is asked');
like(($providers->asked)[0]{headers}{'user-agent'}, qr{^ssm_fdw/1\.0 }, 'and by whom');
run_in($session, "SELECT count(*) FROM $table") foreach 1 .. 3;
is(scalar($providers->asked), 1, 'once for a session');
$session->quit;

append_to_file("$dir/config", "[profile one]\nrole_arn = $one\nexternal_id = from-us\nsource_profile = keys\n"
	. "[profile keys]\naws_access_key_id = $key\naws_secret_access_key = $secret\n");
$providers->set(sts => \%sts);
$table = table(mapping => { %none, profile => 'one', role_arn => $two });
$mock->reset;
is($t->sql("SELECT count(*) FROM $table"), '100', 'a role on top of a profile\'s role');
is(callers(), "$two[0] us-east-1", 'has the calls signed by its keys');

$providers->set(sts => { %sts, external_ids => {} });
$table = table(mapping => \%role);
my $error = $t->error("SELECT count(*) FROM $table");
like($error, qr/ERROR:  42501: could not get AWS credentials: assumed role: AssumeRole of "\Q$one\E" failed: AccessDenied: /, 'a role that is denied');
is($mock->stats->{requests}, 0, 'nothing is sent to SSM');

# Many at a time: who asks for the same asks together.

$providers->set(sts => { %sts, external_ids => { $one => 'from-us', $two => 'from-us' } });
my @parts = map { table(mapping => { %role, role_arn => $_ }) } $one, $two, $one, $two;
$accounts{$_->[0]} = { account(@$_) }->{$_->[0]} foreach [ derived('AssumeRole', $key, $two) ];
$mock->config({ rows => 100, accounts => \%accounts });
is($t->sql('SELECT count(*) FROM (' . join(' UNION ALL ', map { "SELECT * FROM $_" } @parts) . ') AS u'), '400', 'scans side by side');
is(scalar($providers->asked), 2, 'each role is taken once');

# Instance, container, web identity.

my %instance = (role => 'my-role', document => { %{ document(@instance) }, Code => 'Success' }, region => 'eu-north-1');
$table = table(server => { region => undef }, mapping => \%none);
$providers->set(imds => \%instance);
$session = $t->session;
$mock->reset;
is(scalar run_in($session, "SELECT count(*), min(region) FROM $table"), '100|eu-north-1', 'an instance\'s role and region');
is(callers(), "$instance[0] eu-north-1", 'sign the calls');
my $asked = 'PUT /latest/api/token GET /latest/meta-data/placement/region PUT /latest/api/token '
  . 'GET /latest/meta-data/iam/security-credentials/ GET /latest/meta-data/iam/security-credentials/my-role';
is(paths(), $asked, 'and are asked for');
is(scalar run_in($session, "SELECT count(*) FROM $table WHERE region = 'eu-north-1'"), '100', 'the next scan');
is(scalar run_in($session, "SELECT count(*) FROM $table WHERE region = 'nowhere'"), '0', 'and one of another region');
is(callers(), "$instance[0] eu-north-1", 'have them');
is(paths(), $asked, 'without asking again');
$session->quit;
is($t->sql("SELECT count(*) FROM $table WHERE region = 'nowhere'"), '0', 'another region, in a new session');
is(callers(), '', 'nothing is sent');
$t->sql("ANALYZE $table");
is(callers(), "$instance[0] eu-north-1", 'ANALYZE has them as well');

$providers->set(imds => \%instance, sts => { accounts => { $instance[0] => { secret => $instance[1], token => $instance[2] } } });
$table = table(mapping => { %none, role_arn => $two });
$mock->reset;
is($t->sql("SELECT count(*) FROM $table"), '100', 'a role that the instance may take');
is(callers(), "$by_instance[0] us-east-1", 'has the calls signed by its keys');

restart(AWS_CONTAINER_CREDENTIALS_FULL_URI => "$url/v1", AWS_CONTAINER_AUTHORIZATION_TOKEN => 'Bearer x', AWS_REGION => 'eu-west-1');
$providers->set(imds => \%instance, container => { '/v1' => document(@container), authorization => 'Bearer x' });
$table = table(server => { region => undef }, mapping => \%none);
$mock->reset;
is($t->sql("SELECT count(*) FROM $table"), '100', 'a container\'s keys');
is(callers(), "$container[0] eu-west-1", 'sign the calls');
is(paths(), 'GET /v1', 'and the instance is not asked');
restart(AWS_CONTAINER_CREDENTIALS_FULL_URI => "$url/v1", AWS_CONTAINER_AUTHORIZATION_TOKEN => 'stranger-to-it', AWS_REGION => 'eu-west-1');
$error = $t->error("SELECT count(*) FROM $table");
like($error, qr/ERROR:  28000: no AWS credentials found: .*container: /, 'a container that refuses');
unlike($error, qr/stranger-to-it/, 'is not told with the secret');
is(scalar(grep { $_->{path} ne '/v1' } $providers->asked), 0, 'and the instance is not asked instead');

restart(AWS_CONTAINER_CREDENTIALS_FULL_URI => "$url/v1", AWS_CONTAINER_AUTHORIZATION_TOKEN => 'Bearer x',
	http_proxy => 'http://127.0.0.1:1', no_proxy => '');
$providers->set(imds => \%instance, container => { '/v1' => document(@container), authorization => 'Bearer x' });
$table = table(server => { endpoint_url => undef }, mapping => \%none);
$t->sql("ALTER FOREIGN TABLE $table OPTIONS (ADD endpoint_url '" . $mock->url . "')");
$error = $t->error("SELECT count(*) FROM $table");
like($error, qr/could not connect to/, 'SSM is asked by the proxy, which is not there');
is(scalar($providers->asked), 1, 'a container\'s agent is not');

append_to_file("$dir/token", 'token');
restart(AWS_WEB_IDENTITY_TOKEN_FILE => "$dir/token", AWS_ROLE_ARN => $one);
$providers->set(sts => { tokens => { token => $one } });
$table = table(mapping => \%none);
$mock->reset;
is($t->sql("SELECT count(*) FROM $table"), '100', 'a web identity');
is(callers(), "$web[0] us-east-1", 'signs the calls');

# Not lent to others.

restart();
$providers->set(imds => \%instance, sts => { %sts });
$t->sql('CREATE ROLE other LOGIN; GRANT CREATE ON DATABASE postgres TO other; GRANT USAGE ON FOREIGN DATA WRAPPER ssm_fdw TO other');
my $as_other = "SET SESSION AUTHORIZATION other; CREATE SERVER mine FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1');"
  . 'CREATE SCHEMA mine; IMPORT FOREIGN SCHEMA ssm FROM SERVER mine INTO mine;';
$error = $t->error("$as_other CREATE USER MAPPING FOR other SERVER mine; SELECT * FROM mine.command_invocations");
like($error, qr/ERROR:  28000: no AWS credentials found for server "mine"\nDETAIL:  User mapping: option access_key_id is not set/, 'another role has nothing of the instance\'s');
is(scalar($providers->asked), 0, 'which is not even asked');
$error = $t->error("SET SESSION AUTHORIZATION other; ALTER USER MAPPING FOR other SERVER mine OPTIONS (ADD role_arn '$one')");
like($error, qr/ERROR:  42501: permission denied to set option "role_arn" without keys/, 'nor takes a role with it');

# A mapping's own keys may take a role, whoever's it is.

$providers->set(imds => \%instance, sts => { %sts });
$table = table(mapping => \%role);
my $options = join ', ', map { "$_ '$role{$_}'" } sort keys %role;
$t->sql("CREATE ROLE plain; GRANT USAGE ON SCHEMA s$servers TO plain; GRANT SELECT ON $table TO plain;
	CREATE USER MAPPING FOR plain SERVER s$servers OPTIONS (access_key_id '$key', secret_access_key '$secret', $options)");
$mock->reset;
is($t->sql("SET ROLE plain; SELECT count(*) FROM $table"), '100', 'a role taken with the mapping\'s own keys');
is(callers(), "$one[0] us-east-1", 'signs the calls');
is(paths(), 'POST /', 'and only STS was asked');

# Cancel, wherever the search is.

my $process = "$dir/process";
append_to_file("$dir/credentials", "[slow]\ncredential_process = /bin/sh $process\n");
append_to_file($process, "sleep 300 & echo \$\$ \$! >$dir/pids; wait\n");
my @places = (
	[ 'STS', table(mapping => \%role), sts => { %sts, hang => 20 } ],
	[ 'the instance', table(mapping => \%none), imds => { %instance, hang => ['/latest/meta-data/iam/security-credentials/my-role'], hang_seconds => 20 } ],
	[ 'a program', table(mapping => { %none, profile => 'slow' }) ]);
foreach (@places)
{
	my ($name, $place, %settings) = @$_;
	$providers->set(%settings);
	$session = $t->session;
	my $backend = pid_of($session);
	my $descriptors = sub { return scalar(my @fds = glob "/proc/$backend/fd/*") };
	run_in($session, "SET statement_timeout = '400ms'");
	my @counts;
	foreach (1 .. 2)
	{
		like((run_in($session, "SELECT count(*) FROM $place"))[1], qr/ERROR:  57014: canceling statement due to statement timeout/, "$name: cancelled");
		push @counts, $descriptors->();
	}
	is($counts[1], $counts[0], 'the session goes on, with no more descriptors');
	$session->quit;
}
my @pids = split ' ', slurp_file("$dir/pids");
ok(wait_until(sub { return !grep { -e "/proc/$_/fd" && slurp_file("/proc/$_/stat") !~ /^\d+ \(\w+\) Z/ } @pids }), 'the program and its child are gone');

$t->node->stop;
my $log = slurp_file($t->node->logfile);
my @told = grep { index($log, $_) >= 0 } map { @$_[ 1, 2 ] } \@one, \@two, \@web, \@instance, \@container;
is_deeply(\@told, [], 'no secret of theirs is in the log');

done_testing();
