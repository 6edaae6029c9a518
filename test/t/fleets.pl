# One CALL makes the servers, user mappings and partitioned tables for accounts and
# regions, and makes them what another CALL says: it adds and drops what is its own
# and nothing else, by the caller's rights, and shows no key to anybody.
use strict;
use warnings;

use Digest::SHA qw(sha256_hex);
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmProviders;
use Test::More;

my @account = map { $_ x 12 } 1 .. 5;
my $providers = SsmProviders->new;
my %accounts = ($key => $secret);
my %account_of;

# The keys that the stand-in gives for a role.
foreach my $account (@account)
{
	my $digest = sha256_hex("AssumeRole\n$key\narn:aws:iam::$account:role/team/read");
	my $id = 'ASIA' . uc substr $digest, 0, 16;
	$accounts{$id} = { secret => substr($digest, 16, 40) . '/+', session_token => 'tok&<' . substr($digest, 20, 40) };
	$account_of{$id} = $account;
}
my $t = SsmCluster->new(
	mock => { rows => 10, accounts => \%accounts },
	conf => "log_statement = none\nlog_min_messages = debug1\nlog_error_verbosity = verbose\n",
	env => { AWS_EC2_METADATA_DISABLED => 'true', AWS_ENDPOINT_URL_STS => $providers->url });
my $mock = $t->mock;
$providers->set(sts => { accounts => { $key => { secret => $secret } } });
my $session = $t->session;
run_in($session, '\set VERBOSITY terse');

# One CALL; returns what it prints, its notices in order and its result.
sub fleet
{
	my ($accounts, $regions, $more) = @_;
	my $list = join ',', @account[map { $_ - 1 } @$accounts];
	my ($out, $err) = run_in($session, "CALL ssm_fdw_create_fleet('fleet', 'ssm', '{$list}', '{" . join(',', @$regions) . '}\'' . ($more // '') . ')');
	$err =~ s/^psql:\S+ (?:NOTICE|ERROR):  //mg;
	return $err =~ s/\n?\z/\n/r . $out if $err && $out;
	return "$err$out";
}

# Who was asked since the last time: account/region, sorted, with the number of requests.
sub asked
{
	my %asked;
	foreach my $request (@{ $mock->log })
	{
		my ($id, $region) = $request->{headers}{authorization} =~ m{Credential=(\w+)/\d+/([\w-]+)/};
		$asked{ substr($account_of{$id} // 'base', 0, 4) . "/$region" }++;
	}
	$mock->reset;
	return join ' ', map { "$_:$asked{$_}" } sort keys %asked;
}

# All servers, mappings (without options) and relations but the catalogs'.
sub objects
{
	return $t->sql("SELECT srvname, srvoptions FROM pg_foreign_server ORDER BY 1; SELECT srvname, usename FROM pg_user_mappings ORDER BY 1, 2;
		SELECT oid::regclass::text, relkind FROM pg_class WHERE relnamespace >= 16384 ORDER BY 1");
}

# From nothing to a fleet, and on.

my $role = ", 'team/read'";
my $before = objects();
is(fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], "$role, tables => '{command_invocations, commands}'"), join("\n",
		'schema fleet created', 'table fleet.command_invocations created', 'table fleet.commands created',
		map({ my $a = $_ x 12; map { "fleet_${a}_$_: server created, user mapping created, 2 partitions created" } qw(us_east_2 eu_west_3) } 1, 2),
		'4|0|0'), 'a fleet is made, and told');
my $all = 'SELECT count(*), count(DISTINCT (account_id, region)) FROM fleet.command_invocations';
$mock->reset;
is(scalar run_in($session, $all), '40|4', 'all is read as one table');
is(asked(), '1111/eu-west-3:1 1111/us-east-2:1 2222/eu-west-3:1 2222/us-east-2:1', 'each account by its role, in each region');
is(fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], $role), join("\n", 'table fleet.instance_information created', 'table fleet.command_outputs created',
		map({ my $a = $_ x 12; map { "fleet_${a}_$_: 2 partitions created" } qw(us_east_2 eu_west_3) } 1, 2), '0|4|0'), 'without a list of tables it has all');
my $made = objects();
is(fleet([ 2, 1 ], [qw(eu-west-3 us-east-2)], $role), '0|0|0', 'what is as it shall be is left alone');
is(fleet([ 2, 3 ], [qw(us-east-2 eu-west-3)], $role), join("\n",
		map({ "fleet_${\(1 x 12)}_$_: server dropped, with its user mapping and 4 partitions" } qw(us_east_2 eu_west_3)),
		map({ "fleet_${\(3 x 12)}_$_: server created, user mapping created, 4 partitions created" } qw(us_east_2 eu_west_3)), '2|0|2'),
	'an account goes, another comes');
is(scalar run_in($session, 'SELECT DISTINCT account_id FROM fleet.command_invocations ORDER BY 1'), (2 x 12) . "\n" . 3 x 12, 'so do their rows');
fleet([ 1, 2 ], [qw(us-east-2)], $role);
fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], $role);
is(objects(), $made, 'there and back makes the same');

# Clauses, a join and a parameter leave other parts alone.

my $one = "account_id = '$account[0]' AND region = 'eu-west-3'";
is(scalar(() = run_in($session, "EXPLAIN (COSTS OFF) $all WHERE $one") =~ /Append|Foreign Scan/g), 1, 'account and region are one scan');
is(scalar(() = run_in($session, "EXPLAIN (COSTS OFF) $all") =~ /->  Async Foreign Scan/g), 4, 'without them all are read at once');
run_in($session, 'SET plan_cache_mode = force_generic_plan; SET jit = off');
run_in($session, "PREPARE p AS $all WHERE account_id = \$1");
$mock->reset;
run_in($session, "EXECUTE p ('$account[1]')");
is(asked(), '2222/eu-west-3:1 2222/us-east-2:1', 'a parameter');
run_in($session, "SELECT count(*) FROM (VALUES ('$account[0]', 'eu-west-3')) AS v (account_id, region) JOIN fleet.command_invocations USING (account_id, region)");
like(asked(), qr{^1111/eu-west-3:1$}, 'a join');
is(scalar run_in($session, "SELECT count(*) > 0 FROM fleet.command_invocations JOIN fleet.commands USING (account_id, region, command_id) WHERE $one"), 't', 'its tables join');
like(asked(), qr{^1111/eu-west-3:\d+$}, 'within the account and region');

# The base is what all have: changed options, new keys, another role.

run_in($session, "ALTER SERVER ssm OPTIONS (ADD page_size '20', ADD account_id '$account[1]')");
my $changed = fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], $role);
is(scalar(() = $changed =~ /: server changed$/mg), 2, 'an option of the base reaches all');
is(scalar(() = $changed =~ /: server changed, user mapping changed$/mg), 2, 'and its own account is read without a role');
$mock->reset;
run_in($session, $all);
is(asked(), '1111/eu-west-3:1 1111/us-east-2:1 base/eu-west-3:1 base/us-east-2:1', 'as itself');
run_in($session, 'ALTER SERVER ssm OPTIONS (DROP page_size, DROP account_id)');
run_in($session, "ALTER USER MAPPING FOR CURRENT_USER SERVER ssm OPTIONS (SET secret_access_key 'x', ADD duration_seconds '900')");
like(fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], "$role, 'from-us'"), qr/^0\|4\|0$/m, 'new keys and an external_id reach all');
is($t->sql("SELECT DISTINCT umoptions FROM pg_user_mappings WHERE srvname ~ '^fleet_1'"),
	"{access_key_id=$key,secret_access_key=x,role_arn=arn:aws:iam::$account[0]:role/team/read,duration_seconds=900,external_id=from-us}", 'in the mappings');
run_in($session, "ALTER USER MAPPING FOR CURRENT_USER SERVER ssm OPTIONS (SET secret_access_key '$secret', DROP duration_seconds)");
fleet([ 1, 2 ], [qw(us-east-2 eu-west-3)], $role);
is(objects(), $made, 'and back');
is($t->sql("CALL ssm_fdw_create_fleet('china', 'ssm', '{$account[3]}', '{cn-north-1}', 'read', tables => '{commands}');
	SELECT umoptions[3] FROM pg_user_mappings WHERE srvname ~ '^china'"), "1|0|0\nrole_arn=arn:aws-cn:iam::$account[3]:role/read", 'a role of another partition of AWS');
is($t->sql("CALL ssm_fdw_create_fleet('regions', 'ssm', '{$account[3]}', '{us-east-1,us-west-2}', tables => '{command_invocations}');
	SELECT count(DISTINCT region) FROM regions.command_invocations"), "2|0|0\n2", 'one account without a role');

# What is not the fleet's stays.

run_in($session, "CREATE EXTENSION postgres_fdw; CREATE SERVER worker FOREIGN DATA WRAPPER postgres_fdw OPTIONS (dbname 'postgres');
	CREATE FOREIGN TABLE fleet.on_worker PARTITION OF fleet.command_invocations FOR VALUES IN ('$account[3]', '$account[4]') SERVER worker;
	CREATE SERVER fleet_mine FOREIGN DATA WRAPPER ssm_fdw; CREATE TABLE fleet.notes (); CREATE VIEW fleet.failed AS SELECT * FROM fleet.command_invocations;
	CREATE SERVER fleet_999999999999_us_east_1 FOREIGN DATA WRAPPER postgres_fdw;
	CREATE SERVER fleet_888888888888_us_east_1 FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1')");
like(fleet([1], ['us-east-2'], $role), qr/^0\|0\|3$/m, 'what was made is dropped');
like(objects(), qr/\bfleet\.on_worker\|f\n/, 'a partition on a worker stays');
like(objects(), qr/^$_\|/m, "$_ stays") foreach qw(worker fleet_mine fleet_999999999999_us_east_1 fleet_888888888888_us_east_1 fleet.notes fleet.failed);
like(fleet([ 1, 4 ], ['us-east-2'], $role), qr/would overlap partition "on_worker"/, 'an account is of one part');
like(fleet([1], ['us-east-1'], $role), qr/dropped.*^1\|0\|1$/ms, 'another region');
run_in($session, 'CREATE ROLE other; CREATE USER MAPPING FOR other SERVER ' . "fleet_$account[0]_us_east_1");
$before = objects();
like(fleet([], []), qr/cannot drop server fleet_\d+_us_east_1 because other objects depend on it/, 'what somebody else uses is not dropped');
is(objects(), $before, 'nor is anything else, then');
run_in($session, "DROP USER MAPPING FOR other SERVER fleet_$account[0]_us_east_1");
is($t->sql("CALL ssm_fdw_create_fleet('fleet', NULL, '{}', '{}')"), '0|0|1', 'an empty list empties the fleet, without a base');
$t->sql('DROP SCHEMA fleet CASCADE; DROP SERVER fleet_888888888888_us_east_1');
is($t->sql("SELECT count(*) FROM pg_foreign_server WHERE srvname ~ '^fleet_.*us_' AND srvname !~ '999'"), 0, 'and leaves no server');

# Any name.

my $odd = q{odd "; DROP SCHEMA public; --'\\};
my $quoted = literal($odd) =~ s/^/E/r =~ s/\\/\\\\/gr;
is($t->sql("CALL ssm_fdw_create_fleet($quoted, 'ssm', '{$account[0]}', '{us-east-1}', 'team/read', tables => '{command_invocations}')"), '1|0|0', 'a fleet of an odd name');
is($t->sql('SELECT count(*) FROM "' . $odd =~ s/"/""/gr . '".command_invocations'), 10, 'can be read');
is($t->sql("CALL ssm_fdw_create_fleet($quoted, 'ssm', '{}', '{}')"), '0|0|1', 'and emptied');

# A role that is no superuser, with its own keys.

$t->sql("CREATE ROLE operator; GRANT USAGE ON FOREIGN DATA WRAPPER ssm_fdw TO operator; CREATE SCHEMA team AUTHORIZATION operator;
	CREATE USER MAPPING FOR other SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret')");
sub as_operator
{
	my ($more) = @_;
	return $t->error("SET ROLE operator; CALL ssm_fdw_create_fleet('team', 'ssm', '{$account[0]}', '{us-east-1}', 'team/read'" . ($more // '') . ')');
}
like(as_operator(), qr/ERROR:  42501: permission denied for foreign server ssm/, 'needs USAGE on the base');
$t->sql('GRANT USAGE ON FOREIGN SERVER ssm TO operator');
like(as_operator(), qr/ERROR:  42704: role "operator" has no user mapping on server "ssm"\nHINT:  .*CREATE USER MAPPING FOR operator SERVER ssm first/, 'and a mapping there');
like(as_operator(", user_name => 'other'"), qr/ERROR:  42501: permission denied to copy the user mapping of role "other"/, 'of its own');
$t->sql("CREATE USER MAPPING FOR operator SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret')");
like(as_operator(), qr/ERROR:  42501: permission denied to set option "endpoint_url"/, "what it may not set is not set for it");
# without that the service would be AWS's; so nothing is asked here
$t->sql("CREATE SERVER plain FOREIGN DATA WRAPPER ssm_fdw; GRANT USAGE ON FOREIGN SERVER plain TO operator;
	CREATE USER MAPPING FOR operator SERVER plain OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE USER MAPPING FOR other SERVER plain OPTIONS (ambient_credentials 'true')");
is($t->sql("SET ROLE operator; CALL ssm_fdw_create_fleet('team', 'plain', '{$account[0]}', '{us-east-1}', 'team/read'); SELECT umoptions IS NOT NULL FROM pg_user_mappings WHERE srvname ~ '^team_'"),
	"1|0|0\nt", 'it makes a fleet of its own');
like($t->error("CREATE ROLE boss SUPERUSER; ALTER SERVER plain OWNER TO operator; SET ROLE boss; CALL ssm_fdw_create_fleet('b', 'plain', '{$account[0]}', '{us-east-1}', 'read', user_name => 'other')"),
	qr/ERROR:  42501: server "plain" is not a superuser's.*HINT/s, "but not from one's server who may have written that mapping");
$t->sql('ALTER SERVER plain OWNER TO CURRENT_USER');
is($t->sql("CALL ssm_fdw_create_fleet('lent', 'plain', '{$account[0]}', '{us-east-1}', 'read', user_name => 'other'); SELECT umoptions FROM pg_user_mappings WHERE srvname ~ '^lent_'"),
	"1|0|0\n{ambient_credentials=true,role_arn=arn:aws:iam::$account[0]:role/read}", 'a superuser makes one for another role');

# What cannot be.

foreach my $case (
	[ "'f', 'ssm', '{123}', '{us-east-1}', 'r'", qr/22023: "123" is not the id of an AWS account/ ],
	[ "'f', 'ssm', NULL, '{us-east-1}', 'r'", qr/22004: accounts must not be null/ ],
	[ "NULL, 'ssm', '{}', '{}'", qr/22004: fleet must not be null/ ],
	[ "'f', 'ssm', '{$account[0],NULL}', '{us-east-1}', 'r'", qr/22004: accounts must not have a null/ ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east1}', 'r'", qr/22023: "us-east1" is not .*HINT:  Perhaps you meant "us-east-1"/s ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east-1,cn-north-1}', 'r'", qr/22023: regions are in more than one partition of AWS: "aws" and "aws-cn"/ ],
	[ "'f', 'ssm', '{$account[0],$account[1]}', '{us-east-1}'", qr/22023: there is no role_name for account 2/ ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east-1}', 'arn:aws:iam::1:role/r'", qr/22023: role_name must not be an ARN/ ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east-1}', external_id => 'x'", qr/22023: external_id goes with a role_name/ ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east-1}', 'r', tables => '{inventory}'", qr/22023: "inventory" is not one of the tables.*HINT:  The tables are command_invocations, /s ],
	[ "'f', NULL, '{$account[0]}', '{us-east-1}', 'r'", qr/22004: base must not be null/ ],
	[ "'f', 'no', '{$account[0]}', '{us-east-1}', 'r'", qr/42704: server "no" does not exist/ ],
	[ "'f', 'worker', '{$account[0]}', '{us-east-1}', 'r'", qr/42809: server "worker" is not a server of ssm_fdw/ ],
	[ "'fleet', 'ssm', '{999999999999}', '{us-east-1}', 'r'", qr/42710: server "fleet_999999999999_us_east_1" is not a server of ssm_fdw/ ],
	[ "'public', 'ssm', '{$account[0]}', '{us-east-1}', 'r'", qr/42809: public.command_invocations is not a table as the fleet has it.*DETAIL:  It should be a partitioned table.*HINT/s ],
	[ "'" . 'f' x 41 . "', 'ssm', '{$account[0]}', '{us-east-1}', 'r'", qr/42622: "f+_1+_us_east_1" is too long/ ],
	[ "'f', 'ssm', '{$account[0]}', '{us-east-1}', 'no role'", qr/HV024: / ])
{
	my ($args, $pattern) = @$case;
	like($t->error("CALL ssm_fdw_create_fleet($args)"), qr/ERROR:  $pattern/, $args);
}
is($t->sql("SELECT count(*) FROM pg_namespace WHERE nspname ~ '^f+\$'"), 0, 'and nothing is left of them');
unlike(slurp_file($t->node->logfile), qr/\Q$secret/, 'no key is in the log, not even of a mapping that was refused');
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
