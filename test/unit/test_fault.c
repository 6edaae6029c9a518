/*
 * test_fault.c
 *		Scans of a service that fails.
 */
#include "drive.h"
#include "base/array.h"
#include "tap.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <netinet/in.h>
#include <unistd.h>

#define HTML	"\"raw\": \"<html><body>busy</body></html>\""

/*
 * What the service does to requests of a scan for 130 rows, numbered from 1,
 * repeats included; three are needed.
 */
typedef struct FaultCase
{
	const char *name;
	const char *faults;			/* JSON rules of the stand-in */
	int			max_attempts;
	SsmErrorKind kind;			/* SSM_ERROR_NONE: all rows come */
	int			requests;		/* made in all */
	int			attempts;		/* that the error tells */
	const char *code;			/* of the error */
	const char *message;		/* part of the error's */
	int			rows;			/* given before the error */
	int			unseen;			/* repeats by libcurl itself: it makes one
								 * when a kept-alive connection turns out dead */
} FaultCase;

static const FaultCase cases[] = {
	/* what passes */
	{"500 once", "{\"on\": 2, \"do\": {\"status\": 500}}", 2, SSM_ERROR_NONE, 4},
	{"502, 503, 504 in a row", "{\"on\": 2, \"do\": {\"status\": 502}}, {\"on\": 3, \"do\": {\"status\": 503}}, "
	"{\"on\": 4, \"do\": {\"status\": 504, " HTML "}}", 4, SSM_ERROR_NONE, 6},
	{"every other request fails", "{\"on\": {\"every\": 2}, \"do\": {\"status\": 500}}", 2, SSM_ERROR_NONE, 5},
	{"throttled once", "{\"on\": 1, \"do\": {\"status\": 400, \"code\": \"ThrottlingException\"}}", 2, SSM_ERROR_NONE, 4},
	{"429 once", "{\"on\": 3, \"do\": {\"status\": 429}}", 2, SSM_ERROR_NONE, 4},
	{"code in a header", "{\"on\": 3, \"do\": {\"status\": 400, \"code\": \"ThrottlingException\", \"type_header\": true}}",
	2, SSM_ERROR_NONE, 4},
	{"code with a namespace", "{\"on\": 3, \"do\": {\"status\": 400, \"code\": \"com.amazon#SlowDown:http://x#y\"}}",
	2, SSM_ERROR_NONE, 4},
	{"reset before the answer", "{\"on\": 2, \"do\": {\"reset\": \"before\"}}", 3, SSM_ERROR_NONE, 4, .unseen = 1},
	{"reset inside the headers", "{\"on\": 2, \"do\": {\"reset\": \"headers\"}}", 3, SSM_ERROR_NONE, 4},
	{"reset inside the body", "{\"on\": 2, \"do\": {\"reset\": \"body\"}}", 3, SSM_ERROR_NONE, 4},
	{"reset of the first connection", "{\"on\": 1, \"do\": {\"reset\": \"before\"}}", 3, SSM_ERROR_NONE, 4},
	{"reset after the body", "{\"on\": 2, \"do\": {\"reset\": \"after\"}}", 3, SSM_ERROR_NONE, 3},
	{"closed before the answer", "{\"on\": 2, \"do\": {\"close\": \"before\"}}", 3, SSM_ERROR_NONE, 4, .unseen = 1},
	{"closed inside the body", "{\"on\": 2, \"do\": {\"close\": \"body\"}}", 3, SSM_ERROR_NONE, 4},
	{"closed inside chunks", "{\"on\": 2, \"do\": {\"chunked\": true, \"close\": \"body\"}}", 3, SSM_ERROR_NONE, 4},
	{"closed after the body", "{\"on\": 2, \"do\": {\"close\": \"after\"}}", 3, SSM_ERROR_NONE, 3},
	{"JSON cut short", "{\"on\": 2, \"do\": {\"truncate\": -1}}", 2, SSM_ERROR_NONE, 4},
	{"body shorter than announced", "{\"on\": 2, \"do\": {\"content_length\": \"long\"}}", 2, SSM_ERROR_NONE, 4},
	{"200 without a body", "{\"on\": 3, \"do\": {\"raw\": \"\"}}", 2, SSM_ERROR_NONE, 4},
	{"200 with HTML", "{\"on\": 1, \"do\": {" HTML "}}", 2, SSM_ERROR_NONE, 4},
	{"a stall shorter than the timeout", "{\"on\": 2, \"do\": {\"stall\": {\"body\": 0.2}}}", 1, SSM_ERROR_NONE, 3},

	/* what does not, and what fails too often */
	{"500 too often", "{\"on\": [2, 3], \"do\": {\"status\": 500}}", 2, SSM_ERROR_API, 3, 2, "HTTP 500",
	"ListCommandInvocations failed: HTTP 500", 50},
	{"500 with code and message", "{\"on\": \"all\", \"do\": {\"status\": 500, \"code\": \"InternalServerError\", "
	"\"message\": \"Oh\\nno\"}}", 2, SSM_ERROR_API, 2, 2, "InternalServerError", "failed: InternalServerError: Oh no", 0},
	{"throttled too often", "{\"on\": [3, 4], \"do\": {\"status\": 400, \"code\": \"ThrottlingException\", "
	"\"message\": \"Rate exceeded\"}}", 2, SSM_ERROR_THROTTLED, 4, 2, "ThrottlingException", "Rate exceeded", 100},
	{"one attempt only", "{\"on\": 1, \"do\": {\"status\": 503}}", 1, SSM_ERROR_API, 1, 1, "HTTP 503", "503", 0},
	{"400 with a transient code", "{\"on\": 1, \"do\": {\"status\": 400, \"code\": \"InternalServerError\"}}", 4,
	SSM_ERROR_API, 1, 1, "InternalServerError", "InternalServerError", 0},
	{"501", "{\"on\": 2, \"do\": {\"status\": 501}}", 4, SSM_ERROR_API, 2, 1, "HTTP 501", "HTTP 501", 50},
	{"a redirect", "{\"on\": 1, \"do\": {\"status\": 302, \"headers\": {\"Location\": \"/elsewhere\"}}}", 4,
	SSM_ERROR_API, 1, 1, "HTTP 302", "HTTP 302", 0},
	{"400 with HTML", "{\"on\": 1, \"do\": {\"status\": 400, " HTML "}}", 4, SSM_ERROR_API, 1, 1, "HTTP 400",
	"HTTP 400: <html><body>busy</body></html>", 0},
	{"403", "{\"on\": 1, \"do\": {\"status\": 403}}", 4, SSM_ERROR_DENIED, 1, 1, "HTTP 403", "HTTP 403", 0},
	{"denied in the middle", "{\"on\": 3, \"do\": {\"status\": 400, \"code\": \"AccessDeniedException\", "
	"\"message\": \"User: x is not\"}}", 4, SSM_ERROR_DENIED, 3, 1, "AccessDeniedException", "User: x is not", 100},
	{"expired in the middle", "{\"on\": 2, \"do\": {\"status\": 400, \"code\": \"ExpiredTokenException\"}}", 4,
	SSM_ERROR_CREDENTIALS, 2, 1, "ExpiredTokenException", "ExpiredTokenException", 50},
	{"200 with HTML too often", "{\"on\": \"all\", \"do\": {" HTML "}}", 2, SSM_ERROR_PROTOCOL, 2, 2, "",
	"not the JSON", 0},
	{"200 without a body too often", "{\"on\": \"all\", \"do\": {\"raw\": \"\"}}", 2, SSM_ERROR_PROTOCOL, 2, 2, "",
	"not the JSON", 0},
	{"200 with an array", "{\"on\": \"all\", \"do\": {\"raw\": \"[]\"}}", 2, SSM_ERROR_PROTOCOL, 2, 2, "", "not the JSON", 0},
	{"rows that are none", "{\"on\": [2, 3], \"do\": {\"merge\": {\"CommandInvocations\": [{}, 1]}}}", 2,
	SSM_ERROR_PROTOCOL, 3, 2, "", "not the JSON", 50},
	{"a number as token", "{\"on\": \"all\", \"do\": {\"merge\": {\"NextToken\": 7}}}", 2, SSM_ERROR_PROTOCOL, 2, 2, "",
	"token is not text", 0},
	{"a token too large", "{\"on\": \"all\", \"do\": {\"token_bytes\": 70000}}", 2, SSM_ERROR_PROTOCOL, 2, 2, "",
	"70000 bytes", 0},
	{"a token repeated at once", "{\"on\": 2, \"do\": {\"repeat_token\": true}}", 4, SSM_ERROR_PROTOCOL, 2, 0, "",
	"twice", 50},
	{"the first token again", "{\"on\": 3, \"do\": {\"repeat_token\": \"first\"}}", 4, SSM_ERROR_PROTOCOL, 3, 0, "",
	"twice", 100},
	{"a body too large", "{\"on\": 2, \"do\": {\"pad\": 1000000}}", 4, SSM_ERROR_LIMIT, 2, 1, "", "max_response_size (500000 bytes)", 50},
	{"chunks too many", "{\"on\": 2, \"do\": {\"pad\": 1000000, \"chunked\": true}}", 4, SSM_ERROR_LIMIT, 2, 1, "",
	"max_response_size", 50},
	{"an error too large", "{\"on\": 2, \"do\": {\"status\": 500, \"pad\": 1000000}}", 4, SSM_ERROR_LIMIT, 2, 1, "",
	"max_response_size", 50},
	{"resets too often", "{\"on\": \"all\", \"do\": {\"reset\": \"body\"}}", 2, SSM_ERROR_CONNECTION, 2, 2, "",
	"connection to \"127.0.0.1:", 0},
	{"no end of headers", "{\"on\": \"all\", \"do\": {\"stall\": \"headers\"}}", 2, SSM_ERROR_CONNECTION, 2, 2, "",
	"connection to \"127.0.0.1:", 0},
	{"no end of a body", "{\"on\": [2, 3], \"do\": {\"stall\": \"body\"}}", 2, SSM_ERROR_CONNECTION, 3, 2, "",
	"connection to \"127.0.0.1:", 50},
};

/*
 * One case of the table.
 */
static void
test_case(const FaultCase *c)
{
	Drive		d;
	SsmRowState state;
	char		id[40];

	drive_configure("{\"rows\": 130, \"faults\": [%s]}", c->faults);
	drive_init(&d);
	d.service.max_attempts = c->max_attempts;
	d.service.request_timeout = 1000;
	d.service.max_response = 500000;
	state = drive_all(&d);
	if (c->kind == SSM_ERROR_NONE)
	{
		ok(state == SSM_ROW_END && d.nrows == 130 && d.repeated == 0, "%s: all rows, each once", c->name);
		if (state == SSM_ROW_FAILED)
			tap_note("error", d.error.message);
		is_int(d.counters.pages, 3, "three pages");
	}
	else
	{
		snprintf(id, sizeof(id), "00000000-0000-4000-8000-%012d", c->requests);
		if (!ok(state == SSM_ROW_FAILED && d.error.kind == c->kind, "%s: fails", c->name))
			printf("# state %d, kind %d: %s\n", state, d.error.kind, d.error.message);
		is_int(d.nrows, c->rows, "the rows before that");
		is_str(d.error.code, c->code, "code");
		if (!ok(strstr(d.error.message, c->message) != NULL, "message"))
			tap_note("message", d.error.message);
		is_int(d.error.attempts, c->attempts, "attempts");
		ok(d.error.request_id[0] == '\0' || strcmp(d.error.request_id, id) == 0, "request id");
		ok(d.error.request_id[0] || d.error.kind == SSM_ERROR_CONNECTION || c->attempts == 0, "there is one if it came");
	}
	is_int(drive_stat("requests"), c->requests, "requests made");
	is_int(d.counters.requests, c->requests - c->unseen, "and counted");
	is_int(d.counters.requests - d.counters.retries, d.counters.pages + (d.error.attempts && state == SSM_ROW_FAILED),
		   "repeats counted");
	is_int(d.attempts, c->requests - c->unseen, "attempts in the log");
	is_int(drive_stat("invalid"), 0, "each repeat is signed anew, and valid");
	drive_free(&d);
}

/*
 * The pauses are counted and kept, and the service may lengthen them.
 */
static void
test_pause(void)
{
	Drive		d;
	int64_t		start = ssm_loop_now();

	drive_configure("{\"rows\": 10, \"faults\": [{\"on\": [1, 2], \"do\": {\"status\": 400, \"code\": \"Throttling\", "
					"\"headers\": {\"x-amz-retry-after\": \"1100\"}}}]}");
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_END && d.nrows == 10, "throttled twice");
	is_int(d.counters.throttles, 2, "throttles");
	is_int(d.counters.retries, 2, "retries");
	ok(ssm_loop_now() - start >= 2200, "the service's wishes are heeded (%d ms)", (int) (ssm_loop_now() - start));
	is_str(d.outcomes, " Throttling Throttling ok", "the log tells");
	drive_free(&d);
}

/* Identities that the service refuses. */
static const struct
{
	const char *name;
	const char *account;		/* JSON of the stand-in's account */
	char	   *secret;
	char	   *session_token;
	SsmErrorKind kind;
	const char *code;
}			identities[] = {

	{"wrong secret", "\"another-secret-that-is-long\"", DRIVE_SECRET, NULL,
	SSM_ERROR_CREDENTIALS, "InvalidSignatureException"},
	{"wrong token", "{\"secret\": \"" DRIVE_SECRET "\", \"session_token\": \"right\"}", DRIVE_SECRET,
	"wrongSessionToken//0123456789", SSM_ERROR_CREDENTIALS, "UnrecognizedClientException"},
	{"expired token", "{\"secret\": \"" DRIVE_SECRET "\", \"session_token\": \"sessionToken+/0123456789\", "
	"\"expired\": true}", DRIVE_SECRET, "sessionToken+/0123456789", SSM_ERROR_CREDENTIALS, "ExpiredTokenException"},
	{"denied", "{\"secret\": \"" DRIVE_SECRET "\", \"denied\": true}", DRIVE_SECRET, NULL,
	SSM_ERROR_DENIED, "AccessDeniedException"},
};

/*
 * Does a text hold what only we and the service may know?
 */
static bool
tells(const char *text_of, const Drive *d)
{
	json_t	   *log = drive_log();
	json_t	   *headers = json_object_get(json_array_get(log, 0), "headers");
	const char *authorization = json_string_value(json_object_get(headers, "authorization"));
	const char *signature = strstr(authorization, "Signature=");
	bool		found = !signature || strlen(signature) != 74 || strstr(text_of, signature + 10) ||
	strstr(text_of, d->identity.credentials.secret_access_key) ||
	(d->identity.credentials.session_token && strstr(text_of, d->identity.credentials.session_token));

	json_decref(log);
	return found;
}

/*
 * Refused identities fail at once, and neither the message nor the log tells
 * secrets that the service sends back.
 */
static void
test_identities(void)
{
	size_t		i;

	for (i = 0; i < lengthof(identities); i++)
	{
		Drive		d;
		SsmCredentials keys = {.access_key_id = DRIVE_KEY};

		drive_configure("{\"accounts\": {\"" DRIVE_KEY "\": %s}, "
						"\"faults\": [{\"on\": \"all\", \"do\": {\"echo_authorization\": true}}]}", identities[i].account);
		drive_init(&d);
		keys.secret_access_key = (char *) identities[i].secret;
		keys.session_token = (char *) identities[i].session_token;
		ssm_identity_set_credentials(&d.identity, &keys, &d.error);
		ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == identities[i].kind, "%s: fails", identities[i].name);
		is_str(d.error.code, identities[i].code, "code");
		is_int(d.error.attempts, 1, "at once");
		ok(strstr(d.error.message, "Signature=***") != NULL, "the signature is not told");
		ok(!tells(d.error.message, &d) && !tells(d.outcomes, &d), "nothing secret is told");
		if (d.identity.credentials.session_token)
			ok(strstr(d.error.message, " ***") != NULL, "nor the token");
		drive_free(&d);
	}
}

/*
 * Keys that are replaced while an answer is on its way are told no more than
 * the new ones.
 */
static void
test_replaced(void)
{
	SsmCredentials keys = {.access_key_id = DRIVE_KEY, .secret_access_key = DRIVE_SECRET,
	.session_token = "sessionToken+/0123456789"};
	const SsmJsonValue *row;
	Drive		d;

	drive_configure("{\"accounts\": {\"" DRIVE_KEY "\": {\"secret\": \"" DRIVE_SECRET
					"\", \"session_token\": \"%s\", \"expired\": true}}, "
					"\"faults\": [{\"on\": \"all\", \"do\": {\"echo_authorization\": true}}]}", keys.session_token);
	drive_init(&d);
	ssm_identity_set_credentials(&d.identity, &keys, &d.error);
	ok(drive_open(&d) && ssm_cursor_next(d.cursor, &row, &d.error) == SSM_ROW_PENDING, "a request is on its way");
	ssm_identity_set_credentials(&d.identity, &(SsmCredentials) {"new", "new"}, &d.error);
	ok(drive_read(&d, 1) == SSM_ROW_FAILED, "it fails");
	ok(strstr(d.error.message, " ***") && !strstr(d.error.message, keys.session_token),
	   "and tells no token");
	drive_free(&d);
}

/*
 * The HTML of a proxy that quotes the request is no better; a message is cut.
 */
static void
test_quoted(void)
{
	Drive		d;

	drive_configure("{\"faults\": [{\"on\": \"all\", \"do\": {\"status\": 400, \"raw\": \"<p>" DRIVE_SECRET
					" %01000d\"}}]}", 7);
	drive_init(&d);
	ok(drive_all(&d) == SSM_ROW_FAILED, "400 with a body that is not JSON");
	ok(strstr(d.error.message, "<p>*** ") && !tells(d.error.message, &d), "is quoted without secrets");
	ok(strlen(d.error.message) < 500, "and cut");
	drive_free(&d);
}

/*
 * A port that nobody listens on.
 */
static void
test_refused(void)
{
	struct sockaddr_in address = {.sin_family = AF_INET};
	socklen_t	len = sizeof(address);
	int			fd = socket(AF_INET, SOCK_STREAM, 0);
	char		url[64];
	SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = url};
	Drive		d;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	ok(bind(fd, (struct sockaddr *) &address, len) == 0 &&
	   getsockname(fd, (struct sockaddr *) &address, &len) == 0, "a port without a listener");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", ntohs(address.sin_port));
	drive_init(&d);
	d.service.max_attempts = 3;
	ok(ssm_endpoint_resolve(&rule, &d.service.endpoint, &d.error), "its URL");
	ok(drive_all(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_CONNECT, "cannot be connected to");
	is_int(d.error.attempts, 3, "in three attempts");
	ok(strncmp(d.error.message, "could not connect to \"127.0.0.1:", 31) == 0, "message");
	drive_free(&d);
	close(fd);
}

/*
 * A process that has no descriptor for a connection.
 */
static void
test_starved(void)
{
	struct rlimit usual;
	struct rlimit tight;
	Drive		d;
	int			lowest;

	drive_configure("{\"rows\": 10}");
	drive_init(&d);
	ok(drive_open(&d), "a scan that has begun");
	getrlimit(RLIMIT_NOFILE, &usual);
	lowest = dup(STDIN_FILENO);
	close(lowest);
	tight = usual;
	tight.rlim_cur = lowest;
	setrlimit(RLIMIT_NOFILE, &tight);
	ok(drive_next(&d) == SSM_ROW_FAILED && d.error.kind == SSM_ERROR_RESOURCES, "no descriptor left");
	setrlimit(RLIMIT_NOFILE, &usual);
	if (!ok(strncmp(d.error.message, "no file descriptors left", 24) == 0, "message"))
		tap_note("message", d.error.message);
	is_int(d.error.attempts, 1, "at once");
	drive_free(&d);
}

/*
 * Run all tests.
 */
int
main(void)
{
	size_t		i;

	if (!drive_server_start())
		return 1;
	for (i = 0; i < lengthof(cases); i++)
		test_case(&cases[i]);
	test_pause();
	test_identities();
	test_replaced();
	test_quoted();
	test_refused();
	test_starved();
	drive_server_stop();
	return done_testing();
}
