/*
 * process.c
 *		Credentials from a program: credential_process.
 *
 * The program is started without a shell, in a process group of its own, with
 * no signal ignored or blocked and no descriptor but its three.  What it writes
 * is capped, and it is killed with its group if it takes too long or nobody
 * waits for it any more.
 */
#include "aws/credentials/process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "aws/credentials/from_json.h"
#include "aws/argv.h"
#include "base/buf.h"

#define MAX_OUTPUT	((size_t) 64 * 1024)
#define MAX_ERRORS	((size_t) 4 * 1024)
#define TIMEOUT		60000		/* milliseconds it may take, of those that the
								 * loop is driven */
#define POLL		50			/* milliseconds between looks whether it ended */
#define REAP		1000		/* milliseconds that a killed one may take */

typedef struct SsmProcess
{
	SsmProvider base;
	SsmLoop    *loop;
	char	  **argv;
	pid_t		pid;			/* 0 once reaped */
	int			output;			/* what it writes to stdout, or -1 */
	int			errors;			/* to stderr */
	SsmBuf		output_text;
	SsmBuf		errors_text;
	int64_t		deadline;		/* of ssm_loop_driven's clock */
} SsmProcess;

/*
 * Kill the program with all of its group, and reap it.  One that does not even
 * die of that (it hangs in the kernel) is left behind.
 */
static void
end_program(SsmProcess *process)
{
	const struct timespec pause = {0, 1000000};
	int			i;

	if (process->pid == 0)
		return;
	kill(-process->pid, SIGKILL);
	for (i = 0; i < REAP && waitpid(process->pid, NULL, WNOHANG) == 0; i++)
		nanosleep(&pause, NULL);
	process->pid = 0;
}

/*
 * Stop reading from one of its descriptors.
 */
static void
close_end(SsmProcess *process, int *fd)
{
	if (*fd < 0)
		return;
	ssm_loop_unwatch(process->loop, *fd);
	close(*fd);
	*fd = -1;
}

/*
 * SsmProvider.free: a program that still runs is killed.
 */
static void
free_process(SsmProvider *provider)
{
	SsmProcess *process = (SsmProcess *) provider;

	end_program(process);
	close_end(process, &process->output);
	close_end(process, &process->errors);
	ssm_buf_free(&process->output_text);
	ssm_buf_free(&process->errors_text);
	ssm_argv_free(process->argv);
	free(process);
}

/*
 * Make a pipe; neither end outlives an exec, and reading never waits.
 */
static bool
make_pipe(int ends[2], SsmError *error)
{
	if (pipe(ends) < 0)
		return ssm_fail(error, SSM_ERROR_RESOURCES, "could not create a pipe: %s", strerror(errno));
	fcntl(ends[0], F_SETFD, FD_CLOEXEC);
	fcntl(ends[1], F_SETFD, FD_CLOEXEC);
	fcntl(ends[0], F_SETFL, O_NONBLOCK);
	return true;
}

/*
 * Start the program, writing to these descriptors.  Returns an errno, or 0.
 */
static int
spawn(SsmProcess *process, int output, int errors, char *const *environment)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t	all;
	sigset_t	none;
	int			failed;

	sigfillset(&all);
	sigemptyset(&none);
	if ((failed = posix_spawnattr_init(&attributes)) != 0)
		return failed;
	if ((failed = posix_spawn_file_actions_init(&actions)) != 0)
	{
		posix_spawnattr_destroy(&attributes);
		return failed;
	}
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setpgroup(&attributes, 0);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK |
							 POSIX_SPAWN_SETPGROUP);
	/* each returns an errno; the first that is not 0 counts */
	(void) ((failed = posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)) ||
			(failed = posix_spawn_file_actions_adddup2(&actions, output, 1)) ||
			(failed = posix_spawn_file_actions_adddup2(&actions, errors, 2)) ||
			(failed = posix_spawn_file_actions_addclosefrom_np(&actions, 3)) ||
			(failed = posix_spawnp(&process->pid, process->argv[0], &actions, &attributes,
								   process->argv, environment)));
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (failed)
		process->pid = 0;
	return failed;
}

/*
 * Start the program with a pipe for each of stdout and stderr, and have the loop
 * watch both.  What is open after false is free_process's to close.
 */
static bool
start_program(SsmProcess *process, char *const *environment, SsmError *error)
{
	int			output[2];
	int			errors[2];
	int			failed;

	if (!make_pipe(output, error))
		return false;
	process->output = output[0];
	if (!make_pipe(errors, error))
	{
		close(output[1]);
		return false;
	}
	process->errors = errors[0];
	failed = spawn(process, output[1], errors[1], environment);
	close(output[1]);
	close(errors[1]);
	if (failed)
		return ssm_fail(error, failed == ENOMEM || failed == EAGAIN || failed == EMFILE || failed == ENFILE ?
						SSM_ERROR_RESOURCES : SSM_ERROR_CREDENTIALS, "\"%s\" does not start: %s",
						process->argv[0], strerror(failed));
	return ssm_loop_watch(process->loop, process->output, error) &&
		ssm_loop_watch(process->loop, process->errors, error);
}

/*
 * Read what is there; at the end of it, *fd is closed.  What a full buffer has
 * no room for is dropped, and noted in it.
 */
static void
drain(SsmProcess *process, int *fd, SsmBuf *text)
{
	char		piece[4096];
	ssize_t		n = -1;

	while (*fd >= 0 && (n = read(*fd, piece, sizeof(piece))) != 0)
	{
		if (n < 0)
		{
			if (errno == EINTR)
				continue;
			break;
		}
		ssm_buf_add(text, piece, n);
	}
	ssm_wipe(piece, sizeof(piece));
	if (*fd >= 0 && n == 0)
		close_end(process, fd);
}

/*
 * Read the credentials that a program has written which ended well.
 */
static SsmProgress
read_output(SsmProcess *process, SsmCredentials *out, SsmError *error)
{
	static const SsmCredentialsNames names = {
		.access_key_id = "AccessKeyId", .secret_access_key = "SecretAccessKey",
		.session_token = "SessionToken", .expiration = "Expiration"
	};
	SsmMember	version = {.name = "Version"};
	const SsmBuf *text = &process->output_text;
	SsmError	problem;

	if (text->nomem)
		ssm_fail_memory(error);
	else if (!ssm_members_read(ssm_buf_text(text), text->len, &version, 1))
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "the output of \"%s\" is not a JSON object",
				 process->argv[0]);
	else if (version.value.kind != SSM_JSON_NUMBER || version.value.len != 1 ||
			 version.value.text[0] != '1')
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "the output of \"%s\" has no \"Version\": 1",
				 process->argv[0]);
	else if (!ssm_credentials_from_json(text->data, text->len, &names, out, &problem))
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%s\": %s",
				 process->argv[0], problem.message);
	else
		return SSM_DONE;
	return SSM_FAILED;
}

/*
 * Judge a program that ended, by what waitpid said of it.
 */
static SsmProgress
finish(SsmProcess *process, int status, SsmCredentials *out, SsmError *error)
{
	char		said[300];
	SsmBuf	   *errors = &process->errors_text;

	process->pid = 0;
	drain(process, &process->output, &process->output_text);
	drain(process, &process->errors, errors);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && !process->output_text.overflow)
		return read_output(process, out, error);
	while (errors->len > 0 && strchr(" \t\r\n", errors->data[errors->len - 1]))
		errors->len--;
	ssm_copy_text(said, sizeof(said), ssm_buf_text(errors), errors->len);
	if (process->output_text.overflow)
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%s\" wrote more than %zu bytes",
				 process->argv[0], MAX_OUTPUT);
	else if (WIFEXITED(status))
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%s\" failed with exit code %d%s%s",
				 process->argv[0], WEXITSTATUS(status), said[0] ? ": " : "", said);
	else
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%s\" was terminated by signal %d",
				 process->argv[0], WTERMSIG(status));
	return SSM_FAILED;
}

/*
 * SsmProvider.advance: read what it wrote, and see whether it ended.  Its end
 * shows in its output's, but others may have inherited that, so it is also
 * looked for from time to time.
 */
static SsmProgress
advance_process(SsmProvider *provider, SsmCredentials *out, SsmError *error)
{
	SsmProcess *process = (SsmProcess *) provider;
	int64_t		now = ssm_loop_now();
	int			status;
	pid_t		ended;

	drain(process, &process->output, &process->output_text);
	drain(process, &process->errors, &process->errors_text);
	if (process->output_text.overflow)
	{
		end_program(process);
		return finish(process, 0, out, error);
	}
	ended = waitpid(process->pid, &status, WNOHANG);
	if (ended == process->pid)
		return finish(process, status, out, error);
	if (ended < 0 && errno != EINTR)
	{
		process->pid = 0;
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "lost \"%s\": %s",
				 process->argv[0], strerror(errno));
		return SSM_FAILED;
	}
	if (ssm_loop_driven(process->loop) >= process->deadline)
	{
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "\"%s\" took more than %d seconds",
				 process->argv[0], TIMEOUT / 1000);
		return SSM_FAILED;
	}
	ssm_loop_alarm(process->loop, now + (process->output < 0 ? 1 : POLL));
	return SSM_PENDING;
}

/*
 * Start the program that a credential_process names, with this environment.
 */
SsmProvider *
ssm_process_start(SsmLoop *loop, const char *command, char *const *environment, SsmError *error)
{
	SsmProcess *process = calloc(1, sizeof(SsmProcess));

	if (process == NULL)
	{
		ssm_fail_memory(error);
		return NULL;
	}
	process->base.advance = advance_process;
	process->base.free = free_process;
	process->loop = loop;
	process->output = process->errors = -1;
	process->deadline = ssm_loop_driven(loop) + TIMEOUT;
	ssm_buf_init(&process->output_text, MAX_OUTPUT);
	ssm_buf_init(&process->errors_text, MAX_ERRORS);
	process->argv = ssm_argv_split(command, error);
	if (process->argv && start_program(process, environment, error))
		return &process->base;
	if (process->argv == NULL && error->kind == SSM_ERROR_CREDENTIALS)
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "it cannot be split into words: %s", error->message);
	free_process(&process->base);
	return NULL;
}
