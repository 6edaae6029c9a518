package SsmMock;

=head1 SYNOPSIS

    my $mock = SsmMock->new(config => { rows => 10 });
    $mock->url;                        # http://127.0.0.1:PORT
    $mock->config({ rows => 20 });     # replaces all, resets the log
    $mock->bodies;                     # what was asked, decoded
    $mock->stop;

The stand-in for AWS SSM.  What a config may hold is told at the top of server.py.

=cut

use strict;
use warnings;

use parent 'SsmServer';

use JSON::PP ();

my $json = JSON::PP->new->utf8->canonical;

# Start a server; dies if it does not start.  Parameters: config, a hash; tls,
# an array of the certificate's and the key's file name.
sub new
{
	my ($class, %params) = @_;
	my @command = ('mock/server.py', '--config', $json->encode($params{config} // {}));

	push @command, '--tls', @{ $params{tls} } if $params{tls};
	return $class->start(\@command, $params{tls} ? qw(url tls_url) : 'url');
}

# The URL to use as endpoint if it was started with tls.
sub tls_url { return $_[0]->{tls_url}; }

# Send a control request; returns its decoded answer.
sub control
{
	my ($self, $method, $action, $content) = @_;
	return $self->request($method, "_mock/$action", $content);
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

1;
