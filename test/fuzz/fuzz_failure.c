/*
 * fuzz_failure.c
 *		Answers that are errors.
 *
 * The first byte chooses the status and whether there is a header with the code,
 * the rest is the body.  Whatever the bytes: the error is one line of text, tells
 * a code, and no secret; and it is to be tried again only if it may pass.
 */
#include <string.h>

#include "aws/failure.h"
#include "aws/credentials.h"
#include "base/utf8.h"
#include "fuzz.h"

static char key[] = "AKIDEXAMPLE";
static char secret[] = "wJalrXUtnFEMI/K7MDENG";
static char token[] = "IQoJb3JpZ2luX2Vj";
static const char signature[] = "5d672d79c15b13162d9279b0855cfba6";

/*
 * Judge the bytes as an answer.
 */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const long statuses[] = {400, 401, 403, 404, 413, 429, 500, 501, 502, 503, 504, 302};
	const SsmCredentials credentials = {key, secret, token};
	const SsmPeer peer = {.name = "\"ssm.us-east-1.amazonaws.com\"", .operation = "ListCommandInvocations"};
	SsmHttp    *http;
	SsmFailure	failure;
	SsmError	error;

	if (size == 0)
		return 0;
	http = calloc(1, sizeof(*http));
	MUST(http != NULL);
	http->transfer.result = CURLE_OK;
	http->status = statuses[data[0] % 12];
	ssm_credentials_secrets(&credentials, &http->secrets);
	http->secrets.values[SSM_MAX_SECRETS - 1] = signature;
	if (data[0] >= 128)
		strcpy(http->response[SSM_HEADER_ERROR_TYPE], "ThrottlingException:http://x/");
	ssm_buf_init(&http->body, 1 << 20);
	ssm_buf_add(&http->body, data + 1, size - 1);
	memset(&error, 0, sizeof(error));
	failure = ssm_failure_classify(http, &peer, &error);
	MUST(error.kind == failure.kind && error.code[0] != '\0');
	MUST(strlen(error.code) < sizeof(error.code) && strlen(error.message) < sizeof(error.message));
	MUST(strpbrk(error.message, "\n\r\t\033\177") == NULL);
	MUST(ssm_utf8_count(error.message) >= 0);
	MUST(strstr(error.message, secret) == NULL && strstr(error.message, token) == NULL);
	MUST(strstr(error.message, signature) == NULL && strstr(error.code, secret) == NULL);
	MUST(data[0] < 128 || failure.class == SSM_FAILURE_THROTTLED);
	ssm_buf_free(&http->body);
	free(http);
	return 0;
}
