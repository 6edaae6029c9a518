/*
 * test_loop.c
 *		What makes a loop's descriptor readable, and what makes a loop useless.
 */
#include "base/loop.h"
#include "tap.h"

#include <errno.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool fail_next = false;	/* epoll_ctl */

/*
 * In the C library's place: fails once when told to.
 */
int
epoll_ctl(int epfd, int op, int fd, struct epoll_event *event)
{
	if (!fail_next)
		return (int) syscall(SYS_epoll_ctl, epfd, op, fd, event);
	fail_next = false;
	errno = ENOSPC;
	return -1;
}

/*
 * Is the loop's descriptor readable within so many milliseconds?
 */
static bool
readable(SsmLoop *loop, int milliseconds)
{
	struct pollfd p = {.fd = ssm_loop_fd(loop), .events = POLLIN};

	return poll(&p, 1, milliseconds) == 1;
}

/*
 * A pipe that is watched makes it readable until it has been read from, at its
 * end as well; one that no longer is does not.
 */
static void
test_watch(SsmLoop *loop)
{
	SsmError	error;
	int			ends[2];
	char		byte;

	ok(pipe(ends) == 0 && ssm_loop_watch(loop, ends[0], &error), "a pipe is watched");
	ok(!readable(loop, 0), "an empty one has nothing to say");
	ok(write(ends[1], "x", 1) == 1 && readable(loop, 1000), "a byte makes the loop readable");
	ok(ssm_loop_pump(loop, &error) && readable(loop, 0), "and pumping does not take it");
	ok(read(ends[0], &byte, 1) == 1 && byte == 'x', "reading does");
	ok(!readable(loop, 0), "then it is quiet again");
	close(ends[1]);
	ok(readable(loop, 1000) && ssm_loop_pump(loop, &error), "its end is told");
	ssm_loop_unwatch(loop, ends[0]);
	ok(!readable(loop, 0), "unless it is watched no longer");
	close(ends[0]);
	ok(!ssm_loop_watch(loop, ends[0], &error), "a descriptor that is closed cannot be watched");
	is_int(error.kind, SSM_ERROR_RESOURCES, "kind");
}

/*
 * A loop that could not watch one of curl's sockets does not go on, even if the
 * next would be watched.
 */
static void
test_broken(void)
{
	SsmError	error = {0};
	SsmLoop    *loop = ssm_loop_create(&error);
	SsmTransfer transfer = {.easy = curl_easy_init()};
	SsmTransfer next = {.easy = curl_easy_init()};
	int			steps = 0;

	/* nobody needs to listen there: the socket comes first */
	curl_easy_setopt(transfer.easy, CURLOPT_URL, "http://127.0.0.1:9/");
	curl_easy_setopt(transfer.easy, CURLOPT_PROXY, "");
	ok(ssm_loop_add(loop, &transfer, &error) && !ssm_loop_broken(loop), "a loop that works");
	fail_next = true;
	while (fail_next && steps++ < 1000 && readable(loop, 1000) && ssm_loop_pump(loop, &error))
		;
	ok(!fail_next && ssm_loop_broken(loop), "fails with epoll_ctl");
	is_int(error.kind, SSM_ERROR_RESOURCES, "kind");
	ok(!ssm_loop_pump(loop, &error), "for good");
	ok(!ssm_loop_add(loop, &next, &error), "and takes no more");
	ssm_loop_remove(loop, &transfer);
	curl_easy_cleanup(transfer.easy);
	curl_easy_cleanup(next.easy);
	ssm_loop_free(loop);
}

/*
 * Run all tests.
 */
int
main(void)
{
	SsmError	error;
	SsmLoop    *loop = ssm_loop_create(&error);

	if (ok(loop != NULL, "a loop"))
		test_watch(loop);
	ssm_loop_free(loop);
	test_broken();
	return done_testing();
}
