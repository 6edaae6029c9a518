# PostgreSQL's corners: whatever surrounds a foreign scan in a query, a session
# or a cluster, the rows are those of a local table.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(
	mock => { rows => 200, nodes => 20 },
	conf => "wal_level = replica\nmax_wal_senders = 4\nhot_standby = on\n");
my ($node, $mock) = ($t->node, $t->mock);
my $session = $t->session;
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '25')");
$t->sql(<<'END');
CREATE TABLE local AS SELECT * FROM command_invocations;
CREATE TABLE cmdb AS SELECT instance_id, 'team' || row_number() OVER (ORDER BY instance_id) % 3 AS owner
	FROM (SELECT DISTINCT instance_id FROM local) AS i;
ALTER TABLE cmdb ADD PRIMARY KEY (instance_id);
ANALYZE local, cmdb;
END
my @nodes = split /\n/, $t->sql('SELECT instance_id FROM cmdb ORDER BY 1');

# Run a query, with %s for the table, on the foreign table and the local copy.
sub same
{
	my ($name, $sql) = @_;
	my $wanted = $t->sql(sprintf $sql, ('local') x 9);
	my ($out, $err) = run_in($session, sprintf $sql, ('command_invocations') x 9);
	isnt($wanted, '', "$name: there are rows");
	is("$out$err", $wanted, $name);
	return;
}

# Whole rows and system columns.

same('whole rows', 'SELECT i FROM %s AS i ORDER BY command_id, instance_id');
same('whole rows of a join', 'SELECT c, i, (i).status, to_jsonb(i) FROM cmdb c JOIN %s AS i USING (instance_id) ORDER BY command_id, i.instance_id');
same('whole rows that are missing', "SELECT c, i, i IS NULL FROM cmdb c LEFT JOIN %s AS i ON i.instance_id = c.instance_id AND i.status = 'TimedOut' ORDER BY c, i.command_id");
is(scalar run_in($session, 'SELECT DISTINCT tableoid::regclass FROM command_invocations'), 'command_invocations', 'tableoid');
is(scalar run_in($session, 'SELECT count(DISTINCT ctid) FROM command_invocations'), '1', 'ctid has one value');
like(join('', run_in($session, 'SELECT xmin FROM command_invocations')), qr/ERROR:  0A000: /, 'there is no xmin');
is(scalar run_in($session, 'SELECT count(*) FROM command_invocations'), '200', 'the next query');

# Rows that change while a query waits for their lock are checked again.

my $other = $t->session;
foreach my $case (
	[ 'nested loop', 'hashjoin mergejoin' ], [ 'hash join', 'nestloop mergejoin' ], [ 'merge join', 'nestloop hashjoin' ])
{
	my ($name, $off) = @$case;
	run_in($other, join ';', 'RESET ALL', map { "SET enable_$_ = off" } split ' ', $off);
	foreach my $change (
		[ 'its owner', "owner = 'new'", 20 ],
		[ 'what the query asks for', "owner = 'gone'", 10 ],
		[ 'the key', "instance_id = '$nodes[0]x'", 10 ])
	{
		my ($what, $set, $rows) = @$change;
		my $sql = "SELECT c.owner, i.command_id, i.command_plugins->0->>'Name' FROM cmdb c JOIN command_invocations i USING (instance_id)
			WHERE owner <> 'gone' AND instance_id IN ('$nodes[0]', '$nodes[1]') FOR UPDATE";
		run_in($session, "BEGIN; UPDATE cmdb SET $set WHERE instance_id = '$nodes[0]'");
		start_in($other, $sql);
		ok(wait_until(sub { $t->sql("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'") eq '1' }),
			"$name: waits for a change of $what");
		run_in($session, 'COMMIT');
		my ($out, $err) = finish_in($other);
		my @found = split /\n/, $out;
		is($err, '', "$name, $what changed: no error");
		is(scalar @found, $rows, "$name, $what changed: rows");
		is(scalar(grep { /^new\|/ } @found), $what eq 'its owner' ? 10 : 0, "$name, $what changed: its new value");
		run_in($session, "UPDATE cmdb SET owner = 'team1', instance_id = '$nodes[0]' WHERE instance_id IN ('$nodes[0]', '$nodes[0]x')");
	}
}
$other->quit;

# Writes that read the table.

foreach my $write (
	[ 'UPDATE FROM', 'UPDATE copy SET status = i.status FROM %s AS i WHERE copy.command_id = i.command_id AND copy.instance_id = i.instance_id' ],
	[ 'DELETE USING', "DELETE FROM copy USING %s AS i WHERE copy.command_id = i.command_id AND copy.instance_id = i.instance_id AND i.status = 'Failed'" ],
	[ 'MERGE', "MERGE INTO copy USING %s AS i ON copy.command_id = i.command_id AND copy.instance_id = i.instance_id
		WHEN MATCHED AND i.status = 'Success' THEN DELETE WHEN MATCHED THEN UPDATE SET comment = i.status_details
		WHEN NOT MATCHED THEN INSERT (command_id, instance_id, comment) VALUES (i.command_id, i.instance_id, 'new')" ],
	[ 'INSERT SELECT', 'INSERT INTO copy SELECT * FROM %s' ])
{
	my ($name, $sql) = @$write;
	my @digests = map {
		run_in($session, "CREATE TABLE copy AS SELECT * FROM local WHERE instance_id <> '$nodes[3]'; UPDATE copy SET status = 'old';" . sprintf($sql, $_));
		my ($digest) = run_in($session, "SELECT count(*), md5(string_agg(copy::text, ',' ORDER BY copy::text)) FROM copy");
		run_in($session, 'DROP TABLE copy');
		$digest;
	} qw(local command_invocations);
	is($digests[1], $digests[0], $name);
	like($digests[0], qr/^[1-9]/, "$name: there are rows");
}
same('COPY', 'COPY (SELECT * FROM %s ORDER BY command_id, instance_id) TO STDOUT');
same('low work_mem', "SET work_mem = '64kB'; SELECT md5(string_agg(a::text || b::text, ',' ORDER BY a.command_id, a.instance_id, b.instance_id)) FROM %s AS a JOIN %s AS b USING (command_id); RESET work_mem");

# Inheritance, and partitions with columns in another order.

$t->sql(<<'END');
CREATE TABLE everything (gone int, status text, instance_id text, command_id text, note text);
ALTER TABLE everything DROP COLUMN gone;
CREATE FOREIGN TABLE child (command_id text, note text OPTIONS (member 'Comment'), status text, instance_id text) SERVER ssm;
ALTER FOREIGN TABLE child INHERIT everything;
INSERT INTO everything VALUES ('own', 'n', 'c', 'x');
CREATE TABLE listed (status text, command_id text, gone int, instance_id text, comment text) PARTITION BY LIST (status);
ALTER TABLE listed DROP COLUMN gone;
CREATE FOREIGN TABLE failed (instance_id text, comment text, status text, command_id text) SERVER ssm;
ALTER TABLE listed ATTACH PARTITION failed FOR VALUES IN ('Failed');
CREATE TABLE rest PARTITION OF listed DEFAULT;
END
is( scalar run_in($session, 'SELECT tableoid::regclass, count(*), count(DISTINCT e) FROM everything AS e GROUP BY 1 ORDER BY 1'),
	"everything|1|1\nchild|200|200", 'inheritance: rows of both');
is( scalar run_in($session, "SELECT md5(string_agg(concat_ws('|', status, instance_id, command_id, note), ',' ORDER BY command_id, instance_id)) FROM everything WHERE status <> 'own'"),
	$t->sql("SELECT md5(string_agg(concat_ws('|', status, instance_id, command_id, comment), ',' ORDER BY command_id, instance_id)) FROM local"),
	'inheritance: columns in another order');
is(scalar run_in($session, 'SELECT count(*) FROM ONLY everything'), '1', 'inheritance: ONLY');
like(join('', run_in($session, "UPDATE everything SET note = 'x'")), qr/ERROR:  \w{5}: cannot update foreign table "child"/, 'inheritance: no write');
$mock->reset;
is( scalar run_in($session, "SELECT md5(string_agg(l::text, ',' ORDER BY command_id, instance_id)) FROM listed AS l WHERE status = 'Failed'"),
	$t->sql("SELECT md5(string_agg(row(status, command_id, instance_id, comment)::text, ',' ORDER BY command_id, instance_id)) FROM local WHERE status = 'Failed'"),
	'partition: columns in another order');
is_deeply($mock->bodies->[0]{Filters}, [ { key => 'Status', value => 'Failed' } ], 'partition: the filter is sent');

# Whose rows one may see.

$t->sql(<<'END');
CREATE ROLE reader; CREATE ROLE team0;
GRANT SELECT ON cmdb, command_invocations TO reader, team0;
CREATE USER MAPPING FOR PUBLIC SERVER ssm OPTIONS (access_key_id 'AKIDEXAMPLE', secret_access_key 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY');
ALTER TABLE cmdb ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON cmdb TO team0 USING (owner = current_user);
CREATE FUNCTION tell(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE NOTICE 'told %', $1; RETURN true; END$$;
CREATE VIEW failures WITH (security_barrier) AS SELECT * FROM command_invocations WHERE status = 'Failed';
GRANT SELECT ON failures TO reader;
END
my @own = split /\n/, $t->sql("SELECT instance_id FROM cmdb WHERE owner = 'team0' ORDER BY 1");
run_in($session, 'SET ROLE team0');
foreach my $method (qw(hashjoin nestloop))
{
	run_in($session, "SET enable_mergejoin = off; SET enable_$method = off");
	$mock->reset;
	my ($out, $err) = run_in($session, 'SELECT DISTINCT c.instance_id FROM cmdb c JOIN command_invocations i USING (instance_id) WHERE tell(c.instance_id) ORDER BY 1');
	is($out, join("\n", @own), "RLS, without $method: rows");
	my %told = map { $_ => 1 } $err =~ /told (\S+)/g;
	is_deeply([ sort keys %told ], \@own, "RLS, without $method: nothing else is told");
	my %asked = map { ($_->{InstanceId} // 'all') => 1 } @{ $mock->bodies };
	is_deeply([ sort keys %asked ], $method eq 'hashjoin' ? \@own : ['all'], "RLS, without $method: nothing else is asked");
	run_in($session, "RESET enable_mergejoin; RESET enable_$method");
}
run_in($session, 'RESET ROLE; SET ROLE reader');
my ($out, $err) = run_in($session, "SELECT count(*) FROM failures WHERE tell(status) AND instance_id IN ('$nodes[0]', '$nodes[1]', '$nodes[2]')");
is($out, $t->sql("SELECT count(*) FROM local WHERE status = 'Failed' AND instance_id IN ('$nodes[0]', '$nodes[1]', '$nodes[2]')"), 'security barrier: rows');
my %told = map { $_ => 1 } $err =~ /told (\S+)/g;
is_deeply([ keys %told ], ['Failed'], 'security barrier: nothing else is told');
run_in($session, 'RESET ROLE');

# Parallel plans around the scan, which stays in the leader.

my $parallel = $t->session;
run_in($parallel, "SELECT set_config(name, CASE vartype WHEN 'enum' THEN 'on' WHEN 'bool' THEN 'off' ELSE '0' END, false) FROM pg_settings
	WHERE name IN ('force_parallel_mode', 'debug_parallel_query', 'parallel_setup_cost', 'parallel_tuple_cost', 'min_parallel_table_scan_size', 'parallel_leader_participation')");
foreach my $sql (
	'SELECT count(*), md5(string_agg(i::text, %s ORDER BY i.command_id, i.instance_id)) FROM local AS l JOIN command_invocations AS i USING (command_id, instance_id)',
	'SELECT count(*), %s FROM command_invocations',
	'SELECT count(*), max(n) || %s FROM (SELECT (SELECT count(*) FROM command_invocations AS i WHERE i.command_id = l.command_id) AS n FROM local AS l) AS counted')
{
	my $query = sprintf $sql, "','";
	is(join('', run_in($parallel, $query)), $t->sql($query), "parallel: $sql");
}
like(scalar run_in($parallel, 'EXPLAIN SELECT count(*) FROM local AS l, command_invocations AS i WHERE i.command_id = l.command_id'), qr/Gather/, 'parallel: there are workers');
$parallel->quit;

# Plans that are kept while the table changes.

run_in($session, "SET plan_cache_mode = force_generic_plan;
	CREATE FOREIGN TABLE changing (command_id text, instance_id text, status text) SERVER ssm;
	PREPARE by_node(text) AS SELECT count(*), count(DISTINCT c), min(status) FROM changing AS c WHERE instance_id = \$1");
my $wanted = run_in($session, "SELECT count(*), count(DISTINCT command_id), min(status) FROM local WHERE instance_id = '$nodes[5]'");
foreach my $change (
	'SELECT 1',
	'ALTER FOREIGN TABLE changing ADD COLUMN new text OPTIONS (member $$InstanceName$$)',
	'ALTER FOREIGN TABLE changing RENAME COLUMN command_id TO command',
	'ALTER FOREIGN TABLE changing ALTER COLUMN command OPTIONS (ADD member $$CommandId$$)',
	'ALTER FOREIGN TABLE changing ALTER COLUMN instance_id OPTIONS (ADD pushdown $$false$$)',
	'ALTER FOREIGN TABLE changing ALTER COLUMN instance_id OPTIONS (SET pushdown $$true$$)',
	'ALTER FOREIGN TABLE changing ALTER COLUMN instance_id TYPE varchar(40)',
	'ALTER FOREIGN TABLE changing OPTIONS (ADD page_size $$3$$)',
	'ALTER FOREIGN TABLE changing OPTIONS (ADD status_filter $$off$$, SET page_size $$50$$)')
{
	my ($bad) = (run_in($session, $change =~ s/\$\$/'/gr))[1];
	my $member = $change =~ /RENAME/;
	$mock->reset;
	my ($out, $err) = run_in($session, "EXECUTE by_node('$nodes[5]')");
	is($bad, '', "$change: done");
	$member ? like($err, qr/ERROR:  HV005: column "command" of foreign table "changing"/, "$change: an error that says why")
	  : is("$out$err", $wanted, "$change: rows");
	next if $member;
	my ($option) = $change =~ /pushdown \$\$(\w+)/;
	is($mock->bodies->[0]{InstanceId}, ($option // '') eq 'false' ? undef : $nodes[5], "$change: what is asked");
	is($mock->bodies->[0]{MaxResults}, $change =~ /page_size \$\$(\d+)/ ? $1 : 25, "$change: page size");
}
run_in($session, 'RESET plan_cache_mode');

# 64 cursors at once, read in turns.

run_in($session, 'BEGIN;' . join ';', map { "DECLARE c$_ CURSOR FOR SELECT command_id, instance_id FROM command_invocations" } 1 .. 64);
my @seen;
foreach my $round (1 .. 3)
{
	my ($rows, $error) = run_in($session, join ';', map { "FETCH 50 FROM c$_" } 1 .. 64);
	is($error, '', "64 cursors, round $round: no error");
	my @rows = split /\n/, $rows;
	is(scalar @rows, 64 * 50, "64 cursors, round $round: rows");
	my %distinct = map { $_ => 1 } @rows;
	is(scalar keys %distinct, 50, "64 cursors, round $round: the same rows");
	push @seen, keys %distinct;
}
my %seen = map { $_ => 1 } @seen;
is(scalar keys %seen, 150, '64 cursors: no row twice');
run_in($session, 'COMMIT');

# Servers that do not write.

my $digest = "SELECT count(*), md5(string_agg(i::text, ',' ORDER BY command_id, instance_id)) FROM command_invocations AS i";
$wanted = $t->sql($digest);
is(scalar run_in($session, "BEGIN READ ONLY; $digest; COMMIT"), $wanted, 'read-only transaction');
is(scalar run_in($session, "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY DEFERRABLE; $digest; COMMIT"), $wanted, 'serializable, read only, deferrable');
$session->quit;
$node->backup('base');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'base', has_streaming => 1);
$standby->start;
is($standby->safe_psql('postgres', "SELECT pg_is_in_recovery(); $digest"), "t\n$wanted", 'hot standby');
is( $standby->safe_psql('postgres', "BEGIN; DECLARE c SCROLL CURSOR FOR SELECT instance_id FROM command_invocations; MOVE 70 IN c; MOVE BACKWARD ALL IN c; FETCH 1 FROM c; COMMIT"),
	$t->sql('SELECT instance_id FROM command_invocations LIMIT 1'), 'hot standby: rows that are kept');
my (undef, undef, $refused) = $standby->psql('postgres', "\\set VERBOSITY verbose\nALTER SERVER ssm OPTIONS (SET page_size '7')");
like($refused, qr/ERROR:  25006: /, 'hot standby: no ALTER');
$t->sql("ALTER SERVER ssm OPTIONS (SET page_size '40')");
$node->wait_for_catchup($standby);
$mock->reset;
is($standby->safe_psql('postgres', $digest), $wanted, 'hot standby: after an ALTER on the primary');
is($mock->bodies->[0]{MaxResults}, 40, 'hot standby: the new page size is sent');
$standby->stop;

done_testing();
