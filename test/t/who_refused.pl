# Who fails or refuses, and why, is told by SQLSTATE, message and hint: also when
# it is not AWS Systems Manager, but who gives the credentials to call it with.
use strict;
use warnings;

use Digest::SHA qw(sha1_hex);
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmProviders;
use Test::More;

my $dir = PostgreSQL::Test::Utils::tempdir();
my $providers = SsmProviders->new;
my $url = $providers->url;
my $nobody = 'http://127.0.0.1:1';
my $role = 'arn:aws:iam::111122223333:role/read';

my $keys = "aws_access_key_id = $key\naws_secret_access_key = $secret\n";
my $login = "sso_session = dev\nsso_account_id = 111122223333\nsso_role_name = Admin\n";
append_to_file("$dir/config", "[profile sts]\nservices = there\n$keys"
	. "[profile no_sts]\nservices = nowhere\n$keys"
	. "[profile sso]\nservices = there\n$login"
	. "[profile no_sso]\nservices = nowhere\n$login"
	. "[profile process]\ncredential_process = /bin/sh -c 'echo \"proxy http://me:S3cr3t\@host refused\" >&2; exit 1'\n"
	. "[sso-session dev]\nsso_region = eu-west-3\nsso_start_url = https://x.example/start\n"
	. "[services there]\nsts =\n  endpoint_url = $url\nsso =\n  endpoint_url = $url\n"
	. "[services nowhere]\nsts =\n  endpoint_url = $nobody\nsso =\n  endpoint_url = $nobody\n");
mkdir "$dir/$_" || die foreach '.aws', '.aws/sso', '.aws/sso/cache';
append_to_file("$dir/.aws/sso/cache/" . sha1_hex('dev') . '.json',
	'{"accessToken": "sso-token-123", "expiresAt": "2099-01-01T00:00:00Z"}');
my %env = (
	HOME => $dir,
	AWS_CONFIG_FILE => "$dir/config",
	AWS_EC2_METADATA_DISABLED => '',
	AWS_EC2_METADATA_SERVICE_ENDPOINT => $url);
my $t = SsmCluster->new(mock => { rows => 20 }, env => \%env);
my $mock = $t->mock;
my $number = 0;

# A query by a mapping with these options fails like that; nothing is sent to SSM,
# and so many requests to who gives credentials.
sub fails
{
	my ($name, $mapping, $requests, @like) = @_;
	my $table = $t->foreign('s' . ++$number, mapping => { access_key_id => undef, secret_access_key => undef, %$mapping });
	$mock->reset;
	my $error = $t->error("SELECT count(*) FROM $table");
	like($error, $_, $name) foreach @like;
	unlike($error, qr/request_timeout|max_concurrency|S3cr3t|sso-token/, "$name: no wrong way, no secret");
	is($mock->stats->{requests} . ' ' . $providers->asked, "0 $requests", "$name: requests");
	return;
}

# The role of STS.

my %taking = (profile => 'sts', role_arn => $role);
my $at = qr/could not get AWS credentials: assumed role: AssumeRole of "\Q$role\E" failed/;
fails('STS out of reach', { %taking, profile => 'no_sts' }, 0,
	qr/ERROR:  08001: could not get AWS credentials: assumed role: could not connect to AWS STS: /,
	qr/^HINT:  Check that the database server can reach AWS STS/m);
$providers->set(sts => { fail => [ ([ 400, 'Throttling', 'Rate exceeded' ]) x 3 ] });
fails('STS throttles', \%taking, 3, qr/ERROR:  53400: $at: Throttling: Rate exceeded/, qr/^HINT:  Try again later/m);
$providers->set(sts => { fail => [ ([ 503, '', '' ]) x 3 ] });
fails('STS has trouble', \%taking, 3, qr/ERROR:  HV000: $at: HTTP 503/);
$providers->set(sts => { body => '<html>' });
fails('something else answers', \%taking, 3, qr/ERROR:  08P01: $at: the answer has no credentials/,
	qr/^HINT:  Check that .* AWS STS/m);
$providers->set(sts => { accounts => { $key => { secret => $secret } }, external_ids => { $role => 'x' } });
fails('the role is not given', \%taking, 1, qr/ERROR:  42501: $at: AccessDenied: /,
	qr/^HINT:  Allow sts:AssumeRole on the role .*trust policy, with the external_id/m);
$providers->set(sts => { fail => [ [ 403, 'AccessDenied', 'is not authorized, with an explicit deny in a service control policy' ] ] });
fails('an SCP does not allow it', \%taking, 1, qr/ERROR:  42501: $at: AccessDenied: /, qr/^HINT:  A service control policy/m);
$providers->set(sts => { accounts => {} });
fails('the keys are not known', \%taking, 1, qr/ERROR:  28000: no AWS credentials found: .*InvalidClientTokenId: /,
	qr/^HINT:  Check the credentials/m);

# SSO.

$providers->set();
fails('SSO out of reach', { profile => 'no_sso' }, 0,
	qr/ERROR:  08001: could not get AWS credentials: SSO: could not connect to AWS SSO: /, qr/^HINT:  .*sso_region/m);
my %sso = (token => 'sso-token-123', roles => {});
$providers->set(sso => { %sso, status => 429 });
fails('SSO throttles', { profile => 'sso' }, 3, qr/ERROR:  53400: could not get AWS credentials: SSO: /);
$providers->set(sso => { %sso, status => 403 });
fails('SSO refuses', { profile => 'sso' }, 1, qr/ERROR:  42501: .* HTTP status 403: No access to \*\*\*/,
	qr/^HINT:  Check sso_account_id and sso_role_name/m);
$providers->set(sso => { %sso, token => 'another' });
fails('the login is over', { profile => 'sso' }, 1, qr/ERROR:  28000: .*run: aws sso login/);

# A process, the instance, a container.

$providers->set();
fails('a process', { profile => 'process' }, 0, qr{ERROR:  28000: .*exit code 1: proxy http://\*\*\*\@host refused});
my $keys_of = '/latest/meta-data/iam/security-credentials/';
$providers->set(imds => { role => 'reader', document => {}, statuses => { $keys_of => 503 } });
fails('the instance has trouble', {}, 2, qr/ERROR:  HV000: .*instance metadata: .*HTTP status 503/);
$providers->set(imds => { role => 'reader', document => {}, statuses => { $keys_of => 429 } });
fails('the instance throttles', {}, 2, qr/ERROR:  53400: .*instance metadata: .*HTTP status 429/);
$providers->set(imds => { role => undef });
fails('the instance has no role', {}, 2, qr/ERROR:  28000: no AWS credentials found: user mapping: .*the instance has no role/);
$providers->set();
{
	local %ENV = (%ENV, %env, AWS_EC2_METADATA_SERVICE_ENDPOINT => $nobody);
	$t->node->restart;
}
fails('no instance where one is set', {}, 0, qr/ERROR:  08001: .*could not connect to the instance metadata service/);
{
	local %ENV = (%ENV, %env, AWS_CONTAINER_CREDENTIALS_FULL_URI => "$nobody/creds");
	$t->node->restart;
}
fails('a container\'s agent out of reach', {}, 0,
	qr/ERROR:  08001: could not get AWS credentials: container: could not connect to the container credentials service/,
	qr/^HINT:  Check what AWS_CONTAINER_CREDENTIALS_RELATIVE_URI/m);

# What AWS Systems Manager denies, and which policy does.

my $user = 'User: arn:aws:sts::111122223333:assumed-role/r/me@example.com is not authorized to perform: ssm:ListCommandInvocations';
foreach (
	[ 'because no identity-based policy allows the action', qr/^HINT:  Allow the action ssm:ListCommandInvocations .* server ssm\.$/m ],
	[ 'with an explicit deny in an identity-based policy', qr/^HINT:  A policy denies the action explicitly: .* server ssm from it; /m ],
	[ 'with an explicit deny in a service control policy', qr/^HINT:  A service control policy/m ],
	[ 'because no permissions boundary allows the action', qr/^HINT:  The permissions boundary/m ],
	[ 'because no VPC endpoint policy allows the action', qr/^HINT:  .* VPC endpoint .* server ssm\.$/m ],
	[ 'because no session policy allows the action', qr/^HINT:  The session policy does not allow/m ])
{
	my ($why, $hint) = @$_;
	$mock->config({ rows => 20, faults => [ { on => 'all', do => { status => 400, code => 'AccessDeniedException', message => "$user $why" } } ] });
	my $error = $t->error('SELECT count(*) FROM command_invocations');
	like($error, qr/ERROR:  42501: .*AccessDeniedException: \Q$user $why\E$/m, $why);
	like($error, $hint, "$why: hint");
	is($mock->stats->{requests}, 1, "$why: one request");
}
$mock->config({ rows => 20, faults => [ { on => 'all', do => { status => 403, raw => '<h1>blocked</h1>' } } ] });
like($t->error('SELECT count(*) FROM command_invocations'), qr/ERROR:  42501: .*HTTP 403: <h1>blocked.*^HINT:  .*proxy or firewall/ms,
	'a 403 that is not AWS\'s');

done_testing();
