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

done_testing();
