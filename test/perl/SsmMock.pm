package SsmMock;

=head1 SYNOPSIS

    my $mock = SsmMock->new(config => { rows => 10 });
    $mock->url;                        # http://127.0.0.1:PORT
    $mock->config({ rows => 20 });     # replaces all, resets the log
    $mock->bodies;                     # what was asked, decoded
    $mock->stop;

The stand-in for AWS SSM, started for one TAP test.  It ends with stop, with
the object, or with this process.  What a config may hold is told at the top
of server.py.

=cut

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Open2 qw(open2);
use JSON::PP ();

my $folder = abs_path(dirname(__FILE__) . '/../mock');
my $json = JSON::PP->new->utf8->canonical;

# Start a server; dies if it does not start.  Parameters: config, a hash; tls,
# an array of the certificate's and the key's file name.
sub new
{
	my ($class, %params) = @_;
	my @command = ('/usr/bin/python3', "$folder/server.py");

	push @command, '--config', $json->encode($params{config} // {});
	push @command, '--tls', @{ $params{tls} } if $params{tls};
	my $pid = open2(my $out, my $in, @command);
	my $self = bless { pid => $pid, owner => $$, in => $in, out => $out },
	  $class;

	$self->{http} = HTTP::Tiny->new(
		timeout => 30,
		proxy => undef,
		http_proxy => undef);
	foreach my $name ($params{tls} ? qw(url tls_url) : 'url')
	{
		$self->{$name} = readline($out) // die "the stand-in did not start\n";
		chomp $self->{$name};
	}
	return $self;
}

# The folder of the stand-in's programs.
sub folder { return $folder; }

# The URL to use as endpoint; tls_url only if it was started with tls.
sub url { return $_[0]->{url}; }
sub tls_url { return $_[0]->{tls_url}; }

# Send a control request; returns its decoded answer.
sub control
{
	my ($self, $method, $action, $content) = @_;
	my $response = $self->{http}->request(
		$method,
		"$self->{url}/_mock/$action",
		{ content => defined $content ? $json->encode($content) : '' });

	die "$action: $response->{status} $response->{content}\n"
	  unless $response->{success};
	return $json->decode($response->{content});
}

# Replace the whole configuration; also resets the log.
sub config
{
	my ($self, $config) = @_;
	$self->control('POST', 'config', $config // {});
	return;
}

# Empty the log and the counters.
sub reset { $_[0]->control('POST', 'reset'); return; }

# The logged requests, oldest first.
sub log { return $_[0]->control('GET', 'log'); }

# The bodies of the logged requests.
sub bodies { return [ map { $_->{body} } @{ $_[0]->log } ]; }

# The counters.
sub stats { return $_[0]->control('GET', 'stats'); }

# End the server, if this process started it and it still runs.
sub stop
{
	my ($self) = @_;
	my $pid = delete $self->{pid};

	return unless $pid && $self->{owner} == $$;
	close $self->{in};
	waitpid $pid, 0;
	return;
}

sub DESTROY
{
	my ($self) = @_;
	local ($., $@, $!, $^E, $?);
	$self->stop;
	return;
}

1;
