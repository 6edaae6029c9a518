# Who wrote a user mapping is not known to PostgreSQL; who may have written it
# decides whether it may use the credentials of the server process.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my %keys = (own => $key, process => 'AKIDPROCESS', mallory => 'AKIDMALLORY');
my $mock = SsmMock->new(config => { rows => 20, accounts => { map { $_ => $secret } values %keys } });
# STS's calls reach the same stand-in, and show in its log
my $t = SsmCluster->new(
	mock => $mock,
	env => {
		AWS_ACCESS_KEY_ID => $keys{process},
		AWS_SECRET_ACCESS_KEY => $secret,
		AWS_ENDPOINT_URL_SSM => $mock->url,
		AWS_ENDPOINT_URL_STS => $mock->url
	});
my $role = 'arn:aws:iam::666666666666:role/mallory';
my $keys = "access_key_id '$keys{mallory}', secret_access_key '$secret'";

# The command as that role would run it.
sub as { return "SET SESSION AUTHORIZATION $_[0]; $_[1]"; }

# The access keys of all requests since the last call, STS's marked.
sub callers
{
	my %seen = map {
		my ($caller, $service) = ($_->{headers}{authorization} // '') =~ m{Credential=(\w+)/\d+/[\w-]+/(\w+)/};
		$caller ? ("$service $caller" => 1) : ()
	} @{ $mock->log };
	$mock->reset;
	return join ', ', sort keys %seen;
}

$t->sql("CREATE ROLE mallory; CREATE ROLE boss SUPERUSER; GRANT USAGE ON FOREIGN DATA WRAPPER ssm_fdw TO mallory;
	CREATE SCHEMA m AUTHORIZATION mallory; GRANT USAGE ON SCHEMA m TO PUBLIC;
	CREATE SERVER his FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1');
	ALTER SERVER his OWNER TO mallory; GRANT USAGE ON FOREIGN SERVER his TO PUBLIC");
$t->sql(as(mallory => 'CREATE FOREIGN TABLE m.his (instance_id text) SERVER his; GRANT SELECT ON m.his TO PUBLIC'));
$t->sql(as(boss => 'CREATE VIEW public.boss AS SELECT count(*) AS n FROM m.his; GRANT SELECT ON public.boss TO PUBLIC'));

# Whoever reads by a superuser's mapping is refused, and nothing at all is asked.
sub refused
{
	my ($name, $lack) = @_;
	foreach my $read (as(boss => 'SELECT count(*) FROM m.his'), as(mallory => 'SELECT n FROM public.boss'),
		as(boss => "SELECT detail FROM ssm_fdw_check('his') WHERE item = 'credentials'"))
	{
		my ($code, $out, $err) = $t->node->psql('postgres', "\\set VERBOSITY verbose\n$read");
		like("$out$err", qr/no AWS credentials found for server "his".*$lack/s, "$name: $read");
	}
	is(callers(), '', "$name: nothing asked");
	return;
}

# What a server's owner may write for others, and what comes of it.

my $lack = qr/It may not use the server process's own credentials: the server's owner "mallory" is not a superuser\./;
$t->sql(as(mallory => 'CREATE USER MAPPING FOR boss SERVER his'));
refused('an empty mapping for a superuser', $lack);
foreach my $change ("CREATE USER MAPPING FOR mallory SERVER his OPTIONS (role_arn '$role')",
	"CREATE USER MAPPING FOR PUBLIC SERVER his OPTIONS (role_arn '$role', external_id 'his')",
	"ALTER USER MAPPING FOR boss SERVER his OPTIONS (role_arn '$role')",
	"ALTER USER MAPPING FOR boss SERVER his OPTIONS (access_key_id 'x', role_arn '$role')")
{
	my $error = $t->error(as(mallory => $change));
	like($error, qr/ERROR:  42501: permission denied to set option "role_arn" without keys/, $change);
	like($error, qr/^HINT:  Set access_key_id and secret_access_key as well/m, "$change: hint");
}
is($t->error(as(mallory => "ALTER USER MAPPING FOR boss SERVER his OPTIONS ($keys, role_arn '$role')")), '', 'with keys he may');
like($t->error(as(boss => 'SELECT count(*) FROM m.his')), qr/ERROR: /, 'a role that nobody gives');
is(callers(), "sts $keys{mallory}", 'is asked for with these keys alone');
like($t->error(as(mallory => "ALTER USER MAPPING FOR boss SERVER his OPTIONS (DROP secret_access_key)")),
	qr/ERROR:  42501: permission denied to set option "role_arn" without keys/, 'and keeps them while he has it');

# However the role got into it: a superuser restores it, or gives the server away.
$t->sql("DROP USER MAPPING FOR boss SERVER his; CREATE USER MAPPING FOR boss SERVER his OPTIONS (role_arn '$role')");
refused('a mapping that a superuser wrote', $lack);
$t->sql("ALTER SERVER his OWNER TO boss");
like($t->error(as(boss => 'SELECT count(*) FROM m.his')), qr/ERROR: /, 'on his own server it counts');
is(callers(), "sts $keys{process}", 'with the process\'s keys');
my $session = $t->session;
run_in($session, 'SET SESSION AUTHORIZATION boss; SELECT count(*) FROM m.his');
callers();
$t->sql('ALTER SERVER his OWNER TO mallory');
like((run_in($session, 'SELECT count(*) FROM m.his'))[1], $lack, 'a server given away, in a session that has called');
is(callers(), '', 'nothing asked');
$session->quit;
$t->sql("ALTER USER MAPPING FOR boss SERVER his OPTIONS (DROP role_arn, ADD ambient_credentials 'true')");
is($t->sql(as(boss => 'SELECT count(*) FROM m.his')), '20', 'a superuser says so');
is(callers(), "ssm $keys{process}", 'and it is so');
like($t->error(as(mallory => "ALTER USER MAPPING FOR boss SERVER his OPTIONS (ADD role_arn '$role')")),
	qr/ERROR:  42501: permission denied to set option "role_arn|ERROR:  42501: permission denied to set option "ambient_credentials"/, 'the mapping is nobody else\'s to change then');

# A wrapper without the validator: each rule is checked at use.

$t->sql("CREATE FOREIGN DATA WRAPPER loose HANDLER ssm_fdw_handler NO VALIDATOR; GRANT USAGE ON FOREIGN DATA WRAPPER loose TO mallory");
my $n = 0;
foreach my $case (
	[ 'ambient_credentials', '', "ambient_credentials 'true'", '', qr/28000: no AWS credentials.*the user "mallory" is not a superuser/s ],
	[ 'a role', '', "role_arn '$role', ambient_credentials 'true'", '', qr/28000: no AWS credentials/ ],
	[ 'a profile', '', "profile 'x', ambient_credentials 'true'", '', qr/28000: no AWS credentials/ ],
	[ 'a host', "endpoint_url '" . $mock->url . "'", $keys, '', qr/42501: option "endpoint_url" of server/ ],
	[ 'CAs', "ca_bundle '/tmp/x'", $keys, '', qr/42501: option "ca_bundle" of server/ ],
	[ 'keys on a server', 'access_key_id \'x\'', $keys, '', qr/HV00D: invalid option "access_key_id"/ ],
	[ 'an unknown option', 'color \'red\'', $keys, '', qr/HV00D: invalid option "color"/ ],
	[ 'a range', 'page_size \'51\'', $keys, '', qr/HV024: invalid value for option "page_size"/ ],
	[ 'a word', 'status_filter \'sharp\'', $keys, '', qr/HV024: invalid value for option "status_filter"/ ],
	[ 'a region', 'region \'s3\'', $keys, '', qr/HV024: invalid value for option "region"/ ],
	[ 'a secret', '', "access_key_id 'x', secret_access_key E'$secret\\n'", '', qr/HV024: invalid value for option "secret_access_key"/ ],
	[ 'a mapping\'s option', '', "$keys, region 'us-east-1'", '', qr/HV00D: invalid option "region"/ ],
	[ 'a table\'s host', '', $keys, "endpoint_url '" . $mock->url . "'", qr/42501: option "endpoint_url" of foreign table/ ],
	[ 'a table\'s range', '', $keys, 'max_concurrency \'0\'', qr/HV024: invalid value for option "max_concurrency"/ ])
{
	my ($name, $server, $mapping, $table, $error) = @$case;
	my $list = sub { return $_[0] ? "OPTIONS ($_[0])" : ''; };
	$n++;
	$t->sql(as(mallory => "CREATE SERVER loose$n FOREIGN DATA WRAPPER loose " . $list->($server)
		. "; CREATE USER MAPPING FOR mallory SERVER loose$n " . $list->($mapping)
		. "; CREATE FOREIGN TABLE m.loose$n (instance_id text) SERVER loose$n " . $list->($table)));
	my $got = $t->error(as(mallory => "SELECT count(*) FROM m.loose$n"));
	like($got, qr/ERROR:  $error/, "no validator: $name");
	unlike($got, qr/\Q$secret\E/, "no validator: $name: no secret");
}
$t->sql("CREATE USER MAPPING FOR PUBLIC SERVER loose1 OPTIONS (ambient_credentials 'true')");
$t->sql(as(mallory => 'DROP USER MAPPING FOR mallory SERVER loose1'));
like($t->error(as(mallory => 'SELECT count(*) FROM m.loose1')), qr/28000: no AWS credentials.*it is for PUBLIC/s, 'no validator: PUBLIC');
$t->sql("ALTER FOREIGN DATA WRAPPER loose OPTIONS (ADD region 'us-east-1')");
like($t->error(as(mallory => 'SELECT count(*) FROM m.loose13')), qr/ERROR:  HV00D: invalid option "region"/, 'no validator: an option of the wrapper');
is(callers(), '', 'no validator: nothing asked');

# A mapping that changes while a scan looks up who calls: the role has changed, so
# its entry has to be read anew, and meanwhile the server changes as well.

$t->sql("GRANT SELECT ON command_invocations TO mallory; GRANT USAGE ON FOREIGN SERVER ssm TO mallory;
	CREATE USER MAPPING FOR mallory SERVER ssm OPTIONS ($keys)");
my ($reader, $changer, $watcher) = map { $t->session } 1 .. 3;
my $pid = pid_of($reader);
run_in($reader, 'SET ROLE mallory');
is(scalar run_in($reader, 'SELECT count(*) FROM command_invocations'), '20', 'a session that has called');
run_in($reader, 'BEGIN; DECLARE c CURSOR FOR SELECT count(*) FROM command_invocations');
run_in($watcher, 'SELECT count(*) FROM pg_locks');
my $news = 'SELECT pg_relation_size(1259)'; # locks a table, and so takes note of what has changed
run_in($reader, $news);
run_in($changer, 'ALTER ROLE mallory CONNECTION LIMIT 5');
run_in($reader, $news);
run_in($changer, "BEGIN; LOCK TABLE pg_authid IN ACCESS EXCLUSIVE MODE; ALTER SERVER ssm OPTIONS (SET region 'eu-west-1')");
callers();
start_in($reader, 'FETCH c');
ok(wait_until(sub { run_in($watcher, "SELECT count(*) FROM pg_locks WHERE pid = $pid AND NOT granted") eq '1' }), 'the scan looks its role up');
run_in($changer, 'COMMIT');
my ($out, $err) = finish_in($reader);
is($out . $err, '20', 'its rows come');
is(callers(), "ssm $keys{mallory}", 'by its key');
$_->quit foreach $reader, $changer, $watcher;

done_testing();
