/*
 * sigv4.c
 *		Sign one request with AWS Signature Version 4.
 *
 * What is signed must be what is sent: a byte that differs makes the service
 * refuse the request.  Character classes are spelled out here instead of taken
 * from <ctype.h>, because inside a server those follow its locale.
 */
#include "aws/sigv4.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>

#include "base/array.h"
#include "base/ascii.h"

#define ALGORITHM	"AWS4-HMAC-SHA256"
#define TERMINATOR	"aws4_request"

/* More than any request of ours: headers and tokens are bounded elsewhere. */
#define SIGN_MAX	((size_t) 1024 * 1024)

/*
 * Append the hexadecimal SHA-256 of len bytes; data may be NULL if len is 0.
 * False if OpenSSL has no SHA-256 to offer.
 */
static bool
add_sha256(SsmBuf *out, const char *data, size_t len)
{
	unsigned char digest[SHA256_DIGEST_LENGTH];

	if (SHA256((const unsigned char *) (data ? data : ""), len, digest) == NULL)
		return false;
	ssm_buf_add_hex(out, digest, sizeof(digest));
	return true;
}

/*
 * HMAC-SHA256 of a text.  The result may overwrite the key.  False if OpenSSL
 * refuses.
 */
static bool
hmac_sha256(const void *key, size_t key_len, const char *text, size_t len,
			unsigned char result[SHA256_DIGEST_LENGTH])
{
	return HMAC(EVP_sha256(), key, (int) key_len,
				(const unsigned char *) text, len, result, NULL) != NULL;
}

/*
 * Append the canonical path: "." and empty segments gone, ".." resolved, a
 * final slash kept, and each segment percent-encoded.  The path is the one on
 * the wire, so what it carries as %20 becomes %2520: AWS's "double encoding",
 * which every service but S3 expects.
 */
static void
add_path(SsmBuf *out, const char *path)
{
	size_t		start = out->len;
	size_t		len;
	const char *at;

	for (at = path; *at != '\0'; at += len)
	{
		at += strspn(at, "/");
		len = strcspn(at, "/");
		if (len == 2 && memcmp(at, "..", 2) == 0)
		{
			while (out->len > start && out->data[--out->len] != '/')
				continue;
		}
		else if (len > 0 && !(len == 1 && *at == '.'))
		{
			ssm_buf_puts(out, "/");
			ssm_buf_add_encoded(out, at, len);
		}
	}
	if (out->len == start || at[-1] == '/')
		ssm_buf_puts(out, "/");
}

/*
 * Order pointers into one array of headers by name, equal names as they stand
 * in the array; for qsort, which alone would not keep them so.
 */
static int
compare_headers(const void *a, const void *b)
{
	const SsmHeader *left = *(const SsmHeader *const *) a;
	const SsmHeader *right = *(const SsmHeader *const *) b;
	int			order = ssm_ascii_casecmp(left->name, right->name);

	return order ? order : (left > right) - (left < right);
}

/*
 * Append a header's name in lower case.
 */
static void
add_name(SsmBuf *out, const char *name)
{
	for (; *name != '\0'; name++)
	{
		char		c = ssm_ascii_lower(*name);

		ssm_buf_add(out, &c, 1);
	}
}

/*
 * Append a header's value: white space at its ends dropped, and each run of it
 * inside (quoted or not, line folds too) made one blank.
 */
static void
add_value(SsmBuf *out, const char *value)
{
	static const char blanks[] = " \t\r\n\v\f";
	size_t		len;

	value += strspn(value, blanks);
	while (*value != '\0')
	{
		len = strcspn(value, blanks);
		ssm_buf_add(out, value, len);
		value += len;
		value += strspn(value, blanks);
		if (*value != '\0')
			ssm_buf_puts(out, " ");
	}
}

/*
 * Append the canonical headers ("name:value\n" each, values of one name joined
 * by ',' in their order) and the signed ones ("name;name").  A failure shows
 * in the buffers.
 */
static void
add_headers(const SsmSignInput *in, SsmBuf *out, SsmBuf *signed_headers)
{
	const SsmHeader **order = calloc(in->nheaders + 1, sizeof(*order));
	int			i;

	if (order == NULL)
	{
		out->nomem = true;
		return;
	}
	for (i = 0; i < in->nheaders; i++)
		order[i] = &in->headers[i];
	qsort(order, in->nheaders, sizeof(*order), compare_headers);
	for (i = 0; i < in->nheaders; i++)
	{
		if (i > 0 && ssm_ascii_casecmp(order[i - 1]->name, order[i]->name) == 0)
			ssm_buf_puts(out, ",");
		else
		{
			ssm_buf_puts(out, i > 0 ? "\n" : "");
			ssm_buf_puts(signed_headers, i > 0 ? ";" : "");
			add_name(out, order[i]->name);
			add_name(signed_headers, order[i]->name);
			ssm_buf_puts(out, ":");
		}
		add_value(out, order[i]->value);
	}
	ssm_buf_puts(out, in->nheaders > 0 ? "\n" : "");
	free(order);
}

/*
 * Append the canonical request to out and the list of signed headers to
 * signed_headers, both empty before.  The request may hold a session token:
 * release it with ssm_buf_free, which wipes.  False if a buffer failed, or,
 * with both buffers sound, if OpenSSL did.
 *
 * AWS: Signature Version 4, create a canonical request.  Our requests have no
 * query, so its line is empty.
 */
bool
ssm_sigv4_canonical_request(const SsmSignInput *in, SsmBuf *out, SsmBuf *signed_headers)
{
	ssm_buf_printf(out, "%s\n", in->method);
	add_path(out, in->path);
	ssm_buf_puts(out, "\n\n");
	add_headers(in, out, signed_headers);
	ssm_buf_printf(out, "\n%s\n", ssm_buf_text(signed_headers));
	return add_sha256(out, in->body, in->body_len) &&
		ssm_buf_ok(out) && ssm_buf_ok(signed_headers);
}

/*
 * Append the credential scope: date/region/service/aws4_request.  The date is
 * the timestamp's first part.
 */
static void
add_scope(const SsmSignInput *in, SsmBuf *out)
{
	ssm_buf_printf(out, "%.8s/%s/%s/" TERMINATOR,
				   in->timestamp, in->region, in->service);
}

/*
 * Append the string to sign, from the canonical request.  False as above.
 *
 * AWS: Signature Version 4, create a string to sign.
 */
bool
ssm_sigv4_string_to_sign(const SsmSignInput *in, const SsmBuf *canonical, SsmBuf *out)
{
	ssm_buf_printf(out, ALGORITHM "\n%s\n", in->timestamp);
	add_scope(in, out);
	ssm_buf_puts(out, "\n");
	return add_sha256(out, canonical->data, canonical->len) && ssm_buf_ok(out);
}

/*
 * Derive the key that is good for one day, region and service.  The caller
 * wipes it.  False if OpenSSL failed, or memory, which then shows in out.
 *
 * AWS: Signature Version 4, derive a signing key.
 */
static bool
derive_key(const SsmSignInput *in, SsmBuf *out, unsigned char key[SHA256_DIGEST_LENGTH])
{
	const char *const parts[] = {in->region, in->service, TERMINATOR};
	SsmBuf		secret;
	size_t		i;
	bool		done;

	ssm_buf_init(&secret, SIGN_MAX);
	done = ssm_buf_printf(&secret, "AWS4%s", in->secret_access_key) &&
		hmac_sha256(secret.data, secret.len, in->timestamp,
					strnlen(in->timestamp, 8), key);
	out->nomem = out->nomem || !ssm_buf_ok(&secret);
	ssm_buf_free(&secret);
	for (i = 0; done && i < lengthof(parts); i++)
		done = hmac_sha256(key, SHA256_DIGEST_LENGTH, parts[i], strlen(parts[i]), key);
	return done;
}

/*
 * Append the Authorization header's value.  False if a buffer or OpenSSL
 * failed.
 */
static bool
add_authorization(const SsmSignInput *in, const SsmBuf *to_sign,
				  const SsmBuf *signed_headers, SsmBuf *out)
{
	unsigned char key[SHA256_DIGEST_LENGTH];
	unsigned char signature[SHA256_DIGEST_LENGTH];
	bool		done;

	done = derive_key(in, out, key) &&
		hmac_sha256(key, sizeof(key), to_sign->data, to_sign->len, signature);
	ssm_wipe(key, sizeof(key));
	if (!done)
		return false;
	ssm_buf_printf(out, ALGORITHM " Credential=%s/", in->access_key_id);
	add_scope(in, out);
	ssm_buf_printf(out, ", SignedHeaders=%s, Signature=", ssm_buf_text(signed_headers));
	ssm_buf_add_hex(out, signature, sizeof(signature));
	return ssm_buf_ok(out);
}

/*
 * Report a failed buffer as an error.  True if it is sound.
 */
static bool
check_buf(const SsmBuf *buf, SsmError *error)
{
	if (buf->nomem)
		return ssm_fail_memory(error);
	if (buf->overflow)
		return ssm_fail(error, SSM_ERROR_CONFIG, "the request is too long to be signed");
	return true;
}

/*
 * Append the value of the Authorization header to authorization, which the
 * caller owns.  False, with error set, if that failed: the buffer's content is
 * then of no use.
 *
 * AWS: Signature Version 4, calculate and add the signature.
 */
bool
ssm_sigv4_sign(const SsmSignInput *in, SsmBuf *authorization, SsmError *error)
{
	SsmBuf		canonical;
	SsmBuf		signed_headers;
	SsmBuf		to_sign;
	bool		done;

	ssm_buf_init(&canonical, SIGN_MAX);
	ssm_buf_init(&signed_headers, SIGN_MAX);
	ssm_buf_init(&to_sign, SIGN_MAX);
	done = ssm_sigv4_canonical_request(in, &canonical, &signed_headers) &&
		ssm_sigv4_string_to_sign(in, &canonical, &to_sign) &&
		add_authorization(in, &to_sign, &signed_headers, authorization);
	if (!done && check_buf(&canonical, error) && check_buf(&signed_headers, error) &&
		check_buf(&to_sign, error) && check_buf(authorization, error))
		ssm_fail(error, SSM_ERROR_CONFIG, "OpenSSL offers no HMAC-SHA256");
	ssm_buf_free(&canonical);
	ssm_buf_free(&signed_headers);
	ssm_buf_free(&to_sign);
	return done;
}

/*
 * Write a time as SsmSignInput.timestamp.
 */
void
ssm_sigv4_timestamp(time_t at, char out[SSM_SIGV4_TIMESTAMP])
{
	struct tm	tm;

	strftime(out, SSM_SIGV4_TIMESTAMP, "%Y%m%dT%H%M%SZ", gmtime_r(&at, &tm));
}

/*
 * The signature in what ssm_sigv4_sign wrote, or NULL if it wrote none.
 */
const char *
ssm_sigv4_signature(const SsmBuf *authorization)
{
	const char *at = strstr(ssm_buf_text(authorization), "Signature=");

	return at ? at + strlen("Signature=") : NULL;
}
