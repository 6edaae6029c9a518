/*
 * drive.c
 *		Drives the engine against the stand-in service.
 *
 * The stand-in is test/mock/server.py below the current directory, which is
 * the tree's top.
 */
#include "invocations.h"
#include "base/array.h"
#include "drive.h"

#include <dirent.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const char *const members[] = {"Status", "InstanceId", "StatusDetails", "CommandId", "RequestedDateTime"};
static const SsmPageShape shape = {"CommandInvocations", "NextToken", members, lengthof(members)};

static pid_t server = -1;
static int	server_stdin = -1;
static char server_url[64];
static Drive *logging;			/* whose attempts the engine's log is of */

/*
 * Start the stand-in, to be ended by drive_server_stop or with this program.
 */
bool
drive_server_start(void)
{
	int			in[2];
	int			out[2];
	FILE	   *reader;

	if (pipe(in) < 0 || pipe(out) < 0)
		return false;
	server = fork();
	if (server == 0)
	{
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[0]);
		close(in[1]);
		close(out[0]);
		close(out[1]);
		execl("/usr/bin/python3", "python3", "test/mock/server.py", (char *) NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server_stdin = in[1];
	reader = fdopen(out[0], "r");
	if (server < 0 || reader == NULL || fgets(server_url, sizeof(server_url), reader) == NULL)
	{
		printf("Bail out! test/mock/server.py does not start\n");
		return false;
	}
	fclose(reader);
	server_url[strcspn(server_url, "\n")] = '\0';
	return true;
}

/*
 * End the stand-in.
 */
void
drive_server_stop(void)
{
	close(server_stdin);
	waitpid(server, NULL, 0);
}

/*
 * CURLOPT_WRITEFUNCTION: append to an SsmBuf.
 */
static size_t
keep(char *data, size_t size, size_t n, void *buf)
{
	return ssm_buf_add(buf, data, size * n) ? size * n : 0;
}

/*
 * Ask the stand-in's control, or tell it something if body is not NULL.  The
 * answer is to be released.  Ends the program on failure, as a test without its
 * stand-in has nothing to say.
 */
static json_t *
control(const char *action, const char *body)
{
	CURL	   *easy = curl_easy_init();
	SsmBuf		answer;
	char		url[128];
	long		status = 0;
	json_t	   *root;

	ssm_buf_init(&answer, 64 << 20);
	snprintf(url, sizeof(url), "%s/_mock/%s", server_url, action);
	curl_easy_setopt(easy, CURLOPT_URL, url);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_TIMEOUT, 120L);	/* the machine may be busy */
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, keep);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, &answer);
	if (body)
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
	curl_easy_perform(easy);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_cleanup(easy);
	root = status == 200 ? json_loads(ssm_buf_text(&answer), 0, NULL) : NULL;
	if (root == NULL)
	{
		printf("Bail out! %s of the stand-in: %ld %s\n", action, status, ssm_buf_text(&answer));
		exit(1);
	}
	ssm_buf_free(&answer);
	return root;
}

/*
 * Replace the stand-in's configuration and reset its log.
 */
void
drive_configure(const char *fmt,...)
{
	char		config[8192];
	va_list		args;

	va_start(args, fmt);
	vsnprintf(config, sizeof(config), fmt, args);
	va_end(args);
	json_decref(control("config", config));
}

/*
 * The stand-in's log, an array to be released.
 */
json_t *
drive_log(void)
{
	return control("log", NULL);
}

/*
 * One of the stand-in's counters.
 */
int
drive_stat(const char *name)
{
	json_t	   *stats = control("stats", NULL);
	int			value = (int) json_integer_value(json_object_get(stats, name));

	json_decref(stats);
	return value;
}

/*
 * Wait until a counter has a value; false if that takes over two seconds.
 */
bool
drive_stat_becomes(const char *name, int value)
{
	int			tries;

	for (tries = 0; tries < 200; tries++)
	{
		if (drive_stat(name) == value)
			return true;
		usleep(10000);
	}
	return false;
}

/*
 * SsmClient.log: count the attempt and keep its outcome.
 */
static void
on_attempt(void *arg, const SsmAttempt *attempt)
{
	size_t		len = strlen(logging->outcomes);

	(void) arg;
	logging->attempts++;
	snprintf(logging->outcomes + len, sizeof(logging->outcomes) - len, " %s", attempt->outcome);
}

/*
 * Make a scan for all rows, one chain, no prefetch; to be changed at will
 * before drive_open.  Ended by drive_free.
 */
void
drive_init(Drive *d)
{
	SsmEndpointRule rule = {.service = "ssm", .region = "us-east-1", .endpoint_url = server_url};
	SsmCredentials keys = {.access_key_id = DRIVE_KEY, .secret_access_key = DRIVE_SECRET};

	memset(d, 0, sizeof(*d));
	ssm_endpoint_resolve(&rule, &d->service.endpoint, &d->error);
	d->service.user_agent = "ssm_fdw-test";
	d->service.connect_timeout = 5000;
	d->service.request_timeout = 10000;
	d->service.max_response = 16 << 20;
	d->service.max_attempts = 4;
	d->service.retry_mode = SSM_RETRY_STANDARD;
	ssm_identity_set_credentials(&d->identity, &keys, &d->error);
	d->client.service = &d->service;
	d->client.identity = &d->identity;
	d->client.counters = &d->counters;
	d->client.log = on_attempt;
	d->style.status_filter = SSM_STATUS_EXACT;
	d->style.page_size = 50;
	d->setup.source.client = &d->client;
	d->setup.source.requests = &d->requests;
	d->setup.source.shape = &shape;
	d->setup.width = 1;
	d->setup.places = (SsmRowPlaces)
	{
		.key =
		{
			3, 1, -1
		},
			.parameters =
		{
			[COMMAND_ID] = 3, [INSTANCE_ID] = 1, [DOCUMENT_NAME] = -1,
				[STATUS] = 0, [STATUS_DETAILS] = 2
		},
			.time = 4
	};
}

/*
 * Plan the requests and make the cursor; the loop is made unless there is one.
 */
bool
drive_open(Drive *d)
{
	logging = d;
	if (d->loop == NULL)
		d->loop = ssm_loop_create(&d->error);
	d->client.loop = d->loop;
	if (d->loop == NULL ||
		!ssm_request_plan(&d->requests, INVOCATIONS, &d->bounds, &d->style, &d->error))
		return false;
	d->cursor = ssm_cursor_create(&d->setup, &d->error);
	return d->cursor != NULL;
}

/*
 * The key of a row, as the cursor makes it.
 */
SsmHash
drive_key(const DriveRow *row)
{
	return ssm_hash_add(ssm_hash_add(ssm_hash_start(), row->command_id, strlen(row->command_id)),
						row->instance_id, strlen(row->instance_id));
}

/*
 * Copy a value, "" if it is null, into a buffer.
 */
static void
copy_value(const SsmJsonValue *value, char *out, size_t size)
{
	if (value->kind == SSM_JSON_STRING && ssm_json_text_size(value) < size)
		out[ssm_json_text(value, out)] = '\0';
}

/*
 * Keep a row.
 */
static void
keep_row(Drive *d, const SsmJsonValue *values)
{
	DriveRow   *row;

	if ((d->nrows & (d->nrows - 1)) == 0)
		d->rows = realloc(d->rows, (d->nrows ? 2 * d->nrows : 1) * sizeof(DriveRow));
	row = &d->rows[d->nrows++];
	memset(row, 0, sizeof(*row));
	copy_value(&values[0], row->status, sizeof(row->status));
	copy_value(&values[1], row->instance_id, sizeof(row->instance_id));
	copy_value(&values[2], row->details, sizeof(row->details));
	copy_value(&values[3], row->command_id, sizeof(row->command_id));
	if (ssm_hashset_add(&d->keys, drive_key(row)) == SSM_HASHSET_PRESENT)
		d->repeated++;
}

/*
 * Read one row, waiting on nothing but the loop's descriptor.
 * SSM_ROW_PENDING if that takes too long.
 */
SsmRowState
drive_next(Drive *d)
{
	int64_t		deadline = ssm_loop_now() + DRIVE_SECONDS * 1000;
	const SsmJsonValue *row;
	SsmRowState state;

	while ((state = ssm_cursor_next(d->cursor, &row, &d->error)) == SSM_ROW_PENDING)
	{
		struct pollfd p = {.fd = ssm_loop_fd(d->loop), .events = POLLIN};
		int64_t		left = deadline - ssm_loop_now();

		if (left <= 0 || poll(&p, 1, (int) left) <= 0)
			return SSM_ROW_PENDING;
	}
	if (state == SSM_ROW)
		keep_row(d, row);
	return state;
}

/*
 * Read that many more rows, or up to the end or a failure.
 */
SsmRowState
drive_read(Drive *d, int rows)
{
	SsmRowState state = SSM_ROW;

	while (rows-- > 0 && state == SSM_ROW)
		state = drive_next(d);
	return state;
}

/*
 * Open and read to the end or a failure.
 */
SsmRowState
drive_all(Drive *d)
{
	return drive_open(d) ? drive_read(d, 1000000) : SSM_ROW_FAILED;
}

/*
 * End the scan, wherever it is; the loop, the bounds and the rows read stay.
 */
void
drive_close(Drive *d)
{
	ssm_cursor_free(d->cursor);
	d->cursor = NULL;
	ssm_request_free(&d->requests);
}

/*
 * End the scan and release everything.
 */
void
drive_free(Drive *d)
{
	drive_close(d);
	ssm_bounds_free(&d->bounds);
	ssm_loop_free(d->loop);
	d->loop = NULL;
	free(d->rows);
	d->rows = NULL;
	ssm_hashset_free(&d->keys);
	ssm_identity_clear(&d->identity);
}

/*
 * How many descriptors this process has open.
 */
int
drive_descriptors(void)
{
	DIR		   *dir = opendir("/proc/self/fd");
	int			n = 0;

	while (dir && readdir(dir))
		n++;
	closedir(dir);
	return n;
}
