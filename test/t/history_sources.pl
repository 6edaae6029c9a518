# A history of any source that can have the rows: whatever its columns' types, the
# session's settings, the machine's clock, and what was not known before; and errors
# that tell what is missing.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use SsmCluster;
use Test::More;

my $now = time;
my $hour = 3600;
my $day = 24 * $hour;
my $t = SsmCluster->new(mock => { rows => 0 });
my $mock = $t->mock;
my $session = $t->session;

# An invocation as the service gives it; node 0 unless told.
sub invocation
{
	my ($command, $status, $age, %more) = @_;
	return {
		CommandId => sprintf('00000000-0000-4000-8000-%012d', $command), InstanceId => 'i-00000000000000000',
		Comment => '', DocumentName => 'AWS-RunShellScript', Status => $status, StatusDetails => $status,
		RequestedDateTime => $now - $age, CommandPlugins => [], %more };
}

# What the service has from now on.
sub serve
{
	my ($rows, %more) = @_;
	$mock->config({ rows => 0, explicit => $rows, %more });
	return;
}

# Begin with an empty history of a source.
sub create
{
	my ($source) = @_;
	$t->sql("DROP TABLE IF EXISTS kept, kept_progress, kept_unfinished; CALL ssm_fdw_create_history('kept', '$source')");
	return;
}

# One run; returns rows read, inserted and updated, or the error.
sub keep
{
	my ($source, $more) = @_;
	my ($out, $err) = run_in($session, "CALL ssm_fdw_keep_history('kept', '$source'" . ($more // '') . ')');
	return "$out$err";
}

# What the table has: command, status and account of each row.
sub kept
{
	return $t->sql("SELECT string_agg(concat_ws('/', right(command_id::text, 1), status, account_id), ' ' ORDER BY command_id, account_id) FROM kept");
}

# Let time pass, as the next run will see it.
sub let_pass
{
	my ($time) = @_;
	$t->sql("UPDATE kept_progress SET read_until_seen = read_until_seen - interval '$time'");
	return;
}

# A time that goes through text is read as another one, in these settings.

create('command_invocations');
run_in($session, "SET datestyle = 'German'; SET timezone = 'Asia/Shanghai'");
serve([ invocation(1, 'Success', 60) ]);
is(keep('command_invocations'), '1|1|0', 'German dates, Chinese time: the first run');
serve([ invocation(1, 'Success', 60), invocation(2, 'Success', 5 * $hour), invocation(3, 'Failed', 20 * $hour) ]);
is(keep('command_invocations', ", '1 day'"), '3|2|0', 'the second finds what came late');
run_in($session, 'RESET datestyle; RESET timezone');

# Columns may be of any type that holds their values.

my $labels = join ', ', map { "'$_'" } qw(Pending InProgress Success Failed Cancelled TimedOut);
$t->sql("CREATE TYPE state AS ENUM ($labels);
	CREATE TYPE short_state AS ENUM ('Success', 'InProgress', 'Pending');
	CREATE DOMAIN id AS text NOT NULL;
	CREATE SCHEMA ext");
my $citext = $t->error('CREATE EXTENSION citext SCHEMA ext') eq '';
my %columns = (
	command_id => 'text', instance_id => 'text', requested_date_time => 'timestamptz', status => 'text',
	region => 'text', account_id => 'text', command_plugins => 'jsonb');
my $n = 0;
foreach my $case (
	[ command_id => 'uuid' ], [ command_id => 'varchar(36)' ], [ command_id => 'char(36)' ], [ command_id => 'id' ],
	[ instance_id => 'name' ], [ status => 'state' ], [ status => 'short_state' ], [ status => 'varchar' ], [ status => 'ext.citext' ],
	[ command_id => 'ext.citext' ], [ region => 'varchar(20)' ], [ account_id => 'bigint' ], [ command_plugins => 'json' ],
	[ requested_date_time => 'timestamp' ], [ requested_date_time => 'date' ], [ requested_date_time => 'text' ],
	[ requested_date_time => 'timestamptz(0)' ])
{
	my ($column, $type) = @$case;
	next if $type =~ /citext/ && !$citext;	# contrib is not everywhere
	my %declared = (%columns, $column => $type);
	my $source = 'typed' . $n++;
	$t->sql("CREATE FOREIGN TABLE $source (" . join(', ', map { "$_ $declared{$_}" } sort keys %declared) . ') SERVER ssm');
	create($source);
	serve([ invocation(1, 'InProgress', 3 * $day), invocation(2, 'Success', $hour) ]);
	my $first = keep($source);
	let_pass('4 days');
	serve([ invocation(1, 'Success', 3 * $day), invocation(2, 'Success', $hour), invocation(3, 'Success', 60) ]);
	my $second = keep($source);
	is(join(' ', $first, $second =~ s/^\d+/n/r, kept()), '2|2|0 n|1|1 1/Success 2/Success 3/Success', "$column $type");
}
# a history may have types of its own
$t->sql('DROP TABLE kept; TRUNCATE kept_progress, kept_unfinished; CREATE TABLE kept (LIKE command_invocations, UNIQUE NULLS NOT DISTINCT (command_id, instance_id, region, account_id));
	ALTER TABLE kept ALTER command_id TYPE uuid USING command_id::uuid');
is(keep('typed0'), '3|3|0', 'a history with types of its own');
create('command_invocations');
$t->sql(q{CREATE FOREIGN TABLE collated (command_id text COLLATE "C", instance_id text COLLATE "POSIX", requested_date_time timestamptz,
	status text COLLATE "C", region text COLLATE "C", account_id text COLLATE "POSIX") SERVER ssm});
is(keep('command_invocations') . ' ' . keep('collated', ", '30 days'"), '3|3|0 3|0|0', 'and a source with collations of its own');
$t->sql('ALTER FOREIGN TABLE collated ALTER requested_date_time TYPE text');
is(keep('collated'), '3|0|0', 'that may lose its bounds later');

# A publication of all tables takes updates.

create('command_invocations');
$t->sql('CREATE PUBLICATION everything FOR ALL TABLES');
serve([ invocation(1, 'InProgress', 60) ]);
is(keep('command_invocations'), '1|1|0', 'with a publication of all tables, rows are inserted');
serve([ invocation(1, 'Success', 60) ]);
is(keep('command_invocations'), '1|0|1', 'and updated');
$t->sql('DROP PUBLICATION everything');

# What account_id was not known becomes known.

create('command_invocations');
my @rows = (invocation(1, 'Success', $hour), invocation(2, 'InProgress', 5 * $day), invocation(3, 'Success', 20 * $day));
serve([@rows]);
is(keep('command_invocations'), '3|3|0', 'no account is known');
$t->sql("ALTER SERVER ssm OPTIONS (ADD account_id '111111111111')");
$rows[1]{Status} = 'Success';
serve([@rows]);
let_pass('5 days');
is(keep('command_invocations'), '2|0|2', 'when one is, rows become its own, and what was unfinished is asked for');
is(kept(), '1/Success/111111111111 2/Success/111111111111 3/Success', 'and is kept once');
is(keep('command_invocations', ", '30 days'"), '3|0|1', 'all of them, when they are read again');
$t->sql('ALTER SERVER ssm OPTIONS (DROP account_id)');
is(keep('command_invocations', ", '30 days'"), '3|0|0', 'what was known stays so');
$t->foreign('other', server => { account_id => '222222222222' });
$t->sql('CREATE VIEW two AS SELECT * FROM command_invocations UNION ALL SELECT * FROM other.command_invocations');
$t->sql("ALTER SERVER ssm OPTIONS (ADD account_id '111111111111')");
create('command_invocations');
is(keep('two', ", '30 days'"), '6|6|0', 'the same ids in two accounts are two rows');
$t->sql("DELETE FROM kept WHERE account_id = '222222222222'; UPDATE kept SET account_id = NULL");
is(keep('two', ", '30 days'"), '6|3|3', 'even if a row of neither was kept');
is(keep('two', ", '30 days'"), '6|0|0', 'and stay so');
$t->sql('ALTER SERVER ssm OPTIONS (DROP account_id)');

# The machine's clock is three days ahead of the service's.

create('command_invocations');
serve([]);
is(keep('command_invocations'), '0|0|0', 'a clock that is ahead, and nothing to read');
serve([ invocation(1, 'Success', 3 * $day + 60) ]);
is(keep('command_invocations'), '1|1|0', 'then a row');
serve([ invocation(1, 'Success', 3 * $day + 60), invocation(2, 'Success', 2 * $day) ]);
is(keep('command_invocations'), '2|1|0', 'costs no row');

# A final row that changes is taken when it is read again.

create('command_invocations');
serve([ invocation(1, 'TimedOut', 2 * $day, StatusDetails => 'DeliveryTimedOut'), invocation(2, 'Success', 60) ]);
keep('command_invocations');
serve([ invocation(1, 'Success', 2 * $day), invocation(2, 'Success', 60) ]);
is(keep('command_invocations'), '1|0|0', 'a final row beyond the overlap is not asked for');
is(keep('command_invocations', ", overlap => '30 days'"), '2|0|1', 'a longer overlap reads it again');

# A history may have partitions.

$t->sql('DROP TABLE kept; TRUNCATE kept_progress, kept_unfinished; CREATE TABLE kept (LIKE command_invocations, UNIQUE NULLS NOT DISTINCT (command_id, instance_id, region, account_id))
	PARTITION BY LIST (command_id);
	CREATE TABLE kept_1 PARTITION OF kept FOR VALUES IN ($$00000000-0000-4000-8000-000000000001$$);
	CREATE TABLE kept_rest PARTITION OF kept DEFAULT');
serve([ invocation(1, 'InProgress', 60), invocation(2, 'InProgress', 60) ]);
is(keep('command_invocations'), '2|2|0', 'a history with partitions');
serve([ invocation(1, 'Success', 60), invocation(2, 'InProgress', 60) ]);
is(keep('command_invocations'), '2|0|1', 'changes the row that has changed');
is(kept(), '1/Success 2/InProgress', 'and no other');

# A partition that is dropped during a run, or before it, is nobody's fault.

$t->sql('CREATE TABLE parts (LIKE command_invocations) PARTITION BY LIST (account_id);' . join '', map {
	"CREATE SERVER p$_ FOREIGN DATA WRAPPER ssm_fdw OPTIONS (region 'us-east-1', endpoint_url '" . $mock->url . "', account_id '$_'); CREATE USER MAPPING FOR CURRENT_USER SERVER p$_ OPTIONS (access_key_id '$key', secret_access_key '$secret');
	CREATE FOREIGN TABLE part$_ PARTITION OF parts FOR VALUES IN ('$_') SERVER p$_;" } map { $_ x 12 } 1 .. 3);
create('parts');
serve([ invocation(1, 'Success', 60) ]);
is(keep('parts'), '3|3|0', 'three partitions');
serve([ invocation(1, 'Success', 60) ], page_latency => 1);
start_in($session, "CALL ssm_fdw_keep_history('kept', 'parts')");
ok(wait_until(sub { $mock->stats->{in_flight} }), 'are read again');
$t->sql('DROP FOREIGN TABLE part333333333333');
is(join('', finish_in($session)), '2|0|0', 'but the one that is dropped meanwhile');
serve([]);
is(keep('parts') . $t->sql("SELECT string_agg(source::text, ' ') FROM kept_progress"), '0|0|0part111111111111 part222222222222', 'which leaves no line');

# A report of failures has each once: by when a run first saw a row's status.

create('command_invocations');
$t->sql('CREATE TABLE reported (command_id text, instance_id text, status_since timestamptz, PRIMARY KEY (command_id, instance_id, status_since))');
my $report = "INSERT INTO reported SELECT command_id, instance_id, status_since FROM kept
	WHERE status = 'Failed' AND status_since > now() - interval '1 day' ON CONFLICT DO NOTHING RETURNING right(command_id, 1)";
my @then = (invocation(1, 'InProgress', 65 * 60), invocation(2, 'Failed', 70 * 60), invocation(3, 'TimedOut', 80 * 60, StatusDetails => 'DeliveryTimedOut'));
serve([@then]);
keep('command_invocations');
is($t->sql($report), '2', 'a failure is reported');
$then[0] = invocation(1, 'Failed', 65 * 60);
$then[1]{Comment} = 'more';
serve([@then]);
is(keep('command_invocations', ", '1 day'"), '3|0|2', 'an hour later a command fails, and another row changes');
is($t->sql($report), '1', 'the first is reported, though its request is older than the last report');
$then[2]{Status} = $then[2]{StatusDetails} = 'Failed';
serve([@then]);
keep('command_invocations', ", '1 day'");
is($t->sql($report) . $t->sql($report), '3', 'and what a node answers late, once');
$t->sql('DROP TABLE kept; TRUNCATE kept_progress, kept_unfinished; CREATE TABLE kept (LIKE command_invocations, UNIQUE NULLS NOT DISTINCT (command_id, instance_id, region, account_id))');
is(keep('command_invocations'), '3|3|0', 'a history may be without status_since');

# More than max_requests allows is read in slices, each of which is kept.

my @many = map { invocation($_, 'Success', $_ * 2 * $hour) } 1 .. 300;
create('command_invocations');
$t->sql("ALTER SERVER ssm OPTIONS (ADD page_size '10', ADD max_requests '5')");
serve([@many]);
like(keep('command_invocations'), qr/^\d+\|300\|0$/, 'a first run beyond max_requests');
is($t->sql('SELECT count(*) FROM kept'), 300, 'has all rows');
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
serve([@many], faults => [ { on => 20, do => { status => 400, code => 'AccessDeniedException' } } ]);
like(keep('command_invocations'), qr/ERROR:  42501/, 'one that fails after some slices');
my $some = $t->sql('SELECT count(*) FROM kept');
ok($some > 0 && $some < 300, "has kept them ($some)");
serve([@many]);
unlike(keep('command_invocations', ", '0'"), qr/\|300\|/, 'and the next goes on from there');
is($t->sql('SELECT count(*) FROM kept'), 300, 'to the end');
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
run_in($session, q{DO $$DECLARE r bigint; i bigint; u bigint; BEGIN
	CALL ssm_fdw_keep_history('kept', 'command_invocations', '1 day', r, i, u); ROLLBACK; RAISE '% inserted', i; END$$});
is($t->sql('SELECT count(*) FROM kept'), 300, 'what is read is committed in a procedure of one\'s own, too');
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
run_in($session, 'BEGIN');
like(keep('command_invocations'), qr/^\d+\|300\|0$/, 'in a transaction of the caller, too');
run_in($session, 'ROLLBACK');
is($t->sql('SELECT count(*) FROM kept'), 0, 'which decides what is kept');
# so is a long run without max_requests; here what is long is shortened
$t->sql("ALTER SERVER ssm OPTIONS (DROP max_requests); ALTER FUNCTION ssm_fdw_history_read SET ssm_fdw.max_requests = 5; TRUNCATE kept, kept_progress, kept_unfinished");
serve([@many], faults => [ { on => 20, do => { status => 400, code => 'AccessDeniedException' } } ]);
like(keep('command_invocations'), qr/ERROR:  42501/, 'a long run that fails');
cmp_ok($t->sql('SELECT count(*) FROM kept'), '>', 0, 'has kept its slices');
$t->sql("ALTER FUNCTION ssm_fdw_history_read SET ssm_fdw.max_requests = 1000; ALTER SERVER ssm OPTIONS (ADD max_requests '5')");
like($t->error('SET ssm_fdw.max_requests = 4; TABLE command_invocations'), qr/54000: .*max_requests \(4\)/, 'a setting may allow less');
like($t->error('SET ssm_fdw.max_requests = 99; TABLE command_invocations'), qr/54000: .*max_requests \(5\)/, 'but no more than the option');
# commands that together take more than that
serve([ map({ invocation($_, 'InProgress', 5 * $day + $_) } 11 .. 18), invocation(19, 'Success', 50) ]);
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
keep('command_invocations');
serve([ map({ invocation($_, 'Success', 5 * $day + $_) } 11 .. 18), invocation(19, 'Success', 50) ]);
let_pass('6 days');
is(keep('command_invocations'), '9|0|8', 'commands beyond max_requests are asked for in parts');
# all in one second cannot be cut
serve([ map { invocation($_, 'Success', 60) } 1 .. 80 ]);
$t->sql('TRUNCATE kept, kept_progress, kept_unfinished');
like(keep('command_invocations'), qr/ERROR:  54000: .*max_requests/s, 'a second that has too much is an error');
$t->sql('ALTER SERVER ssm OPTIONS (DROP page_size, DROP max_requests)');

# No lock that anybody can take stops a run.

serve([ invocation(1, 'Success', 60) ]);
my $other = $t->session;
run_in($other, "CREATE ROLE anybody; SET ROLE anybody; SELECT pg_advisory_lock(hashtextextended('ssm_fdw_keep_history', 'kept'::regclass::oid::bigint))");
run_in($session, "SET lock_timeout = '5s'");
like(keep('command_invocations'), qr/^1\|/, 'an advisory lock is in nobody\'s way');
$t->sql("GRANT SELECT ON kept, kept_progress, kept_unfinished TO anybody");
foreach my $lock ('SELECT FROM kept_progress FOR UPDATE', 'LOCK kept_progress IN SHARE MODE', 'LOCK kept IN SHARE MODE')
{
	my (undef, $err) = run_in($other, "BEGIN; $lock; ROLLBACK");
	like($err, qr/42501/, "nobody who may only read them can $lock");
}
$t->sql("GRANT INSERT, UPDATE ON kept, kept_progress, kept_unfinished TO anybody; GRANT DELETE ON kept_progress, kept_unfinished TO anybody; GRANT SELECT ON command_invocations TO anybody;
	CREATE USER MAPPING FOR anybody SERVER ssm OPTIONS (access_key_id '$key', secret_access_key '$secret')");
like(scalar run_in($other, "CALL ssm_fdw_keep_history('kept', 'command_invocations')"), qr/^1\|0\|0$/, 'who has the rights on the tables needs no more to keep them');
$other->quit;

# An overload of any function that is the extension's own.

$t->sql(join '', map { "CREATE FUNCTION $_(planted int DEFAULT 0) RETURNS text LANGUAGE sql RETURN 'planted';" }
	split /\n/, $t->sql("SELECT DISTINCT proname || '' FROM pg_proc WHERE proname ~ '^ssm_fdw_' UNION SELECT 'ssm_fdw_final'"));
$t->sql(join '', map { my ($name, $args) = split /\|/; "CREATE FUNCTION $name($args, planted int DEFAULT 0) RETURNS text LANGUAGE sql RETURN 'planted';" }
	split /\n/, $t->sql("SELECT proname || '', pg_get_function_identity_arguments(oid) FROM pg_proc WHERE proname ~ '^ssm_fdw_history_' AND pronargs > 1"));
is(keep('command_invocations'), '1|0|0', 'a planted overload is not in the way');

# Names are read as names of relations are.

sub create_error
{
	my ($args, $settings) = @_;
	return $t->error(($settings // '') . "CALL public.ssm_fdw_create_history($args)");
}
$t->sql('CREATE SCHEMA "My Reports"');
is(create_error(q{'public.hh', 'command_invocations'}), '', 'a qualified name');
is(create_error(q{'"My Reports"."Kept 1"', 'command_invocations'}), '', 'a quoted one');
is(create_error(q{'plain', 'public.command_invocations'}, 'SET search_path = "My Reports";'), '', 'a plain one');
is($t->sql(q{SELECT string_agg(oid::regclass::text, ' ' ORDER BY oid) FROM pg_class WHERE relname IN ('hh', 'hh_progress', 'Kept 1', 'Kept 1_progress', 'plain')}),
	'hh hh_progress "My Reports"."Kept 1" "My Reports"."Kept 1_progress" "My Reports".plain', 'each is where it should be');
is($t->sql(q{SET search_path = ''; CALL public.ssm_fdw_keep_history('"My Reports"."Kept 1"', 'public.command_invocations')}), '1|1|0', 'and is kept, without a search_path');
$t->sql('CREATE FOREIGN TABLE regionless (command_id text, instance_id text, status text, requested_date_time timestamptz) SERVER ssm;
	CREATE FOREIGN TABLE shapeless (command_id json, instance_id text, region text, account_id text, status text, requested_date_time timestamptz) SERVER ssm;
	CREATE SEQUENCE numbers; CREATE TABLE narrow (a int)');
foreach my $case (
	[ q{'a.b', 'command_invocations'}, qr/3F000: schema "a" does not exist/ ],
	[ q{'a.b.c', 'command_invocations'}, qr/0A000: cross-database references/ ],
	[ q{'a..b', 'command_invocations'}, qr/42602: invalid name syntax/ ],
	[ q{'public.hh', 'command_invocations'}, qr/42P07: relation "hh" already exists/ ],
	[ q{NULL, 'command_invocations'}, qr/22004: history must not be null/ ],
	[ q{'x', NULL}, qr/22004: source must not be null/ ],
	[ q{'x', 'regionless'}, qr/42703: "regionless" has no column "region".*HINT:  Add it/s ],
	[ q{'x', 'shapeless'}, qr/42704: cannot make a history table.*json.*HINT:  The columns.*sorted/s ],
	[ q{'x', 'numbers'}, qr/42809: "numbers" is not of the right kind.*HINT:  A source is/s ])
{
	like(create_error($case->[0]), $case->[1], "create: $case->[0]");
}
like(create_error(q{'x', 'public.command_invocations'}, q{SET search_path = '';}), qr/3F000: no schema has been selected to create "x" in.*HINT:  .*'public.x'/s, 'create: no schema');
foreach my $case (
	[ q{NULL, 'command_invocations'}, qr/22004: history must not be null/ ],
	[ q{'kept', NULL}, qr/22004: source must not be null/ ],
	[ q{'kept', 'command_invocations', '-1 s'}, qr/22023: overlap must not be negative.*HINT/s ],
	[ q{'kept', 'regionless'}, qr/42703: "regionless" has no column "region"/ ],
	[ q{'regionless', 'kept'}, qr/42809: "regionless" is not of the right kind.*HINT:  Make a history table/s ],
	[ q{'narrow', 'kept'}, qr/42703: "narrow" has no column "command_id"/ ],
	[ q{'kept', '1'}, qr/42P01: there is no relation with OID 1/ ])
{
	my (undef, $err) = run_in($session, "CALL ssm_fdw_keep_history($case->[0])");
	like($err, $case->[1], "keep: $case->[0]");
}
is($mock->stats->{invalid}, 0, 'no request was invalid');
$session->quit;

done_testing();
