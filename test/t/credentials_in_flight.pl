# Credentials are asked for once for all scans that lack the same, whoever of these goes
# on, and by none that is not entitled to them.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use POSIX qw(strftime);
use SsmCluster;
use SsmProviders;
use Test::More;
use Time::HiRes qw(sleep);

my $dir = PostgreSQL::Test::Utils::tempdir();
my $providers = SsmProviders->new;
my $url = $providers->url;

# The requests that it had, by their role or path: "N role, N role".
sub asked
{
	my %n;
	foreach ($providers->asked)
	{
		$n{ ($_->{body} // '') =~ /role%2F(\w+)/ ? $1 : $_->{path} }++;
	}
	return join ', ', map { "$n{$_} $_" } sort keys %n;
}

my $role = 'arn:aws:iam::111122223333:role/';
my $other_key = 'AKIDOTHER';
my %accounts = ($key => $secret, $other_key => $secret);

# What the stand-in gives whoever takes a role; SSM knows it then.
foreach my $taken (map { [ $key, $_ ], [ $other_key, $_ ] } qw(one two slow))
{
	my $digest = sha256_hex(join "\n", 'AssumeRole', $taken->[0], $role . $taken->[1]);
	$accounts{ 'ASIA' . uc substr($digest, 0, 16) } =
	  { secret => substr($digest, 16, 40) . '/+', session_token => 'tok&<' . substr($digest, 20, 40) };
}
my @instance = ('ASIAINSTANCE', $secret, 'token');
$accounts{ $instance[0] } = { secret => $instance[1], session_token => $instance[2] };
my %sts = (accounts => { map { $_ => { secret => $secret } } $key, $other_key });
my %env = (
	HOME => $dir,
	AWS_CONFIG_FILE => "$dir/config",
	AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials",
	AWS_EC2_METADATA_DISABLED => '',
	AWS_EC2_METADATA_SERVICE_ENDPOINT => $url,
	AWS_ENDPOINT_URL_STS => $url);
append_to_file("$dir/program", "echo x >>$dir/started; sleep 0.3\n"
	. "echo '{\"Version\": 1, \"AccessKeyId\": \"$key\", \"SecretAccessKey\": \"$secret\"}'\n");
append_to_file("$dir/config", "[profile program]\ncredential_process = /bin/sh $dir/program\n");
my $t = SsmCluster->new(mock => { rows => 10, accounts => \%accounts }, env => \%env);
my $mock = $t->mock;
my %none = (access_key_id => undef, secret_access_key => undef);

# A table with that many partitions on one server.
sub partitioned
{
	my ($name, $n, %mapping) = @_;
	$t->foreign($name, mapping => \%mapping);
	$t->sql("CREATE TABLE all_$name (LIKE $name.command_invocations) PARTITION BY LIST (account_id);"
		. join ';', map { "CREATE FOREIGN TABLE ${name}_$_ PARTITION OF all_$name FOR VALUES IN ('$_') SERVER $name OPTIONS (account_id '$_')" } 1 .. $n);
	return "all_$name";
}

# 40 partitions, side by side and one after the other.
my $forty = partitioned('one', 40, role_arn => "${role}one");
foreach my $append ('on', 'off')
{
	$providers->set(sts => { %sts, hang => 0.3 });
	is($t->sql("SET enable_async_append = $append; SELECT count(*) FROM $forty"), '400', "40 partitions, async $append");
	is(asked(), '1 one', 'ask for their role once');
}

# Others share what they would get as well.
my @servers = map { $t->foreign("same$_", mapping => { role_arn => "${role}two" }) } 1 .. 10;
push @servers, $t->foreign('another', mapping => { role_arn => "${role}two", access_key_id => $other_key });
push @servers, $t->foreign('named', mapping => { role_arn => "${role}two", role_session_name => 'me' });
my $union = join ' UNION ALL ', map { "SELECT * FROM $_" } @servers;
foreach my $append ('on', 'off')
{
	$providers->set(sts => { %sts, hang => 0.3 });
	is($t->sql("SET enable_async_append = $append; SELECT count(*) FROM ($union) AS u"), '120', "12 servers, async $append");
	is(asked(), '3 two', 'ask once for each identity');
}

# Not what a mapping may not have any more.
my $session = $t->session;
$providers->set(sts => \%sts);
run_in($session, 'SELECT count(*) FROM same1.command_invocations');
run_in($session, "ALTER USER MAPPING FOR CURRENT_USER SERVER same2 OPTIONS (SET secret_access_key 'wrong" . 'x' x 35 . "')");
like((run_in($session, 'SELECT count(*) FROM same2.command_invocations'))[1], qr/ERROR:  28000: /, 'nobody has the keys with a wrong secret');
is(scalar run_in($session, 'SELECT count(*) FROM same3.command_invocations'), '10', 'whoever has the right one has');
is(asked(), '2 two', 'without asking again');
$session->quit;

# The instance and a program, too.
$providers->set(imds => { role => 'my-role', document => { Code => 'Success', AccessKeyId => $instance[0], SecretAccessKey => $instance[1],
	Token => $instance[2], Expiration => strftime('%Y-%m-%dT%H:%M:%SZ', gmtime(time + 7200)) } });
my $ambient = partitioned('ambient', 10, %none);
is($t->sql("SELECT count(*) FROM $ambient"), '100', '10 partitions by the instance\'s role');
like(asked(), qr{^1 /latest/api/token, 1 /latest/meta-data/iam/security-credentials/, 1 /latest/meta-data/iam/security-credentials/my-role$}, 'ask for it once');
my $program = partitioned('program', 10, %none, profile => 'program');
is($t->sql("SELECT count(*) FROM $program"), '100', '10 partitions by a program');
is(slurp_file("$dir/started"), "x\n", 'start it once');

# And the instance for its region.
$providers->set(imds => { region => 'eu-north-1' });
my $where = partitioned('region', 10);
$t->sql('ALTER SERVER region OPTIONS (DROP region)');
is($t->sql("SELECT count(*), min(region) FROM $where"), '100|eu-north-1', '10 partitions in the instance\'s region');
is(asked(), '1 /latest/api/token, 1 /latest/meta-data/placement/region', 'ask for it once');

# Whoever is left goes on: the first has been ended, cancelled, or has failed.
$session = $t->session;
$t->foreign('slow', mapping => { role_arn => "${role}slow" });
run_in($session, 'SET enable_async_append = off');
$providers->set(sts => { %sts, hang => 0.5 });
run_in($session, "SET statement_timeout = '200ms'");
like((run_in($session, 'SELECT * FROM slow.command_invocations'))[1], qr/ERROR:  57014: /, 'the first is cancelled');
is(scalar run_in($session, 'RESET statement_timeout; SELECT count(*) FROM slow.command_invocations'), '10', 'the next asks itself');
is(asked(), '2 slow', 'as nobody had an answer');
run_in($session, 'SELECT ssm_fdw_disconnect_all()');
$providers->set(sts => { %sts, fail => [ [ 403, 'AccessDenied', 'no' ] ] });
run_in($session, 'BEGIN; SAVEPOINT s');
like((run_in($session, 'SELECT * FROM slow.command_invocations'))[1], qr/ERROR: .*AccessDenied/, 'the first fails');
is(scalar run_in($session, 'ROLLBACK TO s; SELECT count(*) FROM slow.command_invocations'), '10', 'the next is not told of it');
run_in($session, 'COMMIT');
$session->quit;

# Cursors that began in an Append and rest while the keys are on their way.
$session = $t->session;
$providers->set(sts => { %sts, hang => 0.3 });
run_in($session, "BEGIN; DECLARE a CURSOR FOR SELECT * FROM (SELECT * FROM same3.command_invocations UNION ALL SELECT * FROM slow.command_invocations) AS u;
	DECLARE b CURSOR FOR SELECT 'b' FROM slow.command_invocations");
run_in($session, 'FETCH 1 FROM a');
is(() = scalar(run_in($session, 'FETCH ALL FROM b')) =~ /b/g, 10, 'a scan goes on while the one that asked rests');
run_in($session, 'CLOSE a');
is(asked(), '1 slow, 1 two', 'with one question for each role');
run_in($session, 'COMMIT');
$session->quit;

# Keys that came, and keys that were in use, have expired while the cursor rested.
$session = $t->session;
$providers->set(sts => { %sts, hang => 0.3, lifetime => 1 });
run_in($session, 'BEGIN; DECLARE a CURSOR FOR SELECT \'a\' FROM (SELECT * FROM same3.command_invocations UNION ALL SELECT * FROM slow.command_invocations) AS u');
my $rows = () = scalar(run_in($session, 'FETCH 1 FROM a')) =~ /a/g;
sleep 2;
$rows += () = scalar(run_in($session, 'FETCH ALL FROM a')) =~ /a/g;
is($rows, 20, 'keys that have come and expired meanwhile are asked for again');
run_in($session, 'COMMIT; SELECT ssm_fdw_disconnect_all()');
$mock->config({ rows => 120, accounts => \%accounts });
$providers->set(sts => { %sts, lifetime => 61 });
run_in($session, 'BEGIN; DECLARE a CURSOR FOR SELECT \'a\' FROM slow.command_invocations; FETCH 5 FROM a');
sleep 1.5;
is(() = scalar(run_in($session, 'FETCH ALL FROM a')) =~ /a/g, 115, 'keys in use that expire');
like(asked(), qr/^[2-9] slow$/, 'are renewed');
run_in($session, 'COMMIT');
$session->quit;

$t->node->stop;

done_testing();
