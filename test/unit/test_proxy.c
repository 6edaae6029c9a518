/*
 * test_proxy.c
 *		The proxy that libcurl takes from the environment.
 */
#include "base/proxy.h"
#include "base/array.h"
#include "tap.h"

#include <stdlib.h>
#include <string.h>

static const char *const variables[] = {
	"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"
};

/* A variable's value, and the proxy it names; NULL: it is no proxy's URL. */
static const struct
{
	const char *value;
	const char *name;
}			values[] = {
	{"http://127.0.0.1:3128", "http://127.0.0.1:3128"},
	{"http://127.0.0.1:3128/", "http://127.0.0.1:3128"},
	{"proxy.example:3128", "http://proxy.example:3128"},
	{"proxy.example", "http://proxy.example"},
	{"http://svc:S3cr3t@127.0.0.1:3128", "http://127.0.0.1:3128"},
	{"svc:S3cr3t@127.0.0.1:3128", "http://127.0.0.1:3128"},
	{"http://svc:S3%40cr%2Ft@[::1]:3128", "http://[::1]:3128"},
	{"socks5h://svc:S3cr3t@proxy", "socks5h://proxy"},
	{"HTTPS://svc:S3cr3t@proxy:1", "https://proxy:1"},

	{"http://svc:S3cr3t@pw@127.0.0.1:3128", NULL},
	{"http://svc:S3/cr3t@127.0.0.1:3128", NULL},
	{"http://svc:80/S3cr3t@127.0.0.1:3128", NULL},
	{"http://S3cr3t/x@127.0.0.1", NULL},
	{"svc:80/S3cr3t@127.0.0.1:3128", NULL},
	{"http://svc:S3#cr3t@127.0.0.1:3128", NULL},
	{"http://svc:80#S3cr3t@127.0.0.1", NULL},
	{"http://svc:80?S3cr3t@127.0.0.1", NULL},
	{"http://svc:S3 cr3t@127.0.0.1:3128", NULL},
	{"http://svc:S3cr3t@127.0.0.1:99999", NULL},
	{"http://svc:S3cr3t@127.0.0.1:port", NULL},
	{"http://svc:S3cr3t@", NULL},
	{"foo://svc:S3cr3t@127.0.0.1:3128", NULL},
	{"http://svc:S3cr3t@[::1", NULL},
};

/* Which variable counts for a URL, of those in the list that are set. */
static const struct
{
	const char *url;
	const char *set[3];
	const char *variable;
}			places[] = {
	{"https://host/", {NULL}, NULL},
	{"https://host/", {"HTTPS_PROXY"}, "HTTPS_PROXY"},
	{"HTTPS://host/", {"HTTPS_PROXY", "https_proxy"}, "https_proxy"},
	{"https://host/", {"HTTP_PROXY", "http_proxy"}, NULL},
	{"https://host/", {"ALL_PROXY", "all_proxy"}, "all_proxy"},
	{"https://host/", {"ALL_PROXY", "HTTPS_PROXY"}, "HTTPS_PROXY"},
	{"http://host/", {"HTTP_PROXY", "HTTPS_PROXY"}, NULL},
	{"http://host/", {"http_proxy", "ALL_PROXY"}, "http_proxy"},
	{"http://host/", {"ALL_PROXY"}, "ALL_PROXY"},
};

/*
 * Unset all variables.
 */
static void
unset_all(void)
{
	size_t		i;

	for (i = 0; i < lengthof(variables); i++)
		unsetenv(variables[i]);
}

/*
 * Go through the tables.
 */
int
main(void)
{
	SsmProxy	proxy;
	size_t		i;
	size_t		j;

	unset_all();
	for (i = 0; i < lengthof(values); i++)
	{
		setenv("ALL_PROXY", values[i].value, 1);
		ssm_proxy_find("https://host", &proxy);
		is_str(proxy.usable ? proxy.name : NULL, values[i].name, values[i].value);
		is_str(proxy.variable, "ALL_PROXY", "by this variable");
		ok(strstr(proxy.name, "cr3t") == NULL, "no secret in its name");
	}
	for (i = 0; i < lengthof(places); i++)
	{
		unset_all();
		for (j = 0; j < lengthof(places[i].set) && places[i].set[j]; j++)
			setenv(places[i].set[j], "http://proxy", 1);
		ssm_proxy_find(places[i].url, &proxy);
		is_str(proxy.variable, places[i].variable, places[i].url);
	}
	setenv("https_proxy", "", 1);
	setenv("HTTPS_PROXY", "http://proxy", 1);
	ssm_proxy_find("https://host", &proxy);
	is_str(proxy.variable, "HTTPS_PROXY", "an empty variable is not set");
	return done_testing();
}
