# Every table: the same tests for each operation of the API.  Rows are those of a
# local copy however the service cuts its pages; errors name the table's own
# operation and permission; partitions, ANALYZE and EXPLAIN work.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use JSON::PP ();
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my %data = (rows => 600, nodes => 130);
my $true = JSON::PP::true;
my $t = SsmCluster->new(mock => \%data);
my $mock = $t->mock;
my $session = $t->session;
my ($out, $err);

# Columns and the values that clauses compare them with, besides some of each
# column's own: words that the API takes, and such that it does not.
my @statuses = qw(Success Failed Cancelled TimedOut Pending InProgress Cancelling AccessDenied Delayed failed);
my @tables = (
	{   name => 'command_invocations', operation => 'ListCommandInvocations', rows => 600,
		values => { command_id => ['x'], instance_id => ['y'], status => \@statuses, status_details => [ 'Terminated', @statuses ], document_name => ['A!'] },
		time => 'requested_date_time' },
	{   name => 'commands', operation => 'ListCommands', rows => 120,
		values => { command_id => ['x'], status => \@statuses, status_details => [ 'Incomplete', @statuses ], document_name => ['A!'] },
		time => 'requested_date_time' },
	{   name => 'instance_information', operation => 'DescribeInstanceInformation', rows => 130,
		values => { instance_id => ['x'], ping_status => ['online'], platform_type => ['Linux'], agent_version => [ '3', '9.9.9.9' ], association_status => ['Other'],
			activation_id => ['x'], iam_role => ['a b'], resource_type => ['Document'], source_id => ['?'], source_type => ['x'] } },
	{   name => 'command_outputs', operation => 'GetCommandInvocation', rows => 20,
		from => '(SELECT o.* FROM pairs JOIN %s AS o USING (command_id, instance_id))',
		values => { command_id => ['x'], instance_id => ['y'], plugin_name => [ 'abc', 'none' ], status => \@statuses } });

$t->foreign($_, server => { region => "us-$_-1" }) foreach qw(east west);

run_in($session, 'CREATE TABLE pairs AS SELECT command_id, instance_id FROM command_invocations ORDER BY 1, 2 LIMIT 20; ANALYZE pairs');

foreach my $table (@tables)
{
	my ($name, $operation) = @$table{qw(name operation)};
	# all rows there are of a relation; what has no list is read by a join
	my $all = sub { return sprintf $table->{from} // '%s', @_ };
	my $digest = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM " . $all->($name) . ' AS t';
	my $local = $digest =~ s/FROM .* AS t$/FROM local_$name AS t/r;

	# Rows.

	$mock->config({%data});
	run_in($session, "ALTER FOREIGN TABLE $name OPTIONS (ADD page_size '20'); CREATE TABLE local_$name AS SELECT * FROM " . $all->($name) . ' AS t');
	my $usual = run_in($session, $local);
	like($usual, qr/^$table->{rows}\|/, "$name: rows");
	is_deeply([ grep { $_ ne $operation } keys %{ $mock->stats->{operations} } ], [], "$name: by its operation alone");
	foreach my $way (
		[ 'last token null' => { last_token => 'null' } ],
		[ 'last token empty' => { last_token => 'empty' } ],
		[ 'short pages' => { short_pages => $true } ],
		[ 'rows repeated on the next page' => { repeat_rows => 3 } ],
		[ 'shuffled' => { shuffle => $true } ],
		[ 'chunked' => { faults => [ { on => 'all', do => { chunked => $true } } ] } ],
		[ 'unknown members' => { faults => [ { on => 'all', do => { merge => { New => [ {} ] }, rows_patch => { Newer => { a => [1] } } } } ] } ],
		[ 'some pages fail at first' => { faults => [
			{ on => [ 1, 4 ], do => { status => 400, code => 'ThrottlingException' } },
			{ on => 2, do => { status => 500 } }, { on => 6, do => { raw => '' } } ] } ])
	{
		$mock->config({ %data, %{ $way->[1] } });
		is(scalar run_in($session, $digest), $usual, "$name: $way->[0]");
		is($mock->stats->{invalid}, 0, "$name, $way->[0]: no request is invalid");
	}
	$mock->config({ faults => [ { on => 'all', do => { raw => '{}' } } ] });
	is(scalar run_in($session, "SELECT count(*) FROM $name"), '0', "$name: no rows") unless $table->{from};

	# Errors.

	my @cases = (
		[ 'denied', { denied => [$operation] }, qr/ERROR:  42501: .*ssm:$operation on resource/, qr/HINT:  Allow the action ssm:$operation on resource "\*"/ ],
		[ 'an unknown error', { faults => [ { on => 2, do => { status => 400, code => 'SomethingElse', message => 'odd' } } ] }, qr/ERROR:  HV000: .*SomethingElse/, qr/Operation $operation, attempts: 1,/ ],
		[ 'max_requests', {}, qr/ERROR:  54000: the scan needs more than max_requests \(1\) requests/ ],
		[ 'the last page is broken', { faults => [ { on => { unless => { NextToken => undef } }, do => { truncate => 100 } } ] }, qr/ERROR:  08P01: /, qr/Operation $operation, attempts: 8,/ ],
		[ 'a token that comes again', { faults => [ { on => 'all', do => { repeat_token => $true } } ] }, qr/ERROR:  08P01: the service sent the same/ ]);
	# one answer has no pages
	splice @cases, 2, 3, [ 'a broken answer', { faults => [ { on => 'all', do => { truncate => 100 } } ] }, qr/ERROR:  08P01: /, qr/Operation $operation, attempts: 8,/ ] if $table->{from};
	foreach my $case (@cases)
	{
		my ($what, $config, @wanted) = @$case;
		$mock->config({ %data, %$config });
		run_in($session, 'SET ssm_fdw.max_requests = 1') if $what eq 'max_requests';
		($out, $err) = run_in($session, 'SELECT * FROM ' . $all->($name) . ' AS t');
		like($err, $_, "$name: $what") foreach @wanted;
		run_in($session, 'RESET ssm_fdw.max_requests');
	}

	# The other operations' permissions are not needed.
	$mock->config({ %data, denied => [ grep { $_ ne $operation } map { $_->{operation} } @tables ] });
	is(scalar run_in($session, $digest), $usual, "$name: works without the others' permissions");

	# Clauses, drawn at random: the same rows as of the local copy.

	srand(1);
	my %words = map { my $column = $_;
		$column => [ @{ $table->{values}{$column} }, (split /\n/, $t->sql("SELECT DISTINCT $column FROM local_$name ORDER BY 1"))[ 0 .. 5 ] ] }
	  keys %{ $table->{values} };
	my @times = split /\n/, $t->sql($table->{time} ? "SELECT DISTINCT $table->{time} FROM local_$name ORDER BY 1" : 'SELECT now()');
	my $draw = sub { return $_[ rand @_ ] };
	my $clause = sub {
		return "$table->{time} " . $draw->(qw(< <= >= = >)) . ' ' . literal($draw->(@times)) if $table->{time} && rand() < 0.2;
		my $column = $draw->(sort keys %words);
		my @values = map { $draw->(grep { defined } @{ $words{$column} }) } 1 .. 1 + rand 5;
		return rand() < 0.3 ? "$column = " . literal($values[0]) : "$column IN (" . join(', ', map { literal($_) } @values) . ')';
	};
	my ($wrong, $found) = ('', 0);
	foreach my $mode ({}, { filter_mode => 'index' }, { status_matches => 'status' })
	{
		$mock->config({ %data, %$mode });
		foreach (1 .. 25)
		{
			my $where = join ' AND ', map { rand() < 0.2 ? '(' . $clause->() . ' OR ' . $clause->() . ')' : $clause->() } 1 .. 1 + rand 3;
			my $got = run_in($session, "$digest WHERE $where");
			my $wanted = run_in($session, "$local WHERE $where");
			$wrong .= "$where: $got, not $wanted\n" if $got ne $wanted;
			$found += $wanted !~ /^0\|/;
		}
		$wrong .= "invalid\n" if $mock->stats->{invalid} > 0;
	}
	is($wrong, '', "$name: 75 conditions give the local copy's rows");
	cmp_ok($found, '>', 15, "$name: and many of them have some");

	# A scan under way, EXPLAIN, ANALYZE, a join, partitions.

	$mock->config({%data});
	run_in($session, 'BEGIN; DECLARE c CURSOR FOR SELECT 1 FROM ' . $all->($name) . ' AS t; FETCH 3 FROM c');
	is(run_in($session, 'SELECT server_name, table_name, operation, waits_for, requests > 0, pages > 0, rows > 0, bytes > 0 FROM ssm_fdw_activity'),
		"ssm|public.$name|$operation|reader|t|t|t|t", "$name: a scan under way is seen");
	run_in($session, 'COMMIT');
	is(run_in($session, "SELECT scans > 1, requests > pages, rows > 100 FROM ssm_fdw_statistics WHERE server_name = 'ssm' AND operation = '$operation'"),
		't|t|t', "$name: so is what all have cost");
	my $column = (grep { /_id$/ } sort keys %{ $table->{values} })[0];
	like($t->sql("EXPLAIN SELECT * FROM $name"), qr/API Operation: $operation\n/, "$name: EXPLAIN");
	($out, $err) = run_in($session, "ANALYZE $name");
	like(run_in($session, "SELECT reltuples FROM pg_class WHERE oid = '$name'::regclass"), qr/^[1-9]\d+$/, "$name: ANALYZE") unless $table->{from};
	like($err, qr/WARNING: .*skipping "$name"/, "$name: no ANALYZE") if $table->{from};
	my $join = "SELECT count(*), md5(string_agg(t::text, ',' ORDER BY t::text)) FROM (SELECT DISTINCT $column FROM local_$name ORDER BY 1 LIMIT 7) AS k JOIN %s AS t USING ($column)";
	is(scalar run_in($session, sprintf $join, $all->($name)), scalar run_in($session, sprintf $join, "local_$name"), "$name: a join by $column");
	run_in($session, "CREATE TABLE parts_$name (LIKE $name) PARTITION BY LIST (region)");
	run_in($session, "ALTER TABLE parts_$name ATTACH PARTITION $_.$name FOR VALUES IN ('us-$_-1')") foreach qw(east west);
	$mock->reset;
	my $parts = $all->("parts_$name") . ' AS p';
	is(run_in($session, "SELECT region, count(*) FROM $parts GROUP BY 1 ORDER BY 1"),
		"us-east-1|$table->{rows}\nus-west-1|$table->{rows}", "$name: partitions over regions");
	is(run_in($session, "SELECT count(*) FROM $parts WHERE region = 'us-west-1'"), $table->{rows}, "$name: one of them");
	is(run_in($session, "SELECT count(*) FROM $parts WHERE region = 'eu-west-1'"), 0, "$name: none of them");
	is($mock->stats->{invalid}, 0, "$name: no request is invalid");
}
$session->quit;

done_testing();
