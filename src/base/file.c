/*
 * file.c
 *		Small files that may hold secrets.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Append a regular file's content to a buffer.  Returns NULL, or what is wrong
 * with it; *absent is whether there is nothing of that name, which for a file
 * that may be left out is no fault.
 */
const char *
ssm_file_load(const char *path, SsmBuf *out, bool *absent)
{
	/* whatever is there instead of a file must not make this wait */
	int			fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	char		chunk[4096];
	struct stat stat;
	ssize_t		n = 0;
	const char *problem = NULL;

	*absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (fd < 0)
		return strerror(errno);
	if (fstat(fd, &stat) != 0 || !S_ISREG(stat.st_mode))
		problem = "it is no file";
	else
		while ((n = read(fd, chunk, sizeof(chunk))) > 0)
			if (!ssm_buf_add(out, chunk, n))
				break;
	if (problem == NULL && n != 0)
		problem = strerror(n < 0 ? errno : out->nomem ? ENOMEM : EFBIG);
	ssm_wipe(chunk, sizeof(chunk));
	close(fd);
	return problem;
}

/*
 * The same for a file that must be there and hold some text, for credentials.
 */
bool
ssm_file_read(const char *path, SsmBuf *out, SsmError *error)
{
	bool		absent;
	const char *problem = ssm_file_load(path, out, &absent);

	if (problem == NULL && out->len == 0)
		problem = "it is empty";
	if (problem == NULL && strlen(out->data) != out->len)
		problem = "it is no text";
	return problem == NULL ||
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "could not read \"%.300s\": %s", path, problem);
}
