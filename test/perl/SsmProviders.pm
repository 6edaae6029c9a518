package SsmProviders;

=head1 SYNOPSIS

    my $providers = SsmProviders->new;
    $providers->set(sts => { accounts => {...} });   # replaces all, empties the log
    $providers->asked;                                # the requests, decoded

The stand-in for STS, SSO, the instance and containers.  What may be set is told at
the top of standin.py.

=cut

use strict;
use warnings;

use parent 'SsmServer';

# Start a server; dies if it does not start.
sub new { return $_[0]->start(['credentials/standin.py'], 'url'); }

# Replace all settings; also empties the log.
sub set
{
	my ($self, %settings) = @_;
	$self->request('POST', '_set', \%settings);
	return;
}

# The requests that it had, oldest first.
sub asked { return @{ $_[0]->request('GET', '_log') }; }

1;
