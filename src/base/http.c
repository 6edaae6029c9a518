/*
 * http.c
 *		One HTTP exchange with a capped body.
 */
#include "base/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/file.h"

static const char *const response_headers[SSM_HEADER_COUNT] = {
	[SSM_HEADER_ERROR_TYPE] = "x-amzn-ErrorType",
	[SSM_HEADER_REQUEST_ID] = "x-amzn-RequestId",
	[SSM_HEADER_RETRY_AFTER] = "x-amz-retry-after",
	[SSM_HEADER_DATE] = "Date",
	[SSM_HEADER_AGE] = "Age",
};

/* What is read from a socket at once; curl's own choice is 16 kB. */
#define READ_BYTES	65536L

/* In place of an invalid proxy: libcurl refuses it. */
#define UNUSABLE_PROXY	"unusable://proxy"

/* More than any file of CA certificates; the system's has a quarter of a MB. */
#define MAX_CA_BUNDLE	((size_t) 16 << 20)

/* Milliseconds with nobody there that may make an exchange fail. */
#define REST	1000

/* The most that an answer gets on the mere word of its headers. */
#define BELIEVED_BYTES	(1 << 20)

/*
 * CURLOPT_WRITEFUNCTION: keep a piece of the body.  A short count makes curl
 * end the transfer; the buffer remembers why.  Of an error's body only the start
 * is kept, but all of it counts.
 */
static size_t
on_body(char *data, size_t size, size_t n, void *arg)
{
	SsmHttp    *http = arg;
	SsmBuf	   *body = &http->body;
	size_t		len = size * n;
	size_t		keep = len;
	curl_off_t	length = -1;
	long		status = 0;

	http->received += len;
	if (http->received > body->max)
	{
		body->overflow = true;
		return 0;
	}
	curl_easy_getinfo(http->transfer.easy, CURLINFO_RESPONSE_CODE, &status);
	if (status < 200 || status > 299)
	{
		if (keep > SSM_MAX_ERROR_BODY - body->len)
			keep = SSM_MAX_ERROR_BODY - body->len;
	}
	else if (body->size == 0)
		curl_easy_getinfo(http->transfer.easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	if (length > 0 && length <= BELIEVED_BYTES && !ssm_buf_reserve(body, length))
		return 0;
	return ssm_buf_add(body, data, keep) ? len : 0;
}

/*
 * Note whether a header line is one of the answer's own: neither of what comes
 * before it (a proxy's reply to CONNECT, 100, 103) nor a trailer, which has no
 * status line before it.
 */
static void
note_line(SsmHttp *http, const char *data, size_t len)
{
	if (len > 5 && memcmp(data, "HTTP/", 5) == 0)
	{
		/* before there is a way to the service, it is a proxy that answers */
		http->in_headers = ssm_http_connected(http);
		memset(http->response, 0, sizeof(http->response));
	}
	else if (len == 0 || data[0] == '\r' || data[0] == '\n')
		http->in_headers = false;
}

/*
 * CURLOPT_HEADERFUNCTION: keep the headers of the table, of the answer itself; a
 * request id must be a name.  libcurl itself keeps them all, trailers too,
 * so too many end the transfer.
 */
static size_t
on_header(char *data, size_t size, size_t n, void *arg)
{
	SsmHttp    *http = arg;
	size_t		len = size * n;
	int			i;

	http->header_bytes += len;
	if (ssm_http_verbose(http))
		return 0;
	note_line(http, data, len);
	for (i = 0; http->in_headers && i < SSM_HEADER_COUNT; i++)
	{
		size_t		name = strlen(response_headers[i]);
		size_t		at = name + 1;
		size_t		end = len;

		if (len <= name || data[name] != ':' ||
			!curl_strnequal(data, response_headers[i], name))
			continue;
		while (at < len && (data[at] == ' ' || data[at] == '\t'))
			at++;
		while (end > at && strchr(" \t\r\n", data[end - 1]))
			end--;
		if (i == SSM_HEADER_REQUEST_ID)
			ssm_print_name(http->response[i], sizeof(http->response[i]), data + at, end - at, "-", &http->secrets);
		else
			ssm_print(http->response[i], sizeof(http->response[i]), data + at, end - at, &http->secrets);
	}
	return len;
}

/*
 * Would the value end its header line, or a control character in it do harm?
 */
static bool
value_breaks_line(const char *value)
{
	for (; *value; value++)
		if ((unsigned char) *value < 0x20 || *value == 0x7F)
			return true;
	return false;
}

/*
 * Wipe and free curl's list: some headers are secrets.
 */
static void
free_lines(struct curl_slist *list)
{
	struct curl_slist *line;

	for (line = list; line; line = line->next)
		ssm_wipe(line->data, strlen(line->data));
	curl_slist_free_all(list);
}

/*
 * Make curl's list of "name: value" lines.  Expect is suppressed, as a signed
 * request must go out as it was signed.
 */
static struct curl_slist *
header_lines(const SsmHttpRequest *request, SsmError *error)
{
	struct curl_slist *list = NULL;
	SsmBuf		line;
	int			i;

	ssm_buf_init(&line, 65536);
	for (i = 0; i <= request->nheaders; i++)
	{
		struct curl_slist *longer = NULL;

		ssm_buf_clear(&line);
		if (i == request->nheaders)
			ssm_buf_puts(&line, "Expect:");
		else if (!value_breaks_line(request->headers[i].value))
			ssm_buf_printf(&line, "%s: %s", request->headers[i].name, request->headers[i].value);
		if (line.len > 0)
			longer = curl_slist_append(list, line.data);
		if (longer == NULL)
			break;
		list = longer;
	}
	if (i > request->nheaders)
	{
		ssm_buf_free(&line);
		return list;
	}
	if (line.len > 0 || !ssm_buf_ok(&line))
		ssm_fail_memory(error);
	else
		ssm_fail(error, SSM_ERROR_CONFIG, "the value of header %s has control characters",
				 request->headers[i].name);
	free_lines(list);
	ssm_buf_free(&line);
	return NULL;
}

/*
 * Have the server's certificate verified by a file of CA certificates, instead of
 * the system's.  We read it: OpenSSL would open whatever is there, and wait for a FIFO's writer where no
 * signal is seen.
 */
static bool
set_ca_bundle(CURL *easy, const char *path, SsmError *error)
{
	SsmBuf		text;
	struct curl_blob blob = {.flags = CURL_BLOB_COPY};
	CURLcode	code = CURLE_OK;
	bool		absent;
	const char *problem;

	ssm_buf_init(&text, MAX_CA_BUNDLE);
	problem = ssm_file_load(path, &text, &absent);
	if (problem == NULL && strstr(ssm_buf_text(&text), "-----BEGIN ") == NULL)
		problem = "it has no certificate in PEM form";
	if (problem == NULL)
	{
		blob.data = text.data;
		blob.len = text.len;

		/* the blob replaces the system's file, but not its folder */
		curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
		code = curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	}
	ssm_buf_free(&text);
	if (problem)
		return ssm_fail_hint(error, CA_BUNDLE_HINT, SSM_ERROR_CONFIG, "could not read ca_bundle \"%.512s\": %s", path, problem);
	return code == CURLE_OK || ssm_fail_memory(error);
}

/*
 * Set up the easy handle.  http and https only, HTTP/1.1, no redirects, TLS
 * 1.2 or later with the server's certificate and name verified.  libcurl itself
 * reads HTTPS_PROXY, NO_PROXY and their like, unless the request goes direct.
 * False if the CA certificates cannot be had, where they are needed.
 */
static bool
set_options(SsmHttp *http, const SsmHttpRequest *request, SsmError *error)
{
	CURL	   *easy = http->transfer.easy;

	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, http->headers);
	if (request->body)
	{
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body->len);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, ssm_buf_text(request->body));
	}
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long) CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (request->direct)
		curl_easy_setopt(easy, CURLOPT_PROXY, "");
	else if (http->proxy.variable && !http->proxy.usable)
		curl_easy_setopt(easy, CURLOPT_PROXY, UNUSABLE_PROXY);
	/* curl's, as it divides it among the addresses; see ssm_http_rested */
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, request->connect_timeout);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
	/* a handle removed inside getaddrinfo must not join its thread */
	curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, READ_BYTES);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, http);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, http);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, http->message);
	return request->ca_bundle == NULL || !curl_strnequal(request->url, "https:", 6) ||
		set_ca_bundle(easy, request->ca_bundle, error);
}

/*
 * Start an exchange.  Everything in request but the body is copied.  NULL on
 * failure; otherwise the caller frees it with ssm_http_free, before the loop.
 */
SsmHttp *
ssm_http_send(SsmLoop *loop, const SsmHttpRequest *request, SsmError *error)
{
	SsmHttp    *http = calloc(1, sizeof(SsmHttp));

	if (http == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	http->loop = loop;
	http->secrets = request->secrets;
	if (!request->direct)
		ssm_proxy_find(request->url, &http->proxy);
	http->sent = ssm_clock_machine();
	http->started = ssm_loop_now();
	http->driven = ssm_loop_driven(loop);
	http->connect_timeout = request->connect_timeout;
	http->timeout = request->timeout;
	ssm_buf_init(&http->body, request->max_response);
	http->headers = header_lines(request, error);
	if (http->headers)
	{
		http->transfer.easy = curl_easy_init();
		if (http->transfer.easy == NULL)
			ssm_fail_memory(error);
		else if (set_options(http, request, error) && ssm_loop_add(loop, &http->transfer, error))
			return http;
	}
	ssm_http_free(http);
	return NULL;
}

/*
 * Cut off an exchange that takes too long.
 */
static void
expire(SsmHttp *http)
{
	ssm_loop_remove(http->loop, &http->transfer);
	http->transfer.done = true;
	http->transfer.result = CURLE_OPERATION_TIMEDOUT;
	snprintf(http->message, sizeof(http->message), "timed out after %ld ms with %zu bytes received",
			 http->timeout, http->body.len);
}

/*
 * Has the exchange ended?  Then result, status and body hold.  To be asked after
 * each pump, as what has come by then has come in time; the loop is woken when
 * there will be no more of it.
 */
bool
ssm_http_done(SsmHttp *http)
{
	int64_t		left = http->timeout - (ssm_loop_driven(http->loop) - http->driven);

	if (!http->transfer.done && left <= 0)
		expire(http);
	if (!http->transfer.done)
	{
		ssm_loop_alarm(http->loop, ssm_loop_now() + left);
		return false;
	}
	curl_easy_getinfo(http->transfer.easy, CURLINFO_RESPONSE_CODE, &http->status);
	return true;
}

/*
 * Correct a clock, which had that offset when the request was signed, by an
 * exchange in which the service took the signature for good, or refused the request
 * for what may have been that: other answers need not be the service's.  Returns what
 * ssm_clock_correct does.
 */
bool
ssm_http_correct_clock(const SsmHttp *http, SsmClock *clock, int64_t offset, bool accepted)
{
	SsmClockReading reading = {
		.sent = http->sent, .received = ssm_clock_machine(), .offset = offset, .accepted = accepted,
		.date = http->response[SSM_HEADER_DATE], .age = http->response[SSM_HEADER_AGE]
	};

	return ssm_clock_correct(clock, &reading);
}

/*
 * Was nobody there for a good part of an exchange, so that it may have failed for
 * that alone?  curl's own timeout for connections goes on meanwhile, the other
 * side may lose patience with a handshake, and a signature grows old.  One that had
 * all its time failed for something else.
 */
bool
ssm_http_rested(const SsmHttp *http)
{
	int64_t		driven = ssm_loop_driven(http->loop) - http->driven;
	int64_t		rest = ssm_loop_now() - http->started - driven;

	return driven < http->timeout &&
		rest >= (http->connect_timeout < 4 * REST ? http->connect_timeout / 4 : REST);
}

/*
 * Was there a connection, TLS included, to send the request over?  curl 7.88
 * leaves the time of PRETRANSFER at 0 where there was none, curl 8.22 fills it in
 * at the end all the same; 7.88 counts a proxy's CONNECT as sent.
 */
bool
ssm_http_connected(const SsmHttp *http)
{
	curl_off_t	pretransfer = 0;
	long		sent = 0;

	curl_easy_getinfo(http->transfer.easy, CURLINFO_PRETRANSFER_TIME_T, &pretransfer);
	curl_easy_getinfo(http->transfer.easy, CURLINFO_REQUEST_SIZE, &sent);
	return pretransfer > 0 && sent > 0;
}

/*
 * Did the answer have more headers than anyone needs, or than curl reads from 8.6
 * on, whose CURLE_TOO_LARGE is 100?  Then the exchange was ended.
 */
bool
ssm_http_verbose(const SsmHttp *http)
{
	return http->header_bytes > SSM_MAX_HEADERS || (int) http->transfer.result == 100;
}

/*
 * The HTTP status with which a proxy has refused the exchange, or 0.  407 says
 * "by the proxy" wherever it comes from (RFC 9110, section 15.5.8).
 */
long
ssm_http_proxy_status(const SsmHttp *http)
{
	long		status = 0;

	if (http->transfer.result == CURLE_OK)
		return http->status == 407 ? http->status : 0;
	curl_easy_getinfo(http->transfer.easy, CURLINFO_HTTP_CONNECTCODE, &status);
	return status >= 300 ? status : 0;
}

/*
 * Has the exchange failed because of an invalid proxy?  Only libcurl knows whether
 * it needs one, as it reads NO_PROXY.
 */
bool
ssm_http_proxy_unusable(const SsmHttp *http)
{
	return http->proxy.variable && !http->proxy.usable && strstr(http->message, UNUSABLE_PROXY);
}

/*
 * Why a transfer failed, in curl's words, made printable.
 */
void
ssm_http_message(const SsmHttp *http, char *message, size_t size)
{
	const char *words = http->message[0] ? http->message : curl_easy_strerror(http->transfer.result);

	ssm_print(message, size, words, strlen(words), &http->secrets);
}

/*
 * Cut the exchange off, if it is under way, and release it.  NULL is ignored.
 */
void
ssm_http_free(SsmHttp *http)
{
	if (http == NULL)
		return;
	ssm_loop_remove(http->loop, &http->transfer);
	if (http->transfer.easy)
		curl_easy_cleanup(http->transfer.easy);
	free_lines(http->headers);
	ssm_buf_free(&http->body);
	free(http);
}
