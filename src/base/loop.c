/*
 * loop.c
 *		One CURLM behind one readable descriptor: epoll and a timer.
 *
 * The shape is that of PostgreSQL's libpq-oauth: curl tells which sockets and
 * which timeout it waits for, and these become one epoll set that a caller can
 * wait on together with a latch.  curl's callbacks here only note an error and
 * return; nothing is raised through libcurl.
 */
#include "base/loop.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "base/signals.h"
#include "base/stopwatch.h"

#define NEVER	INT64_MAX
#define EVENTS	32
#define CONNECTIONS	64L			/* kept open, at most */

/* Marks events of descriptors that curl knows nothing of. */
#define OURS	(UINT64_C(1) << 32)

struct SsmLoop
{
	CURLM	   *multi;
	int			epoll;
	int			timer;
	int64_t		curl_at;		/* when curl wants to be called, or NEVER */
	int64_t		alarm_at;		/* when the owner does, or NEVER */
	int64_t		armed_at;		/* what the timer is set to, or NEVER */
	int			transfers;		/* that the CURLM has */
	SsmStopwatch driven;		/* for how long the loop has been driven */
	char		failure[128];	/* why it cannot go on, or "" */
};

/*
 * Milliseconds of a clock that never goes back.
 */
int64_t
ssm_loop_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/*
 * Milliseconds for which the loop has been waited for or at work since it was
 * made: the time that deadlines are judged by, after a pump.
 */
int64_t
ssm_loop_driven(const SsmLoop *loop)
{
	return loop->driven.elapsed;
}

/*
 * Note why the loop cannot go on: the first reason counts.
 */
static void
break_loop(SsmLoop *loop, const char *why)
{
	if (!ssm_loop_broken(loop))
		ssm_copy_text(loop->failure, sizeof(loop->failure), why, strlen(why));
}

/*
 * Has the loop failed?  Then it has lost a socket or a timeout, and is for
 * nothing but ssm_loop_free.
 */
bool
ssm_loop_broken(const SsmLoop *loop)
{
	return loop->failure[0] != '\0';
}

/*
 * See that the timer goes off at the earlier of the two times.  curl moves its
 * time with every request, mostly later, and telling the kernel is dear: a
 * timer that is set too early is left alone, and wakes us once for nothing.
 */
static void
set_timer(SsmLoop *loop)
{
	struct itimerspec spec;
	int64_t		at = loop->curl_at < loop->alarm_at ? loop->curl_at : loop->alarm_at;

	if (loop->armed_at <= at && (loop->armed_at == NEVER || loop->armed_at > ssm_loop_now()))
		return;
	memset(&spec, 0, sizeof(spec));
	if (at != NEVER)
	{
		/* zero would turn it off: a time already passed is 1 ns after boot */
		spec.it_value.tv_sec = at > 0 ? at / 1000 : 0;
		spec.it_value.tv_nsec = at > 0 ? at % 1000 * 1000000 + 1 : 1;
	}
	if (timerfd_settime(loop->timer, TFD_TIMER_ABSTIME, &spec, NULL) < 0)
		break_loop(loop, strerror(errno));
	loop->armed_at = at;
}

/*
 * CURLMOPT_TIMERFUNCTION: curl wants to be called in timeout milliseconds, or
 * never (-1).
 */
static int
on_timer(CURLM *multi, long timeout, void *arg)
{
	SsmLoop    *loop = arg;

	(void) multi;
	loop->curl_at = timeout < 0 ? NEVER : ssm_loop_now() + timeout;
	return 0;
}

/*
 * CURLMOPT_SOCKETFUNCTION: curl wants to hear of events on a socket.  What is
 * assigned to the socket only says that epoll has it.
 */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	SsmLoop    *loop = arg;
	struct epoll_event event = {0};
	int			op = known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD;

	(void) easy;
	if (what == CURL_POLL_REMOVE)
	{
		/* the socket may be closed already, which removes it as well */
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		curl_multi_assign(loop->multi, fd, NULL);
		return 0;
	}
	event.data.u64 = (uint32_t) fd;
	event.events = (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
	if (epoll_ctl(loop->epoll, op, fd, &event) < 0)
	{
		break_loop(loop, strerror(errno));
		return -1;
	}
	curl_multi_assign(loop->multi, fd, loop);
	return 0;
}

/*
 * Make the descriptors and tie them to the CURLM.  False, with errno set, if
 * there are no more.
 */
static bool
open_loop(SsmLoop *loop)
{
	struct epoll_event event = {.events = EPOLLIN};

	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0)
		return false;
	loop->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (loop->timer < 0)
		return false;
	event.data.u64 = (uint32_t) loop->timer | OURS;
	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, loop->timer, &event) < 0)
		return false;
	errno = EMFILE;				/* what else would curl lack */
	loop->multi = curl_multi_init();
	if (loop->multi == NULL)
		return false;
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
	/* else it keeps four for each of the last transfers, which end one by one */
	curl_multi_setopt(loop->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS);
	return true;
}

/*
 * Make a loop.  NULL and SSM_ERROR_RESOURCES if the process has no descriptor
 * left, SSM_ERROR_MEMORY if malloc fails.
 */
SsmLoop *
ssm_loop_create(SsmError *error)
{
	static bool ready = false;
	SsmLoop    *loop;

	if (!ready && curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
	{
		ssm_fail(error, SSM_ERROR_RESOURCES, "could not initialize libcurl");
		return NULL;
	}
	ready = true;
	loop = calloc(1, sizeof(SsmLoop));
	if (loop == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	loop->epoll = loop->timer = -1;
	loop->curl_at = loop->alarm_at = loop->armed_at = NEVER;
	if (open_loop(loop))
		return loop;
	ssm_fail(error, SSM_ERROR_RESOURCES, "could not create an event loop: %s", strerror(errno));
	ssm_loop_free(loop);
	return NULL;
}

/*
 * Close connections and descriptors.  All transfers must have been removed.
 */
void
ssm_loop_free(SsmLoop *loop)
{
	sigset_t	old;

	if (loop == NULL)
		return;
	ssm_stopwatch_forget(&loop->driven);
	ssm_signals_block(&old);
	if (loop->multi)
		curl_multi_cleanup(loop->multi);
	ssm_signals_unblock(&old);
	if (loop->timer >= 0)
		close(loop->timer);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop);
}

/*
 * The descriptor to wait on for reading; to be asked for before each wait, as
 * that sets the timer.  It stays the loop's.
 */
int
ssm_loop_fd(SsmLoop *loop)
{
	ssm_stopwatch_wait(&loop->driven, ssm_loop_now());
	set_timer(loop);
	return loop->epoll;
}

/*
 * Can the loop go on?  If not, *error tells why.
 */
static bool
check(const SsmLoop *loop, SsmError *error)
{
	return !ssm_loop_broken(loop) ||
		ssm_fail(error, SSM_ERROR_RESOURCES, "the event loop failed: %s", loop->failure);
}

/*
 * Have curl act on a socket, or on the time that it is.
 */
static void
have_curl_act(SsmLoop *loop, curl_socket_t socket, int mask)
{
	int			running;
	CURLMcode	code = curl_multi_socket_action(loop->multi, socket, mask, &running);

	if (code != CURLM_OK)
		break_loop(loop, curl_multi_strerror(code));
}

/*
 * Let curl act on one event.
 */
static void
act(SsmLoop *loop, const struct epoll_event *event)
{
	int			mask = 0;

	if (event->data.u64 & OURS)
		return;
	if (event->events & (EPOLLIN | EPOLLHUP))
		mask |= CURL_CSELECT_IN;
	if (event->events & EPOLLOUT)
		mask |= CURL_CSELECT_OUT;
	if (event->events & EPOLLERR)
		mask |= CURL_CSELECT_ERR;
	have_curl_act(loop, (curl_socket_t) event->data.u64, mask);
}

/*
 * Tell curl, and the owner by clearing the alarm, what time it is.
 */
static void
act_on_time(SsmLoop *loop)
{
	int64_t		now = ssm_loop_now();

	if (loop->alarm_at <= now)
		loop->alarm_at = NEVER;
	if (loop->curl_at <= now)
	{
		loop->curl_at = NEVER;
		have_curl_act(loop, CURL_SOCKET_TIMEOUT, 0);
	}
}

/*
 * Mark the transfers that curl has finished with.
 */
static void
collect(SsmLoop *loop)
{
	CURLMsg    *msg;
	int			left;

	while ((msg = curl_multi_info_read(loop->multi, &left)) != NULL)
	{
		SsmTransfer *transfer;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, (char **) &transfer);
		transfer->done = true;
		transfer->result = msg->data.result;
	}
}

/*
 * Do all that can be done without waiting.  Transfers that finish are marked
 * done.  False only if the loop itself cannot go on.
 */
bool
ssm_loop_pump(SsmLoop *loop, SsmError *error)
{
	struct epoll_event events[EVENTS];
	int64_t		woken = ssm_loop_now();
	sigset_t	old;
	int			n;
	int			i;

	ssm_stopwatch_wake(&loop->driven, woken);
	ssm_signals_block(&old);
	n = epoll_wait(loop->epoll, events, EVENTS, 0);
	if (n < 0 && errno != EINTR)
		break_loop(loop, strerror(errno));
	for (i = 0; i < n; i++)
		act(loop, &events[i]);
	act_on_time(loop);
	collect(loop);
	ssm_signals_unblock(&old);
	loop->driven.elapsed += ssm_loop_now() - woken;
	return check(loop, error);
}

/*
 * Make the descriptor readable at that time of ssm_loop_now's clock, if
 * nothing else does before.  Of several alarms the earliest stands; it is gone
 * once it went off.
 */
void
ssm_loop_alarm(SsmLoop *loop, int64_t at)
{
	if (at < loop->alarm_at)
		loop->alarm_at = at;
}

/*
 * Have the loop's descriptor readable while this one is, or has been closed at
 * its other end.  It stays the caller's, who reads from it and calls
 * ssm_loop_unwatch before closing it.
 */
bool
ssm_loop_watch(SsmLoop *loop, int fd, SsmError *error)
{
	struct epoll_event event = {.events = EPOLLIN,.data.u64 = (uint32_t) fd | OURS};

	if (epoll_ctl(loop->epoll, EPOLL_CTL_ADD, fd, &event) < 0)
		return ssm_fail(error, SSM_ERROR_RESOURCES, "could not watch a descriptor: %s",
						strerror(errno));
	return true;
}

/*
 * Undo ssm_loop_watch.
 */
void
ssm_loop_unwatch(SsmLoop *loop, int fd)
{
	epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
}

/*
 * Start a transfer whose easy handle is set up.
 */
bool
ssm_loop_add(SsmLoop *loop, SsmTransfer *transfer, SsmError *error)
{
	CURLMcode	code;
	sigset_t	old;

	curl_easy_setopt(transfer->easy, CURLOPT_PRIVATE, transfer);
	transfer->done = false;
	if (!check(loop, error))
		return false;
	ssm_signals_block(&old);
	code = curl_multi_add_handle(loop->multi, transfer->easy);
	ssm_signals_unblock(&old);
	if (code != CURLM_OK)
		break_loop(loop, curl_multi_strerror(code));
	transfer->added = code == CURLM_OK;
	loop->transfers += transfer->added;
	return check(loop, error);
}

/*
 * Take a transfer out; one that is under way is cut off.
 */
void
ssm_loop_remove(SsmLoop *loop, SsmTransfer *transfer)
{
	sigset_t	old;

	if (!transfer->added)
		return;
	ssm_signals_block(&old);
	curl_multi_remove_handle(loop->multi, transfer->easy);
	ssm_signals_unblock(&old);
	transfer->added = false;
	loop->transfers--;
}

/*
 * Has the loop no transfer, whether under way or done and not yet removed?
 */
bool
ssm_loop_idle(const SsmLoop *loop)
{
	return loop->transfers == 0;
}
