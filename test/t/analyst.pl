# The manual's recipe for an analyst, as written: rows through the view, and nothing
# else: no keys, no table, no mapping, no server, and no more requests than allowed.
use strict;
use utf8;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $service = 'AKIDSERVICE';
my $t = SsmCluster->new(mock => { rows => 400, end => 'now', accounts => { $key => $secret, $service => $secret } });
my $mock = $t->mock;
my ($recipe) = slurp_file("$FindBin::Bin/../../docs/shared-database.md") =~ /^## Let an analyst see rows\n.*?^```sql\n(.*?)^```/ms;
$recipe =~ s/secret_access_key '[^']*'/secret_access_key '$secret'/;
$recipe =~ s/access_key_id '[^']*'/access_key_id '$service'/;
$t->sql("CREATE ROLE maria LOGIN; $recipe");

# What psql says to her.
sub as_maria
{
	my ($sql) = @_;
	my ($status, $out, $err) = $t->node->psql('postgres', "\\set VERBOSITY verbose\n$sql", extra_params => [ '-U', 'maria' ]);
	return "$out$err";
}

$mock->reset;
my $rows = as_maria('SELECT count(*) FROM reports.shell_runs');
cmp_ok($rows, '>', 0, 'she sees rows');
is(join(' ', sort keys %{ { map { $_->{headers}{authorization} =~ m{Credential=(\w+)/} ? ($1 => 1) : () } @{ $mock->log } } }), $service, "by the service role's key");
is($rows, $t->sql("SELECT count(*) FROM command_invocations WHERE document_name = 'AWS-RunShellScript' AND requested_date_time > now() - interval '7 days'"), 'those of the view');
$mock->reset;
as_maria("SELECT count(*) FROM reports.shell_runs WHERE status = 'Failed'");
is((grep { $_->{key} eq 'Status' } @{ $mock->bodies->[0]{Filters} })[0]{value}, 'Failed', 'her clauses are sent');
my $spied = () = as_maria(q{CREATE FUNCTION pg_temp.spy(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$BEGIN RAISE NOTICE 'spied'; RETURN true; END$$;
	SELECT FROM reports.shell_runs WHERE pg_temp.spy(status)}) =~ /NOTICE:  00000: spied/g;
is($spied, $rows, 'a function of hers sees no row that the view leaves out');

$mock->reset;
is(as_maria('SELECT count(*) FROM pg_user_mappings WHERE umoptions IS NOT NULL'), 0, 'she sees no keys');
foreach my $case (
	[ 'SELECT * FROM pg_user_mapping', 'permission denied for table pg_user_mapping' ],
	[ 'SELECT * FROM command_invocations', 'permission denied for foreign table command_invocations' ],
	[ "CREATE USER MAPPING FOR maria SERVER ssm OPTIONS (access_key_id 'x', secret_access_key 'y')", 'permission denied for foreign server ssm' ],
	[ "ALTER USER MAPPING FOR ssm_service SERVER ssm OPTIONS (ADD role_arn 'arn:aws:iam::111111111111:role/x')", 'must be owner of foreign server ssm' ],
	[ 'CREATE FOREIGN TABLE pg_temp.mine (instance_id text) SERVER ssm', 'permission denied for foreign server ssm' ],
	[ 'CREATE SERVER mine FOREIGN DATA WRAPPER ssm_fdw', 'permission denied for foreign-data wrapper ssm_fdw' ],
	[ "ALTER SERVER ssm OPTIONS (SET region 'us-west-2')", 'must be owner of foreign server ssm' ],
	[ "SELECT * FROM ssm_fdw_check('ssm')", 'permission denied for function ssm_fdw_check' ],
	[ 'SET ROLE ssm_service', 'permission denied to set role "ssm_service"' ],
	[ 'CREATE OR REPLACE VIEW reports.shell_runs AS SELECT 1', 'permission denied for schema reports' ])
{
	my ($sql, $error) = @$case;
	like(as_maria($sql), qr/ERROR:  \w+: $error/, $sql);
}
is($mock->stats->{requests}, 0, 'none of it has asked AWS');

# Her limit counts for what the view's owner asks for.
$t->sql("ALTER ROLE maria SET ssm_fdw.max_requests = 2; ALTER SERVER ssm OPTIONS (ADD page_size '5')");
like(as_maria('SELECT count(*) FROM reports.shell_runs'), qr/ERROR:  54000: .*max_requests \(2\)/, 'a scan that needs more than she may is an error');
like(as_maria('SET ssm_fdw.max_requests = 0; SELECT count(*) FROM reports.shell_runs'), qr/ERROR:  54000: .*max_requests \(2\)/, 'which she cannot lift');
is($t->sql('SELECT count(*) > 0 FROM reports.shell_runs'), 't', 'others are not bounded by it');

done_testing();
