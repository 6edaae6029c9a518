/*
 * test_loop.c
 *		What makes a loop's descriptor readable.
 */
#include "base/loop.h"
#include "tap.h"

#include <poll.h>
#include <unistd.h>

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
	return done_testing();
}
