/*
 * proxy.c
 *		The proxy that libcurl takes from the environment.
 *
 * libcurl quotes a value that it cannot read, password and all, and takes a
 * password with a slash for a host's name.  So a value is judged before libcurl
 * gets to see it.  NO_PROXY is libcurl's business.
 */
#include "base/proxy.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "base/printable.h"

/*
 * Where libcurl looks, by the URL's scheme (CURLOPT_PROXY(3)): not HTTP_PROXY,
 * which a CGI client could set.
 */
static const struct
{
	const char *scheme;
	const char *variables[4];
}			places[] = {
	{"https:", {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"}},
	{"http:", {"http_proxy", "all_proxy", "ALL_PROXY"}},
};

/* What libcurl may be told to speak to a proxy. */
static const char *const schemes[] = {
	"http", "https", "socks", "socks4", "socks4a", "socks5", "socks5h"
};

/*
 * Is this a host's URL: no '@' but the one behind user and password, and before
 * anything that would end these?
 */
static bool
is_plain(const char *value)
{
	const char *scheme = strstr(value, "://");
	const char *host = scheme ? scheme + 3 : value;
	const char *at = strchr(host, '@');

	return at == NULL || (strchr(at + 1, '@') == NULL && strcspn(host, "/?#") > (size_t) (at - host));
}

/*
 * Read a proxy's URL as libcurl does, into its name.  False if it is not a URL.
 */
static bool
read_value(const char *value, SsmProxy *proxy)
{
	CURLU	   *url = curl_url();
	char	   *scheme = NULL;
	char	   *host = NULL;
	char	   *port = NULL;
	char		name[2 * sizeof(proxy->name)];
	bool		known = false;
	size_t		i;

	if (url && is_plain(value) &&
		curl_url_set(url, CURLUPART_URL, value, CURLU_NON_SUPPORT_SCHEME | CURLU_GUESS_SCHEME) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_SCHEME, &scheme, 0) == CURLUE_OK &&
		curl_url_get(url, CURLUPART_HOST, &host, 0) == CURLUE_OK)
	{
		(void) curl_url_get(url, CURLUPART_PORT, &port, 0);
		for (i = 0; i < lengthof(schemes) && !known; i++)
			known = strcmp(scheme, schemes[i]) == 0;
		snprintf(name, sizeof(name), "%s://%s%s%s", scheme, host, port ? ":" : "", port ? port : "");
		ssm_copy_text(proxy->name, sizeof(proxy->name), name, strlen(name));
	}
	curl_free(scheme);
	curl_free(host);
	curl_free(port);
	curl_url_cleanup(url);
	return known;
}

/*
 * Find the proxy that libcurl takes for a URL, unless NO_PROXY excepts its host.
 */
void
ssm_proxy_find(const char *url, SsmProxy *proxy)
{
	size_t		i;
	size_t		j;

	memset(proxy, 0, sizeof(*proxy));
	for (i = 0; i < lengthof(places); i++)
	{
		if (!curl_strnequal(url, places[i].scheme, strlen(places[i].scheme)))
			continue;
		for (j = 0; j < lengthof(places[i].variables) && places[i].variables[j]; j++)
		{
			const char *value = getenv(places[i].variables[j]);

			if (value == NULL || value[0] == '\0')
				continue;
			proxy->variable = places[i].variables[j];
			proxy->usable = read_value(value, proxy);
			return;
		}
	}
}
