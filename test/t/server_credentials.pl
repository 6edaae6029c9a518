# Credentials, region and endpoint of the server process: where they are found,
# when they are renewed, and what is said if there are none.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;
use Time::HiRes qw(time);

my $dir = PostgreSQL::Test::Utils::tempdir();
my %secrets = (map { $_ => $secret } $key, qw(AKIDDEV AKIDENV AKIDPROCESS));
my %env = (
	HOME => $dir,
	AWS_CONFIG_FILE => "$dir/config",
	AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials");
my $t = SsmCluster->new(mock => { rows => 100, accounts => \%secrets }, env => \%env);
my $mock = $t->mock;
my %none = (access_key_id => undef, secret_access_key => undef);
my $servers = 0;

# Write the AWS files; undef removes one.
sub files
{
	my (%text) = @_;
	foreach my $name (qw(config credentials))
	{
		unlink "$dir/$name";
		append_to_file("$dir/$name", $text{$name}) if defined $text{$name};
	}
	return;
}

# The server process started anew, with these variables as well.
sub restart
{
	local %ENV = (%ENV, %env, @_);
	$t->node->restart;
	return;
}

# The lines of a profile's keys.
sub keys_of { return "aws_access_key_id = $_[0]\naws_secret_access_key = $secret\n"; }

# The access keys that signed the requests since the last call, in order and
# without repetition, each with its region.
sub callers
{
	my ($last, @seen) = ('');
	foreach (@{ $mock->log })
	{
		my ($caller) = $_->{headers}{authorization} =~ m{Credential=(\w+/\d+/[\w-]+)/};
		$caller =~ s{/\d+/}{ };
		push @seen, $last = $caller if $caller ne $last;
	}
	$mock->reset;
	return join ', ', @seen;
}

# A new server's table: options as in foreign, but no keys in the mapping.
sub table
{
	my (%params) = @_;
	return $t->foreign('s' . ++$servers,
		server => $params{server}, mapping => { %none, %{ $params{mapping} // {} } });
}

# A scan of a new server, whose rows come by that caller's requests.
sub works
{
	my ($name, $caller, %params) = @_;
	my $table = table(%params);
	$mock->reset;
	is($t->sql("SELECT count(*) FROM $table"), '100', $name);
	is(callers(), $caller, "$name: caller");
	return;
}

# A scan of a new server, which fails and sends nothing.
sub fails
{
	my ($name, $patterns, %params) = @_;
	my $table = table(%params);
	$mock->reset;
	my $error = $t->error("SELECT count(*) FROM $table");
	like($error, $_, $name) foreach @$patterns;
	unlike($error, qr/\Q$secret\E/, "$name: no secret");
	is($mock->stats->{requests}, 0, "$name: nothing sent");
	return;
}

# A credential_process: a shell script whose run number is $n.  Returns the line
# of the config file; runs() counts.
sub process
{
	my ($script) = @_;
	unlink "$dir/process", "$dir/runs";
	append_to_file("$dir/process", "echo >> $dir/runs; n=\$(wc -l < $dir/runs)\n$script\n");
	return "credential_process = /bin/sh $dir/process\n";
}

sub runs { return -e "$dir/runs" ? scalar(split /^/, slurp_file("$dir/runs")) : 0; }

# The script's line that prints keys: by default those named AKIDP and the run's
# number.  lifetime is in seconds.
sub prints
{
	my (%params) = @_;
	my $id = $params{id} // 'AKIDP$n';
	my $expires = $params{lifetime} ? ", \\\"Expiration\\\": \\\"\$(date -u -d '$params{lifetime} seconds' +%FT%TZ)\\\"" : '';
	return qq(echo "{\\"Version\\": 1, \\"AccessKeyId\\": \\"$id\\", \\"SecretAccessKey\\": \\"$secret\\"$expires}");
}

# Where keys are found.

files(credentials => "[default]\n" . keys_of($key) . "[dev]\n" . keys_of('AKIDDEV'));
works('credentials file', "$key us-east-1");
works('a profile of the mapping', 'AKIDDEV us-east-1', mapping => { profile => 'dev' });
works('keys of the mapping go first', "$key us-east-1",
	mapping => { profile => 'dev', access_key_id => $key, secret_access_key => $secret });
files(config => "[default]\n" . process(prints(id => 'AKIDPROCESS')));
works('credential_process', 'AKIDPROCESS us-east-1');
is(runs(), 1, 'credential_process: one run');
files(config => "[default]\n" . keys_of($key) . 'aws_session_token = FwoGZXIvYXdzEXAMPLETOKEN');
$mock->config({ rows => 100, accounts => { $key => { secret => $secret, session_token => 'FwoGZXIvYXdzEXAMPLETOKEN' } } });
works('config file, with a session token', "$key us-east-1");
$mock->config({ rows => 100, accounts => { %secrets, map { ("AKIDP$_" => $secret) } 1 .. 9 } });

# Where they are not.

files();
fails(
	'no credentials',
	[
		qr/ERROR:  28000: no AWS credentials found: /,
		qr/user mapping: access_key_id is not set/,
		qr/environment: AWS_ACCESS_KEY_ID is not set/,
		qr/profile "default": there is no such profile/,
		qr{"\Q$dir\E/credentials": No such file or directory},
		qr/container: neither AWS_CONTAINER_CREDENTIALS_RELATIVE_URI nor/,
		qr/instance metadata: /,
		qr/^HINT:  .*user mapping/m ]);
fails('a profile that is not there', [qr/ERROR:  28000: .*profile "nobody" is neither in/], mapping => { profile => 'nobody' });
files(config => "[default\n");
my %keys = (mapping => { access_key_id => $key, secret_access_key => $secret });
my $broken = qr{ERROR:  HV024: .*AWS file "\Q$dir\E/config": line 1 lacks the closing \]};
works('a broken file that is not needed', "$key us-east-1", %keys);
my $hint = qr/^HINT:  Correct the file or its permissions, or name another by AWS_CONFIG_FILE/m;
fails('for the credentials', [ $broken, $hint ]);
fails('for the region', [ $broken, $hint ], %keys, server => { region => undef });
fails('for the endpoint', [$broken], %keys, server => { endpoint_url => undef });
files(credentials => "[default]\n" . keys_of('AKIDDEV'), config => "[default]\n    region = eu-west-1\n    output: json\n");
works('indented keys', 'AKIDDEV eu-west-1', server => { region => undef });
foreach my $name (qw(config credentials))
{
	chmod 0, "$dir/$name";
	fails("an unreadable $name", [qr{ERROR:  HV024: .*AWS file "\Q$dir\E/$name": Permission denied}]);
	works("an unreadable $name that is not needed", "$key us-east-1", %keys);
	files();
	mkdir "$dir/$name";
	fails("a folder for $name", [qr{ERROR:  HV024: .*AWS file "\Q$dir\E/$name": it is no}]);
	rmdir "$dir/$name";
	files(credentials => "[default]\n" . keys_of('AKIDDEV'));
}
files(config => "[default]\naws_access_key_id = $key\n");
fails('half a pair of keys', [qr/ERROR:  28000: .*no aws_secret_access_key in the same file/]);
files(config => "[default]\n" . process("echo 'no luck' >&2; exit 3"));
fails('a process that fails', [qr/ERROR:  28000: .*no luck/]);

# Region and endpoint.

files(credentials => "[default]\nregion = eu-west-1\n" . keys_of($key),
	config => "[profile dev]\nregion = eu-west-2\nservices = local\n" . keys_of('AKIDDEV')
	. "[services local]\nssm =\n  endpoint_url = " . $mock->url . "\n[profile lost]\nservices = remote\n" . keys_of($key)
	. "[profile nowhere]\n" . keys_of($key));
works('region of the default profile', "$key eu-west-1", server => { region => undef });
works('region of the mapping\'s profile', 'AKIDDEV eu-west-2', server => { region => undef }, mapping => { profile => 'dev' });
works('endpoint of a services section', 'AKIDDEV eu-west-2',
	server => { region => undef, endpoint_url => undef }, mapping => { profile => 'dev' });
fails('a services section that is not there', [qr/ERROR:  HV024: profile "lost" names services "remote"/, qr/^HINT:  Add that section to the AWS config file/m],
	server => { endpoint_url => undef }, mapping => { profile => 'lost' });
fails('no region',
	[ qr/ERROR:  HV024: Invalid Configuration: Missing Region \(option region, AWS_REGION, AWS_DEFAULT_REGION and profile "nowhere" set none; AWS_EC2_METADATA_DISABLED is true\)/,
		qr/^HINT:  .*ALTER SERVER s\d+ OPTIONS \(ADD region 'us-east-1'\);/m ],
	server => { region => undef }, mapping => { profile => 'nowhere' });

append_to_file("$dir/config", "[profile zone]\nregion = us-east-1a\n" . keys_of($key)
	. "[profile broken]\naws_access_key_id = $secret\naws_secret_access_key = $key\n");
fails('an invalid region in a profile',
	[qr/ERROR:  HV024: invalid region "us-east-1a"; perhaps you meant "us-east-1" \(region of profile "zone"\)/],
	server => { region => undef, endpoint_url => undef }, mapping => { profile => 'zone' });
fails('keys that are none, in a profile',
	[qr/ERROR:  28000: .*config file: the access key id looks like a secret access key \(are access key id and secret swapped\?\)/],
	mapping => { profile => 'broken' });

restart(AWS_ACCESS_KEY_ID => "$key ", AWS_SECRET_ACCESS_KEY => $secret, AWS_REGION => 'Ohio');
fails('keys that are none, in the environment', [qr/ERROR:  28000: .*environment: the access key id contains a blank/]);
fails('an invalid region in the environment', [qr/ERROR:  HV024: invalid region "Ohio"; perhaps you meant "us-east-2" \(AWS_REGION\)/,
		qr/^HINT:  Set the region as AWS spells it; the option region of server s\d+ takes precedence/m],
	server => { region => undef });

restart(AWS_ACCESS_KEY_ID => 'AKIDENV', AWS_SECRET_ACCESS_KEY => $secret, AWS_REGION => 'eu-north-1',
	AWS_DEFAULT_REGION => 'eu-south-1', AWS_ENDPOINT_URL_SSM => $mock->url, AWS_PROFILE => 'dev');
works('environment', 'AKIDENV eu-north-1', server => { region => undef, endpoint_url => undef });
works('a profile of the mapping takes precedence', "$key eu-north-1", server => { region => undef, endpoint_url => undef },
	mapping => { profile => 'default' });
works('the region of the server takes precedence', 'AKIDENV us-west-2', server => { region => 'us-west-2' });
my $table = table(server => { region => 'us-west-2' });
$t->sql("ALTER FOREIGN TABLE $table OPTIONS (ADD region 'sa-east-1')");
is($t->sql("SELECT region FROM $table LIMIT 1"), 'sa-east-1', 'region of the table goes first');
is(callers(), 'AKIDENV sa-east-1', 'region of the table: caller');
fails('FIPS and an endpoint', [qr/ERROR:  HV024: Invalid Configuration: FIPS and custom endpoint are not supported/],
	server => { endpoint_url => undef, use_fips_endpoint => 'true' });
my $late = { rows => 100, accounts => { AKIDENV => $secret }, clock_offset => 3600 };
$mock->config($late);
works('a clock that is wrong', 'AKIDENV eu-north-1', server => { region => undef });
restart(AWS_ACCESS_KEY_ID => 'AKIDENV', AWS_SECRET_ACCESS_KEY => $secret, AWS_DISABLE_CLOCK_SKEW_CORRECTION => 'true');
$mock->config($late);
like($t->error('SELECT count(*) FROM ' . table()), qr/ERROR:  28000: .*InvalidSignatureException/, 'and is believed nevertheless');
$mock->config({ rows => 100, accounts => { %secrets, map { ("AKIDP$_" => $secret) } 1 .. 9 } });
restart();

# Keys that expire.

my $expired = { status => 400, code => 'ExpiredTokenException', message => 'The security token included in the request is expired' };
my $session = $t->session;
files(config => "[default]\n" . process(prints()));
$table = table(server => { page_size => 10 });
my $service = { rows => 100, accounts => { map { ("AKIDP$_" => $secret) } 1 .. 9 } };
$mock->config({ %$service, faults => [ { on => 4, do => $expired } ] });
is(scalar run_in($session, "SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM $table"), '100|100', 'keys that expire meanwhile');
my @log = @{ $mock->log };
is_deeply($log[4]{body}, $log[3]{body}, 'the page is asked for again, with its token');
is(callers(), 'AKIDP1 us-east-1, AKIDP2 us-east-1', 'with newer keys');
is(scalar(@log), 11, 'and each page but that once');
$mock->config($service);
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', 'the next scan');
is(callers(), 'AKIDP2 us-east-1', 'has the newer keys as well');
is(runs(), 2, 'two runs in all');

$mock->config({ %$service, faults => [ { on => 'all', do => $expired } ] });
my ($out, $err) = run_in($session, "SELECT count(*) FROM $table");
like($err, qr/ERROR:  28000: .*ExpiredTokenException/, 'newer keys that have expired as well');
is(callers(), 'AKIDP2 us-east-1, AKIDP3 us-east-1', 'are the last that are tried');
$t->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER s$servers OPTIONS (ADD access_key_id 'AKIDP9', ADD secret_access_key '$secret')");
run_in($session, "SELECT count(*) FROM $table");
is(callers(), 'AKIDP9 us-east-1', 'keys of the mapping have no newer ones');
is(runs(), 3, 'so nothing is run');
$session->quit;

# Keys that are renewed ahead of their end, while those there serve.

sub renewed { return scalar(grep { /AKIDP2/ } callers()) > 0; }

$session = $t->session;
$mock->config($service);
files(config => "[default]\n" . process(prints(lifetime => 30)));
$table = table(server => { page_size => 10 });
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', 'keys that are as good as expired when they come');
is(callers(), 'AKIDP1 us-east-1', 'serve for a while');
is(runs(), 1, 'and are not asked for without end');

files(config => "[default]\n" . process(prints(lifetime => 200)));
$table = table(server => { page_size => 10 });
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', 'keys that age');
like(callers(), qr/^AKIDP1 us-east-1/, 'serve');
ok(wait_until(sub { run_in($session, "SELECT count(*) FROM $table"); renewed() }), 'until a scan has newer ones');
my $asked = runs();
run_in($session, "SELECT count(*) FROM $table;" x 30);
cmp_ok(runs(), '<', $asked + 5, 'which age as well, but are not renewed without end');

files(config => "[default]\n" . process("[ \$n = 1 ] || { echo gone >&2; exit 1; }\n" . prints(lifetime => 200)));
$table = table(server => { page_size => 10 });
callers();
run_in($session, 'SET client_min_messages = debug1');
my ($rows, $said) = ('', '');
ok(wait_until(
		sub {
			($rows, $said) = run_in($session, "SELECT count(*) FROM $table");
			return $said =~ /the credentials could not be renewed yet: .*gone/;
		}), 'keys that cannot be renewed yet');
is($rows, '100', 'serve');
my $tried = runs();
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', "and in scan $_ after that") foreach 1 .. 3;
is(callers(), 'AKIDP1 us-east-1', 'the old ones are used');
is(runs(), $tried, 'and it is not tried again at once');
run_in($session, 'RESET client_min_messages');

files(config => "[default]\n" . process(prints(lifetime => 200)));
$table = table();
is(scalar run_in($session, "SELECT count(*) FROM $table"), '100', 'keys that age, of a source');
files();
callers();
run_in($session, 'SET client_min_messages = debug1');
ok(wait_until(
		sub {
			($rows, $said) = run_in($session, "SELECT count(*) FROM $table");
			return $said =~ /the credentials could not be renewed yet/;
		}), 'that is not there any more');
run_in($session, 'RESET client_min_messages');
is($rows, '100', 'serve as well');
like(callers(), qr/^(?:AKIDP[12] us-east-1\n?)+$/, 'those that there were');
$session->quit;

done_testing();
