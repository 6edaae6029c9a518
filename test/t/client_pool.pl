# Clients are kept for the next scan if they are good for it, and are held no
# longer than a scan needs them.
use strict;
use warnings;

use FindBin;
use lib "$FindBin::Bin/../perl";
use PostgreSQL::Test::Utils;
use SsmCluster;
use Test::More;

# A library that lets the extension fail to watch a socket, once for each time that a
# file is made.
my $folder = PostgreSQL::Test::Utils::tempdir();
my $mark = "$folder/fail";
append_to_file("$folder/shim.c", <<"END");
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>
int epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	Dl_info caller;
	struct stat it;
	if (op == EPOLL_CTL_ADD && fstat(fd, &it) == 0 && S_ISSOCK(it.st_mode) && dladdr(__builtin_return_address(0), &caller) &&
		strstr(caller.dli_fname, "ssm_fdw") && unlink("$mark") == 0)
	{
		errno = ENOSPC;
		return -1;
	}
	return syscall(SYS_epoll_ctl, epfd, op, fd, event);
}
END
system_or_bail('cc', '-shared', '-fPIC', '-o', "$folder/shim.so", "$folder/shim.c", '-ldl');
my $t = SsmCluster->new(
	mock => { rows => 100 },
	env => { LD_PRELOAD => join(':', "$folder/shim.so", $ENV{LD_PRELOAD} // ()) });
my $mock = $t->mock;
my $count = 'SELECT count(*) FROM command_invocations';

# What failed once is not used again.
my $session = $t->session;
foreach my $state ('new', 'again new')
{
	append_to_file($mark, '');
	like((run_in($session, $count))[1], qr/ERROR:  53000: .*the event loop failed/, "a $state client fails");
	ok(!-e $mark, 'as it was told to');
	$mock->reset;
	is(scalar run_in($session, $count), '100', 'the next query has another') foreach 1 .. 2;
	is($mock->stats->{connections}, 1, 'which is kept');
	run_in($session, 'SELECT ssm_fdw_disconnect_all()');
}
$session->quit;

# A scan holds a client until its rows have ended, or another needs the descriptors
# that it does not use: a backend has a third of max_files_per_process for them.
$t->node->append_conf('postgresql.conf', "max_files_per_process = 90\n");
$t->node->restart;
$session = $t->session;
my %kinds = (
	'one after the other' => 'SELECT count(*) AS n FROM command_invocations',
	'unfinished' => '(SELECT 100 AS n FROM command_invocations LIMIT 1)',
	'subqueries' => 'SELECT 100 AS n WHERE EXISTS (SELECT FROM command_invocations OFFSET 0)');
foreach my $kind (sort keys %kinds)
{
	run_in($session, 'SET enable_async_append = off');
	is(scalar run_in($session, 'SELECT sum(n) FROM (' . join(' UNION ALL ', ($kinds{$kind}) x 40) . ') AS u'), '4000', "40 scans: $kind");
}
run_in($session, 'BEGIN');
run_in($session, "DECLARE c$_ CURSOR FOR SELECT instance_id FROM command_invocations; FETCH 1 FROM c$_") foreach 1 .. 40;
my $rows = 0;
foreach (1 .. 40) { $rows += () = scalar(run_in($session, "FETCH ALL FROM c$_")) =~ /i-/g; }
is($rows, 40 * 99, '40 cursors at rest');
run_in($session, 'COMMIT');
$session->quit;
$t->node->append_conf('postgresql.conf', "max_files_per_process = 1000\n");
$t->node->restart;

# What one statement has used, the next finds.
$t->foreign("s$_") foreach 1 .. 20;
my $all = 'SELECT count(*) FROM (' . join(' UNION ALL ', map { "SELECT * FROM s$_.command_invocations" } 1 .. 20) . ') AS u';
my $instances = join ',', map { "'$_'" } split /\n/, $t->sql('SELECT DISTINCT instance_id FROM command_invocations');
$t->foreign('wide', server => { max_concurrency => 8 });
my %statements = (
	'20 servers' => [ $all, '2000' ],
	'a wide scan' => [ "SELECT count(*) FROM wide.command_invocations WHERE instance_id IN ($instances)", '100' ]);
foreach my $name (sort keys %statements)
{
	foreach my $append ('on', 'off')
	{
		my ($sql, $wanted) = @{ $statements{$name} };
		$session = $t->session;
		run_in($session, "SET enable_async_append = $append");
		$mock->config({ rows => 100, page_latency => 0.02 });
		is(scalar run_in($session, $sql), $wanted, "$name, async $append");
		my $opened = $mock->stats->{connections};
		run_in($session, $sql) foreach 1 .. 2;
		is($mock->stats->{connections}, $opened, "$name, async $append: the next use its $opened connections again");
		$session->quit;
	}
}

done_testing();
