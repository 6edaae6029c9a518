/*
 * test_rest.c
 *		A reader that rests: what that must not be taken for.
 */
#include "drive.h"
#include "tap.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT		500			/* milliseconds */
#define REST		1200

/*
 * Rest for longer than any deadline.
 */
static void
rest(void)
{
	usleep(REST * 1000);
}

/*
 * A scan with short deadlines, whose service needs so many seconds for a page.
 */
static void
open_scan(Drive *d, const char *latency)
{
	drive_configure("{\"rows\": 130, \"page_latency\": %s}", latency);
	drive_init(d);
	d->service.request_timeout = TIMEOUT;
	d->service.max_attempts = 1;
	d->setup.source.prefetch = true;
	ok(drive_open(d), "a scan");
}

/*
 * An answer that has come by the time that its reader is back has come in time.
 */
static void
test_answered(void)
{
	Drive		d;

	open_scan(&d, "0.1");
	while (d.nrows < 30)
		if (drive_next(&d) != SSM_ROW)
			break;
	rest();
	is_int(drive_read(&d, 1000), SSM_ROW_END, "after a rest, the rows to the end");
	is_int(d.nrows, 130, "all of them");
	is_int(drive_stat("requests"), 3, "and no request is repeated");
	drive_free(&d);
}

/*
 * The service still has its time once the reader is back, and no more than that.
 */
static void
test_unanswered(void)
{
	const SsmJsonValue *row;
	Drive		d;
	int64_t		before;
	int64_t		took;

	open_scan(&d, "20");
	is_int(ssm_cursor_next(d.cursor, &row, &d.error), SSM_ROW_PENDING, "a request under way");
	rest();
	before = ssm_loop_now();
	is_int(drive_next(&d), SSM_ROW_FAILED, "a service that does not answer");
	took = ssm_loop_now() - before;
	ok(took >= TIMEOUT / 2, "has its time after a rest");
	is_int(d.error.kind, SSM_ERROR_CONNECTION, "kind");
	ok(strstr(d.error.message, "timed out after 500 ms") != NULL, "message");
	is_int(d.error.attempts, 1, "attempts");
	drive_free(&d);
}

/*
 * How many connections wait at a socket.
 */
static int
connections(int listener)
{
	struct pollfd p = {.fd = listener, .events = POLLIN};
	int			n = 0;

	while (poll(&p, 1, 0) == 1)
	{
		close(accept(listener, NULL, NULL));
		n++;
	}
	return n;
}

/*
 * A handshake that had nobody to go on with it is begun again, once for a rest.
 */
static void
test_connecting(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET,.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	size = sizeof(address);
	int			listener = socket(AF_INET, SOCK_STREAM, 0);
	char		url[64];
	Drive		d;
	SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = url};
	const SsmJsonValue *row;
	int			steps;

	ok(bind(listener, (struct sockaddr *) &address, size) == 0 && listen(listener, 20) == 0 &&
	   getsockname(listener, (struct sockaddr *) &address, &size) == 0, "a port that says nothing");
	snprintf(url, sizeof(url), "https://127.0.0.1:%d", ntohs(address.sin_port));
	drive_init(&d);
	ssm_endpoint_resolve(&rule, &d.service.endpoint, &d.error);
	d.service.connect_timeout = 2 * TIMEOUT;
	d.service.max_attempts = 1;
	ok(drive_open(&d), "a scan");
	/* until it waits for the other side's part of the handshake */
	for (steps = 0; steps < 5; steps++)
	{
		struct pollfd p = {.events = POLLIN};

		p.fd = ssm_loop_fd(d.loop);
		poll(&p, 1, 10);
		ssm_cursor_next(d.cursor, &row, &d.error);
	}
	rest();
	is_int(ssm_cursor_next(d.cursor, &row, &d.error), SSM_ROW_PENDING, "after a rest it goes on");
	is_int(drive_next(&d), SSM_ROW_FAILED, "up to its own timeout");
	is_int(d.error.kind, SSM_ERROR_CONNECT, "kind");
	is_int(d.error.attempts, 1, "attempts");
	is_int(connections(listener), 2, "connections");
	close(listener);
	drive_free(&d);
}

/*
 * Run all tests.
 */
int
main(void)
{
	if (!drive_server_start())
		return 1;
	test_answered();
	test_unanswered();
	test_connecting();
	drive_server_stop();
	return done_testing();
}
