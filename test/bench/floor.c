/*
 * floor.c
 *		floor HOST PORT BODY: the least that reading all pages can cost.
 *
 * Follows NextToken over one kept-alive connection and looks at nothing else:
 * no signature, no parsing, no rows.  BODY is the first request's JSON object,
 * without a NextToken.  Prints pages, bytes of their bodies, and seconds; exits
 * 1 and says why if an answer is not what the stand-in gives.
 */
#define _GNU_SOURCE				/* memmem */
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define TOKEN_KEY	"\"NextToken\":\""

/* What has come on the connection; grows as needed, never shrinks. */
typedef struct SsmAnswer
{
	char	   *data;
	size_t		size;			/* bytes allocated */
	size_t		len;			/* bytes received */
	char	   *body;
	size_t		body_len;
} SsmAnswer;

/*
 * Say what went wrong, and end.
 */
static void
die(const char *what)
{
	fprintf(stderr, "floor: %s\n", what);
	exit(1);
}

/*
 * Seconds on a clock that only goes forward.
 */
static double
now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/*
 * Connect to the server; small writes go out at once.
 */
static int
open_connection(const char *host, const char *port)
{
	struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
	struct addrinfo *found;
	int			on = 1;
	int			fd;

	if (getaddrinfo(host, port, &hints, &found) != 0)
		die("no such host");
	fd = socket(found->ai_family, found->ai_socktype, 0);
	if (fd < 0 || connect(fd, found->ai_addr, found->ai_addrlen) != 0)
		die("cannot connect");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	freeaddrinfo(found);
	return fd;
}

/*
 * Send the request for one page: body without its closing brace, and the token
 * if there is one.
 */
static void
send_request(int fd, const char *body, const char *token, size_t token_len)
{
	static char text[1 << 17];
	size_t		length = strlen(body) + (token ? strlen("," TOKEN_KEY "\"") + token_len : 0);
	int			n;

	n = snprintf(text, sizeof(text),
				 "POST / HTTP/1.1\r\nHost: floor\r\n"
				 "X-Amz-Target: AmazonSSM.ListCommandInvocations\r\n"
				 "Content-Type: application/x-amz-json-1.1\r\nContent-Length: %zu\r\n\r\n"
				 "%.*s%s%.*s%s}", length, (int) strlen(body) - 1, body,
				 token ? "," TOKEN_KEY : "", (int) token_len, token ? token : "", token ? "\"" : "");
	if (n >= (int) sizeof(text) || write(fd, text, n) != n)
		die("cannot send a request");
}

/*
 * Read more of an answer.
 */
static void
receive(int fd, SsmAnswer *answer)
{
	ssize_t		n;

	if (answer->size - answer->len < 65536)
	{
		answer->size = answer->size * 2 + 262144;
		answer->data = realloc(answer->data, answer->size);
		if (answer->data == NULL)
			die("out of memory");
	}
	n = read(fd, answer->data + answer->len, answer->size - answer->len - 1);
	if (n <= 0)
		die("the connection ended within an answer");
	answer->len += n;
	answer->data[answer->len] = '\0';
}

/*
 * Read one whole answer.
 */
static void
read_answer(int fd, SsmAnswer *answer)
{
	const char *length;
	char	   *end;

	answer->len = 0;
	do
		receive(fd, answer);
	while ((end = memmem(answer->data, answer->len, "\r\n\r\n", 4)) == NULL);
	length = strcasestr(answer->data, "\r\nContent-Length:");
	if (strncmp(answer->data, "HTTP/1.1 200 ", 13) != 0 || length == NULL || length > end)
		die("the answer is an error, or has no length");
	answer->body_len = strtoul(length + strlen("\r\nContent-Length:"), NULL, 10);
	end += 4;
	while (answer->len < end - answer->data + answer->body_len)
	{
		size_t		head = end - answer->data;

		receive(fd, answer);
		end = answer->data + head;
	}
	answer->body = end;
}

/*
 * The token in an answer, NULL at the end.  The stand-in writes it last.
 */
static const char *
find_token(const SsmAnswer *answer, size_t *len)
{
	const char *tail = answer->body + (answer->body_len > 4096 ? answer->body_len - 4096 : 0);
	const char *found = strstr(tail, TOKEN_KEY);

	if (found == NULL)
		return NULL;
	found += strlen(TOKEN_KEY);
	*len = strcspn(found, "\"");
	return found;
}

/*
 * Read all pages and print what it took.
 */
int
main(int argc, char **argv)
{
	SsmAnswer	answer = {0};
	const char *token = NULL;
	size_t		token_len = 0;
	size_t		bytes = 0;
	int			pages = 0;
	double		start = now();
	int			fd;

	if (argc != 4)
		die("usage: floor HOST PORT BODY");
	fd = open_connection(argv[1], argv[2]);
	do
	{
		send_request(fd, argv[3], token, token_len);
		read_answer(fd, &answer);
		pages++;
		bytes += answer.body_len;
	} while ((token = find_token(&answer, &token_len)) != NULL);
	printf("%d %zu %.6f\n", pages, bytes, now() - start);
	close(fd);
	free(answer.data);
	return 0;
}
