# Random queries over foreign tables, by sqlsmith, end in rows or a clear error:
# no crash, no internal error, no request that the service refuses.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use IPC::Run ();
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $seconds = $ENV{SQLSMITH_SECONDS} || 1200;
my $seed = $ENV{SQLSMITH_SEED} || 1;
my $t = SsmCluster->new(
	mock => { rows => 120, nodes => 20, end => 'now' },
	conf => "log_line_prefix = 'at %m %p %e '\nlog_min_error_statement = error\nlog_min_messages = error\n"
	  . "log_statement = none\nlog_error_verbosity = verbose\n");
my $mock = $t->mock;

# What it may see, as one who may not do harm; parts are read at the same time.
$t->foreign('west', server => { region => 'eu-west-1', invalid_instance_id => 'rescan' });
$t->sql(qq{
	CREATE TYPE state AS ENUM ('Pending', 'InProgress', 'Delayed', 'Success', 'Cancelled', 'TimedOut', 'Failed', 'Cancelling');
	CREATE FOREIGN TABLE typed (command_id uuid, node varchar OPTIONS (member 'InstanceId'), status state,
		requested_date_time timestamp, command_plugins jsonb) SERVER west;
	CREATE TABLE everywhere (LIKE command_invocations) PARTITION BY LIST (region);
	ALTER TABLE everywhere ATTACH PARTITION command_invocations FOR VALUES IN ('us-east-1');
	ALTER TABLE everywhere ATTACH PARTITION west.command_invocations FOR VALUES IN ('eu-west-1');
	CREATE TABLE cmdb AS SELECT DISTINCT instance_id, region FROM command_invocations;
	ANALYZE;
	CREATE ROLE smith LOGIN;
	GRANT USAGE ON FOREIGN SERVER ssm, west TO smith;
	GRANT USAGE ON SCHEMA west TO smith;
	GRANT SELECT ON ALL TABLES IN SCHEMA public, west TO smith;
	CREATE USER MAPPING FOR smith SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE USER MAPPING FOR smith SERVER west OPTIONS (access_key_id '$key', secret_access_key '$secret');
});
$mock->reset;

# sqlsmith counts its queries on stderr; it goes on until it is told to stop.
my $target = $t->node->connstr('postgres') . ' user=smith';
my $started = $t->node->safe_psql('postgres', 'SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()');
IPC::Run::run([ 'timeout', $seconds, 'sqlsmith', "--target=$target", '--exclude-catalog', "--seed=$seed" ],
	'>', \my $out, '2>', \my $err);
is($? >> 8, 124, "sqlsmith ran for $seconds seconds, seed $seed") or diag($err);
my $queries = $t->sql('SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()') - $started;
my $stats = $mock->stats;
note("$queries queries, $stats->{requests} requests");
cmp_ok($queries, '>', $seconds, 'queries were made');
cmp_ok($stats->{requests}, '>', $seconds, 'and requests');
is($stats->{invalid}, 0, 'none of them was refused');

my $log = slurp_file($t->node->logfile);
is(join("\n", $log =~ /^.*(?:terminated by signal|TRAP:|PANIC:|Segmentation).*$/mg), '', 'no crash');

# An internal error that local copies of the tables bring as well is PostgreSQL's
# own.
my $tables = $t->sql(q{SELECT format('%s.%s', relnamespace::regnamespace, relname) FROM pg_class
	WHERE relnamespace::regnamespace IN ('public'::regnamespace, 'west'::regnamespace) AND relkind IN ('r', 'f', 'p')});
$t->sql('CREATE SCHEMA copy_public; CREATE SCHEMA copy_west');
# outputs cannot be read without ids: the type is enough to plan by
$t->sql("CREATE TABLE copy_$_ " . (/command_outputs/ ? "(LIKE $_)" : "AS SELECT * FROM $_")) foreach split /\n/, $tables;
my $names = join '|', map { s/.*\.//r } split /\n/, $tables;
my $prefix = qr/^at \S+ \S+ \S+ \d+ \w{5}/m;
my @internal;
my $theirs = 0;
while ($log =~ /$prefix ERROR:  (XX\w{3}: .*?)^$prefix STATEMENT:  (.*?)(?=$prefix|\z)/msg)
{
	my ($error, $statement) = ($1, $2);
	my $same = $statement =~ s/\b(public|west)\.(?=(?:$names)\b)/copy_$1./gr;
	my ($code) = $error =~ /^(XX\w{3})/;
	my $again = $t->error("SET statement_timeout = '30 s'; $same");
	if ($again =~ /ERROR:  \Q$code\E/) { $theirs++; }
	else { push @internal, "$error$statement\non copies: $again"; }
}
note("$theirs internal errors of PostgreSQL itself");
is(join("\n", @internal), '', 'no internal error');
is($t->sql('SELECT count(*) FROM command_invocations'), 120, 'the server goes on');

done_testing();
