# A connection, and so its TLS handshake, is paid for once: scans and statements
# of a session use it again.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# A CA, and the stand-in's certificate by it.
my $folder = PostgreSQL::Test::Utils::tempdir();
sub openssl { system_log('openssl', @_) == 0 or die "openssl @_\n"; return; }
append_to_file("$folder/extensions", "subjectAltName = IP:127.0.0.1\n");
openssl(qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=test-ca),
	'-keyout', "$folder/ca.key", '-out', "$folder/ca.pem");
openssl(qw(req -newkey rsa:2048 -nodes -subj /CN=127.0.0.1),
	'-keyout', "$folder/key.pem", '-out', "$folder/request.pem");
openssl(qw(x509 -req -days 2 -set_serial 1), '-in', "$folder/request.pem",
	'-CA', "$folder/ca.pem", '-CAkey', "$folder/ca.key",
	'-extfile', "$folder/extensions", '-out', "$folder/cert.pem");

my $t = SsmCluster->new(
	mock => { rows => 100, nodes => 20, page_latency => 0.02 },
	tls => [ "$folder/cert.pem", "$folder/key.pem" ]);
my $mock = $t->mock;
my $url = $mock->{tls_url};
$t->sql('CREATE TABLE local AS SELECT * FROM command_invocations; ANALYZE local');
$t->foreign('good', server => { endpoint_url => $url, ca_bundle => "$folder/ca.pem", page_size => 10 });
$t->foreign('doubted', server => { endpoint_url => $url });
$mock->reset;
like($t->error('SELECT * FROM doubted.command_invocations'), qr/ERROR:  08001: /, 'a certificate of no known CA');
is($mock->stats->{requests}, 0, 'nothing is sent to it');

# The connections of the logged requests.
sub connections
{
	return scalar keys %{ { map { $_->{connection} => 1 } @{ $mock->log } } };
}

my $session = $t->session;
my $list = join ',', map { "'$_'" } split /\n/, $t->sql('SELECT DISTINCT instance_id FROM local');
$mock->reset;
is(scalar run_in($session, 'SELECT count(*) FROM good.command_invocations'), '100', 'over TLS: rows') foreach 1 .. 3;
is(connections(), 1, 'statements share a connection');
is( scalar run_in($session, 'SELECT count(*) FROM (SELECT DISTINCT instance_id FROM local LIMIT 15) AS l,
		LATERAL (SELECT * FROM good.command_invocations AS i WHERE i.instance_id = l.instance_id OFFSET 0) AS i'),
	'75', 'a nested loop: rows');
is($mock->stats->{requests}, 30 + 15, 'a nested loop: a request for each outer row');
cmp_ok(connections(), '<=', 4, 'the scans of a nested loop have max_concurrency of them');
is(scalar run_in($session, 'BEGIN; SELECT count(*) FROM good.command_invocations; COMMIT'), '100', 'a transaction');
is(scalar run_in($session, "SELECT count(*) FROM good.command_invocations WHERE instance_id = 'i-nonsense'"), '0', 'a scan without a request');
run_in($session, 'SELECT 1 / count(*) FROM good.command_invocations WHERE status = \'nonsense\'');
is(scalar run_in($session, 'SELECT count(*) FROM good.command_invocations'), '100', 'after an error');
cmp_ok(connections(), '<=', 4, 'and all that');
$mock->reset;
is(scalar run_in($session, "SELECT count(*) FROM good.command_invocations WHERE instance_id IN ($list)"), '100', 'chains: rows') foreach 1 .. 3;
cmp_ok($mock->stats->{peak_in_flight}, '>=', 2, 'chains run side by side');
cmp_ok(connections(), '<=', 4, 'and keep their connections');
$session->quit;

done_testing();
