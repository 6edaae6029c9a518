# In a shared database: an unprivileged role tries each way to aim a server at
# a host of its own, to use a mapping that is not its own, or to get at the
# credentials of the server process.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my %keys = (postgres => $key, map { $_ => 'AKID' . uc } qw(mallory victim boss process profile));
my $dir = PostgreSQL::Test::Utils::tempdir();
append_to_file("$dir/credentials", "[team]\naws_access_key_id = $keys{profile}\naws_secret_access_key = $secret\n");
my $t = SsmCluster->new(
	mock => { rows => 20, accounts => { map { $_ => $secret } values %keys } },
	env => {
		AWS_ACCESS_KEY_ID => $keys{process},
		AWS_SECRET_ACCESS_KEY => $secret,
		AWS_SHARED_CREDENTIALS_FILE => "$dir/credentials"
	});
my ($node, $mock) = ($t->node, $t->mock);
my $own = $mock->url;
my $aws = 'https://ssm.us-east-1.amazonaws.com';
my $plain = 'http://ssm.us-east-1.amazonaws.com';
my $create = 'CREATE SERVER new FOREIGN DATA WRAPPER ssm_fdw OPTIONS';

# Commands that give everyone a mapping on a server.
sub mappings
{
	my ($server) = @_;
	return join ';', map {
		"CREATE USER MAPPING FOR $_ SERVER $server OPTIONS (access_key_id '$keys{$_}', secret_access_key '$secret')"
	} qw(mallory victim boss);
}

# The command as that role would run it.
sub as { return "SET SESSION AUTHORIZATION $_[0]; $_[1]"; }

# The access keys of the requests since the last call.
sub callers
{
	my %seen =
	  map { $_->{headers}{authorization} =~ m{Credential=(\w+)/} ? ($1 => 1) : () } @{ $mock->log };
	$mock->reset;
	return join ' ', sort keys %seen;
}

# All that the commands could have changed.
sub definitions
{
	return $t->sql('SELECT srvname, srvowner::regrole, srvoptions FROM pg_foreign_server ORDER BY 1;
		SELECT ftrelid::regclass, relowner::regrole, ftoptions FROM pg_foreign_table JOIN pg_class ON oid = ftrelid ORDER BY 1;
		SELECT umuser, umserver, umoptions FROM pg_user_mapping ORDER BY 1, 2');
}

$t->sql('CREATE ROLE mallory; CREATE ROLE victim; CREATE ROLE boss SUPERUSER; CREATE ROLE stranger;
	GRANT USAGE ON FOREIGN DATA WRAPPER ssm_fdw TO mallory;
	GRANT USAGE ON FOREIGN SERVER ssm TO mallory;
	CREATE SCHEMA m AUTHORIZATION mallory; GRANT USAGE ON SCHEMA m TO PUBLIC;
	CREATE SCHEMA v AUTHORIZATION victim; GRANT USAGE ON SCHEMA v TO PUBLIC;
	GRANT SELECT ON command_invocations TO mallory, victim, boss, stranger;' . mappings('ssm'));
$t->sql(as(mallory => "CREATE SERVER own FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1', endpoint_url '$aws');
	CREATE FOREIGN TABLE m.aimed (instance_id text, region text) SERVER own;
	CREATE FOREIGN TABLE m.borrowed (instance_id text) SERVER ssm;
	GRANT SELECT ON m.aimed, m.borrowed TO PUBLIC"));

# Commands that are refused, and change nothing.

my $denied = qr/ERROR:  42501: permission denied to set option/;
my $only = qr/^HINT:  Only a superuser may /m;
my $before = definitions();
foreach my $case (
	[ "$create (endpoint_url '$own')", $denied, $only ],
	[ "$create (endpoint_url 'https://ssm.evil.example')", $denied, $only ],
	[ "$create (endpoint_url '$aws.evil.example')", $denied, $only ],
	[ "$create (endpoint_url '$plain')", $denied, $only ],
	[ "$create (endpoint_url '$aws:8443')", $denied, $only ],
	[ "$create (endpoint_url 'https://169.254.169.254/')", $denied, $only ],
	[ "$create (region 'us-east-1', ca_bundle '/etc/passwd')", $denied, $only ],
	[ "$create (region 'x.evil/#')", qr/ERROR:  HV024: / ],
	[ "$create (endpoint_url '$aws\@evil.example')", qr/ERROR:  HV024: / ],
	[ "ALTER SERVER own OPTIONS (SET endpoint_url '$own')", $denied, $only ],
	[ "ALTER SERVER own OPTIONS (DROP endpoint_url, ADD ca_bundle '/tmp/ca.pem')", $denied, $only ],
	[ "ALTER SERVER own OPTIONS (SET region 'x.evil/#')", qr/ERROR:  HV024: / ],
	[ "ALTER SERVER ssm OPTIONS (SET endpoint_url '$aws')", qr/ERROR:  42501: must be owner/ ],
	[ 'ALTER SERVER own OWNER TO boss', qr/ERROR:  42501: / ],
	[ "CREATE FOREIGN TABLE m.t (instance_id text) SERVER ssm OPTIONS (endpoint_url '$own')", $denied, $only ],
	[ "CREATE FOREIGN TABLE m.t (instance_id text) SERVER own OPTIONS (endpoint_url '$own')", $denied, $only ],
	[ "CREATE FOREIGN TABLE m.t (instance_id text) SERVER ssm OPTIONS (region 'x.evil/#')", qr/ERROR:  HV024: / ],
	[ "CREATE FOREIGN TABLE m.t (instance_id text) SERVER ssm OPTIONS (ca_bundle '/tmp/ca.pem')", qr/ERROR:  HV00D: / ],
	[ "ALTER FOREIGN TABLE m.aimed OPTIONS (ADD endpoint_url '$own')", $denied, $only ],
	[ "ALTER FOREIGN TABLE m.borrowed OPTIONS (ADD endpoint_url '$own')", $denied, $only ],
	[ "ALTER FOREIGN TABLE m.borrowed OPTIONS (ADD region 'x.evil/#')", qr/ERROR:  HV024: / ],
	[ "ALTER FOREIGN TABLE command_invocations OPTIONS (ADD region 'eu-west-1')", qr/ERROR:  42501: must be owner/ ],
	[ "UPDATE pg_foreign_server SET srvoptions = ARRAY['endpoint_url=$own']", qr/ERROR:  42501: / ],
	[ "ALTER USER MAPPING FOR victim SERVER ssm OPTIONS (SET access_key_id 'x')", qr/ERROR:  42501: / ],
	[ 'DROP USER MAPPING FOR victim SERVER ssm', qr/ERROR:  42501: / ],
	[ "CREATE USER MAPPING FOR stranger SERVER ssm OPTIONS (access_key_id 'x')", qr/ERROR:  42501: / ],
	[ "ALTER USER MAPPING FOR mallory SERVER ssm OPTIONS (ADD ambient_credentials 'true')", $denied, $only ],
	[ "ALTER USER MAPPING FOR mallory SERVER ssm OPTIONS (ADD ambient_credentials 'false')", $denied, $only ],
	[ "ALTER USER MAPPING FOR mallory SERVER ssm OPTIONS (DROP access_key_id, ADD profile 'team')", $denied, $only ],
	[ "CREATE USER MAPPING FOR mallory SERVER own OPTIONS (profile 'team')", $denied, $only ],
	[ "CREATE USER MAPPING FOR PUBLIC SERVER own OPTIONS (ambient_credentials 'true')", $denied, $only ],
	[ "CREATE USER MAPPING FOR boss SERVER own OPTIONS (ambient_credentials 'true')", $denied, $only ])
{
	my ($sql, @patterns) = @$case;
	my $error = $t->error(as(mallory => $sql));
	like($error, $_, $sql) foreach @patterns;
}
is(definitions(), $before, 'none of them changed anything');

# Commands that are allowed.  No scan here: it would ask AWS.

foreach my $url ($aws, 'https://ssm-fips.us-gov-west-1.api.aws/',
	'https://vpce-0a1b-2c3d.ssm.eu-west-1.vpce.amazonaws.com')
{
	is($t->error(as(mallory => "$create (endpoint_url '$url'); DROP SERVER new")), '', "server with $url");
	is($t->error(as(mallory => "ALTER FOREIGN TABLE m.borrowed OPTIONS (ADD endpoint_url '$url');
		ALTER FOREIGN TABLE m.borrowed OPTIONS (DROP endpoint_url)")), '', "table with $url");
}
is($t->sql(as(mallory => "SELECT count(*) FROM m.aimed WHERE region = 'nowhere'")), '0', "AWS's own host may be used");
is(callers(), '', 'nothing was asked so far');

# A superuser's server, through the mapping of whoever asks.

my $count = 'SELECT count(*) FROM command_invocations';
foreach my $role (qw(mallory victim boss))
{
	is($t->sql(as($role => $count)), '20', "$role reads a superuser's server");
	is(callers(), $keys{$role}, "$role: with its own key");
}
is($t->sql(as(victim => 'SELECT count(*) FROM m.borrowed')), '20', "mallory's table on a superuser's server");
is(callers(), $keys{victim}, 'with the key of the reader');

my $session = $t->session;
foreach my $role (qw(victim mallory victim))
{
	run_in($session, "SET ROLE $role");
	is(scalar run_in($session, $count), '20', "one session as $role");
	is(callers(), $keys{$role}, "one session as $role: key");
	run_in($session, 'RESET ROLE');
}
run_in($session, 'SET ROLE stranger');
like((run_in($session, $count))[1], qr/ERROR:  42704: user mapping not found/, 'no mapping, in a session that has called');
is(callers(), '', 'no mapping: nothing asked');
$session->quit;

# Views and functions: whose rights apply, whose mapping is used.

$t->sql(as(victim => "CREATE VIEW v.definer AS $count;
	CREATE VIEW v.invoker WITH (security_invoker) AS $count;
	CREATE FUNCTION v.definer() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS '$count';
	CREATE FUNCTION v.invoker() RETURNS bigint LANGUAGE sql AS '$count';
	GRANT SELECT ON v.definer, v.invoker TO PUBLIC"));
foreach my $case (
	[ 'SELECT * FROM v.definer', 'victim' ],
	[ 'SELECT * FROM v.invoker', 'mallory' ],
	[ 'SELECT v.definer()', 'victim' ],
	[ 'SELECT v.invoker()', 'mallory' ],
	[ 'SELECT v.definer() + v.invoker() - 20', 'mallory', 'victim' ])
{
	my ($sql, @roles) = @$case;
	is($t->sql(as(mallory => $sql)), '20', $sql);
	is(callers(), join(' ', map { $keys{$_} } @roles), "$sql: key");
}

# Whose mapping may use the credentials of the server process.

my $open = $t->foreign('open');
$t->sql("DROP USER MAPPING FOR CURRENT_USER SERVER open; GRANT USAGE ON FOREIGN SERVER open TO mallory;
	GRANT USAGE ON SCHEMA open TO PUBLIC; GRANT SELECT ON $open TO PUBLIC");

# Give a role a mapping without keys, with these options and by that role.
sub keyless
{
	my ($by, $role, $options) = @_;
	$t->sql("DROP USER MAPPING IF EXISTS FOR $role SERVER open");
	$t->sql(as($by => "CREATE USER MAPPING FOR $role SERVER open " . ($options ? "OPTIONS ($options)" : '')));
	return;
}

# The role reads with that key, or is refused and nothing is asked.
sub reads
{
	my ($name, $role, $caller) = @_;
	if (defined $caller)
	{
		is($t->sql(as($role => "SELECT count(*) FROM $open")), '20', $name);
	}
	else
	{
		my $error = $t->error(as($role => "SELECT count(*) FROM $open"));
		like($error, qr/ERROR:  28000: no AWS credentials found for server "open"/, $name);
		like($error, qr/^HINT:  ALTER USER MAPPING FOR (\w+) SERVER open OPTIONS .*ambient_credentials 'true'/m, "$name: hint");
	}
	is(callers(), defined $caller ? $keys{$caller} : '', "$name: key");
	return;
}

keyless(boss => 'boss');
reads('a superuser', 'boss', 'process');
keyless(boss => 'boss', "profile 'team'");
reads('a superuser with a profile', 'boss', 'profile');
keyless(boss => 'boss', "ambient_credentials 'false'");
reads('a superuser who gave it up', 'boss', undef);
keyless(mallory => 'mallory');
reads('no superuser', 'mallory', undef);
keyless(boss => 'mallory', "profile 'team'");
reads('no superuser with a profile', 'mallory', undef);
keyless(boss => 'mallory', "ambient_credentials 'true'");
reads('no superuser, but allowed', 'mallory', 'process');
keyless(boss => 'mallory', "ambient_credentials 'true', profile 'team'");
reads('no superuser, but allowed with a profile', 'mallory', 'profile');
$before = definitions();
foreach my $change ("ADD access_key_id 'x'", "SET profile 'default'", 'DROP profile', "ADD role_arn 'arn:aws:iam::1:role/x'")
{
	like($t->error(as(mallory => "ALTER USER MAPPING FOR mallory SERVER open OPTIONS ($change)")), $denied,
		"a mapping that has more is not his to change: $change");
}
is(definitions(), $before, 'nor is it changed');
is($t->error(as(mallory => 'ALTER USER MAPPING FOR mallory SERVER open OPTIONS (DROP profile, DROP ambient_credentials)')), '',
	'he may give it up');
reads('given up', 'mallory', undef);
$t->sql('DROP USER MAPPING FOR boss SERVER open; DROP USER MAPPING FOR mallory SERVER open');
keyless(boss => 'PUBLIC');
reads('a mapping for PUBLIC', 'mallory', undef);
reads('a mapping for PUBLIC that a superuser uses', 'boss', undef);
keyless(boss => 'PUBLIC', "ambient_credentials 'true'");
reads('a mapping for PUBLIC that is allowed', 'mallory', 'process');
$t->sql('DROP USER MAPPING FOR PUBLIC SERVER open');

# One session: who asks and what he may changes between scans.

keyless(boss => 'boss');
keyless(mallory => 'mallory', "access_key_id '$keys{mallory}', secret_access_key '$secret'");
$session = $t->session;
foreach my $case (
	[ 'SET ROLE boss', 'process' ],
	[ 'SET ROLE mallory', 'mallory' ],
	[ 'RESET ROLE; SET SESSION AUTHORIZATION boss', 'process' ],
	[ 'RESET SESSION AUTHORIZATION; SET SESSION AUTHORIZATION mallory', 'mallory' ],
	[ "RESET SESSION AUTHORIZATION; ALTER USER MAPPING FOR boss SERVER open OPTIONS (ADD profile 'team'); SET ROLE boss", 'profile' ],
	[ 'RESET ROLE; ALTER ROLE boss NOSUPERUSER; SET ROLE boss', undef ],
	[ 'RESET ROLE; ALTER ROLE boss SUPERUSER; SET ROLE boss', 'profile' ])
{
	my ($change, $caller) = @$case;
	run_in($session, $change);
	my ($out, $err) = run_in($session, "SELECT count(*) FROM $open");
	is($out, '20', $change) if defined $caller;
	like($err, qr/ERROR:  28000: /, $change) unless defined $caller;
	is(callers(), defined $caller ? $keys{$caller} : '', "$change: key");
}
$session->quit;
$t->sql('DROP SERVER open CASCADE');

# Secrets of mappings.

is($t->sql(as(mallory => 'SELECT usename FROM pg_user_mappings WHERE umoptions IS NOT NULL')),
	'mallory', 'pg_user_mappings shows only one\'s own');
$t->sql(mappings('own'));
is($t->sql(as(mallory => 'SELECT srvname, usename FROM pg_user_mappings WHERE umoptions IS NOT NULL ORDER BY 1')),
	"own|mallory\nssm|mallory", 'a server\'s owner sees no more');
like($t->error(as(mallory => 'SELECT * FROM pg_user_mapping')), qr/ERROR:  42501: /, 'the catalog is closed');

# What the options' owner may set counts again at use, for every reader.

# Each of these roles is refused, with that object named, and nothing is asked.
sub refused
{
	my ($name, $table, $option, $object) = @_;
	foreach my $role (qw(mallory victim boss))
	{
		my $error = $t->error(as($role => "SELECT count(*) FROM $table"));
		like($error, qr/ERROR:  42501: option "$option" of $object is more than its owner may set/, "$name: $role");
		like($error, qr/^HINT:  Only a superuser may .* let a superuser own the /m, "$name: $role, hint");
	}
	is(callers(), '', "$name: nothing asked");
	return;
}

# Its owner may: a reader has its rows.
sub accepted
{
	my ($name, $table) = @_;
	is($t->sql(as(victim => "SELECT count(*) FROM $table")), '20', $name);
	is(callers(), $keys{victim}, "$name: key");
	return;
}

my $moved = $t->foreign('moved');
$t->sql(mappings('moved') . "; GRANT USAGE ON SCHEMA moved TO PUBLIC; GRANT SELECT ON $moved TO PUBLIC");
accepted('server of a superuser', $moved);
$t->sql('ALTER SERVER moved OWNER TO mallory');
refused('server given away', $moved, 'endpoint_url', 'server "moved"');
like($t->error(as(mallory => "ALTER SERVER moved OPTIONS (ADD page_size '5')")), $denied, 'its new owner has to set it right');
$t->sql("ALTER FOREIGN TABLE $moved OPTIONS (ADD endpoint_url '$own')");
accepted("table of a superuser, whose URL takes precedence over the server's", $moved);
$t->sql("ALTER FOREIGN TABLE $moved OWNER TO mallory; ALTER SERVER moved OWNER TO boss");
refused('table given away', $moved, 'endpoint_url', 'foreign table "command_invocations"');
$t->sql("ALTER FOREIGN TABLE $moved OPTIONS (DROP endpoint_url)");
accepted("mallory's table, without a URL", $moved);

$t->sql("ALTER SERVER moved OPTIONS (ADD ca_bundle '/etc/ssl/certs/ca-certificates.crt')");
accepted('ca_bundle of a superuser', $moved);
$t->sql("ALTER SERVER moved OWNER TO mallory; ALTER SERVER moved OPTIONS (SET endpoint_url '$aws')");
refused('ca_bundle given away', $moved, 'ca_bundle', 'server "moved"');
is($t->error(as(mallory => 'ALTER SERVER moved OPTIONS (DROP ca_bundle)')), '', 'its new owner may drop it');

$t->sql("ALTER SERVER own OPTIONS (SET endpoint_url '$own')");
refused("set by a superuser on mallory's server", 'm.aimed', 'endpoint_url', 'server "own"');

# A role that is no superuser any more: even a plan made before is refused.
$t->sql("ALTER SERVER moved OPTIONS (SET endpoint_url '$own'); ALTER SERVER moved OWNER TO boss");
$session = $t->session;
run_in($session, "SET plan_cache_mode = force_generic_plan; SET ROLE victim; PREPARE p AS SELECT count(*) FROM $moved");
is(scalar run_in($session, 'EXECUTE p'), '20', 'prepared');
is(callers(), $keys{victim}, 'prepared: key');
$t->sql('ALTER ROLE boss NOSUPERUSER');
like((run_in($session, 'EXECUTE p'))[1], qr/ERROR:  42501: option "endpoint_url" of server "moved"/, 'prepared, then demoted');
is(callers(), '', 'prepared, then demoted: nothing asked');
refused('demoted', $moved, 'endpoint_url', 'server "moved"');
$t->sql('ALTER ROLE boss SUPERUSER');
is(scalar run_in($session, 'EXECUTE p'), '20', 'prepared, and promoted again');
is(callers(), $keys{victim}, 'prepared, and promoted again: key');
$session->quit;

# Dump and restore, with owners.

my $file = PostgreSQL::Test::Utils::tempdir() . '/dump.sql';
$node->command_ok([ 'pg_dump', '--file', $file, 'postgres' ], 'pg_dump');
$t->sql('CREATE DATABASE restored');
$node->command_ok(
	[ 'psql', '--no-psqlrc', '--quiet', '--set', 'ON_ERROR_STOP=1', '--dbname', 'restored', '--file', $file ], 'restore');
my $sorted = 'SELECT array_agg(o ORDER BY o) FROM unnest';
my $everything = "SELECT srvname, srvowner::regrole, ($sorted(srvoptions) o) FROM pg_foreign_server ORDER BY 1;
	SELECT ftrelid::regclass::text, relowner::regrole, ftoptions FROM pg_foreign_table JOIN pg_class ON oid = ftrelid ORDER BY 1;
	SELECT srvname, usename, umoptions FROM pg_user_mappings ORDER BY 1, 2";
is($t->sql($everything, 'restored'), $t->sql($everything), 'restored as it was');
is($t->sql(as(victim => "SELECT count(*) FROM $moved"), 'restored'), '20', 'the restored table works');
like($t->error(as(victim => 'SELECT count(*) FROM m.aimed'), 'restored'), qr/ERROR:  42501: option/, 'and the rules hold');
is(callers(), $keys{victim}, 'only the allowed one asked');

done_testing();
