package SsmCluster;

=head1 SYNOPSIS

    my $t = SsmCluster->new(mock => { rows => 10 });
    $t->sql('SELECT count(*) FROM command_invocations');
    $t->foreign('slow', server => { page_size => 1 });   # a second one
    like($t->error('SELECT * FROM slow.command_invocations'), qr/08001/);
    my $session = $t->session;
    my ($out, $err) = run_in($session, 'SELECT 1');

A throw-away cluster with the extension, and beside it the stand-in that its
foreign server "ssm" asks.  The table is public.command_invocations.

=cut

use strict;
use warnings;

use Exporter qw(import);
use File::Basename qw(dirname);
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use SsmMock;
use Time::HiRes qw(sleep);

our @EXPORT = qw(run_in start_in finish_in wait_until pid_of literal $key $secret);

our $key = 'AKIDEXAMPLE';
our $secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
my $table = 'command_invocations';
my $clusters = 0;

# Start a stand-in and a cluster.  Parameters, all optional: mock, the
# stand-in's configuration, or another cluster's stand-in to share; tls, as in
# SsmMock; conf, lines of postgresql.conf; env, variables of the server process;
# initdb, an array of options.
sub new
{
	my ($class, %params) = @_;
	my $mock = ref $params{mock} eq 'SsmMock' ? $params{mock}
	  : SsmMock->new(config => $params{mock}, tls => $params{tls});
	my $node = PostgreSQL::Test::Cluster->new('ssm' . $clusters++);
	my $self = bless { node => $node, mock => $mock }, $class;

	init($node, $params{initdb});
	$node->append_conf('postgresql.conf', "timezone = 'UTC'\n" . ($params{conf} // ''));
	{
		local %ENV = (%ENV, %{ $params{env} // {} });
		$node->start;
	}
	$self->setup('postgres');
	return $self;
}

# Make the data directory: by initdb with these options, or without any as a copy
# of the one that test/tempcheck.sh has made.  PostgreSQL 17's harness has this of
# its own, but for other options.
sub init
{
	my ($node, $options) = @_;
	my $template = dirname($ENV{TEMP_CONFIG} // '.') . '/template';
	my $run = \&PostgreSQL::Test::Utils::system_or_bail;
	no warnings 'redefine';
	local *PostgreSQL::Test::Utils::system_or_bail = sub {
		return $run->($_[0] eq 'initdb' ? ('cp', '-RPp', $template, $node->data_dir) : @_);
	  }
	  if !$options && -d $template;
	$node->init(extra => $options // [ '--encoding=UTF8', '--no-locale' ]);
	return;
}

# Create the extension and the usual table in a database.
sub setup
{
	my ($self, $database) = @_;
	$self->{node}->safe_psql($database, 'CREATE EXTENSION ssm_fdw');
	$self->{node}->safe_psql($database, $self->definition('ssm', 'public', {}, {}));
	return;
}

sub node { return $_[0]->{node}; }
sub mock { return $_[0]->{mock}; }

# Quote an SQL string.
sub literal
{
	my ($text) = @_;
	$text =~ s/'/''/g;
	return "'$text'";
}

# An OPTIONS clause; values that are undef are left out.
sub options
{
	my (%options) = @_;
	my @list =
	  map { "$_ " . literal($options{$_}) }
	  grep { defined $options{$_} } sort keys %options;
	return @list ? 'OPTIONS (' . join(', ', @list) . ')' : '';
}

# The commands that make a server, a mapping and its table.
sub definition
{
	my ($self, $server, $schema, $server_options, $mapping_options) = @_;
	my %server = (region => 'us-east-1', endpoint_url => $self->{mock}->url, %$server_options);
	my %mapping = (access_key_id => $key, secret_access_key => $secret, %$mapping_options);

	return "CREATE SERVER $server FOREIGN DATA WRAPPER ssm_fdw " . options(%server) . ';'
	  . "CREATE USER MAPPING FOR CURRENT_USER SERVER $server " . options(%mapping) . ';'
	  . "CREATE SCHEMA IF NOT EXISTS $schema;"
	  . "IMPORT FOREIGN SCHEMA ssm FROM SERVER $server INTO $schema;";
}

# Make one more server and, in a schema of that name, its table.  server and
# mapping are options to add to the usual ones, or with undef to leave out.
# Returns the table's name.
sub foreign
{
	my ($self, $name, %params) = @_;
	$self->sql($self->definition($name, $name, $params{server} // {}, $params{mapping} // {}));
	return "$name.$table";
}

# Run commands that must succeed; returns what they print.
sub sql
{
	my ($self, $sql, $database) = @_;
	return $self->{node}->safe_psql($database // 'postgres', $sql);
}

# Run commands in a session of their own; returns what psql says on stderr, with
# SQLSTATE and all fields, or '' if all is well.
sub error
{
	my ($self, $sql, $database) = @_;
	my (undef, undef, $err) =
	  $self->{node}->psql($database // 'postgres', "\\set VERBOSITY verbose\n$sql");
	return $err;
}

# The rows of the scans in EXPLAIN (ANALYZE) as a hash of their properties.
sub explain
{
	my ($self, $sql) = @_;
	my $text = $self->sql("EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) $sql");
	return { $text =~ /^\s*(\w[\w ]*): (.*?)$/mg };
}

# Run a query in a session; returns its answer with any error, and the
# stand-in's counters since.
sub counted
{
	my ($self, $session, $sql) = @_;
	$self->{mock}->reset;
	my ($out, $err) = run_in($session, $sql);
	return ("$out$err", $self->{mock}->stats);
}

# A session that goes on after errors.  The harness's time limit is for each of its
# queries; else it would be for all of them together.
sub session
{
	my ($self, $database) = @_;
	my $session = $self->{node}->background_psql($database // 'postgres', on_error_stop => 0);
	$session->set_query_timer_restart;
	run_in($session, "\\set VERBOSITY verbose");
	return $session;
}

# Run a query in a session; returns its output and its error messages.
sub run_in
{
	my ($session, $sql) = @_;
	$session->{stderr} = '';
	my $out = $session->query($sql);
	my $err = $session->{stderr};
	$session->{stderr} = '';
	return wantarray ? ($out, $err) : $out;
}

# Start a query in a session without waiting for it.
sub start_in
{
	my ($session, $sql) = @_;
	$session->query_until(qr/started/, "\\echo started\n$sql;\n");
	return;
}

# Wait for what start_in started; returns as run_in does.
sub finish_in
{
	my ($session) = @_;
	return run_in($session, '');
}

# The session's process id.
sub pid_of
{
	my ($session) = @_;
	return scalar run_in($session, 'SELECT pg_backend_pid()');
}

# Wait until a condition holds; false if it does not within three minutes.
sub wait_until
{
	my ($condition) = @_;
	for (1 .. 9000)
	{
		return 1 if $condition->();
		sleep 0.02;
	}
	return 0;
}

1;
