# What the executor may do with a scan: repeat it, leave it, run several, and
# run it as somebody else.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(
	mock => {
		rows => 200,
		nodes => 20,
		accounts => { $key => $secret, AKIDOTHER => $secret, AKIDTHIRD => $secret }
	});
my ($node, $mock) = ($t->node, $t->mock);
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '10')");

# How many descriptors has the process open, besides files?
sub descriptors
{
	my ($pid) = @_;
	return scalar grep { (readlink($_) // '/') !~ m{^/} } glob("/proc/$pid/fd/*");
}

# The access keys of the logged requests, in order, each named once in a row.
sub access_keys
{
	my @keys = map { $_->{headers}{authorization} =~ /Credential=(\w+)/ ? $1 : '' } @{ $mock->log };
	my $last = '';
	return join ' ', map { my $same = $_ eq $last; $last = $_; $same ? () : $_ } @keys;
}

# Let requests fail as these rules say.
sub faults
{
	my (@rules) = @_;
	$mock->config({
		rows => 200,
		nodes => 20,
		accounts => { $key => $secret, AKIDOTHER => $secret, AKIDTHIRD => $secret },
		faults => \@rules
	});
	return;
}
my @deny = ({ on => 'all', do => { status => 400, code => 'ValidationException' } });

# The data, local, to compare with.
$t->sql('CREATE TABLE local AS SELECT * FROM command_invocations');
is($t->sql('SELECT count(*), count(DISTINCT (command_id, instance_id)) FROM local'),
	'200|200', 'the rows');
my @commands = split /\n/, $t->sql('SELECT DISTINCT command_id FROM local ORDER BY 1 LIMIT 10');
my $command_list = join ',', map { "('$_')" } @commands;

# Rescans.

my $session = $t->session;
run_in($session, 'SET enable_hashjoin = off; SET enable_mergejoin = off; SET enable_material = off');
my $join = "SELECT string_agg(instance_id, ',' ORDER BY c, instance_id)
	FROM (VALUES $command_list) AS v(c), LATERAL (SELECT * FROM %s WHERE command_id = c OFFSET 0) AS i";
$mock->reset;
is(run_in($session, sprintf $join, 'command_invocations'),
	$t->sql(sprintf $join, 'local'), 'nested loop: rows');
is_deeply(
	[ sort map { $_->{CommandId} } @{ $mock->bodies } ],
	[ sort @commands ],
	'nested loop: one request for each value');
is( run_in($session,
		'SELECT count(*) FROM generate_series(1, 3) AS n, LATERAL (SELECT n, * FROM command_invocations OFFSET 0) AS i'),
	'600',
	'the same scan three times');
is( run_in($session,
		"SELECT count(*) FROM generate_series(1, 5) AS n WHERE EXISTS
			(SELECT FROM command_invocations WHERE status = 'Success' AND n > 0 OFFSET 0)"),
	'5',
	'scans that are left after their first row');
is( run_in($session, 'SELECT count(*) FROM (SELECT (SELECT min(instance_id) FROM command_invocations i
			WHERE i.command_id = l.command_id) = min(instance_id) AS same FROM local l GROUP BY command_id) AS s WHERE same'),
	'40', 'a correlated subquery');

# Cursors.

my $open = descriptors(pid_of($session));
my ($out, $err) = run_in($session, <<'END');
BEGIN;
DECLARE a SCROLL CURSOR FOR SELECT command_id, instance_id FROM command_invocations;
DO $$
DECLARE
	own CURSOR FOR SELECT * FROM command_invocations;
	r record;
BEGIN
	OPEN own;
	FOR n IN 1..25 LOOP FETCH own INTO r; END LOOP;
	CLOSE own;
END $$;
MOVE FORWARD 30 FROM a;
MOVE BACKWARD ALL FROM a;
END
is($err, '', 'scroll cursor: no error');
my $first = run_in($session, 'FETCH 30 FROM a');
run_in($session, 'MOVE ABSOLUTE 0 FROM a');
is(run_in($session, 'FETCH 30 FROM a'), $first, 'scroll cursor: the same again');
run_in($session, 'MOVE LAST FROM a');
is(run_in($session, 'FETCH ABSOLUTE 3 FROM a'), (split /\n/, $first)[2], 'scroll cursor: absolute');
run_in($session, 'COMMIT');

run_in($session,
	'BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT instance_id FROM command_invocations; FETCH 5 FROM held; COMMIT');
is(scalar(split /\n/, run_in($session, 'FETCH ALL FROM held')), 195, 'WITH HOLD: rows after the commit');
run_in($session, 'CLOSE held');

$mock->reset;
run_in($session, 'BEGIN; DECLARE part CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 3 FROM part; CLOSE part; COMMIT');
cmp_ok($mock->stats->{requests}, '<=', 2, 'a cursor that is closed asks for no more');

# Two scans of one table at once.

my $pairs = 'SELECT count(*) FROM %1$s a JOIN %1$s b USING (command_id) WHERE a.instance_id < b.instance_id';
is(run_in($session, sprintf $pairs, 'command_invocations'), $t->sql(sprintf $pairs, 'local'), 'self join');
run_in($session, 'BEGIN;
	DECLARE x CURSOR FOR SELECT command_id, instance_id FROM command_invocations;
	DECLARE y CURSOR FOR SELECT command_id, instance_id FROM command_invocations');
my %rows = (x => '', y => '');
foreach (1 .. 30)
{
	$rows{x} .= run_in($session, 'FETCH 7 FROM x') . "\n";
	$rows{y} .= run_in($session, 'FETCH 7 FROM y') . "\n";
}
run_in($session, 'COMMIT');
s/\n+/\n/g foreach values %rows;
is(scalar(split /\n/, $rows{x}), 200, 'two cursors: all rows');
is($rows{y}, $rows{x}, 'two cursors: the same rows');

# 40 cursors at once.
run_in($session, 'BEGIN');
($out, $err) = run_in($session, join ';', map {
	"DECLARE c$_ CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c$_"
} 1 .. 40);
is($err, '', '40 cursors at once');
is(scalar(split /\n/, $out), 40, '40 cursors at once: rows');
run_in($session, 'COMMIT');
is(run_in($session, 'SELECT count(*) FROM command_invocations'), '200', 'a scan after them');

# Prepared statements: the seventh run is a generic plan's.

run_in($session, 'PREPARE p(text) AS SELECT count(*), count(DISTINCT instance_id) FROM command_invocations WHERE command_id = $1');
$mock->reset;
my @answers = map { scalar run_in($session, "EXECUTE p('$commands[$_]')") } 0 .. 6;
is("@answers", join(' ', ('5|5') x 7), 'PREPARE, executed 7 times');
is_deeply([ map { $_->{CommandId} } @{ $mock->bodies } ], [ @commands[ 0 .. 6 ] ], 'PREPARE: the values are sent');
is(run_in($session, "SELECT generic_plans > 0 FROM pg_prepared_statements WHERE name = 'p'"), 't', 'the plan became generic');
$mock->reset;
is(run_in($session, 'EXECUTE p(NULL)'), '0|0', 'PREPARE: NULL');
is($mock->stats->{requests}, 0, 'PREPARE: no request for NULL');

run_in($session, <<'END');
CREATE FUNCTION count_of(ids text[]) RETURNS text LANGUAGE plpgsql AS $$
DECLARE total int := 0; n int; id text;
BEGIN
	FOR i IN 1..20 LOOP
		id := ids[1 + i % 10];
		SELECT count(*) INTO n FROM command_invocations WHERE command_id = id AND status_details IS NOT NULL;
		total := total + n;
		FOR n IN SELECT 1 FROM command_invocations WHERE command_id = id LOOP
			total := total + n;
			EXIT;
		END LOOP;
	END LOOP;
	RETURN total;
END $$;
END
my $ids = 'ARRAY[' . join(',', map { "'$_'" } @commands) . ']';
is(run_in($session, "SELECT count_of($ids)"), 20 * 5 + 20, 'plpgsql: 20 executions, with a loop that is left');

# Subtransactions.

faults({ on => 'all', do => {} });
($out, $err) = run_in($session, <<'END');
BEGIN;
DECLARE before CURSOR FOR SELECT instance_id FROM command_invocations;
FETCH 3 FROM before;
SAVEPOINT s;
DECLARE inside CURSOR FOR SELECT instance_id FROM command_invocations;
FETCH 3 FROM inside;
ROLLBACK TO s;
SELECT 'after';
FETCH ALL FROM before;
COMMIT;
END
is($err, '', 'ROLLBACK TO with an open cursor: no error');
is(scalar(split /\n/, $out), 3 + 3 + 1 + 197, 'ROLLBACK TO: the outer cursor goes on');

faults({ on => { every => 3 }, do => { status => 400, code => 'ValidationException' } });
($out, $err) = run_in($session, <<'END');
DO $$
DECLARE n int; failed int := 0;
BEGIN
	FOR i IN 1..10 LOOP
		BEGIN
			FOR n IN SELECT 1 FROM command_invocations LOOP NULL; END LOOP;
		EXCEPTION WHEN fdw_error THEN
			failed := failed + 1;
		END;
	END LOOP;
	RAISE NOTICE 'failed %', failed;
END $$;
END
like($err, qr/NOTICE:.*failed 10/, 'EXCEPTION around a failing fetch');
faults();
is(run_in($session, 'SELECT count(*) FROM command_invocations'), '200', 'a scan after it');

# Nothing is left open: failing scans, scans that are left, cursors never closed.

my $pid = pid_of($session);
my $before = descriptors($pid);
faults(@deny);
my $errors = 0;
foreach (1 .. 10)
{
	($out, $err) = run_in($session, join "\n",
		('SELECT count(*) FROM command_invocations;') x 20);
	$errors += () = $err =~ /HV000/g;
}
is($errors, 200, '200 failing scans');
is(descriptors($pid), $before, '200 failing scans leave no descriptors');
faults();
foreach my $part (0 .. 9)
{
	run_in($session, 'BEGIN;' . join(';', map {
		"DECLARE c$_ CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c$_"
	} 1 .. 20) . '; ' . ($part % 2 ? 'SELECT 1/0; ROLLBACK' : 'COMMIT'));
}
is(run_in($session, 'SELECT count(*) FROM command_invocations'), '200', '200 abandoned cursors: a scan after them');
my $after = descriptors($pid);
# up to 8 idle clients are kept, each with an event queue, a timer and a connection
cmp_ok($after, '<=', $before + 8 * 3, '200 abandoned cursors leave no more than the idle clients');
run_in($session, 'BEGIN;' . join(';', map {
	"DECLARE c$_ CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c$_"
} 1 .. 20) . '; ROLLBACK');
is(descriptors($pid), $after, 'nor do 20 more');
$t->sql("ALTER SERVER ssm OPTIONS (SET page_size '10')");
run_in($session, 'SELECT 1 FROM command_invocations LIMIT 1');
cmp_ok(descriptors($pid), '<', $after, 'ALTER SERVER closes the idle ones');

# Plans are made anew when what they rest on changes.

run_in($session, "PREPARE all_rows AS SELECT count(*), min(region), max(account_id) FROM command_invocations");
run_in($session, "SET plan_cache_mode = force_generic_plan");
is(run_in($session, 'EXECUTE all_rows'), '200|us-east-1|', 'before ALTER');
$t->sql("ALTER SERVER ssm OPTIONS (SET region 'us-west-2')");
is(run_in($session, 'EXECUTE all_rows'), '200|us-west-2|', 'ALTER SERVER');
$t->sql("ALTER FOREIGN TABLE command_invocations OPTIONS (ADD account_id '42', ADD page_size '7')");
$mock->reset;
is(run_in($session, 'EXECUTE all_rows'), '200|us-west-2|42', 'ALTER FOREIGN TABLE');
is($mock->bodies->[0]{MaxResults}, 7, 'the new page size is sent');
$t->sql('ALTER FOREIGN TABLE command_invocations DROP COLUMN instance_name, DROP COLUMN trace_output, ADD COLUMN "my name" text');
$t->sql("ALTER FOREIGN TABLE command_invocations ALTER COLUMN \"my name\" OPTIONS (ADD member 'InstanceName')");
run_in($session, 'PREPARE names AS SELECT * FROM command_invocations ORDER BY command_id, instance_id LIMIT 1');
is( run_in($session, "SELECT to_jsonb(i) - 'my name' - 'region' - 'account_id' FROM command_invocations i ORDER BY command_id, instance_id LIMIT 1"),
	$t->sql("SELECT to_jsonb(i) - 'instance_name' - 'trace_output' - 'region' - 'account_id' FROM local i ORDER BY command_id, instance_id LIMIT 1"),
	'a dropped column');
is( run_in($session, 'SELECT count(*) FROM command_invocations f JOIN local l USING (command_id, instance_id) WHERE "my name" = instance_name'),
	'200', 'an added column with option member');
run_in($session, 'EXECUTE names');
$t->sql('ALTER FOREIGN TABLE command_invocations DROP COLUMN service_role');
($out, $err) = run_in($session, 'EXECUTE names');
like($err, qr/0A000: cached plan must not change result type/, 'a column dropped under a prepared statement');
is(run_in($session, 'EXECUTE all_rows'), '200|us-west-2|42', 'and another that does not use it');

# A cursor that is open outlives an ALTER SERVER of its own transaction.
run_in($session, 'BEGIN; DECLARE c CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c');
run_in($session, "ALTER SERVER ssm OPTIONS (SET region 'eu-west-1')");
is(scalar(split /\n/, run_in($session, 'FETCH ALL FROM c')), 199, 'ALTER SERVER under an open cursor');
is(run_in($session, 'EXECUTE all_rows'), '200|eu-west-1|42', 'and a new scan beside it');
run_in($session, 'COMMIT');

# Whose keys are used.

$t->sql(<<'END');
CREATE ROLE owner; CREATE ROLE caller; CREATE ROLE nobody;
GRANT SELECT ON command_invocations TO owner, caller, nobody;
CREATE USER MAPPING FOR owner SERVER ssm OPTIONS
	(access_key_id 'AKIDOTHER', secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
CREATE USER MAPPING FOR caller SERVER ssm OPTIONS
	(access_key_id 'AKIDTHIRD', secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
GRANT CREATE ON SCHEMA public TO owner;
SET ROLE owner;
CREATE FUNCTION as_owner() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT count(*) FROM command_invocations';
CREATE FUNCTION as_caller() RETURNS bigint LANGUAGE plpgsql AS 'BEGIN RETURN (SELECT count(*) FROM command_invocations); END';
CREATE VIEW owned AS SELECT * FROM command_invocations;
CREATE VIEW invoked WITH (security_invoker) AS SELECT * FROM command_invocations;
GRANT SELECT ON owned, invoked TO caller, nobody;
END

# One query, run after SET ROLE: its answer and the keys it used.
sub runs_as
{
	my ($role, $sql, $keys, $name) = @_;
	$mock->reset;
	run_in($session, "SET ROLE $role");
	my ($answer, $wrong) = run_in($session, $sql);
	run_in($session, 'RESET ROLE');
	is("$answer$wrong", '200', "$name: rows");
	is(access_keys(), $keys, "$name: access key");
	return;
}

foreach my $round (1 .. 2)
{
	runs_as('caller', 'SELECT count(*) FROM command_invocations', 'AKIDTHIRD', 'SET ROLE');
	runs_as('postgres', 'SELECT count(*) FROM command_invocations', 'AKIDEXAMPLE', 'RESET ROLE');
	runs_as('caller', 'SELECT as_owner()', 'AKIDOTHER', 'SECURITY DEFINER');
	runs_as('caller', 'SELECT as_caller()', 'AKIDTHIRD', 'SECURITY INVOKER');
	runs_as('owner', 'SELECT as_caller()', 'AKIDOTHER', 'the same plan for another role');
	runs_as('caller', 'SELECT count(*) FROM owned', 'AKIDOTHER', 'view');
	runs_as('nobody', 'SELECT count(*) FROM owned', 'AKIDOTHER', 'view, caller without a mapping');
	runs_as('caller', 'SELECT count(*) FROM invoked', 'AKIDTHIRD', 'security_invoker view');
}
run_in($session, 'SET ROLE nobody');
($out, $err) = run_in($session, 'SELECT count(*) FROM invoked');
like($err, qr/42704: user mapping not found for user "nobody"/, 'security_invoker view, caller without a mapping');
run_in($session, 'RESET ROLE');

# Two identities in one transaction do not share connections.
$mock->reset;
run_in($session, 'SET ROLE caller');
is(run_in($session, 'SELECT count(*) FROM owned JOIN invoked USING (command_id, instance_id)'), '200', 'two identities in one query');
my %users;
foreach (@{ $mock->log })
{
	my ($user) = $_->{headers}{authorization} =~ /Credential=(\w+)/;
	$users{ $_->{connection} }{$user} = 1;
}
is(scalar(grep { keys %$_ > 1 } values %users), 0, 'no connection serves two identities');
run_in($session, 'RESET ROLE');

# A changed mapping holds from the next scan on.

run_in($session, 'BEGIN; DECLARE c CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c');
$t->sql("ALTER USER MAPPING FOR CURRENT_USER SERVER ssm OPTIONS (SET access_key_id 'AKIDTHIRD')");
is(scalar(split /\n/, run_in($session, 'FETCH ALL FROM c')), 199, 'ALTER USER MAPPING under an open cursor');
$mock->reset;
is(run_in($session, 'SELECT count(*) FROM command_invocations'), '200', 'ALTER USER MAPPING: rows');
is(access_keys(), 'AKIDTHIRD', 'ALTER USER MAPPING: access key');
run_in($session, 'COMMIT');
$t->sql('DROP USER MAPPING FOR CURRENT_USER SERVER ssm');
($out, $err) = run_in($session, 'SELECT count(*) FROM command_invocations');
like($err, qr/42704: user mapping not found/, 'DROP USER MAPPING');
$t->sql("CREATE USER MAPPING FOR PUBLIC SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret')");
$mock->reset;
is(run_in($session, 'SELECT count(*) FROM command_invocations'), '200', 'a mapping for PUBLIC');
is(access_keys(), $key, 'a mapping for PUBLIC: access key');
($out, $err) = run_in($session, 'DROP SERVER ssm CASCADE');
run_in($session, 'SELECT 1');
cmp_ok(descriptors($pid), '<=', $open, 'DROP SERVER closes what is idle');
$session->quit;

done_testing();
