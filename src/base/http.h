/*
 * http.h
 *		One HTTP exchange with a capped body.
 */
#ifndef SSM_BASE_HTTP_H
#define SSM_BASE_HTTP_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/loop.h"
#include "base/proxy.h"

/* What to do about CA certificates that cannot be had. */
#define CA_BUNDLE_HINT \
	"Name a file of CA certificates in PEM form that the server process may read: " \
	"by option ca_bundle of server %s, AWS_CA_BUNDLE or the profile."

typedef struct SsmHeader
{
	const char *name;			/* any case; must outlive the use */
	const char *value;
} SsmHeader;

typedef struct SsmHttpRequest
{
	const char *method;
	const char *url;
	const SsmHeader *headers;
	int			nheaders;
	const SsmBuf *body;			/* must outlive the exchange; NULL: a request
								 * without any, such as a GET */
	long		connect_timeout;	/* milliseconds */
	long		timeout;		/* milliseconds for the whole exchange, of the
								 * time that the loop is driven */
	size_t		max_response;	/* bytes of body */
	const char *ca_bundle;		/* file of CA certificates, or NULL */
	bool		direct;			/* by no proxy, whatever the environment says */
	SsmSecrets	secrets;		/* what it tells and an answer might repeat;
								 * these outlive the exchange */
} SsmHttpRequest;

/* Response headers that AWS clients read. */
typedef enum SsmResponseHeader
{
	SSM_HEADER_ERROR_TYPE,
	SSM_HEADER_REQUEST_ID,
	SSM_HEADER_RETRY_AFTER,
	SSM_HEADER_DATE,
	SSM_HEADER_AGE,
	SSM_HEADER_COUNT
} SsmResponseHeader;

typedef struct SsmHttp
{
	SsmTransfer transfer;		/* done and result are the exchange's */
	SsmLoop    *loop;
	struct curl_slist *headers;
	SsmSecrets	secrets;		/* not to be shown of the answer */
	SsmProxy	proxy;			/* that the environment sets for it */
	int64_t		sent;			/* when, by the machine's clock */
	int64_t		started;		/* the same by ssm_loop_now's */
	int64_t		driven;			/* by ssm_loop_driven's */
	long		connect_timeout;	/* the request's */
	long		timeout;
	long		status;			/* once done */
	SsmBuf		body;			/* the answer's, as far as it came; of an
								 * error's no more than SSM_MAX_ERROR_BODY */
	size_t		received;		/* bytes of body that came */
	size_t		header_bytes;	/* of all headers and trailers so far */
	bool		in_headers;		/* the newest status line's still come */
	char		response[SSM_HEADER_COUNT][160];	/* "" where absent */
	char		message[CURL_ERROR_SIZE];	/* curl's own words, or ""; not
											 * printable */
} SsmHttp;

extern SsmHttp *ssm_http_send(SsmLoop *loop, const SsmHttpRequest *request, SsmError *error);
extern bool ssm_http_done(SsmHttp *http);
extern bool ssm_http_correct_clock(const SsmHttp *http, SsmClock *clock, int64_t offset,
								   bool accepted);
extern bool ssm_http_rested(const SsmHttp *http);
extern bool ssm_http_connected(const SsmHttp *http);
extern bool ssm_http_verbose(const SsmHttp *http);
extern long ssm_http_proxy_status(const SsmHttp *http);
extern bool ssm_http_proxy_unusable(const SsmHttp *http);
extern void ssm_http_message(const SsmHttp *http, char *message, size_t size);
extern void ssm_http_free(SsmHttp *http);

/*
 * Has the exchange, once done, brought a whole answer of the service itself,
 * which may be an error?
 */
static inline bool
ssm_http_answered(const SsmHttp *http)
{
	return http->transfer.result == CURLE_OK && ssm_http_proxy_status(http) == 0;
}

#endif							/* SSM_BASE_HTTP_H */
