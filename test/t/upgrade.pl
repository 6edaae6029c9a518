# What is in a database outlives ALTER EXTENSION UPDATE, pg_dump with restore, and
# pg_upgrade: servers, mappings and tables work, and the history goes on from where
# it was.
use strict;
use warnings;

use File::Copy qw(copy);
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

my $t = SsmCluster->new(mock => { rows => 30, end => 'now', span => 86400 });
my $mock = $t->mock;
$t->sql("CREATE ROLE reader;
	CREATE SERVER aws FOREIGN DATA WRAPPER ssm_fdw OPTIONS (account_id '111111111111', page_size '20', region 'eu-west-3');
	ALTER SERVER aws OWNER TO reader;
	CREATE USER MAPPING FOR reader SERVER aws OPTIONS (access_key_id 'AKIDREADER', secret_access_key 'it''s');
	CREATE FOREIGN TABLE renamed (node text OPTIONS (member 'InstanceId'), status text OPTIONS (pushdown 'false'))
		SERVER aws OPTIONS (max_requests '7');
	ALTER FOREIGN TABLE renamed OWNER TO reader;
	CREATE VIEW steps AS SELECT command_id, p.* FROM command_invocations, ssm_fdw_plugins(command_plugins) AS p;
	CALL ssm_fdw_create_history('kept', 'command_invocations');
	CALL ssm_fdw_keep_history('kept', 'command_invocations');");

# All options of a database: servers, mappings, tables, columns, and their owners.
# pg_dump writes options in the order of their names.
my $options = q{
	SELECT srvname, srvowner::regrole, srvoptions FROM pg_foreign_server ORDER BY 1;
	SELECT srvname, usename, umoptions FROM pg_user_mappings ORDER BY 1, 2;
	SELECT relname, relowner::regrole, ftoptions FROM pg_foreign_table JOIN pg_class AS c ON c.oid = ftrelid ORDER BY 1;
	SELECT attname, attfdwoptions FROM pg_attribute WHERE attrelid = 'renamed'::regclass AND attnum > 0 ORDER BY 1};
my $before = $t->sql($options);
like($before, qr/access_key_id=AKIDREADER/, 'there is something to keep');

# A database that has been moved: its options are the same, it reads, and the
# history reads from where it was, not from the beginning.  The server "aws" is of
# the user reader, who sets no endpoint, so it is not called.
sub lives
{
	my ($node, $database, $name) = @_;
	is($node->safe_psql($database, $options), $before, "$name: every option and owner");
	is($node->safe_psql($database, 'SELECT count(*) FROM command_invocations'), 30, "$name: the table is read");
	is($node->safe_psql($database, 'SELECT count(DISTINCT command_id) > 0 FROM steps'), 't', "$name: so is a view with a function");
	$mock->reset;
	like($node->safe_psql($database, "CALL ssm_fdw_keep_history('kept', 'command_invocations')"), qr/^\d+\|0\|\d+$/, "$name: the history has all rows");
	is($mock->bodies->[0]{Filters}[0]{key}, 'InvokedAfter', "$name: and goes on from where it was");
	return;
}

# pg_dump asks AWS nothing, and what it writes can be restored.
my $node = $t->node;
my $dump = PostgreSQL::Test::Utils::tempdir() . '/dump';
$mock->reset;
$node->command_ok([ 'pg_dump', '-Fc', '-f', $dump, $node->connstr('postgres') ], 'pg_dump');
is($mock->stats->{requests}, 0, 'asks AWS nothing');
$node->safe_psql('postgres', 'CREATE DATABASE restored');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr('restored'), $dump ], 'pg_restore');
lives($node, 'restored', 'restored');

# An upgrade of the extension; the new version's script is put beside the old one's.
SKIP:
{
	skip 'the extension is not in a folder of this test', 5 unless $ENV{TEMP_CONFIG};
	my $sharedir = qx("$ENV{PG_CONFIG}" --sharedir);
	chomp $sharedir;
	my $script = ($ENV{TEMP_CONFIG} =~ s{/[^/]*$}{}r) . "$sharedir/extension/ssm_fdw--1.0--1.1.sql";
	copy("$FindBin::Bin/../sql/include/ssm_fdw--1.0--1.1.sql", $script) or die "$script: $!";
	my $session = $t->session('restored');
	run_in($session, 'PREPARE p AS SELECT count(*), min(ssm_fdw_document(document_name)) FROM command_invocations');
	run_in($session, 'EXECUTE p');
	my $updated = $t->error("ALTER EXTENSION ssm_fdw UPDATE TO '1.1'", 'restored');
	unlink $script;
	is($updated, '', 'ALTER EXTENSION UPDATE');
	is($t->sql("SELECT extversion, ssm_fdw_upgraded() FROM pg_extension WHERE extname = 'ssm_fdw'", 'restored'), '1.1|upgraded', 'the new version');
	is(scalar run_in($session, 'EXECUTE p'), $t->sql('SELECT count(*), min(upper(document_name)) FROM command_invocations', 'restored'),
		'an open session calls the new function');
	is($t->sql($options, 'restored'), $before, 'every option and owner is kept');
	is($t->sql("SELECT count(*) FROM pg_depend AS d JOIN pg_extension AS e ON e.oid = d.refobjid AND d.refclassid = 'pg_extension'::regclass
		WHERE extname = 'ssm_fdw' AND d.deptype = 'e' AND d.objid = 'ssm_fdw_upgraded'::regproc", 'restored'), 1, 'a new object belongs to the extension');
	$session->quit;
}

# pg_upgrade, from this release to this release.  18's looks for a library by LOAD,
# which finds none outside the folder of PostgreSQL's own.
my ($bindir, $libdir) = map { my $folder = qx("$ENV{PG_CONFIG}" $_); chomp $folder; $folder } qw(--bindir --pkglibdir);
SKIP:
{
	skip "pg_upgrade needs the library in $libdir", 6 if $node->pg_version >= 18 && !-e "$libdir/ssm_fdw.so";
	my $new = PostgreSQL::Test::Cluster->new('new');
	$new->init(extra => [ '--encoding=UTF8', '--no-locale' ]);
	$new->append_conf('postgresql.conf', "timezone = 'UTC'\n");
	$node->safe_psql('postgres', 'DROP DATABASE restored');
	$node->stop;
	chdir $new->basedir or die $!;
	$new->command_ok([ 'pg_upgrade', '-b', $bindir, '-B', $bindir, '-d', $node->data_dir, '-D', $new->data_dir,
		'-s', $new->host, '-p', $node->port, '-P', $new->port ], 'pg_upgrade');
	$new->start;
	lives($new, 'postgres', 'upgraded');
	$new->stop;
}

done_testing();
