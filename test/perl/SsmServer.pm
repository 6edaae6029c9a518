package SsmServer;

=head1 SYNOPSIS

    package SsmMock;
    use parent 'SsmServer';
    my $self = $class->start([ 'mock/server.py', @arguments ], 'url');

A stand-in, which is a Python program below test/, started for one TAP test.  It ends
with stop, with the object, or with this process.

=cut

use strict;
use warnings;

use Cwd qw(abs_path);
use File::Basename qw(dirname);
use HTTP::Tiny;
use IPC::Open2 qw(open2);
use JSON::PP ();

my $folder = abs_path(dirname(__FILE__) . '/..');
my $json = JSON::PP->new->utf8->canonical;

# Start a program with its arguments; dies if it does not start.  It prints its
# URLs, a line each, which are kept by these names.
sub start
{
	my ($class, $command, @urls) = @_;
	my ($program, @arguments) = @$command;
	my $pid = open2(my $out, my $in, '/usr/bin/python3', "$folder/$program", @arguments);
	my $self = bless { pid => $pid, owner => $$, in => $in, out => $out },
	  $class;

	$self->{http} = HTTP::Tiny->new(
		timeout => 30,
		proxy => undef,
		http_proxy => undef);
	foreach my $name (@urls)
	{
		$self->{$name} = readline($out) // die "the stand-in did not start\n";
		chomp $self->{$name};
	}
	return $self;
}

# The URL to use as endpoint.
sub url { return $_[0]->{url}; }

# Send a control request; returns its decoded answer.
sub request
{
	my ($self, $method, $path, $content) = @_;
	my $response = $self->{http}->request(
		$method,
		"$self->{url}/$path",
		{ content => defined $content ? $json->encode($content) : '' });

	die "$path: $response->{status} $response->{content}\n"
	  unless $response->{success};
	return $json->decode($response->{content});
}

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
