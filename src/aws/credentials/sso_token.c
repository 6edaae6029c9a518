/*
 * sso_token.c
 *		The token that aws sso login left in a file, and its renewal.
 *
 * The file is shared with the AWS CLI and SDKs: its name is the hash of what the
 * profile calls the session, and a renewed token is written back, so that they
 * find it and the refresh token that belongs to it.
 */
#include "aws/credentials/sso_token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/sha.h>

#include "aws/expiration.h"
#include "base/file.h"

/* Names in the file. */
static const char *const names[SSM_SSO_TOKEN_PARTS] = {
	[SSM_SSO_TOKEN_ACCESS] = "accessToken",
	[SSM_SSO_TOKEN_EXPIRES_AT] = "expiresAt",
	[SSM_SSO_TOKEN_REFRESH] = "refreshToken",
	[SSM_SSO_TOKEN_CLIENT_ID] = "clientId",
	[SSM_SSO_TOKEN_CLIENT_SECRET] = "clientSecret",
	[SSM_SSO_TOKEN_REGISTRATION] = "registrationExpiresAt",
};

/*
 * Find the parts in the file's text.  False if it holds no token.
 */
static bool
read_parts(SsmSsoToken *token, SsmError *error)
{
	int			i;

	for (i = 0; i < SSM_SSO_TOKEN_PARTS; i++)
		token->parts[i].name = names[i];
	if (!ssm_members_read(ssm_buf_text(&token->text), token->text.len, token->parts, SSM_SSO_TOKEN_PARTS) ||
		token->parts[SSM_SSO_TOKEN_ACCESS].value.kind != SSM_JSON_STRING ||
		token->parts[SSM_SSO_TOKEN_ACCESS].value.len == 0)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "there is no SSO token in \"%.300s\"; " SSM_SSO_LOGIN,
						token->path);
	if (!ssm_expiration_read(&token->parts[SSM_SSO_TOKEN_EXPIRES_AT].value, &token->expires_at))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS,
						"the SSO token in \"%.300s\" has no expiration time; " SSM_SSO_LOGIN, token->path);
	return true;
}

/*
 * Load the token of a session's last login, in place of one loaded before.
 */
bool
ssm_sso_token_load(SsmSsoToken *token, const SsmEnvironment *environment, const char *name, SsmError *error)
{
	unsigned char digest[SHA_DIGEST_LENGTH];
	char		file[96] = "~/.aws/sso/cache/";
	size_t		len = strlen(file);
	const char *problem;
	bool		absent;
	int			i;

	if (SHA1((const unsigned char *) name, strlen(name), digest) == NULL)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "OpenSSL offers no SHA-1");
	for (i = 0; i < SHA_DIGEST_LENGTH; i++)
		len += snprintf(file + len, sizeof(file) - len, "%02x", digest[i]);
	snprintf(file + len, sizeof(file) - len, ".json");
	if (!ssm_environment_path(environment, file, token->path, sizeof(token->path)))
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "there is no home directory with an SSO token");
	ssm_buf_clear(&token->text);
	problem = ssm_file_load(token->path, &token->text, &absent);
	if (problem)
		return ssm_fail(error, SSM_ERROR_CREDENTIALS, "could not read \"%.300s\": %s%s", token->path, problem,
						absent ? "; " SSM_SSO_LOGIN : "");
	return read_parts(token, error);
}

/*
 * Did the login leave what renews its token, and does that still hold?
 */
bool
ssm_sso_token_renewable(const SsmSsoToken *token, int64_t now)
{
	int64_t		registered_until;
	int			i;

	for (i = SSM_SSO_TOKEN_REFRESH; i <= SSM_SSO_TOKEN_CLIENT_SECRET; i++)
		if (token->parts[i].value.kind != SSM_JSON_STRING || token->parts[i].value.len == 0)
			return false;
	return ssm_expiration_read(&token->parts[SSM_SSO_TOKEN_REGISTRATION].value, &registered_until) &&
		registered_until > now;
}

/*
 * Append a member whose value is a string as it stands in JSON already.
 */
static void
add_member(SsmBuf *out, const char *before, const char *name, const SsmMember *value)
{
	ssm_buf_printf(out, "%s\"%s\": \"%.*s\"", before, name, (int) value->value.len, value->value.text);
}

/*
 * Write the arguments of SSO OIDC's CreateToken.
 */
bool
ssm_sso_token_request(const SsmSsoToken *token, SsmBuf *body)
{
	ssm_buf_puts(body, "{\"grantType\": \"refresh_token\"");
	add_member(body, ", ", "clientId", &token->parts[SSM_SSO_TOKEN_CLIENT_ID]);
	add_member(body, ", ", "clientSecret", &token->parts[SSM_SSO_TOKEN_CLIENT_SECRET]);
	add_member(body, ", ", "refreshToken", &token->parts[SSM_SSO_TOKEN_REFRESH]);
	return ssm_buf_puts(body, "}");
}

/*
 * Copy the members of the file's text that renewal does not change, each with a
 * comma behind.
 */
static void
copy_others(const SsmSsoToken *token, SsmBuf *out)
{
	SsmScanner	s = {token->text.data, token->text.data + token->text.len};
	SsmJsonValue name;
	SsmJsonValue value;
	bool		first = true;

	ssm_scan_byte(&s, '{');
	while (ssm_scan_item(&s, '}', &first) == 1 && ssm_scan_name(&s, &name) && ssm_scan_value(&s, &value, 1))
	{
		bool		changes = false;
		int			i;

		for (i = SSM_SSO_TOKEN_ACCESS; i <= SSM_SSO_TOKEN_REFRESH; i++)
			changes = changes || (strlen(names[i]) == name.len && memcmp(names[i], name.text, name.len) == 0);
		/* a name is behind its quote, and a scan ends behind what it scanned */
		if (!changes)
		{
			ssm_buf_add(out, name.text - 1, s.at - (name.text - 1));
			ssm_buf_puts(out, ", ");
		}
	}
}

/*
 * Take CreateToken's response, and write the file anew with all else that it holds.
 * That it cannot be written, as its folder may be read-only, is no failure: the
 * token serves all the same.  False, with the token unchanged, if the response is
 * not what it should be.
 */
bool
ssm_sso_token_renew(SsmSsoToken *token, const char *response, size_t len, int64_t now)
{
	enum
	{
		ACCESS, EXPIRES_IN, REFRESH, PARTS
	};
	SsmMember	fresh[PARTS] = {{.name = "accessToken"}, {.name = "expiresIn"}, {.name = "refreshToken"}};
	int64_t		lifetime;
	SsmBuf		text;
	SsmError	error;
	char		expires_at[32];
	struct tm	tm;
	time_t		until;

	if (!ssm_members_read(response, len, fresh, PARTS) ||
		fresh[ACCESS].value.kind != SSM_JSON_STRING || fresh[ACCESS].value.len == 0 ||
		!ssm_json_epoch(&fresh[EXPIRES_IN].value, &lifetime))
		return false;
	until = now + lifetime / 1000000;
	if (gmtime_r(&until, &tm) == NULL ||
		strftime(expires_at, sizeof(expires_at), "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		return false;
	ssm_buf_init(&text, SSM_MAX_TOKEN_FILE);
	ssm_buf_puts(&text, "{");
	copy_others(token, &text);
	add_member(&text, "", names[SSM_SSO_TOKEN_ACCESS], &fresh[ACCESS]);
	ssm_buf_printf(&text, ", \"%s\": \"%s\"", names[SSM_SSO_TOKEN_EXPIRES_AT], expires_at);
	if (fresh[REFRESH].value.kind == SSM_JSON_STRING)
		add_member(&text, ", ", names[SSM_SSO_TOKEN_REFRESH], &fresh[REFRESH]);
	else if (token->parts[SSM_SSO_TOKEN_REFRESH].value.kind == SSM_JSON_STRING)
		add_member(&text, ", ", names[SSM_SSO_TOKEN_REFRESH], &token->parts[SSM_SSO_TOKEN_REFRESH]);
	ssm_buf_puts(&text, "}");
	if (!ssm_buf_ok(&text))
	{
		ssm_buf_free(&text);
		return false;
	}
	ssm_buf_free(&token->text);
	token->text = text;

	ssm_file_replace(token->path, text.data, text.len);
	return read_parts(token, &error);
}

/*
 * Wipe and release the file's text; there is no token then.
 */
void
ssm_sso_token_free(SsmSsoToken *token)
{
	ssm_buf_free(&token->text);
}
