/*
 * test_sigv4.c
 *		Signatures against the official suite and known answers of SSM and STS.
 */
#include "aws/sigv4.h"
#include "base/array.h"
#include "sigv4_vectors.h"
#include "tap.h"

#define BUF_MAX		65536

/*
 * What to sign for a vector.
 */
static SsmSignInput
vector_input(const SsmSignVector *v)
{
	SsmSignInput in = {
		.method = v->method,
		.path = v->path,
		.headers = v->headers,
		.body = v->body,
		.body_len = strlen(v->body),
		.region = v->region,
		.service = v->service,
		.access_key_id = VECTOR_ACCESS_KEY_ID,
		.secret_access_key = VECTOR_SECRET_ACCESS_KEY,
		.timestamp = v->timestamp,
	};

	while (v->headers[in.nheaders].name != NULL)
		in.nheaders++;
	return in;
}

/*
 * Check each step of signing one vector.
 */
static void
test_vector(const SsmSignVector *v)
{
	SsmSignInput in = vector_input(v);
	SsmBuf		canonical;
	SsmBuf		signed_headers;
	SsmBuf		to_sign;
	SsmBuf		authorization;
	SsmError	error = {0};
	char		name[128];

	ssm_buf_init(&canonical, BUF_MAX);
	ssm_buf_init(&signed_headers, BUF_MAX);
	ssm_buf_init(&to_sign, BUF_MAX);
	ssm_buf_init(&authorization, BUF_MAX);

	ok(ssm_sigv4_canonical_request(&in, &canonical, &signed_headers) &&
	   ssm_sigv4_string_to_sign(&in, &canonical, &to_sign) &&
	   ssm_sigv4_sign(&in, &authorization, &error), "%s: signed", v->name);
	snprintf(name, sizeof(name), "%s: canonical request", v->name);
	is_str(ssm_buf_text(&canonical), v->canonical, name);
	snprintf(name, sizeof(name), "%s: string to sign", v->name);
	is_str(ssm_buf_text(&to_sign), v->string_to_sign, name);
	snprintf(name, sizeof(name), "%s: authorization", v->name);
	is_str(ssm_buf_text(&authorization), v->authorization, name);
	ok(strstr(v->authorization, ssm_buf_text(&signed_headers)) != NULL,
	   "%s: signed headers", v->name);

	ssm_buf_free(&canonical);
	ssm_buf_free(&signed_headers);
	ssm_buf_free(&to_sign);
	ssm_buf_free(&authorization);
}

/*
 * A minimal request whose canonical form is easy to foresee.
 */
static SsmSignInput
plain_input(const char *path)
{
	SsmSignInput in = vector_input(&own[0]);

	in.path = path;
	in.nheaders = 0;
	return in;
}

/*
 * Check the second line of a canonical request; the third is the empty query.
 */
static void
test_path(const char *path, const char *want)
{
	SsmSignInput in = plain_input(path);
	SsmBuf		canonical;
	SsmBuf		signed_headers;
	char		name[128];
	char		got[256] = "";
	const char *at;

	ssm_buf_init(&canonical, BUF_MAX);
	ssm_buf_init(&signed_headers, BUF_MAX);
	if (ssm_sigv4_canonical_request(&in, &canonical, &signed_headers))
	{
		at = ssm_buf_text(&canonical) + strlen("POST\n");
		snprintf(got, sizeof(got), "%.*s", (int) (strstr(at, "\n\n") - at), at);
	}
	snprintf(name, sizeof(name), "path \"%s\"", path);
	is_str(got, want, name);
	ssm_buf_free(&canonical);
	ssm_buf_free(&signed_headers);
}

/*
 * Paths the suite does not hold.
 */
static void
test_paths(void)
{
	test_path("", "/");
	test_path("/a%20b/", "/a%2520b/");
	test_path("/a/b/..", "/a");
	test_path("/a/b/../", "/a/");
	test_path("/a/.", "/a");
	test_path("/../..", "/");
	test_path("/.../..a/a.", "/.../..a/a.");
	test_path("/\377*+=:@", "/%FF%2A%2B%3D%3A%40");
}

/*
 * The order in which headers are given, other than that of one name, and the
 * case of their names do not matter.
 */
static void
test_header_order(void)
{
	static const SsmHeader sorted[] = {
		{"a", "1"}, {"b", "x"}, {"b", ""}, {"b", "y"}, {"b-c", "2"}, {"ba", "3"},
	};
	static const SsmHeader mixed[] = {
		{"Ba", "\t3\r\n "}, {"B", "x"}, {"b-C", " 2"}, {"b", " "}, {"A", "1"}, {"B", "y"},
	};
	SsmSignInput in = plain_input("/");
	SsmBuf		first;
	SsmBuf		second;
	SsmBuf		signed_headers;

	ssm_buf_init(&first, BUF_MAX);
	ssm_buf_init(&second, BUF_MAX);
	ssm_buf_init(&signed_headers, BUF_MAX);
	in.headers = sorted;
	in.nheaders = lengthof(sorted);
	ok(ssm_sigv4_canonical_request(&in, &first, &signed_headers), "sorted headers");
	ok(strstr(ssm_buf_text(&first), "\n\na:1\nb:x,,y\nb-c:2\nba:3\n\na;b;b-c;ba\n") != NULL,
	   "an empty value keeps its comma");
	in.headers = mixed;
	ssm_buf_clear(&signed_headers);
	ok(ssm_sigv4_canonical_request(&in, &second, &signed_headers), "mixed headers");
	is_str(ssm_buf_text(&second), ssm_buf_text(&first), "order and case do not matter");
	is_str(ssm_buf_text(&signed_headers), "a;b;b-c;ba", "signed headers");
	ssm_buf_free(&first);
	ssm_buf_free(&second);
	ssm_buf_free(&signed_headers);
}

/*
 * No body and an empty one are the same, and a body may hold NULs.
 */
static void
test_body(void)
{
	SsmSignInput in = plain_input("/");
	SsmBuf		out;
	SsmBuf		signed_headers;

	ssm_buf_init(&out, BUF_MAX);
	ssm_buf_init(&signed_headers, BUF_MAX);
	in.body = NULL;
	in.body_len = 0;
	ok(ssm_sigv4_canonical_request(&in, &out, &signed_headers), "no body");
	is_str(ssm_buf_text(&out), "POST\n/\n\n\n\n"
		   "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		   "no body and no headers");
	ssm_buf_clear(&out);
	in.body = "a\0b";
	in.body_len = 3;
	ok(ssm_sigv4_canonical_request(&in, &out, &signed_headers), "a NUL in the body");
	is_str(ssm_buf_text(&out), "POST\n/\n\n\n\n"
		   "59b271ae1bbcb1d31d41929817f4b16fb439eb4f31520b5ad1d5ce98920a7138",
		   "a NUL in the body is hashed");
	ssm_buf_free(&out);
	ssm_buf_free(&signed_headers);
}

/*
 * What does not fit is an error, never a cut signature.
 */
static void
test_limits(void)
{
	static char huge[2 * 1024 * 1024];
	SsmHeader	header = {"X-Amz-Security-Token", huge};
	SsmSignInput in = vector_input(&own[0]);
	SsmBuf		authorization;
	SsmBuf		again;
	SsmError	error = {0};

	ssm_buf_init(&authorization, 64);
	ok(!ssm_sigv4_sign(&in, &authorization, &error), "a small authorization buffer fails");
	is_int(error.kind, SSM_ERROR_CONFIG, "a small authorization buffer: kind");
	ssm_buf_free(&authorization);

	memset(huge, 'x', sizeof(huge) - 1);
	in.headers = &header;
	in.nheaders = 1;
	ssm_buf_init(&authorization, BUF_MAX);
	ok(!ssm_sigv4_sign(&in, &authorization, &error), "an endless header fails");
	is_str(error.message, "the request is too long to be signed", "an endless header: message");
	ok(strstr(error.message, "xxx") == NULL, "the message holds no token");
	ssm_buf_free(&authorization);

	in = vector_input(&own[0]);
	in.secret_access_key = "";
	ssm_buf_init(&authorization, BUF_MAX);
	ok(ssm_sigv4_sign(&in, &authorization, &error), "an empty secret can sign");
	ssm_buf_init(&again, BUF_MAX);
	huge[300] = '\0';
	in.secret_access_key = huge;
	ok(ssm_sigv4_sign(&in, &again, &error), "so can a long one");
	ok(strcmp(ssm_buf_text(&authorization), ssm_buf_text(&again)) != 0, "to another end");
	ssm_buf_free(&authorization);
	ssm_buf_free(&again);
}

/*
 * Run all tests.
 */
int
main(void)
{
	size_t		i;

	is_int(lengthof(official), 25, "the official suite is complete, but for queries");
	for (i = 0; i < lengthof(official); i++)
		test_vector(&official[i]);
	for (i = 0; i < lengthof(own); i++)
		test_vector(&own[i]);
	test_paths();
	test_header_order();
	test_body();
	test_limits();
	return done_testing();
}
