# The endpoint's certificate is checked, and every way it can be wrong is told;
# a proxy of the server's environment is asked for a tunnel, and sees no more.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use POSIX qw(mkfifo);
use PostgreSQL::Test::Utils;
use SsmCluster;
use SsmServer;
use SsmMock;
use Test::More;

my $folder = PostgreSQL::Test::Utils::tempdir();
my $aws = 'ssm.us-east-1.amazonaws.com';
sub openssl { system_log('openssl', @_) == 0 or die "openssl @_\n"; return; }

# Make a CA; returns the name of its certificate's file.
sub authority
{
	my ($name) = @_;
	openssl(qw(req -x509 -newkey rsa:2048 -nodes -days 2 -subj), "/CN=$name",
		'-keyout', "$folder/$name.key", '-out', "$folder/$name.pem");
	return "$folder/$name.pem";
}

# A certificate by a CA for a name, for so many days, of which 0 are over at once;
# returns its files.
sub certificate
{
	my ($name, $alternative, $days, $ca) = @_;
	$ca //= 'ca';
	append_to_file("$folder/$name.ext", "subjectAltName = $alternative\n");
	openssl(qw(req -newkey rsa:2048 -nodes -subj), "/CN=$name",
		'-keyout', "$folder/$name.key", '-out', "$folder/$name.req");
	openssl(qw(x509 -req -set_serial 1 -days), $days, '-in', "$folder/$name.req",
		'-CA', "$folder/$ca.pem", '-CAkey', "$folder/$ca.key",
		'-extfile', "$folder/$name.ext", '-out', "$folder/$name.pem");
	return [ "$folder/$name.pem", "$folder/$name.key" ];
}

# A store of CAs in place of the system's: as one file, and as a folder of hashes.
sub system_store
{
	my ($ca) = @_;
	mkdir "$folder/store";
	system_log('cp', $ca, "$folder/store/ca-certificates.crt");
	system_log('cp', $ca, "$folder/store/public.pem");
	openssl('rehash', "$folder/store");
	my $functions = join "\n", map {
		my ($type, $name, $second) = @$_;
		"$type $name(const char *path, $second) { char other[1000];
			return (($type (*)(const char *, $second)) dlsym(RTLD_NEXT, \"$name\"))(place(path, other), x); }"
	} ([ 'int', 'stat', 'void *x' ], [ 'int', 'stat64', 'void *x' ],
		[ 'FILE *', 'fopen', 'const char *x' ], [ 'FILE *', 'fopen64', 'const char *x' ]);
	append_to_file("$folder/store.c", <<~"END");
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <stddef.h>
		#include <string.h>
		typedef struct FILE FILE;
		int snprintf(char *, size_t, const char *, ...);
		static const char *place(const char *path, char *other)
		{
			if (strncmp(path, "/etc/ssl/certs/", 15) != 0)
				return path;
			snprintf(other, 1000, "$folder/store/%s", path + 15);
			return other;
		}
		$functions
		END
	system_or_bail('cc', '-shared', '-fPIC', '-fno-builtin', '-o', "$folder/store.so", "$folder/store.c", '-ldl');
	return "$folder/store.so";
}

authority('ca');
my $shim = system_store(authority('public'));
my %mock = (
	vouched => certificate('public-host', 'IP:127.0.0.1', 2, 'public'),
	good => certificate('good', "IP:127.0.0.1, DNS:$aws", 2),
	named => certificate('named', 'DNS:other.example', 2),
	old => certificate('old', 'IP:127.0.0.1', 0));
$_ = SsmMock->new(config => { rows => 100 }, tls => $_) foreach values %mock;

my ($port) = $mock{good}->{tls_url} =~ /:(\d+)$/;
my $tunnel = SsmServer->start([ 'mock/proxy.py', $port, "$folder/proxied" ], 'url');
my $proxy = $tunnel->url;

my $t = SsmCluster->new(
	env => {
		LD_PRELOAD => join(':', $shim, $ENV{LD_PRELOAD} // ()),
		HTTPS_PROXY => $proxy, HTTP_PROXY => $proxy, no_proxy => '', NO_PROXY => '127.0.0.1' });
my %server = (ca_bundle => "$folder/ca.pem", max_attempts => 3);
$t->foreign($_, server => { %server, endpoint_url => $mock{$_}->{tls_url} }) foreach keys %mock;
$t->foreign('system', server => { max_attempts => 3, endpoint_url => $mock{good}->{tls_url} });
$t->foreign('trusted', server => { endpoint_url => $mock{vouched}->tls_url });
$t->foreign('nofile', server => { ca_bundle => "$folder/none.pem", endpoint_url => $mock{good}->{tls_url} });
mkfifo("$folder/pipe", 0600) or die;
append_to_file("$folder/words", "no certificate\n");
my %bundles = (fifo => "$folder/pipe", device => '/dev/zero', folder => $folder, words => "$folder/words");
$t->foreign($_, server => { ca_bundle => $bundles{$_}, endpoint_url => $mock{good}->{tls_url} }) foreach keys %bundles;
$t->foreign('unneeded', server => { ca_bundle => "$folder/pipe", endpoint_url => $mock{good}->url });
$t->foreign('proxied', server => { %server, endpoint_url => undef });

is($t->sql('SELECT count(*) FROM good.command_invocations'), '100', 'a certificate by the CA of ca_bundle');
like($mock{good}->log->[0]{headers}{'user-agent'}, qr{^ssm_fdw/1\.0 postgresql/\d+\S* libcurl/\S+$}, 'User-Agent');

is($t->sql('SELECT count(*) FROM trusted.command_invocations'), '100', 'a certificate by a CA of the system');

# Why, curl and OpenSSL say in words that change with their versions.
my $untrusted = qr{ERROR:  08001: could not connect to "127\.0\.0\.1:\d+": .*certificate};
foreach (
	[ 'named', $untrusted ],
	[ 'old', $untrusted ],
	[ 'system', $untrusted ],
	[ 'vouched', $untrusted ],
	[ 'nofile', qr{ERROR:  HV024: .*none\.pem} ],
	[ 'words', qr{ERROR:  HV024: .*words": it has no certificate} ],
	map { [ $_, qr{ERROR:  HV024: could not read ca_bundle "\Q$bundles{$_}\E": it is not a regular file} ] } qw(fifo device folder))
{
	my ($name, $error) = @$_;
	my $mock = $mock{$name} // $mock{good};
	$mock->reset;
	my $got = $t->error("SELECT count(*) FROM $name.command_invocations");
	like($got, $error, "$name: the error");
	unlike($got, qr/attempts: [^1]/, "$name: is not tried again");
	like($got, qr/^HINT:  Name a file of CA certificates in PEM form/m, "$name: hint") if $got =~ /HV024/;
	is($mock->stats->{requests}, 0, "$name: nothing is sent");
}
is($t->sql('SELECT count(*) FROM unneeded.command_invocations'), '100', 'what no TLS needs is not read');
ok(!-s "$folder/proxied", 'NO_PROXY keeps the proxy out of it');

$mock{good}->reset;
is($t->sql('SELECT count(*) FROM proxied.command_invocations'), '100', 'by a proxy, to the name that AWS has');
is($mock{good}->stats->{requests}, 2, 'the requests arrive');
is($mock{good}->stats->{invalid}, 0, 'and are signed for that name');
my $seen = slurp_file("$folder/proxied");
my ($head, $rest) = split /\r\n\r\n/, $seen, 2;
my ($line, @headers) = split /\r\n/, $head;
is($line, "CONNECT $aws:443 HTTP/1.1", 'the proxy is asked for a tunnel');
is_deeply([ grep { !/^(Host|Proxy-Connection): / } @headers ], [], 'and told nothing else');
ok(length($rest) > 500 && $rest !~ /AWS4|Amz|ListCommand|$key/i, 'what goes through it is for AWS alone');

# What the proxy says in its own name is not the service's word.
$mock{good}->config({ rows => 100, clock_offset => 3600 });
is($t->sql('SELECT count(*) FROM proxied.command_invocations'), '100', 'the clock is set by the service');
$mock{good}->config({ rows => 100, faults => [ { on => 'all', do => { status => 400, code => 'AccessDeniedException' } } ] });
my $denied = $t->error('SELECT count(*) FROM proxied.command_invocations');
like($denied, qr/ERROR:  42501: .*AccessDeniedException/, 'and so is the error told');
unlike($denied, qr/the-proxy/, 'with its request id');
my $refusing = SsmServer->start([ 'mock/proxy.py', $port, "$folder/refused", 503 ], 'url');
{
	local %ENV = (%ENV, HTTPS_PROXY => $refusing->url, no_proxy => '');
	$t->node->restart;
}
my $refused = $t->error('SELECT count(*) FROM proxied.command_invocations');
like($refused, qr/ERROR:  08\w+: .*AWS request id: none/s, 'a proxy that gives no tunnel');
unlike($refused, qr/the-proxy|Throttling/, 'is not the service either');
$t->node->stop;

done_testing();
