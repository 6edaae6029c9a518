/*
 * fuzz_http.c
 *		Whole HTTP answers, as they come from the wire through libcurl.
 *
 * The first byte tells where the answer is cut into two pieces, the rest is what
 * the service sends before it closes the connection.  Whatever the bytes: the
 * exchange ends, keeps no more than it may, and what it keeps of headers and says
 * of failures is one line of text without secrets.
 */
#include <arpa/inet.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "aws/failure.h"
#include "base/utf8.h"
#include "fuzz.h"

#define MAX_RESPONSE	32768
#define PATIENCE	5000		/* milliseconds, for what takes none */

/* libcurl passes on a line of 100 kB before the sum is looked at. */
#define MAX_LINE	(100 * 1024 + 1)

static const char secret[] = "wJalrXUtnFEMI/K7MDENG";

/*
 * Listen on a free port of the loopback, and write its URL.
 */
static int
listen_anywhere(char *url, size_t size)
{
	struct sockaddr_in address = {.sin_family = AF_INET,.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t	len = sizeof(address);
	int			fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	MUST(fd >= 0 && bind(fd, (struct sockaddr *) &address, len) == 0 && listen(fd, 8) == 0);
	MUST(getsockname(fd, (struct sockaddr *) &address, &len) == 0);
	snprintf(url, size, "http://127.0.0.1:%d/", ntohs(address.sin_port));
	return fd;
}

/*
 * Is it one line of text, without the secret?
 */
static bool
is_clean(const char *text)
{
	return strpbrk(text, "\n\r\t\033\177") == NULL && ssm_utf8_count(text) >= 0 &&
		strstr(text, secret) == NULL;
}

/*
 * Let the exchange go on while there is something to do at once, or until it is
 * done.
 */
static void
pump(SsmLoop *loop, SsmHttp *http, bool to_the_end)
{
	struct pollfd ready = {.events = POLLIN};
	SsmError	error;

	for (;;)
	{
		MUST(ssm_loop_pump(loop, &error));
		if (ssm_http_done(http))
			return;
		ready.fd = ssm_loop_fd(loop);
		if (poll(&ready, 1, to_the_end ? PATIENCE : 0) == 0)
		{
			MUST(!to_the_end);
			return;
		}
	}
}

/*
 * Take the connection of an exchange, and send these bytes in two pieces.  One that
 * has had enough of them closes it, which is no fault.
 */
static void
serve(int listener, SsmLoop *loop, SsmHttp *http, size_t cut, const uint8_t *data, size_t size)
{
	struct pollfd ready = {.fd = listener, .events = POLLIN};
	char		request[4096];
	int			fd;

	pump(loop, http, false);
	MUST(poll(&ready, 1, PATIENCE) == 1);
	fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	MUST(fd >= 0);
	pump(loop, http, false);
	(void) !recv(fd, request, sizeof(request), 0);
	(void) !send(fd, data, cut, MSG_NOSIGNAL | MSG_DONTWAIT);
	pump(loop, http, false);
	(void) !send(fd, data + cut, size - cut, MSG_NOSIGNAL | MSG_DONTWAIT);
	shutdown(fd, SHUT_WR);
	pump(loop, http, true);
	close(fd);
}

/*
 * Judge what an exchange has kept, and what it says of a failure.
 */
static void
judge(SsmHttp *http)
{
	const SsmPeer peer = {.name = "\"ssm.us-east-1.amazonaws.com\"", .operation = "ListCommandInvocations"};
	char		message[CURL_ERROR_SIZE];
	SsmError	error;
	int			i;

	/* of any status: curl takes "HTTP/21100" for HTTP/2 with 1100 */
	MUST(http->body.len <= MAX_RESPONSE);
	MUST(http->header_bytes <= SSM_MAX_HEADERS + MAX_LINE);
	for (i = 0; i < SSM_HEADER_COUNT; i++)
		MUST(strlen(http->response[i]) < sizeof(http->response[i]) && is_clean(http->response[i]));
	ssm_http_message(http, message, sizeof(message));
	MUST(is_clean(message));
	if (http->transfer.result == CURLE_OK && http->status == 200)
		return;
	memset(&error, 0, sizeof(error));
	ssm_failure_classify(http, &peer, &error);
	MUST(is_clean(error.code) && is_clean(error.message));
}

/*
 * Send a request, and give it the bytes as its answer.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char url[64];
	static int	listener = -1;
	SsmHttpRequest request = {
		.method = "GET", .url = url, .connect_timeout = PATIENCE, .timeout = PATIENCE,
		.max_response = MAX_RESPONSE, .direct = true
	};
	SsmError	error;
	SsmLoop    *loop;
	SsmHttp    *http;

	if (size == 0)
		return 0;
	if (listener < 0)
		listener = listen_anywhere(url, sizeof(url));
	request.secrets.values[0] = secret;
	loop = ssm_loop_create(&error);
	MUST(loop != NULL);
	http = ssm_http_send(loop, &request, &error);
	MUST(http != NULL);
	serve(listener, loop, http, (size - 1) * data[0] / 256, data + 1, size - 1);
	judge(http);
	ssm_http_free(http);
	ssm_loop_free(loop);
	return 0;
}
