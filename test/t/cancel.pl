# Cancel, timeout, termination, a client that is gone and a shutdown end a scan
# at once, by itself and under an Append, whatever it waits for.  Every fault here lasts longer than the test: a query
# that ended did not wait for it.
use strict;
use warnings;

use IO::Socket::INET;
use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# A lookup of the host "hang.invalid" leaves a mark and never ends.
sub build_shim
{
	my $folder = PostgreSQL::Test::Utils::tempdir();
	my $mark = "$folder/resolving";

	append_to_file("$folder/shim.c", <<~"END");
		#define _GNU_SOURCE
		#include <dlfcn.h>
		#include <fcntl.h>
		#include <netdb.h>
		#include <string.h>
		#include <unistd.h>
		int getaddrinfo(const char *node, const char *service,
						const struct addrinfo *hints, struct addrinfo **result)
		{
			if (node && strcmp(node, "hang.invalid") == 0)
			{
				close(open("$mark", O_CREAT | O_WRONLY, 0600));
				for (;;)
					pause();
			}
			return ((int (*)(const char *, const char *, const struct addrinfo *,
							 struct addrinfo **)) dlsym(RTLD_NEXT, "getaddrinfo"))
				(node, service, hints, result);
		}
		END
	system_or_bail('cc', '-shared', '-fPIC', '-o', "$folder/shim.so", "$folder/shim.c", '-ldl');
	return ("$folder/shim.so", $mark);
}

my ($shim, $mark) = build_shim();
my $t = SsmCluster->new(
	mock => { rows => 200, nodes => 200 },
	conf => "client_connection_check_interval = '50ms'\n",
	env => { LD_PRELOAD => join(':', $shim, $ENV{LD_PRELOAD} // ()) });
my ($node, $mock) = ($t->node, $t->mock);
my %patient =
  (connect_timeout => '1 hour', request_timeout => '1 hour', max_attempts => 100, page_size => 10);

# A port whose queue is full answers no connection; one with room, no handshake.
my $full = IO::Socket::INET->new(Listen => 1, LocalAddr => '127.0.0.1') or die $!;
listen($full, 0) or die $!;
my @fill = map {
	IO::Socket::INET->new(
		PeerAddr => '127.0.0.1',
		PeerPort => $full->sockport,
		Blocking => 0)
} 1 .. 4;
my $mute = IO::Socket::INET->new(Listen => 20, LocalAddr => '127.0.0.1') or die $!;

# The table of a server by itself, and twice under an Append; its rows.
my %forms = (alone => [ 'command_invocations', 200 ], appended => [ 'twice', 400 ]);
my %endpoints = (
	good => $mock->url,
	resolving => 'http://hang.invalid',
	connecting => 'http://127.0.0.1:' . $full->sockport,
	shaking => 'https://127.0.0.1:' . $mute->sockport);
foreach my $name (sort keys %endpoints)
{
	my $table = $t->foreign($name, server => { %patient, endpoint_url => $endpoints{$name} });
	$t->sql("CREATE VIEW $name.twice AS SELECT * FROM $table UNION ALL SELECT * FROM $table");
}
is(() = $t->sql('EXPLAIN SELECT count(*) FROM good.twice') =~ /Async Foreign Scan/g, 2,
	'appended scans run at the same time');

# Has this machine a connection to the port in that state of /proc/net/tcp?
sub socket_in_state
{
	my ($port, $state) = @_;
	my $pattern = sprintf ':%04X %s ', $port, $state;
	return slurp_file('/proc/net/tcp') =~ /$pattern/;
}

# Has the stand-in logged that many requests?
sub requests
{
	my ($n) = @_;
	return sub { @{ $mock->log } >= $n };
}

# Does the session's process wait for the network?
sub is_waiting
{
	my ($pid) = @_;
	return $node->safe_psql('postgres',
		"SELECT 1 FROM pg_stat_activity WHERE pid = $pid AND wait_event IN ('Extension', 'SsmFdwGetResult', 'AppendReady')") eq '1';
}

# Where a scan can be: the table, the stand-in's faults, and how to see that it
# is there.
my %states = (
	'resolving' => [ 'resolving', [], sub { -e $mark } ],
	'connecting' => [ 'connecting', [], sub { socket_in_state($full->sockport, '02') } ],
	'in the TLS handshake' => [ 'shaking', [], sub { socket_in_state($mute->sockport, '01') } ],
	'waiting for an answer' => [ 'good', [ { on => 'all', do => { delay => 3600 } } ], requests(1) ],
	'in the headers' => [ 'good', [ { on => 'all', do => { stall => 'headers' } } ], requests(1) ],
	'in the body' => [ 'good', [ { on => 'all', do => { stall => 'body' } } ], requests(1) ],
	'in a dripping body' => [ 'good', [ { on => 'all', do => { drip => 20 } } ], requests(1) ],
	'backing off' => [
		'good',
		[
			{
				on => 'all',
				do => {
					status => 400,
					code => 'ThrottlingException',
					headers => { 'x-amz-retry-after' => '600000' }
				}
			}
		],
		requests(1)
	],
	'in the middle of the pages' =>
	  [ 'good', [ { on => 7, do => { stall => 'body' } } ], requests(7) ],);

# A scan in that form, with the stand-in set up to bring it to the state.
sub query_for
{
	my ($form, $name) = @_;
	my ($schema, $faults) = @{ $states{$name} };

	unlink $mark;
	$mock->config({ rows => 200, nodes => 200, faults => $faults });
	return "SELECT count(*) FROM $schema.$forms{$form}[0]";
}

# Start a scan in the session and wait until it is in the state.
sub bring_to
{
	my ($session, $form, $name) = @_;
	my $pid = pid_of($session);

	start_in($session, query_for($form, $name));
	ok(wait_until(sub { $states{$name}[2]->() && is_waiting($pid) }), "$form, $name: it is");
	return $pid;
}

# The session can go on, with the same server if that one ever answers.
sub goes_on
{
	my ($session, $form, $name) = @_;
	$mock->config({ rows => 200, nodes => 200 });
	my ($out, $err) = run_in($session, "SELECT count(*) FROM good.$forms{$form}[0]");
	is("$out$err", $forms{$form}[1], "$form, $name: the next query works");
	return;
}

# The backend has ended.  One whose postmaster is gone stays a zombie where
# process 1 does not collect orphans, as in many containers.
sub has_ended
{
	my ($pid) = @_;
	return wait_until(
		sub {
			return 1 unless -e "/proc/$pid";
			return (eval { slurp_file("/proc/$pid/stat") } // '') =~ /\) [ZX] /;
		});
}

foreach my $case (map { my $name = $_; map { [ $_, $name ] } sort keys %forms } sort keys %states)
{
	my ($form, $name) = @$case;
	my $session = $t->session;
	my ($out, $err) = run_in($session, "SET statement_timeout = '200ms'; " . query_for($form, $name));
	like($err, qr/ERROR:  57014: canceling statement due to statement timeout/, "$form, $name: timeout");
	run_in($session, 'RESET statement_timeout');
	goes_on($session, $form, $name);

	my $pid = bring_to($session, $form, $name);
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	($out, $err) = finish_in($session);
	like($err, qr/ERROR:  57014: canceling statement due to user request/, "$form, $name: cancel");
	goes_on($session, $form, $name);

	bring_to($session, $form, $name);
	$node->safe_psql('postgres', "SELECT pg_terminate_backend($pid)");
	ok(has_ended($pid), "$form, $name: terminate");
	eval { $session->{run}->finish };
	like($session->{stderr}, qr/FATAL:  57P01/, "$form, $name: the client is told");

	$session = $t->session;
	$pid = bring_to($session, $form, $name);
	$session->{run}->kill_kill;
	ok(has_ended($pid), "$form, $name: the client is gone");
}

# A cancelled scan of a transaction leaves it usable after a rollback.
{
	my $session = $t->session;
	run_in($session, 'BEGIN; SAVEPOINT a');
	my $pid = bring_to($session, 'alone', 'in the body');
	$node->safe_psql('postgres', "SELECT pg_cancel_backend($pid)");
	finish_in($session);
	run_in($session, 'ROLLBACK TO a');
	goes_on($session, 'alone', 'in a subtransaction');
	run_in($session, 'COMMIT');
	$session->quit;
}

# Shutdown does not wait for the network either.
foreach my $name ('resolving', 'in the TLS handshake', 'in the body', 'backing off')
{
	my ($session, $beside) = ($t->session, $t->session);
	my @pids = (bring_to($session, 'alone', $name), bring_to($beside, 'appended', $name));
	ok($node->stop('fast', fail_ok => 1), "$name: fast shutdown");
	ok(!-e "/proc/$_", "$name: no process is left") foreach @pids;
	eval { $_->{run}->finish } foreach $session, $beside;
	local $ENV{LD_PRELOAD} = $shim;
	$node->start;
}

# Nor does a backend outlive the postmaster.
{
	my $session = $t->session;
	my $pid = bring_to($session, 'alone', 'in the body');
	$node->kill9;
	ok(has_ended($pid), 'a backend whose postmaster is gone ends');
	eval { $session->{run}->finish };
}

done_testing();
