/*
 * test_abandon.c
 *		Scans that are given up, wherever they are.
 */
#include "drive.h"
#include "base/array.h"
#include "invocations.h"
#include "tap.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* Where scans by four ids of nodes with three pages each are given up. */
static const struct
{
	const char *name;
	const char *config;			/* the stand-in's, beside its rows */
	int			rows;			/* to read before */
	int			milliseconds;	/* to go on then */
	const char *stat;			/* counter that tells where the scan is */
	int			value;
}			places[] = {
	{"before anything", "", 0, -1, "requests", 0},
	{"while connecting", "", 0, 0, "errors", 0},
	{"before the answers", ", \"page_latency\": 60", 0, 100, "in_flight", 4},
	{"inside the headers", ", \"faults\": [{\"on\": \"all\", \"do\": {\"stall\": \"headers\"}}]", 0, 100, "in_flight", 4},
	{"inside the bodies", ", \"faults\": [{\"on\": \"all\", \"do\": {\"stall\": \"body\"}}]", 0, 100, "in_flight", 4},
	{"in the back-off", ", \"faults\": [{\"on\": \"all\", \"do\": {\"status\": 400, \"code\": \"Throttling\", "
	"\"headers\": {\"x-amz-retry-after\": \"60000\"}}}]", 0, 100, "errors", 4},
	{"with rows unread", "", 1, 0, "errors", 0},
	{"with a second page on its way", ", \"faults\": [{\"on\": [5, 6, 7, 8], \"do\": {\"stall\": \"body\"}}]",
	45, 100, "in_flight", 1},
	{"after a failure", ", \"faults\": [{\"on\": 3, \"do\": {\"status\": 400, \"code\": \"Bad\"}}]", 1000, -1, "errors", 1},
	{"at the end", "", 1000, -1, "requests", 12},
};

static const char *ids[4];

/*
 * Drive a scan on for some milliseconds without reading a row.
 */
static void
linger(Drive *d, int milliseconds)
{
	int64_t		end = ssm_loop_now() + milliseconds;
	int64_t		left;
	const SsmJsonValue *row;

	while ((left = end - ssm_loop_now()) >= 0)
	{
		struct pollfd p = {.events = POLLIN};

		if (d->nrows == 0 && ssm_cursor_next(d->cursor, &row, &d->error) != SSM_ROW_PENDING)
			return;
		if (d->nrows > 0 && !ssm_loop_pump(d->loop, &d->error))
			return;
		p.fd = ssm_loop_fd(d->loop);
		poll(&p, 1, (int) left);
	}
}

/*
 * Read rows with patience, but not beyond it: a scan that stands still is where
 * it is wanted.
 */
static void
approach(Drive *d, int rows, int milliseconds)
{
	if (rows > 0)
		drive_read(d, rows);
	if (milliseconds >= 0)
		linger(d, milliseconds);
}

/*
 * A cursor is released in no time, with its descriptors, and its loop serves
 * the next.
 */
static void
test_places(void)
{
	size_t		i;

	for (i = 0; i < lengthof(places); i++)
	{
		int			descriptors = drive_descriptors();
		int64_t		start;
		Drive		d;

		drive_configure("{\"rows\": 1300%s}", places[i].config);
		drive_init(&d);
		d.setup.width = 4;
		d.setup.source.prefetch = true;
		ssm_bounds_values(&d.bounds, INSTANCE_ID, ids, lengthof(ids), &d.error);
		ok(drive_open(&d), "a scan given up %s", places[i].name);
		approach(&d, places[i].rows, places[i].milliseconds);
		ok(drive_stat_becomes(places[i].stat, places[i].value), "that is where it is");
		start = ssm_loop_now();
		drive_close(&d);
		ok(ssm_loop_now() - start < 1000, "ends at once");
		ok(drive_stat_becomes("in_flight", 0), "the service is left in peace");

		drive_configure("{\"rows\": 1300}");
		d.nrows = d.repeated = 0;
		ssm_hashset_clear(&d.keys);
		ok(drive_all(&d) == SSM_ROW_END && d.nrows == 520 && d.repeated == 0, "its loop serves another scan");
		drive_free(&d);
		is_int(drive_descriptors(), descriptors, "no descriptor is left");
	}
}

/*
 * A connection that is never made: the listener's queue is full.
 */
static void
test_connecting(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t	len = sizeof(address);
	int			descriptors = drive_descriptors();
	int			listener = socket(AF_INET, SOCK_STREAM, 0);
	int			waiting[4];
	char		url[64];
	SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = url};
	Drive		d;
	size_t		i;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(bind(listener, (struct sockaddr *) &address, len) == 0 && listen(listener, 0) == 0 &&
	   getsockname(listener, (struct sockaddr *) &address, &len) == 0, "a listener without a queue");
	for (i = 0; i < lengthof(waiting); i++)
	{
		waiting[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		connect(waiting[i], (struct sockaddr *) &address, len);
	}
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));

	drive_init(&d);
	d.setup.width = 4;
	ssm_endpoint_resolve(&rule, &d.service.endpoint, &d.error);
	ssm_bounds_values(&d.bounds, INSTANCE_ID, ids, lengthof(ids), &d.error);
	ok(drive_open(&d), "a scan of it");
	linger(&d, 100);
	is_int(d.attempts, 0, "waits for its connections");
	is_int(d.counters.requests, 4, "four of them");
	drive_close(&d);

	d.service.connect_timeout = 300;
	d.service.max_attempts = 2;
	ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_CONNECT, "with less patience it fails");
	is_int(d.error.attempts, 2, "in two attempts");
	drive_free(&d);
	for (i = 0; i < lengthof(waiting); i++)
		close(waiting[i]);
	close(listener);
	is_int(drive_descriptors(), descriptors, "no descriptor is left");
}

/*
 * A name is being looked up, by a thread that must not be waited for.  The
 * thread has descriptors of its own for as long as it lives.
 */
static void
test_resolving(void)
{
	SsmEndpointRule rule = {
		.service = "ssm", .region = "us-east-1", .endpoint_url = "http://no-such-host.invalid"
	};
	int			descriptors = drive_descriptors();
	int64_t		start;
	int			tries = 0;
	Drive		d;

	drive_init(&d);
	ssm_endpoint_resolve(&rule, &d.service.endpoint, &d.error);
	ok(drive_open(&d), "a host without an address");
	linger(&d, 0);
	start = ssm_loop_now();
	drive_free(&d);
	ok(ssm_loop_now() - start < 1000, "the scan ends at once");
	while (drive_descriptors() != descriptors && tries++ < 3000)
		usleep(10000);
	is_int(drive_descriptors(), descriptors, "no descriptor is left");
}

static volatile sig_atomic_t signals = 0;

/*
 * Count a signal.
 */
static void
on_signal(int number)
{
	(void) number;
	signals++;
}

/*
 * The signal mask is as it was after each call, and signals are delivered.
 */
static void
test_signals(void)
{
	sigset_t	before;
	sigset_t	after;
	Drive		d;

	sigemptyset(&before);
	sigaddset(&before, SIGUSR2);
	sigprocmask(SIG_SETMASK, &before, NULL);
	signal(SIGUSR1, on_signal);
	drive_configure("{\"rows\": 130}");
	drive_init(&d);
	ok(drive_open(&d) && drive_read(&d, 60) == SSM_ROW, "a scan");
	drive_free(&d);
	raise(SIGUSR1);
	is_int(signals, 1, "a signal comes through");
	sigprocmask(SIG_SETMASK, NULL, &after);
	ok(sigismember(&after, SIGUSR2) == 1 && sigismember(&after, SIGUSR1) == 0 &&
	   sigismember(&after, SIGINT) == 0, "the mask is as it was");
}

/*
 * Run all tests.
 */
int
main(void)
{
	Drive		all;
	size_t		i;

	if (!drive_server_start())
		return 1;
	drive_configure("{\"rows\": 1300}");
	drive_init(&all);
	ok(drive_open(&all) && drive_read(&all, lengthof(ids)) == SSM_ROW, "some rows");
	for (i = 0; i < lengthof(ids); i++)
		ids[i] = all.rows[i].instance_id;
	test_places();
	test_connecting();
	test_resolving();
	test_signals();
	drive_free(&all);
	drive_server_stop();
	return done_testing();
}
