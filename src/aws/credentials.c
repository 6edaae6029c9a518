/*
 * credentials.c
 *		Keys to sign with: how long they hold, and how they are copied and
 *		wiped.
 */
#include "aws/credentials.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/buf.h"

#define MINUTE	60

/*
 * When temporary credentials are to be renewed, by how long they were to hold when they
 * came, and for good (AWS SDKs' common rule of 2026).
 */
static const struct
{
	int64_t		lifetime;		/* seconds, at most */
	int64_t		ahead;			/* seconds before they expire */
}			renewals[] = {
	{20 * MINUTE, 5 * MINUTE},
	{90 * MINUTE - 1, 15 * MINUTE},
	{INT64_MAX, 60 * MINUTE},
};

/* An access key id's longest form, by AWS's API; a secret has this many bytes. */
#define ID_MAX		128
#define SECRET_LEN	40

#define DIGITS		"0123456789"
#define UPPER		"ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define LOWER		"abcdefghijklmnopqrstuvwxyz"

#define SWAPPED		" (are access key id and secret swapped?)"

/* Keys that expire so soon are as good as expired. */
#define TOO_LATE	(1 * MINUTE)

/*
 * Wipe and free a string that malloc made; NULL is ignored.
 */
void
ssm_secret_free(char *secret)
{
	if (secret)
		ssm_wipe(secret, strlen(secret));
	free(secret);
}

/*
 * Copy a string with malloc; NULL stays NULL.  *ok becomes false if malloc
 * fails.
 */
static char *
copy_secret(const char *secret, bool *ok)
{
	char	   *copy = secret ? strdup(secret) : NULL;

	*ok &= secret == NULL || copy != NULL;
	return copy;
}

/*
 * Make *dst, which had no credentials or is overwritten with its own, a copy.  False,
 * with *dst as it was, if malloc fails.
 */
bool
ssm_credentials_copy(SsmCredentials *dst, const SsmCredentials *src, SsmError *error)
{
	SsmCredentials copy = *src;
	bool		ok = true;

	copy.access_key_id = copy_secret(src->access_key_id, &ok);
	copy.secret_access_key = copy_secret(src->secret_access_key, &ok);
	copy.session_token = copy_secret(src->session_token, &ok);
	if (!ok)
	{
		ssm_credentials_clear(&copy);
		return ssm_fail_memory(error);
	}
	ssm_credentials_clear(dst);
	*dst = copy;
	return true;
}

/*
 * Wipe and release the strings; there are no credentials then.
 */
void
ssm_credentials_clear(SsmCredentials *credentials)
{
	ssm_secret_free(credentials->access_key_id);
	ssm_secret_free(credentials->secret_access_key);
	ssm_secret_free(credentials->session_token);
	memset(credentials, 0, sizeof(*credentials));
}

/*
 * What in a text cannot be part of any key, as the rest of a sentence, or NULL.
 */
static const char *
text_problem(const char *text)
{
	for (; *text; text++)
	{
		if (*text == '\n' || *text == '\r')
			return "contains a line break";
		if (*text == ' ' || *text == '\t')
			return "contains a blank";
		if (*text < ' ' || *text > '~')
			return "contains a character that is not printable ASCII";
	}
	return NULL;
}

/*
 * What is wrong with an access key id, as the rest of a sentence that shows
 * nothing of it, or NULL.  AWS's are capitals and digits, and the API's pattern
 * is a word's; a secret in its place is told by its length and its characters.
 */
const char *
ssm_access_key_id_problem(const char *id)
{
	const char *problem = text_problem(id);
	size_t		len = strlen(id);
	size_t		word = strspn(id, LOWER UPPER DIGITS "_");

	if (problem)
		return problem;
	if (len == SECRET_LEN && (id[word] != '\0' || strpbrk(id, LOWER)))
		return "looks like a secret access key" SWAPPED;
	if (id[word] != '\0')
		return "contains other characters than letters, digits and _";
	return len > ID_MAX ? "is longer than 128 characters" : NULL;
}

/*
 * What is wrong with a secret access key, likewise.
 */
const char *
ssm_secret_access_key_problem(const char *secret)
{
	size_t		len = strlen(secret);

	if ((strncmp(secret, "AKIA", 4) == 0 || strncmp(secret, "ASIA", 4) == 0) &&
		len < SECRET_LEN && secret[strspn(secret, UPPER DIGITS)] == '\0')
		return "looks like an access key id" SWAPPED;
	return text_problem(secret);
}

/*
 * What is wrong with a session token, likewise.
 */
const char *
ssm_session_token_problem(const char *token)
{
	return text_problem(token);
}

/*
 * Can these be anyone's keys?  False, with what is wrong but without what they
 * are, if not.
 */
bool
ssm_credentials_check(const SsmCredentials *credentials, SsmError *error)
{
	const struct
	{
		const char *name;
		const char *value;
		const char *(*problem) (const char *value);
	}			parts[] = {
		{"access key id", credentials->access_key_id, ssm_access_key_id_problem},
		{"secret access key", credentials->secret_access_key, ssm_secret_access_key_problem},
		{"session token", credentials->session_token, ssm_session_token_problem},
	};
	size_t		i;

	for (i = 0; i < lengthof(parts); i++)
	{
		const char *problem = parts[i].value ? parts[i].problem(parts[i].value) : NULL;

		if (problem)
			return ssm_fail(error, SSM_ERROR_CREDENTIALS, "the %s %s", parts[i].name, problem);
	}
	return true;
}

/*
 * List what only their owner and AWS may know; *secrets, which had none, points
 * to it.  An id that does not look like one may be the other key.
 */
void
ssm_credentials_secrets(const SsmCredentials *credentials, SsmSecrets *secrets)
{
	const char *id = credentials->access_key_id;

	secrets->values[0] = credentials->secret_access_key;
	secrets->values[1] = credentials->session_token;
	if (id && id[strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")] != '\0')
		secrets->values[2] = id;
}

/*
 * How good credentials are at a time in seconds since 1970, by AWS's clock.
 */
SsmCredentialsAge
ssm_credentials_age(const SsmCredentials *credentials, int64_t now)
{
	int64_t		left = credentials->expires_at - now;
	int64_t		lifetime = credentials->expires_at - credentials->obtained_at;
	int			i = 0;

	if (credentials->expires_at == 0)
		return SSM_CREDENTIALS_FRESH;
	if (left <= TOO_LATE)
		return SSM_CREDENTIALS_STALE;
	while (lifetime > renewals[i].lifetime)
		i++;
	return left <= renewals[i].ahead ? SSM_CREDENTIALS_AGING : SSM_CREDENTIALS_FRESH;
}

/*
 * Seconds to leave a source alone that failed to renew credentials which still hold:
 * 5 to 10 minutes.  u01 is a random number in [0,1).
 */
int
ssm_credentials_renewal_pause(double u01)
{
	return (int) (5 * MINUTE * (1 + u01));
}
