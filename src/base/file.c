/*
 * file.c
 *		Small files that may hold secrets.
 *
 * All files that we read are opened here: whatever else may stand under the
 * name, a FIFO or a device, must neither make this wait nor notice that it was
 * looked at.
 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/*
 * Open a regular file.  -1 with errno, which is 0 if it is something else.
 */
static int
open_regular(const char *path)
{
	struct stat found;
	int			fd;

	/* opening alone would let a FIFO's writer go on, or rewind a tape */
	if (stat(path, &found) != 0)
		return -1;
	errno = 0;
	fd = S_ISREG(found.st_mode) ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : -1;
	/* it may have been replaced since */
	if (fd < 0 || (fstat(fd, &found) == 0 && S_ISREG(found.st_mode)))
		return fd;
	close(fd);
	errno = 0;
	return -1;
}

/*
 * Append a regular file's content to a buffer.  Returns NULL, or what is wrong
 * with it; *absent is whether there is nothing of that name, which for a file
 * that may be left out is no fault.
 */
const char *
ssm_file_load(const char *path, SsmBuf *out, bool *absent)
{
	int			fd = open_regular(path);
	char		chunk[4096];
	ssize_t		n;
	const char *problem = NULL;

	*absent = fd < 0 && (errno == ENOENT || errno == ENOTDIR);
	if (fd < 0)
		return errno ? strerror(errno) : "it is not a regular file";
	while ((n = read(fd, chunk, sizeof(chunk))) > 0)
		if (!ssm_buf_add(out, chunk, n))
			break;
	if (n != 0)
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
		problem = "it is not text";
	return problem == NULL ||
		ssm_fail(error, SSM_ERROR_CREDENTIALS, "could not read \"%.300s\": %s", path, problem);
}

/*
 * Put another text into a file, for its owner's eyes only and at once: whoever
 * reads it meanwhile reads all of the old one or all of the new one.  Returns
 * NULL, or why that could not be; the file is then as it was.
 */
const char *
ssm_file_replace(const char *path, const char *text, size_t len)
{
	char	   *target = realpath(path, NULL);	/* a link stays one */
	char		fresh[PATH_MAX];
	const char *problem = NULL;
	int			fd = -1;

	if (target == NULL)
		return strerror(errno);
	if (snprintf(fresh, sizeof(fresh), "%s.XXXXXX", target) >= (int) sizeof(fresh))
		problem = strerror(ENAMETOOLONG);
	else if ((fd = mkostemp(fresh, O_CLOEXEC)) < 0)
		problem = strerror(errno);
	else
	{
		if (write(fd, text, len) != (ssize_t) len || fsync(fd) != 0 || rename(fresh, target) != 0)
		{
			problem = strerror(errno);
			unlink(fresh);
		}
		close(fd);
	}
	free(target);
	return problem;
}
